/*
 * The original framing, received: headers, what is refused and what is
 * survived, and the same outcome however the bytes are split.
 */
#include "config.h"

#include <btcpeer/error.h>

#include "allocs.h"
#include "frames.h"
#include "memio.h"
#include "runner.h"
#include "transport/transport.h"
#include "wire/msg.h"

#define T0 INT64_C(777000)
#define HEADER BTCWIRE_FRAME_HEADER

enum { SPLITS = TEST_SLOW ? 25 : 200 };

static const uint8_t magic[4] = { 0xf9, 0xbe, 0xb4, 0xd9 };

/* A connection and what the last message was. */
struct conn {
	struct memio io;
	struct btct_transport t;
	struct btcwire_rx rx;
	struct btct_head head;
	struct btcpeer_error err;
};

static void
open_conn(struct conn *c)
{
	*c = (struct conn){ .err = { .code = 0 } };
	memio_init(&c->io, T0);
	btct_transport_init(&c->t, &btct_v1, memio_io(&c->io), magic, 300000);
}

static void
close_conn(struct conn *c)
{
	btcwire_rx_clear(&c->rx);
	btct_transport_clear(&c->t);
	memio_clear(&c->io);
}

static int
receive(struct conn *c)
{
	memset(&c->head, 0x77, sizeof(c->head));
	memset(&c->err, 0, sizeof(c->err));
	return btct_recv(&c->t, &c->head, &c->rx, &c->err);
}

static const uint8_t *
payload_of(struct conn *c)
{
	return btcwire_rx_space(&c->rx, c->head.payload_len,
	    c->head.payload_len);
}

/* ---- Headers ----------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *hex;
	const char *command;
	uint32_t len;
	const char *checksum;
} headers[] = {
	{ "f9beb4d9 76657261636b000000000000 00000000 5df6e0e2", "verack", 0, "5df6e0e2" },
	{ "f9beb4d9 76657273696f6e0000000000 66000000 01020304", "version", 102, "01020304" },
	{ "0b110907 73656e646865616465727300 01020304 ffffffff", "sendheaders", 0x04030201, "ffffffff" },
	{ "fabfb5da 6162636465666768696a6b6c ffffffff 00000000", "abcdefghijkl", UINT32_MAX, "00000000" },
	{ "f9beb4d9 207e00000000000000000000 00093d00 11223344", " ~", 4000000, "11223344" },
};

/* Commands that are not text padded with zeroes. */
static const char *const bad_commands[] = {
	"000000000000000000000000",
	"007665727361636b00000000",
	"76657261636b000000000001",
	"76657261006b000000000000",
	"76657261636b200000000a00",
	"7665720a61636b0000000000",
	"7f6572616b00000000000000",
	"1f6572616b00000000000000",
	"ff6572616b00000000000000",
	"808080808080808080808080",
	"61626364656667686970710a",
	"616263646566676869707180",
};
/* clang-format on */

START_TEST(header_vectors)
{
	struct btcwire_frame h;
	uint8_t built[HEADER];
	size_t len, sum_len;
	uint8_t *wire = unhex(headers[_i].hex, &len);
	uint8_t *sum = unhex(headers[_i].checksum, &sum_len);

	ck_assert_uint_eq(len, HEADER);
	btcwire_frame_decode(&h, wire);
	ck_assert_mem_eq(h.magic, wire, 4);
	ck_assert_str_eq(h.command, headers[_i].command);
	ck_assert_uint_eq(h.payload_len, headers[_i].len);
	ck_assert_mem_eq(h.checksum, sum, 4);
	frames_head(built, h.magic, h.command, h.payload_len, h.checksum);
	ck_assert_mem_eq(built, wire, HEADER);
	free(wire);
	free(sum);
}
END_TEST

START_TEST(command_vectors)
{
	struct btcwire_frame h;
	uint8_t wire[HEADER] = { 0 };
	size_t len;
	uint8_t *command = unhex(bad_commands[_i], &len);

	memcpy(wire + 4, command, 12);
	memset(&h, 0x55, sizeof(h));
	btcwire_frame_decode(&h, wire);
	ck_assert_str_eq(h.command, "");
	free(command);
}
END_TEST

