/*
 * A ping and its pong between two peers, again and again, each begun by the
 * pong before: so the time of one holds one handover between threads on each
 * side.  Beside it, in turns, the same between plain threads.
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS 20	/* of one and of the other */
#define TRIPS  500	/* in a round */
#define BYTES  32	/* of a ping: header and nonce */

/* The trips of a round; written by one thread while it runs. */
static struct {
	double at[TRIPS + 1];
	size_t n;
} trips;

/* Returns whether the round goes on. */
static bool
trip_over(void)
{
	trips.at[trips.n++] = wall_us();
	if (trips.n <= TRIPS)
		return true;
	gate_pass(1);
	return false;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
round_median(void)
{
	double d[TRIPS];
	size_t i;

	for (i = 0; i < TRIPS; i++)
		d[i] = trips.at[i + 1] - trips.at[i];
	qsort(d, TRIPS, sizeof(d[0]), compare);
	return d[TRIPS / 2];
}

/* ---- Peers --------------------------------------------------------- */

static void
on_pong(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_ping *pong, void *user)
{
	(void)msg;
	(void)pong;
	(void)user;
	if (trip_over())
		need(btcpeer_ping(p) == 0, "cannot ping");
}

/* The one that counts is the inbound one: its listeners are ours. */
static void
round_of_peers(struct row *r, struct samples *cpu, struct btcpeer *p)
{
	struct span span;

	trips.n = 0;
	gate_set(1);
	span_begin(&span);
	need(btcpeer_ping(p) == 0, "cannot ping");
	gate_wait("round_trip");
	span_end(&span);
	sample(&r->value, round_median());
	sample(&r->wall, span.wall / (TRIPS + 1));
	sample(&r->allocs, (double)span.allocs / (TRIPS + 1));
	sample(cpu, span.cpu / (TRIPS + 1));
}

/* ---- Threads ------------------------------------------------------- */

/* One end of the connection: in reads and hands over, out writes. */
struct end {
	pthread_t in, out;
	pthread_mutex_t mtx;
	pthread_cond_t cond;
	unsigned due;		/* [mtx] to be written */
	bool over;		/* [mtx] */
	bool first;		/* the end that begins and counts */
	int fd;
};

static void
hand_over(struct end *e, bool over)
{
	pthread_mutex_lock(&e->mtx);
	if (over)
		e->over = true;
	else
		e->due++;
	pthread_cond_signal(&e->cond);
	pthread_mutex_unlock(&e->mtx);
}

static void *
end_in(void *arg)
{
	struct end *e = arg;
	uint8_t buf[BYTES];

	while (read_all(e->fd, buf, sizeof(buf)))
		if (!e->first || trip_over())
			hand_over(e, false);
	hand_over(e, true);
	return NULL;
}

static void *
end_out(void *arg)
{
	struct end *e = arg;
	uint8_t buf[BYTES] = { 0 };
	bool over;

	for (;;) {
		pthread_mutex_lock(&e->mtx);
		while (e->due == 0 && !e->over)
			pthread_cond_wait(&e->cond, &e->mtx);
		over = e->over;
		e->due -= !over;
		pthread_mutex_unlock(&e->mtx);
		if (over)
			return NULL;
		write_all(e->fd, buf, sizeof(buf));
	}
}

static void
ends_start(struct end e[2])
{
	int fd[2], i;

	tcp_pair(fd);
	for (i = 0; i < 2; i++) {
		e[i] = (struct end){ .fd = fd[i], .first = i == 0 };
		pthread_mutex_init(&e[i].mtx, NULL);
		pthread_cond_init(&e[i].cond, NULL);
		need(pthread_create(&e[i].in, NULL, end_in, &e[i]) == 0 &&
		    pthread_create(&e[i].out, NULL, end_out, &e[i]) == 0,
		    "no thread");
	}
}

static void
ends_stop(struct end e[2])
{
	int i;

	for (i = 0; i < 2; i++)
		shutdown(e[i].fd, SHUT_RDWR);
	for (i = 0; i < 2; i++) {
		pthread_join(e[i].in, NULL);
		pthread_join(e[i].out, NULL);
		close(e[i].fd);
	}
}

static double
round_of_threads(struct end e[2])
{
	trips.n = 0;
	gate_set(1);
	hand_over(&e[0], false);
	gate_wait("round trip of threads");
	return round_median();
}

/* ---- Both ---------------------------------------------------------- */

void
bench_round_trip(void)
{
	struct row r = { .name = "round_trip", .unit = "us",
	    .goal = "ratio <= 1.5" };
	struct btcpeer_listeners on = BTCPEER_LISTENERS_INIT;
	struct samples cpu = { .n = 0 };
	struct pair pair;
	struct end e[2];
	int i;

	on.on_pong = on_pong;
	pair_start(&pair, &on);
	ends_start(e);
	for (i = 0; i < ROUNDS; i++) {
		sample(&r.limit, round_of_threads(e));
		round_of_peers(&r, &cpu, pair.p[1]);
	}
	snprintf(r.note, sizeof(r.note), "by the clock; CPU %.1f us",
	    median(&cpu));
	row_emit(&r);
	pair_stop(&pair);
	ends_stop(e);
}
