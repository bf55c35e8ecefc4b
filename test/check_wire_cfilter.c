/*
 * Filters of blocks: published ones, what goes into them, and what they match.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "allocs.h"
#include "filters.h"
#include "runner.h"

#define NEWEST BTCWIRE_PVER_NEWEST

/* ---- Published filters ------------------------------------------------- */

/* Of testnet3; the vectors of BIP 158.  Hashes as people see them. */
static const struct {
	const char *name;
	const char *block;	/* NULL: the genesis block */
	const char *spent[1];
	const char *prev_header, *filter, *header;
} known[] = {
	{ "testnet3 genesis", NULL, { NULL },
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "019dfca8",
	    "21584579b7eb08997773e5aeff3a7f932700042d0ed2a6129012b7d7ae81b750"
	},
	{ "one output",
	    "0100000006128e87be8b1b4dea47a7247d5528d2702c96826c7a648497e773b8"
	    "00000000e241352e3bec0a95a6217e10c3abb54adfa05abb12c126695595580f"
	    "b92e222032e7494dffff001d00d2353401010000000100000000000000000000"
	    "00000000000000000000000000000000000000000000ffffffff0e0432e7494d"
	    "010e062f503253482fffffffff0100f2052a010000002321038a7f6ef1c8ca0c"
	    "588aa53fa860128077c9e6c11e6830f4d7ee4e763a56b7718fac00000000",
	    { NULL },
	    "d7bdac13a59d745b1add0d2ce852f1a0442e8945fc1bf3848d3cbffd88c24fe1",
	    "0174a170",
	    "186afd11ef2b5e7e3504f2e8cbf8df28a1fd251fe53d60dff8b1467d1b386cf0"
	},
	{ "the next block",
	    "0100000020782a005255b657696ea057d5b98f34defcf75196f64f6eeac8026c"
	    "0000000041ba5afc532aae03151b8aa87b65e1594f97504a768e010c98c0add7"
	    "9216247186e7494dffff001d058dc2b601010000000100000000000000000000"
	    "00000000000000000000000000000000000000000000ffffffff0e0486e7494d"
	    "0151062f503253482fffffffff0100f2052a01000000232103f6d9ff4c129594"
	    "45ca5549c811683bf9c88e637b222dd2e0311154c4c85cf423ac00000000",
	    { NULL },
	    "186afd11ef2b5e7e3504f2e8cbf8df28a1fd251fe53d60dff8b1467d1b386cf0",
	    "016cf7a0",
	    "8d63aadf5ab7257cb6d2316a57b16f517bff1c6388f124ec4c04af1212729d2a"
	},
	{ "a script that makes no sense",
	    "000000202694f74969fdb542090e95a56bc8aa2d646e27033850e32f1c5f0000"
	    "00000000f7e53676b3f12d5beb524ed617f2d25f5a93b5f4f52c1ba2678260d7"
	    "2712f8dd0a6dfe5740257e1a4b17689601010000000100000000000000000000"
	    "00000000000000000000000000000000000000000000ffffffff1603e4120ff9"
	    "c30a1c216900002f424d4920546573742fffffff0001205fa012000000001e76"
	    "a914c486de584a735ec2f22da7cd9681614681f92173d83d0aa68688ac000000"
	    "00",
	    { NULL },
	    "fe4d230dbb0f4fec9bed23a5283e08baf996e3f32b93f52c7de1f641ddfd04ad",
	    "010c0b40",
	    "0965a544743bbfa36f254446e75630c09404b3d164a261892372977538928ed5"
	},
	{ "a spent output, OP_RETURN, witnesses",
	    "000000201c8d1a529c39a396db2db234d5ec152fa651a2872966daccbde028b4"
	    "00000000083f14492679151dbfaa1a825ef4c18518e780c1f91044180280a7d3"
	    "3f4a98ff5f45765aaddc001d38333b9a02010000000001010000000000000000"
	    "000000000000000000000000000000000000000000000000ffffffff23035247"
	    "1300fe5f45765afe94690a000963676d696e6572343208000000000000000000"
	    "ffffffff024423a804000000001976a914f2c25ac3d59f3d674b1d1d0a25c273"
	    "39aaac0ba688ac0000000000000000266a24aa21a9edcb26cb3052426b9ebb4d"
	    "19c819ef87c19677bbf3a7c46ef0855bd1b2abe8349101200000000000000000"
	    "0000000000000000000000000000000000000000000000000000000002000000"
	    "000101d20978463906ba4ff5e7192494b88dd5eb0de85d900ab253af909106fa"
	    "a22cc5010000000004000000014777ff000000000016001446c29eabe8208a33"
	    "aa1023c741fa79aa92e881ff0347304402207d7ca96134f2bcfdd6b536536fdd"
	    "39ad17793632016936f777ebb32c22943fda02206014d2fb8a6aa58279797f86"
	    "1042ba604ebd2f8f61e5bddbd9d3be5a245047b201004b632103eeaeba7ce5dc"
	    "2470221e9517fb498e8d6bd4e73b85b8be655196972eb9ccd5566754b2752103"
	    "a40b74d43df244799d041f32ce1ad515a6cd99501701540e38750d883ae21d3a"
	    "68ac00000000",
	    { "002027a5000c7917f785d8fc6e5a55adfca8717ecb973ebb7743849ff956d896"
	      "a7ed" },
	    "31d66d516a9eda7de865df29f6ef6cb8e4bf9309e5dac899968a9a62a5df61e3",
	    "0385acb4f0fe889ef0",
	    "4e6d564c2a2452065c205dd7eb2791124e0c4e0dbb064c410c24968572589dec"
	},
	{ "an empty script",
	    "000000204ea88307a7959d8207968f152bedca5a93aefab253f1fb2cfb032a40"
	    "0000000070cebb14ec6dbc27a9dfd066d9849a4d3bac5f674665f73a5fe1de01"
	    "a022a0c851fda85bf05f4c19a779d14501020000000100000000000000000000"
	    "00000000000000000000000000000000000000000000ffffffff18034d94154d"
	    "696e6572476174653030310d000000f238f401ffffffff01c817a80400000000"
	    "0000000000",
	    { NULL },
	    "5e5e12d90693c8e936f01847859404c67482439681928353ca1296982042864e",
	    "00",
	    "021e8882ef5a0ed932edeebbecfeda1d7ce528ec7b3daa27641acf1189d7b5dc"
	},
};

