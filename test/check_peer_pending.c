/*
 * Requests that wait for an answer: what answers them, item by item.
 */
#include "config.h"

#include "allocs.h"
#include "gen.h"
#include "pendings.h"
#include "util/rand.h"

/* ---- The rules --------------------------------------------------------- */

#define ANSWER(type) (UINT64_C(1) << BTCWIRE_##type)

/* protocol.md A7 */
static const struct {
	enum btcwire_type request;
	int64_t ms;
	bool disconnect;
	uint64_t answers;	/* those that need not name anything */
	uint64_t named;		/* those that have to */
} rules[] = {
	{ BTCWIRE_GETDATA, BASE, true, 0, ANSWER(BLOCK) },
	{ BTCWIRE_GETHEADERS, 3 * BASE, true, ANSWER(HEADERS), 0 },
	{ BTCWIRE_GETBLOCKS, BASE, false, ANSWER(INV), 0 },
	{ BTCWIRE_MEMPOOL, BASE, false, ANSWER(INV), 0 },
	{ BTCWIRE_GETADDR, BASE, false, ANSWER(ADDR) | ANSWER(ADDRV2), 0 },
	{ BTCWIRE_GETBLOCKTXN, BASE, true, 0, ANSWER(BLOCKTXN) | ANSWER(BLOCK) },
	{ BTCWIRE_GETCFILTERS, BASE, true, 0, ANSWER(CFILTER) },
	{ BTCWIRE_GETCFHEADERS, BASE, true, 0, ANSWER(CFHEADERS) },
	{ BTCWIRE_GETCFCHECKPT, BASE, true, 0, ANSWER(CFCHECKPT) },
};

START_TEST(late)
{
	enum btcwire_type type = rules[_i].request;
	int64_t end = T0 + rules[_i].ms;
	uint64_t handle = ask(type, T0);
	struct btcpeer_stall s;

	ck_assert(btcp_pending_is_request(type));
	ck_assert_uint_ne(handle, 0);
	ck_assert_int_eq(btcp_pending_deadline(&t, T0), end);
	ck_assert_int_eq(btcp_pending_deadline(&t, T0 + 999), end);
	ck_assert_uint_eq(btcp_pending_overdue(&s, &t, end - 1), 0);
	ck_assert_uint_eq(btcp_pending_overdue(&s, &t, end + 5), handle);
	ck_assert_int_eq(s.request, type);
	ck_assert_uint_eq(s.outstanding, 1);
	ck_assert_int_eq(s.waited_ms, rules[_i].ms + 5);
	ck_assert_int_eq(s.disconnect, rules[_i].disconnect);
	/* It has its full time again. */
	ck_assert_uint_eq(overdue(end + 5), 0);
	due_at(end + 5 + rules[_i].ms, handle, end + 5);
	btcp_pending_settle(&t, handle);
	ck_assert_int_eq(btcp_pending_deadline(&t, end), BTCU_NEVER);
	ck_assert_uint_eq(overdue(INT64_MAX - 1), 0);
}
END_TEST

/* Each type of message as the answer, just in time: first one that names
 * nothing, then one about another block, then one about the right one. */
START_TEST(answers)
{
	uint64_t handle, mask = rules[_i].answers;
	bool answered;
	unsigned i, type;

	for (i = 0; i < 3 * BTCWIRE_NTYPES; i++) {
		type = i % BTCWIRE_NTYPES;
		if (i >= 2 * BTCWIRE_NTYPES)
			mask |= rules[_i].named;
		handle = ask(rules[_i].request, T0);
		if (i < BTCWIRE_NTYPES)
			message_came((enum btcwire_type)type,
			    T0 + rules[_i].ms - 1);
		else
			part_came((enum btcwire_type)type,
			    i < 2 * BTCWIRE_NTYPES ? 2 : 1,
			    T0 + rules[_i].ms - 1);
		answered = mask >> type & 1;
		ck_assert_int_eq(t.first == NULL, answered);
		ck_assert_uint_eq(overdue(T0 + 2 * rules[_i].ms - 1),
		    answered ? 0 : handle);
		btcp_pending_settle(&t, handle);
	}
}
END_TEST

