/*
 * Real blocks and transactions: the same bytes come out, and the hashes are
 * those that another implementation computed.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "runner.h"

#define NEWEST BTCWIRE_PVER_NEWEST
#define NONE NULL

static const struct {
	const char *file, *hash, *merkle_root;
	size_t txs, inputs, outputs;
	const char *last_txid, *last_wtxid;
	const char *bare_hash;	/* of the whole form without witnesses */
	size_t bare_size;
	const char *commitment;	/* printed as a hash; NONE: no witness */
	enum btcwire_chain_id chain;
} blocks[] = {
	{ "blocks/block1.raw",
	  "00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048",
	  "0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098",
	  1, 1, 1,
	  "0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098",
	  "0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098",
	  "1125b4005492c51e5d55ccce16fc459906b822ee2219f99b16d8c7800a274d93",
	  215,
	  NONE,
	  BTCWIRE_MAINNET },
	{ "blocks/block300025.raw",
	  "0000000000000000821c4e0acc40f88bedbce3b73ba2358b5ade58a9022cc78c",
	  "af193f375fc1aeede6d781c0a563c1a66b4f69723d558438ba80f45ad3c1be28",
	  461, 1428, 1226,
	  "9f7704a69ef678d08755f1aec2ee7d7517c4aa82525d8c926cdce523f9863c23",
	  "9f7704a69ef678d08755f1aec2ee7d7517c4aa82525d8c926cdce523f9863c23",
	  "67e830ee4e02a9d0cab6ac41acba29a7dc685a6064d3fbe3af66d8ffafe18e72",
	  284231,
	  NONE,
	  BTCWIRE_MAINNET },
	{ "blocks/block482683.raw",
	  "000000000000000000c238240ef6dcb26c37e75e16514e6ffc0aef7eee73e747",
	  "0888bc2983c7a07818586346a6da7b0596310166de538cfbcf2fe37694aecf9f",
	  12, 52, 25,
	  "b1595bdae2aa8ce10eaebb0bd483d6bbf4a8935d552ed0ef8d9c294fbe049c6a",
	  "b1595bdae2aa8ce10eaebb0bd483d6bbf4a8935d552ed0ef8d9c294fbe049c6a",
	  "db3c066f3f5b0efe772e53b480a22f8225c8998b54caa2dfc65a4544d5c5b0ca",
	  8809,
	  "77ab5d96f1603f4523aff23d8fdee7badc577cc472bb943e71a43a8682018b0f",
	  BTCWIRE_MAINNET },
	{ "blocks/block898352.raw",
	  "00000000c269ad542ed9ac684cb5fa6df340d5feee0e040590225c7332b98fca",
	  "6fc38a84dbbf10986498dd5a40d2089cbf3e1148a23cf0b66732c6ac1b529999",
	  10, 16, 24,
	  "c2e546b944d5a70d853b74818cced4f416ece64d3fb0b9fb2c0977ff74968f77",
	  "c2e546b944d5a70d853b74818cced4f416ece64d3fb0b9fb2c0977ff74968f77",
	  "d3c3995275ef7d290b40afd5db81d3be2297985fa072ab92c51c68bd525423b4",
	  5123,
	  NONE,
	  BTCWIRE_TESTNET3 },
	{ "blocks/block928848.raw",
	  "00000000000001dc1c2cbd9c2419e9fd396449be12176b3b7c78c2784eb2f5e7",
	  "2823fb26df98a950bd4101ebe00f14755b5e4ff16aa16ef8cdc238abff645ad8",
	  676, 11216, 7379,
	  "860cdb38f2713f6a1bbad25ab70f1ece252c28b86d415c2d4b0be6ee5c17f207",
	  "111021c65609d070fee50910a5d342c5ee1d5d2fbdb2adeaf1b865548de56d3e",
	  "1d961c0b18eb97970982d97b71f4de10b762fbacb6030544410500048af46d06",
	  696644,
	  "a163579f2832127c47f14386d2b993afeacce0cc0d404b8fcc058dd0f2511bbd",
	  BTCWIRE_TESTNET3 },
};

