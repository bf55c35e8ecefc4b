/*
 * Weights: real transactions and blocks, and those whose figures everybody who
 * estimates fees knows.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "gen.h"
#include "runner.h"

#define NEWEST BTCWIRE_PVER_NEWEST

/* From another implementation: bytes in all and without witnesses. */
static const struct {
	const char *file;
	enum btcwire_type type;
	size_t total, base, weight;
} files[] = {
	{ "messages/tx1.raw", BTCWIRE_TX, 481, 481, 1924 },
	{ "messages/tx2.raw", BTCWIRE_TX, 226, 226, 904 },
	{ "messages/tx3.raw", BTCWIRE_TX, 354, 354, 1416 },
	{ "messages/tx4.raw", BTCWIRE_TX, 305, 305, 1220 },
	{ "messages/tx5.raw", BTCWIRE_TX, 62138, 61704, 247250 },
	{ "messages/tx6.raw", BTCWIRE_TX, 709, 709, 2836 },
	{ "messages/tx7.raw", BTCWIRE_TX, 226, 226, 904 },
	{ "messages/tx8.raw", BTCWIRE_TX, 1155, 1155, 4620 },
	{ "messages/tx9.raw", BTCWIRE_TX, 295, 295, 1180 },
	{ "messages/tx10.raw", BTCWIRE_TX, 534, 534, 2136 },
	{ "blocks/block1.raw", BTCWIRE_BLOCK, 215, 215, 860 },
	{ "blocks/block300025.raw", BTCWIRE_BLOCK, 284231, 284231, 1136924 },
	{ "blocks/block482683.raw", BTCWIRE_BLOCK, 9288, 8809, 35715 },
	{ "blocks/block898352.raw", BTCWIRE_BLOCK, 5123, 5123, 20492 },
	{ "blocks/block928848.raw", BTCWIRE_BLOCK, 1902605, 696644, 3992537 },
};

static size_t
size_of(enum btcwire_type type, const void *body, uint32_t flags)
{
	size_t size = 0;

	ck_assert_int_eq(btcwire_body_size(&size, type, body, NEWEST, flags,
	    NULL), 0);
	return size;
}

static void
assert_tx(const struct btcwire_tx *tx)
{
	size_t base = size_of(BTCWIRE_TX, tx, BTCWIRE_NO_WITNESS);
	size_t total = size_of(BTCWIRE_TX, tx, 0), vsize;

	ck_assert_uint_eq(btcwire_tx_weight(tx), 3 * base + total);
	vsize = btcwire_tx_vsize(tx);
	ck_assert_uint_ge(4 * vsize, 3 * base + total);
	ck_assert_uint_lt(4 * vsize, 3 * base + total + 4);
}

/* The header and the count weigh 4 a byte, and then there are only
 * transactions. */
static void
assert_block(const struct btcwire_block *b)
{
	size_t i, sum = 4 * (80 + (b->tx_len < 0xfd ? 1u : 3u));

	for (i = 0; i < b->tx_len; i++) {
		assert_tx(&b->tx[i]);
		sum += btcwire_tx_weight(&b->tx[i]);
	}
	ck_assert_uint_eq(btcwire_block_weight(b), sum);
}

START_TEST(data_file)
{
	struct btcwire_msg *msg = NULL;
	size_t len;
	uint8_t *p = read_data(files[_i].file, &len);
	const void *body;

	ck_assert_int_eq(btcwire_decode(&msg, files[_i].type, p, len, NEWEST,
	    BTCWIRE_STRICT, NULL), 0);
	free(p);
	body = btcwire_msg_body(msg);
	ck_assert_uint_eq(size_of(files[_i].type, body, 0), files[_i].total);
	ck_assert_uint_eq(size_of(files[_i].type, body, BTCWIRE_NO_WITNESS),
	    files[_i].base);
	if (files[_i].type == BTCWIRE_BLOCK) {
		ck_assert_uint_eq(btcwire_block_weight(body),
		    files[_i].weight);
		assert_block(body);
	} else {
		ck_assert_uint_eq(btcwire_tx_weight(body), files[_i].weight);
		assert_tx(body);
	}
	btcwire_msg_unref(msg);
}
END_TEST

