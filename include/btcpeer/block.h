/*
 * What is computed from blocks, headers and transactions.  The rules of
 * <btcpeer/wire.h>, which includes this, hold.
 */
#ifndef BTCPEER_BLOCK_H
#define BTCPEER_BLOCK_H

#include <btcpeer/error.h>
#include <btcpeer/msgs.h>

#ifdef __cplusplus
extern "C" {
#endif

struct btcwire_chain;
struct btcwire_msg;

/* ---- Ids and sizes ----------------------------------------------------- */

#define BTCWIRE_HEADER_BYTES 80	/* of a header as it is hashed and stored */

/* A header on its own. */
BTCPEER_API void btcwire_header_decode(struct btcwire_header *out,
    const uint8_t bytes[BTCWIRE_HEADER_BYTES]);
BTCPEER_API void btcwire_header_encode(uint8_t bytes[BTCWIRE_HEADER_BYTES],
    const struct btcwire_header *header);

/* The block hash. */
BTCPEER_API void btcwire_header_hash(struct btcwire_hash *out,
    const struct btcwire_header *header);

/* The id without witnesses, and with them (BIP 141; equal where there are none).
 * All zero for what is over the protocol's limits. */
BTCPEER_API void btcwire_txid(struct btcwire_hash *out,
    const struct btcwire_tx *tx);
BTCPEER_API void btcwire_wtxid(struct btcwire_hash *out,
    const struct btcwire_tx *tx);

/* Weight units (BIP 141): three times the size without witnesses and once the
 * size with them.  0 for what is over the protocol's limits. */
BTCPEER_API size_t btcwire_tx_weight(const struct btcwire_tx *tx);
BTCPEER_API size_t btcwire_block_weight(const struct btcwire_block *block);

/* Virtual bytes: a quarter of the weight, rounded up. */
BTCPEER_API size_t btcwire_tx_vsize(const struct btcwire_tx *tx);

/* ---- Merkle trees ------------------------------------------------------ */

/*
 * Root of the tree over n hashes, which are overwritten.  All zero for n = 0.
 * Returns true when the list is mutated: two equal neighbours on some level
 * give the same root as a shorter list (CVE-2012-2459).
 */
BTCPEER_API bool btcwire_merkle_root(struct btcwire_hash *out,
    struct btcwire_hash *hashes, size_t n);

#define BTCWIRE_MAX_BRANCH 32	/* levels: of a tree over 2^32 hashes */

/*
 * The hashes beside the way from number index to the root, lowest first; the
 * n hashes, at least one and at most 2^32, are overwritten.  index is less than
 * n.
 * Returns: the length of the branch; 0 when n is 1.
 */
BTCPEER_API size_t btcwire_merkle_branch(
    struct btcwire_hash branch[BTCWIRE_MAX_BRANCH],
    struct btcwire_hash *hashes, size_t n, size_t index);

/* The root that a branch leads to. */
BTCPEER_API void btcwire_merkle_branch_root(struct btcwire_hash *out,
    const struct btcwire_hash *leaf, const struct btcwire_hash *branch,
    size_t branch_len, size_t index);

/* BTCPEER_E_NOMEM, or 0.  mutated or NULL. */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_block_merkle_root(
    struct btcwire_hash *out, bool *mutated, const struct btcwire_block *block);

/*
 * The witness commitment (BIP 141) that the block's contents call for, and the
 * one its coinbase holds.
 *
 * Returns: 0, or BTCPEER_E_NOMEM.
 * Out:     computed  all zero unless the coinbase has the one 32-byte witness
 *                    item that the computation needs.
 *          found     whether the coinbase holds a commitment.
 *          held      the commitment held, when found.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_block_witness_commitment(
    struct btcwire_hash *computed, bool *found, struct btcwire_hash *held,
    const struct btcwire_block *block);

/*
 * What a block must satisfy on its own: a coinbase and only as the first
 * transaction, merkle root, no mutation, witness commitment where there is a
 * witness.  Proof of work is btcwire_header_check()'s.
 *
 * Returns: 0, or BTCPEER_E_PROOF, _NOMEM.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_block_check(
    const struct btcwire_block *block, struct btcpeer_error *err);

/* ---- Parts of blocks (BIP 37) ------------------------------------------ */

/* A transaction that a merkleblock proves to be in the block. */
struct btcwire_match {
	uint32_t index;			/* in the block */
	struct btcwire_hash txid;
};

/*
 * Verify a merkleblock against the merkle root of its own header, and extract
 * the transactions it proves.  Whether the header has proof of work is
 * btcwire_header_check()'s.
 *
 * Returns: 0, or BTCPEER_E_PROOF (err: what is wrong with the tree), _BUFFER
 *          (more matches than room).
 * Out:     matches  ascending; room for m->hash_len always suffices.
 *          n        how many.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_merkleblock_check(
    struct btcwire_match *matches, size_t *n, size_t room,
    const struct btcwire_merkleblock *m, struct btcpeer_error *err);

/*
 * The merkleblock that proves the transactions whose flag is set.
 *
 * Returns: 0, or BTCPEER_E_INVAL (block without transactions), _TOOBIG (over
 *          16,666 of them, more than a valid block can have), _NOMEM.
 * In:      match  as many flags as the block has transactions.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_merkleblock_new(
    struct btcwire_msg **out, const struct btcwire_block *block,
    const bool *match, struct btcpeer_error *err);

/* ---- Proof of work ----------------------------------------------------- */

/* Compact form to a 256-bit little-endian number.
 * Returns 0, or BTCPEER_E_BADVALUE when it is negative, zero or over 256 bits. */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_target_from_bits(uint8_t target[32],
    uint32_t bits);

/* The reverse: what the compact form cannot hold is cut off, not rounded. */
BTCPEER_API uint32_t btcwire_bits_from_target(const uint8_t target[32]);

/*
 * Proof of work: bits within the chain's limit, hash within bits.  Whether
 * bits is what the difficulty rules call for is not looked at.
 *
 * Returns: 0 or BTCPEER_E_PROOF.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_header_check(
    const struct btcwire_header *header, const struct btcwire_chain *chain,
    struct btcpeer_error *err);

/* Expected number of hashes, as a 256-bit number. */
struct btcwire_work {
	uint64_t w[4];		/* least significant first */
};

/* 2^256 / (target + 1), as Bitcoin Core counts it: the work that a header with
 * these bits adds to its chain.
 * Returns 0 or BTCPEER_E_BADVALUE, as btcwire_target_from_bits(). */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_work_from_bits(
    struct btcwire_work *out, uint32_t bits);

/* *sum += *w; stays at the greatest number instead of overflowing. */
BTCPEER_API void btcwire_work_add(struct btcwire_work *sum,
    const struct btcwire_work *w);

/* Less than, equal to or greater than 0, as a is to b. */
BTCPEER_API int btcwire_work_cmp(const struct btcwire_work *a,
    const struct btcwire_work *b);

/* ---- Locators ---------------------------------------------------------- */

/* The hash of the caller's block at that height; false: there is none, which
 * ends the locator. */
typedef bool btcwire_hash_at_fn(void *arg, struct btcwire_hash *out,
    int32_t height);

/*
 * A locator for getheaders and getblocks: from height down, the first ten one
 * block apart, then each step twice as long, and genesis last.
 *
 * Returns: the number of hashes, at most BTCWIRE_MAX_LOCATOR_SEND; 0 for a
 *          negative height.
 */
BTCPEER_API size_t btcwire_locator_build(
    struct btcwire_hash out[BTCWIRE_MAX_LOCATOR_SEND], int32_t height,
    btcwire_hash_at_fn *hash_at, void *arg);

#ifdef __cplusplus
}
#endif
#endif
