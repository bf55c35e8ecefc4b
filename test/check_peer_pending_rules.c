/*
 * Requests that wait for an answer about a block, and rules that a
 * configuration changes.
 */
#include "config.h"

#include "pendings.h"
#include "util/rand.h"

/* ---- About a block ----------------------------------------------------- */

static const struct {
	enum btcwire_type request, reply;
	bool filters;		/* there are types of it */
	bool parts;		/* some come before the answer */
} about[] = {
	{ BTCWIRE_GETBLOCKTXN, BTCWIRE_BLOCKTXN, false, false },
	{ BTCWIRE_GETBLOCKTXN, BTCWIRE_BLOCK, false, false },
	{ BTCWIRE_GETCFILTERS, BTCWIRE_CFILTER, true, true },
	{ BTCWIRE_GETCFHEADERS, BTCWIRE_CFHEADERS, true, false },
	{ BTCWIRE_GETCFCHECKPT, BTCWIRE_CFCHECKPT, true, false },
};

/* Three requests that are answered out of order, one of them never. */
START_TEST(pipelined)
{
	enum btcwire_type request = about[_i].request, reply = about[_i].reply;
	uint64_t a = ask_about(request, 1, 0, T0);
	uint64_t b = ask_about(request, 2, 0, T0);
	uint64_t c = ask_about(request, 3, 0, T0 + 1000);

	ck_assert(a != 0 && a < b && b < c);
	about_came(reply, 3, 0, T0 + 2000);
	about_came(reply, 1, 0, T0 + 3000);
	ck_assert_ptr_nonnull(t.first);
	ck_assert_ptr_eq(t.first, t.last);
	/* What was written before it has moved on. */
	due_at(T0 + 3000 + BASE, b, T0 + 3000);
	about_came(reply, 2, 0, T0 + 3000 + BASE);
	ck_assert_ptr_null(t.first);
}
END_TEST

/* The same asked twice is answered twice. */
START_TEST(asked_twice)
{
	uint64_t handle;

	ask_about(about[_i].request, 1, 0, T0);
	handle = ask_about(about[_i].request, 1, 0, T0);
	about_came(about[_i].reply, 1, 0, T0 + 500);
	due_at(T0 + 500 + BASE, handle, T0 + 500);
	about_came(about[_i].reply, 1, 0, T0 + 600);
	ck_assert_ptr_null(t.first);
	about_came(about[_i].reply, 1, 0, T0 + 700);
}
END_TEST

/* Neither another block's nor another type's answer is this one's. */
START_TEST(not_the_answer)
{
	uint64_t handle = ask_about(about[_i].request, 1, 0, T0);
	int64_t end = T0 + BASE;

	if (about[_i].filters)
		about_came(about[_i].reply, 1, 1, T0 + 400);
	due_at(end, handle, T0 + 400);
	btcp_pending_settle(&t, handle);
	handle = ask_about(about[_i].request, 1, 0, T0);
	about_came(about[_i].reply, 2, 0, T0 + 500);
	if (about[_i].parts)
		end += 500;
	due_at(end, handle, T0 + 500);
}
END_TEST

START_TEST(progress)
{
	uint64_t handle = ask_about(about[_i].request, 1, 0, T0);

	btcp_pending_progress(&t, about[_i].reply, T0 + 9000);
	btcp_pending_progress(&t, BTCWIRE_HEADERS, T0 + 9500);
	btcp_pending_progress(&t, BTCWIRE_TX, T0 + 9500);
	due_at(T0 + 9000 + BASE, handle, T0 + 9500);
}
END_TEST

/* Of a thousand filters each is just in time, and the last one the answer. */
START_TEST(filters_extend)
{
	int64_t now = T0;
	uint32_t i;

	ask_about(BTCWIRE_GETCFILTERS, 1000, 0, T0);
	for (i = 1; i < 1000; i++) {
		now += BASE - 1;
		ck_assert_uint_eq(overdue(now), 0);
		about_came(BTCWIRE_CFILTER, i, 0, now);
		ck_assert_int_eq(btcp_pending_deadline(&t, now), now + BASE);
	}
	about_came(BTCWIRE_CFILTER, 1000, 0, now + BASE - 1);
	ck_assert_ptr_null(t.first);
}
END_TEST

/* The filters of the first of two requests extend both, those of the second
 * are taken for the first's as long as that waits. */
START_TEST(filters_of_two)
{
	uint64_t a = ask_about(BTCWIRE_GETCFILTERS, 10, 0, T0);
	uint64_t b = ask_about(BTCWIRE_GETCFILTERS, 20, 0, T0);
	uint64_t other = ask_about(BTCWIRE_GETCFILTERS, 20, 7, T0);

	about_came(BTCWIRE_CFILTER, 5, 0, T0 + 100);
	due_at(T0 + 100 + BASE, a, T0 + 100);
	about_came(BTCWIRE_CFILTER, 20, 0, T0 + 200 + BASE);
	btcp_pending_settle(&t, b);	/* it is gone */
	about_came(BTCWIRE_CFILTER, 10, 0, T0 + 300 + BASE);
	due_at(T0 + 300 + 2 * BASE, other, T0 + 300 + BASE);
	about_came(BTCWIRE_CFILTER, 5, 0, T0 + 300 + 2 * BASE);
	due_at(T0 + 300 + 3 * BASE, other, T0 + 300 + 2 * BASE);
}
END_TEST

