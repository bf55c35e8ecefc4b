/*
 * Large compact blocks: among so many transactions, two of one short id; more
 * bytes than a block may have; and what the largest cost.
 */
#include "config.h"

#include <time.h>

#include "partials.h"
#include "wire/bytes.h"

/* A transaction for each number, UINT32_MAX being a coinbase. */
struct tiny {
	struct btcwire_tx tx;
	struct btcwire_txin in;
};

static void
tiny_init(struct tiny *t, uint32_t number)
{
	static const struct btcwire_txout out;

	t->in = (struct btcwire_txin){ .prev.index = number,
	    .sequence = UINT32_MAX };
	t->tx = (struct btcwire_tx){ .version = 1, .in = &t->in, .in_len = 1,
	    .out = &out, .out_len = 1 };
}

/* The first n of them behind a coinbase. */
static void
open_large(struct scene *s, size_t n)
{
	struct tiny *t = calloc(n, sizeof(*t));
	struct btcwire_tx *tx = calloc(n, sizeof(*tx));
	struct btcwire_block block = { .tx = tx, .tx_len = n };
	size_t i;

	ck_assert_ptr_nonnull(t);
	ck_assert_ptr_nonnull(tx);
	for (i = 0; i < n; i++) {
		tiny_init(&t[i], i == 0 ? UINT32_MAX : (uint32_t)i);
		tx[i] = t[i].tx;
	}
	sound_root(&block);
	gen_init(&s->g, 1);
	scene_of(s, &block);
	free(tx);
	free(t);
}

/* ---- Two transactions of one short id ---------------------------------- */

/*
 * With this nonce, the block of so many of these transactions has one at PLACE
 * whose short id is that of another, FOREIGN.  Found by search: it took 57,619
 * nonces with 131,072 others each.
 */
enum { SIZE = 16384, PLACE = 15182, FOREIGN = 46069, COLLIDING = 57619 };

static void
open_colliding(struct scene *s, struct tiny *foreign)
{
	open_large(s, SIZE);
	tiny_init(foreign, FOREIGN);
	ck_assert_int_eq(btcwire_cmpctblock_new(&s->compact, s->block,
	    COLLIDING, NULL, 0, NULL), 0);
	begin(s);
}

START_TEST(foreign_first)
{
	const uint16_t place = PLACE;
	struct tiny foreign;
	struct scene s;

	open_colliding(&s, &foreign);
	ck_assert(wants(&s, &foreign.tx));
	add(&s, &foreign.tx, NULL);
	ck_assert(!wants(&s, &foreign.tx));
	ck_assert(wants(&s, &s.block->tx[PLACE]));
	add_range(&s, 0, SIZE);
	ck_assert(!wants(&s, &foreign.tx));
	ck_assert(!wants(&s, &s.block->tx[PLACE]));
	add(&s, &foreign.tx, NULL);
	add_range(&s, PLACE, PLACE + 1);
	check_missing(&s, &place, 1);
	fill(&s);
	ck_assert(!wants(&s, &foreign.tx));
	check_whole(&s);
	close_scene(&s);
}
END_TEST

START_TEST(foreign_last)
{
	const uint16_t place = PLACE;
	struct btcwire_msg *own;
	struct tiny foreign;
	struct scene s;

	open_colliding(&s, &foreign);
	own = new_msg(BTCWIRE_TX, &s.block->tx[PLACE]);
	add(&s, btcwire_tx_of(own), own);
	add_range(&s, 0, SIZE);
	ck_assert_uint_eq(refs(own), 2);
	check_missing(&s, NULL, 0);
	ck_assert(!wants(&s, &s.block->tx[PLACE]));
	ck_assert(wants(&s, &foreign.tx));
	add(&s, &foreign.tx, NULL);
	ck_assert_uint_eq(refs(own), 1);
	btcwire_msg_unref(own);
	check_missing(&s, &place, 1);
	fill(&s);
	check_whole(&s);
	close_scene(&s);
}
END_TEST

