/*
 * Merkleblocks: made here and verified, and a real one.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "allocs.h"
#include "gen.h"
#include "merkles.h"
#include "runner.h"

#define NEWEST BTCWIRE_PVER_NEWEST

/* ---- Made and verified -------------------------------------------------- */

/* All subsets; and the payloads are those of another implementation. */
START_TEST(all_subsets)
{
	struct btcwire_hash sums[510], sum;
	char text[BTCWIRE_HASH_HEX];
	struct btcwire_bytes p;
	struct made b;
	size_t n, at = 0;
	unsigned mask;

	for (n = 1; n <= 8; n++) {
		made_init(&b, n);
		for (mask = 0; mask < 1u << n; mask++) {
			match_mask(&b, mask);
			ck_assert_msg(proves(&b, made_proof(&b)), "%zu: %x", n,
			    mask);
			p = btcwire_msg_raw(b.msg, NULL);
			btcwire_sha256d(&sums[at++], p.data, p.len);
		}
		made_clear(&b);
	}
	ck_assert_uint_eq(at, 510);
	btcwire_sha256d(&sum, sums, sizeof(sums));
	ck_assert_str_eq(btcwire_hash_to_hex(text, &sum),
	    "1744a47079c44dd7bfcd0624b6b45cb8c2ec87da85ded088ad9d640fd74ef2c7");
}
END_TEST

/* Every step-th from the first on. */
static const struct {
	size_t n, first, step, len;
	const char *sum;
} large[] = {
	{ 300, 0, 1, 9764,
	  "ef97b9befcfcb506410a574963c7ea03f1c40581fa1dc1509d5a2e0cb40ca306" },
	{ 300, 0, 7, 5279,
	  "7183667bbe98a2a5abddf0f6b78f794a09af9576051b0dfc914a8a6d5fb63f18" },
	{ 299, 298, 1, 248,
	  "d5630eb0f095b36bf175ce517c69eefb5e5f9ac8a7ec7fc85b41d801335821dc" },
};

START_TEST(known_large)
{
	char text[BTCWIRE_HASH_HEX];
	struct btcwire_bytes p;
	struct btcwire_hash sum;
	struct made b;
	size_t i;

	made_init(&b, large[_i].n);
	for (i = large[_i].first; i < large[_i].n; i += large[_i].step)
		b.match[i] = true;
	ck_assert(proves(&b, made_proof(&b)));
	p = btcwire_msg_raw(b.msg, NULL);
	ck_assert_uint_eq(p.len, large[_i].len);
	btcwire_sha256d(&sum, p.data, p.len);
	ck_assert_str_eq(btcwire_hash_to_hex(text, &sum), large[_i].sum);
	made_clear(&b);
}
END_TEST

/* Sets of every density, from one in a thousand to all but one. */
START_TEST(random_sets)
{
	struct made b;
	struct gen g;
	size_t n, i;
	int round;

	gen_init(&g, 37);
	for (n = 1; n <= MOST; n += TEST_SLOW ? 13 : 1) {
		made_init(&b, n);
		for (round = 0; round < 12; round++) {
			uint64_t odds = UINT64_C(1) << round;

			for (i = 0; i < n; i++)
				b.match[i] = (gen_below(&g, odds) == 0) ==
				    (round % 2 == 0);
			b.match[gen_below(&g, n)] ^= round == 11;
			ck_assert_msg(proves(&b, made_proof(&b)),
			    "%zu, round %d", n, round);
		}
		made_clear(&b);
	}
	gen_clear(&g);
}
END_TEST

START_TEST(new_refuses)
{
	static const struct btcwire_txin in;
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;
	struct btcwire_tx *tx = calloc(16667, sizeof(*tx));
	bool *match = calloc(16667, sizeof(*match));
	struct btcwire_block block = { .tx = tx };
	size_t i, n = 1;

	ck_assert(tx != NULL && match != NULL);
	for (i = 0; i < 16667; i++)
		tx[i] = (struct btcwire_tx){ .in = &in, .in_len = 1 };
	ck_assert_int_eq(btcwire_merkleblock_new(&msg, &block, match, &err),
	    BTCPEER_E_INVAL);
	ck_assert_int_eq(err.code, BTCPEER_E_INVAL);
	block.tx_len = 16667;
	ck_assert_int_eq(btcwire_merkleblock_new(&msg, &block, match, &err),
	    BTCPEER_E_TOOBIG);
	ck_assert_int_eq(err.code, BTCPEER_E_TOOBIG);
	ck_assert_int_eq(btcwire_merkleblock_new(&msg, &block, match, NULL),
	    BTCPEER_E_TOOBIG);
	ck_assert_ptr_null(msg);
	block.tx_len = 16666;
	ck_assert_int_eq(btcwire_block_merkle_root(&block.header.merkle_root,
	    NULL, &block), 0);
	ck_assert_int_eq(btcwire_merkleblock_new(&msg, &block, match, &err), 0);
	ck_assert_int_eq(btcwire_merkleblock_check(NULL, &n, 0,
	    btcwire_merkleblock_of(msg), &err), 0);
	ck_assert_uint_eq(n, 0);
	btcwire_msg_unref(msg);
	free(match);
	free(tx);
}
END_TEST