/* The last filter of one request may be in the middle of an older one. */
START_TEST(filter_of_both)
{
	uint64_t a = ask_about(BTCWIRE_GETCFILTERS, 10, 0, T0);

	ask_about(BTCWIRE_GETCFILTERS, 5, 0, T0);
	about_came(BTCWIRE_CFILTER, 5, 0, T0 + 100);
	due_at(T0 + 100 + BASE, a, T0 + 100);
	ck_assert(t.first != NULL && t.first == t.last);
}
END_TEST

/* Nobody has more filters than a request is about: then its time runs. */
START_TEST(filters_without_end)
{
	int64_t now = T0;
	uint64_t a = ask_about(BTCWIRE_GETCFILTERS, 5000, 0, T0);
	uint32_t i;

	for (i = 1; i <= 1000; i++)
		about_came(BTCWIRE_CFILTER, i, 0, ++now);
	for (; i < 1100; i++) {
		btcp_pending_progress(&t, BTCWIRE_CFILTER, now + i);
		about_came(BTCWIRE_CFILTER, i, 0, now + i);
	}
	due_at(now + BASE, a, now);
	about_came(BTCWIRE_CFILTER, 5000, 0, now + BASE);
	ck_assert_ptr_null(t.first);
}
END_TEST

/* A whole block answers both who asked for it and who asked for its rest, and
 * is hashed for either. */
START_TEST(block_for_transactions)
{
	uint64_t a, b;

	ck_assert(!btcp_pending_wants_block(&t));
	a = ask_about(BTCWIRE_GETBLOCKTXN, 1, 0, T0);
	ck_assert(btcp_pending_wants_block(&t) && !btcp_pending_wants_tx(&t));
	b = ask_items(BTCWIRE_INV_BLOCK, 1, 1, T0);
	ck_assert(a != 0 && b != 0);
	part_came(BTCWIRE_CMPCTBLOCK, 1, T0 + 1);
	part_came(BTCWIRE_MERKLEBLOCK, 1, T0 + 1);
	ck_assert(t.first != t.last);
	block_came(1, T0 + 2);
	ck_assert_ptr_null(t.first);
	ck_assert(!btcp_pending_wants_block(&t));
	ask_about(BTCWIRE_GETCFILTERS, 1, 0, T0);
	block_came(1, T0 + 2);
	ck_assert_ptr_nonnull(t.first);
	ck_assert(!btcp_pending_wants_block(&t));
}
END_TEST

/* ---- What has come ----------------------------------------------------- */

static void
described(enum btcwire_type type, const void *body, uint8_t filter_type,
    const struct btcwire_hash *want)
{
	struct btcwire_hash h[2];
	struct btcp_arrival a;
	struct btcwire_msg *msg;

	ck_assert_int_eq(btcwire_msg_new(&msg, type, body, NULL), 0);
	btcp_arrival_describe(&a, h, msg, false, false);
	ck_assert_int_eq(a.type, type);
	ck_assert_ptr_null(a.notfound);
	ck_assert_ptr_null(a.wtxid);
	ck_assert_int_eq(a.hash != NULL, want != NULL);
	if (want != NULL)
		ck_assert_mem_eq(a.hash->b, want->b, sizeof(want->b));
	ck_assert_uint_eq(a.filter_type, filter_type);
	btcwire_msg_unref(msg);
}

START_TEST(descriptions)
{
	struct btcwire_hash h = hash_of(9);
	struct btcwire_blocktxn txn = { .block = h };
	struct btcwire_cfilter filter = { 3, h, { NULL, 0 } };
	struct btcwire_cfheaders headers = { .filter_type = 4, .stop = h };
	struct btcwire_cfcheckpt checkpt = { .filter_type = 5, .stop = h };
	struct btcwire_block block = { .header = { .version = 1 } };
	struct btcwire_ping ping = { 1 };

	described(BTCWIRE_BLOCKTXN, &txn, 0, &h);
	described(BTCWIRE_CFILTER, &filter, 3, &h);
	described(BTCWIRE_CFHEADERS, &headers, 4, &h);
	described(BTCWIRE_CFCHECKPT, &checkpt, 5, &h);
	described(BTCWIRE_BLOCK, &block, 0, NULL);	/* nobody waits for it */
	described(BTCWIRE_PING, &ping, 0, NULL);
}
END_TEST

