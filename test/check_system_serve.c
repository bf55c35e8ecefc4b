#include "config.h"

#include "blocks.h"
#include "client.h"
#include "gen.h"
#include "runner.h"
#include "system.h"

/* What btcpeer-node serves, seen by peers of the library. */

#define BLOCKS    2100	/* more than one headers message, four of getblocks */
#define WITNESSES 432	/* from here on blocks have them */

static struct node node;
static struct blocks chain;
static struct client a, b;

static const struct btcwire_hash *
hash_at(size_t height)
{
	return height == 0 ? &btcwire_chain(BTCWIRE_REGTEST)->genesis_hash
	    : &chain.rec[height - 1].hash;
}

static void
setup(void)
{
	const char *file = scratch("chain");

	(void)unlink(file);
	node_start(&node, "--mine", "2100", "--txs", "4", "--quiet", NULL);
	sync_all(&node, file, BLOCKS);
	blocks_read(&chain, file);
	ck_assert_uint_eq(chain.n, BLOCKS);
	client_init(&a);
	client_init(&b);
}

static void
teardown(void)
{
	blocks_clear(&chain);
	node_quit(&node);
}

/* ---- Lists of blocks --------------------------------------------------- */

/* Wait for an inv of exactly these blocks. */
static void
expect_inv(struct client *c, size_t from, size_t n)
{
	struct btcwire_msg *msg = client_next(c, BTCWIRE_INV);
	const struct btcwire_inv *inv;
	size_t i;

	ck_assert_ptr_nonnull(msg);
	inv = btcwire_inv_of(msg);
	ck_assert_uint_eq(inv->vec_len, n);
	for (i = 0; i < n; i++) {
		ck_assert_uint_eq(inv->vec[i].type, BTCWIRE_INV_BLOCK);
		ck_assert_mem_eq(&inv->vec[i].hash, hash_at(from + i), 32);
	}
	btcwire_msg_unref(msg);
}

/* Wait for a headers message of exactly these. */
static void
expect_headers(struct client *c, size_t from, size_t n)
{
	struct btcwire_msg *msg = client_next(c, BTCWIRE_HEADERS);
	const struct btcwire_headers *headers;
	struct btcwire_hash hash;
	size_t i;

	ck_assert_ptr_nonnull(msg);
	headers = btcwire_headers_of(msg);
	ck_assert_uint_eq(headers->header_len, n);
	for (i = 0; i < n; i++) {
		btcwire_header_hash(&hash, &headers->header[i]);
		ck_assert_mem_eq(&hash, hash_at(from + i), 32);
	}
	btcwire_msg_unref(msg);
}

static void
expect_block(struct client *c, size_t height)
{
	struct btcwire_msg *msg = client_next(c, BTCWIRE_BLOCK);
	struct btcwire_hash hash;

	ck_assert_ptr_nonnull(msg);
	btcwire_header_hash(&hash, &btcwire_block_of(msg)->header);
	ck_assert_mem_eq(&hash, hash_at(height), 32);
	btcwire_msg_unref(msg);
}

/* getdata for blocks in a row. */
static void
get_blocks(struct client *c, size_t from, size_t n)
{
	static struct btcwire_invvect vec[BLOCKS];
	struct btcwire_inv inv = { .vec = vec, .vec_len = n };
	size_t i;

	for (i = 0; i < n; i++) {
		vec[i].type = BTCWIRE_INV_WITNESS_BLOCK;
		vec[i].hash = *hash_at(from + i);
	}
	client_send(c, BTCWIRE_GETDATA, &inv);
}

/* As clients did before there were headers: each inv is followed, when its
 * last block has been fetched, by one of the tip, so that they go on. */
START_TEST(getblocks_to_the_tip)
{
	size_t at = 0, i, n;

	client_start(&a, node.port);
	while (at < BLOCKS) {
		client_ask_chain(&a, BTCWIRE_GETBLOCKS, hash_at(at), NULL);
		n = BLOCKS - at < 500 ? BLOCKS - at : 500;
		expect_inv(&a, at + 1, n);
		get_blocks(&a, at + 1, n);
		for (i = 1; i <= n; i++)
			expect_block(&a, at + i);
		if (n == 500)
			expect_inv(&a, BLOCKS, 1);
		at += n;
	}
	client_ask_chain(&a, BTCWIRE_GETBLOCKS, hash_at(BLOCKS), NULL);
	client_settle(&a);
	ck_assert_uint_eq(client_waiting(&a, BTCWIRE_INV), 0);
	client_ask_chain(&a, BTCWIRE_GETBLOCKS, hash_at(10), hash_at(17));
	expect_inv(&a, 11, 7);
	client_stop(&a);
}
END_TEST

