/*
 * Requests that wait for an answer: when they are overdue.
 */
#include "config.h"

#include "pendings.h"
#include "util/rand.h"

/* The answer came before the writer could say that the request was out. */
START_TEST(answered_before_written)
{
	struct btcwire_inv inv = inv_of(BTCWIRE_INV_BLOCK, 1, 1);
	uint64_t a, b, c;

	ck_assert_int_eq(btcp_pending_add(&a, &t, BTCWIRE_GETDATA, &inv), 0);
	ck_assert_int_eq(btcp_pending_add(&b, &t, BTCWIRE_GETHEADERS, NULL),
	    0);
	ck_assert_int_eq(btcp_pending_add(&c, &t, BTCWIRE_GETADDR, NULL), 0);
	block_came(1, T0 + 1);
	message_came(BTCWIRE_HEADERS, T0 + 1);
	btcp_pending_written(&t, a, T0 + 2);
	btcp_pending_written(&t, b, T0 + 2);
	btcp_pending_written(&t, c, T0 + 2);
	ck_assert_ptr_eq(t.first, t.last);
	due_at(T0 + 2 + BASE, c, T0 + 2);
	btcp_pending_settle(&t, c);
	ck_assert_int_eq(btcp_pending_deadline(&t, T0 + 3), BTCU_NEVER);
}
END_TEST

/* Time begins when it was written, however long that took. */
START_TEST(writing_takes_time)
{
	uint64_t handle;

	ck_assert_int_eq(btcp_pending_add(&handle, &t, BTCWIRE_GETADDR, NULL), 0);
	ck_assert_int_eq(btcp_pending_deadline(&t, T0 + 1), BTCU_NEVER);
	ck_assert_uint_eq(overdue(T0 + 10 * BASE), 0);
	btcp_pending_written(&t, handle, T0 + 10 * BASE);
	due_at(T0 + 11 * BASE, handle, T0 + 10 * BASE);
}
END_TEST

/* Each arrival extends its own request and all written after it, none before. */
START_TEST(who_is_extended)
{
	uint64_t handle[3];
	uint32_t i;

	for (i = 0; i < 3; i++)
		handle[i] = ask_items(BTCWIRE_INV_BLOCK, 100 * i, 10, T0);
	block_came(100, T0 + 20000);
	ck_assert_uint_eq(overdue(T0 + BASE), handle[0]);
	btcp_pending_settle(&t, handle[0]);
	ck_assert_uint_eq(overdue(T0 + 20000 + BASE - 1), 0);
	ck_assert_uint_eq(overdue(T0 + 20000 + BASE), handle[1]);
	ck_assert_uint_eq(overdue(T0 + 20000 + BASE), handle[2]);
	ck_assert_uint_eq(overdue(T0 + 20000 + BASE), 0);
}
END_TEST

/* A request that is gone has given its time to those after it. */
START_TEST(answered_ones_extend_too)
{
	uint64_t a = ask(BTCWIRE_GETADDR, T0), b = ask(BTCWIRE_GETHEADERS, T0),
	    c = ask_items(BTCWIRE_INV_BLOCK, 1, 1, T0);

	message_came(BTCWIRE_HEADERS, T0 + 25000);
	ck_assert_uint_eq(overdue(T0 + BASE), a);
	btcp_pending_settle(&t, a);
	btcp_pending_settle(&t, b);
	due_at(T0 + 25000 + BASE, c, T0 + BASE);
}
END_TEST

/* To be overdue, and to get time again, is a request's own affair: it neither
 * helps nor harms the others. */
START_TEST(overdue_extends_only_itself)
{
	uint64_t a = ask(BTCWIRE_GETADDR, T0), b;

	b = ask_items(BTCWIRE_INV_BLOCK, 1, 1, T0 + 5);
	ck_assert_uint_eq(overdue(T0 + BASE), a);
	if (_i == 1)
		btcp_pending_settle(&t, a);
	due_at(T0 + 5 + BASE, b, T0 + BASE);
	if (_i == 1)
		return;
	due_at(T0 + 2 * BASE, a, T0 + BASE + 5);
	due_at(T0 + 5 + 2 * BASE, b, T0 + 2 * BASE);
}
END_TEST

/* Bytes of a payload that is coming are progress of the first that waits for
 * one of its kind. */
