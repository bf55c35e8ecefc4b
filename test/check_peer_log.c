#include "config.h"

#include <pthread.h>

#include "probe.h"
#include "runner.h"

/* What a peer tells of the messages that pass, and what it learns of them. */

static unsigned lines[BTCPEER_LOG_TRACE + 1];	/* under mtx */
static unsigned summaries;			/* likewise */
static unsigned wrong;				/* likewise */
static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;

static void
log_line(void *user, enum btcpeer_log_level level, const char *line)
{
	(void)user;
	pthread_mutex_lock(&mtx);
	if (level <= BTCPEER_LOG_OFF || level > BTCPEER_LOG_TRACE ||
	    strchr(line, '\n') != NULL)
		wrong++;
	else
		lines[level]++;
	summaries += level == BTCPEER_LOG_DEBUG &&
	    (strstr(line, "sent ") != NULL || strstr(line, "received ") != NULL);
	pthread_mutex_unlock(&mtx);
}

/* Each level has what is above it, and one line for each message. */
START_TEST(levels)
{
	const enum btcpeer_log_level level = (enum btcpeer_log_level)_i;
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	struct pair pair;

	pair_init(&pair);
	pair.ca.log = log_line;
	pair.ca.log_level = level;
	pair_start(&pair);
	ck_assert_int_eq(btcpeer_ping(pair.a), 0);
	ck_assert(probe_wait(&pair.pa, &pair.pa.seen[BTCWIRE_PONG], 1));
	btcpeer_disconnect(pair.a);
	ck_assert_int_eq(btcpeer_wait(pair.a, 60000), 0);
	ck_assert_int_eq(btcpeer_stats(pair.a, &s), 0);
	pair_stop(&pair);
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(lines[BTCPEER_LOG_ERROR], 0);
	ck_assert(level >= BTCPEER_LOG_INFO ? lines[BTCPEER_LOG_INFO] >= 2
	    : lines[BTCPEER_LOG_INFO] == 0);
	ck_assert_uint_eq(summaries, level >= BTCPEER_LOG_DEBUG ?
	    s.msgs_sent + s.msgs_received : 0);
	ck_assert((lines[BTCPEER_LOG_TRACE] > 0) ==
	    (level >= BTCPEER_LOG_TRACE));
}
END_TEST

/* Called before the probe counts, which is what the test waits for. */
static void
note_first(struct btcpeer *p, struct btcwire_msg *msg, struct probe *pr)
{
	const struct btcwire_inv *inv = btcwire_inv_of(msg);
	int *first = pr->arg;

	(void)p;
	if (inv != NULL && *first == 0)
		*first = inv->vec[0].hash.b[0];
}

/* What the remote announces is not announced to it. */
START_TEST(announcement_is_remembered)
{
	struct btcwire_hash h = { { 1 } }, other = { { 2 } };
	struct btcwire_invvect v = { BTCWIRE_INV_BLOCK, h };
	struct btcwire_inv inv = { &v, 1 };
	struct pair pair;
	int first = 0;

	pair_init(&pair);
	pair.pb.on_message = note_first;
	pair.pb.arg = &first;
	pair_start(&pair);
	ck_assert_int_eq(btcpeer_queue_message_take(pair.b,
	    new_msg(BTCWIRE_INV, &inv), NULL), 0);
	ck_assert(probe_wait(&pair.pa, &pair.pa.seen[BTCWIRE_INV], 1));
	ck_assert_int_eq(btcpeer_queue_inventory(pair.a, BTCWIRE_INV_BLOCK, &h,
	    NULL), 0);
	ck_assert_int_eq(btcpeer_queue_inventory(pair.a, BTCWIRE_INV_BLOCK,
	    &other, NULL), 0);
	ck_assert(probe_wait(&pair.pb, &pair.pb.inv_items, 1));
	pair_stop(&pair);
	ck_assert_uint_eq(pair.pb.inv_items, 1);
	ck_assert_int_eq(first, 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_log");
	TCase *tc = add_tcase(s, "log");

	tcase_add_loop_test(tc, levels, 0, BTCPEER_LOG_TRACE + 1);
	tcase_add_test(tc, announcement_is_remembered);
	return run_suite(s);
}
