/*
 * What is announced to a remote, when, and what is left out.
 */
#include "config.h"

#include "allocs.h"
#include "gen.h"
#include "peer/inventory.h"
#include "runner.h"
#include "util/clock.h"
#include "util/rand.h"

#define T0 INT64_C(40000)
#define INTERVAL INT64_C(10000)
#define MANY 5000

enum { ROUNDS = TEST_SLOW ? 300 : 3000, SAMPLES = 20000 };

/* Hashes that tell what they are of. */
enum of { TX = 1, WTX, BLOCK };

static struct btcwire_hash
hash_of(enum of of, uint32_t n)
{
	struct btcwire_hash h = { .b = { 0 } };

	h.b[0] = (uint8_t)of;
	memcpy(h.b + 28, &n, sizeof(n));
	return h;
}

static uint32_t
number_of(const struct btcwire_hash *h)
{
	uint32_t n;

	memcpy(&n, h->b + 28, sizeof(n));
	return n;
}

static int
add_tx(struct btcp_inventory *inv, uint32_t n, int64_t now_ms)
{
	struct btcwire_hash id = hash_of(TX, n), wtxid = hash_of(WTX, n);

	return btcp_inventory_add(inv, false, &id, &wtxid, now_ms);
}

static int
add_block(struct btcp_inventory *inv, uint32_t n, int64_t now_ms)
{
	struct btcwire_hash id = hash_of(BLOCK, n);

	return btcp_inventory_add(inv, true, &id, NULL, now_ms);
}

static void
known(struct btcp_inventory *inv, uint32_t type, enum of of, uint32_t n)
{
	struct btcwire_hash h = hash_of(of, n);

	btcp_inventory_known(inv, type, &h);
}

static struct btcwire_invvect out[BTCP_INV_MSG_MAX];

static size_t
take(struct btcp_inventory *inv, int64_t now_ms)
{
	return btcp_inventory_take(out, inv, false, true, now_ms);
}

/* ---- Time -------------------------------------------------------------- */

START_TEST(trickle)
{
	struct btcp_inventory inv;

	btcp_inventory_init(&inv, MANY, INTERVAL, true);
	ck_assert_int_eq(btcp_inventory_due(&inv), BTCU_NEVER);
	ck_assert_uint_eq(take(&inv, T0), 0);
	ck_assert_uint_eq(take(&inv, BTCU_NEVER - 1), 0);

	/* From the first one on; later ones go with it. */
	ck_assert_int_eq(add_tx(&inv, 1, T0), 0);
	ck_assert_int_eq(btcp_inventory_due(&inv), T0 + INTERVAL);
	ck_assert_int_eq(add_tx(&inv, 2, T0 + 9999), 0);
	ck_assert_int_eq(btcp_inventory_due(&inv), T0 + INTERVAL);
	ck_assert_uint_eq(take(&inv, T0 + INTERVAL - 1), 0);
	ck_assert_int_eq(btcp_inventory_due(&inv), T0 + INTERVAL);
	ck_assert_uint_eq(take(&inv, T0 + INTERVAL), 2);
	ck_assert_int_eq(btcp_inventory_due(&inv), BTCU_NEVER);
	ck_assert_uint_eq(take(&inv, T0 + INTERVAL), 0);

	/* Nothing was waiting: the next one starts afresh. */
	ck_assert_int_eq(add_tx(&inv, 3, T0 + 50000), 0);
	ck_assert_int_eq(btcp_inventory_due(&inv), T0 + 50000 + INTERVAL);
	/* One that is known does not. */
	btcp_inventory_clear(&inv);
	ck_assert_ptr_null(inv.txs.v);

	btcp_inventory_init(&inv, MANY, INTERVAL, true);
	known(&inv, BTCWIRE_INV_TX, TX, 3);
	ck_assert_int_eq(add_tx(&inv, 3, T0), 0);
	ck_assert_int_eq(btcp_inventory_due(&inv), BTCU_NEVER);
	btcp_inventory_clear(&inv);
}
END_TEST

