/*
 * Bloom filters: published ones, their sizes and limits, and how often they
 * are wrong.
 */
#include "config.h"

#include <math.h>

#include <btcpeer/wire.h>

#include "allocs.h"
#include "gen.h"
#include "runner.h"

#define NONE BTCWIRE_BLOOM_UPDATE_NONE
#define ALL BTCWIRE_BLOOM_UPDATE_ALL
#define P2PUBKEY BTCWIRE_BLOOM_UPDATE_P2PUBKEY_ONLY

static struct btcwire_bloom *
new_bloom(size_t elements, double rate, uint32_t tweak, uint8_t update)
{
	struct btcwire_bloom *b = NULL;

	ck_assert_int_eq(btcwire_bloom_new(&b, elements, rate, tweak, update),
	    0);
	return b;
}

static struct btcwire_bloom *
load(const struct btcwire_filterload *m)
{
	struct btcwire_bloom *b = NULL;

	ck_assert_int_eq(btcwire_bloom_from_filterload(&b, m), 0);
	return b;
}

static void
insert_hex(struct btcwire_bloom *b, const char *hex)
{
	size_t len;
	uint8_t *data = unhex(hex, &len);

	btcwire_bloom_insert(b, data, len);
	free(data);
}

static bool
contains_hex(const struct btcwire_bloom *b, const char *hex)
{
	size_t len;
	uint8_t *data = unhex(hex, &len);
	bool found = btcwire_bloom_contains(b, data, len);

	free(data);
	return found;
}

#define ITEM1 "99108ad8ed9bb6274d3980bab5a85c048f0950c8"
#define ITEM2 "b5a2c786d9ef4658287ced5914b37a1b4aa32eee"
#define ITEM3 "b9300670b4c5366e95b2699e8b18bc75e5f729c5"
#define PUBKEY \
	"045b81f0017e2091e2edcd5eecf10d5bdd120a5514cb3ee65b8447ec18bfc4575c" \
	"6d5bf415e54e03b1067934a0f0ba76b01c6b9ab227142ee1d543764b69d901e0"

static const struct {
	size_t elements;
	double rate;
	uint32_t tweak;
	const char *item[3];
	const char *filter;
	uint32_t hash_funcs;
} known[] = {
	{ 3, 0.01, 0, { ITEM1, ITEM2, ITEM3 }, "614e9b", 5 },
	{ 3, 0.01, 2147483649, { ITEM1, ITEM2, ITEM3 }, "ce4299", 5 },
	{ 2, 0.001, 0, { PUBKEY, "477abbacd4113f2e6b100526222eedd953c26a64" },
	    "8fc16b", 8 },
};

START_TEST(known_filters)
{
	struct btcwire_bloom *b = new_bloom(known[_i].elements, known[_i].rate,
	    known[_i].tweak, ALL), *copy;
	struct btcwire_filterload m;
	size_t len, i;
	uint8_t *want = unhex(known[_i].filter, &len);

	for (i = 0; i < 3 && known[_i].item[i] != NULL; i++) {
		ck_assert(!contains_hex(b, known[_i].item[i]));
		insert_hex(b, known[_i].item[i]);
		ck_assert(contains_hex(b, known[_i].item[i]));
	}
	/* One bit of the first item is another. */
	ck_assert(!contains_hex(b, "19108ad8ed9bb6274d3980bab5a85c048f0950c8"));
	btcwire_bloom_filterload(&m, b);
	ck_assert_uint_eq(m.filter.len, len);
	ck_assert_mem_eq(m.filter.data, want, len);
	ck_assert_uint_eq(m.hash_funcs, known[_i].hash_funcs);
	ck_assert_uint_eq(m.tweak, known[_i].tweak);
	ck_assert_uint_eq(m.update, ALL);

	/* What is loaded is a copy of all that. */
	copy = load(&m);
	btcwire_bloom_free(b);
	btcwire_bloom_filterload(&m, copy);
	ck_assert_uint_eq(m.filter.len, len);
	ck_assert_mem_eq(m.filter.data, want, len);
	ck_assert_uint_eq(m.hash_funcs, known[_i].hash_funcs);
	ck_assert_uint_eq(m.tweak, known[_i].tweak);
	ck_assert_uint_eq(m.update, ALL);
	ck_assert(contains_hex(copy, known[_i].item[0]));
	btcwire_bloom_free(copy);
	free(want);
}
END_TEST

