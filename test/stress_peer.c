/*
 * Random calls of the whole interface from many threads, and from callbacks, on
 * many peers that are connected to one another.
 *
 *	stress_peer [SECONDS [SEED]]
 *
 * At the end every peer that was started must have ended, everything that was
 * queued must have been settled once, the library's sums must be those of the
 * listeners, and nothing may be left.  Two seconds are the default.
 */
#include "config.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "leaks.h"
#include "stress.h"

#define THREADS 8
#define PAIRS   25	/* of peers */
#define WAIT_MS 60000	/* nothing takes that long */

/* Two connected peers, replaced by others now and then. */
struct pair {
	pthread_mutex_t mtx;
	struct stress_link *link;	/* [mtx] or NULL; each end referenced */
};

/* What one thread has to itself. */
struct worker {
	pthread_t thread;
	int64_t until_ms;
	struct stress_end *kept;	/* owned, or NULL */
};

static struct pair pairs[PAIRS];

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- Pairs -------------------------------------------------------------- */

struct stress_end *
stress_any(void)
{
	struct pair *pair = &pairs[stress_pick(PAIRS)];
	struct stress_end *e = NULL;

	pthread_mutex_lock(&pair->mtx);
	if (pair->link != NULL)
		e = stress_ref(&pair->link->end[stress_pick(2)]);
	pthread_mutex_unlock(&pair->mtx);
	return e;
}

/* All threads can use the peers before they are started.  One of the old ones
 * may be disconnected: the other sees that. */
static void
replace(struct pair *pair)
{
	struct stress_link *new = stress_link_new(), *old;
	int fd[2], i;

	stress_must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0, NULL,
	    "no socketpair");
	for (i = 0; i < 2; i++)
		stress_ref(&new->end[i]);
	pthread_mutex_lock(&pair->mtx);
	old = pair->link;
	pair->link = new;
	pthread_mutex_unlock(&pair->mtx);
	for (i = 0; i < 2; i++)
		(void)stress_start(&new->end[i], fd[i]);
	for (i = 0; i < 2; i++)
		stress_unref(&new->end[i]);
	if (old == NULL)
		return;
	btcpeer_disconnect(old->end[stress_pick(2)].p);
	for (i = 0; i < 2; i++)
		stress_unref(&old->end[i]);
}

static void
end_pair(struct pair *pair)
{
	struct stress_link *l;
	int i;

	pthread_mutex_lock(&pair->mtx);
	l = pair->link;
	pair->link = NULL;
	pthread_mutex_unlock(&pair->mtx);
	btcpeer_disconnect(l->end[0].p);
	for (i = 0; i < 2; i++)
		stress_must(btcpeer_wait(l->end[i].p, WAIT_MS) == 0,
		    &l->end[i], "a peer does not end");
	for (i = 0; i < 2; i++)
		stress_unref(&l->end[i]);
}

/* ---- Workers ------------------------------------------------------------ */

/* What has ended is replaced soon. */
static void
maybe_replace(const struct stress_end *e)
{
	struct pair *pair = &pairs[stress_pick(PAIRS)];
	bool over;

	pthread_mutex_lock(&pair->mtx);
	over = atomic_load(&pair->link->end[0].ended);
	pthread_mutex_unlock(&pair->mtx);
	if (stress_pick(over ? 4 : 500) == 0)
		replace(pair);
	else if (stress_pick(1000) == 0)
		btcpeer_disconnect(e->p);
}

/* A peer is kept for a while, also when it is nobody else's any more. */
static void
keep(struct worker *w, struct stress_end *e)
{
	if (w->kept != NULL && stress_pick(4) == 0) {
		btcpeer_disconnect(w->kept->p);
		stress_must(btcpeer_wait(w->kept->p, WAIT_MS) == 0, w->kept,
		    "a peer does not end");
		stress_check_stats(w->kept);
	}
	stress_unref(w->kept);
	w->kept = stress_ref(e);
}

static void *
work(void *worker)
{
	struct worker *w = worker;
	struct stress_end *e;
	int i;

	while (now_ms() < w->until_ms) {
		e = stress_any();
		for (i = 0; i < 4; i++)
			stress_call(e);
		if (w->kept != NULL)
			stress_call(w->kept);
		maybe_replace(e);
		if (stress_pick(50) == 0)
			keep(w, e);
		stress_unref(e);
	}
	stress_unref(w->kept);
	return NULL;
}

static void
run_workers(int64_t seconds)
{
	static struct worker w[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		w[i].until_ms = now_ms() + seconds * 1000;
		stress_must(pthread_create(&w[i].thread, NULL, work, &w[i]) ==
		    0, NULL, "no thread");
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(w[i].thread, NULL);
}

/* ---- All of it ---------------------------------------------------------- */

static void
print_sums(void)
{
	const struct stress_sums *s = &stress_sums;
	int i;

	stress_calls_print();
	printf("%10llu peers, of which %llu were started and %llu ready\n",
	    (unsigned long long)s->links * 2, (unsigned long long)s->started,
	    (unsigned long long)s->ready);
	printf("%10llu messages queued by calls; %llu of all written, %llu "
	    "given up, %llu read\n", (unsigned long long)s->queued,
	    (unsigned long long)s->written, (unsigned long long)s->failed,
	    (unsigned long long)s->read);
	for (i = 0; i < BTCPEER_NREASONS; i++)
		if (s->reason[i] > 0)
			printf("%10llu %s\n", (unsigned long long)s->reason[i],
			    btcpeer_reason_text((enum btcpeer_reason)i));
}

int
main(int argc, char **argv)
{
	int64_t seconds = argc > 1 ? strtoll(argv[1], NULL, 10) : 2;
	struct holdings before;
	int i;

	stress_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	leaks_warm_up();
	before = holdings();
	stress_calls_open();
	for (i = 0; i < PAIRS; i++)
		pthread_mutex_init(&pairs[i].mtx, NULL);
	for (i = 0; i < PAIRS; i++)
		replace(&pairs[i]);
	run_workers(seconds);
	for (i = 0; i < PAIRS; i++)
		end_pair(&pairs[i]);
	stress_must(nothing_left(&before, SIZE_MAX / 2), NULL,
	    "something was left");
	stress_must(stress_sums.links == stress_sums.made, NULL,
	    "a peer was left");
	stress_calls_close();
	print_sums();
	return EXIT_SUCCESS;
}