START_TEST(progress)
{
	uint64_t tx = ask_items(BTCWIRE_INV_TX, 1, 2, T0), block, headers;

	block = ask_items(BTCWIRE_INV_BLOCK, 1, 2, T0);
	headers = ask(BTCWIRE_GETHEADERS, T0);
	btcp_pending_progress(&t, BTCWIRE_BLOCK, T0 + 1000);
	btcp_pending_progress(&t, BTCWIRE_ADDR, T0 + 2000);
	btcp_pending_progress(&t, BTCWIRE_UNKNOWN, T0 + 2000);
	due_at(T0 + BASE, tx, T0 + 2000);
	btcp_pending_settle(&t, tx);
	due_at(T0 + 1000 + BASE, block, T0 + BASE);
	/* No transaction is waited for any more. */
	btcp_pending_progress(&t, BTCWIRE_TX, T0 + 1000 + BASE + 1);
	due_at(T0 + 1000 + 2 * BASE, block, T0 + 1000 + BASE + 1);
	btcp_pending_progress(&t, BTCWIRE_HEADERS, T0 + 1000 + 2 * BASE + 2);
	due_at(T0 + 1000 + 3 * BASE, block, T0 + 1000 + 2 * BASE + 2);
	btcp_pending_settle(&t, block);
	due_at(T0 + 1002 + 5 * BASE, headers, T0 + 1000 + 3 * BASE);
}
END_TEST

/* Time in callbacks does not count, even if there is more of it than of the
 * deadline. */
START_TEST(callbacks)
{
	uint64_t handle = ask(BTCWIRE_GETADDR, T0);
	int64_t now = T0 + 10000;

	btcp_pending_callback_began(&t, now);
	ck_assert_uint_eq(overdue(now + 5 * BASE), 0);
	btcp_pending_callback_ended(&t, now + 5 * BASE);
	now += 5 * BASE;
	due_at(now + 20000, handle, now);	/* 10 s of 30 were gone */
	btcp_pending_settle(&t, handle);

	/* Written while a callback runs: time begins when it ends. */
	now += 100000;
	btcp_pending_callback_began(&t, now);
	handle = ask(BTCWIRE_GETADDR, now + 7000);
	btcp_pending_callback_ended(&t, now + 9000);
	due_at(now + 9000 + BASE, handle, now + 9000);
	btcp_pending_settle(&t, handle);

	/* What a callback is about arrives when it began. */
	now += 100000;
	handle = ask_items(BTCWIRE_INV_BLOCK, 1, 2, now);
	btcp_pending_callback_began(&t, now + 20000);
	block_came(1, now + 50000);
	btcp_pending_callback_ended(&t, now + 50000);
	due_at(now + 50000 + BASE, handle, now + 50000);
}
END_TEST

/* It may be the answer that is being handled: nobody is late meanwhile. */
START_TEST(late_when_a_callback_begins)
{
	uint64_t a = ask(BTCWIRE_GETADDR, T0), b = ask(BTCWIRE_GETHEADERS, T0);
	int64_t now = T0 + 3 * BASE + 5;

	btcp_pending_callback_began(&t, now);
	ck_assert_uint_eq(overdue(now), 0);
	ck_assert_uint_eq(overdue(now + BASE), 0);
	message_came(BTCWIRE_HEADERS, now + BASE);
	btcp_pending_callback_ended(&t, now + BASE);
	ck_assert_uint_eq(overdue(now + BASE), a);
	ck_assert_uint_eq(overdue(now + BASE), 0);
	btcp_pending_settle(&t, a);
	btcp_pending_settle(&t, b);
	ck_assert_ptr_null(t.first);
}
END_TEST

/* While a callback runs: nothing is missed by more than a second, and nothing
 * is looked at over and over. */
START_TEST(deadline_in_a_callback)
{
	int64_t d;

	ask(BTCWIRE_GETADDR, T0);
	btcp_pending_callback_began(&t, T0 + 10000);
	ck_assert_int_eq(btcp_pending_deadline(&t, T0 + 10000), T0 + BASE);
	ck_assert_int_eq(btcp_pending_deadline(&t, T0 + 15000),
	    T0 + 5000 + BASE);
	btcp_pending_callback_ended(&t, T0 + 20000);
	btcp_pending_callback_began(&t, T0 + BASE + 10000 - 100);
	d = btcp_pending_deadline(&t, T0 + BASE + 10000);
	ck_assert_int_gt(d, T0 + BASE + 10000 + 99);
	ck_assert_int_le(d, T0 + BASE + 10000 + 1000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_pending_time");
	TCase *tc = add_tcase(s, "time");

	if (btcu_rand_init() != 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, answered_before_written);
	tcase_add_test(tc, writing_takes_time);
	tcase_add_test(tc, who_is_extended);
	tcase_add_test(tc, answered_ones_extend_too);
	tcase_add_loop_test(tc, overdue_extends_only_itself, 0, 2);
	tcase_add_test(tc, progress);
	tcase_add_test(tc, callbacks);
	tcase_add_test(tc, late_when_a_callback_begins);
	tcase_add_test(tc, deadline_in_a_callback);
	return run_suite(s);
}
