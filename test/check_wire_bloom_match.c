/*
 * Which transactions a Bloom filter matches, and how it changes by it.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "runner.h"

#define NEWEST BTCWIRE_PVER_NEWEST
#define NONE BTCWIRE_BLOOM_UPDATE_NONE
#define ALL BTCWIRE_BLOOM_UPDATE_ALL
#define P2PUBKEY BTCWIRE_BLOOM_UPDATE_P2PUBKEY_ONLY

static struct btcwire_bloom *
new_bloom(size_t elements, double rate, uint32_t tweak, uint8_t update)
{
	struct btcwire_bloom *b = NULL;

	ck_assert_int_eq(btcwire_bloom_new(&b, elements, rate, tweak, update),
	    0);
	return b;
}

static void
insert_hex(struct btcwire_bloom *b, const char *hex)
{
	size_t len;
	uint8_t *data = unhex(hex, &len);

	btcwire_bloom_insert(b, data, len);
	free(data);
}

static struct btcwire_msg *
tx_from_hex(const char *hex)
{
	struct btcwire_msg *msg = NULL;
	size_t len;
	uint8_t *p = unhex(hex, &len);

	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_TX, p, len, NEWEST, 0,
	    NULL), 0);
	free(p);
	return msg;
}

/* b4749f017444b051c44dfd2720e88f314ff94f3dd6d56d40ef65854fcd7fff6b */
static const char paying[] =
    "01000000010b26e9b7735eb6aabdf358bab62f9816a21ba9ebdb719d5299e886"
    "07d722c190000000008b4830450220070aca44506c5cef3a16ed519d7c3c39f8"
    "aab192c4e1c90d065f37b8a4af6141022100a8e160b856c2d43d27d8fba71e5a"
    "ef6405b8643ac4cb7cb3c462aced7f14711a0141046d11fee51b0e60666d5049"
    "a9101a72741df480b96ee26488a4d3466b95c9a40ac5eeef87e10a5cd336c19a"
    "84565f80fa6c547957b7700ff4dfbdefe76036c339ffffffff021bff3d110000"
    "00001976a91404943fdd508053c75000106d3bc6e2754dbcff1988ac2f15de00"
    "000000001976a914a266436d2965547608b9e15d9032a7b9d64fa43188ac0000"
    "0000";

/* e2769b09e784f32f62ef849763d4f45b98e07ba658647343b915ff832b110436: spends
 * the first output of that. */
static const char spending[] =
    "01000000016bff7fcd4f8565ef406dd5d63d4ff94f318fe82027fd4dc451b044"
    "74019f74b4000000008c493046022100da0dc6aecefe1e06efdf05773757deb1"
    "68820930e3b0d03f46f5fcf150bf990c022100d25b5c87040076e4f253f8262e"
    "763e2dd51e7ff0be157727c4bc42807f17bd39014104e6c26ef67dc610d2cd19"
    "2484789a6cf9aea9930b944b7e2db5342b9d9e5b9ff79aff9a2ee1978dd7fd01"
    "dfc522ee02283d3b06a9d03acf8096968d7dbb0f9178ffffffff028ba7940e00"
    "0000001976a914badeecfdef0507247fc8f74241d73bc039972d7b88ac4094a8"
    "02000000001976a914c10932483fec93ed51f5fe95e72559f2cc7043f988ac00"
    "000000";

