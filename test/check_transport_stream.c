/*
 * The buffered reader and the writer, over memory.
 */
#include "config.h"

#include <btcpeer/error.h>

#include "allocs.h"
#include "memio.h"
#include "runner.h"
#include "transport/stream.h"
#include "util/clock.h"

#define T0 INT64_C(5000000)

enum { TOTAL = 600000, SPLITS = TEST_SLOW ? 30 : 200 };

/* What the remote sends: bytes that tell where they stand. */
static uint8_t stream[TOTAL];

static void
fill_stream(void)
{
	struct gen g;

	gen_init(&g, 4711);
	gen_fill(&g, stream, sizeof(stream));
	gen_clear(&g);
}

/* ---- Reading ----------------------------------------------------------- */

static const struct {
	const char *name;
	size_t piece;		/* in which the remote's bytes come */
	size_t read;		/* bytes in each message */
} sizes[] = {
	{ "byte by byte", 1, 24 },
	{ "bytes from large pieces", 100000, 1 },
	{ "odd sizes", 7, 5 },
	{ "pieces of the smallest buffer", 2048, 2048 },
	{ "one less", 2047, 2049 },
	{ "past the largest buffer", 65537, 65535 },
	{ "without the buffer", 1500, 65536 },
	{ "without the buffer, in large pieces", 262144, 262144 },
	{ "all at once", TOTAL, TOTAL },
	{ "all from single bytes", 1, TOTAL },
};

START_TEST(exact_bytes)
{
	uint8_t *got = malloc(TOTAL);
	struct btct_reader r;
	struct memio m;
	size_t at, n;

	ck_assert_ptr_nonnull(got);
	memio_init(&m, T0);
	memio_pieces(&m, stream, TOTAL, sizes[_i].piece);
	btct_reader_init(&r, memio_io(&m), -1);
	for (at = 0; at < TOTAL; at += n) {
		n = TOTAL - at < sizes[_i].read ? TOTAL - at : sizes[_i].read;
		btct_reader_rest(&r);
		ck_assert_int_eq(btct_read(&r, got + at, n), 0);
	}
	ck_assert(memcmp(got, stream, TOTAL) == 0);
	ck_assert_int_eq(btct_read(&r, got, 1), BTCPEER_E_EOF);
	ck_assert_int_eq(btct_read(&r, got, 1), BTCPEER_E_EOF);
	btct_reader_clear(&r);
	memio_clear(&m);
	free(got);
}
END_TEST

START_TEST(random_splits)
{
	uint8_t *got = malloc(TOTAL);
	struct btct_reader r;
	struct memio m;
	struct gen g;
	size_t at, n;

	ck_assert_ptr_nonnull(got);
	gen_init(&g, (uint64_t)_i);
	memio_init(&m, T0);
	memio_random(&m, stream, TOTAL, &g);
	btct_reader_init(&r, memio_io(&m), -1);
	for (at = 0; at < TOTAL; at += n) {
		n = (size_t)gen_below(&g, (uint64_t)2 << gen_below(&g, 18));
		if (n > TOTAL - at)
			n = TOTAL - at;
		if (gen_below(&g, 2) == 0)
			btct_reader_rest(&r);
		ck_assert_int_eq(btct_read(&r, got + at, n), 0);
	}
	ck_assert(memcmp(got, stream, TOTAL) == 0);
	btct_reader_clear(&r);
	memio_clear(&m);
	gen_clear(&g);
	free(got);
}
END_TEST

/* One receive for many small messages; none for what is there already. */
START_TEST(reads_ahead)
{
	struct btct_reader r;
	struct memio m;
	uint8_t b[32];
	int i;

	memio_init(&m, T0);
	memio_bytes(&m, stream, 480);
	btct_reader_init(&r, memio_io(&m), -1);
	ck_assert_int_eq(m.recv_calls, 0);
	for (i = 0; i < 15; i++) {
		btct_reader_rest(&r);
		ck_assert_int_eq(btct_read(&r, b, sizeof(b)), 0);
		ck_assert_mem_eq(b, stream + 32 * i, sizeof(b));
		ck_assert_int_eq(m.recv_calls, 1);
	}
	ck_assert_int_eq(btct_read(&r, b, 0), 0);
	ck_assert_int_eq(m.recv_calls, 1);
	btct_reader_clear(&r);
	memio_clear(&m);
}
END_TEST

