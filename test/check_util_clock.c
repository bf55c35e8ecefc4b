/*
 * Deadlines that do not overflow, and clocks that go forward.
 */
#include "config.h"

#include <time.h>

#include "runner.h"
#include "util/clock.h"

static const struct {
	int64_t now_ms, ms, want;
} sums[] = {
	{ 0, 0, 0 },
	{ 1000, 0, 1000 },
	{ 1000, 1, 1001 },
	{ 1000, 30000, 31000 },
	{ 1000, -1, BTCU_NEVER },
	{ 1000, INT64_MIN, BTCU_NEVER },
	{ 1000, INT64_MAX, BTCU_NEVER },
	{ 1000, INT64_MAX - 1000, BTCU_NEVER },
	{ 1000, INT64_MAX - 1001, INT64_MAX - 1 },
	{ 0, INT64_MAX, BTCU_NEVER },
	{ INT64_MAX, 0, BTCU_NEVER },
	{ INT64_MAX, 1, BTCU_NEVER },
	{ INT64_MAX - 1, 1, BTCU_NEVER },
	{ -5, 10, 5 },
	{ -5, INT64_MAX, INT64_MAX - 5 },
	{ INT64_MIN, 0, INT64_MIN },
};

START_TEST(sum)
{
	ck_assert_int_eq(btcu_after(sums[_i].now_ms, sums[_i].ms),
	    sums[_i].want);
}
END_TEST

START_TEST(monotonic)
{
	int64_t ms, us, next;
	int i;

	us = btcu_now_us();
	ck_assert_int_gt(us, 0);
	for (i = 0; i < 1000; i++) {
		ms = btcu_now_ms();
		ck_assert_int_ge(btcu_tick_ms(), ms);
		next = btcu_now_us();
		ck_assert_int_ge(next, us);
		/* One clock in two units. */
		ck_assert_int_ge(ms, us / 1000);
		ck_assert_int_le(ms, next / 1000);
		us = next;
	}
}
END_TEST

/* The clock that condition variables wait on. */
START_TEST(same_as_system)
{
	struct timespec before, after;
	int64_t ms;

	clock_gettime(CLOCK_MONOTONIC, &before);
	ms = btcu_now_ms();
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert_int_ge(ms, (int64_t)before.tv_sec * 1000 +
	    before.tv_nsec / 1000000);
	ck_assert_int_le(ms, (int64_t)after.tv_sec * 1000 +
	    after.tv_nsec / 1000000);
}
END_TEST

START_TEST(wall)
{
	int64_t before = (int64_t)time(NULL), s = btcu_wall_s();

	ck_assert_int_ge(s, before);
	ck_assert_int_le(s, (int64_t)time(NULL));
	ck_assert_int_gt(s, 1577836800);	/* 2020 */
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("util_clock");
	TCase *tc = add_tcase(s, "clock");

	tcase_add_loop_test(tc, sum, 0, N_ROWS(sums));
	tcase_add_test(tc, monotonic);
	tcase_add_test(tc, same_as_system);
	tcase_add_test(tc, wall);
	return run_suite(s);
}