START_TEST(never)
{
	struct btcp_inventory inv;

	btcp_inventory_init(&inv, MANY, -1, _i == 0);
	ck_assert_int_eq(add_tx(&inv, 1, T0), 0);
	ck_assert_int_eq(btcp_inventory_due(&inv), BTCU_NEVER);
	ck_assert_uint_eq(take(&inv, BTCU_NEVER - 1), 0);
	ck_assert_int_eq(add_block(&inv, 1, T0), 0);	/* blocks go all the same */
	ck_assert_uint_eq(take(&inv, T0), 1);
	btcp_inventory_clear(&inv);
}
END_TEST

/*
 * Exponential around the mean.  Over 20,000 samples the mean strays by 0.7 %
 * (one standard deviation), the share below the median by 0.35 points: the
 * bounds are more than ten of them wide.
 */
START_TEST(randomised)
{
	struct btcp_inventory inv;
	int64_t wait, sum = 0;
	int i, low = 0;

	for (i = 0; i < SAMPLES; i++) {
		btcp_inventory_init(&inv, MANY, INTERVAL, false);
		ck_assert_int_eq(add_tx(&inv, 1, T0), 0);
		wait = btcp_inventory_due(&inv) - T0;
		ck_assert_int_ge(wait, 0);
		ck_assert_int_le(wait, 25 * INTERVAL);
		sum += wait;
		low += wait < INTERVAL * 693147 / 1000000;
		btcp_inventory_clear(&inv);
	}
	ck_assert_int_gt(sum / SAMPLES, INTERVAL * 90 / 100);
	ck_assert_int_lt(sum / SAMPLES, INTERVAL * 110 / 100);
	ck_assert_int_gt(low, SAMPLES * 45 / 100);
	ck_assert_int_lt(low, SAMPLES * 55 / 100);
}
END_TEST

/* ---- Blocks ------------------------------------------------------------ */

START_TEST(blocks_at_once)
{
	struct btcp_inventory inv;
	uint32_t n;
	size_t len;

	btcp_inventory_init(&inv, MANY, INTERVAL, true);
	ck_assert_int_eq(add_tx(&inv, 1, T0), 0);
	for (n = 0; n < 2500; n++)
		ck_assert_int_eq(add_block(&inv, n, T0), 0);
	known(&inv, BTCWIRE_INV_BLOCK, BLOCK, 7);	/* since it was queued */
	for (n = 0; btcp_inventory_due(&inv) <= T0;) {
		len = take(&inv, T0);
		ck_assert_uint_le(len, BTCP_INV_MSG_MAX);
		for (size_t i = 0; i < len; i++, n++) {
			n += n == 7;
			ck_assert_uint_eq(out[i].type, BTCWIRE_INV_BLOCK);
			ck_assert_uint_eq(number_of(&out[i].hash), n);
		}
	}
	ck_assert_uint_eq(n, 2500);
	ck_assert_ptr_null(inv.blocks.v);
	ck_assert_int_eq(btcp_inventory_due(&inv), T0 + INTERVAL);
	ck_assert_uint_eq(take(&inv, T0), 0);
	/* Both forms of relay leave blocks alone. */
	ck_assert_int_eq(add_block(&inv, 9999, T0), 0);
	ck_assert_uint_eq(btcp_inventory_take(out, &inv, true, false, T0), 1);
	ck_assert_uint_eq(out[0].type, BTCWIRE_INV_BLOCK);
	btcp_inventory_clear(&inv);
}
END_TEST

/* A remote that has a block has it in every form. */
START_TEST(block_forms)
{
	static const struct {
		uint32_t type;
		bool knows;
	} forms[] = {
		{ BTCWIRE_INV_BLOCK, true },
		{ BTCWIRE_INV_WITNESS_BLOCK, true },
		{ BTCWIRE_INV_FILTERED_BLOCK, true },
		{ BTCWIRE_INV_CMPCT_BLOCK, true },
		{ BTCWIRE_INV_FILTERED_BLOCK | BTCWIRE_INV_WITNESS_FLAG, true },
		{ BTCWIRE_INV_TX, false },
		{ BTCWIRE_INV_WTX, false },
		{ BTCWIRE_INV_ERROR, false },
	};
	struct btcp_inventory inv;
	uint32_t n;

	btcp_inventory_init(&inv, MANY, INTERVAL, true);
	for (n = 0; n < (uint32_t)N_ROWS(forms); n++) {
		known(&inv, forms[n].type, BLOCK, n);
		ck_assert_int_eq(add_block(&inv, n, T0), 0);
		ck_assert_uint_eq(take(&inv, T0), forms[n].knows ? 0 : 1);
	}
	btcp_inventory_clear(&inv);
}
END_TEST