/* Of a transaction with inputs and outputs that are all alike. */
static const struct {
	const char *name;
	size_t in, in_script, items, item[2], out, out_script;
	size_t weight, vsize;
} kinds[] = {
	{ "nothing",          0,   0, 0, {  0 },     0,  0,   40,  10 },
	{ "p2pkh 1 to 2",     1, 107, 0, {  0 },     2, 25,  904, 226 },
	{ "p2wpkh 1 to 2",    1,   0, 2, { 72, 33 }, 2, 22,  562, 141 },
	{ "p2wpkh 1, 71",     1,   0, 2, { 71, 33 }, 2, 22,  561, 141 },
	{ "p2wpkh 2 to 2",    2,   0, 2, { 72, 33 }, 2, 22,  834, 209 },
	{ "p2tr key 1 to 1",  1,   0, 1, { 64 },     1, 34,  444, 111 },
	{ "p2tr key 1 to 2",  1,   0, 1, { 64 },     2, 34,  616, 154 },
	{ "p2sh-p2wpkh 1, 2", 1,  23, 2, { 72, 33 }, 2, 23,  662, 166 },
	{ "one empty item",   1,   0, 1, {  0 },     0,  0,  208,  52 },
	{ "two empty items",  1,   0, 2, {  0, 0 },  0,  0,  209,  53 },
	{ "252 inputs",     252,   0, 1, {  0 },     0,  0, 41874, 10469 },
	{ "253 inputs",     253,   0, 1, {  0 },     0,  0, 42048, 10512 },
};

START_TEST(kind)
{
	static const uint8_t bytes[256];
	struct btcwire_bytes item[2];
	struct btcwire_txin in[253] = { { .sequence = 0 } };
	struct btcwire_txout out[2] = { { .value = 0 } };
	struct btcwire_tx tx = { .version = 2, .in = in, .out = out };
	struct btcwire_block block = { .tx = &tx, .tx_len = 1 };
	size_t i;

	tx.in_len = kinds[_i].in;
	tx.out_len = kinds[_i].out;
	for (i = 0; i < 2; i++)
		item[i] = (struct btcwire_bytes){ bytes, kinds[_i].item[i] };
	for (i = 0; i < tx.in_len; i++) {
		in[i].script = (struct btcwire_bytes){ bytes,
		    kinds[_i].in_script };
		in[i].witness = item;
		in[i].witness_len = kinds[_i].items;
	}
	for (i = 0; i < tx.out_len; i++)
		out[i].script = (struct btcwire_bytes){ bytes,
		    kinds[_i].out_script };
	ck_assert_msg(btcwire_tx_weight(&tx) == kinds[_i].weight,
	    "%s: %zu, not %zu", kinds[_i].name, btcwire_tx_weight(&tx),
	    kinds[_i].weight);
	ck_assert_uint_eq(btcwire_tx_vsize(&tx), kinds[_i].vsize);
	ck_assert_uint_eq(btcwire_block_weight(&block),
	    4 * 81 + kinds[_i].weight);
	block.tx_len = 0;
	ck_assert_uint_eq(btcwire_block_weight(&block), 4 * 81);
}
END_TEST

START_TEST(genesis)
{
	const struct btcwire_chain *chain = btcwire_chain(BTCWIRE_MAINNET);
	const struct btcwire_block *b;
	struct btcwire_msg *msg = NULL;

	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_BLOCK,
	    chain->genesis.data, chain->genesis.len, NEWEST, 0, NULL), 0);
	b = btcwire_block_of(msg);
	ck_assert_uint_eq(btcwire_block_weight(b), 1140);
	ck_assert_uint_eq(btcwire_tx_weight(&b->tx[0]), 816);
	ck_assert_uint_eq(btcwire_tx_vsize(&b->tx[0]), 204);
	btcwire_msg_unref(msg);
}
END_TEST

START_TEST(random_blocks)
{
	struct gen g;
	int i;

	gen_init(&g, 141);
	for (i = 0; i < (TEST_SLOW ? 100 : 1000); i++) {
		assert_tx(gen_body(&g, BTCWIRE_TX));
		assert_block(gen_body(&g, BTCWIRE_BLOCK));
	}
	gen_clear(&g);
}
END_TEST

/* What is over a limit cannot be sent, and weighs nothing. */
START_TEST(over_the_limit)
{
	static const uint8_t byte;
	const struct btcwire_bytes item = { &byte, 0x02000001 };
	const struct btcwire_txin in = { .witness = &item, .witness_len = 1 };
	const struct btcwire_tx tx = { .in = &in, .in_len = 1 };
	const struct btcwire_block block = { .tx = &tx, .tx_len = 1 };

	ck_assert_uint_eq(btcwire_tx_weight(&tx), 0);
	ck_assert_uint_eq(btcwire_tx_vsize(&tx), 0);
	ck_assert_uint_eq(btcwire_block_weight(&block), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_weight");
	TCase *tc = add_tcase(s, "weight");
	bool data = have_data();
	int rc;

	tcase_add_loop_test(tc, kind, 0, N_ROWS(kinds));
	tcase_add_test(tc, genesis);
	tcase_add_test(tc, random_blocks);
	tcase_add_test(tc, over_the_limit);
	if (data)
		tcase_add_loop_test(tc, data_file, 0, N_ROWS(files));
	rc = run_suite(s);
	return rc == EXIT_SUCCESS && !data ? TEST_SKIP : rc;
}
