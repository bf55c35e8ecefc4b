/*
 * Hashes that are known to a remote, and as what: bounded, growing from nothing.
 * Strangers choose them, so where one stands is told by a hash that they cannot
 * compute.  Not locked.
 *
 * There are two generations.  What is added goes into the young one; when that
 * is full it becomes the old one, and the one that was is forgotten.  So at
 * least the latest max hashes are known, and at most twice as many.
 */
#ifndef BTC_PEER_KNOWN_H
#define BTC_PEER_KNOWN_H

#include <btcpeer/wire.h>

/* Kinds; one hash may be of several, as a txid that is a wtxid too. */
#define BTCP_KNOWN_TX    1u
#define BTCP_KNOWN_WTX   2u
#define BTCP_KNOWN_BLOCK 4u

struct btcp_known_slot {
	struct btcwire_hash hash;
	uint32_t kinds;			/* 0: free */
};

struct btcp_known_table {
	struct btcp_known_slot *slot;	/* owned */
	uint32_t cap, len;		/* cap is 0 or a power of two */
};

struct btcp_known {
	struct btcp_known_table young, old;
	uint32_t max;			/* hashes in a generation */
	uint64_t seed[9];		/* set with the first table */
};

/* No memory is taken before the first hash.  max is at least 1. */
void btcp_known_init(struct btcp_known *k, uint32_t max);
void btcp_known_clear(struct btcp_known *k);

/* As one of these kinds at least. */
bool btcp_known_has(const struct btcp_known *k, const struct btcwire_hash *h,
    unsigned kinds);

/* As all of these.  Returns: 0, or BTCPEER_E_NOMEM: the set is as it was. */
int btcp_known_add(struct btcp_known *k, const struct btcwire_hash *h,
    unsigned kinds);

#endif
