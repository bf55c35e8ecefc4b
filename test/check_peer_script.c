#include "config.h"

#include <stdlib.h>

#include "frames.h"
#include "peer/peer.h"
#include "probe.h"
#include "remote.h"
#include "runner.h"
#include "wire/bytes.h"

/* One of our peers against a remote that does as the test says. */

struct stage {
	struct probe pr;
	struct btcpeer_listeners on;
	struct btcpeer_config config;
	struct btcpeer *p;
	struct remote r;
};

static void
stage_init(struct stage *st)
{
	probe_init(&st->pr, &st->config, &st->on);
}

static void
stage_start(struct stage *st, bool inbound)
{
	int fd[2];

	socket_pair(fd, false);
	remote_init(&st->r, fd[1]);
	if (inbound)
		ck_assert_int_eq(btcpeer_new_inbound(&st->p, &st->config, NULL,
		    NULL), 0);
	else
		ck_assert_int_eq(btcpeer_new_outbound(&st->p, &st->config, NULL,
		    NULL), 0);
	ck_assert_int_eq(btcpeer_start(st->p, fd[0]), 0);
}

static void
stage_end(struct stage *st, enum btcpeer_reason reason)
{
	ck_assert_int_eq(btcpeer_wait(st->p, -1), 0);
	ck_assert_msg(st->pr.reason == reason, "ended by %s: %s",
	    btcpeer_reason_text(st->pr.reason), st->pr.why);
	ck_assert_uint_eq(st->pr.ended, 1);
	ck_assert_uint_eq(st->pr.wrong, 0);
	btcpeer_unref(st->p);
	remote_clear(&st->r);
	probe_clear(&st->pr);
}

static void
stage_disconnect(struct stage *st)
{
	btcpeer_disconnect(st->p);
	stage_end(st, BTCPEER_REASON_LOCAL);
}

/* The code of the reject that must come before the end. */
static void
expect_reject(struct stage *st, const char *command, uint8_t code)
{
	size_t n = strlen(command);

	remote_expect(&st->r, "reject");
	ck_assert_uint_gt(st->r.len, n + 2);
	ck_assert_uint_eq(st->r.payload[0], n);
	ck_assert_mem_eq(st->r.payload + 1, command, n);
	ck_assert_uint_eq(st->r.payload[n + 1], code);
	remote_drain(&st->r);
}

/* What an inbound peer answers a version with, in order. */
START_TEST(answers_in_order)
{
	static const struct {
		int32_t version;
		const char *want[6];
	} rows[] = {
		{ 70017, { "version", "wtxidrelay", "sendaddrv2", "verack" } },
		{ 70016, { "version", "wtxidrelay", "sendaddrv2", "verack" } },
		{ 70015, { "version", "verack" } },
		{ 209, { "version", "verack" } },
	};
	struct stage st;
	int i;

	stage_init(&st);
	stage_start(&st, true);
	remote_version(&st.r, rows[_i].version, 1, true);
	for (i = 0; rows[_i].want[i] != NULL; i++) {
		ck_assert(remote_read(&st.r));
		ck_assert_str_eq(st.r.command, rows[_i].want[i]);
	}
	remote_msg(&st.r, BTCWIRE_VERACK, NULL);
	ck_assert(probe_wait(&st.pr, &st.pr.ready, 1));
	stage_disconnect(&st);
}
END_TEST

START_TEST(remote_text_is_escaped)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	struct stage st;

	stage_init(&st);
	stage_start(&st, false);
	ck_assert_int_eq(btcpeer_stats(st.p, &s), 0);
	ck_assert(!s.version_known);
	ck_assert_uint_eq(s.services, 0);
	ck_assert_str_eq(s.user_agent, "");
	remote_handshake(&st.r, 70016);
	ck_assert(probe_wait(&st.pr, &st.pr.ready, 1));
	ck_assert_int_eq(btcpeer_stats(st.p, &s), 0);
	ck_assert_str_eq(s.user_agent, "/script\\xff:1/");
	ck_assert_uint_eq(s.services, BTCWIRE_NODE_NETWORK);
	ck_assert_int_eq(s.start_height, 77);
	ck_assert_str_eq(s.addr, "local");
	stage_disconnect(&st);
}
END_TEST

