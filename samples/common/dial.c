#include "dial.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"

#define TICK_MS 50

/* Members are protected by: I immutable, m mtx. */
struct call {
	struct net_addr addr;	/* [I] */
	int timeout_ms;		/* [I] */
	pthread_mutex_t mtx;
	pthread_cond_t cond;
	bool done;		/* [m] */
	bool left;		/* [m] nobody waits: the thread frees */
	int fd;			/* [m] */
	char why[NET_WHY];	/* [m] */
};

static void
call_free(struct call *c)
{
	(void)pthread_cond_destroy(&c->cond);
	(void)pthread_mutex_destroy(&c->mtx);
	free(c);
}

static struct call *
call_new(const struct net_addr *addr, int timeout_ms)
{
	struct call *c = calloc(1, sizeof(*c));
	pthread_condattr_t attr;

	if (c == NULL)
		return NULL;
	c->addr = *addr;
	c->timeout_ms = timeout_ms;
	(void)pthread_mutex_init(&c->mtx, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&c->cond, &attr);
	(void)pthread_condattr_destroy(&attr);
	return c;
}

static void *
run(void *arg)
{
	struct call *c = arg;
	char why[NET_WHY] = "";
	int fd = net_dial(&c->addr, c->timeout_ms, why);
	bool left;

	pthread_mutex_lock(&c->mtx);
	c->done = true;
	c->fd = fd;
	memcpy(c->why, why, sizeof(c->why));
	left = c->left;
	pthread_cond_signal(&c->cond);
	pthread_mutex_unlock(&c->mtx);
	if (left) {
		if (fd >= 0)
			(void)close(fd);
		call_free(c);
	}
	return NULL;
}

/* Wait a little for the thread.  Returns whether it is done. */
static bool
tick(struct call *c)
{
	struct timespec ts;
	bool done;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_nsec += TICK_MS * 1000000L;
	if (ts.tv_nsec >= 1000000000L) {
		ts.tv_nsec -= 1000000000L;
		ts.tv_sec++;
	}
	pthread_mutex_lock(&c->mtx);
	if (!c->done)
		(void)pthread_cond_timedwait(&c->cond, &c->mtx, &ts);
	done = c->done;
	pthread_mutex_unlock(&c->mtx);
	return done;
}

/* Unless the thread is done it is left alone, and frees the call. */
static bool
leave(struct call *c)
{
	bool done;

	pthread_mutex_lock(&c->mtx);
	done = c->done;
	c->left = !done;
	pthread_mutex_unlock(&c->mtx);
	return !done;
}

int
dial_unless(const struct net_addr *addr, int timeout_ms, bool (*stop)(void *),
    void *arg, char *why)
{
	struct call *c = call_new(addr, timeout_ms);
	pthread_t thread;
	int fd;

	if (c == NULL) {
		(void)snprintf(why, NET_WHY, "out of memory");
		return -1;
	}
	if (pthread_create(&thread, NULL, run, c) != 0) {
		(void)snprintf(why, NET_WHY, "cannot create a thread");
		call_free(c);
		return -1;
	}
	while (!stop(arg) && !tick(c))
		;
	if (leave(c)) {
		(void)pthread_detach(thread);
		(void)snprintf(why, NET_WHY, "%s",
		    interrupted() ? "interrupted" : "given up");
		return -1;
	}
	(void)pthread_join(thread, NULL);
	fd = c->fd;
	memcpy(why, c->why, NET_WHY);
	call_free(c);
	return fd;
}

static bool
is_interrupted(void *arg)
{
	(void)arg;
	return interrupted();
}

int
dial(const struct net_addr *addr, int timeout_ms, char *why)
{
	return dial_unless(addr, timeout_ms, is_interrupted, NULL, why);
}
