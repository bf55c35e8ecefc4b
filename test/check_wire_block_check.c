/*
 * Blocks that are wrong in one way each: whatever else a change disturbs is
 * put right again, so that only the one rule can notice.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "runner.h"

#define NEWEST BTCWIRE_PVER_NEWEST

/* A block that can be changed: own array of transactions, room for more. */
struct draft {
	struct btcwire_msg *msg;
	struct btcwire_block block;
	struct btcwire_tx *tx;
	struct btcwire_txin in[4];
	struct btcwire_txout out[16];
	struct btcwire_bytes item[4];
	uint8_t bytes[1024];
};

static void
draft_init(struct draft *d, const char *file)
{
	const struct btcwire_block *b;
	size_t len;
	uint8_t *p = read_data(file, &len);

	memset(d, 0, sizeof(*d));
	ck_assert_int_eq(btcwire_decode(&d->msg, BTCWIRE_BLOCK, p, len, NEWEST,
	    0, NULL), 0);
	free(p);
	b = btcwire_block_of(d->msg);
	d->block = *b;
	d->tx = calloc(2 * b->tx_len + 1, sizeof(*d->tx));
	ck_assert_ptr_nonnull(d->tx);
	memcpy(d->tx, b->tx, b->tx_len * sizeof(*d->tx));
	d->block.tx = d->tx;
}

static void
draft_clear(struct draft *d)
{
	free(d->tx);
	btcwire_msg_unref(d->msg);
}

/* Make the header say what the transactions give. */
static void
fix_root(struct draft *d)
{
	ck_assert_int_eq(btcwire_block_merkle_root(&d->block.header.merkle_root,
	    NULL, &d->block), 0);
}

/* Give transaction i inputs of its own, to be changed. */
static struct btcwire_txin *
own_inputs(struct draft *d, size_t i)
{
	ck_assert_uint_le(d->tx[i].in_len, 4);
	memcpy(d->in, d->tx[i].in, d->tx[i].in_len * sizeof(d->in[0]));
	d->tx[i].in = d->in;
	return d->in;
}

/* The same for a byte string. */
static uint8_t *
own_bytes(struct draft *d, struct btcwire_bytes *b)
{
	ck_assert_uint_le(b->len, sizeof(d->bytes));
	if (b->len > 0)
		memcpy(d->bytes, b->data, b->len);
	b->data = d->bytes;
	return d->bytes;
}

/* And for the stack of input 0 of transaction i. */
static struct btcwire_bytes *
own_stack(struct draft *d, size_t i)
{
	struct btcwire_txin *in = own_inputs(d, i);

	ck_assert_uint_ge(in->witness_len, 1);
	ck_assert_uint_le(in->witness_len, 4);
	memcpy(d->item, in->witness, in->witness_len * sizeof(d->item[0]));
	in->witness = d->item;
	return d->item;
}

static void
swap_two(struct draft *d)
{
	struct btcwire_tx tx = d->tx[1];

	d->tx[1] = d->tx[2];
	d->tx[2] = tx;
}

static void
drop_last(struct draft *d)
{
	d->block.tx_len--;
}

static void
other_root(struct draft *d)
{
	d->block.header.merkle_root.b[31] ^= 0x80;
}

static void
change_output(struct draft *d)
{
	memcpy(d->out, d->tx[1].out, d->tx[1].out_len * sizeof(d->out[0]));
	d->out[0].value++;
	d->tx[1].out = d->out;
}

/* CVE-2012-2459: the root stays as it is. */
static void
repeat_tail(struct draft *d)
{
	size_t n = d->block.tx_len, tail = n & (~n + 1);
	struct btcwire_hash root;
	bool mutated = false;

	memcpy(d->tx + n, d->tx + n - tail, tail * sizeof(*d->tx));
	d->block.tx_len += tail;
	ck_assert_int_eq(btcwire_block_merkle_root(&root, &mutated, &d->block),
	    0);
	ck_assert(btcwire_hash_equal(&root, &d->block.header.merkle_root));
	ck_assert(mutated);
}