static const struct {
	const char *first;
	bool inbound;
} not_version[] = {
	{ "verack", true }, { "ping", false }, { "wtxidrelay", true },
	{ "nosuchcmd", true }, { "headers", false },
};

START_TEST(version_comes_first)
{
	struct stage st;
	uint8_t zero[8] = { 0 };

	stage_init(&st);
	stage_start(&st, not_version[_i].inbound);
	remote_frame(&st.r, not_version[_i].first, zero,
	    strcmp(not_version[_i].first, "ping") == 0 ? 8 :
	    strcmp(not_version[_i].first, "headers") == 0 ? 1 : 0);
	expect_reject(&st, not_version[_i].first, BTCWIRE_REJECT_MALFORMED);
	stage_end(&st, BTCPEER_REASON_NOT_VERSION);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_PING], 0);
}
END_TEST

/* With a reject if the remote is not too old for that. */
START_TEST(obsolete_is_refused)
{
	struct stage st;

	stage_init(&st);
	st.config.min_protocol_version = 70013;
	stage_start(&st, true);
	remote_version(&st.r, _i == 0 ? 70002 : 70001, 1, true);
	if (_i == 0)
		expect_reject(&st, "version", BTCWIRE_REJECT_OBSOLETE);
	else
		ck_assert(!remote_read(&st.r));
	ck_assert(probe_wait(&st.pr, &st.pr.ended, 1));
	ck_assert_ptr_nonnull(strstr(st.pr.why, "at least 70013 is needed"));
	stage_end(&st, BTCPEER_REASON_OBSOLETE);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_VERSION], 0);
}
END_TEST

START_TEST(duplicates_end)
{
	struct stage st;

	stage_init(&st);
	stage_start(&st, false);
	remote_handshake(&st.r, 70016);
	if (_i == 0)
		remote_version(&st.r, 70016, 2, true);
	else
		remote_msg(&st.r, BTCWIRE_VERACK, NULL);
	expect_reject(&st, _i == 0 ? "version" : "verack",
	    BTCWIRE_REJECT_DUPLICATE);
	stage_end(&st, BTCPEER_REASON_DUPLICATE);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_VERSION], 1);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_VERACK], 1);
}
END_TEST

START_TEST(late_negotiation_ends)
{
	struct stage st;

	stage_init(&st);
	stage_start(&st, false);
	remote_version(&st.r, 70016, 1, true);
	/* Twice before verack is nothing. */
	remote_msg(&st.r, BTCWIRE_SENDADDRV2, NULL);
	remote_msg(&st.r, BTCWIRE_SENDADDRV2, NULL);
	remote_msg(&st.r, BTCWIRE_VERACK, NULL);
	ck_assert(probe_wait(&st.pr, &st.pr.ready, 1));
	remote_msg(&st.r, _i == 0 ? BTCWIRE_SENDADDRV2 : BTCWIRE_WTXIDRELAY,
	    NULL);
	remote_drain(&st.r);
	stage_end(&st, BTCPEER_REASON_NEGOTIATION);
}
END_TEST

/* Unknown messages and early ones are counted, and nothing more. */
START_TEST(others_are_ignored)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	struct btcwire_ping ping = { 3 };
	struct stage st;

	stage_init(&st);
	stage_start(&st, true);
	remote_version(&st.r, 70016, 1, true);
	remote_msg(&st.r, BTCWIRE_PING, &ping);
	remote_frame(&st.r, "newthing", "x", 1);
	remote_frame(&st.r, "cmpctblock", "x", 1);	/* not looked at */
	remote_msg(&st.r, BTCWIRE_SENDHEADERS, NULL);
	remote_msg(&st.r, BTCWIRE_VERACK, NULL);
	remote_frame(&st.r, "newthing", "x", 1);
	ck_assert(probe_wait(&st.pr, &st.pr.read_bad, 3));
	remote_msg(&st.r, BTCWIRE_PING, &ping);
	remote_expect(&st.r, "pong");
	ck_assert_int_eq(btcpeer_stats(st.p, &s), 0);
	ck_assert_uint_eq(s.unknown_received, 2);
	ck_assert_uint_eq(s.ignored_received, 3);
	ck_assert_uint_eq(s.malformed_received, 0);
	ck_assert(s.wants_headers);
	stage_disconnect(&st);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_PING], 1);
}
END_TEST