static struct btcwire_msg *
known_block(int i)
{
	const struct btcwire_bytes *genesis =
	    &btcwire_chain(BTCWIRE_TESTNET3)->genesis;
	struct btcwire_msg *msg = NULL;
	uint8_t *p;
	size_t len;

	if (known[i].block != NULL) {
		p = unhex(known[i].block, &len);
	} else {
		p = exact_copy(genesis->data, genesis->len);
		len = genesis->len;
	}
	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_BLOCK, p, len, NEWEST, 0,
	    NULL), 0);
	free(p);
	return msg;
}

START_TEST(known_filters)
{
	struct btcwire_msg *msg = known_block(_i);
	const struct btcwire_block *block = btcwire_block_of(msg);
	struct btcwire_hash hash, prev, want_header, header;
	struct btcwire_bytes f, spent, item;
	size_t n = known[_i].spent[0] != NULL, want_len, i, j;
	uint8_t *p = unhex(n > 0 ? known[_i].spent[0] : "", &spent.len);
	uint8_t *want = unhex(known[_i].filter, &want_len), *built = NULL;

	spent.data = p;
	ck_assert_int_eq(btcwire_cfilter_build(&built, &f.len, block, &spent, n,
	    NULL), 0);
	f.data = built;
	ck_assert_uint_eq(f.len, want_len);
	ck_assert_mem_eq(f.data, want, want_len);

	ck_assert_int_eq(btcwire_hash_from_hex(&prev, known[_i].prev_header),
	    0);
	ck_assert_int_eq(btcwire_hash_from_hex(&want_header, known[_i].header),
	    0);
	btcwire_cfilter_hash(&hash, &f);
	btcwire_cfilter_header(&header, &hash, &prev);
	ck_assert(btcwire_hash_equal(&header, &want_header));

	/* It contains what it was made of. */
	btcwire_header_hash(&hash, &block->header);
	ck_assert(n == 0 || has(&f, &hash, &spent, 1));
	for (i = 0; i < block->tx_len; i++) {
		for (j = 0; j < block->tx[i].out_len; j++) {
			item = block->tx[i].out[j].script;
			ck_assert_int_eq(has(&f, &hash, &item, 1),
			    item.len > 0 && item.data[0] != 0x6a);
		}
	}
	free(built);
	free(want);
	free(p);
	btcwire_msg_unref(msg);
}
END_TEST

