/*
 * on_high_water and on_low_water: when, and in turns.
 */
#include "config.h"

#include <sched.h>

#include "peer/peer.h"
#include "stage.h"

enum { BOUND = 10 };

static int
queue_ping(struct btcpeer *p)
{
	struct btcwire_ping ping = { 99 };

	return btcpeer_queue_message_take(p, new_msg(BTCWIRE_PING, &ping),
	    NULL);
}

static void
queue_pings(struct stage *st, int n, int then)
{
	while (n-- > 0)
		ck_assert_int_eq(queue_ping(st->p), 0);
	if (then != 0)
		ck_assert_int_eq(queue_ping(st->p), then);
}

/* The remote's version is answered, and there is nothing more to do. */
static void
wait_for_sleep(struct stage *st)
{
	bool asleep;

	remote_version(&st->r, 70016, 4711, true);
	remote_expect(&st->r, "verack");
	do {
		sched_yield();
		btcu_lock(&st->p->mtx);
		asleep = st->p->out_wake_ms == BTCU_NEVER;
		btcu_unlock(&st->p->mtx);
	} while (!asleep);
}

/* Nothing can be written yet: the output thread has to be woken for it. */
START_TEST(before_the_handshake)
{
	struct stage st;

	stage_init(&st);
	st.config.queue_max_msgs = BOUND;
	stage_start(&st);
	wait_for_sleep(&st);
	queue_pings(&st, BOUND / 2 - 1, 0);
	ck_assert_uint_eq(probe_get(&st.pr, &st.pr.high), 0);
	queue_pings(&st, 1, 0);
	ck_assert(probe_wait(&st.pr, &st.pr.high, 1));
	queue_pings(&st, BOUND / 2, BTCPEER_E_FULL);
	ck_assert_uint_eq(probe_get(&st.pr, &st.pr.low), 0);
	remote_msg(&st.r, BTCWIRE_VERACK, NULL);
	ck_assert(probe_wait(&st.pr, &st.pr.low, 1));
	stage_settle(&st);
	ck_assert_uint_eq(probe_get(&st.pr, &st.pr.high), 1);
	ck_assert_uint_eq(probe_get(&st.pr, &st.pr.low), 1);
	stage_disconnect(&st);
}
END_TEST

/* Far below half, but too large for what is left. */
START_TEST(refused_below_half)
{
	uint8_t filter[3000] = { 0 };
	struct btcwire_filterload load = { .filter = { filter, sizeof(filter) } };
	struct btcwire_msg *msg = new_msg(BTCWIRE_FILTERLOAD, &load);
	struct stage st;

	stage_init(&st);
	st.config.queue_max_bytes = 2000;
	stage_start(&st);
	queue_pings(&st, 1, 0);
	ck_assert_int_eq(btcpeer_queue_message(st.p, msg, NULL),
	    BTCPEER_E_FULL);
	ck_assert(probe_wait(&st.pr, &st.pr.high, 1));
	ck_assert_int_eq(btcpeer_queue_message(st.p, msg, NULL),
	    BTCPEER_E_FULL);
	stage_handshake(&st, 70016, true);
	ck_assert(probe_wait(&st.pr, &st.pr.low, 1));
	ck_assert_uint_eq(probe_get(&st.pr, &st.pr.high), 1);
	/* It is taken when there is nothing else, and is over half by itself. */
	ck_assert_int_eq(btcpeer_queue_message_take(st.p, msg, NULL), 0);
	ck_assert(probe_wait(&st.pr, &st.pr.low, 2));
	ck_assert_uint_eq(probe_get(&st.pr, &st.pr.high), 2);
	stage_disconnect(&st);
}
END_TEST

/* Queued before there is a thread to tell of it. */
START_TEST(before_the_start)
{
	struct stage st;
	int fd[2];

	stage_init(&st);
	st.config.queue_max_msgs = BOUND;
	ck_assert_int_eq(btcpeer_new_inbound(&st.p, &st.config, NULL, NULL), 0);
	queue_pings(&st, BOUND, BTCPEER_E_FULL);
	ck_assert_uint_eq(st.pr.high, 0);
	socket_pair(fd, false);
	remote_init(&st.r, fd[1]);
	ck_assert_int_eq(btcpeer_start(st.p, fd[0]), 0);
	ck_assert(probe_wait(&st.pr, &st.pr.high, 1));
	stage_handshake(&st, 70016, true);
	ck_assert(probe_wait(&st.pr, &st.pr.low, 1));
	stage_disconnect(&st);
}
END_TEST

static void *
queue_many(void *arg)
{
	struct btcpeer *p = arg;
	int i;

	for (i = 0; i < (TEST_SLOW ? 500 : 5000); i++)
		(void)queue_ping(p);
	return NULL;
}

/* The probe checks the turns.  Afterwards the queue is empty, and that has
 * been told. */
START_TEST(many_writers)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	pthread_t thread[4];
	struct pair pair;
	unsigned high;
	int i;

	pair_init(&pair);
	pair.cb.queue_max_msgs = BOUND;
	pair_start(&pair);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, queue_many,
		    pair.b), 0);
	for (i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	high = probe_get(&pair.pb, &pair.pb.high);
	ck_assert_uint_gt(high, 0);
	ck_assert(probe_wait(&pair.pb, &pair.pb.low, high));
	do
		ck_assert_int_eq(btcpeer_stats(pair.b, &s), 0);
	while (s.queue_msgs > 0);
	high = probe_get(&pair.pb, &pair.pb.high);
	ck_assert(probe_wait(&pair.pb, &pair.pb.low, high));
	pair_stop(&pair);
	ck_assert_uint_eq(pair.pb.high, pair.pb.low);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_water");
	TCase *tc = add_tcase(s, "marks");

	tcase_add_test(tc, before_the_handshake);
	tcase_add_test(tc, refused_below_half);
	tcase_add_test(tc, before_the_start);
	tcase_add_test(tc, many_writers);
	return run_suite(s);
}