/* Overdue, and then answered after all. */
START_TEST(answered_late)
{
	uint64_t handle = ask(rules[_i].request, T0), mask;
	unsigned type = 0;

	ck_assert_uint_eq(overdue(T0 + rules[_i].ms), handle);
	for (mask = rules[_i].answers | rules[_i].named; (mask & 1) == 0;
	    mask >>= 1)
		type++;
	part_came((enum btcwire_type)type, 1, T0 + rules[_i].ms + 1);
	ck_assert_ptr_null(t.first);
	ck_assert_uint_eq(overdue(T0 + 10 * rules[_i].ms), 0);
	btcp_pending_settle(&t, handle);
}
END_TEST

/* Of what is not overdue yet as much is left after a callback as before it. */
START_TEST(callback_time)
{
	uint64_t handle = ask(rules[_i].request, T0);
	int64_t now = T0 + rules[_i].ms - 1000;

	btcp_pending_callback_began(&t, now);
	ck_assert_uint_eq(overdue(now + 7 * rules[_i].ms), 0);
	now += 7 * rules[_i].ms;
	btcp_pending_callback_ended(&t, now);
	due_at(now + 1000, handle, now);
}
END_TEST

START_TEST(not_requests)
{
	uint64_t handle;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].request == (enum btcwire_type)_i)
			return;
	handle = 77;
	ck_assert(!btcp_pending_is_request((enum btcwire_type)_i));
	ck_assert_int_eq(btcp_pending_add(&handle, &t, (enum btcwire_type)_i,
	    NULL), 0);
	ck_assert_uint_eq(handle, 0);
	btcp_pending_written(&t, handle, T0);
	ck_assert_int_eq(btcp_pending_deadline(&t, T0), BTCU_NEVER);
}
END_TEST

START_TEST(no_time_limit)
{
	uint64_t handle;
	size_t i;

	btcp_pending_clear(&t);
	btcp_pending_init(&t, _i == 0 ? -1 : INT64_MIN, NULL, 0);
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		handle = ask(rules[i].request, T0);
		ck_assert_uint_eq(handle, 0);
		ck_assert_int_eq(btcp_pending_deadline(&t, T0), BTCU_NEVER);
		ck_assert_uint_eq(overdue(INT64_MAX - 1), 0);
	}
	message_came(BTCWIRE_INV, T0);
	block_came(1, T0);
}
END_TEST

/* One answer settles one request, the oldest. */
START_TEST(oldest_first)
{
	uint64_t a = ask(BTCWIRE_GETBLOCKS, T0), b, c;

	b = ask(BTCWIRE_MEMPOOL, T0 + 10);
	c = ask(BTCWIRE_GETBLOCKS, T0 + 20);
	ck_assert(a < b && b < c);
	message_came(BTCWIRE_INV, T0 + 30);
	ck_assert_uint_eq(overdue(T0 + 30 + BASE), b);
	message_came(BTCWIRE_INV, T0 + 40 + BASE);
	due_at(T0 + 40 + 2 * BASE, c, T0 + 50);
	message_came(BTCWIRE_INV, T0 + 50);
	ck_assert_ptr_null(t.first);
	message_came(BTCWIRE_INV, T0 + 60);
}
END_TEST

/* ---- Items ------------------------------------------------------------- */

/* Three pipelined requests; everything comes in another order, but for one. */
START_TEST(pipelined)
{
	enum { N = 500, MISSING = 777 };
	int64_t now = T0;
	uint32_t order[3 * N], i, j, swap;
	uint64_t handle[3];
	struct btcpeer_stall s;
	struct gen g;

	gen_init(&g, 9);
	for (i = 0; i < 3; i++)
		handle[i] = ask_items(BTCWIRE_INV_WITNESS_BLOCK, i * N, N, T0);
	for (i = 0; i < 3 * N; i++) {
		j = (uint32_t)gen_below(&g, i + 1);
		order[i] = order[j];
		order[j] = i;
	}
	for (i = 0; i < 3 * N; i++) {
		swap = order[i];
		now += BASE - 1;	/* each just before it is too late */
		if (swap == MISSING)
			swap = order[i == 0 ? 1 : 0];
		block_came(swap, now);
		/* The first request may be overdue: only its own items and
		 * those of nobody before it count for it. */
		while (overdue(now) != 0)
			;
	}
	ck_assert_ptr_nonnull(t.first);
	ck_assert_ptr_eq(t.first, t.last);
	ck_assert_uint_eq(t.items, 1);
	ck_assert_uint_eq(btcp_pending_overdue(&s, &t, now + BASE), handle[1]);
	ck_assert_uint_eq(s.outstanding, 1);
	block_came(MISSING, now + BASE);
	ck_assert_ptr_null(t.first);
	ck_assert_ptr_null(t.bucket);
	gen_clear(&g);
}
END_TEST