/* The buffer grows while much arrives, and shrinks when little does. */
START_TEST(buffer_size)
{
	uint8_t *b = malloc(TOTAL);
	struct btct_reader r;
	size_t idle, busy, i;
	struct memio m;

	ck_assert_ptr_nonnull(b);
	memio_init(&m, T0);
	memio_bytes(&m, stream, 100);
	memio_bytes(&m, stream, TOTAL);
	memio_bytes(&m, stream, 100);
	btct_reader_init(&r, memio_io(&m), -1);
	ck_assert_ptr_null(r.buf);
	ck_assert_int_eq(btct_read(&r, b, 100), 0);
	idle = r.cap;
	ck_assert_uint_le(idle, 4096);
	for (i = 0; i < TOTAL; i += 30000) {
		btct_reader_rest(&r);
		ck_assert_int_eq(btct_read(&r, b, 30000), 0);
	}
	busy = r.cap;
	ck_assert_uint_ge(busy, 16384);
	ck_assert_uint_le(busy, 65536);
	ck_assert_int_le(m.recv_calls, 20);
	btct_reader_rest(&r);
	ck_assert_int_eq(btct_read(&r, b, 100), 0);
	ck_assert_mem_eq(b, stream, 100);
	btct_reader_rest(&r);
	ck_assert_uint_le(r.cap, idle);
	btct_reader_clear(&r);
	ck_assert_ptr_null(r.buf);
	memio_clear(&m);
	free(b);
}
END_TEST

/* Without memory for a larger buffer the small one does; without any, none. */
START_TEST(no_memory)
{
	uint8_t *b = malloc(TOTAL);
	struct btct_reader r;
	struct memio m;
	int rc;

	ck_assert_ptr_nonnull(b);
	memio_init(&m, T0);
	memio_bytes(&m, stream, TOTAL);
	btct_reader_init(&r, memio_io(&m), -1);
	allocs_start_failing(0);
	rc = btct_read(&r, b, 100);
	allocs_stop();
	ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
	ck_assert_int_eq(m.recv_calls, 0);
	ck_assert_int_eq(btct_read(&r, b, 100), 0);
	allocs_start_failing(0);
	rc = btct_read(&r, b + 100, 60000);
	allocs_stop();
	ck_assert_int_eq(rc, 0);
	ck_assert_mem_eq(b, stream, 60100);
	btct_reader_clear(&r);
	memio_clear(&m);
	free(b);
}
END_TEST

/* What receiving gives comes through, and what came before it is not lost. */
START_TEST(errors_pass)
{
	static const int codes[] = { BTCPEER_E_EOF, BTCPEER_E_IO,
	    BTCPEER_E_TIMEOUT };
	uint8_t b[100];
	struct btct_reader r;
	struct memio m;
	size_t i;

	memio_init(&m, T0);
	btct_reader_init(&r, memio_io(&m), -1);
	for (i = 0; i < 3; i++) {
		memio_bytes(&m, stream, 60);
		memio_code(&m, codes[i]);
	}
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(btct_read(&r, b, 50), 0);
		ck_assert_mem_eq(b, stream, 50);
		ck_assert_int_eq(btct_read(&r, b, 20), codes[i]);
		ck_assert_mem_eq(b, stream + 50, 10);
	}
	btct_reader_clear(&r);
	memio_clear(&m);
}
END_TEST

/* ---- Reading in time --------------------------------------------------- */

static int64_t progress_ms;
static int progress_calls;

static void
progress(void *ctx, int64_t now_ms)
{
	ck_assert_ptr_eq(ctx, &progress_calls);
	progress_ms = now_ms;
	progress_calls++;
}

/* Each receive is told the deadline of the pace, each one reports progress. */
START_TEST(deadlines)
{
	struct btct_reader r;
	struct memio m;
	uint8_t b[100];

	memio_init(&m, T0);
	memio_pause(&m, 1000);
	memio_bytes(&m, stream, 10);
	memio_pause(&m, 2000);
	memio_bytes(&m, stream + 10, 90);
	memio_pause(&m, 299999);
	memio_bytes(&m, stream, 100);
	memio_pause(&m, 300001);
	memio_bytes(&m, stream, 100);
	btct_reader_init(&r, memio_io(&m), 300000);
	r.on_progress = progress;
	r.progress_ctx = &progress_calls;
	m.now_ms += 50;		/* between init and the first wait */
	btct_reader_rest(&r);
	ck_assert_int_eq(btct_read(&r, b, 10), 0);
	ck_assert_int_eq(m.recv_deadline, T0 + 50 + 300000);
	ck_assert_int_eq(progress_ms, T0 + 1050);
	ck_assert_int_eq(btct_read(&r, b, 90), 0);
	ck_assert_int_eq(m.recv_deadline, T0 + 1050 + 60000);
	ck_assert_int_eq(progress_calls, 2);
	m.now_ms += 1000000;	/* a callback */
	btct_reader_rest(&r);
	ck_assert_int_eq(btct_read(&r, b, 100), 0);
	ck_assert_int_eq(m.recv_deadline, T0 + 1003050 + 300000);
	btct_reader_rest(&r);
	ck_assert_int_eq(btct_read(&r, b, 100), BTCPEER_E_TIMEOUT);
	ck_assert_int_eq(m.now_ms, T0 + 1303049 + 300000);
	ck_assert(!btct_pace_too_slow(&r.pace));
	ck_assert_int_eq(progress_calls, 3);
	btct_reader_clear(&r);
	memio_clear(&m);
}
END_TEST