static const struct {
	const char *name;
	const char *data;
	bool pays, spends;	/* whether the one and the other match */
} matches[] = {
	{ "txid", "6bff7fcd4f8565ef406dd5d63d4ff94f"
	    "318fe82027fd4dc451b04474019f74b4", true, false },
	{ "signature", "30450220070aca44506c5cef3a16ed519d7c3c39f8aab192c4e1c9"
	    "0d065f37b8a4af6141022100a8e160b856c2d43d27d8fba71e5aef6405b8643ac4"
	    "cb7cb3c462aced7f14711a01", true, false },
	{ "key", "046d11fee51b0e60666d5049a9101a72741df480b96ee26488a4d3466b95"
	    "c9a40ac5eeef87e10a5cd336c19a84565f80fa6c547957b7700ff4dfbdefe76036"
	    "c339", true, false },
	{ "first output", "04943fdd508053c75000106d3bc6e2754dbcff19", true,
	    true },
	{ "second output", "a266436d2965547608b9e15d9032a7b9d64fa431", true,
	    false },
	{ "outpoint", "0b26e9b7735eb6aabdf358bab62f9816"
	    "a21ba9ebdb719d5299e88607d722c19000000000", true, false },
	{ "outpoint, other index", "0b26e9b7735eb6aabdf358bab62f9816"
	    "a21ba9ebdb719d5299e88607d722c19001000000", false, false },
	{ "outpoint, other hash", "0b26e9b7735eb6aabdf358bab62f9816"
	    "a21ba9ebdb719d5299e88607d700000000000000", false, false },
	{ "other txid", "3604112b83ff15b943736458a67be098"
	    "5bf4d4639784ef622ff384e709000000", false, false },
	{ "other hash", "0000006d2965547608b9e15d9032a7b9d64fa431", false,
	    false },
	{ "the other's key", "04e6c26ef67dc610d2cd192484789a6cf9aea9930b944b7e"
	    "2db5342b9d9e5b9ff79aff9a2ee1978dd7fd01dfc522ee02283d3b06a9d03acf80"
	    "96968d7dbb0f9178", false, true },
	{ "the other's outpoint", "6bff7fcd4f8565ef406dd5d63d4ff94f"
	    "318fe82027fd4dc451b04474019f74b400000000", false, true },
};

START_TEST(matching)
{
	struct btcwire_bloom *b = new_bloom(10, 0.000001, 0, ALL);
	struct btcwire_msg *pay = tx_from_hex(paying);
	struct btcwire_msg *spend = tx_from_hex(spending);

	insert_hex(b, matches[_i].data);
	ck_assert_int_eq(btcwire_bloom_match_tx(b, btcwire_tx_of(pay)),
	    matches[_i].pays);
	ck_assert_int_eq(btcwire_bloom_match_tx(b, btcwire_tx_of(spend)),
	    matches[_i].spends);
	btcwire_msg_unref(spend);
	btcwire_msg_unref(pay);
	btcwire_bloom_free(b);
}
END_TEST

/* A transaction of one input and two outputs; free() its scripts. */
struct simple {
	struct btcwire_tx tx;
	struct btcwire_txin in;
	struct btcwire_txout out[2];
	uint8_t *in_script, *out_script;
};

static void
simple_init(struct simple *s, const char *in_script, const char *out_script)
{
	static const uint8_t first[] = { 0x51 };

	memset(s, 0, sizeof(*s));
	memset(s->in.prev.hash.b, 0x77, 32);
	s->in_script = unhex(in_script, &s->in.script.len);
	s->in.script.data = s->in_script;
	s->out[0].script = (struct btcwire_bytes){ first, sizeof(first) };
	s->out_script = unhex(out_script, &s->out[1].script.len);
	s->out[1].script.data = s->out_script;
	s->tx = (struct btcwire_tx){ .version = 1, .in = &s->in, .in_len = 1,
		.out = s->out, .out_len = 2 };
}

static void
simple_clear(struct simple *s)
{
	free(s->in_script);
	free(s->out_script);
}