/* Each item that arrives gives the rest of its request its full time. */
START_TEST(items_extend)
{
	uint64_t handle = ask_items(BTCWIRE_INV_TX, 0, 100, T0);
	struct btcpeer_stall s;
	uint32_t i;

	for (i = 0; i < 99; i++) {
		tx_came(i, 5000, T0 + (i + 1) * (BASE - 1));
		ck_assert_uint_eq(overdue(T0 + (i + 2) * (BASE - 1)), 0);
	}
	ck_assert_uint_eq(btcp_pending_overdue(&s, &t,
	    T0 + 99 * (BASE - 1) + BASE), handle);
	ck_assert_uint_eq(s.outstanding, 1);
	ck_assert_int_eq(s.waited_ms, 99 * (BASE - 1) + BASE);
}
END_TEST

START_TEST(not_found)
{
	struct btcwire_inv inv = inv_of(BTCWIRE_INV_BLOCK, 0, 10);
	uint64_t handle = ask_inv(&inv, T0);

	inv = inv_of(BTCWIRE_INV_WITNESS_BLOCK, 0, 9);
	notfound_came(&inv, T0 + 100);
	due_at(T0 + 100 + BASE, handle, T0 + 100);
	inv = inv_of(BTCWIRE_INV_TX, 9, 1);	/* of another kind */
	notfound_came(&inv, T0 + 200);
	ck_assert_uint_eq(t.items, 1);
	inv = inv_of(0x1234, 9, 1);		/* of no kind that is known */
	notfound_came(&inv, T0 + 200);
	ck_assert_uint_eq(t.items, 1);
	inv = inv_of(BTCWIRE_INV_BLOCK, 5, 100);	/* more than was asked */
	notfound_came(&inv, T0 + 300);
	ck_assert_ptr_null(t.first);
	notfound_came(&inv, T0 + 400);
	inv.vec_len = 0;
	notfound_came(&inv, T0 + 400);
}
END_TEST

/* How a vector is asked for, and what answers it: 'b'lock, 'm'erkleblock,
 * 'c'mpctblock or block, 't'xid, 'w'txid, 0: not watched. */
static const struct {
	uint32_t type;
	char answer;
} kinds[] = {
	{ BTCWIRE_INV_TX, 't' },
	{ BTCWIRE_INV_WITNESS_TX, 't' },
	{ BTCWIRE_INV_BLOCK, 'b' },
	{ BTCWIRE_INV_WITNESS_BLOCK, 'b' },
	{ BTCWIRE_INV_FILTERED_BLOCK, 'm' },
	{ BTCWIRE_INV_FILTERED_BLOCK | BTCWIRE_INV_WITNESS_FLAG, 'm' },
	{ BTCWIRE_INV_CMPCT_BLOCK, 'c' },
	{ BTCWIRE_INV_WTX, 'w' },
	{ BTCWIRE_INV_WTX | BTCWIRE_INV_WITNESS_FLAG, 'w' },
	{ BTCWIRE_INV_ERROR, 0 },
	{ 6, 0 },
	{ 7, 0 },
	{ 0x102, 0 },
	{ 0x80000001, 0 },
	{ UINT32_MAX, 0 },
};