/* Nothing gives the wrong one away but the merkle root. */
START_TEST(foreign_alone)
{
	struct tiny foreign;
	struct scene s;

	open_colliding(&s, &foreign);
	add(&s, &foreign.tx, NULL);
	add_range(&s, 0, PLACE);
	add_range(&s, PLACE + 1, SIZE);
	check_missing(&s, NULL, 0);
	check_refused(&s, BTCPEER_E_PROOF, "merkle");
	close_scene(&s);
}
END_TEST

/* Nor when the remote sends it, and then the right one is not looked at. */
START_TEST(foreign_from_remote)
{
	struct btcwire_blocktxn body = { .tx_len = 1 };
	struct btcwire_msg *msg;
	struct tiny foreign;
	struct scene s;

	open_colliding(&s, &foreign);
	add_range(&s, 0, PLACE);
	add_range(&s, PLACE + 1, SIZE);
	body.tx = &foreign.tx;
	btcwire_header_hash(&body.block, &s.block->header);
	msg = new_msg(BTCWIRE_BLOCKTXN, &body);
	ck_assert_int_eq(btcwire_partial_fill(s.p, msg, NULL), 0);
	btcwire_msg_unref(msg);
	ck_assert(!wants(&s, &s.block->tx[PLACE]));
	add_range(&s, 0, SIZE);
	check_refused(&s, BTCPEER_E_PROOF, "merkle");
	close_scene(&s);
}
END_TEST

/* The answer that is under way does not know of it: what it brings is taken,
 * and one more has to be asked for. */
START_TEST(foreign_after_asking)
{
	const uint16_t first[] = { 100, 16000 }, then = PLACE;
	struct btcwire_msg *msg;
	struct tiny foreign;
	struct scene s;

	open_colliding(&s, &foreign);
	add_range(&s, 0, 100);
	add_range(&s, 101, 16000);
	add_range(&s, 16001, SIZE);
	check_missing(&s, first, 2);
	msg = answer(&s, first, 2);
	add(&s, &foreign.tx, NULL);
	ck_assert_int_eq(btcwire_partial_fill(s.p, msg, NULL), 0);
	btcwire_msg_unref(msg);
	check_refused(&s, BTCPEER_E_STATE, "missing");
	check_missing(&s, &then, 1);
	fill(&s);
	check_whole(&s);
	close_scene(&s);
}
END_TEST

/* A wrong one that has taken the place gives way to what the remote sends. */
START_TEST(foreign_gives_way)
{
	const uint16_t place = PLACE;
	struct btcwire_msg *msg;
	struct tiny foreign;
	struct scene s;

	open_colliding(&s, &foreign);
	add_range(&s, 0, PLACE);
	add_range(&s, PLACE + 1, SIZE);
	check_missing(&s, &place, 1);
	add(&s, &foreign.tx, NULL);
	check_refused(&s, BTCPEER_E_PROOF, "merkle");
	msg = answer(&s, &place, 1);
	ck_assert_int_eq(btcwire_partial_fill(s.p, msg, NULL), 0);
	btcwire_msg_unref(msg);
	check_whole(&s);
	close_scene(&s);
}
END_TEST

/* ---- Bytes ------------------------------------------------------------- */

/* Two transactions that are legal one by one. */
START_TEST(too_long)
{
	struct btcwire_txout out = { .script = { NULL, 2000000 } };
	struct btcwire_txin in = { .sequence = 1 };
	struct btcwire_tx tx[2] = { { .in = &in, .in_len = 1, .out = &out,
	    .out_len = 1 } };
	struct btcwire_block block = { .tx = tx, .tx_len = 1 };
	uint8_t *script = calloc(1, out.script.len);
	struct scene s;

	ck_assert_ptr_nonnull(script);
	out.script.data = script;
	gen_init(&s.g, 29);
	tx[1] = tx[0];
	tx[1].locktime = 1;
	scene_of(&s, &block);
	block.tx_len = 2;
	ck_assert_int_eq(btcwire_cmpctblock_new(&s.compact, &block, NONCE,
	    NULL, 0, NULL), 0);
	begin(&s);
	add(&s, &tx[1], NULL);
	check_missing(&s, NULL, 0);
	check_refused(&s, BTCPEER_E_TOOBIG, "limit");
	close_scene(&s);
	free(script);
}
END_TEST