/* ---- Transactions ------------------------------------------------------ */

START_TEST(tx_forms)
{
	static const struct {
		uint32_t type;
		enum of of;
		bool knows;
	} forms[] = {
		{ BTCWIRE_INV_TX, TX, true },
		{ BTCWIRE_INV_WITNESS_TX, TX, true },
		{ BTCWIRE_INV_WTX, WTX, true },
		{ BTCWIRE_INV_WTX | BTCWIRE_INV_WITNESS_FLAG, WTX, true },
		{ BTCWIRE_INV_WTX, TX, false },
		{ BTCWIRE_INV_TX, WTX, false },
		{ BTCWIRE_INV_BLOCK, TX, false },
		{ 0x77, TX, false },
	};
	struct btcp_inventory inv;
	uint32_t n;

	for (n = 0; n < 2 * (uint32_t)N_ROWS(forms); n++) {
		btcp_inventory_init(&inv, MANY, INTERVAL, true);
		/* Known before it is queued, or before it is due. */
		if (n % 2 == 0)
			known(&inv, forms[n / 2].type, forms[n / 2].of, n);
		ck_assert_int_eq(add_tx(&inv, n, T0), 0);
		known(&inv, forms[n / 2].type, forms[n / 2].of, n);
		ck_assert_uint_eq(take(&inv, T0 + INTERVAL),
		    forms[n / 2].knows ? 0 : 1);
		ck_assert_int_eq(btcp_inventory_due(&inv), BTCU_NEVER);
		btcp_inventory_clear(&inv);
	}
}
END_TEST

/* By txid or by wtxid, as was negotiated; from then on both are known. */
START_TEST(txid_or_wtxid)
{
	struct btcwire_hash tx = hash_of(TX, 1), wtx = hash_of(WTX, 1);
	struct btcp_inventory inv;
	bool wtxid_relay = _i & 1, has_wtxid = _i & 2;

	btcp_inventory_init(&inv, MANY, INTERVAL, true);
	ck_assert_int_eq(btcp_inventory_add(&inv, false, &tx,
	    has_wtxid ? &wtx : NULL, T0), 0);
	ck_assert_uint_eq(btcp_inventory_take(out, &inv, wtxid_relay, true,
	    T0 + INTERVAL), 1);
	ck_assert_uint_eq(out[0].type, wtxid_relay ? BTCWIRE_INV_WTX
	    : BTCWIRE_INV_TX);
	ck_assert(btcwire_hash_equal(&out[0].hash,
	    wtxid_relay && has_wtxid ? &wtx : &tx));

	ck_assert_int_eq(btcp_inventory_add(&inv, false, &tx, NULL, T0), 0);
	ck_assert_int_eq(btcp_inventory_add(&inv, false, &tx, &wtx, T0), 0);
	if (has_wtxid) {
		tx = hash_of(TX, 2);	/* another id, the same wtxid */
		ck_assert_int_eq(btcp_inventory_add(&inv, false, &tx, &wtx, T0),
		    0);
	}
	ck_assert_int_eq(btcp_inventory_due(&inv), BTCU_NEVER);
	btcp_inventory_clear(&inv);
}
END_TEST

