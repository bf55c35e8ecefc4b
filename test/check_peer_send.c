#include "config.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "probe.h"
#include "remote.h"
#include "runner.h"

/* Queueing: bounds, completions, and that everything ends exactly once. */

static struct probe pr;
static struct btcpeer_listeners on;
static struct btcpeer_config config;
static struct btcpeer *p;
static struct remote r;

static void
setup(void)
{
	probe_init(&pr, &config, &on);
}

static void
start(bool handshake)
{
	int fd[2];

	socket_pair(fd, false);
	remote_init(&r, fd[1]);
	ck_assert_int_eq(btcpeer_new_inbound(&p, &config, NULL, NULL), 0);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), 0);
	if (handshake) {
		remote_handshake(&r, 70016);
		ck_assert(probe_wait(&pr, &pr.ready, 1));
	}
}

static void
finish(void)
{
	btcpeer_disconnect(p);
	ck_assert_int_eq(btcpeer_wait(p, -1), 0);
	btcpeer_unref(p);
	remote_clear(&r);
	ck_assert_uint_eq(pr.wrong, 0);
	probe_clear(&pr);
}

static struct btcwire_msg *
big_msg(size_t len)
{
	uint8_t *script = calloc(1, len);
	struct btcwire_txin in = { .script = { script, len } };
	struct btcwire_txout out = { 5, { NULL, 0 } };
	struct btcwire_tx tx = { 2, 0, &in, 1, &out, 1 };
	struct btcwire_msg *msg = new_msg(BTCWIRE_TX, &tx);

	free(script);
	return msg;
}

START_TEST(completion_tells)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcpeer_completion *c;
	int result = 1;

	ck_assert_int_eq(btcpeer_completion_new(&c), 0);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, -1),
	    BTCPEER_E_STATE);
	send.completion = c;
	start(false);
	ck_assert_int_eq(btcpeer_queue_message_take(p,
	    new_msg(BTCWIRE_GETADDR, NULL), &send), 0);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, 0),
	    BTCPEER_E_TIMEOUT);
	/* In use: a second message cannot have it. */
	ck_assert_int_eq(btcpeer_queue_message_take(p,
	    new_msg(BTCWIRE_GETADDR, NULL), &send), BTCPEER_E_STATE);
	remote_handshake(&r, 70016);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, -1), 0);
	ck_assert_int_eq(result, 0);
	remote_expect(&r, "getaddr");
	/* And it can be used again. */
	ck_assert_int_eq(btcpeer_queue_message_take(p,
	    new_msg(BTCWIRE_GETADDR, NULL), &send), 0);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, -1), 0);
	btcpeer_disconnect(p);
	ck_assert_int_eq(btcpeer_queue_message_take(p,
	    new_msg(BTCWIRE_GETADDR, NULL), &send), BTCPEER_E_CLOSED);
	btcpeer_completion_unref(c);
	finish();
}
END_TEST

START_TEST(what_cannot_be_queued)
{
	static const enum btcwire_type types[] = { BTCWIRE_VERACK,
	    BTCWIRE_WTXIDRELAY, BTCWIRE_SENDADDRV2 };
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	size_t i;

	start(true);
	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		ck_assert_int_eq(btcpeer_queue_message_take(p,
		    new_msg(types[i], NULL), NULL), BTCPEER_E_INVAL);
	send.flags = BTCWIRE_STRICT;
	ck_assert_int_eq(btcpeer_queue_message_take(p,
	    new_msg(BTCWIRE_GETADDR, NULL), &send), BTCPEER_E_INVAL);
	send.flags = 0;
	send.size = 8;
	ck_assert_int_eq(btcpeer_queue_message_take(p,
	    new_msg(BTCWIRE_GETADDR, NULL), &send), BTCPEER_E_INVAL);
	finish();
}
END_TEST

/* A message that the remote's version does not know ends with that reason. */
START_TEST(too_new_for_the_remote)
{
	struct btcwire_feefilter fee = { 5 };
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcpeer_completion *c;
	int result = 1;

	ck_assert_int_eq(btcpeer_completion_new(&c), 0);
	send.completion = c;
	start(false);
	remote_handshake(&r, 70012);
	ck_assert_int_eq(btcpeer_queue_message_take(p,
	    new_msg(BTCWIRE_FEEFILTER, &fee), &send), 0);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, -1), 0);
	ck_assert_int_eq(result, BTCPEER_E_VERSION);
	ck_assert_int_eq(btcpeer_reason(p), BTCPEER_REASON_NONE);
	btcpeer_completion_unref(c);
	finish();
}
END_TEST

