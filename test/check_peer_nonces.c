/*
 * The process-wide table of nonces.
 */
#include "config.h"

#include "peer/nonces.h"
#include "runner.h"
#include "util/rand.h"
#include "util/thread.h"

enum { RECENT = 1024, LIVE = 5000, THREADS = 4, ROUNDS = TEST_SLOW ? 200 : 2000 };

START_TEST(life_of_one)
{
	struct btcp_nonce n = { 0 };
	uint64_t value;

	btcp_nonce_release(&n);		/* never made: nothing happens */
	btcp_nonce_make(&n);
	value = n.value;
	ck_assert_uint_ne(value, 0);
	ck_assert(btcp_nonce_is_ours(value));
	ck_assert(!btcp_nonce_is_ours(value ^ 1));
	ck_assert(!btcp_nonce_is_ours(value + RECENT));	/* of the same bucket */
	ck_assert(!btcp_nonce_is_ours(0));
	btcp_nonce_release(&n);
	ck_assert(btcp_nonce_is_ours(value));
	btcp_nonce_release(&n);
	btcp_nonce_release(&n);
	ck_assert(btcp_nonce_is_ours(value));
	ck_assert_uint_eq(n.value, value);
}
END_TEST

/* Zero is what remotes send that do without: never ours, whatever was. */
START_TEST(zero)
{
	struct btcp_nonce n;
	int i;

	ck_assert(!btcp_nonce_is_ours(0));
	for (i = 0; i < RECENT + 1; i++) {
		btcp_nonce_make(&n);
		btcp_nonce_release(&n);
		ck_assert(!btcp_nonce_is_ours(0));
	}
}
END_TEST

/* Those that are live are known however many there are, and after them the
 * most recent ones. */
START_TEST(live_and_recent)
{
	static struct btcp_nonce n[LIVE];
	int i;

	for (i = 0; i < LIVE; i++)
		btcp_nonce_make(&n[i]);
	for (i = 0; i < LIVE; i++)
		ck_assert(btcp_nonce_is_ours(n[i].value));
	/* In another order than they were made in. */
	for (i = 0; i < LIVE; i += 2)
		btcp_nonce_release(&n[i]);
	for (i = 1; i < LIVE; i += 2)
		ck_assert(btcp_nonce_is_ours(n[i].value));
	for (i = 0; i < LIVE; i += 2)
		ck_assert_int_eq(btcp_nonce_is_ours(n[i].value),
		    i >= LIVE - 2 * RECENT);
	for (i = LIVE - 1; i > 0; i -= 2)
		btcp_nonce_release(&n[i]);
	for (i = 1; i < LIVE; i += 2)
		ck_assert_int_eq(btcp_nonce_is_ours(n[i].value), i < 2 * RECENT);
}
END_TEST

/* A second release does not push others out. */
START_TEST(released_twice)
{
	static struct btcp_nonce n[RECENT];
	int i, j;

	for (i = 0; i < RECENT; i++) {
		btcp_nonce_make(&n[i]);
		for (j = 0; j < 3; j++)
			btcp_nonce_release(&n[i]);
	}
	for (i = 0; i < RECENT; i++)
		ck_assert(btcp_nonce_is_ours(n[i].value));
	btcp_nonce_make(&n[0]);
	btcp_nonce_release(&n[0]);
	for (i = 0; i < RECENT; i++)
		ck_assert(btcp_nonce_is_ours(n[i].value));
}
END_TEST

START_TEST(all_different)
{
	static struct btcp_nonce n[LIVE];
	int i, j;

	for (i = 0; i < LIVE; i++) {
		btcp_nonce_make(&n[i]);
		for (j = 0; j < i; j++)
			if (n[i].value == n[j].value)
				ck_abort_msg("%d and %d", i, j);
	}
}
END_TEST

static void *
make_and_release(void *wrong)
{
	struct btcp_nonce n[8];
	int *bad = wrong, i, j;

	for (i = 0; i < ROUNDS; i++) {
		for (j = 0; j < 8; j++)
			btcp_nonce_make(&n[j]);
		for (j = 0; j < 8; j++)
			*bad += !btcp_nonce_is_ours(n[j].value);
		for (j = 7; j >= 0; j--)
			btcp_nonce_release(&n[j]);
		*bad += btcp_nonce_is_ours(0);
	}
	return NULL;
}

START_TEST(threads)
{
	pthread_t t[THREADS];
	int wrong[THREADS] = { 0 }, i;

	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(btcu_thread_start(&t[i], 256 << 10,
		    make_and_release, &wrong[i]), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(wrong[i], 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_nonces");
	TCase *tc = add_tcase(s, "nonces");

	if (btcu_rand_init() != 0)
		return EXIT_FAILURE;
	tcase_add_test(tc, life_of_one);
	tcase_add_test(tc, zero);
	tcase_add_test(tc, live_and_recent);
	tcase_add_test(tc, released_twice);
	tcase_add_test(tc, all_different);
	tcase_add_test(tc, threads);
	return run_suite(s);
}
