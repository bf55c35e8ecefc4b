/*
 * Merkleblocks that are wrong: in one way each, in every bit, and at random.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "gen.h"
#include "merkles.h"
#include "runner.h"

#define NEWEST BTCWIRE_PVER_NEWEST

/* ---- Wrong ones --------------------------------------------------------- */

/* A merkleblock that can be changed: 5 transactions, of which 1 and 4 are
 * matched; 9 flag bits, 4 hashes: 0, 1, the node over 2 and 3, and 4. */
struct draft {
	struct made made;
	struct btcwire_merkleblock m;
	struct btcwire_hash hash[16];
	uint8_t flags[8];
};

static void
draft_init(struct draft *d)
{
	made_init(&d->made, 5);
	match_mask(&d->made, 0x12);
	d->m = *made_proof(&d->made);
	memset(d->hash, 0, sizeof(d->hash));
	memset(d->flags, 0, sizeof(d->flags));
	memcpy(d->hash, d->m.hash, d->m.hash_len * sizeof(d->hash[0]));
	memcpy(d->flags, d->m.flags.data, d->m.flags.len);
	d->m.hash = d->hash;
	d->m.flags.data = d->flags;
}

static void
no_transactions(struct draft *d)
{
	d->m.total = 0;
}

static void
one_too_many(struct draft *d)
{
	d->m.total = 16667;
}

static void
far_too_many(struct draft *d)
{
	d->m.total = UINT32_MAX;
}

static void
more_hashes_than_txs(struct draft *d)
{
	d->m.hash_len = 6;
}

static void
few_bits(struct draft *d)
{
	d->m.total = 9;
	d->m.hash_len = 9;
	d->m.flags.len = 1;
}

static void
no_bits(struct draft *d)
{
	d->m.hash_len = 0;
	d->m.flags = (struct btcwire_bytes){ NULL, 0 };
}

static void
bits_run_out(struct draft *d)
{
	d->m.flags.len = 1;
}

static void
hashes_run_out(struct draft *d)
{
	d->m.hash_len--;
}

static void
no_hashes(struct draft *d)
{
	d->m.hash_len = 0;
	d->m.flags.len = 1;
	d->flags[0] = 0;
}

static void
hash_left(struct draft *d)
{
	d->hash[d->m.hash_len++] = d->hash[0];
	d->m.total = 6;
	d->flags[0] = 0;
	d->m.flags.len = 1;
}

static void
byte_left(struct draft *d)
{
	d->m.flags.len++;
}

static void
other_root(struct draft *d)
{
	d->m.header.merkle_root.b[31] ^= 1;
}

static void
other_hash(struct draft *d)
{
	d->hash[2].b[0] ^= 1;
}

static void
hashes_swapped(struct draft *d)
{
	struct btcwire_hash h = d->hash[0];

	d->hash[0] = d->hash[1];
	d->hash[1] = h;
}

static struct btcwire_hash
above(struct btcwire_hash left, struct btcwire_hash right)
{
	struct btcwire_hash pair[2] = { left, right };

	btcwire_sha256d(&left, pair, sizeof(pair));
	return left;
}

/* CVE-2012-2459: 6 transactions have the root of 5 when the last comes twice.
 * Flags: root, over 0 to 3, over 4 to 7, over 4 and 5, 4, 5. */
static void
equal_leaves(struct draft *d)
{
	d->m.total = 6;
	d->hash[0] = above(above(d->hash[0], d->hash[1]), d->hash[2]);
	d->hash[1] = d->hash[2] = d->hash[3];
	d->m.hash_len = 3;
	d->flags[0] = 0x3d;
	d->m.flags.len = 1;
}

/* The same one level up.  Flags: root, over 0 to 3, over 4 to 7, over 4 and 5,
 * over 6 and 7. */
static void
equal_nodes(struct draft *d)
{
	d->m.total = 8;
	d->hash[0] = above(above(d->hash[0], d->hash[1]), d->hash[2]);
	d->hash[1] = d->hash[2] = above(d->hash[3], d->hash[3]);
	d->m.hash_len = 3;
	d->flags[0] = 0x05;
	d->m.flags.len = 1;
}

static const struct {
	void (*spoil)(struct draft *d);
	const char *text;
} wrong[] = {
	{ no_transactions, "no transactions" },
	{ one_too_many, "16667 transactions" },
	{ far_too_many, "4294967295 transactions" },
	{ more_hashes_than_txs, "6 hashes for 5" },
	{ few_bits, "8 flag bits for 9 hashes" },
	{ no_bits, "more nodes than flag bits" },
	{ bits_run_out, "more nodes than flag bits" },
	{ hashes_run_out, "more nodes than hashes" },
	{ no_hashes, "more nodes than hashes" },
	{ hash_left, "hashes, the tree has 1" },
	{ byte_left, "24 flag bits, the tree has 9" },
	{ other_root, "wrong merkle root" },
	{ other_hash, "wrong merkle root" },
	{ hashes_swapped, "wrong merkle root" },
	{ equal_leaves, "equal" },
	{ equal_nodes, "equal" },
};