/* Item 3, by that answer; the others' ids are 9. */
static void
answer_came(char answer)
{
	switch (answer) {
	case 'b':
		block_came(3, T0);
		break;
	case 'm':
		part_came(BTCWIRE_MERKLEBLOCK, 3, T0);
		break;
	case 'c':
		part_came(BTCWIRE_CMPCTBLOCK, 3, T0);
		break;
	case 't':
		tx_came(3, 9, T0);
		break;
	default:
		tx_came(9, 3, T0);
		break;
	}
}

START_TEST(kinds_of_items)
{
	static const char all[] = "bmctw";
	uint64_t handle = ask_items(kinds[_i].type, 3, 1, T0);
	char answer = kinds[_i].answer;
	const char *other;
	bool tx = answer == 't' || answer == 'w';

	ck_assert_int_eq(handle != 0, answer != 0);
	ck_assert_int_eq(btcp_pending_wants_tx(&t), tx);
	ck_assert_int_eq(btcp_pending_wants_block(&t), answer != 0 && !tx);
	ck_assert_int_eq(t.first == NULL, answer == 0);
	if (answer == 0)
		return;
	for (other = all; *other != '\0'; other++)
		if (*other != answer && !(answer == 'c' && *other == 'b'))
			answer_came(*other);
	ck_assert_uint_eq(t.items, 1);
	answer_came(answer);
	ck_assert_uint_eq(t.items, 0);
	ck_assert_ptr_null(t.first);
	ck_assert(!btcp_pending_wants_tx(&t) && !btcp_pending_wants_block(&t));
}
END_TEST

/* BIP 152: who asks for a compact block may get all of it. */
START_TEST(block_for_a_compact_block)
{
	ask_items(BTCWIRE_INV_CMPCT_BLOCK, 3, 2, T0);
	block_came(3, T0);
	ck_assert_uint_eq(t.items, 1);
	part_came(BTCWIRE_CMPCTBLOCK, 4, T0);
	ck_assert_ptr_null(t.first);
}
END_TEST

/* Vectors that are not watched, among others. */
START_TEST(partly_watched)
{
	struct btcwire_invvect vec[] = { { 99, hash_of(1) },
	    { BTCWIRE_INV_TX, hash_of(2) }, { 0, hash_of(3) },
	    { BTCWIRE_INV_BLOCK, hash_of(4) } };
	struct btcwire_inv inv = { vec, 4 };
	struct btcpeer_stall s;
	uint64_t handle = ask_inv(&inv, T0);

	ck_assert_uint_eq(btcp_pending_overdue(&s, &t, T0 + BASE), handle);
	ck_assert_uint_eq(s.outstanding, 2);
	inv.vec_len = 0;
	ck_assert_uint_eq(ask_inv(&inv, T0), 0);
	tx_came(2, 2, T0);
	block_came(4, T0);
	ck_assert_ptr_null(t.first);
}
END_TEST

/* The same item more than once: one arrival settles it everywhere. */
START_TEST(duplicates)
{
	struct btcwire_invvect vec[] = {
	    { BTCWIRE_INV_BLOCK, hash_of(1) }, { BTCWIRE_INV_BLOCK, hash_of(2) },
	    { BTCWIRE_INV_WITNESS_BLOCK, hash_of(1) },
	    { BTCWIRE_INV_BLOCK, hash_of(1) } };
	struct btcwire_inv inv = { vec, 4 };
	struct btcpeer_stall s;
	uint64_t first = ask_inv(&inv, T0), second = ask_inv(&inv, T0);

	ck_assert_uint_ne(first, second);
	ck_assert_uint_eq(t.items, 8);
	block_came(1, T0 + 10);
	ck_assert_uint_eq(t.items, 2);
	ck_assert_uint_eq(btcp_pending_overdue(&s, &t, T0 + 10 + BASE), first);
	ck_assert_uint_eq(s.outstanding, 1);
	block_came(1, T0 + 20);
	ck_assert_uint_eq(t.items, 2);
	block_came(2, T0 + 30);
	ck_assert_ptr_null(t.first);
	ck_assert_ptr_null(t.bucket);
}
END_TEST

/* ---- Handles, memory --------------------------------------------------- */