START_TEST(no_relay)
{
	struct btcp_inventory inv;
	uint32_t n;

	btcp_inventory_init(&inv, MANY, INTERVAL, true);
	for (n = 0; n < 3000; n++)
		ck_assert_int_eq(add_tx(&inv, n, T0), 0);
	ck_assert_int_eq(add_block(&inv, 1, T0), 0);
	ck_assert_uint_eq(btcp_inventory_take(out, &inv, true, false,
	    T0 + INTERVAL), 1);
	ck_assert_uint_eq(btcp_inventory_take(out, &inv, true, false,
	    T0 + INTERVAL), 0);
	ck_assert_int_eq(btcp_inventory_due(&inv), BTCU_NEVER);
	ck_assert_uint_eq(inv.txs.len, 0);
	ck_assert_ptr_null(inv.txs.v);
	/* It was not announced, so it is not known. */
	ck_assert_int_eq(add_tx(&inv, 5, T0), 0);
	ck_assert_uint_eq(take(&inv, T0 + INTERVAL), 1);
	btcp_inventory_clear(&inv);
}
END_TEST

/* Shuffled: where each comes out says nothing of where it went in. */
START_TEST(shuffled)
{
	struct btcp_inventory inv;
	uint32_t n;
	int same = 0, half = 0;

	btcp_inventory_init(&inv, MANY, INTERVAL, true);
	for (n = 0; n < 1000; n++)
		ck_assert_int_eq(add_tx(&inv, n, T0), 0);
	ck_assert_uint_eq(take(&inv, T0 + INTERVAL), 1000);
	for (n = 0; n < 1000; n++) {
		same += number_of(&out[n].hash) == n ||
		    number_of(&out[n].hash) == 999 - n;
		half += n < 500 && number_of(&out[n].hash) < 500;
	}
	/* About two at the same place; about 250 of the first half stay there,
	 * give or take 8. */
	ck_assert_int_lt(same, 50);
	ck_assert_int_gt(half, 150);
	ck_assert_int_lt(half, 350);
	btcp_inventory_clear(&inv);
}
END_TEST

/* ---- Bounds ------------------------------------------------------------ */

/* A flood of transactions comes out in messages of at most 1,000, each once. */
START_TEST(queue_bound)
{
	static uint8_t seen[BTCP_INV_QUEUE_MAX];
	struct btcp_inventory inv;
	size_t len, i, sum = 0;
	uint32_t n;

	btcp_inventory_init(&inv, BTCP_INV_QUEUE_MAX, INTERVAL, true);
	for (n = 0; n < BTCP_INV_QUEUE_MAX; n++)
		if ((_i == 0 ? add_tx(&inv, n, T0) : add_block(&inv, n, T0)) != 0)
			ck_abort_msg("%u", n);
	ck_assert_int_eq(_i == 0 ? add_tx(&inv, n, T0) : add_block(&inv, n, T0),
	    BTCPEER_E_FULL);
	/* The other kind has room of its own. */
	ck_assert_int_eq(_i == 0 ? add_block(&inv, 1, T0) : add_tx(&inv, 1, T0),
	    0);
	if (_i == 0)
		ck_assert_uint_eq(take(&inv, T0), 1);
	while ((len = take(&inv, T0 + INTERVAL)) > 0) {
		ck_assert_uint_le(len, BTCP_INV_MSG_MAX);
		if (_i == 1 && out[0].type == BTCWIRE_INV_TX)
			continue;
		sum += len;
		for (i = 0; i < len; i++)
			if (seen[number_of(&out[i].hash)]++ != 0)
				ck_abort_msg("twice: %u", number_of(&out[i].hash));
	}
	ck_assert_uint_eq(sum, BTCP_INV_QUEUE_MAX);
	ck_assert(inv.txs.v == NULL && inv.blocks.v == NULL);
	/* There is room again. */
	ck_assert_int_eq(add_tx(&inv, BTCP_INV_QUEUE_MAX, T0), 0);
	btcp_inventory_clear(&inv);
}
END_TEST

/* As many as were asked for are remembered, of whatever kind: those that the
 * remote announced, and those that we did. */