/* The header of the first is the one before the second's, and so on. */
START_TEST(header_chain)
{
	struct btcwire_hash hash, header = { { 0 } };
	char hex[BTCWIRE_HASH_HEX];
	struct btcwire_bytes f;
	size_t len;
	uint8_t *p = unhex(known[0].filter, &len);

	f = (struct btcwire_bytes){ p, len };
	btcwire_cfilter_hash(&hash, &f);
	btcwire_cfilter_header(&header, &hash, &header);
	ck_assert_str_eq(btcwire_hash_to_hex(hex, &header), known[0].header);
	free(p);

	ck_assert_str_eq(known[1].header, known[2].prev_header);
	ck_assert_int_eq(btcwire_hash_from_hex(&header, known[1].header), 0);
	p = unhex(known[2].filter, &len);
	f = (struct btcwire_bytes){ p, len };
	btcwire_cfilter_hash(&hash, &f);
	btcwire_cfilter_header(&hash, &hash, &header);
	ck_assert_str_eq(btcwire_hash_to_hex(hex, &hash), known[2].header);
	free(p);
}
END_TEST

/* ---- Blocks ------------------------------------------------------------ */

/* Outputs "a", OP_RETURN, none, "b"; spent are "c", OP_RETURN, none, "a". */
START_TEST(elements)
{
	static const uint8_t data[] = { 0x6a, 0x01, 0xaa };
	struct btcwire_bytes none = { NULL, 0 }, ret = { data, 3 };
	struct btcwire_bytes a = text("a"), b = text("b"), c = text("c");
	struct btcwire_bytes spent[] = { c, ret, none, a };
	struct btcwire_bytes want[] = { a, b, c, ret }, f, g;
	struct btcwire_txin in[4] = { { .sequence = 1 } };
	struct btcwire_txout out[] = { { 1, a }, { 2, ret }, { 3, none },
		{ 4, b } };
	struct btcwire_tx tx[] = {
		{ .in = in, .in_len = 2, .out = out, .out_len = 1 },
		{ .in = in, .in_len = 1, .out = out + 1, .out_len = 2 },
		{ .in = in, .in_len = 3, .out = out + 3, .out_len = 1 } };
	struct btcwire_block block = { .header = { .version = 1 }, .tx = tx,
		.tx_len = 3 };
	struct btcpeer_error err = { 0 };
	struct btcwire_hash hash;
	uint8_t *p = NULL;
	size_t n;

	btcwire_header_hash(&hash, &block.header);
	ck_assert_int_eq(btcwire_cfilter_build(&p, &f.len, &block, spent, 4,
	    &err), 0);
	ck_assert_int_eq(err.code, 0);
	f.data = p;
	g = build(&hash, want, 4);
	ck_assert_uint_eq(f.len, g.len);
	ck_assert_mem_eq(f.data, g.data, g.len);
	drop(f);
	drop(g);

	p = NULL;
	for (n = 0; n < 7; n++) {
		if (n == 4)
			continue;
		memset(&err, 0, sizeof(err));
		ck_assert_int_eq(btcwire_cfilter_build(&p, &f.len, &block,
		    spent, n, &err), BTCPEER_E_INVAL);
		ck_assert_int_eq(err.code, BTCPEER_E_INVAL);
		ck_assert_msg(strstr(err.text, "spent scripts for 4 inputs") !=
		    NULL, "%s", err.text);
		ck_assert_int_eq(btcwire_cfilter_build(&p, &f.len, &block,
		    spent, n, NULL), BTCPEER_E_INVAL);
	}
	ck_assert_ptr_null(p);
}
END_TEST

