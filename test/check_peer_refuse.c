/*
 * Refusing a remote: what it still gets, and who still hears of it.
 */
#include "config.h"

#include "allocs.h"
#include "stage.h"

#define TEXT "we do not talk to you"

static void
make(struct stage *st, bool inbound)
{
	ck_assert_int_eq((inbound ? btcpeer_new_inbound : btcpeer_new_outbound)(
	    &st->p, &st->config, NULL, NULL), 0);
}

static void
start(struct stage *st, bool inbound)
{
	int fd[2];

	socket_pair(fd, false);
	remote_init(&st->r, fd[1]);
	make(st, inbound);
	ck_assert_int_eq(btcpeer_start(st->p, fd[0]), 0);
}

static void
refuse(struct btcpeer *p)
{
	btcpeer_refuse(p, "version", BTCWIRE_REJECT_NONSTANDARD, TEXT);
}

/* The reject is the next thing and the last. */
static void
expect_reject(struct stage *st, const char *text)
{
	size_t n = strlen(text);

	ck_assert(remote_read(&st->r));
	ck_assert_str_eq(st->r.command, "reject");
	ck_assert_uint_eq(st->r.len, 8 + 1 + 1 + n);
	ck_assert_mem_eq(st->r.payload, "\7version\x40", 9);
	ck_assert_uint_eq(st->r.payload[9], n);
	ck_assert_mem_eq(st->r.payload + 10, text, n);
	ck_assert(!remote_read(&st->r));
}

static void
refuse_version(struct btcpeer *p, struct btcwire_msg *msg, struct probe *pr)
{
	(void)pr;
	if (btcwire_msg_type(msg) == BTCWIRE_VERSION)
		refuse(p);
}

/* From on_version: no verack goes out, nor anything else. */
START_TEST(in_on_version)
{
	static const struct {
		int32_t version;
		bool inbound;
	} rows[] = {
		{ 70017, true }, { 70017, false }, { 70002, true },
		{ 70001, true }, { 70001, false }, { 209, false },
	};
	struct btcpeer_feature ours = { "some", NULL, 0 };
	struct btcwire_ping ping = { 5 };
	struct stage st;

	stage_init(&st);
	st.config.features = &ours;
	st.config.features_len = 1;
	st.pr.on_message = refuse_version;
	start(&st, rows[_i].inbound);
	if (!rows[_i].inbound)
		remote_expect(&st.r, "version");
	ck_assert_int_eq(btcpeer_queue_message_take(st.p,
	    new_msg(BTCWIRE_PING, &ping), NULL), 0);
	remote_version(&st.r, rows[_i].version, 1, true);
	remote_msg(&st.r, BTCWIRE_SENDHEADERS, NULL);
	remote_msg(&st.r, BTCWIRE_VERACK, NULL);
	if (rows[_i].version >= 70002)
		expect_reject(&st, TEXT);
	else
		ck_assert(!remote_read(&st.r));
	ck_assert(probe_wait(&st.pr, &st.pr.ended, 1));
	ck_assert_str_eq(st.pr.why, TEXT);
	ck_assert_uint_eq(stage_stats(&st).msgs_failed, 1);
	stage_end(&st, BTCPEER_REASON_REFUSED);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_VERSION], 1);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_SENDHEADERS], 0);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_VERACK], 0);
	ck_assert_uint_eq(st.pr.read, 1);
	ck_assert_uint_eq(st.pr.raw, 1);
	ck_assert_uint_eq(st.pr.ready, 0);
}
END_TEST

/* ---- From other listeners ---------------------------------------------- */

static void
on_raw(struct btcpeer *p, const char *command, const uint8_t *payload,
    size_t len, void *user)
{
	(void)command;
	(void)payload;
	(void)len;
	(void)user;
	refuse(p);
}

static void
on_read(struct btcpeer *p, struct btcwire_msg *msg, size_t len, int result,
    void *user)
{
	(void)len;
	(void)result;
	(void)user;
	if (msg == NULL || btcwire_msg_type(msg) == BTCWIRE_VERACK)
		refuse(p);
}

static void
on_verack(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_empty *body, void *user)
{
	(void)msg;
	(void)body;
	(void)user;
	refuse(p);
}

static void
on_ready(struct btcpeer *p, void *user)
{
	(void)user;
	refuse(p);
}

/* Whoever refuses is the last one that hears something. */
START_TEST(in_other_listeners)
{
	struct stage st;

	stage_init(&st);
	switch (_i) {
	case 0:
		st.on.on_raw = on_raw;
		break;
	case 1:
	case 2:
		st.on.on_read = on_read;
		break;
	case 3:
		st.on.on_verack = on_verack;
		break;
	default:
		st.on.on_ready = on_ready;
		break;
	}
	start(&st, true);
	remote_version(&st.r, 70017, 1, true);
	if (_i == 0) {
		/* Its version is not known yet: there is no reject. */
		ck_assert(!remote_read(&st.r));
	} else {
		remote_expect(&st.r, "verack");
		if (_i == 1)
			remote_frame(&st.r, "newthing", "x", 1);
		remote_msg(&st.r, BTCWIRE_VERACK, NULL);
		expect_reject(&st, TEXT);
	}
	stage_end(&st, BTCPEER_REASON_REFUSED);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_VERSION], _i == 0 ? 0 : 1);
	ck_assert_uint_eq(st.pr.seen[BTCWIRE_VERACK], _i == 4 ? 1 : 0);
	ck_assert_uint_eq(st.pr.read, _i == 0 ? 0 : _i < 3 ? 0 : 2);
	ck_assert_uint_eq(st.pr.ready, 0);
}
END_TEST