/* The remote's clock may say anything. */
START_TEST(times_beyond_reason)
{
	struct btcwire_version v = { .version = 70016,
	    .timestamp = _i == 0 ? INT64_MIN : INT64_MAX };
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	struct stage st;

	stage_init(&st);
	stage_start(&st, true);
	remote_msg(&st.r, BTCWIRE_VERSION, &v);
	remote_expect(&st.r, "verack");
	ck_assert_int_eq(btcpeer_stats(st.p, &s), 0);
	ck_assert(_i == 0 ? s.time_offset_s < -2000000000
	    : s.time_offset_s > 2000000000);
	stage_disconnect(&st);
}
END_TEST

/* What is held until the handshake is done comes right after it, in order. */
START_TEST(messages_wait_for_the_handshake)
{
	struct btcwire_ping ping;
	struct stage st;
	int i;

	stage_init(&st);
	stage_start(&st, true);
	for (i = 1; i <= 3; i++) {
		ping.nonce = (uint64_t)i;
		ck_assert_int_eq(btcpeer_queue_message_take(st.p,
		    new_msg(BTCWIRE_PING, &ping), NULL), 0);
	}
	remote_version(&st.r, 70016, 1, true);
	remote_expect(&st.r, "verack");
	remote_msg(&st.r, BTCWIRE_VERACK, NULL);
	for (i = 1; i <= 3; i++) {
		ck_assert(remote_read(&st.r));
		ck_assert_str_eq(st.r.command, "ping");
		ck_assert_int_eq(st.r.payload[0], i);
	}
	stage_disconnect(&st);
}
END_TEST

/* ---- Malformed input --------------------------------------------------- */

enum bad { BAD_CHECKSUM, BAD_PAYLOAD, BAD_COUNT, BAD_COMMAND, N_BAD };

static void
send_bad(struct stage *st, int what)
{
	uint8_t wire[BTCWIRE_FRAME_HEADER + 8] = { 0 };
	static const uint8_t huge[] = { 0xfe, 0x51, 0xc3, 0x00, 0x01 };

	switch (what) {
	case BAD_CHECKSUM:
		frames_head(wire, st->config.chain->magic, "ping", 8,
		    (const uint8_t *)"abcd");
		remote_bytes(&st->r, wire, sizeof(wire));
		break;
	case BAD_PAYLOAD:
		remote_frame(&st->r, "ping", "1234567", 7);
		break;
	case BAD_COUNT:
		remote_frame(&st->r, "inv", huge, sizeof(huge));
		break;
	default:
		remote_frame(&st->r, "pi\001g", "12345678", 8);
		break;
	}
}

START_TEST(malformed_disconnects)
{
	struct stage st;

	stage_init(&st);
	stage_start(&st, false);
	remote_handshake(&st.r, 70016);
	ck_assert(probe_wait(&st.pr, &st.pr.ready, 1));
	send_bad(&st, _i);
	expect_reject(&st, _i == BAD_COMMAND ? "header" :
	    _i == BAD_COUNT ? "inv" : "ping", BTCWIRE_REJECT_MALFORMED);
	stage_end(&st, BTCPEER_REASON_MALFORMED);
	ck_assert_uint_eq(st.pr.read_bad, 1);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_PING], 0);
}
END_TEST

START_TEST(malformed_can_be_ignored)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	struct btcwire_ping ping = { 12 };
	struct stage st;

	stage_init(&st);
	st.config.malformed = BTCPEER_MALFORMED_IGNORE;
	stage_start(&st, false);
	remote_handshake(&st.r, 70016);
	ck_assert(probe_wait(&st.pr, &st.pr.ready, 1));
	send_bad(&st, _i);
	remote_msg(&st.r, BTCWIRE_PING, &ping);
	remote_expect(&st.r, "pong");
	ck_assert_int_eq(btcpeer_stats(st.p, &s), 0);
	ck_assert_uint_eq(s.malformed_received, 1);
	stage_disconnect(&st);
}
END_TEST

START_TEST(an_old_remote_gets_no_reject)
{
	struct stage st;

	stage_init(&st);
	stage_start(&st, false);
	remote_handshake(&st.r, 70001);
	send_bad(&st, BAD_PAYLOAD);
	while (remote_read(&st.r))
		ck_assert_str_ne(st.r.command, "reject");
	stage_end(&st, BTCPEER_REASON_MALFORMED);
}
END_TEST