static const struct {
	size_t elements;
	double rate;
	size_t len;
	uint32_t hash_funcs;
} sizes[] = {
	{ 1,        0.5,      1,     5 },
	{ 1,        0.01,     1,     5 },
	{ 10,       0.000001, 35,    19 },
	{ 7,        0.1,      4,     3 },
	{ 21,       0.00004,  55,    14 },
	{ 20000,    0.001,    35943, 9 },
	{ 10000,    0.000001, 35943, 19 },
	{ 100000,   0.01,     36000, 1 },	/* as large as they may be */
	{ 1,        1e-300,   179,   50 },	/* as many as there may be */
	{ 1,        5e-324,   193,   50 },
	{ 1,        0.999999, 1,     5 },	/* never without a byte */
	{ 1000,     0.9,      27,    1 },	/* never without a function */
	{ 1000000,  0.01,     36000, 1 },
	{ SIZE_MAX, 0.01,     36000, 1 },
};

START_TEST(chosen_sizes)
{
	struct btcwire_bloom *b = new_bloom(sizes[_i].elements, sizes[_i].rate,
	    0x12345678, P2PUBKEY);
	struct btcwire_filterload m;
	size_t i;

	btcwire_bloom_filterload(&m, b);
	ck_assert_uint_eq(m.filter.len, sizes[_i].len);
	ck_assert_uint_eq(m.hash_funcs, sizes[_i].hash_funcs);
	ck_assert_uint_eq(m.tweak, 0x12345678);
	ck_assert_uint_eq(m.update, P2PUBKEY);
	for (i = 0; i < m.filter.len; i++)
		ck_assert_uint_eq(m.filter.data[i], 0);
	ck_assert(!contains_hex(b, ITEM1));
	insert_hex(b, ITEM1);
	ck_assert(contains_hex(b, ITEM1));
	btcwire_bloom_free(b);
}
END_TEST

START_TEST(refused_parameters)
{
	static const struct { size_t elements; double rate; } row[] = {
		{ 0, 0.1 }, { 1, 0 }, { 1, -0.0 }, { 1, -0.1 }, { 1, 1 },
		{ 1, 1.1 }, { 1, NAN }, { 1, INFINITY }, { 1, -INFINITY } };
	struct btcwire_bloom *b = NULL;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		ck_assert_int_eq(btcwire_bloom_new(&b, row[i].elements,
		    row[i].rate, 0, NONE), BTCPEER_E_INVAL);
	ck_assert_ptr_null(b);
	btcwire_bloom_free(NULL);
}
END_TEST

START_TEST(loading)
{
	static const uint8_t bytes[BTCWIRE_MAX_BLOOM_FILTER + 1];
	static const struct { size_t len; uint32_t hash_funcs; int want; }
	    row[] = { { 0, 0, 0 }, { 36000, 50, 0 },
		{ 36001, 50, BTCPEER_E_TOOBIG },
		{ 36000, 51, BTCPEER_E_TOOBIG },
		{ 1, UINT32_MAX, BTCPEER_E_TOOBIG },
		{ SIZE_MAX, 1, BTCPEER_E_TOOBIG } };
	struct btcwire_filterload m = { .update = 0xff };
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct btcwire_bloom *b = NULL;

		m.filter.data = row[i].len > 0 ? bytes : NULL;
		m.filter.len = row[i].len;
		m.hash_funcs = row[i].hash_funcs;
		ck_assert_int_eq(btcwire_bloom_from_filterload(&b, &m),
		    row[i].want);
		ck_assert((b != NULL) == (row[i].want == 0));
		btcwire_bloom_free(b);
	}
}
END_TEST