static const struct {
	const char *file, *txid, *wtxid;
	int32_t version;
	uint32_t locktime;
	size_t inputs, outputs;
} txs[] = {
	{ "messages/tx1.raw",
	  "ff80fe4937e2de16411c3a2bc534d661dc8b4f8aad75e6fbc4b1ec6060d9ef1c",
	  "ff80fe4937e2de16411c3a2bc534d661dc8b4f8aad75e6fbc4b1ec6060d9ef1c",
	  1, 0, 1, 5 },
	{ "messages/tx2.raw",
	  "7ef7cde4e4a7829ea6feaf377c924b36d0958e2231a31ff268bd33a59ac9e178",
	  "7ef7cde4e4a7829ea6feaf377c924b36d0958e2231a31ff268bd33a59ac9e178",
	  0, 0, 1, 2 },
	{ "messages/tx3.raw",
	  "2c63aa814701cef5dbd4bbaddab3fea9117028f2434dddcdab8339141e9b14d1",
	  "2c63aa814701cef5dbd4bbaddab3fea9117028f2434dddcdab8339141e9b14d1",
	  1, 0, 2, 1 },
	{ "messages/tx4.raw",
	  "eddbfbacd61c74e5702e1f5b0e4fa569bffe658bd763f6b27ab0c5fe17acc6e2",
	  "eddbfbacd61c74e5702e1f5b0e4fa569bffe658bd763f6b27ab0c5fe17acc6e2",
	  1, 330807, 1, 1 },
	{ "messages/tx5.raw",
	  "c532af06b9a81d9171618fb0b30075ddb3a6fca68c9b89536e6e34b0beddcc23",
	  "cf948cce7835bcc9b42ddb8f9e8a6885839286f711c455f2058040d89c918c08",
	  1, 0, 5, 1980 },
	{ "messages/tx6.raw",
	  "4d932e00d5e20e31211136651f1665309a11908e438bb4c30799154d26812491",
	  "4d932e00d5e20e31211136651f1665309a11908e438bb4c30799154d26812491",
	  1, 0, 2, 1 },
	{ "messages/tx7.raw",
	  "7f2dc9bcc0b1b0d19a4cb62d0f6474990c12a5b996d2fa2c4be54ca1beb5d339",
	  "7f2dc9bcc0b1b0d19a4cb62d0f6474990c12a5b996d2fa2c4be54ca1beb5d339",
	  1, 0, 1, 2 },
	{ "messages/tx8.raw",
	  "a93fc123a3f2cee3f1bd7f60d498280277032ab20ed190004c346bdc69e65794",
	  "a93fc123a3f2cee3f1bd7f60d498280277032ab20ed190004c346bdc69e65794",
	  1, 0, 4, 1 },
	{ "messages/tx9.raw",
	  "d748009c88abacfbd8d0dafb5552f0700a16f9a35ff41583988d9f70618c1971",
	  "d748009c88abacfbd8d0dafb5552f0700a16f9a35ff41583988d9f70618c1971",
	  1, 0, 1, 2 },
	{ "messages/tx10.raw",
	  "5ceec2d8ee90cb4b956870fac6055bead9333570f656ec3014307031de518cec",
	  "5ceec2d8ee90cb4b956870fac6055bead9333570f656ec3014307031de518cec",
	  1, 0, 3, 1 },
};

static struct btcwire_msg *
decode_file(const char *file, enum btcwire_type type)
{
	struct btcpeer_error err = { .text = "" };
	struct btcwire_msg *msg = NULL;
	size_t len;
	uint8_t *p = read_data(file, &len);

	ck_assert_msg(btcwire_decode(&msg, type, p, len, NEWEST, BTCWIRE_STRICT,
	    &err) == 0, "%s: %s", file, err.text);
	free(p);
	return msg;
}

static void
assert_hash(const struct btcwire_hash *h, const char *want, const char *what)
{
	char text[BTCWIRE_HASH_HEX];

	btcwire_hash_to_hex(text, h);
	ck_assert_msg(strcmp(text, want) == 0, "%s: %s, not %s", what, text,
	    want);
}