static void
no_transactions(struct draft *d)
{
	d->block.tx_len = 0;
	fix_root(d);
}

static void
no_coinbase(struct draft *d)
{
	d->block.tx = d->tx + 1;
	d->block.tx_len--;
	fix_root(d);
}

static void
coinbase_is_second(struct draft *d)
{
	struct btcwire_tx tx = d->tx[0];

	d->tx[0] = d->tx[1];
	d->tx[1] = tx;
	fix_root(d);
}

static void
second_coinbase(struct draft *d)
{
	d->tx[3] = d->tx[0];
	d->tx[3].locktime++;
	fix_root(d);
}

/* The input of a coinbase names nothing: hash zero and index -1. */
static void
coinbase_spends(struct draft *d)
{
	own_inputs(d, 0)->prev.index = 0;
	fix_root(d);
}

static size_t
first_with_witness(const struct draft *d)
{
	size_t i;

	for (i = 1; i < d->block.tx_len; i++)
		if (d->tx[i].in_len <= 4 && d->tx[i].in[0].witness_len >= 2 &&
		    d->tx[i].in[0].witness_len <= 4)
			return i;
	ck_abort_msg("no witness");
	return 0;
}

static void
change_witness(struct draft *d)
{
	struct btcwire_bytes *item = own_stack(d, first_with_witness(d));

	ck_assert_uint_gt(item[1].len, 0);
	own_bytes(d, &item[1])[item[1].len - 1] ^= 1;
}

static void
drop_witness(struct draft *d)
{
	size_t i = first_with_witness(d);
	struct btcwire_txin *in = own_inputs(d, i);
	size_t j;

	for (j = 0; j < d->tx[i].in_len; j++)
		in[j].witness_len = 0;
}

static void
change_reserved(struct draft *d)
{
	own_bytes(d, own_stack(d, 0))[0] ^= 1;
}

static void
short_reserved(struct draft *d)
{
	own_stack(d, 0)[0].len = 31;
}

static void
two_reserved(struct draft *d)
{
	own_stack(d, 0)[1] = d->item[0];
	d->in[0].witness_len = 2;
}

static void
no_reserved(struct draft *d)
{
	own_inputs(d, 0)[0].witness_len = 0;
}

static struct btcwire_bytes *
held_commitment(struct draft *d)
{
	size_t i, n = d->tx[0].out_len;

	ck_assert_uint_le(n, 15);
	memcpy(d->out, d->tx[0].out, n * sizeof(d->out[0]));
	d->tx[0].out = d->out;
	for (i = n; i-- > 0;)
		if (d->out[i].script.len >= 38 &&
		    memcmp(d->out[i].script.data, "\x6a\x24\xaa\x21\xa9\xed", 6)
		    == 0)
			return &d->out[i].script;
	ck_abort_msg("no commitment");
	return NULL;
}

static void
change_commitment(struct draft *d)
{
	own_bytes(d, held_commitment(d))[37] ^= 1;
	fix_root(d);
}

static void
no_commitment(struct draft *d)
{
	own_bytes(d, held_commitment(d))[5] ^= 1;
	fix_root(d);
}

static void
short_commitment(struct draft *d)
{
	held_commitment(d)->len = 37;
	fix_root(d);
}

/* The last output that looks like one counts: here a wrong one after it. */
static void
later_commitment(struct draft *d)
{
	struct btcwire_bytes *script = held_commitment(d);
	size_t n = d->tx[0].out_len++;

	d->out[n] = (struct btcwire_txout){ .script = *script };
	own_bytes(d, &d->out[n].script)[37] ^= 1;
	fix_root(d);
}