START_TEST(settle)
{
	uint64_t a = ask(BTCWIRE_GETADDR, T0),
	    b = ask_items(BTCWIRE_INV_TX, 0, 300, T0),
	    c = ask(BTCWIRE_GETADDR, T0);

	btcp_pending_settle(&t, 0);
	btcp_pending_settle(&t, c + 1);
	btcp_pending_settle(&t, b);
	ck_assert_uint_eq(t.items, 0);
	ck_assert_ptr_null(t.bucket);
	ck_assert(!btcp_pending_wants_tx(&t));
	btcp_pending_settle(&t, b);
	btcp_pending_settle(&t, a);
	due_at(T0 + BASE, c, T0);
	btcp_pending_settle(&t, c);
	ck_assert(t.first == NULL && t.last == NULL);
}
END_TEST

/* The items of one request are taken from among those of others. */
START_TEST(settle_one_of_many)
{
	uint64_t handle[4];
	uint32_t i, j;

	for (i = 0; i < 4; i++)
		handle[i] = ask_items(BTCWIRE_INV_BLOCK, 200 * i, 300, T0);
	btcp_pending_settle(&t, handle[1]);
	btcp_pending_settle(&t, handle[3]);
	ck_assert_uint_eq(t.items, 600);
	for (j = 0; j < 1000; j++)
		block_came(j, T0);
	ck_assert_ptr_null(t.first);
}
END_TEST

/* Each allocation fails once: the request is not watched, the others are. */
START_TEST(no_memory)
{
	struct btcwire_inv inv;
	uint64_t before, handle;
	long nth;
	int rc;

	before = ask_items(BTCWIRE_INV_BLOCK, 1000, 60, T0);
	inv = inv_of(BTCWIRE_INV_TX, 0, 100);
	for (nth = 0;; nth++) {
		handle = 77;
		allocs_start_failing(nth);
		rc = btcp_pending_add(&handle, &t, BTCWIRE_GETDATA, &inv);
		allocs_stop();
		if (rc == 0)
			break;
		ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
		ck_assert_uint_eq(handle, 0);
		ck_assert_uint_eq(t.items, 60);
		ck_assert_uint_eq(t.hashed_txs, 0);
		ck_assert_ptr_eq(t.first, t.last);
		due_at(T0 + BASE, before, T0);
		/* Give it its first deadline again. */
		btcp_pending_settle(&t, before);
		before = ask_items(BTCWIRE_INV_BLOCK, 1000, 60, T0);
		inv = inv_of(BTCWIRE_INV_TX, 0, 100);
	}
	ck_assert_int_ge(nth, 102);	/* the request, its items, the buckets */
	ck_assert_uint_ne(handle, 0);
	ck_assert_uint_eq(t.items, 160);
	btcp_pending_written(&t, handle, T0);
	allocs_start_failing(0);
	rc = btcp_pending_add(&handle, &t, BTCWIRE_GETADDR, NULL);
	allocs_stop();
	ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
	ck_assert_uint_eq(t.items, 160);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_pending");
	TCase *tc = add_tcase(s, "rules");

	if (btcu_rand_init() != 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, late, 0, N_ROWS(rules));
	tcase_add_loop_test(tc, answers, 0, N_ROWS(rules));
	tcase_add_loop_test(tc, answered_late, 0, N_ROWS(rules));
	tcase_add_loop_test(tc, callback_time, 0, N_ROWS(rules));
	tcase_add_loop_test(tc, not_requests, 0, BTCWIRE_NTYPES);
	tcase_add_loop_test(tc, no_time_limit, 0, 2);
	tcase_add_test(tc, oldest_first);
	tc = add_tcase(s, "items");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, pipelined);
	tcase_add_test(tc, items_extend);
	tcase_add_test(tc, not_found);
	tcase_add_loop_test(tc, kinds_of_items, 0, N_ROWS(kinds));
	tcase_add_test(tc, block_for_a_compact_block);
	tcase_add_test(tc, partly_watched);
	tcase_add_test(tc, duplicates);
	tc = add_tcase(s, "handles and memory");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, settle);
	tcase_add_test(tc, settle_one_of_many);
	tcase_add_test(tc, no_memory);
	return run_suite(s);
}