START_TEST(spoilt)
{
	struct btcwire_match got[16];
	struct btcpeer_error err = { 0 };
	struct draft d;
	size_t n = 0;

	draft_init(&d);
	ck_assert_uint_eq(d.m.hash_len, 4);
	ck_assert_uint_eq(d.m.flags.len, 2);
	ck_assert(proves(&d.made, &d.m));
	wrong[_i].spoil(&d);
	ck_assert(is_refused(&d.m));
	ck_assert_int_eq(btcwire_merkleblock_check(got, &n, 16, &d.m, &err),
	    BTCPEER_E_PROOF);
	ck_assert_msg(strstr(err.text, wrong[_i].text) != NULL, "\"%s\", not "
	    "\"%s\"", err.text, wrong[_i].text);
	made_clear(&d.made);
}
END_TEST

/* What Bitcoin Core would not send, but is true. */
START_TEST(unusual)
{
	struct draft d;

	/* Bits after the last flag. */
	draft_init(&d);
	d.flags[1] |= 0x80;
	ck_assert(proves(&d.made, &d.m));
	made_clear(&d.made);

	/* The way to where nothing is matched. */
	draft_init(&d);
	match_mask(&d.made, 0);
	ck_assert_uint_eq(d.flags[0] & 0x1f, 0x17);
	d.flags[0] &= (uint8_t)~0x10;
	ck_assert(!proves(&d.made, &d.m));
	match_mask(&d.made, 0x10);
	ck_assert(proves(&d.made, &d.m));

	/* Nothing at all but the number of transactions, which the root does
	 * not say: other numbers pass. */
	match_mask(&d.made, 0);
	d.hash[0] = d.m.header.merkle_root;
	d.m.hash_len = 1;
	d.flags[0] = 0;
	d.m.flags.len = 1;
	ck_assert(proves(&d.made, &d.m));
	for (d.m.total = 1; d.m.total <= 16666; d.m.total++)
		if (!proves(&d.made, &d.m))
			break;
	ck_assert_uint_eq(d.m.total, 16667);
	made_clear(&d.made);
}
END_TEST

/* ---- Every bit and byte ------------------------------------------------- */

/* Which transaction a flag bit stands for; -1: a node above, or none. */
struct leaves {
	int of[4096];
	size_t bits;
};

static void
find_leaves(struct leaves *l, const bool *match, size_t n, size_t from,
    size_t width)
{
	size_t i, to = from + width < n ? from + width : n;
	bool any = false;

	if (from >= n)
		return;
	for (i = from; i < to; i++)
		any |= match[i];
	ck_assert_uint_lt(l->bits, 4096);
	l->of[l->bits++] = width == 1 ? (int)from : -1;
	if (width == 1 || !any)
		return;
	find_leaves(l, match, n, from, width / 2);
	find_leaves(l, match, n, from + width / 2, width / 2);
}

static const struct { size_t n; uint64_t mask; } cases[] = {
	{ 1, 0 }, { 1, 1 }, { 2, 0 }, { 2, 2 }, { 3, 4 }, { 5, 0x12 },
	{ 7, 0 }, { 7, 0x7f }, { 8, 0x01 }, { 9, 0x100 }, { 12, 0xa50 },
	{ 33, UINT64_C(0x100000001) }, { 64, UINT64_C(0x8000000000000000) },
	{ 100, UINT64_C(0x0000080000200002) }, { 290, 0xffff },
};

/*
 * What becomes of a payload with that bit changed.  The header but for its
 * root, and the number of transactions, are not what is proved here.  The flag
 * of a transaction says only whether it is of interest: its hash stands there
 * either way, so it is proved or not.  Bits after the last flag say nothing.
 * Everything else breaks the tree.
 */
enum outcome { REFUSED, SAME, SAME_OR_REFUSED, OTHER_SET };

static enum outcome
outcome_of(size_t bit, size_t len, const struct btcwire_merkleblock *m,
    const struct leaves *l, int *leaf)
{
	size_t byte = bit / 8, flags = len - m->flags.len;

	if (byte < 36 || (byte >= 68 && byte < 80))
		return SAME;
	if (byte >= 80 && byte < 84)
		return SAME_OR_REFUSED;
	if (byte < flags)
		return REFUSED;
	if (bit - 8 * flags >= l->bits)
		return SAME;
	*leaf = l->of[bit - 8 * flags];
	return *leaf >= 0 ? OTHER_SET : REFUSED;
}

static bool
is_as_expected(struct made *b, enum outcome want, int leaf, const uint8_t *p,
    size_t len)
{
	struct btcwire_msg *msg = NULL;
	const struct btcwire_merkleblock *m;
	bool good = false;

	if (btcwire_decode(&msg, BTCWIRE_MERKLEBLOCK, p, len, NEWEST,
	    BTCWIRE_STRICT, NULL) != 0)
		return want == REFUSED || want == SAME_OR_REFUSED;
	m = btcwire_merkleblock_of(msg);
	if (want == OTHER_SET)
		b->match[leaf] ^= true;
	if (want != REFUSED)
		good = proves(b, m);
	if (want == OTHER_SET)
		b->match[leaf] ^= true;
	if (want == REFUSED || want == SAME_OR_REFUSED)
		good |= is_refused(m);
	btcwire_msg_unref(msg);
	return good;
}

