/*
 * The heights that a locator is made of.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "gen.h"
#include "runner.h"

/* A chain whose hashes say their height; there is none below lowest. */
struct chain {
	int32_t lowest;
	int32_t asked[BTCWIRE_MAX_LOCATOR_SEND];
	size_t calls;
};

static bool
hash_at(void *arg, struct btcwire_hash *out, int32_t height)
{
	struct chain *c = arg;

	if (c->calls == BTCWIRE_MAX_LOCATOR_SEND)
		ck_abort_msg("asked for more hashes than fit");
	c->asked[c->calls++] = height;
	if (height < c->lowest)
		return false;
	memset(out, 0xab, sizeof(*out));
	memcpy(out->b, &height, sizeof(height));
	return true;
}

/* Returns how many; out must hold what was asked for, in that order. */
static size_t
build(struct chain *c, int32_t height)
{
	struct btcwire_hash out[BTCWIRE_MAX_LOCATOR_SEND], untouched;
	bool good = true;
	int32_t h;
	size_t i, n;

	c->calls = 0;
	memset(out, 0x5a, sizeof(out));
	untouched = out[0];
	n = btcwire_locator_build(out, height, hash_at, c);
	ck_assert_uint_le(n, BTCWIRE_MAX_LOCATOR_SEND);
	for (i = 0; i < n; i++) {
		memcpy(&h, out[i].b, sizeof(h));
		good &= h == c->asked[i];
	}
	for (; i < BTCWIRE_MAX_LOCATOR_SEND; i++)
		good &= btcwire_hash_equal(&out[i], &untouched);
	ck_assert_msg(good, "height %d", (int)height);
	return n;
}

static const struct {
	int32_t height;
	const char *heights;
} known[] = {
	{ 0, "0" },
	{ 1, "1 0" },
	{ 2, "2 1 0" },
	{ 8, "8 7 6 5 4 3 2 1 0" },
	{ 9, "9 8 7 6 5 4 3 2 1 0" },
	{ 10, "10 9 8 7 6 5 4 3 2 1 0" },
	{ 11, "11 10 9 8 7 6 5 4 3 2 0" },
	{ 12, "12 11 10 9 8 7 6 5 4 3 1 0" },
	{ 25, "25 24 23 22 21 20 19 18 17 16 14 10 2 0" },
	{ 100, "100 99 98 97 96 95 94 93 92 91 89 85 77 61 29 0" },
	{ 960000, "960000 959999 959998 959997 959996 959995 959994 959993 "
	    "959992 959991 959989 959985 959977 959961 959929 959865 959737 "
	    "959481 958969 957945 955897 951801 943609 927225 894457 828921 "
	    "697849 435705 0" },
	{ -1, "" },
	{ -10, "" },
	{ INT32_MIN, "" },
};

START_TEST(known_heights)
{
	struct chain c = { 0 };
	char text[512] = "";
	size_t i, n = build(&c, known[_i].height), at = 0;

	for (i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%d",
		    i > 0 ? " " : "", (int)c.asked[i]);
	ck_assert_str_eq(text, known[_i].heights);
	ck_assert_uint_eq(c.calls, n);
}
END_TEST

/* Ten one apart, then each step twice as long, but for the last one. */
static void
assert_steps(int32_t height)
{
	struct chain c = { 0 };
	size_t i, n = build(&c, height);
	bool good = n >= 1 && n <= 40 && c.asked[0] == height &&
	    c.asked[n - 1] == 0;
	int64_t step = 1, gap;

	for (i = 1; i < n; i++) {
		if (i >= 10)
			step *= 2;
		gap = c.asked[i - 1] - c.asked[i];
		good &= i < n - 1 ? gap == step : gap > 0 && gap <= step;
	}
	ck_assert_msg(good, "height %d", (int)height);
}

START_TEST(steps)
{
	struct gen g;
	int32_t h;
	int i;

	for (h = 0; h < 5000; h++)
		assert_steps(h);
	for (i = 0; i < 31; i++) {
		assert_steps((int32_t)(UINT32_C(1) << i));
		assert_steps((int32_t)((UINT32_C(1) << i) - 1));
	}
	assert_steps(INT32_MAX);
	assert_steps(INT32_MAX - 1);
	gen_init(&g, 1);
	for (i = 0; i < 10000; i++)
		assert_steps((int32_t)gen_below(&g, UINT64_C(1) << 31));
	gen_clear(&g);
}
END_TEST

/* Where the caller knows no block, the locator ends. */
START_TEST(end_of_knowledge)
{
	static const struct { int32_t height, lowest; size_t n; } rows[] = {
		{ 100, 0, 16 }, { 100, 1, 15 }, { 100, 29, 15 },
		{ 100, 30, 14 }, { 100, 91, 10 }, { 100, 92, 9 },
		{ 100, 100, 1 }, { 100, 101, 0 }, { 0, 1, 0 } };
	size_t i;

	for (i = 0; i < (size_t)N_ROWS(rows); i++) {
		struct chain c = { .lowest = rows[i].lowest };

		ck_assert_uint_eq(build(&c, rows[i].height), rows[i].n);
		ck_assert_uint_eq(c.calls, rows[i].n + (rows[i].lowest > 0));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_locator");
	TCase *tc = add_tcase(s, "locator");

	tcase_add_loop_test(tc, known_heights, 0, N_ROWS(known));
	tcase_add_test(tc, steps);
	tcase_add_test(tc, end_of_knowledge);
	return run_suite(s);
}