/* clang-format off */
#define PLAIN "blocks/block300025.raw"
#define WITNESS "blocks/block482683.raw"
#define LARGE "blocks/block928848.raw"
static const struct {
	const char *name, *file;
	void (*spoil)(struct draft *d);
	const char *text;
} wrong[] = {
	{ "swapped",            PLAIN,   swap_two,           "merkle" },
	{ "swapped",            WITNESS, swap_two,           "merkle" },
	{ "one missing",        PLAIN,   drop_last,          "merkle" },
	{ "other root",         PLAIN,   other_root,         "merkle" },
	{ "output",             PLAIN,   change_output,      "merkle" },
	{ "repeated, 461",      PLAIN,   repeat_tail,        "repeated" },
	{ "repeated, 12",       WITNESS, repeat_tail,        "repeated" },
	{ "repeated, 676",      LARGE,   repeat_tail,        "repeated" },
	{ "nothing in it",      PLAIN,   no_transactions,    "no transactions" },
	{ "no coinbase",        PLAIN,   no_coinbase,        "coinbase" },
	{ "coinbase second",    PLAIN,   coinbase_is_second, "coinbase" },
	{ "two coinbases",      PLAIN,   second_coinbase,    "second coinbase" },
	{ "coinbase spends",    PLAIN,   coinbase_spends,    "coinbase" },
	{ "witness byte",       WITNESS, change_witness,     "commitment" },
	{ "witness byte",       LARGE,   change_witness,     "commitment" },
	{ "witness missing",    WITNESS, drop_witness,       "commitment" },
	{ "reserved value",     WITNESS, change_reserved,    "commitment" },
	{ "reserved too short", WITNESS, short_reserved,     "32 bytes" },
	{ "reserved twice",     WITNESS, two_reserved,       "32 bytes" },
	{ "reserved missing",   WITNESS, no_reserved,        "32 bytes" },
	{ "commitment",         WITNESS, change_commitment,  "commitment" },
	{ "no commitment",      WITNESS, no_commitment,      "no commitment" },
	{ "commitment short",   WITNESS, short_commitment,   "no commitment" },
	{ "later commitment",   WITNESS, later_commitment,   "commitment" },
};
/* clang-format on */

START_TEST(spoilt)
{
	struct btcpeer_error err = { 0 };
	struct draft d;
	int rc;

	draft_init(&d, wrong[_i].file);
	ck_assert_int_eq(btcwire_block_check(&d.block, NULL), 0);
	wrong[_i].spoil(&d);
	rc = btcwire_block_check(&d.block, &err);
	ck_assert_msg(rc == BTCPEER_E_PROOF, "%s: %d", wrong[_i].name, rc);
	ck_assert_int_eq(err.code, rc);
	ck_assert_msg(strstr(err.text, wrong[_i].text) != NULL, "%s: \"%s\"",
	    wrong[_i].name, err.text);
	ck_assert_int_eq(btcwire_block_check(&d.block, NULL), rc);
	draft_clear(&d);
}
END_TEST

/* Without any witness there is nothing to hold against the commitment. */
START_TEST(bare_block)
{
	struct btcwire_msg *bare = NULL;
	struct btcwire_bytes p;
	struct draft d;

	draft_init(&d, WITNESS);
	ck_assert_int_eq(btcwire_msg_payload(&p, d.msg, NEWEST,
	    BTCWIRE_NO_WITNESS), 0);
	ck_assert_int_eq(btcwire_decode(&bare, BTCWIRE_BLOCK, p.data, p.len,
	    NEWEST, BTCWIRE_NO_WITNESS, NULL), 0);
	ck_assert_int_eq(btcwire_block_check(btcwire_block_of(bare), NULL), 0);
	btcwire_msg_unref(bare);
	draft_clear(&d);
}
END_TEST

int
main(void)
{
	TCase *tc;
	Suite *s;

	if (!have_data())
		return TEST_SKIP;
	s = suite_create("wire_block_check");
	tc = add_tcase(s, "spoilt");
	tcase_add_loop_test(tc, spoilt, 0, N_ROWS(wrong));
	tcase_add_test(tc, bare_block);
	return run_suite(s);
}
