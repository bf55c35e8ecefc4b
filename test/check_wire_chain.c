/*
 * The chains: figures, names, and a genesis block that hashes to its hash.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "runner.h"

/* clang-format off */
static const struct {
	enum btcwire_chain_id id;
	const char *name, *alias;
	const char *magic;
	uint16_t port;
	uint32_t bits;
	const char *genesis, *merkle_root;
	uint32_t time;
	size_t size;
} want[] = {
	{ BTCWIRE_MAINNET, "mainnet", "main", "f9beb4d9", 8333, 0x1d00ffff,
	  "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
	  "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", 1231006505, 285 },
	{ BTCWIRE_TESTNET3, "testnet3", "test", "0b110907", 18333, 0x1d00ffff,
	  "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943",
	  "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", 1296688602, 285 },
	{ BTCWIRE_TESTNET3, "testnet3", "testnet", "0b110907", 18333, 0x1d00ffff,
	  "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943",
	  "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", 1296688602, 285 },
	{ BTCWIRE_TESTNET4, "testnet4", "testnet4", "1c163f28", 48333, 0x1d00ffff,
	  "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043",
	  "7aa0a7ae1e223414cb807e40cd57e667b718e42aaf9306db9102fe28912b7b4e", 1714777860, 261 },
	{ BTCWIRE_SIGNET, "signet", "signet", "0a03cf40", 38333, 0x1e0377ae,
	  "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6",
	  "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", 1598918400, 285 },
	{ BTCWIRE_REGTEST, "regtest", "regtest", "fabfb5da", 18444, 0x207fffff,
	  "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
	  "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", 1296688602, 285 },
	{ BTCWIRE_SIMNET, "simnet", "simnet", "161c1412", 18555, 0x207fffff,
	  "683e86bd5c6d110d91b94b97137ba6bfe02dbbdb8e3dff722a669b5d69d77af6",
	  "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b", 1401292357, 285 },
};
/* clang-format on */

START_TEST(figures)
{
	const struct btcwire_chain *c = btcwire_chain(want[_i].id);
	char text[BTCWIRE_HASH_HEX];
	uint8_t *magic;
	size_t len;

	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(c->id, want[_i].id);
	ck_assert_str_eq(c->name, want[_i].name);
	ck_assert_ptr_eq(btcwire_chain_by_name(want[_i].name), c);
	ck_assert_ptr_eq(btcwire_chain_by_name(want[_i].alias), c);
	magic = unhex(want[_i].magic, &len);
	ck_assert_mem_eq(c->magic, magic, 4);
	free(magic);
	ck_assert_uint_eq(c->port, want[_i].port);
	ck_assert_uint_eq(c->pow_limit_bits, want[_i].bits);
	ck_assert_str_eq(btcwire_hash_to_hex(text, &c->genesis_hash),
	    want[_i].genesis);
}
END_TEST

START_TEST(genesis)
{
	const struct btcwire_chain *c = btcwire_chain(want[_i].id);
	const struct btcwire_block *block;
	struct btcpeer_error err = { .text = "" };
	struct btcwire_msg *msg = NULL;
	struct btcwire_bytes again;
	struct btcwire_hash hash;
	char text[BTCWIRE_HASH_HEX];

	ck_assert_uint_eq(c->genesis.len, want[_i].size);
	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_BLOCK, c->genesis.data,
	    c->genesis.len, BTCWIRE_PVER_NEWEST, BTCWIRE_STRICT, &err), 0);
	block = btcwire_block_of(msg);
	btcwire_header_hash(&hash, &block->header);
	ck_assert(btcwire_hash_equal(&hash, &c->genesis_hash));
	ck_assert(btcwire_hash_is_null(&block->header.prev));
	ck_assert_str_eq(btcwire_hash_to_hex(text, &block->header.merkle_root),
	    want[_i].merkle_root);
	ck_assert_uint_eq(block->header.time, want[_i].time);
	ck_assert_uint_eq(block->header.bits, want[_i].bits);
	ck_assert_msg(btcwire_block_check(block, &err) == 0, "%s", err.text);
	ck_assert_msg(btcwire_header_check(&block->header, c, &err) == 0, "%s",
	    err.text);
	ck_assert_uint_eq(block->tx_len, 1);
	ck_assert_int_eq(block->tx[0].out[0].value, INT64_C(5000000000));
	ck_assert_int_eq(btcwire_msg_payload(&again, msg, BTCWIRE_PVER_NEWEST,
	    0), 0);
	ck_assert_uint_eq(again.len, c->genesis.len);
	ck_assert_mem_eq(again.data, c->genesis.data, again.len);
	btcwire_msg_unref(msg);
}
END_TEST

START_TEST(all_are_known)
{
	const struct btcwire_chain *a, *b;
	int i, j;

	for (i = 0; i < BTCWIRE_NCHAINS; i++) {
		a = btcwire_chain((enum btcwire_chain_id)i);
		ck_assert_ptr_nonnull(a);
		ck_assert_int_eq(a->id, i);
		for (j = 0; j < i; j++) {
			b = btcwire_chain((enum btcwire_chain_id)j);
			ck_assert_str_ne(a->name, b->name);
			ck_assert(memcmp(a->magic, b->magic, 4) != 0);
			ck_assert_uint_ne(a->port, b->port);
		}
	}
}
END_TEST

START_TEST(unknown)
{
	static const char *const names[] = { "", "Mainnet", "mainnet ", "mai",
		"testnet5", "bitcoin", "regtes", "regtest2" };
	int i;

	for (i = 0; i < N_ROWS(names); i++)
		ck_assert_ptr_null(btcwire_chain_by_name(names[i]));
	ck_assert_ptr_null(btcwire_chain(BTCWIRE_NCHAINS));
	ck_assert_ptr_null(btcwire_chain((enum btcwire_chain_id)-1));
	ck_assert_ptr_null(btcwire_chain((enum btcwire_chain_id)1000));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_chain");
	TCase *tc = add_tcase(s, "chains");

	tcase_add_loop_test(tc, figures, 0, N_ROWS(want));
	tcase_add_loop_test(tc, genesis, 0, N_ROWS(want));
	tcase_add_test(tc, all_are_known);
	tcase_add_test(tc, unknown);
	return run_suite(s);
}