/* ---- Messages that are refused ----------------------------------------- */

START_TEST(wrong_magic)
{
	struct frames s = FRAMES_MAINNET;
	struct conn c;

	frames_msg(&s, "verack", NULL, 0, 0);
	frames_msg(&s, "verack", NULL, 0, 0);
	s.b[HEADER + _i] ^= 0x80;
	open_conn(&c);
	memio_bytes(&c.io, s.b, s.len);
	ck_assert_int_eq(receive(&c), 0);
	ck_assert_int_eq(receive(&c), BTCPEER_E_MAGIC);
	ck_assert_int_eq(c.err.code, BTCPEER_E_MAGIC);
	ck_assert_ptr_nonnull(strstr(c.err.text, "magic"));
	close_conn(&c);
	frames_clear(&s);
}
END_TEST

/* clang-format off */
static const struct {
	uint32_t len;
	int want;
} lengths[] = {
	{ 4000000,    BTCPEER_E_EOF },
	{ 4000001,    BTCPEER_E_OVERSIZE },
	{ 0x01000000, BTCPEER_E_OVERSIZE },
	{ 0x80000000, BTCPEER_E_OVERSIZE },
	{ UINT32_MAX, BTCPEER_E_OVERSIZE },
};
/* clang-format on */

/* Refused on its header alone: nothing is waited for, nothing allocated. */
START_TEST(too_long)
{
	static const uint8_t sum[4] = { 0 };
	uint8_t head[HEADER];
	struct conn c;

	frames_head(head, magic, "block", lengths[_i].len, sum);
	open_conn(&c);
	memio_bytes(&c.io, head, sizeof(head));
	ck_assert_int_eq(receive(&c), lengths[_i].want);
	ck_assert_uint_eq(c.head.payload_len, lengths[_i].len);
	ck_assert_int_eq(c.head.type, BTCWIRE_BLOCK);
	if (lengths[_i].want == BTCPEER_E_OVERSIZE) {
		ck_assert_int_eq(c.io.recv_calls, 1);
		ck_assert_ptr_null(c.rx.block);
		ck_assert_int_eq(c.err.code, BTCPEER_E_OVERSIZE);
		ck_assert_ptr_nonnull(strstr(c.err.text, "block"));
	}
	close_conn(&c);
}
END_TEST

/* A bad message is dropped, whatever its length; the next one is fine. */
static const size_t bad_lens[] = { 0, 1, 8, 2023, 2024, 2025, 65536, 262144,
    262145, 700000 };

START_TEST(bad_checksum)
{
	size_t len = bad_lens[_i];
	uint8_t *p = calloc(1, len + 1);
	struct frames s = FRAMES_MAINNET;
	struct conn c;

	ck_assert_ptr_nonnull(p);
	frames_msg(&s, "tx", p, len, 1);
	frames_msg(&s, "ping", "12345678", 8, 0);
	open_conn(&c);
	memio_bytes(&c.io, s.b, s.len);
	ck_assert_int_eq(receive(&c), BTCPEER_E_CHECKSUM);
	ck_assert_int_eq(c.err.code, BTCPEER_E_CHECKSUM);
	ck_assert_ptr_nonnull(strstr(c.err.text, "tx"));
	ck_assert_str_eq(c.head.command, "tx");
	ck_assert_uint_eq(c.head.payload_len, len);
	ck_assert_uint_eq(c.head.wire_len, len + HEADER);
	ck_assert_int_eq(receive(&c), 0);
	ck_assert_str_eq(c.head.command, "ping");
	ck_assert_mem_eq(payload_of(&c), "12345678", 8);
	ck_assert_int_eq(c.err.code, 0);
	close_conn(&c);
	frames_clear(&s);
	free(p);
}
END_TEST