/* Encoded anew from the body, not taken from the bytes that came in. */
static void
assert_encodes(const struct btcwire_msg *msg, const char *file)
{
	enum btcwire_type type = btcwire_msg_type(msg);
	size_t len, n = 0, size = 0;
	uint8_t *p = read_data(file, &len), *buf = malloc(len);

	ck_assert_ptr_nonnull(buf);
	ck_assert_int_eq(btcwire_body_size(&size, type, btcwire_msg_body(msg),
	    NEWEST, 0, NULL), 0);
	ck_assert_uint_eq(size, len);
	ck_assert_int_eq(btcwire_body_encode(buf, &n, len, type,
	    btcwire_msg_body(msg), NEWEST, 0, NULL), 0);
	ck_assert_uint_eq(n, len);
	ck_assert(memcmp(buf, p, len) == 0);
	free(buf);
	free(p);
}

/* The form without witnesses, encoded, decoded and encoded once more. */
static void
assert_bare(struct btcwire_msg *msg, size_t size, const char *hash)
{
	struct btcwire_msg *again = NULL;
	struct btcwire_bytes bare, p;
	struct btcwire_hash h;

	ck_assert_int_eq(btcwire_msg_payload(&bare, msg, NEWEST,
	    BTCWIRE_NO_WITNESS), 0);
	ck_assert_uint_eq(bare.len, size);
	btcwire_sha256d(&h, bare.data, bare.len);
	assert_hash(&h, hash, "without witnesses");
	ck_assert_int_eq(btcwire_decode(&again, btcwire_msg_type(msg), bare.data,
	    bare.len, NEWEST, BTCWIRE_NO_WITNESS | BTCWIRE_STRICT, NULL), 0);
	ck_assert_int_eq(btcwire_msg_payload(&p, again, NEWEST, 0), 0);
	ck_assert_uint_eq(p.len, size);
	ck_assert(memcmp(p.data, bare.data, size) == 0);
	btcwire_msg_unref(again);
}

START_TEST(block_bytes)
{
	struct btcwire_msg *msg = decode_file(blocks[_i].file, BTCWIRE_BLOCK);

	assert_encodes(msg, blocks[_i].file);
	assert_bare(msg, blocks[_i].bare_size, blocks[_i].bare_hash);
	btcwire_msg_unref(msg);
}
END_TEST

START_TEST(block_hashes)
{
	struct btcwire_msg *msg = decode_file(blocks[_i].file, BTCWIRE_BLOCK);
	const struct btcwire_block *b = btcwire_block_of(msg);
	struct btcpeer_error err = { .text = "" };
	struct btcwire_hash h;
	size_t inputs = 0, outputs = 0, i;
	bool mutated = true;

	btcwire_header_hash(&h, &b->header);
	assert_hash(&h, blocks[_i].hash, "block");
	assert_hash(&b->header.merkle_root, blocks[_i].merkle_root, "header");
	ck_assert_int_eq(btcwire_block_merkle_root(&h, &mutated, b), 0);
	assert_hash(&h, blocks[_i].merkle_root, "merkle root");
	ck_assert(!mutated);
	ck_assert_int_eq(btcwire_block_merkle_root(&h, NULL, b), 0);

	ck_assert_uint_eq(b->tx_len, blocks[_i].txs);
	for (i = 0; i < b->tx_len; i++) {
		inputs += b->tx[i].in_len;
		outputs += b->tx[i].out_len;
	}
	ck_assert_uint_eq(inputs, blocks[_i].inputs);
	ck_assert_uint_eq(outputs, blocks[_i].outputs);
	btcwire_txid(&h, &b->tx[b->tx_len - 1]);
	assert_hash(&h, blocks[_i].last_txid, "txid");
	btcwire_wtxid(&h, &b->tx[b->tx_len - 1]);
	assert_hash(&h, blocks[_i].last_wtxid, "wtxid");

	ck_assert_msg(btcwire_block_check(b, &err) == 0, "%s", err.text);
	ck_assert_msg(btcwire_header_check(&b->header,
	    btcwire_chain(blocks[_i].chain), &err) == 0, "%s", err.text);
	btcwire_msg_unref(msg);
}
END_TEST

