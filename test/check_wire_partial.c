/*
 * Putting compact blocks together from real and random transactions.
 */
#include "config.h"

#include "allocs.h"
#include "partials.h"

static const struct { const char *block, *compact; } files[] = {
	{ "blocks/block898352.raw", "messages/compact898352.raw" },
	{ "blocks/block898352.raw", NULL },
	{ "blocks/block1.raw", NULL },
	{ "blocks/block300025.raw", NULL },
	{ "blocks/block482683.raw", NULL },
	{ "blocks/block928848.raw", NULL },
};

/* All transactions but some, from none to all. */
START_TEST(real_blocks)
{
	struct btcwire_msg *file;
	struct scene s;
	size_t i, left;

	if (!have_data())
		return;
	gen_init(&s.g, 9);
	file = read_msg(files[_i].block, BTCWIRE_BLOCK);
	scene_of(&s, btcwire_block_of(file));
	btcwire_msg_unref(file);
	if (files[_i].compact != NULL)
		s.compact = read_msg(files[_i].compact, BTCWIRE_CMPCTBLOCK);
	for (left = 0; left < 8; left++) {
		begin(&s);
		for (i = 1; i < s.block->tx_len; i++)
			if (gen_below(&s.g, 7) >= left)
				add(&s, &s.block->tx[i], s.whole);
		fill(&s);
		check_whole(&s);
	}
	close_scene(&s);
}
END_TEST

/* One of the ways to own a transaction. */
static void
offer(struct scene *s, size_t i)
{
	struct btcwire_msg *own;

	switch (gen_below(&s->g, 3)) {
	case 0:
		add(s, &s->block->tx[i], NULL);
		break;
	case 1:
		add(s, &s->block->tx[i], s->whole);
		break;
	default:
		own = new_msg(BTCWIRE_TX, &s->block->tx[i]);
		add(s, btcwire_tx_of(own), own);
		btcwire_msg_unref(own);
		break;
	}
}

static void
offer_foreign(struct scene *s)
{
	struct btcwire_tx tx;

	gen_reset(&s->g);
	gen_tx(&s->g, &tx);
	ck_assert(!wants(s, &tx));
	add(s, &tx, NULL);
}

/* Offer some; have says what the partial block must have. */
static void
offer_some(struct scene *s, bool *have, size_t n)
{
	uint64_t share = gen_below(&s->g, 5);
	size_t i, round;

	for (round = 0; round < 2 * n; round++) {
		i = (size_t)gen_below(&s->g, n);
		ck_assert_int_eq(wants(s, &s->block->tx[i]), !have[i]);
		if (gen_below(&s->g, 4) < share) {
			offer(s, i);
			have[i] = true;
			ck_assert(!wants(s, &s->block->tx[i]));
		} else if (gen_below(&s->g, 4) == 0) {
			offer_foreign(s);
		}
	}
}

START_TEST(random_blocks)
{
	struct scene s;
	int round;

	gen_init(&s.g, 10);
	for (round = 0; round < (TEST_SLOW ? 100 : 1000); round++) {
		bool have[60] = { [0] = true };
		uint16_t list[60];
		size_t i, n, len;

		gen_reset(&s.g);
		n = 1 + (size_t)gen_below(&s.g, 60);
		scene_of(&s, sound_block(&s.g, n));
		len = (size_t)gen_below(&s.g, n + 1) *
		    (size_t)gen_below(&s.g, 2);
		gen_ascending(&s.g, list, len, n);
		for (i = 0; i < len; i++)
			have[list[i]] = true;
		ck_assert_int_eq(btcwire_cmpctblock_new(&s.compact, s.block,
		    gen_u64(&s.g), list, len, NULL), 0);
		begin(&s);
		offer_some(&s, have, n);
		for (i = len = 0; i < n; i++)
			if (!have[i])
				list[len++] = (uint16_t)i;
		check_missing(&s, list, len);
		if (len > 0)
			check_refused(&s, BTCPEER_E_STATE, "missing");
		fill(&s);
		check_whole(&s);
		btcwire_msg_unref(s.compact);
		btcwire_msg_unref(s.whole);
	}
	gen_clear(&s.g);
}
END_TEST

/* A reference for each transaction that is of use, as long as it is. */
START_TEST(owners)
{
	struct btcwire_msg *msg;
	struct scene s;
	uint16_t list[] = { 2, 3 };

	open_scene(&s, 11);
	ck_assert_uint_eq(refs(s.compact), 2);
	add_range(&s, 0, 2);	/* 0 is prefilled */
	ck_assert_uint_eq(refs(s.whole), 2);
	add_range(&s, 1, 2);
	ck_assert_uint_eq(refs(s.whole), 2);
	add_range(&s, 4, 12);
	ck_assert_uint_eq(refs(s.whole), 10);
	msg = answer(&s, list, 2);
	ck_assert_int_eq(btcwire_partial_fill(s.p, msg, NULL), 0);
	ck_assert_uint_eq(refs(msg), 3);
	btcwire_partial_free(s.p);
	s.p = NULL;
	ck_assert_uint_eq(refs(msg), 1);
	ck_assert_uint_eq(refs(s.compact), 1);
	ck_assert_uint_eq(refs(s.whole), 1);
	btcwire_msg_unref(msg);
	btcwire_partial_free(NULL);
	close_scene(&s);
}
END_TEST

