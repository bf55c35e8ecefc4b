/*
 * Sets, Golomb-Rice coded, beside a plain encoder.
 */
#include "config.h"

#include <sodium.h>

#include <btcpeer/wire.h>

#include "filters.h"
#include "gen.h"
#include "runner.h"
#include "wire/gcs.h"

/* Half of a product, by adding and doubling. */
static uint64_t
plain_mul_high(uint64_t a, uint64_t b)
{
	uint64_t high = 0, low = 0;
	int i;

	for (i = 63; i >= 0; i--) {
		high = high << 1 | low >> 63;
		low <<= 1;
		if (b >> i & 1) {
			low += a;
			high += low < a;
		}
	}
	return high;
}

START_TEST(products)
{
	static const uint64_t edge[] = { 0, 1, 2, 0xffffffff, 0x100000000,
		0x100000001, 0x7fffffffffffffff, 0x8000000000000000,
		0xffffffff00000000, 0xfffffffffffffffe, UINT64_MAX };
	struct gen g;
	uint64_t a, b;
	size_t i, j;

	for (i = 0; i < sizeof(edge) / sizeof(edge[0]); i++)
		for (j = 0; j < sizeof(edge) / sizeof(edge[0]); j++)
			ck_assert_uint_eq(gcs_mul_high(edge[i], edge[j]),
			    plain_mul_high(edge[i], edge[j]));
	gen_init(&g, 7);
	for (i = 0; i < 20000; i++) {
		a = gen_u64(&g) >> gen_below(&g, 64);
		b = gen_u64(&g) >> gen_below(&g, 64);
		ck_assert_uint_eq(gcs_mul_high(a, b), plain_mul_high(a, b));
	}
	gen_clear(&g);
}
END_TEST

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* BIP 158 as it reads, a bit at a time: the filter of n different items. */
static size_t
plain_filter(uint8_t *out, const struct btcwire_hash *block,
    const struct btcwire_bytes *items, size_t n)
{
	uint64_t *v = calloc(n + 1, sizeof(*v)), d;
	size_t i, at, bit;
	uint8_t h[8];
	int k;

	ck_assert_ptr_nonnull(v);
	for (i = 0; i < n; i++) {
		crypto_shorthash(h, items[i].data, items[i].len, block->b);
		for (k = 7; k >= 0; k--)
			v[i + 1] = v[i + 1] << 8 | h[k];
		v[i + 1] = plain_mul_high(v[i + 1], n * UINT64_C(784931));
	}
	qsort(v + 1, n, sizeof(*v), compare);
	at = n < 0xfd ? 1 : n <= 0xffff ? 3 : 5;
	out[0] = at == 1 ? (uint8_t)n : at == 3 ? 0xfd : 0xfe;
	for (i = 1; i < at; i++)
		out[i] = (uint8_t)(n >> 8 * (i - 1));
	bit = at * 8;
	for (i = 0; i < n; i++) {
		d = v[i + 1] - v[i];
		for (; d >= 1 << 19; d -= 1 << 19, bit++)
			out[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		for (bit++, k = 18; k >= 0; k--, bit++)
			if (d >> k & 1)
				out[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	free(v);
	return (bit + 7) / 8;
}

/* Sets of so many random items of random length, a few of them twice. */
static const size_t set_sizes[] = { 0, 1, 2, 3, 10, 100, 252, 253, 254, 1000,
	10000, 65535, 65536, 70000 };

START_TEST(random_sets)
{
	size_t n = set_sizes[_i], most = n + n / 10, i, want_len;
	struct btcwire_bytes *items, f;
	struct btcwire_hash block;
	uint8_t *want, *data;
	struct gen g;

	gen_init(&g, n);
	gen_fill(&g, block.b, 32);
	items = calloc(most + 1, sizeof(*items));
	data = malloc(30 * n + 1);
	want = calloc(1, 5 + 4 * n);
	ck_assert(items != NULL && data != NULL && want != NULL);
	gen_fill(&g, data, 30 * n);
	for (i = 0; i < n; i++)
		items[i] = (struct btcwire_bytes){ data + 30 * i,
			8 + (size_t)gen_below(&g, 23) };
	for (; i < most; i++)
		items[i] = items[gen_below(&g, n)];
	want_len = plain_filter(want, &block, items, n);
	f = build(&block, items, most);
	ck_assert_uint_eq(f.len, want_len);
	ck_assert_mem_eq(f.data, want, want_len);
	ck_assert_int_eq(has(&f, &block, items, n), n > 0);
	for (i = 0; i < n; i += 1 + n / (TEST_SLOW ? 20 : 500))
		ck_assert(has(&f, &block, &items[i], 1));
	drop(f);
	free(items);
	free(data);
	free(want);
	gen_clear(&g);
}
END_TEST

START_TEST(equal_and_empty_items)
{
	static const struct btcwire_hash block = { { 9, 9, 9 } };
	struct btcwire_bytes a = text("a"), ab = text("ab"), none = { NULL, 0 };
	struct btcwire_bytes plain[] = { a, ab };
	struct btcwire_bytes many[] = { ab, none, a, a, none, ab, a };
	struct btcwire_bytes f = build(&block, plain, 2);
	struct btcwire_bytes g = build(&block, many, 7);
	struct btcwire_bytes zero = build(&block, NULL, 0);
	struct btcwire_bytes nothing = build(&block, &none, 1);

	ck_assert_uint_eq(f.data[0], 2);
	ck_assert_uint_eq(f.len, g.len);
	ck_assert_mem_eq(f.data, g.data, f.len);
	ck_assert_uint_eq(zero.len, 1);
	ck_assert_uint_eq(zero.data[0], 0);
	ck_assert_uint_eq(nothing.len, 1);
	ck_assert_uint_eq(nothing.data[0], 0);

	ck_assert(has(&f, &block, many, 7));
	ck_assert(!has(&f, &block, &none, 1));
	ck_assert(!has(&f, &block, NULL, 0));
	ck_assert(!has(&zero, &block, many, 7));
	drop(f);
	drop(g);
	drop(zero);
	drop(nothing);
}
END_TEST

/*
 * Sets in two heaps with a gap between them, so that the distance across it
 * takes many ones: about 1.3 for each item.
 */
START_TEST(gaps)
{
	struct btcwire_hash block = { { 0x5a } };
	struct btcwire_bytes items[150], f;
	uint8_t data[150][8], want[1024];
	size_t n = (size_t)_i, i;
	struct gen g;

	gen_init(&g, n);
	for (i = 0; i < n; i++) {
		items[i] = (struct btcwire_bytes){ data[i], 8 };
		do {
			gen_fill(&g, data[i], 8);
		} while (btcwire_gcs_hash(&items[i], &block) >> 60 !=
		    (i % 2 == 0 ? 0 : 15));
	}
	memset(want, 0, sizeof(want));
	f = build(&block, items, n);
	ck_assert_uint_eq(f.len, plain_filter(want, &block, items, n));
	ck_assert_mem_eq(f.data, want, f.len);
	for (i = 0; i < n; i++)
		ck_assert(has(&f, &block, &items[i], 1));
	drop(f);
	gen_clear(&g);
}
END_TEST

/* A set in which another item, and the empty one, have a member's number. */
START_TEST(same_numbers)
{
	static const struct btcwire_hash block = { { 0x77 } };
	struct btcwire_bytes empty = { NULL, 0 }, other = text("other"), f;
	uint64_t n[2] = { gcs_number(btcwire_gcs_hash(&empty, &block), 2),
		gcs_number(btcwire_gcs_hash(&other, &block), 2) }, data[2];
	struct btcwire_bytes items[2] = { { (uint8_t *)&data[0], 8 },
		{ (uint8_t *)&data[1], 8 } };
	size_t i;

	for (i = 0; i < 2; i++) {
		data[i] = 0;
		while (gcs_number(btcwire_gcs_hash(&items[i], &block), 2) !=
		    n[i])
			data[i]++;
	}
	f = build(&block, items, 2);
	ck_assert(has(&f, &block, items, 2));
	ck_assert(has(&f, &block, &other, 1));
	ck_assert(!has(&f, &block, &empty, 1));
	drop(f);
}
END_TEST

/* Two items with one SipHash under a key of zeroes; both count. */
START_TEST(colliding_items)
{
	static const struct btcwire_hash block;
	static const uint8_t x[] = { 0x5a, 0xdd, 0x14, 0xa1, 0x22, 0x65, 0xb3,
		0x8d };
	static const uint8_t y[] = { 0x74, 0x04, 0xfb, 0x64, 0x36, 0xb1, 0x1f,
		0x90 };
	struct btcwire_bytes items[] = { { x, 8 }, { y, 8 }, { x, 8 },
		{ y, 8 } };
	struct btcwire_bytes f = build(&block, items, 4);
	uint8_t want[16] = { 0 };

	ck_assert_uint_eq(btcwire_gcs_hash(&items[0], &block),
	    UINT64_C(0x75b5b38b518f842d));
	ck_assert_uint_eq(btcwire_gcs_hash(&items[1], &block),
	    UINT64_C(0x75b5b38b518f842d));
	ck_assert_uint_eq(f.len, plain_filter(want, &block, items, 2));
	ck_assert_mem_eq(f.data, want, f.len);
	ck_assert_uint_eq(f.data[0], 2);
	ck_assert(has(&f, &block, &items[0], 1));
	ck_assert(has(&f, &block, &items[1], 1));
	drop(f);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_gcs");
	TCase *tc = add_tcase(s, "gcs");

	tcase_add_test(tc, products);
	tcase_add_loop_test(tc, random_sets, 0, N_ROWS(set_sizes));
	tcase_add_test(tc, equal_and_empty_items);
	tcase_add_loop_test(tc, gaps, 2, 150);
	tcase_add_test(tc, same_numbers);
	tcase_add_test(tc, colliding_items);
	return run_suite(s);
}
