/*
 * The fast ways to decode, encode and measure a transaction, held against the
 * codec by the common rules.
 */
#include "config.h"

#include "gen.h"
#include "runner.h"
#include "same.h"
#include "wire/codecs.h"
#include "wire/msg_tx.h"

enum { ROUNDS = TEST_SLOW ? 400 : 10000, SIZE = 1 << 20 };

/* Memory for decoding into, enough for anything here. */
static uint64_t memory[2][1 << 20];

static void
init_decode(struct xfer *x, int side, const uint8_t *p, size_t len,
    uint32_t flags)
{
	uint8_t *start = (uint8_t *)memory[side];

	xf_init_decode(x, "tx", p, len);
	x->flags = flags;
	xf_arena_init(&x->arena, start, start + sizeof(memory[side]), len);
}

/* What the fast way does is what the other does; it may decline to do it. */
static bool
compare_decoding(const uint8_t *data, size_t len, uint32_t flags)
{
	struct btcwire_tx fast_tx, tx;
	struct xfer fast, x;
	uint8_t *p = exact_copy(data, len);
	bool done;

	init_decode(&fast, 0, p, len, flags);
	init_decode(&x, 1, p, len, flags);
	done = btcwire_tx_decode_fast(&fast, &fast_tx);
	btcwire_xfer_tx_plain(&x, &tx);
	if (done) {
		ck_assert_int_eq(x.err, 0);
		ck_assert_uint_eq(xf_offset(&fast), xf_offset(&x));
		ck_assert(fast.has_witness == x.has_witness);
		ck_assert(same_body(BTCWIRE_TX, &fast_tx, &tx));
	} else {
		ck_assert_int_eq(fast.err, 0);
		ck_assert_uint_eq(xf_offset(&fast), 0);
	}
	ck_assert_ptr_null(fast.arena.chunks);
	ck_assert_ptr_null(x.arena.chunks);
	free(p);
	return done;
}

static size_t
encode_plain(uint8_t *buf, const struct btcwire_tx *tx, uint32_t flags)
{
	struct xfer x;

	xf_init_encode(&x, "tx", buf, SIZE);
	x.flags = flags;
	btcwire_xfer_tx_plain(&x, xf_unconst(tx));
	ck_assert_int_eq(x.err, 0);
	return xf_offset(&x);
}

START_TEST(decoding)
{
	static const uint32_t flags[] = { 0, BTCWIRE_NO_WITNESS };
	uint8_t *buf = malloc(SIZE);
	const struct btcwire_tx *tx;
	struct gen g;
	size_t len;
	int i;

	ck_assert_ptr_nonnull(buf);
	gen_init(&g, 20);
	for (i = 0; i < ROUNDS; i++) {
		tx = gen_body(&g, BTCWIRE_TX);
		len = encode_plain(buf, tx, flags[_i]);
		/* It is made for these, so it takes them all. */
		ck_assert(compare_decoding(buf, len, flags[_i]));
		compare_decoding(buf, len, flags[1 - _i]);
		compare_decoding(buf, (size_t)gen_below(&g, len), flags[_i]);
		compare_decoding(buf, gen_mutate(&g, buf, len, SIZE), flags[_i]);
	}
	gen_clear(&g);
	free(buf);
}
END_TEST

/* Every cut, and every value of every byte, of one short transaction. */
START_TEST(every_byte)
{
	const struct btcwire_bytes stack[] = { { (const uint8_t *)"ab", 2 } };
	const struct btcwire_txin in = { .script = { (const uint8_t *)"cde", 3 },
		.witness = stack, .witness_len = 1 };
	const struct btcwire_txout out = { 3, { (const uint8_t *)"f", 1 } };
	const struct btcwire_tx tx = { .version = 2, .in = &in, .in_len = 1,
		.out = &out, .out_len = 1 };
	uint32_t flags = _i == 0 ? 0 : BTCWIRE_NO_WITNESS;
	uint8_t *buf = malloc(SIZE), was;
	size_t len, i;
	int v;

	ck_assert_ptr_nonnull(buf);
	len = encode_plain(buf, &tx, flags);
	for (i = 0; i < len; i++) {
		ck_assert(!compare_decoding(buf, i, flags));
		was = buf[i];
		for (v = 0; v < 256; v++) {
			buf[i] = (uint8_t)v;
			compare_decoding(buf, len, flags);
		}
		buf[i] = was;
	}
	ck_assert(compare_decoding(buf, len, flags));
	free(buf);
}
END_TEST

