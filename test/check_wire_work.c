/*
 * Work: against figures of another implementation, against its definition, and
 * summed up as the chain has it.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "gen.h"
#include "runner.h"

/* A number in hex, without zeroes before it. */
static struct btcwire_work
number(const char *hex)
{
	struct btcwire_work n = { { 0 } };
	size_t i, len = strlen(hex);

	ck_assert_uint_le(len, 64);
	for (i = 0; i < len; i++)
		n.w[i / 16] |= (uint64_t)hex_digit(hex[len - 1 - i]) <<
		    (4 * (i % 16));
	return n;
}

static void
assert_number(const struct btcwire_work *have, const char *want)
{
	struct btcwire_work n = number(want);

	ck_assert_msg(memcmp(have, &n, sizeof(n)) == 0, "%016llx%016llx"
	    "%016llx%016llx, not %s", (unsigned long long)have->w[3],
	    (unsigned long long)have->w[2], (unsigned long long)have->w[1],
	    (unsigned long long)have->w[0], want);
}

#define Z10 "0000000000"
#define Z60 Z10 Z10 Z10 Z10 Z10 Z10
static const struct { uint32_t bits; const char *work; } known[] = {
	{ 0x1d00ffff, "100010001" },
	{ 0x1d00d86a, "12ed3afd2" },
	{ 0x1b0404cb, "3fb3ab764c00" },
	{ 0x1b04864c, "38946224e37e" },
	{ 0x1a05db8b, "2bb43836381c9c" },
	{ 0x1a0202f0, "7f45128cc14423" },
	{ 0x18013ce9, "cecbf9cd7b1f8b9369" },
	{ 0x17053894, "31085d594cb7e26e94b5" },
	{ 0x170331db, "5021ab2578ee9fc3005e" },
	{ 0x207fffff, "2" },
	{ 0x1e0377ae, "49d414" },
	{ 0x1f7fffff, "200" },
	{ 0x20010000, "ff" },
	{ 0x2100ffff, "1" },
	{ 0x220000ff, "1" },
	{ 0x0c7fffff, "200000400000800001000001c0000300000500000" },
	{ 0x04123456,
	  "e10005c64415f04ef3e387b97db388404db9fdfaab2b1918f6783471d" },
	{ 0x037fffff, "2" Z10 Z10 Z10 Z10 Z10 "00000000" },
	{ 0x02008000, "1fc07f01fc07f01fc07f01fc07f01fc07f01fc07f01fc07f01fc07f"
	  "01fc07f0" },
	{ 0x017f0000, "2" Z60 "00" },
	{ 0x01010000, "8" Z60 "000" },
	{ 0x03000001, "8" Z60 "000" },
};

START_TEST(known_work)
{
	struct btcwire_work w;

	memset(&w, 0x5a, sizeof(w));
	ck_assert_int_eq(btcwire_work_from_bits(&w, known[_i].bits), 0);
	assert_number(&w, known[_i].work);
}
END_TEST

/* Zero, negative, over 256 bits. */
START_TEST(no_target)
{
	static const uint32_t bad[] = { 0, 0x00123456, 0x03000000, 0xff000000,
		0x01fedcba, 0x04923456, 0x1d80ffff, 0x21010000, 0x22000100,
		0x23000001, 0xff123456 };
	struct btcwire_work w, before;

	memset(&w, 0x5a, sizeof(w));
	before = w;
	ck_assert_int_eq(btcwire_work_from_bits(&w, bad[_i]),
	    BTCPEER_E_BADVALUE);
	ck_assert_mem_eq(&w, &before, sizeof(w));
}
END_TEST

/* out = a + n, which is less than 2^256. */
static void
plus(uint8_t out[32], const uint8_t a[32], unsigned n)
{
	size_t i;

	for (i = 0; i < 32; i++, n >>= 8)
		out[i] = (uint8_t)(n += a[i]);
	ck_assert_uint_eq(n, 0);
}

/* Whether a * b is more than 2^256. */
static bool
over_256_bits(const uint8_t a[32], const uint8_t b[32])
{
	uint32_t column[64] = { 0 }, carry = 0, low = 0, high = 0;
	size_t i, j;

	for (i = 0; i < 32; i++)
		for (j = 0; j < 32; j++)
			column[i + j] += (uint32_t)a[i] * b[j];
	for (i = 0; i < 64; i++, carry >>= 8) {
		carry += column[i];
		if (i < 32)
			low |= carry & 0xff;
		else if (i > 32)
			high |= carry & 0xff;
		else
			column[32] = carry & 0xff;
	}
	return high != 0 || column[32] > 1 || (column[32] == 1 && low != 0);
}

/* work * (target + 1) is at most 2^256, and one more work would be over. */
START_TEST(definition)
{
	struct btcwire_work w;
	uint8_t target[32], bytes[32];
	struct gen g;
	int i, n = 0;

	gen_init(&g, 256);
	for (i = 0; i < (TEST_SLOW ? 2000 : 20000); i++) {
		uint32_t bits = (uint32_t)gen_below(&g, 0x23) << 24 |
		    (uint32_t)(gen_u64(&g) & 0xffffff) >> gen_below(&g, 24);
		size_t j;

		if (btcwire_target_from_bits(target, bits) != 0)
			continue;
		n++;
		ck_assert_int_eq(btcwire_work_from_bits(&w, bits), 0);
		for (j = 0; j < 32; j++)
			bytes[j] = (uint8_t)(w.w[j / 8] >> (8 * (j % 8)));
		plus(target, target, 1);
		ck_assert_msg(!over_256_bits(bytes, target), "%08x", bits);
		plus(bytes, bytes, 1);
		ck_assert_msg(over_256_bits(bytes, target), "%08x", bits);
	}
	ck_assert_int_gt(n, TEST_SLOW ? 1000 : 10000);
	gen_clear(&g);
}
END_TEST