START_TEST(remembers_the_most_recent)
{
	enum { N = 100 };
	struct btcp_inventory inv;
	uint32_t n;

	btcp_inventory_init(&inv, N, INTERVAL, true);
	for (n = 0; n < N; n++) {
		if (_i == 0)
			ck_assert_int_eq(add_tx(&inv, n, T0), 0);
		else if (_i == 1)
			ck_assert_int_eq(add_block(&inv, n, T0), 0);
		else
			known(&inv, BTCWIRE_INV_TX, TX, n);
	}
	ck_assert_uint_eq(take(&inv, T0 + INTERVAL), _i == 2 ? 0 : N);
	for (n = 0; n < N; n++)
		ck_assert_int_eq(_i == 1 ? add_block(&inv, n, T0)
		    : add_tx(&inv, n, T0), 0);
	ck_assert_uint_eq(inv.txs.len + inv.blocks.len, 0);
	/* But not without end. */
	for (n = N; n < 10 * N; n++) {
		known(&inv, BTCWIRE_INV_TX, TX, n);
		known(&inv, BTCWIRE_INV_WTX, WTX, n);
	}
	ck_assert_uint_le(inv.known.young.len + inv.known.old.len, 4 * N);
	ck_assert_int_eq(add_tx(&inv, 0, T0), 0);
	ck_assert_uint_eq(inv.txs.len, 1);
	btcp_inventory_clear(&inv);
}
END_TEST

START_TEST(no_memory)
{
	struct btcp_inventory inv;
	uint32_t n;
	int rc, failed = 0;

	btcp_inventory_init(&inv, MANY, INTERVAL, true);
	for (n = 0; n < 100; n++) {
		allocs_start_failing(0);
		rc = _i == 0 ? add_tx(&inv, n, T0) : add_block(&inv, n, T0);
		allocs_stop();
		if (rc == 0)
			continue;
		failed++;
		ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
		ck_assert_int_eq(btcp_inventory_due(&inv), n == 0 ? BTCU_NEVER :
		    _i == 0 ? T0 + INTERVAL : INT64_MIN);
		ck_assert_int_eq(_i == 0 ? add_tx(&inv, n, T0)
		    : add_block(&inv, n, T0), 0);
	}
	ck_assert_int_ge(failed, 3);
	/* Without memory to remember, they are still announced. */
	allocs_start_failing(0);
	n = (uint32_t)take(&inv, T0 + INTERVAL);
	allocs_stop();
	ck_assert_uint_eq(n, 100);
	btcp_inventory_clear(&inv);
}
END_TEST

/* ---- At random --------------------------------------------------------- */

enum { TXS = 300, BLOCKS = 60 };

/* What we queued, and what the remote has. */
struct model {
	bool queued[TXS], has[TXS];
	bool block_queued[BLOCKS], block_has[BLOCKS];
	uint32_t order[BLOCKS * 4];	/* of the blocks that were queued */
	size_t order_len;
	unsigned announced;
};

static void
queue_random(struct model *m, struct btcp_inventory *inv, struct gen *g,
    int64_t now)
{
	uint32_t n = (uint32_t)gen_below(g, TXS), b = n % BLOCKS;

	if (gen_below(g, 8) != 0) {
		ck_assert_int_eq(add_tx(inv, n, now), 0);
		m->queued[n] = m->queued[n] || !m->has[n];
		return;
	}
	ck_assert_int_eq(add_block(inv, b, now), 0);
	if (!m->block_has[b] && !m->block_queued[b]) {
		m->block_queued[b] = true;
		m->order[m->order_len++] = b;
	}
}

static void
know_random(struct model *m, struct btcp_inventory *inv, struct gen *g)
{
	static const uint32_t blocks[] = { BTCWIRE_INV_BLOCK,
	    BTCWIRE_INV_WITNESS_BLOCK, BTCWIRE_INV_CMPCT_BLOCK };
	uint32_t n = (uint32_t)gen_below(g, TXS);

	switch (gen_below(g, 4)) {
	case 0:
		known(inv, BTCWIRE_INV_WITNESS_TX, TX, n);
		m->has[n] = true;
		break;
	case 1:
		known(inv, BTCWIRE_INV_WTX, WTX, n);
		m->has[n] = true;
		break;
	case 2:
		known(inv, blocks[n % 3], BLOCK, n % BLOCKS);
		m->block_has[n % BLOCKS] = true;
		break;
	default:	/* something that we never announce */
		known(inv, BTCWIRE_INV_BLOCK, TX, n);
		break;
	}
}