/* ---- From other threads ------------------------------------------------ */

START_TEST(when_ready)
{
	struct stage st;
	char text[121];
	char cut[112];

	memset(text, 'a', sizeof(text));
	text[120] = '\0';
	memcpy(cut, text, sizeof(cut));
	cut[111] = '\0';
	stage_init(&st);
	start(&st, false);
	remote_handshake(&st.r, 70016);
	ck_assert(probe_wait(&st.pr, &st.pr.ready, 1));
	btcpeer_refuse(st.p, "version", BTCWIRE_REJECT_NONSTANDARD, text);
	btcpeer_refuse(st.p, "tx", BTCWIRE_REJECT_DUST, "once more");
	expect_reject(&st, cut);
	ck_assert(probe_wait(&st.pr, &st.pr.ended, 1));
	ck_assert_str_eq(st.pr.why, cut);
	stage_end(&st, BTCPEER_REASON_REFUSED);
}
END_TEST

/* There is no such command, or code: it ends all the same. */
START_TEST(no_such_reject)
{
	static const struct {
		const char *command;
		int code;
	} rows[] = {
		{ "thirteenbytes", BTCWIRE_REJECT_INVALID },
		{ "", BTCWIRE_REJECT_INVALID },
		{ "version", 0x110 },
		{ "version", -1 },
	};
	struct stage st;

	stage_init(&st);
	start(&st, true);
	stage_handshake(&st, 70017, true);
	btcpeer_refuse(st.p, rows[_i].command,
	    (enum btcwire_reject_code)rows[_i].code, TEXT);
	ck_assert(!remote_read(&st.r));
	stage_end(&st, BTCPEER_REASON_REFUSED);
}
END_TEST

/* Without memory for the reject it ends without one. */
START_TEST(out_of_memory)
{
	struct allocs seen;
	struct stage st;

	stage_init(&st);
	start(&st, true);
	stage_handshake(&st, 70017, true);
	allocs_start_failing(_i);
	refuse(st.p);
	seen = allocs_stop();
	if (seen.count > (unsigned long)_i)
		ck_assert(!remote_read(&st.r));
	else
		expect_reject(&st, TEXT);
	stage_end(&st, BTCPEER_REASON_REFUSED);
}
END_TEST

START_TEST(before_version)
{
	struct stage st;

	stage_init(&st);
	start(&st, true);
	refuse(st.p);
	ck_assert(!remote_read(&st.r));
	stage_end(&st, BTCPEER_REASON_REFUSED);
}
END_TEST

START_TEST(before_start)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	struct btcwire_ping ping = { 5 };
	struct stage st;
	int fd[2];

	stage_init(&st);
	make(&st, true);
	ck_assert_int_eq(btcpeer_queue_message_take(st.p,
	    new_msg(BTCWIRE_PING, &ping), NULL), 0);
	refuse(st.p);
	ck_assert_int_eq(btcpeer_reason(st.p), BTCPEER_REASON_REFUSED);
	ck_assert_int_eq(btcpeer_stats(st.p, &s), 0);
	ck_assert_str_eq(s.why, TEXT);
	ck_assert_uint_eq(s.msgs_failed, 1);
	ck_assert_int_eq(btcpeer_wait(st.p, -1), 0);
	socket_pair(fd, false);
	ck_assert_int_eq(btcpeer_start(st.p, fd[0]), BTCPEER_E_CLOSED);
	close(fd[1]);
	btcpeer_unref(st.p);
	probe_clear(&st.pr);
	ck_assert_uint_eq(st.pr.ended, 0);
}
END_TEST

/* The first reason stays, and what is flushed is not cut short. */
START_TEST(after_the_end)
{
	struct stage st;

	stage_init(&st);
	start(&st, true);
	stage_handshake(&st, 70017, true);
	btcpeer_disconnect(st.p);
	refuse(st.p);
	ck_assert_int_eq(btcpeer_wait(st.p, -1), 0);
	refuse(st.p);
	ck_assert(!remote_read(&st.r));
	stage_end(&st, BTCPEER_REASON_LOCAL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_refuse");
	TCase *tc = add_tcase(s, "refuse");

	tcase_add_loop_test(tc, in_on_version, 0, 6);
	tcase_add_loop_test(tc, in_other_listeners, 0, 5);
	tcase_add_test(tc, when_ready);
	tcase_add_loop_test(tc, no_such_reject, 0, 4);
	tcase_add_loop_test(tc, out_of_memory, 0, 6);
	tcase_add_test(tc, before_version);
	tcase_add_test(tc, before_start);
	tcase_add_test(tc, after_the_end);
	return run_suite(s);
}