/* ---- Rules of the configuration ---------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	int64_t base_ms;
	struct btcpeer_stall_rule rule[2];	/* timeout_ms 0 of UNKNOWN: none */
	enum btcwire_type ask;
	int64_t ms;		/* -1: not watched */
	bool disconnect;
} configured[] = {
	{ "no rule", BASE, { { BTCWIRE_UNKNOWN, false, 0 } },
	    BTCWIRE_GETHEADERS, 3 * BASE, true },
	{ "shorter", BASE, { { BTCWIRE_GETHEADERS, true, 5 } },
	    BTCWIRE_GETHEADERS, 5, true },
	{ "longer, an event alone", BASE,
	    { { BTCWIRE_GETCFILTERS, false, 9 * BASE } },
	    BTCWIRE_GETCFILTERS, 9 * BASE, false },
	{ "only the action", BASE, { { BTCWIRE_GETHEADERS, false, 0 } },
	    BTCWIRE_GETHEADERS, 3 * BASE, false },
	{ "silence is punished", BASE, { { BTCWIRE_GETADDR, true, 0 } },
	    BTCWIRE_GETADDR, BASE, true },
	{ "not watched", BASE, { { BTCWIRE_GETDATA, true, -1 } },
	    BTCWIRE_GETDATA, -1, true },
	{ "another one is not watched", BASE, { { BTCWIRE_GETDATA, true, -1 } },
	    BTCWIRE_GETBLOCKTXN, BASE, true },
	{ "the only one that is watched", -1, { { BTCWIRE_MEMPOOL, true, 77 } },
	    BTCWIRE_MEMPOOL, 77, true },
	{ "others are not", -1, { { BTCWIRE_MEMPOOL, true, 77 } },
	    BTCWIRE_GETDATA, -1, true },
	{ "the default of none", -1, { { BTCWIRE_GETBLOCKS, true, 0 } },
	    BTCWIRE_GETBLOCKS, -1, true },
	{ "two of them", BASE, { { BTCWIRE_GETCFHEADERS, false, 6 },
	    { BTCWIRE_GETCFCHECKPT, true, 7 } },
	    BTCWIRE_GETCFCHECKPT, 7, true },
	{ "two of one: the latter", BASE, { { BTCWIRE_GETBLOCKTXN, false, 6 },
	    { BTCWIRE_GETBLOCKTXN, true, 7 } },
	    BTCWIRE_GETBLOCKTXN, 7, true },
	{ "what is no request changes nothing", BASE,
	    { { BTCWIRE_PING, false, 6 } },
	    BTCWIRE_GETDATA, BASE, true },
};
/* clang-format on */

START_TEST(configured_rules)
{
	const char *name = configured[_i].name;
	size_t n = configured[_i].rule[1].timeout_ms != 0 ? 2 : 1;
	struct btcpeer_stall s;
	uint64_t handle;

	btcp_pending_clear(&t);
	btcp_pending_init(&t, configured[_i].base_ms, configured[_i].rule, n);
	handle = ask(configured[_i].ask, T0);
	ck_assert_msg((handle != 0) == (configured[_i].ms >= 0), "%s", name);
	if (handle == 0) {
		ck_assert_ptr_null(t.first);
		return;
	}
	ck_assert_msg(overdue(T0 + configured[_i].ms - 1) == 0, "%s", name);
	ck_assert_msg(btcp_pending_overdue(&s, &t, T0 + configured[_i].ms) ==
	    handle, "%s", name);
	ck_assert_msg(s.disconnect == configured[_i].disconnect, "%s", name);
	due_at(T0 + 2 * configured[_i].ms, handle, T0 + configured[_i].ms);
}
END_TEST

/* The shortest one decides when to look, whichever was asked last. */
START_TEST(earliest_of_several)
{
	static const struct btcpeer_stall_rule rule = { BTCWIRE_GETADDR, true,
	    100 };
	uint64_t slow, quick;

	btcp_pending_clear(&t);
	btcp_pending_init(&t, BASE, &rule, 1);
	slow = add_about(BTCWIRE_GETHEADERS, 0, 0);
	quick = add_about(BTCWIRE_GETADDR, 0, 0);
	ck_assert_int_eq(btcp_pending_written(&t, slow, T0), T0 + 3 * BASE);
	ck_assert_int_eq(btcp_pending_written(&t, quick, T0), T0 + 100);
	ck_assert_int_eq(btcp_pending_written(&t, quick + 1, T0), BTCU_NEVER);
	due_at(T0 + 100, quick, T0);
	btcp_pending_settle(&t, quick);
	due_at(T0 + 3 * BASE, slow, T0 + 100);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_pending_rules");
	TCase *tc = add_tcase(s, "about a block");

	if (btcu_rand_init() != 0)
		return EXIT_FAILURE;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, pipelined, 0, N_ROWS(about));
	tcase_add_loop_test(tc, asked_twice, 0, N_ROWS(about));
	tcase_add_loop_test(tc, not_the_answer, 0, N_ROWS(about));
	tcase_add_loop_test(tc, progress, 0, N_ROWS(about));
	tcase_add_test(tc, filters_extend);
	tcase_add_test(tc, filters_of_two);
	tcase_add_test(tc, filter_of_both);
	tcase_add_test(tc, filters_without_end);
	tcase_add_test(tc, block_for_transactions);
	tcase_add_test(tc, descriptions);
	tc = add_tcase(s, "configured");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, configured_rules, 0, N_ROWS(configured));
	tcase_add_test(tc, earliest_of_several);
	return run_suite(s);
}