/* The same bytes and sizes, from buffers that suffice; else none at all. */
static void
compare_encoding(const struct btcwire_tx *tx, const uint8_t *want, size_t len,
    size_t room, uint32_t flags, bool witness)
{
	uint8_t *buf = malloc(room + 1);
	struct xfer x;
	bool done;

	ck_assert_ptr_nonnull(buf);
	buf[room] = 0xa5;
	xf_init_encode(&x, "tx", buf, room);
	x.flags = flags;
	done = btcwire_tx_encode_fast(&x, tx);
	ck_assert(buf[room] == 0xa5);
	ck_assert_int_eq(x.err, 0);
	ck_assert_uint_eq(xf_offset(&x), done ? len : 0);
	if (room < len)
		ck_assert(!done);
	if (room >= len + 8)
		ck_assert(done);
	if (done) {
		ck_assert(memcmp(buf, want, len) == 0);
		ck_assert(x.has_witness == witness);
	}
	free(buf);
}

START_TEST(encoding)
{
	uint32_t flags = _i == 0 ? 0 : BTCWIRE_NO_WITNESS;
	uint8_t *want = malloc(SIZE), window[64];
	const struct btcwire_tx *tx;
	struct gen g;
	struct xfer x;
	size_t len;
	bool witness;
	int i;

	ck_assert_ptr_nonnull(want);
	gen_init(&g, 21);
	for (i = 0; i < ROUNDS; i++) {
		tx = gen_body(&g, BTCWIRE_TX);
		len = encode_plain(want, tx, flags);
		witness = flags == 0 && btcwire_tx_has_witness(tx);
		compare_encoding(tx, want, len, len, flags, witness);
		compare_encoding(tx, want, len, len + 8, flags, witness);
		compare_encoding(tx, want, len, (size_t)gen_below(&g, len),
		    flags, witness);

		xf_init_sink(&x, "tx", window, sizeof(window), NULL, NULL);
		x.flags = flags;
		ck_assert(btcwire_tx_measure_fast(&x, tx));
		ck_assert_uint_eq(xf_offset(&x), len);
		ck_assert(x.has_witness == witness);
	}
	gen_clear(&g);
	free(want);
}
END_TEST

/* A length that no transaction can have is left to the other to refuse. */
START_TEST(too_long)
{
	const struct btcwire_txin in = {
		.script = { (const uint8_t *)memory, XF_MAX_COUNT + 1 } };
	const struct btcwire_tx tx = { .in = &in, .in_len = 1 };
	uint8_t window[64];
	size_t size = 0;
	struct xfer x;

	xf_init_sink(&x, "tx", window, sizeof(window), NULL, NULL);
	ck_assert(!btcwire_tx_measure_fast(&x, &tx));
	ck_assert_uint_eq(xf_offset(&x), 0);
	ck_assert_int_eq(btcwire_body_size(&size, BTCWIRE_TX, &tx,
	    BTCWIRE_PVER_NEWEST, 0, NULL), BTCPEER_E_TOOBIG);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_fast_tx");
	TCase *tc = add_tcase(s, "differences");

	tcase_add_loop_test(tc, decoding, 0, 2);
	tcase_add_loop_test(tc, every_byte, 0, 2);
	tcase_add_loop_test(tc, encoding, 0, 2);
	tcase_add_test(tc, too_long);
	return run_suite(s);
}
