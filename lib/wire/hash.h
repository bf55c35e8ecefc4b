/*
 * Hashing what a codec writes, without memory for it.
 */
#ifndef BTC_WIRE_HASH_H
#define BTC_WIRE_HASH_H

#include "wire/xfer.h"

/* SHA-256d of the body's encoding, which cannot fail for bodies that were
 * decoded.  One over the protocol's limits hashes to all zero. */
void btcwire_hash_body(struct btcwire_hash *out, xfer_fn *xfer,
    const void *body, uint32_t flags);

/*
 * The level above in a merkle tree: n / 2 hashes, rounded up, in place.
 * Returns: whether two equal ones were paired, but for the last of an odd number
 * with itself.
 */
bool btcwire_merkle_level_up(struct btcwire_hash *hashes, size_t n);

/* SHA-256d of two hashes, one after the other. */
void btcwire_hash_pair(struct btcwire_hash *out, const struct btcwire_hash *a,
    const struct btcwire_hash *b);

#endif