START_TEST(empty_block)
{
	struct btcwire_block block = { .header = { .version = 1 } };
	struct btcwire_bytes none = { NULL, 0 };
	uint8_t *p = NULL;
	size_t len;

	ck_assert_int_eq(btcwire_cfilter_build(&p, &len, &block, NULL, 0, NULL),
	    0);
	ck_assert_uint_eq(len, 1);
	ck_assert_uint_eq(p[0], 0);
	free(p);
	ck_assert_int_eq(btcwire_cfilter_build(&p, &len, &block, &none, 1,
	    NULL), BTCPEER_E_INVAL);
}
END_TEST

/* Where so many can be said at all: refused before one is looked at. */
START_TEST(too_many)
{
#if SIZE_MAX > UINT32_MAX
	static const struct btcwire_hash hash;
	struct btcwire_bytes item = text("a");
	struct btcwire_tx tx = { .out_len = (size_t)1 << 32 };
	struct btcwire_block block = { .tx = &tx, .tx_len = 1 };
	struct btcpeer_error err = { 0 };
	uint8_t *p = NULL;
	size_t len;

	ck_assert_int_eq(btcwire_cfilter_build_items(&p, &len, &hash, &item,
	    (size_t)1 << 32), BTCPEER_E_TOOBIG);
	ck_assert_int_eq(btcwire_cfilter_build(&p, &len, &block, NULL, 0, &err),
	    BTCPEER_E_TOOBIG);
	ck_assert_int_eq(err.code, BTCPEER_E_TOOBIG);
	ck_assert_ptr_null(p);
#endif
}
END_TEST

/* ---- Matching ---------------------------------------------------------- */

enum { MEMBERS = 10000, ROUNDS = TEST_SLOW ? 20 : 100, OTHERS = 100000 };

/* None is lost; one other in 784,931 is found. */
START_TEST(random_members)
{
	struct btcwire_bytes *items = calloc(OTHERS, sizeof(*items)), f;
	uint64_t *data = calloc(OTHERS, sizeof(*data));
	struct btcwire_hash block = { { 1 } };
	int found = 0, i, j;

	ck_assert(items != NULL && data != NULL);
	for (j = 0; j < OTHERS; j++)
		items[j] = (struct btcwire_bytes){ (uint8_t *)&data[j], 8 };
	for (j = 0; j < MEMBERS; j++)
		data[j] = (uint64_t)j;
	f = build(&block, items, MEMBERS);
	ck_assert_uint_ge(f.len, MEMBERS * 20 / 8);
	ck_assert_uint_le(f.len, MEMBERS * 22 / 8);
	for (j = 0; j < MEMBERS; j += TEST_SLOW ? 50 : 1)
		ck_assert(has(&f, &block, &items[j], 1));
	for (i = 0; i < ROUNDS; i++) {
		for (j = 0; j < OTHERS; j++)
			data[j] = (uint64_t)(MEMBERS + i * OTHERS + j);
		found += has(&f, &block, items, OTHERS);
	}
	/* Expected are 12.7 in a hundred rounds. */
	ck_assert_msg(found >= 1 && found <= 24, "%d found", found);
	drop(f);
	free(items);
	free(data);
}
END_TEST

