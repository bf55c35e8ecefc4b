/*
 * A message that has begun comes along or the connection ends, whatever its
 * length, at invented times.
 */
#include "config.h"

#include <btcpeer/error.h>

#include "frames.h"
#include "memio.h"
#include "runner.h"
#include "transport/transport.h"

#define T0     INT64_C(777000)
#define HEADER BTCWIRE_FRAME_HEADER

static const uint8_t magic[4] = { 0xf9, 0xbe, 0xb4, 0xd9 };

/* clang-format off */
static const struct {
	const char *name;
	size_t payload;
	size_t at_once;		/* of the frame, at first */
	size_t piece;		/* of the rest, */
	int64_t every_ms;	/* one in such a time */
	int64_t idle_ms;
	int64_t slow_ms;	/* after T0; 0: the message arrives */
} rows[] = {
	{ "a header that drips",              0,     1, 1,  1000, 300000, 0 },
	{ "a ping that drips",                8,     1, 1,  1000, 300000, 0 },
	{ "done just in time",               36,     1, 1,  1000, 300000, 0 },
	{ "a header alone, too slow",         0,     1, 1,  9000, 300000, 60000 },
	{ "not done in time",                38,     1, 1,  1000, 300000, 60000 },
	{ "a byte a second",            4000000,     1, 1,  1000, 300000, 60000 },
	{ "a byte a second, no idle bound", 100,     1, 1,  1000,     -1, 60000 },
	{ "a byte a minute",                100,     1, 1, 59999, 300000, 60000 },
	{ "only its last byte is missing", 1000,  1023, 1, 60001, 300000, 60000 },
	{ "begins well",                 300000, 61440, 1,  1000, 300000, 60000 },
	{ "a little over the pace",     4000000,     1, 1100, 1000, 300000, 0 },
	{ "a little under it",          4000000,     1, 1000, 1000, 300000, 60000 },
	{ "large pieces, far apart",     600000,     1, 65536, 50000, 300000, 0 },
	{ "large pieces, too far apart", 600000, 61440, 65536, 60001, 300000, 60000 },
};
/* clang-format on */

struct conn {
	struct memio io;
	struct btct_transport t;
	struct btcwire_rx rx;
};

static void
open_conn(struct conn *c, int64_t idle_ms)
{
	*c = (struct conn){ .t = { .ops = NULL } };
	memio_init(&c->io, T0);
	btct_transport_init(&c->t, &btct_v1, memio_io(&c->io), magic, idle_ms);
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
	struct btcpeer_error err;
	struct btct_head head;

	return btct_recv(&c->t, &head, &c->rx, &err);
}

/* The frame from at on, as the row says. */
static void
play(struct memio *io, const struct frames *s, size_t at, int row)
{
	size_t n;

	for (; at < s->len; at += n) {
		memio_pause(io, rows[row].every_ms);
		n = rows[row].piece < s->len - at ? rows[row].piece
		    : s->len - at;
		/* More is not read before it is over. */
		if (io->steps > 20000)
			break;
		memio_bytes(io, s->b + at, n);
	}
}

START_TEST(one_message)
{
	struct frames s = FRAMES_MAINNET;
	struct conn c;
	int rc;

	frames_random(&s, "block", rows[_i].payload, 5);
	open_conn(&c, rows[_i].idle_ms);
	memio_bytes(&c.io, s.b, rows[_i].at_once);
	play(&c.io, &s, rows[_i].at_once, _i);
	rc = receive(&c);
	if (rows[_i].slow_ms == 0) {
		ck_assert_msg(rc == 0, "%s: %d", rows[_i].name, rc);
	} else {
		ck_assert_msg(rc == BTCPEER_E_TIMEOUT, "%s: %d", rows[_i].name,
		    rc);
		ck_assert_msg(c.io.now_ms == T0 + rows[_i].slow_ms, "%s: %lld",
		    rows[_i].name, (long long)(c.io.now_ms - T0));
		ck_assert(btct_pace_too_slow(&c.t.reader.pace));
	}
	close_conn(&c);
	frames_clear(&s);
}
END_TEST

/* Each message has its own time: dripping pings never end the connection, but
 * the payload among them does, a minute after its own beginning. */
START_TEST(one_after_the_other)
{
	enum { PINGS = 50 };
	struct frames s = FRAMES_MAINNET;
	struct conn c;
	size_t i;

	for (i = 0; i < PINGS; i++)
		frames_random(&s, "ping", 8, (unsigned)i);
	frames_random(&s, "tx", 1000, 7);
	open_conn(&c, 300000);
	for (i = 0; i < s.len; i++) {
		memio_bytes(&c.io, s.b + i, 1);
		memio_pause(&c.io, 1000);
	}
	for (i = 0; i < PINGS; i++)
		ck_assert_int_eq(receive(&c), 0);
	ck_assert_int_eq(receive(&c), BTCPEER_E_TIMEOUT);
	/* Of its first byte, which comes a second after the last ping. */
	ck_assert_int_eq(c.io.now_ms, T0 + PINGS * (HEADER + 8) * 1000 + 60000);
	ck_assert(btct_pace_too_slow(&c.t.reader.pace));
	close_conn(&c);
	frames_clear(&s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("transport_slow");
	TCase *tc = add_tcase(s, "slow");

	tcase_add_loop_test(tc, one_message, 0, N_ROWS(rows));
	tcase_add_test(tc, one_after_the_other);
	return run_suite(s);
}