/* Mainnet: 2,016 blocks with each of these bits, the first 16 times. */
static const uint32_t periods[] = {
	0x1d00d86a, 0x1d00c428, 0x1d00be71, 0x1d008cc3, 0x1c654657, 0x1c43b3e5,
	0x1c387f6f, 0x1c381375, 0x1c2a1115, 0x1c20bca7, 0x1c16546f, 0x1c13ec53,
	0x1c159c24, 0x1c0f675c, 0x1c0eba64, 0x1c0d3142, 0x1c0ae493, 0x1c05a3f4,
	0x1c0168fd, 0x1c010c5a, 0x1c00ba18, 0x1c00800e, 0x1b692098, 0x1b5bede6,
	0x1b4766ed, 0x1b31b2a3, 0x1b2f8e9d, 0x1b1e7eca, 0x1b153263, 0x1b0e7256,
	0x1b098b2a, 0x1b081cd2, 0x1b055953, 0x1b04864c,
};

/* The chain work that nodes report for these heights. */
START_TEST(mainnet)
{
	static const struct { int height; const char *work; } sums[] = {
		{ 0, "100010001" }, { 1, "200020002" },
		{ 2015, "7e007e007e0" }, { 32255, "7e007e007e00" },
		{ 32256, "7e01acd42dd2" }, { 100000, "644cb7f5234089e" } };
	struct btcwire_work sum = { { 0 } }, w;
	size_t next = 0;
	int height;

	for (height = 0; height <= 100000; height++) {
		int period = height / 2016;

		ck_assert_int_eq(btcwire_work_from_bits(&w, period < 16 ?
		    0x1d00ffff : periods[period - 16]), 0);
		btcwire_work_add(&sum, &w);
		if (height == sums[next].height)
			assert_number(&sum, sums[next++].work);
	}
	ck_assert_int_eq((int)next, N_ROWS(sums));
}
END_TEST

#define F15 "fffffffffffffff"
#define F16 "f" F15
static const struct { const char *a, *b, *sum; } sums[] = {
	{ "0", "0", "0" },
	{ "1", "2", "3" },
	{ F16, "1", "10000000000000000" },
	{ F16 F16, "1", "1" Z10 Z10 Z10 "00" },
	{ F16 F16 F16, "1", "1" Z10 Z10 Z10 Z10 "00000000" },
	{ F16 F16, F16 F16, "1" F16 F15 "e" },
	{ F16 "0000000000000000", "10000000000000000", "1" Z10 Z10 Z10 "00" },
	{ F16 F16, "10000000000000000", "10000000000000000" F16 },
	{ F16 F16 F16 F15 "e", "1", F16 F16 F16 F16 },
	{ F16 F16 F16 F16, "0", F16 F16 F16 F16 },
	/* It stays at the end. */
	{ F16 F16 F16 F16, "1", F16 F16 F16 F16 },
	{ F16 F16 F16 F16, F16 F16 F16 F16, F16 F16 F16 F16 },
	{ "8" Z60 "000", "8" Z60 "000", F16 F16 F16 F16 },
	{ "8" Z60 "001", F16 F16 F16 F16, F16 F16 F16 F16 },
};

START_TEST(adding)
{
	struct btcwire_work a = number(sums[_i].a), b = number(sums[_i].b);
	struct btcwire_work sum = a;

	btcwire_work_add(&sum, &b);
	assert_number(&sum, sums[_i].sum);
	sum = b;
	btcwire_work_add(&sum, &a);
	assert_number(&sum, sums[_i].sum);
	if (strcmp(sums[_i].a, sums[_i].b) == 0) {
		btcwire_work_add(&a, &a);
		assert_number(&a, sums[_i].sum);
	}
}
END_TEST

/* In ascending order. */
static const char *const ladder[] = {
	"0", "1", "2", "ff", F16, "10000000000000000", "10000000000000001",
	"1" F16, "f0000000000000000", F16 F16, "1" Z10 Z10 Z10 "00",
	"1" F16 F16, F16 F16 F16, "1" Z10 Z10 Z10 Z10 "00000000", "8" Z60,
	"8" Z60 "000", F16 F16 F16 F15 "e", F16 F16 F16 F16,
};

START_TEST(comparing)
{
	struct btcwire_work a = number(ladder[_i]), b;
	int i;

	for (i = 0; i < N_ROWS(ladder); i++) {
		int c;

		b = number(ladder[i]);
		c = btcwire_work_cmp(&a, &b);
		ck_assert_msg(_i < i ? c < 0 : _i > i ? c > 0 : c == 0,
		    "%s and %s: %d", ladder[_i], ladder[i], c);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_work");
	TCase *tc = add_tcase(s, "work");

	tcase_add_loop_test(tc, known_work, 0, N_ROWS(known));
	tcase_add_loop_test(tc, no_target, 0, 11);
	tcase_add_test(tc, definition);
	tcase_add_test(tc, mainnet);
	tcase_add_loop_test(tc, adding, 0, N_ROWS(sums));
	tcase_add_loop_test(tc, comparing, 0, N_ROWS(ladder));
	return run_suite(s);
}