/* One member is found among many others, wherever it stands. */
START_TEST(one_among_many)
{
	struct btcwire_bytes items[256], wanted[256], f;
	struct btcwire_hash block = { { 3 } };
	uint8_t data[512][2];
	size_t i;

	for (i = 0; i < 512; i++) {
		data[i][0] = (uint8_t)i;
		data[i][1] = (uint8_t)(i >> 8);
	}
	for (i = 0; i < 256; i++)
		items[i] = (struct btcwire_bytes){ data[i], 2 };
	f = build(&block, items, 256);
	for (i = 0; i < 256; i++)
		wanted[i] = (struct btcwire_bytes){ data[256 + i], 2 };
	ck_assert(!has(&f, &block, wanted, 256));
	for (i = 0; i < 256; i++) {
		wanted[i * 7 % 256] = items[i];
		ck_assert(has(&f, &block, wanted, 256));
		wanted[i * 7 % 256] = (struct btcwire_bytes){ NULL, 0 };
		ck_assert(!has(&f, &block, wanted, 256));
	}
	drop(f);
}
END_TEST

/* Under the hash of another block it is another set. */
START_TEST(key_is_block)
{
	struct btcwire_hash block = { { 0 } };
	struct btcwire_bytes item = text("item"), f = build(&block, &item, 1);
	int i;

	for (i = 0; i < 32; i++) {
		block.b[i] ^= 0x80;
		ck_assert_int_eq(has(&f, &block, &item, 1), i >= 16);
		block.b[i] ^= 0x80;
	}
	drop(f);
}
END_TEST

START_TEST(out_of_memory)
{
	struct btcwire_msg *msg = known_block(1);
	struct btcwire_bytes item = text("item"), f = { NULL, 0 };
	struct btcwire_hash block = { { 0 } };
	struct btcpeer_error err;
	uint8_t *p;
	int rc[3] = { 1, 1, 1 };
	bool match = true;
	long n;

	for (n = 0; rc[0] != 0 || rc[1] != 0; n++) {
		memset(&err, 0, sizeof(err));
		p = NULL;
		allocs_start_failing(n);
		rc[0] = btcwire_cfilter_build(&p, &f.len, btcwire_block_of(msg),
		    NULL, 0, &err);
		allocs_stop();
		ck_assert_int_eq(rc[0], n < 2 ? BTCPEER_E_NOMEM : 0);
		ck_assert_int_eq(err.code, rc[0]);
		ck_assert((p != NULL) == (rc[0] == 0));
		free(p);
		p = NULL;
		allocs_start_failing(n);
		rc[1] = btcwire_cfilter_build_items(&p, &f.len, &block, &item,
		    1);
		allocs_stop();
		ck_assert_int_eq(rc[1], rc[0]);
		ck_assert((p != NULL) == (rc[1] == 0));
		free(p);
	}
	f = build(&block, NULL, 0);
	allocs_start_failing(0);
	rc[2] = btcwire_cfilter_match(&match, &f, &block, &item, 1, &err);
	allocs_stop();
	ck_assert_int_eq(rc[2], BTCPEER_E_NOMEM);
	ck_assert_int_eq(err.code, BTCPEER_E_NOMEM);
	ck_assert(match);
	drop(f);
	btcwire_msg_unref(msg);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_cfilter");
	TCase *tc = add_tcase(s, "cfilter");

	tcase_add_loop_test(tc, known_filters, 0, N_ROWS(known));
	tcase_add_test(tc, header_chain);
	tcase_add_test(tc, elements);
	tcase_add_test(tc, empty_block);
	tcase_add_test(tc, too_many);
	tcase_add_test(tc, random_members);
	tcase_add_test(tc, one_among_many);
	tcase_add_test(tc, key_is_block);
	tcase_add_test(tc, out_of_memory);
	return run_suite(s);
}
