/*
 * Targets from their compact form and back, and proof of work.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "gen.h"
#include "runner.h"

/* The target as a number in hex without the zeroes before it; NULL: refused. */
static const struct {
	uint32_t bits;
	const char *first;	/* its digits but for the zeroes after them */
	int digits;		/* with these */
} targets[] = {
	{ 0x1d00ffff, "ffff", 56 },
	{ 0x207fffff, "7fffff", 64 },
	{ 0x1e0377ae, "377ae", 59 },
	{ 0x1a0202f0, "202f0", 51 },
	{ 0x18013ce9, "13ce9", 47 },
	{ 0x01123456, "12", 2 },
	{ 0x02123456, "1234", 4 },
	{ 0x03123456, "123456", 6 },
	{ 0x04123456, "123456", 8 },
	{ 0x05009234, "9234", 8 },
	{ 0x02008000, "80", 2 },
	{ 0x20123456, "123456", 64 },
	{ 0x2100ffff, "ffff", 64 },
	{ 0x220000ff, "ff", 64 },
	/* zero */
	{ 0x00000000, NULL, 0 },
	{ 0x00123456, NULL, 0 },
	{ 0x01003456, NULL, 0 },
	{ 0x02000056, NULL, 0 },
	{ 0x03000000, NULL, 0 },
	{ 0x20000000, NULL, 0 },
	{ 0xff000000, NULL, 0 },
	/* negative */
	{ 0x01fedcba, NULL, 0 },
	{ 0x04923456, NULL, 0 },
	{ 0x1d80ffff, NULL, 0 },
	{ 0x20800001, NULL, 0 },
	{ 0x20ffffff, NULL, 0 },
	{ 0x04800001, NULL, 0 },
	/* over 256 bits */
	{ 0x21010000, NULL, 0 },
	{ 0x22000100, NULL, 0 },
	{ 0x23000001, NULL, 0 },
	{ 0x217fffff, NULL, 0 },
	{ 0xff123456, NULL, 0 },
	{ 0xff000001, NULL, 0 },
};

START_TEST(target)
{
	struct btcwire_hash t, before;
	char text[BTCWIRE_HASH_HEX], want[BTCWIRE_HASH_HEX];
	int rc;

	memset(&t, 0x5a, sizeof(t));
	before = t;
	rc = btcwire_target_from_bits(t.b, targets[_i].bits);
	if (targets[_i].first == NULL) {
		ck_assert_msg(rc == BTCPEER_E_BADVALUE, "%08x: %d",
		    targets[_i].bits, rc);
		ck_assert_mem_eq(&t, &before, sizeof(t));
		return;
	}
	ck_assert_msg(rc == 0, "%08x: %d", targets[_i].bits, rc);
	memset(want, '0', 64);
	want[64] = '\0';
	memcpy(want + 64 - targets[_i].digits, targets[_i].first,
	    strlen(targets[_i].first));
	ck_assert_str_eq(btcwire_hash_to_hex(text, &t), want);
}
END_TEST