START_TEST(trailing_bytes)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	struct stage st;

	stage_init(&st);
	st.config.strict = _i == 1;
	stage_start(&st, false);
	remote_handshake(&st.r, 70016);
	remote_frame(&st.r, "ping", "12345678+", 9);
	if (_i == 1) {
		remote_drain(&st.r);
		stage_end(&st, BTCPEER_REASON_MALFORMED);
		return;
	}
	remote_expect(&st.r, "pong");
	ck_assert_int_eq(btcpeer_stats(st.p, &s), 0);
	ck_assert_uint_eq(s.trailing_received, 1);
	stage_disconnect(&st);
}
END_TEST

START_TEST(framing_errors_end_at_once)
{
	uint8_t wire[BTCWIRE_FRAME_HEADER];
	const struct btcwire_chain *chain =
	    btcwire_chain(_i == 0 ? BTCWIRE_MAINNET : BTCWIRE_REGTEST);
	struct stage st;

	stage_init(&st);
	st.config.malformed = BTCPEER_MALFORMED_IGNORE;
	stage_start(&st, true);
	frames_head(wire, chain->magic, "version", _i == 0 ? 86 : 4000001,
	    (const uint8_t *)"abcd");
	remote_bytes(&st.r, wire, sizeof(wire));
	remote_drain(&st.r);
	stage_end(&st, _i == 0 ? BTCPEER_REASON_WRONG_NETWORK
	    : BTCPEER_REASON_OVERSIZE);
}
END_TEST

/* ---- Ourselves --------------------------------------------------------- */

START_TEST(self_connection_is_noticed)
{
	struct pair pair;
	int fd[2];

	pair_init(&pair);
	pair.ca.allow_self = false;
	socket_pair(fd, true);
	ck_assert_int_eq(btcpeer_new_inbound(&pair.a, &pair.ca, NULL, NULL), 0);
	ck_assert_int_eq(btcpeer_new_outbound(&pair.b, &pair.cb, NULL, NULL), 0);
	ck_assert_int_eq(btcpeer_start(pair.a, fd[0]), 0);
	ck_assert_int_eq(btcpeer_start(pair.b, fd[1]), 0);
	ck_assert(probe_wait(&pair.pa, &pair.pa.ended, 1));
	ck_assert_int_eq(pair.pa.reason, BTCPEER_REASON_SELF);
	ck_assert(probe_wait(&pair.pb, &pair.pb.ended, 1));
	ck_assert_int_eq(strncmp(btcpeer_addr(pair.a), "127.0.0.1:", 10), 0);
	pair_stop(&pair);
}
END_TEST

/* ---- Deadlines, real but short ----------------------------------------- */

START_TEST(handshake_deadline)
{
	struct stage st;

	stage_init(&st);
	st.config.handshake_timeout_ms = 50;
	stage_start(&st, _i == 0);
	if (_i == 1)
		remote_version(&st.r, 70016, 1, true);
	remote_drain(&st.r);
	stage_end(&st, BTCPEER_REASON_HANDSHAKE_TIMEOUT);
}
END_TEST

START_TEST(idle_deadline)
{
	struct stage st;

	stage_init(&st);
	st.config.idle_timeout_ms = 50;
	stage_start(&st, true);
	remote_drain(&st.r);
	stage_end(&st, BTCPEER_REASON_IDLE);
}
END_TEST

START_TEST(ping_ceiling)
{
	struct stage st;

	stage_init(&st);
	st.config.ping_interval_ms = 20;
	st.config.ping_timeout_ms = 50;
	stage_start(&st, true);
	remote_handshake(&st.r, 70016);
	remote_drain(&st.r);
	stage_end(&st, BTCPEER_REASON_PING_TIMEOUT);
}
END_TEST