START_TEST(getheaders_in_every_way)
{
	static const struct btcwire_hash unknown = { { 0xee } };
	struct btcwire_hash two[2] = { unknown, *hash_at(1000) };
	struct btcwire_locator locator = { .version = BTCWIRE_PVER_NEWEST,
	    .hash = two, .hash_len = 2, .stop = *hash_at(1005) };

	client_start(&a, node.port);
	client_ask_chain(&a, BTCWIRE_GETHEADERS, NULL, NULL);
	expect_headers(&a, 1, 2000);
	client_ask_chain(&a, BTCWIRE_GETHEADERS, hash_at(2000), NULL);
	expect_headers(&a, 2001, BLOCKS - 2000);
	client_ask_chain(&a, BTCWIRE_GETHEADERS, hash_at(BLOCKS), NULL);
	expect_headers(&a, 0, 0);
	client_ask_chain(&a, BTCWIRE_GETHEADERS, hash_at(3), hash_at(7));
	expect_headers(&a, 4, 4);
	/* Stops that are no stop: not known, or not above. */
	client_ask_chain(&a, BTCWIRE_GETHEADERS, hash_at(BLOCKS - 3), &unknown);
	expect_headers(&a, BLOCKS - 2, 3);
	/* Nothing known is as good as the genesis block. */
	client_ask_chain(&a, BTCWIRE_GETHEADERS, &unknown, hash_at(2));
	expect_headers(&a, 1, 2);
	client_send(&a, BTCWIRE_GETHEADERS, &locator);
	expect_headers(&a, 1001, 5);
	/* Without a locator: the header that stop names. */
	locator.hash_len = 0;
	client_send(&a, BTCWIRE_GETHEADERS, &locator);
	expect_headers(&a, 1005, 1);
	client_stop(&a);
}
END_TEST

/* ---- Things ------------------------------------------------------------ */

START_TEST(unknown_things_are_not_found)
{
	struct btcwire_invvect vec[7] = {
		{ .type = BTCWIRE_INV_WITNESS_BLOCK, .hash = *hash_at(5) },
		{ .type = BTCWIRE_INV_TX, .hash = { { 1 } } },
		{ .type = BTCWIRE_INV_WITNESS_BLOCK, .hash = { { 2 } } },
		{ .type = 77, .hash = *hash_at(6) },
		{ .type = BTCWIRE_INV_BLOCK, .hash = *hash_at(7) },
		{ .type = BTCWIRE_INV_WTX, .hash = { { 3 } } },
		{ .type = BTCWIRE_INV_BLOCK, .hash = *hash_at(BLOCKS) }
	};
	struct btcwire_inv inv = { .vec = vec, .vec_len = N_ROWS(vec) };
	struct btcwire_msg *msg;

	client_start(&a, node.port);
	client_send(&a, BTCWIRE_GETDATA, &inv);
	expect_block(&a, 5);
	msg = client_next(&a, BTCWIRE_NOTFOUND);
	ck_assert_ptr_nonnull(msg);
	ck_assert_uint_eq(btcwire_notfound_of(msg)->vec_len, 3);
	ck_assert_mem_eq(btcwire_notfound_of(msg)->vec, &vec[1],
	    3 * sizeof(vec[1]));
	btcwire_msg_unref(msg);
	expect_block(&a, 7);
	msg = client_next(&a, BTCWIRE_NOTFOUND);
	ck_assert_ptr_nonnull(msg);
	ck_assert_uint_eq(btcwire_notfound_of(msg)->vec_len, 1);
	ck_assert_mem_eq(btcwire_notfound_of(msg)->vec, &vec[5],
	    sizeof(vec[5]));
	btcwire_msg_unref(msg);
	expect_block(&a, BLOCKS);
	client_stop(&a);
}
END_TEST