/* Where "aabbccdd" is found, in an input's script or an output's. */
static const struct {
	const char *name;
	const char *in, *out;
	bool want;
} pushes[] = {
	{ "nothing",       "",                  "",                   false },
	{ "input",         "04aabbccdd",        "",                   true },
	{ "output",        "",                  "04aabbccdd",         true },
	{ "not the first", "0151" "04aabbccdd", "",                   true },
	{ "in operations", "",                  "76a904aabbccdd88ac", true },
	{ "pushdata1",     "4c04aabbccdd",      "",                   true },
	{ "pushdata2",     "",                  "4d0400aabbccdd",     true },
	{ "pushdata4",     "",                  "4e04000000aabbccdd", true },
	{ "longer",        "05aabbccddee",      "05aabbccddee",       false },
	{ "within",        "06ffaabbccddee",    "06ffaabbccddee",     false },
	{ "before damage", "04aabbccdd" "4c",   "",                   true },
	{ "after damage",  "",                  "09" "04aabbccdd",    false },
	{ "cut short",     "05aabbccdd",        "05aabbccdd",         false },
};

START_TEST(pushed_data)
{
	struct btcwire_bloom *b = new_bloom(10, 0.000001, 0, NONE);
	struct simple s;

	simple_init(&s, pushes[_i].in, pushes[_i].out);
	insert_hex(b, "aabbccdd");
	ck_assert_int_eq(btcwire_bloom_match_tx(b, &s.tx), pushes[_i].want);
	simple_clear(&s);
	btcwire_bloom_free(b);
}
END_TEST

/* A filter that contains the empty string does not find empty pushes. */
START_TEST(empty_pushes)
{
	struct btcwire_bloom *b = new_bloom(10, 0.000001, 0, ALL);
	struct simple s;

	simple_init(&s, "00514c00", "004d0000ac");
	btcwire_bloom_insert(b, "", 0);
	ck_assert(btcwire_bloom_contains(b, "", 0));
	ck_assert(!btcwire_bloom_match_tx(b, &s.tx));
	simple_clear(&s);
	btcwire_bloom_free(b);
}
END_TEST

#define FILL "ababababababababababababababababababababababababababababababab"
#define KEY2 "02" FILL "11"
#define KEY4 "04" FILL "22" FILL "33"
#define HASH "abababababababababababababababababababab"

/* Whether an output that matches is inserted as an outpoint. */
static const struct {
	const char *name;
	const char *out;
	const char *data;
	bool all, p2pubkey;
} updates[] = {
	{ "33 bytes",     "21" KEY2 "ac",                  KEY2, true, true },
	{ "65 bytes",     "41" KEY4 "ac",                  KEY4, true, true },
	{ "multisig",     "51" "21" KEY2 "41" KEY4 "52ae", KEY2, true, true },
	{ "second key",   "51" "21" KEY2 "41" KEY4 "52ae", KEY4, true, true },
	{ "key hash",     "76a914" HASH "88ac",            HASH, true, false },
	{ "script hash",  "a914" HASH "87",                HASH, true, false },
	{ "witness",      "0014" HASH,                     HASH, true, false },
	{ "data",         "6a14" HASH,                     HASH, true, false },
	{ "bad multisig", "51" "21" KEY2 "52ae",           KEY2, true, false },
	{ "damaged",      "21" KEY2 "4c",                  KEY2, true, false },
	{ "no match",     "21" KEY2 "ac",                  HASH, false, false },
};

START_TEST(updating)
{
	static const uint8_t flags[] = { NONE, ALL, P2PUBKEY, 3, 0xfc, 0xfd,
		0xfe, 0xff };
	struct btcwire_outpoint o;
	struct simple s;
	size_t i;
	int with_id;

	simple_init(&s, "", updates[_i].out);
	btcwire_txid(&o.hash, &s.tx);
	for (i = 0; i < 2 * sizeof(flags); i++) {
		uint8_t update = flags[i / 2];
		struct btcwire_bloom *b = new_bloom(10, 0.000001, 0, update);

		/* Outputs are looked at when the txid has matched, too. */
		with_id = i % 2;
		if (with_id)
			btcwire_bloom_insert(b, o.hash.b, 32);
		insert_hex(b, updates[_i].data);
		ck_assert_int_eq(btcwire_bloom_match_tx(b, &s.tx),
		    with_id || updates[_i].all);
		o.index = 1;
		ck_assert_int_eq(btcwire_bloom_contains_outpoint(b, &o),
		    (update & 3) == ALL ? updates[_i].all :
		    (update & 3) == P2PUBKEY ? updates[_i].p2pubkey : false);
		o.index = 0;
		ck_assert(!btcwire_bloom_contains_outpoint(b, &o));
		btcwire_bloom_free(b);
	}
	simple_clear(&s);
}
END_TEST