START_TEST(bad_command)
{
	struct frames s = FRAMES_MAINNET;
	struct conn c;
	size_t len;
	uint8_t *command = unhex(bad_commands[_i], &len);

	frames_msg(&s, "ping", "abcdefgh", 8, 0);
	memcpy(s.b + 4, command, 12);
	frames_msg(&s, "ping", "12345678", 8, 0);
	open_conn(&c);
	memio_bytes(&c.io, s.b, s.len);
	ck_assert_int_eq(receive(&c), BTCPEER_E_COMMAND);
	ck_assert_int_eq(c.err.code, BTCPEER_E_COMMAND);
	ck_assert_str_eq(c.head.command, "");
	ck_assert_int_eq(c.head.type, BTCWIRE_UNKNOWN);
	ck_assert_uint_eq(c.head.wire_len, HEADER + 8);
	ck_assert_int_eq(receive(&c), 0);
	ck_assert_int_eq(c.head.type, BTCWIRE_PING);
	ck_assert_mem_eq(payload_of(&c), "12345678", 8);
	close_conn(&c);
	free(command);
	frames_clear(&s);
}
END_TEST

/* Commands without a codec are messages like any other. */
START_TEST(unknown_command)
{
	struct frames s = FRAMES_MAINNET;
	struct conn c;

	frames_msg(&s, "abcdefghijkl", "xyz", 3, 0);
	frames_msg(&s, "Ping", "12345678", 8, 0);
	open_conn(&c);
	memio_bytes(&c.io, s.b, s.len);
	ck_assert_int_eq(receive(&c), 0);
	ck_assert_int_eq(c.head.type, BTCWIRE_UNKNOWN);
	ck_assert_str_eq(c.head.command, "abcdefghijkl");
	ck_assert_uint_eq(c.head.payload_len, 3);
	ck_assert_mem_eq(payload_of(&c), "xyz", 3);
	ck_assert_int_eq(receive(&c), 0);
	ck_assert_int_eq(c.head.type, BTCWIRE_UNKNOWN);
	ck_assert_str_eq(c.head.command, "Ping");
	close_conn(&c);
	frames_clear(&s);
}
END_TEST

/* ---- Splits ------------------------------------------------------------ */

struct outcome {
	int rc;
	char command[13];
	size_t len;
	struct btcwire_hash sum;
};

enum { OUTCOMES = 16 };

/* Everything there is, until the connection ends; the outcomes' number. */
static int
drain(struct outcome out[OUTCOMES], struct conn *c)
{
	int n;

	for (n = 0; n < OUTCOMES; n++) {
		memset(&out[n], 0, sizeof(out[n]));
		out[n].rc = receive(c);
		if (out[n].rc != 0 && out[n].rc != BTCPEER_E_CHECKSUM &&
		    out[n].rc != BTCPEER_E_COMMAND)
			return n + 1;
		memcpy(out[n].command, c->head.command, 13);
		out[n].len = c->head.payload_len;
		btcwire_sha256d(&out[n].sum, payload_of(c), out[n].len);
	}
	ck_abort_msg("no end");
	return n;
}

/* Messages of all kinds of length, bad ones between them. */
static void
mixed_stream(struct frames *s)
{
	frames_msg(s, "verack", NULL, 0, 0);
	frames_random(s, "ping", 8, 1);
	frames_random(s, "block", 70000, 2);
	frames_msg(s, "ping", "87654321", 8, 4);
	frames_random(s, "tx", 2024, 3);
	frames_random(s, "block", 262144, 4);
	frames_random(s, "\n", 77, 5);
	frames_random(s, "block", 262145, 6);
	frames_random(s, "unheard-of", 600001, 7);
	frames_msg(s, "verack", NULL, 0, 0);
}