/* Fetch a block in one form; how many bytes it has. */
static size_t
block_size(uint32_t inv_type, size_t height)
{
	struct btcwire_msg *msg;
	struct btcwire_bytes raw;
	size_t without;

	client_get(&a, inv_type, hash_at(height));
	msg = client_next(&a, BTCWIRE_BLOCK);
	ck_assert_ptr_nonnull(msg);
	raw = btcwire_msg_raw(msg, NULL);
	ck_assert_int_eq(btcwire_body_size(&without, BTCWIRE_BLOCK,
	    btcwire_block_of(msg), BTCWIRE_PVER_NEWEST, BTCWIRE_NO_WITNESS,
	    NULL), 0);
	if (inv_type == BTCWIRE_INV_BLOCK) {
		ck_assert_uint_eq(raw.len, without);
	} else {
		ck_assert_uint_eq(raw.len, chain.rec[height - 1].len);
		ck_assert_mem_eq(raw.data, blocks_data(&chain, height - 1),
		    raw.len);
	}
	btcwire_msg_unref(msg);
	return raw.len;
}

START_TEST(blocks_with_and_without_witnesses)
{
	size_t height, with, without, more = 0;

	client_start(&a, node.port);
	for (height = WITNESSES - 10; height < WITNESSES + 10; height++) {
		with = block_size(BTCWIRE_INV_WITNESS_BLOCK, height);
		without = block_size(BTCWIRE_INV_BLOCK, height);
		if (height < WITNESSES)
			ck_assert_uint_eq(with, without);
		else
			ck_assert_uint_ge(with, without);
		more += with > without;
	}
	/* Once the first witness outputs have been made they are spent. */
	ck_assert_uint_ge(more, 8);
	client_stop(&a);
}
END_TEST

/*
 * A client asks for 20,000 things in one message, twice what the node's send
 * queue holds, and reads nothing until that queue stands still between its low
 * water and its bound: all of them come, in order.
 */
#define MANY        20000
#define LOW_WATER   5000	/* the queue, once full, is filled again below this */

static void
await_queue(void)
{
	int64_t deadline = system_deadline();
	unsigned long long queued = 0;

	while (queued < LOW_WATER && system_left(deadline) > 0) {
		char *line = proc_ask(&node.proc, "peers\n", "   id ");

		free(line);
		line = proc_line(&node.proc, "");
		if (sscanf(line, "%*u %*s in %*u %*d %*u %*u %*u %*u %*s %llu",
		    &queued) != 1)
			queued = 0;
		free(line);
		free(proc_line(&node.proc, "1 peers"));
	}
	ck_assert_uint_ge(queued, LOW_WATER);
}

START_TEST(more_than_the_send_queue_holds)
{
	struct btcwire_invvect *vec = calloc(MANY, sizeof(*vec));
	struct btcwire_inv inv = { .vec = vec, .vec_len = MANY };
	size_t *height = calloc(MANY, sizeof(*height));
	struct gen g;
	size_t i;

	ck_assert(vec != NULL && height != NULL);
	gen_init(&g, 20000);
	for (i = 0; i < MANY; i++) {
		height[i] = WITNESSES + (size_t)gen_below(&g,
		    BLOCKS - WITNESSES + 1);
		vec[i].type = BTCWIRE_INV_WITNESS_BLOCK;
		vec[i].hash = *hash_at(height[i]);
	}
	gen_clear(&g);
	a.keep = UINT64_C(1) << BTCWIRE_BLOCK;
	a.receive_buffer = 65536;
	client_start(&a, node.port);
	client_send(&a, BTCWIRE_GETDATA, &inv);
	expect_block(&a, height[0]);
	client_block(&a, true);
	await_queue();
	client_block(&a, false);
	for (i = 1; i < MANY; i++)
		expect_block(&a, height[i]);
	client_settle(&a);
	ck_assert_uint_eq(client_waiting(&a, BTCWIRE_BLOCK), 0);
	client_stop(&a);
	free(height);
	free(vec);
}
END_TEST

/* ---- Transactions ------------------------------------------------------ */

