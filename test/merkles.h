/*
 * Blocks of which any transactions can be matched, and what a merkleblock
 * proves of them.
 */
#ifndef TEST_MERKLES_H
#define TEST_MERKLES_H

#include <btcpeer/wire.h>

#include "runner.h"

enum { MOST = 300 };

/* A block whose transactions differ in their lock time, 0, 1, 2 and so on. */
struct made {
	struct btcwire_block block;
	struct btcwire_tx tx[MOST];
	struct btcwire_hash id[MOST];
	bool match[MOST];
	struct btcwire_msg *msg;		/* of btcwire_merkleblock_new() */
};

static inline void
made_init(struct made *b, size_t n)
{
	static const struct btcwire_txin in;
	struct btcwire_hash h[MOST];
	size_t i;

	ck_assert_uint_le(n, MOST);
	memset(b, 0, sizeof(*b));
	b->block.tx = b->tx;
	b->block.tx_len = n;
	for (i = 0; i < n; i++) {
		b->tx[i] = (struct btcwire_tx){ .version = 1, .in = &in,
		    .in_len = 1, .locktime = (uint32_t)i };
		btcwire_txid(&b->id[i], &b->tx[i]);
	}
	memcpy(h, b->id, n * sizeof(*h));
	(void)btcwire_merkle_root(&b->block.header.merkle_root, h, n);
}

static inline const struct btcwire_merkleblock *
made_proof(struct made *b)
{
	struct btcpeer_error err = { .text = "" };

	btcwire_msg_unref(b->msg);
	b->msg = NULL;
	ck_assert_msg(btcwire_merkleblock_new(&b->msg, &b->block, b->match,
	    &err) == 0, "%s", err.text);
	return btcwire_merkleblock_of(b->msg);
}

static inline void
made_clear(struct made *b)
{
	btcwire_msg_unref(b->msg);
	b->msg = NULL;
}

static inline void
match_mask(struct made *b, uint64_t mask)
{
	size_t i;

	for (i = 0; i < b->block.tx_len; i++)
		b->match[i] = i < 64 && (mask >> i & 1) != 0;
}

/* Whether m is verified and proves exactly what is matched in b. */
static inline bool
proves(const struct made *b, const struct btcwire_merkleblock *m)
{
	struct btcwire_match got[MOST + 1];
	size_t n = SIZE_MAX, i, at = 0;

	if (m->hash_len > MOST ||
	    btcwire_merkleblock_check(got, &n, m->hash_len, m, NULL) != 0)
		return false;
	for (i = 0; i < b->block.tx_len; i++) {
		if (!b->match[i])
			continue;
		if (at == n || got[at].index != i ||
		    !btcwire_hash_equal(&got[at].txid, &b->id[i]))
			return false;
		at++;
	}
	return at == n;
}

/* Whether it is refused, with nothing written but the error. */
static inline bool
is_refused(const struct btcwire_merkleblock *m)
{
	struct btcpeer_error err = { 0 };
	struct btcwire_match got[MOST], before[MOST];
	size_t n = 12345;
	int rc;

	memset(got, 0x5a, sizeof(got));
	memcpy(before, got, sizeof(got));
	rc = btcwire_merkleblock_check(got, &n, MOST, m, &err);
	return rc == BTCPEER_E_PROOF && err.code == rc && n == 12345 &&
	    memcmp(got, before, sizeof(got)) == 0 &&
	    strncmp(err.text, "merkleblock: ", 13) == 0 &&
	    btcwire_merkleblock_check(got, &n, MOST, m, NULL) == rc;
}

#endif