/* Cut one way or another, in the end the same. */
START_TEST(same_for_all_splits)
{
	struct outcome want[OUTCOMES], got[OUTCOMES];
	struct frames s = FRAMES_MAINNET;
	struct conn c;
	struct gen g;
	int n;

	gen_init(&g, 99 + (uint64_t)_i);
	mixed_stream(&s);
	open_conn(&c);
	memio_bytes(&c.io, s.b, s.len);
	n = drain(want, &c);
	close_conn(&c);
	ck_assert_int_eq(n, 11);
	ck_assert_int_eq(want[0].rc, 0);
	ck_assert_int_eq(want[3].rc, BTCPEER_E_CHECKSUM);
	ck_assert_int_eq(want[6].rc, BTCPEER_E_COMMAND);
	ck_assert_uint_eq(want[8].len, 600001);
	ck_assert_int_eq(want[10].rc, BTCPEER_E_EOF);

	open_conn(&c);
	if (_i == 0)
		memio_pieces(&c.io, s.b, s.len, 1);
	else
		memio_random(&c.io, s.b, s.len, &g);
	ck_assert_int_eq(drain(got, &c), n);
	ck_assert_mem_eq(got, want, (size_t)n * sizeof(want[0]));
	close_conn(&c);
	gen_clear(&g);
	frames_clear(&s);
}
END_TEST

/* The connection ends at every byte: whole messages before it are there. */
START_TEST(end_at_every_byte)
{
	static const int codes[] = { BTCPEER_E_EOF, BTCPEER_E_TIMEOUT,
	    BTCPEER_E_IO };
	struct frames s = FRAMES_MAINNET;
	struct outcome got[OUTCOMES];
	size_t end[3], len;
	struct conn c;
	int n, whole;

	frames_msg(&s, "version", "0123456789", 10, 0);
	end[0] = s.len;
	frames_msg(&s, "verack", NULL, 0, 0);
	end[1] = s.len;
	frames_msg(&s, "ping", "12345678", 8, 0);
	end[2] = s.len;
	for (len = 0; len <= s.len; len++) {
		whole = (len >= end[0]) + (len >= end[1]) + (len >= end[2]);
		open_conn(&c);
		memio_bytes(&c.io, s.b, len);
		c.io.at_end = codes[_i];
		n = drain(got, &c);
		ck_assert_int_eq(n, whole + 1);
		ck_assert_int_eq(got[whole].rc, codes[_i]);
		ck_assert_int_eq(c.t.arriving, BTCWIRE_UNKNOWN);
		close_conn(&c);
	}
	frames_clear(&s);
}
END_TEST

/* Many messages that came together are received together. */
START_TEST(few_receives)
{
	struct frames s = FRAMES_MAINNET;
	struct conn c;
	int i;

	for (i = 0; i < 15; i++)
		frames_msg(&s, "ping", "12345678", 8, 0);
	open_conn(&c);
	memio_bytes(&c.io, s.b, s.len);
	for (i = 0; i < 15; i++) {
		ck_assert_int_eq(receive(&c), 0);
		ck_assert_int_eq(c.io.recv_calls, 1);
	}
	close_conn(&c);
	frames_clear(&s);
}
END_TEST

/* What a payload is said to be while it comes, and only then. */
static struct conn *watched;
static int seen[BTCWIRE_NTYPES];

static void
progress(void *ctx, int64_t now_ms)
{
	const struct conn *c = ctx;

	ck_assert_ptr_eq(c, watched);
	ck_assert_int_eq(now_ms, T0);
	seen[c->t.arriving]++;
}

START_TEST(arriving)
{
	struct frames s = FRAMES_MAINNET;
	struct conn c;

	frames_random(&s, "block", 1000, 1);
	frames_random(&s, "tx", 500, 2);
	open_conn(&c);
	watched = &c;
	c.t.reader.on_progress = progress;
	c.t.reader.progress_ctx = &c;
	memio_pieces(&c.io, s.b, s.len, 1);
	ck_assert_int_eq(receive(&c), 0);
	ck_assert_int_eq(receive(&c), 0);
	ck_assert_int_eq(seen[BTCWIRE_UNKNOWN], 2 * HEADER);
	ck_assert_int_eq(seen[BTCWIRE_BLOCK], 1000);
	ck_assert_int_eq(seen[BTCWIRE_TX], 500);
	close_conn(&c);
	frames_clear(&s);
}
END_TEST

/* ---- Memory ------------------------------------------------------------ */