START_TEST(every_bit)
{
	const struct btcwire_merkleblock *m;
	static struct leaves l;
	struct btcwire_bytes raw;
	struct made b;
	size_t bit, width = 1;
	uint8_t *p;

	made_init(&b, cases[_i].n);
	match_mask(&b, cases[_i].mask);
	m = made_proof(&b);
	while (width < cases[_i].n)
		width *= 2;
	find_leaves(&l, b.match, cases[_i].n, 0, width);
	ck_assert_uint_eq((l.bits + 7) / 8, m->flags.len);
	raw = btcwire_msg_raw(b.msg, NULL);
	p = exact_copy(raw.data, raw.len);
	for (bit = 0; bit < 8 * raw.len; bit++) {
		int leaf = -1;
		enum outcome want = outcome_of(bit, raw.len, m, &l, &leaf);

		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_msg(is_as_expected(&b, want, leaf, p, raw.len),
		    "byte %zu, bit %zu", bit / 8, bit % 8);
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert(is_as_expected(&b, SAME, -1, p, raw.len));
	free(p);
	made_clear(&b);
}
END_TEST

/* Cut off anywhere, the payload cannot be decoded; and a body without the last
 * of its hashes or flags proves nothing. */
START_TEST(every_truncation)
{
	struct btcwire_merkleblock m;
	struct btcwire_msg *msg = NULL;
	struct btcwire_bytes raw;
	struct made b;
	size_t len;

	made_init(&b, cases[_i].n);
	match_mask(&b, cases[_i].mask);
	(void)made_proof(&b);
	raw = btcwire_msg_raw(b.msg, NULL);
	for (len = 0; len < raw.len; len++) {
		uint8_t *p = exact_copy(raw.data, len);

		ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_MERKLEBLOCK, p,
		    len, NEWEST, 0, NULL), BTCPEER_E_SHORT);
		free(p);
	}
	m = *btcwire_merkleblock_of(b.msg);
	while (m.hash_len-- > 0)
		ck_assert(is_refused(&m));
	m = *btcwire_merkleblock_of(b.msg);
	while (m.flags.len-- > 0)
		ck_assert(is_refused(&m));
	made_clear(&b);
}
END_TEST

/* Whatever is done to hashes and flags: what is proved is true. */
START_TEST(random_changes)
{
	struct btcwire_match got[MOST];
	struct btcwire_hash hash[MOST];
	struct btcwire_merkleblock m;
	struct made b;
	struct gen g;
	uint8_t flags[128];
	size_t i, n;
	int round, good = 0;

	gen_init(&g, 2012);
	for (round = 0; round < (TEST_SLOW ? 2000 : 40000); round++) {
		if (round % 100 == 0)
			made_init(&b, 1 + (size_t)gen_below(&g, 40));
		match_mask(&b, gen_u64(&g) & gen_u64(&g));
		m = *made_proof(&b);
		memset(flags, 0, sizeof(flags));
		memcpy(flags, m.flags.data, m.flags.len);
		memcpy(hash, m.hash, m.hash_len * sizeof(*hash));
		for (i = (size_t)gen_below(&g, 4) + 1; i > 0; i--)
			flags[gen_below(&g, m.flags.len)] ^=
			    (uint8_t)(1 << gen_below(&g, 8));
		if (gen_below(&g, 4) == 0)
			hash[gen_below(&g, m.hash_len)] = b.id[gen_below(&g,
			    b.block.tx_len)];
		if (gen_below(&g, 4) == 0)
			m.hash_len = (size_t)gen_below(&g,
			    b.block.tx_len + 1);
		m.hash = hash;
		m.flags.data = flags;
		if (btcwire_merkleblock_check(got, &n, m.hash_len, &m, NULL)
		    == 0) {
			good++;
			for (i = 0; i < n; i++)
				ck_assert(got[i].index < b.block.tx_len &&
				    (i == 0 || got[i].index > got[i - 1].index)
				    && btcwire_hash_equal(&got[i].txid,
				    &b.id[got[i].index]));
		}
		made_clear(&b);
	}
	ck_assert_int_gt(good, round / 50);
	ck_assert_int_lt(good, round / 2);
	gen_clear(&g);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_merkleblock_bad");
	TCase *tc = add_tcase(s, "merkleblock");

	tcase_add_loop_test(tc, spoilt, 0, N_ROWS(wrong));
	tcase_add_test(tc, unusual);
	tcase_add_loop_test(tc, every_bit, 0, N_ROWS(cases));
	tcase_add_loop_test(tc, every_truncation, 0, N_ROWS(cases));
	tcase_add_test(tc, random_changes);
	return run_suite(s);
}