/* Neither the txid nor an input that matches inserts anything. */
START_TEST(no_update)
{
	struct btcwire_bloom *b = new_bloom(10, 0.000001, 0, ALL);
	struct btcwire_filterload m;
	struct btcwire_hash txid;
	uint8_t bits[64];
	struct simple s;

	simple_init(&s, "14" HASH, "0400000000");
	btcwire_txid(&txid, &s.tx);
	btcwire_bloom_insert(b, txid.b, 32);
	insert_hex(b, HASH);
	btcwire_bloom_insert_outpoint(b, &s.in.prev);
	btcwire_bloom_filterload(&m, b);
	ck_assert_uint_le(m.filter.len, sizeof(bits));
	memcpy(bits, m.filter.data, m.filter.len);
	ck_assert(btcwire_bloom_match_tx(b, &s.tx));
	ck_assert_mem_eq(m.filter.data, bits, m.filter.len);
	simple_clear(&s);
	btcwire_bloom_free(b);
}
END_TEST

/* What another implementation found in a block, and proved by a merkleblock. */
START_TEST(real_block)
{
	struct btcwire_bloom *b = new_bloom(1000, 0.000001, 0x5eed, NONE);
	struct btcwire_msg *block = NULL, *part = NULL;
	const struct btcwire_block *body;
	struct btcwire_match found[1000];
	struct btcwire_hash txid;
	size_t len, n, i, at = 0;
	uint8_t *p;

	if (!have_data()) {
		btcwire_bloom_free(b);
		return;
	}
	p = read_data("blocks/block300025.raw", &len);
	ck_assert_int_eq(btcwire_decode(&block, BTCWIRE_BLOCK, p, len, NEWEST,
	    0, NULL), 0);
	free(p);
	p = read_data("messages/merkle300025.raw", &len);
	ck_assert_int_eq(btcwire_decode(&part, BTCWIRE_MERKLEBLOCK, p, len,
	    NEWEST, 0, NULL), 0);
	free(p);
	ck_assert_int_eq(btcwire_merkleblock_check(found, &n, 1000,
	    btcwire_merkleblock_of(part), NULL), 0);
	ck_assert_uint_gt(n, 0);
	insert_hex(b, "8e7445bbb8abd4b3174d80fa4c409fea6b94d96b");
	insert_hex(b, "047b00000078da0dca3b0ec2300c00d0ab4466ed10e763272c6c9ca0"
	    "52972c69e3884a9022084215e2eef0e6f781656b5d5a87231cd4349e534b6dea55"
	    "ad4ff55e");
	body = btcwire_block_of(block);
	for (i = 0; i < body->tx_len; i++) {
		if (!btcwire_bloom_match_tx(b, &body->tx[i]))
			continue;
		ck_assert_uint_lt(at, n);
		ck_assert_uint_eq(found[at].index, i);
		btcwire_txid(&txid, &body->tx[i]);
		ck_assert(btcwire_hash_equal(&found[at++].txid, &txid));
	}
	ck_assert_uint_eq(at, n);
	btcwire_msg_unref(block);
	btcwire_msg_unref(part);
	btcwire_bloom_free(b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_bloom_match");
	TCase *tc = add_tcase(s, "match");

	tcase_add_loop_test(tc, matching, 0, N_ROWS(matches));
	tcase_add_loop_test(tc, pushed_data, 0, N_ROWS(pushes));
	tcase_add_test(tc, empty_pushes);
	tcase_add_loop_test(tc, updating, 0, N_ROWS(updates));
	tcase_add_test(tc, no_update);
	tcase_add_test(tc, real_block);
	return run_suite(s);
}