/* A transaction with a witness. */
static struct btcwire_msg *
new_tx(uint8_t n)
{
	static const uint8_t script[] = { 0x51 };
	struct btcwire_bytes item = { script, sizeof(script) };
	struct btcwire_txin in = { .prev.hash.b = { 1, 2, 3, n },
	    .witness = &item, .witness_len = 1 };
	struct btcwire_txout out = { .value = 1000,
	    .script = { script, sizeof(script) } };
	struct btcwire_tx tx = { .version = 2, .in = &in, .in_len = 1,
	    .out = &out, .out_len = 1 };

	return new_msg(BTCWIRE_TX, &tx);
}

static void
expect_announced(struct client *c, uint32_t type,
    const struct btcwire_hash *hash)
{
	struct btcwire_msg *msg = client_next(c, BTCWIRE_INV);
	const struct btcwire_inv *inv;

	ck_assert_ptr_nonnull(msg);
	inv = btcwire_inv_of(msg);
	ck_assert_uint_eq(inv->vec_len, 1);
	ck_assert_uint_eq(inv->vec[0].type, type);
	ck_assert_mem_eq(&inv->vec[0].hash, hash, 32);
	btcwire_msg_unref(msg);
}

static void
expect_tx(struct client *c, uint32_t type, const struct btcwire_hash *hash,
    struct btcwire_msg *tx, uint32_t flags)
{
	struct btcwire_bytes want, raw;
	struct btcwire_msg *msg;

	client_get(c, type, hash);
	msg = client_next(c, BTCWIRE_TX);
	ck_assert_ptr_nonnull(msg);
	raw = btcwire_msg_raw(msg, NULL);
	ck_assert_int_eq(btcwire_msg_payload(&want, tx, BTCWIRE_PVER_NEWEST,
	    flags), 0);
	ck_assert_uint_eq(raw.len, want.len);
	ck_assert_mem_eq(raw.data, want.data, want.len);
	btcwire_msg_unref(msg);
}

/*
 * a announces a transaction, the node asks for it, announces it to the others
 * each in the way it asked for, and serves it.
 */
START_TEST(transactions_are_relayed)
{
	struct btcwire_msg *tx = new_tx(1), *msg;
	struct btcwire_hash txid, wtxid;
	struct btcwire_invvect vec = { .type = BTCWIRE_INV_WTX };
	struct btcwire_inv inv = { .vec = &vec, .vec_len = 1 };
	struct client old;

	btcwire_txid(&txid, btcwire_tx_of(tx));
	btcwire_wtxid(&wtxid, btcwire_tx_of(tx));
	client_init(&old);
	old.config.disable_wtxid_relay = true;
	client_start(&a, node.port);
	client_start(&b, node.port);
	client_start(&old, node.port);
	/* Only who has finished the handshake hears of transactions. */
	client_settle(&b);
	client_settle(&old);
	vec.hash = wtxid;
	client_send(&a, BTCWIRE_INV, &inv);
	msg = client_next(&a, BTCWIRE_GETDATA);
	ck_assert_ptr_nonnull(msg);
	ck_assert_uint_eq(btcwire_getdata_of(msg)->vec_len, 1);
	ck_assert_mem_eq(&btcwire_getdata_of(msg)->vec[0], &vec, sizeof(vec));
	btcwire_msg_unref(msg);
	ck_assert_int_eq(btcpeer_queue_message(a.p, tx, NULL), 0);

	expect_announced(&b, BTCWIRE_INV_WTX, &wtxid);
	expect_tx(&b, BTCWIRE_INV_WTX, &wtxid, tx, 0);
	expect_announced(&old, BTCWIRE_INV_TX, &txid);
	expect_tx(&old, BTCWIRE_INV_TX, &txid, tx, BTCWIRE_NO_WITNESS);
	expect_tx(&old, BTCWIRE_INV_WITNESS_TX, &txid, tx, 0);
	/* It is known now: nobody is asked, who sent it hears nothing of it. */
	client_send(&b, BTCWIRE_INV, &inv);
	client_settle(&b);
	client_settle(&a);
	ck_assert_uint_eq(client_waiting(&b, BTCWIRE_GETDATA), 0);
	ck_assert_uint_eq(client_waiting(&a, BTCWIRE_INV), 0);
	btcwire_msg_unref(tx);
	client_stop(&old);
	client_stop(&a);
	client_stop(&b);
}
END_TEST