/* The beginning of a message came with the one before it; its time begins
 * when the rest is waited for. */
START_TEST(begun_message)
{
	struct btct_reader r;
	struct memio m;
	uint8_t b[100];

	memio_init(&m, T0);
	memio_bytes(&m, stream, 60);
	memio_pause(&m, 100000);
	btct_reader_init(&r, memio_io(&m), 300000);
	btct_reader_rest(&r);
	ck_assert_int_eq(btct_read(&r, b, 50), 0);
	m.now_ms += 500000;
	btct_reader_rest(&r);
	ck_assert_int_eq(btct_read(&r, b, 50), BTCPEER_E_TIMEOUT);
	ck_assert_int_eq(m.now_ms, T0 + 500000 + 60000);
	ck_assert(btct_pace_too_slow(&r.pace));
	btct_reader_clear(&r);
	memio_clear(&m);
}
END_TEST

/* Bytes that drip are too slow however often they come. */
START_TEST(dripping)
{
	struct btct_reader r;
	struct memio m;
	uint8_t b[1000];
	int i;

	memio_init(&m, T0);
	for (i = 0; i < 1000; i++) {
		memio_bytes(&m, stream + i, 1);
		memio_pause(&m, 1000);
	}
	btct_reader_init(&r, memio_io(&m), 300000);
	btct_reader_rest(&r);
	ck_assert_int_eq(btct_read(&r, b, sizeof(b)), BTCPEER_E_TIMEOUT);
	ck_assert_int_eq(m.now_ms, T0 + 60000);
	ck_assert(btct_pace_too_slow(&r.pace));
	btct_reader_clear(&r);
	memio_clear(&m);
}
END_TEST

/* ---- Writing ----------------------------------------------------------- */

/* The stream as an iov of n parts, empty ones among them. */
static int
cut(struct iovec *iov, int n, size_t len, struct gen *g)
{
	size_t at = 0, part;
	int i;

	for (i = 0; i < n; i++) {
		part = i == n - 1 ? len - at
		    : (size_t)gen_below(g, 2 * len / (size_t)n + 1);
		if (part > len - at)
			part = len - at;
		iov[i] = (struct iovec){ stream + at, part };
		at += part;
	}
	return n;
}

/* However few bytes each call takes, the same bytes go out. */
START_TEST(short_writes)
{
	static const size_t takes[] = { 1, 2, 3, 7, 24, 25, 99, 1000, 0 };
	struct iovec iov[40];
	size_t written, i;
	struct btct_io io;
	struct memio m;
	struct gen g;

	gen_init(&g, (uint64_t)_i);
	for (i = 0; i < sizeof(takes) / sizeof(takes[0]); i++) {
		memio_init(&m, T0);
		m.send_max = takes[i];
		io = memio_io(&m);
		ck_assert_int_eq(btct_write(&written, &io, iov,
		    cut(iov, 1 + _i, 2500, &g), -1), 0);
		ck_assert_uint_eq(written, 2500);
		ck_assert_uint_eq(m.sent_len, 2500);
		ck_assert_mem_eq(m.sent, stream, 2500);
		ck_assert_int_eq(m.send_calls, takes[i] == 0 ? 1 :
		    (int)((2500 + takes[i] - 1) / takes[i]));
		memio_clear(&m);
	}
	gen_clear(&g);
}
END_TEST

START_TEST(nothing_to_write)
{
	struct iovec iov[2] = { { NULL, 0 }, { stream, 0 } };
	size_t written = 1;
	struct btct_io io;
	struct memio m;

	memio_init(&m, T0);
	io = memio_io(&m);
	ck_assert_int_eq(btct_write(&written, &io, iov, 2, 1000), 0);
	ck_assert_uint_eq(written, 0);
	ck_assert_int_eq(btct_write(&written, &io, iov, 0, 1000), 0);
	ck_assert_int_eq(m.send_calls, 0);
	memio_clear(&m);
}
END_TEST

/* The system takes at most 1,024 parts at once. */
START_TEST(many_parts)
{
	static struct iovec iov[3000];
	size_t written;
	struct btct_io io;
	struct memio m;
	int i;

	for (i = 0; i < 3000; i++)
		iov[i] = (struct iovec){ stream + 10 * i, 10 };
	memio_init(&m, T0);
	io = memio_io(&m);
	ck_assert_int_eq(btct_write(&written, &io, iov, 3000, -1), 0);
	ck_assert_uint_eq(written, 30000);
	ck_assert_mem_eq(m.sent, stream, 30000);
	ck_assert_int_eq(m.iov_most, 1024);
	ck_assert_int_eq(m.send_calls, 3);
	memio_clear(&m);
}
END_TEST

