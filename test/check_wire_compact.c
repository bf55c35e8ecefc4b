/*
 * Short ids, and compact blocks made from blocks.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "allocs.h"
#include "runner.h"
#include "same.h"
#include "sound.h"

#define NEWEST BTCWIRE_PVER_NEWEST

static struct btcwire_msg *
read_msg(const char *file, enum btcwire_type type)
{
	struct btcwire_msg *msg = NULL;
	size_t len;
	uint8_t *p = read_data(file, &len);

	ck_assert_int_eq(btcwire_decode(&msg, type, p, len, NEWEST,
	    BTCWIRE_STRICT, NULL), 0);
	free(p);
	return msg;
}

/* ---- Short ids --------------------------------------------------------- */

/* The hash of 00 01 02 ... 1f under such a key, as Bitcoin Core's tests and
 * SipHash's own have it: 7127512f72f27cce. */
START_TEST(known_hash)
{
	struct btcwire_short_id_key key;
	struct btcwire_hash h;
	uint8_t i;

	for (i = 0; i < 32; i++)
		h.b[i] = i;
	memcpy(key.k, h.b, sizeof(key.k));
	ck_assert_uint_eq(btcwire_short_id(&key, &h),
	    UINT64_C(0x512f72f27cce));
}
END_TEST

/* The genesis block's header, with keys computed by Python's hashlib. */
static const struct { uint64_t nonce; const char *key; } keys[] = {
	{ 0, "6d9927056f74a5dfc684fba8589ba0f4" },
	{ UINT64_C(0x0123456789abcdef), "306181c38b45f152c675af49c28221d8" },
	{ UINT64_MAX, "637839960e02f7b33a01606b8ebdeff2" },
};

START_TEST(known_keys)
{
	const struct btcwire_chain *chain = btcwire_chain(BTCWIRE_MAINNET);
	struct btcwire_short_id_key key;
	struct btcwire_msg *msg = NULL;
	size_t len;
	uint8_t *want = unhex(keys[_i].key, &len);

	ck_assert_uint_eq(len, sizeof(key.k));
	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_BLOCK, chain->genesis.data,
	    chain->genesis.len, NEWEST, 0, NULL), 0);
	btcwire_short_id_key(&key, &btcwire_block_of(msg)->header,
	    keys[_i].nonce);
	ck_assert_mem_eq(key.k, want, len);
	btcwire_msg_unref(msg);
	free(want);
}
END_TEST

/* ---- Made from blocks -------------------------------------------------- */

/* Testnet's block 898352 as another node sent it. */
START_TEST(real_message)
{
	struct btcwire_msg *block, *sent, *made = NULL;
	const struct btcwire_cmpctblock *m;
	struct btcwire_bytes a, b;

	if (!have_data())
		return;
	block = read_msg("blocks/block898352.raw", BTCWIRE_BLOCK);
	sent = read_msg("messages/compact898352.raw", BTCWIRE_CMPCTBLOCK);
	m = btcwire_cmpctblock_of(sent);
	ck_assert_uint_eq(m->short_id_len, 9);
	ck_assert_uint_eq(m->prefilled_len, 1);
	ck_assert_int_eq(btcwire_cmpctblock_new(&made, btcwire_block_of(block),
	    m->nonce, NULL, 0, NULL), 0);
	a = btcwire_msg_raw(made, NULL);
	b = btcwire_msg_raw(sent, NULL);
	ck_assert_uint_eq(a.len, b.len);
	ck_assert_mem_eq(a.data, b.data, a.len);
	btcwire_msg_unref(made);
	btcwire_msg_unref(sent);
	btcwire_msg_unref(block);
}
END_TEST

static bool
is_in(size_t i, const uint16_t *list, size_t n)
{
	size_t j;

	for (j = 0; j < n; j++)
		if (list[j] == i)
			return true;
	return false;
}

/* Each transaction is where it belongs: itself, or its short id. */
static void
check_message(const struct btcwire_cmpctblock *m,
    const struct btcwire_block *block, const uint16_t *prefill, size_t n)
{
	struct btcwire_short_id_key key;
	struct btcwire_hash wtxid;
	size_t i, pre = 0, id = 0;

	btcwire_short_id_key(&key, &block->header, m->nonce);
	for (i = 0; i < block->tx_len; i++) {
		if (i == 0 || is_in(i, prefill, n)) {
			ck_assert_uint_lt(pre, m->prefilled_len);
			ck_assert_uint_eq(m->prefilled[pre].index, i);
			ck_assert(same_body(BTCWIRE_TX, &m->prefilled[pre++].tx,
			    &block->tx[i]));
		} else {
			ck_assert_uint_lt(id, m->short_id_len);
			btcwire_wtxid(&wtxid, &block->tx[i]);
			ck_assert_uint_eq(m->short_id[id++],
			    btcwire_short_id(&key, &wtxid));
		}
	}
	ck_assert_uint_eq(pre, m->prefilled_len);
	ck_assert_uint_eq(id, m->short_id_len);
}