/* ---- Cost -------------------------------------------------------------- */

enum { ALL = BTCWIRE_MAX_CMPCT_TXS, OFFERS = 200000 };

/* Many times what it takes, and far from what a square would take. */
#define LIMIT (CLOCKS_PER_SEC * (TEST_SLOW ? 60 : 6))

static unsigned
count_wanted(const struct scene *s, unsigned n)
{
	struct btcwire_hash wtxid = { { 1 } };
	unsigned i, wanted = 0;

	for (i = 0; i < n; i++) {
		xf_set_le32(wtxid.b + 8, i);
		wanted += btcwire_partial_wants(s->p, &wtxid);
	}
	return wanted;
}

START_TEST(largest)
{
	struct scene s;
	clock_t start;
	size_t n;

	open_large(&s, ALL);
	start = clock();
	begin(&s);
	btcwire_partial_missing(s.p, &n);
	ck_assert_uint_eq(n, ALL - 1);
	ck_assert_uint_eq(count_wanted(&s, OFFERS), 0);
	add_range(&s, 0, ALL);
	check_whole(&s);
	ck_assert_int_lt(clock() - start, LIMIT);

	btcwire_msg_unref(s.compact);
	s.compact = NULL;
	start = clock();
	begin(&s);
	fill(&s);
	check_whole(&s);
	ck_assert_int_lt(clock() - start, LIMIT);
	close_scene(&s);
}
END_TEST

static uint64_t
id_same(uint32_t i)
{
	(void)i;
	return UINT64_C(0x123456789abc);
}

static uint64_t
id_ascending(uint32_t i)
{
	return i;
}

static uint64_t
id_descending(uint32_t i)
{
	return UINT64_C(0xffffffffffff) - i;
}

/* Half of them in one stretch of the index, a quarter in the next ... */
static uint64_t
id_halving(uint32_t i)
{
	unsigned zeros = 0;

	while (zeros < 16 && (i >> zeros & 1) == 0)
		zeros++;
	return (uint64_t)zeros << 32 | i;
}

static const struct {
	const char *name;
	uint64_t (*id)(uint32_t i);
} chosen[] = {
	{ "same", id_same },
	{ "ascending", id_ascending },
	{ "descending", id_descending },
	{ "halving", id_halving },
};

/* Short ids that a remote has chosen so that they are hard to sort or find. */
START_TEST(chosen_ids)
{
	static uint64_t id[ALL];
	struct btcwire_cmpctblock body = { .short_id = id, .short_id_len = ALL };
	struct scene s;
	clock_t start;
	uint32_t i;
	size_t n;

	open_large(&s, 1);
	for (i = 0; i < ALL; i++)
		id[i] = chosen[_i].id(i);
	s.compact = new_msg(BTCWIRE_CMPCTBLOCK, &body);
	start = clock();
	begin(&s);
	ck_assert_uint_le(count_wanted(&s, OFFERS), 1);
	btcwire_partial_missing(s.p, &n);
	ck_assert_uint_eq(n, ALL);
	ck_assert_int_lt(clock() - start, LIMIT);
	close_scene(&s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_partial_large");
	TCase *tc = add_tcase(s, "large");

	tcase_add_test(tc, foreign_first);
	tcase_add_test(tc, foreign_last);
	tcase_add_test(tc, foreign_alone);
	tcase_add_test(tc, foreign_from_remote);
	tcase_add_test(tc, foreign_after_asking);
	tcase_add_test(tc, foreign_gives_way);
	tcase_add_test(tc, too_long);
	tcase_add_test(tc, largest);
	tcase_add_loop_test(tc, chosen_ids, 0, N_ROWS(chosen));
	return run_suite(s);
}