/* A length is only a promise: memory follows what has come. */
START_TEST(promises_cost_little)
{
	static const size_t come[] = { 0, 100, 100000, 262144, 262145, 1000000 };
	static const uint8_t sum[4] = { 0 };
	struct frames s = FRAMES_MAINNET;
	uint8_t head[HEADER];
	struct allocs taken;
	struct conn c;
	size_t most;
	int rc;

	frames_head(head, magic, "block", 4000000, sum);
	frames_bytes(&s, head, sizeof(head));
	s.b = realloc(s.b, HEADER + come[_i]);
	ck_assert_ptr_nonnull(s.b);
	memset(s.b + HEADER, 0x11, come[_i]);
	open_conn(&c);
	memio_bytes(&c.io, s.b, HEADER + come[_i]);
	allocs_start();
	rc = btct_recv(&c.t, &c.head, &c.rx, &c.err);
	taken = allocs_stop();
	ck_assert_int_eq(rc, BTCPEER_E_EOF);
	/* What is asked for is counted in sum, over all steps of growth. */
	most = come[_i] / 262144 + 1;
	most = most * (most + 1) / 2 * 262144 + most * 1024 + 2 * 65536;
	ck_assert_uint_le(taken.bytes, most);
	close_conn(&c);
	frames_clear(&s);
}
END_TEST

/* Each allocation fails once: the code says so, and nothing leaks. */
START_TEST(no_memory)
{
	struct frames s = FRAMES_MAINNET;
	struct conn c;
	long nth;
	int rc;

	frames_random(&s, "block", 1000000, 1);
	for (nth = 0;; nth++) {
		open_conn(&c);
		memio_bytes(&c.io, s.b, s.len);
		allocs_start_failing(nth);
		rc = btct_recv(&c.t, &c.head, &c.rx, &c.err);
		allocs_stop();
		if (rc == 0)
			break;
		ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
		ck_assert_int_eq(c.t.arriving, BTCWIRE_UNKNOWN);
		close_conn(&c);
	}
	/* A buffer, and the payload in four steps. */
	ck_assert_int_ge(nth, 5);
	ck_assert_int_le(nth, 10);
	ck_assert_mem_eq(payload_of(&c), s.b + HEADER, 1000000);
	close_conn(&c);
	frames_clear(&s);
}
END_TEST

/* Once there were some messages of a length, more of it cost no memory. */
START_TEST(steady_state)
{
	struct frames s = FRAMES_MAINNET;
	struct allocs taken;
	struct conn c;
	int i, rc = 0;

	for (i = 0; i < 20; i++)
		frames_random(&s, "block", 300000, 1);
	open_conn(&c);
	memio_bytes(&c.io, s.b, s.len);
	for (i = 0; i < 10; i++)
		ck_assert_int_eq(receive(&c), 0);
	allocs_start();
	for (; i < 20; i++)
		rc |= btct_recv(&c.t, &c.head, &c.rx, &c.err);
	taken = allocs_stop();
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(taken.count, 0);
	close_conn(&c);
	frames_clear(&s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("transport_v1");
	TCase *tc = add_tcase(s, "headers");

	tcase_add_loop_test(tc, header_vectors, 0, N_ROWS(headers));
	tcase_add_loop_test(tc, command_vectors, 0, N_ROWS(bad_commands));
	tc = add_tcase(s, "refused");
	tcase_add_loop_test(tc, wrong_magic, 0, 4);
	tcase_add_loop_test(tc, too_long, 0, N_ROWS(lengths));
	tcase_add_loop_test(tc, bad_checksum, 0, N_ROWS(bad_lens));
	tcase_add_loop_test(tc, bad_command, 0, N_ROWS(bad_commands));
	tcase_add_test(tc, unknown_command);
	tc = add_tcase(s, "splits");
	tcase_add_loop_test(tc, same_for_all_splits, 0, 1 + SPLITS);
	tcase_add_loop_test(tc, end_at_every_byte, 0, 3);
	tcase_add_test(tc, few_receives);
	tcase_add_test(tc, arriving);
	tc = add_tcase(s, "memory");
	tcase_add_loop_test(tc, promises_cost_little, 0, 6);
	tcase_add_test(tc, no_memory);
	tcase_add_test(tc, steady_state);
	return run_suite(s);
}