/* Transactions that turn up while the remote's answer is under way. */
START_TEST(added_after_asking)
{
	const uint16_t all[] = { 5, 6, 7, 8 }, rest[] = { 5, 7, 8 };
	struct btcwire_msg *msg;
	struct scene s;

	open_scene(&s, 12);
	add_range(&s, 1, 5);
	add_range(&s, 9, 12);
	check_missing(&s, all, 4);
	msg = answer(&s, all, 4);
	add_range(&s, 6, 7);
	check_missing(&s, rest, 3);
	ck_assert_int_eq(btcwire_partial_fill(s.p, msg, NULL), 0);
	ck_assert_uint_eq(refs(msg), 5);
	ck_assert_uint_eq(refs(s.whole), 8);
	ck_assert(!wants(&s, &s.block->tx[6]));

	/* Once more is once too often. */
	ck_assert_int_eq(btcwire_partial_fill(s.p, msg, NULL),
	    BTCPEER_E_PROOF);
	check_whole(&s);
	btcwire_msg_unref(msg);
	close_scene(&s);
}
END_TEST

/* The answer may come without the question, when everything is missing. */
START_TEST(not_asked)
{
	uint16_t all[11], i;
	struct btcwire_msg *msg;
	struct scene s;

	open_scene(&s, 13);
	for (i = 0; i < 11; i++)
		all[i] = (uint16_t)(i + 1);
	msg = answer(&s, all, 11);
	ck_assert_int_eq(btcwire_partial_fill(s.p, msg, NULL), 0);
	btcwire_msg_unref(msg);
	msg = answer(&s, all, 0);
	ck_assert_int_eq(btcwire_partial_fill(s.p, msg, NULL), 0);
	ck_assert_uint_eq(refs(msg), 1);
	btcwire_msg_unref(msg);
	check_whole(&s);
	close_scene(&s);
}
END_TEST

static void
check_nomem(const struct btcpeer_error *err, int rc)
{
	ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
	ck_assert_int_eq(err->code, BTCPEER_E_NOMEM);
	check_text("oom", err, "memory");
}

START_TEST(new_out_of_memory)
{
	struct btcwire_partial *p = NULL;
	struct scene s;
	long n;
	int rc;

	open_scene(&s, 14);
	for (n = 0;; n++) {
		struct btcpeer_error err = { 0 };

		allocs_start_failing(n);
		rc = btcwire_partial_new(&p, s.compact, &err);
		allocs_stop();
		if (rc == 0)
			break;
		check_nomem(&err, rc);
		ck_assert_ptr_null(p);
		ck_assert_uint_eq(refs(s.compact), 2);
	}
	ck_assert_int_eq(n, 5);
	btcwire_partial_free(p);
	close_scene(&s);
}
END_TEST

/* Decoding can do with less memory than it tries to have, so this may succeed
 * although an allocation has failed. */
START_TEST(block_out_of_memory)
{
	struct btcwire_msg *msg;
	struct allocs seen;
	struct scene s;
	long n = 0, failed = 0;
	int rc;

	open_scene(&s, 14);
	add_range(&s, 0, 12);
	do {
		struct btcpeer_error err = { 0 };

		msg = NULL;
		allocs_start_failing(n++);
		rc = btcwire_partial_block(&msg, s.p, &err);
		seen = allocs_stop();
		ck_assert((rc == 0) == (msg != NULL));
		if (rc != 0)
			check_nomem(&err, rc);
		failed += rc != 0;
		btcwire_msg_unref(msg);
	} while ((unsigned long)n <= seen.count);
	ck_assert_int_eq(rc, 0);
	ck_assert_int_ge(failed, 4);
	check_whole(&s);
	close_scene(&s);
}
END_TEST

/* What neither takes memory nor can fail for want of it. */
START_TEST(no_memory_needed)
{
	const uint16_t list[] = { 1 };
	struct btcwire_msg *msg;
	struct allocs seen;
	struct scene s;
	int rc;

	open_scene(&s, 15);
	msg = answer(&s, list, 1);
	add_range(&s, 3, 12);
	allocs_start();
	rc = btcwire_partial_add(s.p, &s.block->tx[2], s.whole);
	if (rc == 0)
		rc = btcwire_partial_fill(s.p, msg, NULL);
	seen = allocs_stop();
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(seen.count, 0);
	btcwire_msg_unref(msg);
	check_whole(&s);
	close_scene(&s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_partial");
	TCase *tc = add_tcase(s, "partial");

	tcase_add_loop_test(tc, real_blocks, 0, N_ROWS(files));
	tcase_add_test(tc, random_blocks);
	tcase_add_test(tc, owners);
	tcase_add_test(tc, added_after_asking);
	tcase_add_test(tc, not_asked);
	tcase_add_test(tc, new_out_of_memory);
	tcase_add_test(tc, block_out_of_memory);
	tcase_add_test(tc, no_memory_needed);
	return run_suite(s);
}
