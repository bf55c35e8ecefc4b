#include "dial.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"

#define POLL_MS 50

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

/* Wait for the thread or a signal.  Returns whether the thread is done. */
static bool
wait_done(struct call *c)
{
	bool done;

	pthread_mutex_lock(&c->mtx);
	while (!c->done && !interrupted()) {
		struct timespec ts;

		(void)clock_gettime(CLOCK_REALTIME, &ts);
		ts.tv_nsec += POLL_MS * 1000000L;
		if (ts.tv_nsec >= 1000000000L) {
			ts.tv_nsec -= 1000000000L;
			ts.tv_sec++;
		}
		(void)pthread_cond_timedwait(&c->cond, &c->mtx, &ts);
	}
	done = c->done;
	c->left = !done;
	pthread_mutex_unlock(&c->mtx);
	return done;
}

int
dial(const struct net_addr *addr, int timeout_ms, char *why)
{
	struct call *c = calloc(1, sizeof(*c));
	pthread_t thread;
	int fd = -1;

	if (c == NULL) {
		(void)snprintf(why, NET_WHY, "out of memory");
		return -1;
	}
	c->addr = *addr;
	c->timeout_ms = timeout_ms;
	(void)pthread_mutex_init(&c->mtx, NULL);
	(void)pthread_cond_init(&c->cond, NULL);
	if (pthread_create(&thread, NULL, run, c) != 0) {
		(void)snprintf(why, NET_WHY, "cannot create a thread");
		call_free(c);
		return -1;
	}
	if (wait_done(c)) {
		(void)pthread_join(thread, NULL);
		fd = c->fd;
		memcpy(why, c->why, NET_WHY);
		call_free(c);
	} else {
		(void)pthread_detach(thread);
		(void)snprintf(why, NET_WHY, "interrupted");
	}
	return fd;
}