/* The target in hex without the zeroes before it. */
static const struct {
	const char *target;
	uint32_t bits;
} compacts[] = {
	{ "0", 0 },
	{ "1", 0x01010000 },
	{ "7f", 0x017f0000 },
	{ "80", 0x02008000 },
	{ "ff", 0x0200ff00 },
	{ "100", 0x02010000 },
	{ "7fff", 0x027fff00 },
	{ "8000", 0x03008000 },
	{ "123456", 0x03123456 },
	{ "7fffff", 0x037fffff },
	{ "800000", 0x04008000 },
	{ "ffffff", 0x0400ffff },
	{ "12345600", 0x04123456 },
	{ "123456ff", 0x04123456 },
	{ "7fffffff", 0x047fffff },
	{ "92340000", 0x05009234 },
	{ "9234ffff", 0x05009234 },
	{ "ffff0000000000000000000000000000000000000000000000000000",
	  0x1d00ffff },
	{ "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	  0x1d00ffff },
	{ "7fffff0000000000000000000000000000000000000000000000000000000000",
	  0x207fffff },
	{ "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	  0x207fffff },
	{ "8000000000000000000000000000000000000000000000000000000000000000",
	  0x21008000 },
	{ "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	  0x2100ffff },
};

START_TEST(compact)
{
	char hex[BTCWIRE_HASH_HEX];
	struct btcwire_hash t;
	uint32_t bits;

	memset(hex, '0', 64);
	hex[64] = '\0';
	memcpy(hex + 64 - strlen(compacts[_i].target), compacts[_i].target,
	    strlen(compacts[_i].target));
	ck_assert_int_eq(btcwire_hash_from_hex(&t, hex), 0);
	bits = btcwire_bits_from_target(t.b);
	ck_assert_msg(bits == compacts[_i].bits, "%s: %08x",
	    compacts[_i].target, bits);
}
END_TEST

/* Whatever bits can say comes back, and in its one normal form. */
START_TEST(there_and_back)
{
	uint32_t size, word, bits, n = 0;
	uint8_t t[32], again[32];

	for (size = 0; size < 0x24; size++) {
		for (word = 0; word < 0x800000; word += TEST_SLOW ? 9973 : 997) {
			if (btcwire_target_from_bits(t,
			    size << 24 | word) != 0)
				continue;
			n++;
			bits = btcwire_bits_from_target(t);
			if (size >= 3 && word >= 0x8000)
				ck_assert_uint_eq(bits, size << 24 | word);
			ck_assert_int_eq(btcwire_target_from_bits(again, bits),
			    0);
			ck_assert(memcmp(again, t, 32) == 0);
			ck_assert_uint_eq(btcwire_bits_from_target(again),
			    bits);
		}
	}
	ck_assert_uint_gt(n, 30 * (0x800000 / (TEST_SLOW ? 9973 : 997)));
}
END_TEST

/* Of any number the first bytes are kept: three, or two where the first would
 * be taken for a sign. */
START_TEST(cut_off)
{
	uint8_t t[32], again[32];
	struct gen g;
	int i, len, kept;

	gen_init(&g, 32);
	for (i = 0; i < 100000; i++) {
		memset(t, 0, sizeof(t));
		len = 1 + (int)gen_below(&g, 32);
		gen_fill(&g, t, (size_t)len);
		if (t[len - 1] == 0)
			continue;
		ck_assert_int_eq(btcwire_target_from_bits(again,
		    btcwire_bits_from_target(t)), 0);
		kept = t[len - 1] >= 0x80 ? 2 : 3;
		if (len > kept)
			memset(t, 0, (size_t)(len - kept));
		ck_assert(memcmp(again, t, 32) == 0);
	}
	gen_clear(&g);
}
END_TEST

static struct btcwire_header
genesis_header(const struct btcwire_chain *chain)
{
	struct btcwire_msg *msg = NULL;
	struct btcwire_header header;

	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_BLOCK, chain->genesis.data,
	    chain->genesis.len, BTCWIRE_PVER_NEWEST, 0, NULL), 0);
	header = btcwire_block_of(msg)->header;
	btcwire_msg_unref(msg);
	return header;
}

static int
check(const struct btcwire_header *h, enum btcwire_chain_id id)
{
	struct btcpeer_error err = { .code = 1 };
	int rc = btcwire_header_check(h, btcwire_chain(id), &err);

	ck_assert_int_eq(err.code, rc == 0 ? 1 : rc);
	if (rc != 0)
		ck_assert(err.text[0] != '\0');
	ck_assert_int_eq(btcwire_header_check(h, btcwire_chain(id), NULL), rc);
	return rc;
}

START_TEST(work_is_missing)
{
	struct btcwire_header h = genesis_header(btcwire_chain(BTCWIRE_MAINNET));

	ck_assert_int_eq(check(&h, BTCWIRE_MAINNET), 0);
	h.nonce++;
	ck_assert_int_eq(check(&h, BTCWIRE_MAINNET), BTCPEER_E_PROOF);
	h.nonce--;
	h.time++;
	ck_assert_int_eq(check(&h, BTCWIRE_MAINNET), BTCPEER_E_PROOF);
	h.time--;
	h.merkle_root.b[0] ^= 1;
	ck_assert_int_eq(check(&h, BTCWIRE_MAINNET), BTCPEER_E_PROOF);
}
END_TEST

/* A target easier than the chain allows is no proof, even when it is met. */
START_TEST(limit_of_the_chain)
{
	struct btcwire_header easy =
	    genesis_header(btcwire_chain(BTCWIRE_REGTEST)),
	    hard = genesis_header(btcwire_chain(BTCWIRE_MAINNET)),
	    signet = genesis_header(btcwire_chain(BTCWIRE_SIGNET));

	ck_assert_int_eq(check(&easy, BTCWIRE_REGTEST), 0);
	ck_assert_int_eq(check(&easy, BTCWIRE_SIMNET), 0);
	ck_assert_int_eq(check(&easy, BTCWIRE_MAINNET), BTCPEER_E_PROOF);
	ck_assert_int_eq(check(&easy, BTCWIRE_SIGNET), BTCPEER_E_PROOF);
	ck_assert_int_eq(check(&signet, BTCWIRE_SIGNET), 0);
	ck_assert_int_eq(check(&signet, BTCWIRE_TESTNET3), BTCPEER_E_PROOF);
	ck_assert_int_eq(check(&hard, BTCWIRE_REGTEST), 0);
	ck_assert_int_eq(check(&hard, BTCWIRE_SIGNET), 0);
}
END_TEST

START_TEST(senseless_bits)
{
	struct btcwire_header h =
	    genesis_header(btcwire_chain(BTCWIRE_REGTEST));

	if (targets[_i].first != NULL)
		return;
	h.bits = targets[_i].bits;
	ck_assert_int_eq(check(&h, BTCWIRE_REGTEST), BTCPEER_E_PROOF);
}
END_TEST

/*
 * Half of all headers meet regtest's target: the top bit decides, so every
 * mistake in the order of the bytes shows.
 */
START_TEST(hash_against_target)
{
	struct btcwire_header h =
	    genesis_header(btcwire_chain(BTCWIRE_REGTEST));
	struct btcwire_hash hash;
	int met = 0, i;

	for (i = 0; i < 1000; i++) {
		h.nonce = (uint32_t)i;
		btcwire_header_hash(&hash, &h);
		met += hash.b[31] < 0x80;
		ck_assert_int_eq(check(&h, BTCWIRE_REGTEST),
		    hash.b[31] < 0x80 ? 0 : BTCPEER_E_PROOF);
	}
	ck_assert_int_gt(met, 400);
	ck_assert_int_lt(met, 600);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_pow");
	TCase *tc = add_tcase(s, "pow");

	tcase_add_loop_test(tc, target, 0, N_ROWS(targets));
	tcase_add_loop_test(tc, compact, 0, N_ROWS(compacts));
	tcase_add_test(tc, there_and_back);
	tcase_add_test(tc, cut_off);
	tcase_add_test(tc, work_is_missing);
	tcase_add_test(tc, limit_of_the_chain);
	tcase_add_loop_test(tc, senseless_bits, 0, N_ROWS(targets));
	tcase_add_test(tc, hash_against_target);
	return run_suite(s);
}
