#include "config.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include <btcpeer/error.h>
#include "util/clock.h"
#include "util/thread.h"

int
btcu_mutex_init(struct btcu_mutex *m)
{
	return pthread_mutex_init(&m->m, NULL) == 0 ? 0 : BTCPEER_E_NOMEM;
}

void
btcu_mutex_destroy(struct btcu_mutex *m)
{
	pthread_mutex_destroy(&m->m);
}

int
btcu_cond_init(struct btcu_cond *c)
{
	pthread_condattr_t attr;
	int rc;

	if (pthread_condattr_init(&attr) != 0)
		return BTCPEER_E_NOMEM;
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	rc = pthread_cond_init(&c->c, &attr);
	pthread_condattr_destroy(&attr);
	return rc == 0 ? 0 : BTCPEER_E_NOMEM;
}

void
btcu_cond_destroy(struct btcu_cond *c)
{
	pthread_cond_destroy(&c->c);
}

NO_TSA void
btcu_lock(struct btcu_mutex *m)
{
	pthread_mutex_lock(&m->m);
}

NO_TSA void
btcu_unlock(struct btcu_mutex *m)
{
	pthread_mutex_unlock(&m->m);
}

void
btcu_signal(struct btcu_cond *c)
{
	pthread_cond_signal(&c->c);
}

void
btcu_broadcast(struct btcu_cond *c)
{
	pthread_cond_broadcast(&c->c);
}

bool
btcu_wait_until(struct btcu_cond *c, struct btcu_mutex *m, int64_t deadline_ms)
{
	struct timespec ts;

	if (deadline_ms == BTCU_NEVER) {
		pthread_cond_wait(&c->c, &m->m);
		return true;
	}
	/* Before the clock's beginning is no time that the system takes. */
	if (deadline_ms < 0)
		deadline_ms = 0;
	ts.tv_sec = (time_t)(deadline_ms / 1000);
	ts.tv_nsec = (long)(deadline_ms % 1000) * 1000000;
	return pthread_cond_timedwait(&c->c, &m->m, &ts) != ETIMEDOUT;
}

int
btcu_thread_start(pthread_t *t, size_t stack_size, void *(*run)(void *),
    void *arg)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int rc;

	if (pthread_attr_init(&attr) != 0)
		return BTCPEER_E_THREAD;
	rc = pthread_attr_setstacksize(&attr, stack_size);
	if (rc == 0) {
		/* The new thread inherits the mask, so no signal can reach it. */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);
		rc = pthread_create(t, &attr, run, arg);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	pthread_attr_destroy(&attr);
	return rc == 0 ? 0 : BTCPEER_E_THREAD;
}

void
btcu_thread_name(const char *name)
{
	char cut[16];

	snprintf(cut, sizeof(cut), "%s", name);
	pthread_setname_np(pthread_self(), cut);
}