START_TEST(commitment)
{
	struct btcwire_msg *msg = decode_file(blocks[_i].file, BTCWIRE_BLOCK);
	const struct btcwire_block *b = btcwire_block_of(msg);
	struct btcwire_hash computed, held, untouched;
	bool found = true;

	memset(&held, 0x5a, sizeof(held));
	untouched = held;
	ck_assert_int_eq(btcwire_block_witness_commitment(&computed, &found,
	    &held, b), 0);
	ck_assert(found == (blocks[_i].commitment != NONE));
	if (found) {
		assert_hash(&held, blocks[_i].commitment, "held");
		assert_hash(&computed, blocks[_i].commitment, "computed");
	} else {
		ck_assert(btcwire_hash_is_null(&computed));
		ck_assert_mem_eq(&held, &untouched, sizeof(held));
	}
	btcwire_msg_unref(msg);
}
END_TEST

START_TEST(transactions)
{
	struct btcwire_msg *msg = decode_file(txs[_i].file, BTCWIRE_TX);
	const struct btcwire_tx *tx = btcwire_tx_of(msg);
	struct btcwire_bytes bare;
	struct btcwire_hash h;

	assert_encodes(msg, txs[_i].file);
	ck_assert_int_eq(tx->version, txs[_i].version);
	ck_assert_uint_eq(tx->locktime, txs[_i].locktime);
	ck_assert_uint_eq(tx->in_len, txs[_i].inputs);
	ck_assert_uint_eq(tx->out_len, txs[_i].outputs);
	btcwire_wtxid(&h, tx);
	assert_hash(&h, txs[_i].wtxid, "wtxid");
	btcwire_txid(&h, tx);
	assert_hash(&h, txs[_i].txid, "txid");
	ck_assert_int_eq(btcwire_msg_payload(&bare, msg, NEWEST,
	    BTCWIRE_NO_WITNESS), 0);
	assert_bare(msg, bare.len, txs[_i].txid);
	btcwire_msg_unref(msg);
}
END_TEST

/* The file is one entry of headers: a header and a zero count. */
START_TEST(one_header)
{
	const struct btcwire_headers *m;
	struct btcwire_msg *msg = NULL;
	struct btcwire_bytes p;
	struct btcwire_hash h;
	size_t len;
	uint8_t *entry = read_data("messages/headers1.raw", &len), payload[82];

	ck_assert_uint_eq(len, 81);
	payload[0] = 1;
	memcpy(payload + 1, entry, len);
	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_HEADERS, payload, 82,
	    NEWEST, BTCWIRE_STRICT, NULL), 0);
	m = btcwire_headers_of(msg);
	ck_assert_uint_eq(m->header_len, 1);
	btcwire_header_hash(&h, &m->header[0]);
	assert_hash(&h, blocks[0].hash, "header");
	assert_hash(&m->header[0].prev,
	    "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
	    "previous");
	ck_assert_int_eq(btcwire_msg_payload(&p, msg, NEWEST, 0), 0);
	ck_assert_uint_eq(p.len, 82);
	ck_assert_mem_eq(p.data, payload, 82);
	btcwire_msg_unref(msg);
	free(entry);
}
END_TEST

int
main(void)
{
	TCase *tc;
	Suite *s;

	if (!have_data())
		return TEST_SKIP;
	s = suite_create("wire_blocks");
	tc = add_tcase(s, "files");
	tcase_add_loop_test(tc, block_bytes, 0, N_ROWS(blocks));
	tcase_add_loop_test(tc, block_hashes, 0, N_ROWS(blocks));
	tcase_add_loop_test(tc, commitment, 0, N_ROWS(blocks));
	tcase_add_loop_test(tc, transactions, 0, N_ROWS(txs));
	tcase_add_test(tc, one_header);
	return run_suite(s);
}
