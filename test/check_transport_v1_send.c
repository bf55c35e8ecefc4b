/*
 * The original framing, sent: the bytes, how many calls they take, and where
 * a write that fails has stopped.
 */
#include "config.h"

#include <btcpeer/error.h>

#include "frames.h"
#include "memio.h"
#include "runner.h"
#include "transport/transport.h"
#include "wire/msg.h"

static const uint8_t magic[4] = { 0xf9, 0xbe, 0xb4, 0xd9 };

struct conn {
	struct memio io;
	struct btct_transport t;
};

static void
open_conn(struct conn *c)
{
	memio_init(&c->io, 1000);
	btct_transport_init(&c->t, &btct_v1, memio_io(&c->io), magic, 300000);
}

static void
close_conn(struct conn *c)
{
	btct_transport_clear(&c->t);
	memio_clear(&c->io);
}

/* What we send for an empty and for a full message. */
START_TEST(sent_bytes)
{
	static const char verack[] =
	    "f9beb4d9 76657261636b000000000000 00000000 5df6e0e2";
	static const char ping[] =
	    "f9beb4d9 70696e670000000000000000 08000000 aabbccdd 0102030405060708";
	static const uint8_t nonce[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const struct btct_frame frame[] = {
		{ BTCWIRE_VERACK, { NULL, 0 }, { 0x5d, 0xf6, 0xe0, 0xe2 }, NULL },
		{ BTCWIRE_PING, { nonce, 8 }, { 0xaa, 0xbb, 0xcc, 0xdd }, NULL },
	};
	size_t written, a, b;
	uint8_t *first = unhex(verack, &a), *second = unhex(ping, &b);
	struct conn c;

	open_conn(&c);
	ck_assert_int_eq(btct_send(&written, &c.t, frame, 2, 20000), 0);
	ck_assert_uint_eq(written, a + b);
	ck_assert_uint_eq(written, btct_wire_len(&c.t, BTCWIRE_VERACK, 0) +
	    btct_wire_len(&c.t, BTCWIRE_PING, 8));
	ck_assert_mem_eq(c.io.sent, first, a);
	ck_assert_mem_eq(c.io.sent + a, second, b);
	ck_assert_int_eq(c.io.send_calls, 1);
	close_conn(&c);
	free(first);
	free(second);
}
END_TEST

/* Frames of several lengths, none among them, and the bytes they make. */
static void
make_frames(struct btct_frame *f, struct frames *s, size_t n)
{
	static uint8_t data[5000];
	struct btcwire_hash sum;
	size_t i, len;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 >> 3);
	for (i = 0; i < n; i++) {
		len = i % 3 == 0 ? 0 : i * 19 % 5000;
		f[i].type = (enum btcwire_type)(1 + i % (BTCWIRE_NTYPES - 1));
		f[i].payload = (struct btcwire_bytes){ data, len };
		btcwire_sha256d(&sum, data, len);
		memcpy(f[i].checksum, sum.b, 4);
		frames_msg(s, btcwire_command(f[i].type), data, len, 0);
	}
}

START_TEST(many_frames)
{
	static struct btct_frame frame[BTCT_SEND_MAX];
	struct frames s = FRAMES_MAINNET;
	struct btcwire_rx rx = { NULL };
	struct btct_head h;
	struct conn c, back;
	size_t written;
	int i;

	make_frames(frame, &s, BTCT_SEND_MAX);
	open_conn(&c);
	ck_assert_int_eq(btct_send(&written, &c.t, frame, BTCT_SEND_MAX, 20000),
	    0);
	ck_assert_uint_eq(written, s.len);
	ck_assert_uint_eq(c.io.sent_len, s.len);
	ck_assert(memcmp(c.io.sent, s.b, s.len) == 0);
	ck_assert_int_eq(c.io.send_calls, 1);

	/* And what was sent can be received. */
	open_conn(&back);
	memio_pieces(&back.io, c.io.sent, c.io.sent_len, 999);
	for (i = 0; i < BTCT_SEND_MAX; i++) {
		ck_assert_int_eq(btct_recv(&back.t, &h, &rx, NULL), 0);
		ck_assert_int_eq(h.type, frame[i].type);
		ck_assert_uint_eq(h.payload_len, frame[i].payload.len);
		ck_assert_uint_eq(h.wire_len, btct_wire_len(&c.t,
		    frame[i].type, frame[i].payload.len));
	}
	ck_assert_int_eq(btct_recv(&back.t, &h, &rx, NULL), BTCPEER_E_EOF);
	btcwire_rx_clear(&rx);
	close_conn(&back);
	close_conn(&c);
	frames_clear(&s);
}
END_TEST

/* However little a call takes, the same bytes; and stopped at every byte,
 * those before it and no more. */
START_TEST(short_sends)
{
	struct btct_frame frame[4] = { 0 };
	struct memio_turn turn[2] = { { 0 }, { .code = BTCPEER_E_EOF } };
	struct frames s = FRAMES_MAINNET;
	struct conn c;
	size_t written, n;
	int rc;

	make_frames(frame, &s, 4);
	for (n = 1; n <= s.len; n++) {
		open_conn(&c);
		c.io.send_max = n;
		ck_assert_int_eq(btct_send(&written, &c.t, frame, 4, 20000), 0);
		ck_assert_uint_eq(written, s.len);
		ck_assert_mem_eq(c.io.sent, s.b, s.len);
		close_conn(&c);

		open_conn(&c);
		turn[0].max = n;
		memio_turns(&c.io, turn, 2);
		rc = btct_send(&written, &c.t, frame, 4, 20000);
		ck_assert_int_eq(rc, n == s.len ? 0 : BTCPEER_E_EOF);
		ck_assert_uint_eq(written, n);
		ck_assert_mem_eq(c.io.sent, s.b, n);
		close_conn(&c);
	}
	frames_clear(&s);
}
END_TEST

/* The deadline of the writer holds for frames too. */
START_TEST(no_progress)
{
	struct memio_turn turn[2] = { { .ms = 19999, .max = 100 },
		{ .ms = 20000 } };
	struct btct_frame frame[4] = { 0 };
	struct frames s = FRAMES_MAINNET;
	struct conn c;
	size_t written;

	make_frames(frame, &s, 4);
	open_conn(&c);
	memio_turns(&c.io, turn, 2);
	ck_assert_int_eq(btct_send(&written, &c.t, frame, 4, 20000),
	    BTCPEER_E_TIMEOUT);
	ck_assert_uint_eq(written, 100);
	ck_assert_int_eq(c.io.now_ms, 1000 + 19999 + 20000);
	close_conn(&c);
	frames_clear(&s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("transport_v1_send");
	TCase *tc = add_tcase(s, "sending");

	tcase_add_test(tc, sent_bytes);
	tcase_add_test(tc, many_frames);
	tcase_add_test(tc, short_sends);
	tcase_add_test(tc, no_progress);
	return run_suite(s);
}