START_TEST(full_and_low_water)
{
	struct btcwire_msg *msg = new_msg(BTCWIRE_GETADDR, NULL);
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	int i;

	config.queue_max_msgs = 10;
	start(false);
	for (i = 0; i < 10; i++)
		ck_assert_int_eq(btcpeer_queue_message(p, msg, NULL), 0);
	ck_assert_int_eq(btcpeer_queue_message(p, msg, NULL), BTCPEER_E_FULL);
	send.wait_ms = 10;
	ck_assert_int_eq(btcpeer_queue_message(p, msg, &send), BTCPEER_E_FULL);
	ck_assert_int_eq(btcpeer_stats(p, &s), 0);
	ck_assert_uint_eq(s.queue_msgs, 10);
	ck_assert_uint_eq(s.queue_bytes, 240);
	remote_handshake(&r, 70016);
	ck_assert(probe_wait(&pr, &pr.low, 1));
	send.wait_ms = 60000;
	ck_assert_int_eq(btcpeer_queue_message(p, msg, &send), 0);
	btcwire_msg_unref(msg);
	finish();
	ck_assert_uint_eq(pr.low, 1);
}
END_TEST

START_TEST(bytes_are_bounded_too)
{
	struct btcwire_msg *msg = big_msg(60000);

	config.queue_max_bytes = 100000;
	start(false);
	ck_assert_int_eq(btcpeer_queue_message(p, msg, NULL), 0);
	ck_assert_int_eq(btcpeer_queue_message(p, msg, NULL), BTCPEER_E_FULL);
	btcwire_msg_unref(msg);
	/* One message is always admitted, however long. */
	remote_handshake(&r, 70016);
	remote_expect(&r, "tx");
	ck_assert(probe_wait(&pr, &pr.low, 1));
	ck_assert_int_eq(btcpeer_queue_message_take(p, big_msg(200000), NULL), 0);
	remote_expect(&r, "tx");
	finish();
}
END_TEST

/* ---- Settled exactly once ---------------------------------------------- */

static atomic_uint done_sent, done_failed, refused;

static void
on_done(struct btcpeer *peer, struct btcwire_msg *msg, int result, void *arg)
{
	(void)peer;
	(void)msg;
	(void)arg;
	atomic_fetch_add(result == 0 ? &done_sent : &done_failed, 1);
}

static void *
queuer(void *arg)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcwire_msg *msg = big_msg(500);
	unsigned n = 0;
	int rc;

	(void)arg;
	send.done = on_done;
	send.wait_ms = 60000;
	while ((rc = btcpeer_queue_message(p, msg, &send)) == 0)
		n++;
	if (rc != BTCPEER_E_CLOSED)
		atomic_fetch_add(&refused, 1);
	btcwire_msg_unref(msg);
	return (void *)(uintptr_t)n;
}

/* Four threads queue while the connection ends under them. */
START_TEST(every_message_ends_once)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	uintptr_t queued = 0;
	pthread_t t[4];
	void *n;
	int i;

	config.queue_max_msgs = 50;
	start(_i != 0);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, queuer, NULL), 0);
	for (i = 0; i < 200 && _i != 0; i++)
		remote_expect(&r, "tx");
	if (_i == 1)
		remote_clear(&r);
	else
		btcpeer_disconnect(p);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &n);
		queued += (uintptr_t)n;
	}
	ck_assert_int_eq(btcpeer_wait(p, -1), 0);
	ck_assert_uint_eq(refused, 0);
	ck_assert_uint_eq(queued, done_sent + done_failed);
	ck_assert_uint_eq(pr.write_bad, done_failed);
	ck_assert_int_eq(btcpeer_stats(p, &s), 0);
	ck_assert_uint_eq(s.msgs_failed, done_failed);
	ck_assert_uint_eq(s.queue_msgs, 0);
	ck_assert_uint_eq(s.queue_bytes, 0);
	if (_i != 0)
		ck_assert_uint_ge(done_sent, 200);
	finish();
}
END_TEST