/* Nothing that the remote has, nothing that was not queued, nothing twice;
 * blocks in the order of queueing. */
static void
check_vec(struct model *m, size_t len, bool wtxid_relay)
{
	size_t i, at = 0;
	uint32_t n;

	ck_assert_uint_le(len, BTCP_INV_MSG_MAX);
	for (i = 0; i < len; i++) {
		n = number_of(&out[i].hash);
		if (out[i].type == BTCWIRE_INV_BLOCK) {
			ck_assert(m->block_queued[n] && !m->block_has[n]);
			m->block_has[n] = true;
			while (at < m->order_len && m->order[at] != n)
				at++;
			ck_assert_uint_lt(at, m->order_len);
			continue;
		}
		ck_assert_uint_eq(out[i].type, wtxid_relay ? BTCWIRE_INV_WTX
		    : BTCWIRE_INV_TX);
		ck_assert_uint_eq(out[i].hash.b[0], wtxid_relay ? WTX : TX);
		ck_assert(m->queued[n] && !m->has[n]);
		m->has[n] = true;
		m->announced++;
	}
}

/* After everything due was taken: nothing is left that should have come. */
static void
check_all_out(struct model *m, bool txs_too, bool relay)
{
	uint32_t n;

	for (n = 0; n < BLOCKS; n++) {
		ck_assert(!m->block_queued[n] || m->block_has[n]);
		m->block_queued[n] = false;
	}
	m->order_len = 0;
	for (n = 0; n < TXS && txs_too; n++) {
		ck_assert(!relay || !m->queued[n] || m->has[n]);
		m->queued[n] = false;
	}
}

START_TEST(random_operations)
{
	bool wtxid_relay = _i % 2 == 1, relay, due;
	struct model m = { .announced = 0 };
	struct btcp_inventory inv;
	int64_t now = T0;
	struct gen g;
	size_t len;
	int i, k;

	gen_init(&g, 500 + (uint64_t)_i);
	btcp_inventory_init(&inv, MANY, 50, _i < 4);
	for (i = 0; i < ROUNDS; i++) {
		for (k = (int)gen_below(&g, 12); k > 0; k--)
			queue_random(&m, &inv, &g, now);
		for (k = (int)gen_below(&g, 4); k > 0; k--)
			know_random(&m, &inv, &g);
		now += (int64_t)gen_below(&g, 30);
		relay = gen_below(&g, 10) != 0;
		due = now >= inv.due_ms || inv.txs.len == 0;
		while ((len = btcp_inventory_take(out, &inv, wtxid_relay, relay,
		    now)) > 0)
			check_vec(&m, len, wtxid_relay);
		check_all_out(&m, due, relay);
		ck_assert_int_gt(btcp_inventory_due(&inv), now);
		if (i % 50 != 49)
			continue;
		/* The remote forgets everything, and so do we. */
		btcp_inventory_clear(&inv);
		btcp_inventory_init(&inv, MANY, 50, _i < 4);
		m = (struct model){ .announced = m.announced };
	}
	ck_assert_uint_gt(m.announced, 500);
	btcp_inventory_clear(&inv);
	gen_clear(&g);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_inventory");
	TCase *tc = add_tcase(s, "inventory");

	if (btcu_rand_init() != 0)
		return EXIT_FAILURE;
	tcase_add_test(tc, trickle);
	tcase_add_loop_test(tc, never, 0, 2);
	tcase_add_test(tc, randomised);
	tcase_add_test(tc, blocks_at_once);
	tcase_add_test(tc, block_forms);
	tcase_add_test(tc, tx_forms);
	tcase_add_loop_test(tc, txid_or_wtxid, 0, 4);
	tcase_add_test(tc, no_relay);
	tcase_add_test(tc, shuffled);
	tc = add_tcase(s, "bounds");
	tcase_add_loop_test(tc, queue_bound, 0, 2);
	tcase_add_loop_test(tc, remembers_the_most_recent, 0, 3);
	tcase_add_loop_test(tc, no_memory, 0, 2);
	tcase_add_loop_test(tc, random_operations, 0, 8);
	return run_suite(s);
}