START_TEST(random_blocks)
{
	struct btcwire_msg *msg;
	uint16_t prefill[60];
	struct gen g;
	int round;

	gen_init(&g, 152);
	for (round = 0; round < (TEST_SLOW ? 100 : 1000); round++) {
		const struct btcwire_cmpctblock *m;
		const struct btcwire_block *block;
		size_t n;
		uint64_t nonce = gen_u64(&g);

		gen_reset(&g);
		block = sound_block(&g, 1 + (size_t)gen_below(&g, 60));
		n = (size_t)gen_below(&g, block->tx_len + 1);
		gen_ascending(&g, prefill, n, block->tx_len);
		msg = NULL;
		ck_assert_int_eq(btcwire_cmpctblock_new(&msg, block, nonce,
		    prefill, n, NULL), 0);
		m = btcwire_cmpctblock_of(msg);
		ck_assert_uint_eq(m->nonce, nonce);
		check_message(m, block, prefill, n);
		btcwire_msg_unref(msg);
	}
	gen_clear(&g);
}
END_TEST

/* Any places of a block, in order; and one past its end. */
START_TEST(transactions_asked_for)
{
	struct btcpeer_error err = { .code = 1 };
	const struct btcwire_blocktxn *m;
	const struct btcwire_block *block;
	struct btcwire_getblocktxn ask = { .block = { { 7 } } };
	struct btcwire_msg *msg = NULL;
	uint16_t index[21];
	struct gen g;
	size_t i;

	gen_init(&g, 153);
	block = sound_block(&g, 20);
	for (ask.index_len = 0; ask.index_len <= 20; ask.index_len++) {
		gen_ascending(&g, index, ask.index_len, 20);
		ask.index = index;
		ck_assert_int_eq(btcwire_blocktxn_new(&msg, block, &ask, NULL),
		    0);
		m = btcwire_blocktxn_of(msg);
		ck_assert(btcwire_hash_equal(&m->block, &ask.block));
		ck_assert_uint_eq(m->tx_len, ask.index_len);
		for (i = 0; i < m->tx_len; i++)
			ck_assert(same_body(BTCWIRE_TX, &m->tx[i],
			    &block->tx[index[i]]));
		btcwire_msg_unref(msg);
	}
	msg = NULL;
	index[0] = 20;
	ask.index_len = 1;
	ck_assert_int_eq(btcwire_blocktxn_new(&msg, block, &ask, &err),
	    BTCPEER_E_BADVALUE);
	ck_assert_int_eq(err.code, BTCPEER_E_BADVALUE);
	ck_assert_ptr_null(msg);
	gen_clear(&g);
}
END_TEST

static const struct {
	const char *name;
	size_t tx_len;
	uint16_t prefill[4];
	size_t n;
	int want;
	const char *text;
} calls[] = {
	{ "nothing extra", 5, { 0 }, 0, 0, NULL },
	{ "coinbase named", 5, { 0 }, 1, 0, NULL },
	{ "all", 4, { 0, 1, 2, 3 }, 4, 0, NULL },
	{ "all, coinbase not named", 4, { 1, 2, 3 }, 3, 0, NULL },
	{ "the last", 5, { 4 }, 1, 0, NULL },
	{ "coinbase alone", 1, { 0 }, 0, 0, NULL },
	{ "coinbase alone, named", 1, { 0 }, 1, 0, NULL },
	{ "beyond the end", 5, { 5 }, 1, BTCPEER_E_INVAL, "not in the block" },
	{ "far beyond", 5, { 1, 65535 }, 2, BTCPEER_E_INVAL, "not in the block" },
	{ "twice", 5, { 2, 2 }, 2, BTCPEER_E_INVAL, "ascending" },
	{ "coinbase twice", 5, { 0, 0 }, 2, BTCPEER_E_INVAL, "ascending" },
	{ "descending", 5, { 3, 1 }, 2, BTCPEER_E_INVAL, "ascending" },
	{ "too many", 2, { 0, 1, 2 }, 3, BTCPEER_E_INVAL, "not in the block" },
	{ "no transactions", 0, { 0 }, 0, BTCPEER_E_INVAL, "without" },
};

START_TEST(called)
{
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;
	struct btcwire_block block;
	struct gen g;
	int rc;

	gen_init(&g, 1);
	block = *sound_block(&g, 10);
	block.tx_len = calls[_i].tx_len;
	rc = btcwire_cmpctblock_new(&msg, &block, 7, calls[_i].prefill,
	    calls[_i].n, &err);
	ck_assert_msg(rc == calls[_i].want, "%s: %d", calls[_i].name, rc);
	ck_assert_int_eq(err.code, rc);
	if (rc == 0) {
		check_message(btcwire_cmpctblock_of(msg), &block,
		    calls[_i].prefill, calls[_i].n);
		btcwire_msg_unref(msg);
	} else {
		ck_assert_ptr_null(msg);
		ck_assert_msg(strstr(err.text, calls[_i].text) != NULL,
		    "%s: \"%s\"", calls[_i].name, err.text);
		ck_assert_int_eq(btcwire_cmpctblock_new(&msg, &block, 7,
		    calls[_i].prefill, calls[_i].n, NULL), rc);
	}
	gen_clear(&g);
}
END_TEST