/* The form without witnesses goes to whoever is to get it. */
START_TEST(witness_or_not)
{
	static const uint8_t item[] = { 1, 2, 3 };
	struct btcwire_bytes stack = { item, 3 };
	struct btcwire_txin in = { .witness = &stack, .witness_len = 1 };
	struct btcwire_txout out = { 5, { NULL, 0 } };
	struct btcwire_tx tx = { 2, 0, &in, 1, &out, 1 };
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcwire_msg *msg = new_msg(BTCWIRE_TX, &tx);

	start(true);
	ck_assert_int_eq(btcpeer_queue_message(p, msg, NULL), 0);
	send.flags = BTCWIRE_NO_WITNESS;
	ck_assert_int_eq(btcpeer_queue_message_take(p, msg, &send), 0);
	remote_expect(&r, "tx");
	ck_assert_uint_eq(r.len, 4 + 2 + 1 + 41 + 1 + 9 + 1 + 1 + 3 + 4);
	remote_expect(&r, "tx");
	ck_assert_uint_eq(r.len, 4 + 1 + 41 + 1 + 9 + 4);
	finish();
}
END_TEST

/* ---- Raw messages ------------------------------------------------------- */

static struct btcwire_msg *
new_raw(const char *command, const void *payload, size_t len)
{
	struct btcwire_msg *msg;

	ck_assert_int_eq(btcwire_msg_new_raw(&msg, command, payload, len,
	    NULL), 0);
	return msg;
}

/* Known commands around bytes that have no such message, requests among them,
 * and one that nobody knows. */
static const struct {
	const char *command, *payload;
	enum btcwire_type counted;
} raws[] = {
	{ "ping", "123", BTCWIRE_PING },
	{ "getdata", "\xff\xff", BTCWIRE_GETDATA },
	{ "getblocktxn", "?", BTCWIRE_GETBLOCKTXN },
	{ "getheaders", "", BTCWIRE_GETHEADERS },
	{ "feefilter", "too long for that", BTCWIRE_FEEFILTER },
	{ "tx", "\2", BTCWIRE_TX },
	{ "what is this", "payload", BTCWIRE_UNKNOWN }
};

/* They go out as they are, in order, also to a remote of an old version, and
 * count for their command. */
static const int32_t versions[] = { 31402, 70001, 70016 };

START_TEST(raw_byte_for_byte)
{
	struct btcpeer_command_stats c;
	size_t i, len;

	start(false);
	for (i = 0; i < N_ROWS(raws); i++)
		ck_assert_int_eq(btcpeer_queue_message_take(p,
		    new_raw(raws[i].command, raws[i].payload,
		    strlen(raws[i].payload)), NULL), 0);
	remote_handshake(&r, versions[_i]);
	for (i = 0; i < N_ROWS(raws); i++) {
		len = strlen(raws[i].payload);
		ck_assert(remote_read(&r));
		ck_assert_str_eq(r.command, raws[i].command);
		ck_assert_uint_eq(r.len, len);
		ck_assert(memcmp(r.payload, raws[i].payload, len) == 0);
	}
	btcpeer_ref(p);
	finish();
	for (i = 0; i < N_ROWS(raws); i++) {
		ck_assert_int_eq(btcpeer_command_stats(&c, p, raws[i].counted),
		    0);
		ck_assert_uint_eq(c.msgs_sent, 1);
		ck_assert_uint_eq(c.bytes_sent, BTCWIRE_FRAME_HEADER +
		    strlen(raws[i].payload));
	}
	btcpeer_unref(p);
	ck_assert_uint_eq(pr.write_bad, 0);
}
END_TEST

START_TEST(raw_negotiation_is_refused)
{
	static const char *const command[] = { "version", "verack",
	    "wtxidrelay", "sendaddrv2", "feature", "sendtxrcncl",
	    "sendpackages" };
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	size_t i;

	start(true);
	for (i = 0; i < N_ROWS(command); i++)
		ck_assert_int_eq(btcpeer_queue_message_take(p,
		    new_raw(command[i], "", 0), NULL), BTCPEER_E_INVAL);
	ck_assert_int_eq(btcpeer_stats(p, &s), 0);
	ck_assert_uint_eq(s.queue_max_msgs, 0);
	ck_assert_int_eq(btcpeer_queue_message_take(p, new_raw("Version", "",
	    0), NULL), 0);
	remote_expect(&r, "Version");
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_send");
	TCase *tc = add_tcase(s, "send");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, completion_tells);
	tcase_add_test(tc, what_cannot_be_queued);
	tcase_add_test(tc, too_new_for_the_remote);
	tcase_add_test(tc, full_and_low_water);
	tcase_add_test(tc, bytes_are_bounded_too);
	tcase_add_loop_test(tc, every_message_ends_once, 0, 3);
	tcase_add_test(tc, witness_or_not);
	tcase_add_loop_test(tc, raw_byte_for_byte, 0, N_ROWS(versions));
	tcase_add_test(tc, raw_negotiation_is_refused);
	return run_suite(s);
}