START_TEST(stall_ends_or_is_overruled)
{
	static const struct {
		enum btcwire_type ask;
		enum btcpeer_stall_action action;
		bool ends;
	} rows[] = {
		{ BTCWIRE_GETDATA, BTCPEER_STALL_DEFAULT, true },
		{ BTCWIRE_GETHEADERS, BTCPEER_STALL_DEFAULT, true },
		{ BTCWIRE_GETADDR, BTCPEER_STALL_DEFAULT, false },
		{ BTCWIRE_GETADDR, BTCPEER_STALL_DISCONNECT, true },
		{ BTCWIRE_GETDATA, BTCPEER_STALL_IGNORE, false },
		{ BTCWIRE_GETDATA, BTCPEER_STALL_EXTEND, false },
	};
	struct btcwire_invvect v = { BTCWIRE_INV_WITNESS_BLOCK, { { 9 } } };
	struct btcwire_inv inv = { &v, 1 };
	struct btcwire_locator loc = { .version = 70016 };
	unsigned stalls = 1;
	struct stage st;

	stage_init(&st);
	st.config.stall_timeout_ms = 20;
	st.pr.stall_action = rows[_i].action;
	stage_start(&st, true);
	remote_handshake(&st.r, 70016);
	ck_assert_int_eq(btcpeer_queue_message_take(st.p, new_msg(rows[_i].ask,
	    rows[_i].ask == BTCWIRE_GETDATA ? (const void *)&inv :
	    rows[_i].ask == BTCWIRE_GETHEADERS ? &loc : NULL), NULL), 0);
	if (rows[_i].action == BTCPEER_STALL_EXTEND)
		stalls = 3;
	ck_assert(probe_wait(&st.pr, &st.pr.stall, stalls));
	if (rows[_i].ends) {
		remote_drain(&st.r);
		stage_end(&st, BTCPEER_REASON_STALL);
	} else {
		stage_disconnect(&st);
	}
}
END_TEST

START_TEST(an_answer_in_time_is_no_stall)
{
	struct btcwire_invvect v = { BTCWIRE_INV_BLOCK, { { 9 } } };
	struct btcwire_inv inv = { &v, 1 };
	struct btcwire_ping ping = { 1 };
	struct stage st;

	stage_init(&st);
	stage_start(&st, true);
	remote_handshake(&st.r, 70016);
	ck_assert_int_eq(btcpeer_queue_message_take(st.p,
	    new_msg(BTCWIRE_GETDATA, &inv), NULL), 0);
	remote_expect(&st.r, "getdata");
	remote_msg(&st.r, BTCWIRE_NOTFOUND, &inv);
	remote_msg(&st.r, BTCWIRE_PING, &ping);
	remote_expect(&st.r, "pong");
	stage_disconnect(&st);
	ck_assert_uint_eq(st.pr.stall, 0);
}
END_TEST

static void
ask_again(struct btcpeer *p, struct btcwire_msg *msg, struct probe *pr)
{
	const struct btcwire_inv *nf = btcwire_notfound_of(msg);

	(void)pr;
	if (nf != NULL)
		(void)!btcpeer_queue_message_take(p,
		    new_msg(BTCWIRE_GETDATA, nf), NULL);
}

/* What a listener asks for anew is not answered by the answer it heard. */
START_TEST(asked_again_is_watched)
{
	struct btcwire_invvect v = { BTCWIRE_INV_BLOCK, { { 9 } } };
	struct btcwire_inv inv = { &v, 1 };
	struct stage st;

	stage_init(&st);
	st.pr.on_message = ask_again;
	st.config.stall_timeout_ms = 2000;
	stage_start(&st, true);
	remote_handshake(&st.r, 70016);
	ck_assert_int_eq(btcpeer_queue_message_take(st.p,
	    new_msg(BTCWIRE_GETDATA, &inv), NULL), 0);
	remote_expect(&st.r, "getdata");
	remote_msg(&st.r, BTCWIRE_NOTFOUND, &inv);
	remote_expect(&st.r, "getdata");
	remote_drain(&st.r);
	stage_end(&st, BTCPEER_REASON_STALL);
	ck_assert_uint_eq(st.pr.stall, 1);
}
END_TEST

/* A remote whose pongs take longer than the time between pings answers all the
 * same: only the oldest ping counts for the ceiling. */
