/*
 * Pushing a reject, and waiting until it is written.
 */
#include "config.h"

#include <pthread.h>
#include <sched.h>

#include "pushes.h"
#include "util/clock.h"

/* clang-format off */
static const struct {
	const char *command;
	int code;
	const char *reason;
	bool hash;
	int32_t version;
	int rc;
} rejects[] = {
	{ "tx",           BTCWIRE_REJECT_DUST,      "dust",     true,  70016, 0 },
	{ "block",        BTCWIRE_REJECT_INVALID,   "bad-cb",   true,  70002, 0 },
	{ "version",      BTCWIRE_REJECT_OBSOLETE,  "",         false, 70017, 0 },
	{ "twelve-bytes", BTCWIRE_REJECT_MALFORMED, "?",        false, 70016, 0 },
	{ "tx",           255,                      "own code", false, 70016, 0 },
	{ "tx",           BTCWIRE_REJECT_DUST,      "dust",     true,  70001, BTCPEER_E_VERSION },
	{ "tx",           BTCWIRE_REJECT_DUST,      "dust",     true,    209, BTCPEER_E_VERSION },
	{ "",             BTCWIRE_REJECT_DUST,      "dust",     true,  70016, BTCPEER_E_INVAL },
	{ "thirteen-byte", BTCWIRE_REJECT_DUST,     "dust",     true,  70016, BTCPEER_E_INVAL },
	{ "tx",           256,                      "dust",     true,  70016, BTCPEER_E_INVAL },
	{ "tx",           -1,                       "dust",     true,  70016, BTCPEER_E_INVAL },
};
/* clang-format on */

static int
push_row(int i, int64_t wait_ms)
{
	struct btcwire_hash h = hash_of(3);

	return btcpeer_push_reject(p, rejects[i].command,
	    (enum btcwire_reject_code)rejects[i].code, rejects[i].reason,
	    rejects[i].hash ? &h : NULL, wait_ms);
}

static bool
is_text(struct btcwire_bytes b, const char *text)
{
	return b.len == strlen(text) && (b.len == 0 ||
	    memcmp(b.data, text, b.len) == 0);
}

START_TEST(reject)
{
	struct btcwire_hash h = hash_of(3);
	const struct btcwire_reject *got;
	struct btcwire_msg *msg;
	int turn;

	start(rejects[_i].version, false);
	for (turn = 0; turn < 2; turn++) {
		ck_assert_int_eq(push_row(_i, turn * 60000), rejects[_i].rc);
		if (rejects[_i].rc != 0)
			continue;
		msg = next(BTCWIRE_REJECT);
		got = btcwire_reject_of(msg);
		ck_assert(is_text(got->command, rejects[_i].command));
		ck_assert(is_text(got->reason, rejects[_i].reason));
		ck_assert_uint_eq(got->code, (uint8_t)rejects[_i].code);
		ck_assert(got->has_hash == rejects[_i].hash);
		ck_assert(!got->has_hash || btcwire_hash_equal(&got->hash, &h));
		btcwire_msg_unref(msg);
	}
	if (rejects[_i].version >= 70002)
		nothing_more();
	finish();
}
END_TEST

START_TEST(reject_is_cut)
{
	struct btcwire_msg *msg;
	char text[300];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	start(70016, false);
	ck_assert_int_eq(btcpeer_push_reject(p, "tx", BTCWIRE_REJECT_DUST, text,
	    NULL, 0), 0);
	msg = next(BTCWIRE_REJECT);
	text[111] = '\0';
	ck_assert(is_text(btcwire_reject_of(msg)->reason, text));
	btcwire_msg_unref(msg);
	finish();
}
END_TEST

/* Held until the handshake is done, which is not in time. */
START_TEST(reject_too_early)
{
	int64_t began;

	config.queue_max_msgs = 1;
	start(0, false);
	ck_assert_int_eq(push_row(0, 0), BTCPEER_E_STATE);
	ck_assert_int_eq(push_row(0, 10), BTCPEER_E_STATE);
	remote_version(&r, 70016, 4711, true);
	remote_expect(&r, "verack");
	ck_assert_int_eq(push_row(0, 10), BTCPEER_E_TIMEOUT);
	/* It waits for room too. */
	began = btcu_now_ms();
	ck_assert_int_eq(push_row(0, 100), BTCPEER_E_FULL);
	ck_assert_int_ge(btcu_now_ms() - began, 100);
	remote_msg(&r, BTCWIRE_VERACK, NULL);
	btcwire_msg_unref(next(BTCWIRE_REJECT));
	btcpeer_disconnect(p);
	ck_assert_int_eq(push_row(0, 0), BTCPEER_E_CLOSED);
	finish();
}
END_TEST

static void *
wait_for_reject(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)push_row(0, 60000);
}

START_TEST(reject_is_given_up)
{
	pthread_t t;
	void *rc;

	start(0, false);
	remote_version(&r, 70016, 4711, true);
	remote_expect(&r, "verack");
	ck_assert_int_eq(pthread_create(&t, NULL, wait_for_reject, NULL), 0);
	while (queued() == 0)
		sched_yield();
	btcpeer_disconnect(p);
	pthread_join(t, &rc);
	ck_assert_int_eq((int)(intptr_t)rc, BTCPEER_E_CLOSED);
	finish();
}
END_TEST

static int in_callback[2];

static void
push_in_callback(struct btcpeer *peer, struct btcwire_msg *msg,
    struct probe *probe)
{
	(void)peer;
	(void)probe;
	if (btcwire_msg_type(msg) != BTCWIRE_GETADDR)
		return;
	in_callback[0] = push_row(0, 60000);
	in_callback[1] = push_row(1, 0);
}

START_TEST(reject_in_callback)
{
	struct btcwire_msg *msg;

	pr.on_message = push_in_callback;
	start(70016, false);
	remote_msg(&r, BTCWIRE_GETADDR, NULL);
	msg = next(BTCWIRE_REJECT);
	ck_assert(is_text(btcwire_reject_of(msg)->command, "block"));
	btcwire_msg_unref(msg);
	ck_assert(probe_wait(&pr, &pr.seen[BTCWIRE_GETADDR], 1));
	ck_assert_int_eq(in_callback[0], BTCPEER_E_DEADLOCK);
	ck_assert_int_eq(in_callback[1], 0);
	nothing_more();
	finish();
}
END_TEST

START_TEST(reject_without_memory)
{
	start(70016, false);
	ck_assert_int_ge(EACH_OOM(push_row(0, 60000)), 3);
	btcwire_msg_unref(next(BTCWIRE_REJECT));
	nothing_more();
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_push_reject");
	TCase *tc = add_tcase(s, "reject");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, reject, 0, N_ROWS(rejects));
	tcase_add_test(tc, reject_is_cut);
	tcase_add_test(tc, reject_too_early);
	tcase_add_test(tc, reject_is_given_up);
	tcase_add_test(tc, reject_in_callback);
	tcase_add_test(tc, reject_without_memory);
	return run_suite(s);
}
