/*
 * Random numbers within bounds.
 */
#include "config.h"

#include "runner.h"
#include "util/rand.h"

enum { DRAWS = 60000 };

static const uint32_t bounds[] = { 1, 2, 3, 6, 1000 };

/* Every value comes, as often as others. */
START_TEST(pool_below)
{
	struct btcu_rand_pool pool = { .left = 0 };
	uint32_t bound = bounds[_i], v;
	unsigned count[1000] = { 0 };
	double sum = 0, want = (double)DRAWS / bound;
	int i;

	for (i = 0; i < DRAWS; i++) {
		v = btcu_rand_pool_below(&pool, bound);
		ck_assert_uint_lt(v, bound);
		count[v]++;
	}
	for (v = 0; v < bound; v++)
		sum += ((double)count[v] - want) * ((double)count[v] - want) /
		    want;
	/* Chi squared: seven times its standard deviation above its mean. */
	ck_assert_msg((sum - bound) * (sum - bound) <= 49 * 2.0 * bound ||
	    sum < bound, "%f", sum);
}
END_TEST

/* Of a bound that most values are above, none is favoured. */
START_TEST(pool_large_bound)
{
	struct btcu_rand_pool pool = { .left = 0 };
	const uint32_t bound = 3u << 30;
	unsigned low = 0;
	uint32_t v;
	int i;

	for (i = 0; i < DRAWS; i++) {
		v = btcu_rand_pool_below(&pool, bound);
		ck_assert_uint_lt(v, bound);
		low += v < bound / 3;
	}
	/* A third; it would be half if the rest were folded over. */
	ck_assert_uint_gt(low, DRAWS * 3 / 10);
	ck_assert_uint_lt(low, DRAWS * 4 / 10);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("util_rand");
	TCase *tc = add_tcase(s, "pool");

	if (btcu_rand_init() != 0)
		return 1;
	tcase_add_loop_test(tc, pool_below, 0, N_ROWS(bounds));
	tcase_add_test(tc, pool_large_bound);
	return run_suite(s);
}