/* ---- New blocks -------------------------------------------------------- */

/* Have the node mine so many blocks, up to that height. */
static void
mine(unsigned n, unsigned height)
{
	char command[32], want[64];

	snprintf(command, sizeof(command), "mine %u\n", n);
	snprintf(want, sizeof(want), "mined %u height %u tip ", n, height);
	free(proc_ask(&node.proc, command, want));
	node.height = (int)height;
}

/* An announcement by inv; the last of its hashes. */
static struct btcwire_hash
announced(struct client *c, size_t n)
{
	struct btcwire_msg *msg = client_next(c, BTCWIRE_INV);
	struct btcwire_hash last;

	ck_assert_ptr_nonnull(msg);
	ck_assert_uint_eq(btcwire_inv_of(msg)->vec_len, n);
	last = btcwire_inv_of(msg)->vec[n - 1].hash;
	btcwire_msg_unref(msg);
	return last;
}

/* An announcement by headers, which follow prev; replaces it by the last. */
static void
announced_headers(struct client *c, struct btcwire_hash *prev, size_t n)
{
	struct btcwire_msg *msg = client_next(c, BTCWIRE_HEADERS);
	const struct btcwire_headers *headers;
	size_t i;

	ck_assert_ptr_nonnull(msg);
	headers = btcwire_headers_of(msg);
	ck_assert_uint_eq(headers->header_len, n);
	for (i = 0; i < n; i++) {
		ck_assert_mem_eq(&headers->header[i].prev, prev, 32);
		btcwire_header_hash(prev, &headers->header[i]);
	}
	btcwire_msg_unref(msg);
}

/*
 * a sent sendheaders and has the tip's header; b asks for nothing; the third
 * sent sendheaders, but could not link the headers it got.
 */
START_TEST(new_blocks_are_announced)
{
	struct btcwire_hash tip = *hash_at(BLOCKS), other;
	struct client third;

	client_init(&third);
	client_start(&a, node.port);
	client_start(&b, node.port);
	client_start(&third, node.port);
	client_send(&a, BTCWIRE_SENDHEADERS, NULL);
	client_send(&third, BTCWIRE_SENDHEADERS, NULL);
	client_ask_chain(&a, BTCWIRE_GETHEADERS, hash_at(BLOCKS - 1), NULL);
	expect_headers(&a, BLOCKS, 1);
	client_settle(&a);
	client_settle(&third);

	mine(3, BLOCKS + 3);
	announced_headers(&a, &tip, 3);
	other = announced(&b, 3);
	ck_assert_mem_eq(&other, &tip, 32);
	other = announced(&third, 3);
	ck_assert_mem_eq(&other, &tip, 32);
	mine(1, BLOCKS + 4);
	announced_headers(&a, &tip, 1);
	other = announced(&b, 1);
	ck_assert_mem_eq(&other, &tip, 32);
	/* More than an announcement by headers may have (BIP 130). */
	mine(9, BLOCKS + 13);
	tip = announced(&a, 9);
	other = announced(&b, 9);
	ck_assert_mem_eq(&other, &tip, 32);
	/* It can be had, and none of them came twice. */
	client_get(&b, BTCWIRE_INV_WITNESS_BLOCK, &tip);
	btcwire_msg_unref(client_next(&b, BTCWIRE_BLOCK));
	client_settle(&a);
	client_settle(&b);
	ck_assert_uint_eq(client_waiting(&a, BTCWIRE_HEADERS), 0);
	ck_assert_uint_eq(client_waiting(&b, BTCWIRE_INV), 0);
	ck_assert_uint_eq(client_waiting(&b, BTCWIRE_HEADERS), 0);
	client_stop(&third);
	client_stop(&a);
	client_stop(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_serve");
	TCase *tc = add_tcase(s, "serve");

	tcase_add_unchecked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, getblocks_to_the_tip);
	tcase_add_test(tc, getheaders_in_every_way);
	tcase_add_test(tc, unknown_things_are_not_found);
	tcase_add_test(tc, blocks_with_and_without_witnesses);
	tcase_add_test(tc, more_than_the_send_queue_holds);
	tcase_add_test(tc, transactions_are_relayed);
	tcase_add_test(tc, new_blocks_are_announced);
	return run_suite(s);
}