/* As many as there may be, and one more. */
START_TEST(largest)
{
	const uint16_t last = BTCWIRE_MAX_CMPCT_TXS - 1;
	struct btcpeer_error err = { 0 };
	struct btcwire_txin in = { .sequence = 1 };
	struct btcwire_block block = { .tx_len = BTCWIRE_MAX_CMPCT_TXS };
	struct btcwire_tx *tx = calloc(block.tx_len + 1, sizeof(*tx));
	const struct btcwire_cmpctblock *m;
	struct btcwire_msg *msg = NULL;
	size_t i;

	ck_assert_ptr_nonnull(tx);
	for (i = 0; i <= block.tx_len; i++)
		tx[i] = (struct btcwire_tx){ .in = &in, .in_len = 1,
		    .locktime = (uint32_t)i };
	block.tx = tx;
	ck_assert_int_eq(btcwire_cmpctblock_new(&msg, &block, 1, &last, 1,
	    NULL), 0);
	m = btcwire_cmpctblock_of(msg);
	ck_assert_uint_eq(m->short_id_len, block.tx_len - 2);
	ck_assert_uint_eq(m->prefilled[1].index, last);
	ck_assert(same_body(BTCWIRE_TX, &m->prefilled[1].tx, &tx[last]));
	btcwire_msg_unref(msg);

	block.tx_len++;
	ck_assert_int_eq(btcwire_cmpctblock_new(&msg, &block, 1, &last, 1,
	    &err), BTCPEER_E_TOOBIG);
	ck_assert_int_eq(err.code, BTCPEER_E_TOOBIG);
	ck_assert_ptr_nonnull(strstr(err.text, "more than 65535"));
	free(tx);
}
END_TEST

/* More bytes than a message may have. */
START_TEST(too_long)
{
	const uint16_t both[] = { 0, 1 };
	struct btcwire_txout out = { .script = { NULL, 2000000 } };
	struct btcwire_txin in = { .sequence = 1 };
	struct btcwire_tx tx[2] = { { .in = &in, .in_len = 1, .out = &out,
	    .out_len = 1 } };
	struct btcwire_block block = { .tx = tx, .tx_len = 2 };
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;
	uint8_t *script = calloc(1, out.script.len);

	ck_assert_ptr_nonnull(script);
	out.script.data = script;
	tx[1] = tx[0];
	ck_assert_int_eq(btcwire_cmpctblock_new(&msg, &block, 1, both, 1,
	    NULL), 0);
	btcwire_msg_unref(msg);
	ck_assert_int_eq(btcwire_cmpctblock_new(&msg, &block, 1, both, 2,
	    &err), BTCPEER_E_TOOBIG);
	ck_assert_int_eq(err.code, BTCPEER_E_TOOBIG);
	free(script);
}
END_TEST

START_TEST(out_of_memory)
{
	const uint16_t prefill[] = { 2, 3, 7 };
	struct btcwire_msg *msg = NULL;
	const struct btcwire_block *block;
	struct gen g;
	long n;
	int rc;

	gen_init(&g, 2);
	block = sound_block(&g, 20);
	for (n = 0;; n++) {
		struct btcpeer_error err = { 0 };

		allocs_start_failing(n);
		rc = btcwire_cmpctblock_new(&msg, block, 1, prefill, 3, &err);
		allocs_stop();
		if (rc == 0)
			break;
		ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
		ck_assert_int_eq(err.code, BTCPEER_E_NOMEM);
		ck_assert_ptr_nonnull(strstr(err.text, "memory"));
		ck_assert_ptr_null(msg);
	}
	ck_assert_int_ge(n, 3);
	check_message(btcwire_cmpctblock_of(msg), block, prefill, 3);
	btcwire_msg_unref(msg);
	msg = NULL;
	for (n = 0;; n++) {
		const struct btcwire_getblocktxn ask = { .index = prefill,
		    .index_len = 3 };

		allocs_start_failing(n);
		rc = btcwire_blocktxn_new(&msg, block, &ask, NULL);
		allocs_stop();
		if (rc == 0)
			break;
		ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
		ck_assert_ptr_null(msg);
	}
	ck_assert_int_ge(n, 2);
	btcwire_msg_unref(msg);
	gen_clear(&g);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_compact");
	TCase *tc = add_tcase(s, "compact");

	tcase_add_test(tc, known_hash);
	tcase_add_loop_test(tc, known_keys, 0, N_ROWS(keys));
	tcase_add_test(tc, real_message);
	tcase_add_test(tc, random_blocks);
	tcase_add_test(tc, transactions_asked_for);
	tcase_add_loop_test(tc, called, 0, N_ROWS(calls));
	tcase_add_test(tc, largest);
	tcase_add_test(tc, too_long);
	tcase_add_test(tc, out_of_memory);
	return run_suite(s);
}