START_TEST(late_pongs_are_answers)
{
	uint64_t nonce[4], oldest;
	bool none;
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	struct btcwire_ping ping = { 0 };
	struct stage st;
	int i;

	stage_init(&st);
	stage_start(&st, true);
	remote_handshake(&st.r, 70016);
	ck_assert(probe_wait(&st.pr, &st.pr.ready, 1));
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(btcpeer_ping(st.p), 0);
		remote_expect(&st.r, "ping");
		nonce[i] = xf_le64(st.r.payload);
	}
	for (i = 0; i < 4; i++) {
		ping.nonce = nonce[i];
		remote_msg(&st.r, BTCWIRE_PONG, &ping);
		ck_assert(probe_wait(&st.pr, &st.pr.seen[BTCWIRE_PONG],
		    (unsigned)i + 1));
		btcu_lock(&st.p->mtx);
		oldest = st.p->ping_oldest;
		none = st.p->ping_deadline_ms == BTCU_NEVER;
		btcu_unlock(&st.p->mtx);
		ck_assert_uint_eq(oldest, nonce[3]);
		ck_assert(none == (i == 3));
	}
	ck_assert_int_eq(btcpeer_stats(st.p, &s), 0);
	ck_assert_uint_eq(s.pings_answered, 1);
	ck_assert_uint_eq(s.pongs_unmatched, 3);
	stage_disconnect(&st);
}
END_TEST

/* ---- A remote that does not read --------------------------------------- */

START_TEST(write_deadline)
{
	uint8_t *script = calloc(1, 3000000);
	struct btcwire_txin in = { .script = { script, 3000000 } };
	struct btcwire_txout out = { 5, { NULL, 0 } };
	struct btcwire_tx tx = { 2, 0, &in, 1, &out, 1 };
	struct btcwire_msg *msg = new_msg(BTCWIRE_TX, &tx);
	struct btcpeer_completion *c;
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct stage st;
	int result = 1;

	stage_init(&st);
	/* The rest would be added at 1 s for 256 KiB: keep the batch small. */
	st.config.write_timeout_ms = 1;
	stage_start(&st, true);
	remote_handshake(&st.r, 70016);
	ck_assert_int_eq(btcpeer_completion_new(&c), 0);
	send.completion = c;
	ck_assert_int_eq(btcpeer_queue_message_take(st.p, msg, &send), 0);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, -1), 0);
	ck_assert_int_eq(result, BTCPEER_E_TIMEOUT);
	stage_end(&st, BTCPEER_REASON_WRITE_TIMEOUT);
	ck_assert_uint_eq(st.pr.write_bad, 1);
	btcpeer_completion_unref(c);
	free(script);
}
END_TEST

/* It asks and asks and never reads the answers. */
START_TEST(flood_of_pings)
{
	struct btcwire_ping ping = { 1 };
	struct stage st;
	int i;

	stage_init(&st);
	stage_start(&st, true);
	remote_handshake(&st.r, 70016);
	for (i = 0; i < 200000 && btcpeer_reason(st.p) == BTCPEER_REASON_NONE;
	    i++)
		remote_msg(&st.r, BTCWIRE_PING, &ping);
	stage_end(&st, BTCPEER_REASON_FLOOD);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_script");
	TCase *tc = add_tcase(s, "script");

	tcase_add_loop_test(tc, answers_in_order, 0, 4);
	tcase_add_test(tc, remote_text_is_escaped);
	tcase_add_loop_test(tc, version_comes_first, 0, N_ROWS(not_version));
	tcase_add_loop_test(tc, obsolete_is_refused, 0, 2);
	tcase_add_loop_test(tc, times_beyond_reason, 0, 2);
	tcase_add_loop_test(tc, duplicates_end, 0, 2);
	tcase_add_loop_test(tc, late_negotiation_ends, 0, 2);
	tcase_add_test(tc, others_are_ignored);
	tcase_add_test(tc, messages_wait_for_the_handshake);
	tcase_add_loop_test(tc, malformed_disconnects, 0, N_BAD);
	tcase_add_loop_test(tc, malformed_can_be_ignored, 0, N_BAD);
	tcase_add_test(tc, an_old_remote_gets_no_reject);
	tcase_add_loop_test(tc, trailing_bytes, 0, 2);
	tcase_add_loop_test(tc, framing_errors_end_at_once, 0, 2);
	tcase_add_test(tc, self_connection_is_noticed);
	tcase_add_loop_test(tc, handshake_deadline, 0, 2);
	tcase_add_test(tc, idle_deadline);
	tcase_add_test(tc, ping_ceiling);
	tcase_add_loop_test(tc, stall_ends_or_is_overruled, 0, 6);
	tcase_add_test(tc, an_answer_in_time_is_no_stall);
	tcase_add_test(tc, asked_again_is_watched);
	tcase_add_test(tc, late_pongs_are_answers);
	tcase_add_test(tc, write_deadline);
	tcase_add_test(tc, flood_of_pings);
	return run_suite(s);
}
