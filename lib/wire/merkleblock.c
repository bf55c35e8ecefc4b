/*
 * Partial merkle trees (BIP 37).  Nodes stand depth first, each with a flag:
 * set when a transaction under the node, or the node itself, is matched.  A
 * node whose flag is clear, and a transaction, has its hash in the list; the
 * others are computed from the two nodes below.
 *
 * A node is named by its height, which is 0 for transactions, and its position
 * among those of the same height.  The last of an odd number is paired with
 * itself.
 */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/err.h"
#include "wire/hash.h"
#include "wire/msgpriv.h"

/* No valid block has more: 4,000,000 units of weight, and no transaction has
 * less than 60 bytes at 4 units each. */
#define MAX_TXS (4000000 / 240)

/* Where things are in the payload. */
#define AT_ROOT   36
#define AT_TOTAL  80
#define AT_HASHES 84

/* Nodes on that level of a tree over total transactions. */
static uint32_t
level_width(uint32_t total, unsigned height)
{
	return (total + (UINT32_C(1) << height) - 1) >> height;
}

static unsigned
root_height(uint32_t total)
{
	unsigned height = 0;

	while (level_width(total, height) > 1)
		height++;
	return height;
}

/* ---- Verifying ---------------------------------------------------------- */

/* A walk over the tree. */
struct walk {
	const struct btcwire_merkleblock *m;
	size_t next_bit;
	size_t next_hash;
	const char *why;		/* the first mistake found, or NULL */
	size_t n;			/* matches met */
	struct btcwire_match *matches;	/* room for them */
};

static size_t
at_flags(const struct btcwire_merkleblock *m)
{
	return AT_HASHES + (m->hash_len < 0xfd ? 1u : 3u) + 32 * m->hash_len;
}

static int
fail(struct btcpeer_error *err, int code, size_t offset, const char *fmt, ...)
    __attribute__((cold, format(printf, 4, 5)));

static int
fail(struct btcpeer_error *err, int code, size_t offset, const char *fmt, ...)
{
	char text[96];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return btcu_error(err, code, offset, "merkleblock: %s", text);
}

static bool
bit_at(const struct btcwire_merkleblock *m, size_t i)
{
	return (m->flags.data[i / 8] >> (i % 8) & 1) != 0;
}

static bool
take_bit(struct walk *w)
{
	if (w->next_bit / 8 >= w->m->flags.len) {
		w->why = "more nodes than flag bits";
		return false;
	}
	return bit_at(w->m, w->next_bit++);
}

static void
take_hash(struct walk *w, struct btcwire_hash *out)
{
	if (w->next_hash >= w->m->hash_len)
		w->why = "more nodes than hashes";
	else
		*out = w->m->hash[w->next_hash++];
}

/* Compute the hash of a node.  The depth is that of the tree, at most 15. */
static void
hash_of_node(struct walk *w, struct btcwire_hash *out, unsigned height,
    uint32_t pos)
{
	bool flag = take_bit(w);
	struct btcwire_hash left = { { 0 } }, right = { { 0 } };

	if (w->why != NULL)
		return;
	if (height == 0 || !flag) {
		w->n += flag;
		take_hash(w, out);
		return;
	}
	hash_of_node(w, &left, height - 1, 2 * pos);
	if (w->why != NULL)
		return;
	if (2 * pos + 1 < level_width(w->m->total, height - 1)) {
		hash_of_node(w, &right, height - 1, 2 * pos + 1);
		if (w->why == NULL && btcwire_hash_equal(&left, &right))
			w->why = "left and right of a node are equal";
	} else {
		right = left;
	}
	btcwire_hash_pair(out, &left, &right);
}

/* Go through a tree that was found good, for its matches. */
static void
collect(struct walk *w, unsigned height, uint32_t pos)
{
	bool flag = take_bit(w);

	if (height > 0 && flag) {
		collect(w, height - 1, 2 * pos);
		if (2 * pos + 1 < level_width(w->m->total, height - 1))
			collect(w, height - 1, 2 * pos + 1);
		return;
	}
	if (flag)
		w->matches[w->n++] = (struct btcwire_match){ pos,
		    w->m->hash[w->next_hash] };
	w->next_hash++;
}

static int
check_counts(const struct btcwire_merkleblock *m, struct btcpeer_error *err)
{
	if (m->total == 0)
		return fail(err, BTCPEER_E_PROOF, AT_TOTAL,
		    "no transactions");
	if (m->total > MAX_TXS)
		return fail(err, BTCPEER_E_PROOF, AT_TOTAL, "%" PRIu32
		    " transactions are more than a block can have", m->total);
	if (m->hash_len > m->total)
		return fail(err, BTCPEER_E_PROOF, AT_HASHES, "%zu hashes for %"
		    PRIu32 " transactions", m->hash_len, m->total);
	if (m->flags.len < (m->hash_len + 7) / 8)
		return fail(err, BTCPEER_E_PROOF, at_flags(m),
		    "%zu flag bits for %zu hashes", 8 * m->flags.len,
		    m->hash_len);
	return 0;
}

/* What the walk has left over.  The bits that only fill the last byte may be
 * anything (BIP 37). */