/* Filters that contain everything, and stay as they are. */
START_TEST(everything)
{
	static const uint8_t ones[] = { 0xff, 0xff }, zeroes[] = { 0, 0 };
	static const struct btcwire_filterload row[] = {
		{ { NULL, 0 }, 5, 0, ALL },
		{ { NULL, 0 }, 0, 0, ALL },
		{ { ones, 2 }, 50, 7, ALL },
		{ { zeroes, 2 }, 0, 7, ALL } };
	struct btcwire_tx tx = { .version = 1 };
	struct btcwire_outpoint o = { { { 1 } }, 2 };
	struct btcwire_filterload m;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct btcwire_bloom *b = load(&row[i]);

		btcwire_bloom_insert(b, "x", 1);
		btcwire_bloom_insert_outpoint(b, &o);
		ck_assert(btcwire_bloom_contains(b, NULL, 0));
		ck_assert(contains_hex(b, ITEM1));
		ck_assert(btcwire_bloom_contains_outpoint(b, &o));
		ck_assert(btcwire_bloom_match_tx(b, &tx));
		btcwire_bloom_filterload(&m, b);
		ck_assert_uint_eq(m.filter.len, row[i].filter.len);
		ck_assert(m.filter.len == 0 || memcmp(m.filter.data,
		    row[i].filter.data, m.filter.len) == 0);
		btcwire_bloom_free(b);
	}
}
END_TEST

enum { MEMBERS = 10000, OTHERS = 200000 };

static const double rates[] = { 0.1, 0.01, 0.001, 0.0001 };

/* Of as many as it was made for, a filter loses none, and finds about as many
 * others as it was asked to. */
START_TEST(random_members)
{
	struct btcwire_bloom *b = new_bloom(MEMBERS, rates[_i], 0xdeadbeef,
	    NONE);
	double expected = OTHERS * rates[_i], off;
	int found = 0, i;
	uint8_t item[20];
	struct gen g;

	gen_init(&g, (uint64_t)_i);
	for (i = 0; i < MEMBERS; i++) {
		gen_fill(&g, item, sizeof(item));
		btcwire_bloom_insert(b, item, sizeof(item));
	}
	for (i = 0; i < OTHERS; i++) {
		gen_fill(&g, item, sizeof(item));
		found += btcwire_bloom_contains(b, item, sizeof(item));
	}
	g.state = (uint64_t)_i;
	for (i = 0; i < MEMBERS; i++) {
		gen_fill(&g, item, sizeof(item));
		ck_assert(btcwire_bloom_contains(b, item, sizeof(item)));
	}
	/* Rounding costs a few percent; the rest is chance. */
	off = fabs(found - expected);
	ck_assert_msg(off < expected * 0.1 + 4 * sqrt(expected),
	    "%d found, %.0f expected", found, expected);
	gen_clear(&g);
	btcwire_bloom_free(b);
}
END_TEST

START_TEST(outpoints)
{
	struct btcwire_outpoint o = { { { 0x11, 0x22 } }, 0x04030201 }, other;
	struct btcwire_bloom *b = new_bloom(10, 0.000001, 0, NONE);

	memset(o.hash.b, 0x11, 32);
	other = o;
	other.index = 0x01020304;
	btcwire_bloom_insert_outpoint(b, &o);
	ck_assert(btcwire_bloom_contains_outpoint(b, &o));
	ck_assert(!btcwire_bloom_contains_outpoint(b, &other));
	ck_assert(contains_hex(b, "11111111111111111111111111111111"
	    "11111111111111111111111111111111" "01020304"));
	btcwire_bloom_free(b);
}
END_TEST

START_TEST(out_of_memory)
{
	static const uint8_t bytes[4] = { 1, 2, 3, 4 };
	struct btcwire_filterload m = { { bytes, 4 }, 3, 0, NONE };
	struct btcwire_bloom *b = NULL;
	int made, loaded;

	allocs_start_failing(0);
	made = btcwire_bloom_new(&b, 10, 0.1, 0, NONE);
	allocs_start_failing(0);
	loaded = btcwire_bloom_from_filterload(&b, &m);
	allocs_stop();
	ck_assert_int_eq(made, BTCPEER_E_NOMEM);
	ck_assert_int_eq(loaded, BTCPEER_E_NOMEM);
	ck_assert_ptr_null(b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_bloom");
	TCase *tc = add_tcase(s, "bloom");

	tcase_add_loop_test(tc, known_filters, 0, N_ROWS(known));
	tcase_add_loop_test(tc, chosen_sizes, 0, N_ROWS(sizes));
	tcase_add_test(tc, refused_parameters);
	tcase_add_test(tc, loading);
	tcase_add_test(tc, everything);
	tcase_add_loop_test(tc, random_members, 0, N_ROWS(rates));
	tcase_add_test(tc, outpoints);
	tcase_add_test(tc, out_of_memory);
	return run_suite(s);
}