/* clang-format off */
static const struct {
	const char *name;
	size_t len;
	int64_t stall_ms;
	struct memio_turn turn[4];
	size_t turns;
	int want;
	size_t written;
	int64_t deadline;	/* that the last call was given, after T0; -1: never */
	int64_t now;		/* in the end, after T0 */
} writes[] = {
	{ "at once", 1000, 20000, { { 0 } }, 0,
	    0, 1000, 20000, 0 },
	{ "never late", 1000, -1, { { 1000000000, 0, 0 } }, 1,
	    0, 1000, -1, 1000000000 },
	{ "just in time", 1000, 20000, { { 19999, 0, 0 } }, 1,
	    0, 1000, 20000, 19999 },
	{ "no progress", 1000, 20000, { { 20000, 0, 0 } }, 1,
	    BTCPEER_E_TIMEOUT, 0, 20000, 20000 },
	{ "no progress after some", 1000, 20000, { { 5000, 300, 0 }, { 30000, 0, 0 } }, 2,
	    BTCPEER_E_TIMEOUT, 300, 25000, 25000 },
	{ "each progress renews it", 1000, 20000, { { 19000, 1, 0 }, { 19000, 1, 0 }, { 19000, 1, 0 } }, 3,
	    0, 1000, 77000, 57000 },
	{ "just below 256 KiB", 262143, 20000, { { 0 } }, 0,
	    0, 262143, 20000, 0 },
	{ "256 KiB: a second more", 262144, 20000, { { 20999, 0, 0 } }, 1,
	    0, 262144, 21000, 20999 },
	{ "512 KiB: two", 524288, 20000, { { 22000, 0, 0 } }, 1,
	    BTCPEER_E_TIMEOUT, 0, 22000, 22000 },
	{ "only what still waits counts", 600000, 20000, { { 1000, 337857, 0 }, { 20999, 0, 0 } }, 2,
	    BTCPEER_E_TIMEOUT, 337857, 21000, 21000 },
	{ "connection lost in the middle", 1000, 20000, { { 0, 10, 0 }, { 0, 7, 0 }, { 3, 0, BTCPEER_E_EOF } }, 3,
	    BTCPEER_E_EOF, 17, 20000, 3 },
	{ "error at once", 1000, 20000, { { 0, 0, BTCPEER_E_IO } }, 1,
	    BTCPEER_E_IO, 0, 20000, 0 },
	{ "error of the writer's own", 1000, 20000, { { 0, 999, 0 }, { 0, 0, BTCPEER_E_TIMEOUT } }, 2,
	    BTCPEER_E_TIMEOUT, 999, 20000, 0 },
};
/* clang-format on */

START_TEST(write_deadlines)
{
	struct iovec iov[3];
	size_t written = 12345;
	struct btct_io io;
	struct memio m;
	struct gen g;
	int rc;

	gen_init(&g, 1);
	memio_init(&m, T0);
	memio_turns(&m, writes[_i].turn, writes[_i].turns);
	io = memio_io(&m);
	rc = btct_write(&written, &io, iov, cut(iov, 3, writes[_i].len, &g),
	    writes[_i].stall_ms);
	ck_assert_msg(rc == writes[_i].want, "%s: %d", writes[_i].name, rc);
	ck_assert_msg(written == writes[_i].written, "%s: %zu", writes[_i].name,
	    written);
	ck_assert_uint_eq(m.sent_len, written);
	ck_assert(written == 0 || memcmp(m.sent, stream, written) == 0);
	ck_assert_int_eq(m.send_deadline, writes[_i].deadline < 0 ? BTCU_NEVER
	    : T0 + writes[_i].deadline);
	ck_assert_int_eq(m.now_ms - T0, writes[_i].now);
	memio_clear(&m);
	gen_clear(&g);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("transport_stream");
	TCase *tc = add_tcase(s, "reading");

	fill_stream();
	tcase_add_loop_test(tc, exact_bytes, 0, N_ROWS(sizes));
	tcase_add_loop_test(tc, random_splits, 0, SPLITS);
	tcase_add_test(tc, reads_ahead);
	tcase_add_test(tc, buffer_size);
	tcase_add_test(tc, no_memory);
	tcase_add_test(tc, errors_pass);
	tc = add_tcase(s, "reading in time");
	tcase_add_test(tc, deadlines);
	tcase_add_test(tc, begun_message);
	tcase_add_test(tc, dripping);
	tc = add_tcase(s, "writing");
	tcase_add_loop_test(tc, short_writes, 0, 40);
	tcase_add_test(tc, nothing_to_write);
	tcase_add_test(tc, many_parts);
	tcase_add_loop_test(tc, write_deadlines, 0, N_ROWS(writes));
	return run_suite(s);
}