START_TEST(out_of_memory)
{
	struct btcpeer_error err;
	struct made b;
	int rc;
	long n;

	made_init(&b, 20);
	match_mask(&b, 0x8421);
	for (n = 0;; n++) {
		err = (struct btcpeer_error){ 0 };
		allocs_start_failing(n);
		rc = btcwire_merkleblock_new(&b.msg, &b.block, b.match, &err);
		allocs_stop();
		if (rc == 0)
			break;
		ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
		ck_assert_int_eq(err.code, rc);
		ck_assert(strstr(err.text, "memory") != NULL);
		ck_assert_ptr_null(b.msg);
	}
	ck_assert_int_ge(n, 3);
	ck_assert(proves(&b, btcwire_merkleblock_of(b.msg)));
	made_clear(&b);
}
END_TEST

START_TEST(too_little_room)
{
	struct btcpeer_error err = { 0 };
	struct btcwire_match got[3], before[3];
	const struct btcwire_merkleblock *m;
	size_t room, n = 7;
	struct made b;

	made_init(&b, 9);
	match_mask(&b, 0x111);
	m = made_proof(&b);
	memset(got, 0x5a, sizeof(got));
	memcpy(before, got, sizeof(got));
	for (room = 0; room < 3; room++) {
		ck_assert_int_eq(btcwire_merkleblock_check(got, &n, room, m,
		    &err), BTCPEER_E_BUFFER);
		ck_assert_int_eq(err.code, BTCPEER_E_BUFFER);
		ck_assert_uint_eq(n, 7);
		ck_assert_mem_eq(got, before, sizeof(got));
	}
	ck_assert_int_eq(btcwire_merkleblock_check(got, &n, 3, m, &err), 0);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(got[2].index, 8);
	made_clear(&b);
}
END_TEST

/* ---- A real one --------------------------------------------------------- */

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

/* Its matches are in the block, and of the block and them comes just it. */
START_TEST(real_one)
{
	struct btcwire_msg *block = read_msg("blocks/block300025.raw",
	    BTCWIRE_BLOCK), *msg = read_msg("messages/merkle300025.raw",
	    BTCWIRE_MERKLEBLOCK), *made = NULL;
	const struct btcwire_merkleblock *m = btcwire_merkleblock_of(msg);
	const struct btcwire_block *b = btcwire_block_of(block);
	struct btcwire_match got[16];
	struct btcwire_bytes p, q;
	struct btcwire_hash id;
	bool match[461] = { false };
	char text[BTCWIRE_HASH_HEX];
	size_t i, n = 0;

	ck_assert_uint_eq(m->total, 461);
	ck_assert_uint_eq(b->tx_len, 461);
	ck_assert_uint_eq(m->hash_len, 10);
	ck_assert_int_eq(btcwire_merkleblock_check(got, &n, 16, m, NULL), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(got[0].index, 396);
	ck_assert_str_eq(btcwire_hash_to_hex(text, &got[0].txid),
	    "5708f3c63be2baf9d478256cded8787c84f1eb8262c6751993a84cd04cf89373");
	ck_assert_uint_eq(got[1].index, 397);
	ck_assert_str_eq(btcwire_hash_to_hex(text, &got[1].txid),
	    "5ceec2d8ee90cb4b956870fac6055bead9333570f656ec3014307031de518cec");
	for (i = 0; i < n; i++) {
		btcwire_txid(&id, &b->tx[got[i].index]);
		ck_assert(btcwire_hash_equal(&id, &got[i].txid));
		match[got[i].index] = true;
	}
	ck_assert_int_eq(btcwire_header_check(&m->header,
	    btcwire_chain(BTCWIRE_MAINNET), NULL), 0);

	ck_assert_int_eq(btcwire_merkleblock_new(&made, b, match, NULL), 0);
	p = btcwire_msg_raw(made, NULL);
	q = btcwire_msg_raw(msg, NULL);
	ck_assert_uint_eq(p.len, q.len);
	ck_assert(memcmp(p.data, q.data, p.len) == 0);
	btcwire_msg_unref(made);
	btcwire_msg_unref(msg);
	btcwire_msg_unref(block);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_merkleblock");
	TCase *tc = add_tcase(s, "merkleblock");
	bool data = have_data();
	int rc;

	tcase_add_test(tc, all_subsets);
	tcase_add_loop_test(tc, known_large, 0, N_ROWS(large));
	tcase_add_test(tc, random_sets);
	tcase_add_test(tc, new_refuses);
	tcase_add_test(tc, out_of_memory);
	tcase_add_test(tc, too_little_room);
	if (data)
		tcase_add_test(tc, real_one);
	rc = run_suite(s);
	return rc == EXIT_SUCCESS && !data ? TEST_SKIP : rc;
}
