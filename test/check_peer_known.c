/*
 * The set of hashes that are known, against a model too simple to be wrong.
 */
#include "config.h"

#include "allocs.h"
#include "gen.h"
#include "peer/known.h"
#include "runner.h"
#include "util/rand.h"

enum { STEPS = TEST_SLOW ? 10000 : 60000, RANGE = 300 };

/* Hashes that differ in one byte, the null hash among them. */
static struct btcwire_hash
hash_of(unsigned n)
{
	struct btcwire_hash h = { .b = { 0 } };

	h.b[n % 32] = (uint8_t)(n / 32);
	return h;
}

static bool
has(const struct btcp_known *k, unsigned n)
{
	struct btcwire_hash h = hash_of(n);

	return btcp_known_has(k, &h, BTCP_KNOWN_TX);
}

static void
add(struct btcp_known *k, unsigned n)
{
	struct btcwire_hash h = hash_of(n);

	ck_assert_int_eq(btcp_known_add(k, &h,
	    BTCP_KNOWN_TX), 0);
}

static const uint32_t maxima[] = { 1, 2, 11, 12, 13, 40, 100 };

/* The latest max hashes are known; none that never was added, and none whose
 * last time is 2 * max others ago. */
START_TEST(random_operations)
{
	static unsigned order[STEPS];
	unsigned last[RANGE] = { 0 }, n, added = 0, distinct, i, j;
	bool seen[RANGE];
	uint32_t max = maxima[_i];
	struct btcp_known k;
	struct gen g;

	gen_init(&g, 99 + (uint64_t)_i);
	btcp_known_init(&k, max);
	for (i = 0; i < STEPS; i++) {
		n = (unsigned)gen_below(&g, RANGE);
		n = n < 32 ? 0 : n;	/* those are all the null hash */
		if (gen_below(&g, 2) == 0) {
			add(&k, n);
			order[added++] = n;
			last[n] = added;
			continue;
		}
		memset(seen, 0, sizeof(seen));
		for (distinct = 0, j = added; j > last[n]; j--) {
			distinct += !seen[order[j - 1]];
			seen[order[j - 1]] = true;
		}
		if (last[n] == 0 || distinct >= 2 * max)
			ck_assert_msg(!has(&k, n), "step %u", i);
		else if (distinct < max)
			ck_assert_msg(has(&k, n), "step %u", i);
	}
	ck_assert_uint_le(k.young.len, max);
	ck_assert_uint_le(k.old.len, max);
	btcp_known_clear(&k);
	gen_clear(&g);
}
END_TEST

START_TEST(oldest_go_first)
{
	struct btcp_known k;
	unsigned n;

	btcp_known_init(&k, 20);
	for (n = 100; n < 120; n++)
		add(&k, n);
	for (; n < 139; n++)
		add(&k, n);
	for (n = 100; n < 139; n++)
		ck_assert(has(&k, n));
	add(&k, 100);			/* that makes it a young one */
	add(&k, 139);
	ck_assert(has(&k, 100));
	ck_assert(!has(&k, 101));
	for (n = 120; n < 140; n++)
		ck_assert(has(&k, n));
	btcp_known_clear(&k);
}
END_TEST

START_TEST(empty)
{
	struct btcp_known k;

	btcp_known_init(&k, 5);
	ck_assert(!has(&k, 100) && !has(&k, 0));
	ck_assert_ptr_null(k.young.slot);
	add(&k, 0);
	ck_assert(has(&k, 0) && !has(&k, 100));
	add(&k, 100);
	btcp_known_clear(&k);
	ck_assert(!has(&k, 100) && !has(&k, 0));
	btcp_known_clear(&k);
	add(&k, 101);			/* it can be used again */
	ck_assert(has(&k, 101) && !has(&k, 100));
	btcp_known_clear(&k);
}
END_TEST

/* Every bit counts. */
START_TEST(whole_hash)
{
	struct btcwire_hash h = { { 0x5a } };
	struct btcp_known k;
	int bit;

	btcp_known_init(&k, 5);
	ck_assert_int_eq(btcp_known_add(&k, &h, BTCP_KNOWN_TX), 0);
	for (bit = 0; bit < 256; bit++) {
		h.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_msg(!btcp_known_has(&k, &h, BTCP_KNOWN_TX), "bit %d", bit);
		h.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert(btcp_known_has(&k, &h, BTCP_KNOWN_TX));
	btcp_known_clear(&k);
}
END_TEST

/* What is known as one kind is not known as another; it may become so. */
START_TEST(kinds)
{
	static const unsigned kind[] = { BTCP_KNOWN_TX, BTCP_KNOWN_WTX,
	    BTCP_KNOWN_BLOCK };
	struct btcwire_hash h = { { 1 } };
	unsigned had = 0;
	struct btcp_known k;
	int i, j;

	btcp_known_init(&k, 5);
	for (i = 0; i < N_ROWS(kind); i++) {
		ck_assert_int_eq(btcp_known_add(&k, &h, kind[i]), 0);
		had |= kind[i];
		for (j = 0; j < N_ROWS(kind); j++)
			ck_assert(btcp_known_has(&k, &h, kind[j]) ==
			    ((had & kind[j]) != 0));
	}
	ck_assert_uint_eq(k.young.len, 1);
	btcp_known_clear(&k);
}
END_TEST

/* Hashes that differ in few bits are spread as well as others: none is looked
 * for in many places. */
START_TEST(spread)
{
	struct btcwire_hash h = { { 1 } };
	struct btcp_known k;
	uint32_t i, run = 0, longest = 0;

	btcp_known_init(&k, 3000);
	for (i = 0; i < 3000; i++) {
		memcpy(h.b + (_i == 0 ? 4 : 28), &i, sizeof(i));
		ck_assert_int_eq(btcp_known_add(&k, &h, BTCP_KNOWN_TX), 0);
	}
	ck_assert_uint_eq(k.young.cap, 4096);
	for (i = 0; i < k.young.cap; i++) {
		run = k.young.slot[i].kinds == 0 ? 0 : run + 1;
		longest = run > longest ? run : longest;
	}
	ck_assert_uint_lt(longest, 300);
	btcp_known_clear(&k);
}
END_TEST

/* Without memory for more the set is as it was. */
START_TEST(no_memory)
{
	struct btcwire_hash h = hash_of(200);
	struct btcp_known k;
	unsigned n;
	int rc;

	btcp_known_init(&k, 1000);
	allocs_start_failing(0);
	rc = btcp_known_add(&k, &h, BTCP_KNOWN_TX);
	allocs_stop();
	ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
	for (n = 100; n < 112; n++)
		add(&k, n);
	allocs_start_failing(0);
	rc = btcp_known_add(&k, &h, BTCP_KNOWN_TX);
	allocs_stop();
	ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
	ck_assert(!has(&k, 200));
	for (n = 100; n < 112; n++)
		ck_assert(has(&k, n));
	ck_assert_int_eq(btcp_known_add(&k, &h, BTCP_KNOWN_TX), 0);
	ck_assert(has(&k, 200));
	btcp_known_clear(&k);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_known");
	TCase *tc = add_tcase(s, "known");

	if (btcu_rand_init() != 0)
		return 1;
	tcase_add_loop_test(tc, random_operations, 0, N_ROWS(maxima));
	tcase_add_test(tc, oldest_go_first);
	tcase_add_test(tc, empty);
	tcase_add_test(tc, whole_hash);
	tcase_add_test(tc, kinds);
	tcase_add_loop_test(tc, spread, 0, 2);
	tcase_add_test(tc, no_memory);
	return run_suite(s);
}