static int
check_rest(const struct walk *w, struct btcpeer_error *err)
{
	const struct btcwire_merkleblock *m = w->m;
	size_t bytes = (w->next_bit + 7) / 8;

	if (bytes != m->flags.len)
		return fail(err, BTCPEER_E_PROOF, at_flags(m),
		    "%zu flag bits, the tree has %zu", 8 * m->flags.len,
		    w->next_bit);
	if (w->next_hash != m->hash_len)
		return fail(err, BTCPEER_E_PROOF, AT_HASHES,
		    "%zu hashes, the tree has %zu", m->hash_len, w->next_hash);
	return 0;
}

int
btcwire_merkleblock_check(struct btcwire_match *matches, size_t *n,
    size_t room, const struct btcwire_merkleblock *m,
    struct btcpeer_error *err)
{
	struct walk w = { .m = m }, again = { .m = m, .matches = matches };
	struct btcwire_hash root = { { 0 } };
	int rc = check_counts(m, err);

	if (rc != 0)
		return rc;
	hash_of_node(&w, &root, root_height(m->total), 0);
	if (w.why != NULL)
		return fail(err, BTCPEER_E_PROOF, AT_HASHES, "%s", w.why);
	if ((rc = check_rest(&w, err)) != 0)
		return rc;
	if (!btcwire_hash_equal(&root, &m->header.merkle_root))
		return fail(err, BTCPEER_E_PROOF, AT_ROOT,
		    "wrong merkle root");
	if (w.n > room)
		return fail(err, BTCPEER_E_BUFFER, AT_HASHES,
		    "%zu matches, there is room for %zu", w.n, room);
	collect(&again, root_height(m->total), 0);
	*n = again.n;
	return 0;
}

/* ---- Making ------------------------------------------------------------- */

struct builder {
	uint32_t total;
	const bool *match;
	struct btcwire_hash *hash;	/* [total]; see keep() */
	size_t hash_len;
	uint8_t *flags;
	size_t bits;
};

/* The first transaction under a node; past the end, how many there are. */
static uint32_t
first_tx(const struct builder *b, unsigned height, uint32_t pos)
{
	uint32_t first = pos << height;

	return first < b->total ? first : b->total;
}

static bool
has_match(const struct builder *b, uint32_t from, uint32_t to)
{
	while (from < to)
		if (b->match[from++])
			return true;
	return false;
}

/*
 * Put the hash of the node over the transactions [from, to) into the list.
 * The list grows in the array that holds the ids, from its start: every hash in
 * it stands for at least one transaction that comes before these.
 */
static void
keep(struct builder *b, unsigned height, uint32_t from, uint32_t to)
{
	struct btcwire_hash *h = b->hash + from;
	uint32_t n = to - from;

	for (; height > 0; height--, n = (n + 1) / 2)
		(void)btcwire_merkle_level_up(h, n);
	b->hash[b->hash_len++] = *h;
}

static void
build(struct builder *b, unsigned height, uint32_t pos)
{
	uint32_t from = first_tx(b, height, pos);
	uint32_t to = first_tx(b, height, pos + 1);
	bool flag = has_match(b, from, to);

	if (flag)
		b->flags[b->bits / 8] |= (uint8_t)(1 << b->bits % 8);
	b->bits++;
	if (height == 0 || !flag) {
		keep(b, height, from, to);
		return;
	}
	build(b, height - 1, 2 * pos);
	if (2 * pos + 1 < level_width(b->total, height - 1))
		build(b, height - 1, 2 * pos + 1);
}

static int
make(struct btcwire_msg **out, struct builder *b,
    const struct btcwire_header *header, struct btcpeer_error *err)
{
	struct btcwire_merkleblock body;

	build(b, root_height(b->total), 0);
	body = (struct btcwire_merkleblock){
		.header = *header,
		.total = b->total,
		.hash = b->hash,
		.hash_len = b->hash_len,
		.flags = { b->flags, (b->bits + 7) / 8 },
	};
	return btcwire_msg_new(out, BTCWIRE_MERKLEBLOCK, &body, err);
}

int
btcwire_merkleblock_new(struct btcwire_msg **out,
    const struct btcwire_block *block, const bool *match,
    struct btcpeer_error *err)
{
	struct builder b = { .match = match };
	size_t i, n = block->tx_len;
	int rc;

	if (n == 0)
		return fail(err, BTCPEER_E_INVAL, 0, "no transactions");
	if (n > MAX_TXS)
		return fail(err, BTCPEER_E_TOOBIG, AT_TOTAL, "%zu transactions "
		    "are more than a block can have", n);
	b.total = (uint32_t)n;
	b.hash = calloc(n, sizeof(*b.hash));
	/* A tree has fewer than 2 * n nodes, and one more for each level whose
	 * end is paired with itself. */
	b.flags = calloc((2 * n + root_height(b.total)) / 8 + 1, 1);
	if (b.hash == NULL || b.flags == NULL) {
		rc = fail(err, BTCPEER_E_NOMEM, 0, "out of memory");
	} else {
		for (i = 0; i < n; i++)
			btcwire_txid(&b.hash[i], &block->tx[i]);
		rc = make(out, &b, &block->header, err);
	}
	free(b.flags);
	free(b.hash);
	return rc;
}
