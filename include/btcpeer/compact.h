/*
 * Compact blocks (BIP 152, version 2): made from a block, and made a block
 * again from the transactions that one has.  The rules of <btcpeer/wire.h>,
 * which includes this, hold.
 */
#ifndef BTCPEER_COMPACT_H
#define BTCPEER_COMPACT_H

#include <btcpeer/error.h>
#include <btcpeer/msgs.h>

#ifdef __cplusplus
extern "C" {
#endif

struct btcwire_msg;

/* What short ids depend on. */
struct btcwire_short_id_key {
	uint8_t k[16];		/* of SipHash-2-4 */
};

BTCPEER_API void btcwire_short_id_key(struct btcwire_short_id_key *out,
    const struct btcwire_header *header, uint64_t nonce);

/* 48 bits.  BIP 152 version 2 gives the wtxid, version 1 gave the txid. */
BTCPEER_API uint64_t btcwire_short_id(const struct btcwire_short_id_key *key,
    const struct btcwire_hash *wtxid);

/*
 * The compact block of a block.  The coinbase is always prefilled.
 *
 * Returns: 0, or BTCPEER_E_INVAL (prefill not ascending, or out of range; block
 *          without transactions), _TOOBIG (over 65,535 transactions), _NOMEM.
 * In:      nonce        random, and another for each block.
 *          prefill      transactions that the remote will not have, ascending.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_cmpctblock_new(
    struct btcwire_msg **out, const struct btcwire_block *block,
    uint64_t nonce, const uint16_t *prefill, size_t prefill_len,
    struct btcpeer_error *err);

/*
 * The transactions that a remote asks for.
 *
 * Returns: 0, or BTCPEER_E_BADVALUE (a place past the block's end), _TOOBIG,
 *          _NOMEM.
 * In:      block  the one of the hash m->block, which is not compared.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_blocktxn_new(struct btcwire_msg **out,
    const struct btcwire_block *block, const struct btcwire_getblocktxn *m,
    struct btcpeer_error *err);

/* A block that is being put together.  Opaque; belongs to one thread at a
 * time. */
struct btcwire_partial;

/*
 * Begin with a compact block.
 *
 * Returns: 0, or BTCPEER_E_INVAL (msg is no cmpctblock), _BADVALUE (no
 *          transactions, or a prefilled one beyond the block's end), _NOMEM.
 * Out:     out  free with btcwire_partial_free().
 * In:      msg  a reference is taken.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_partial_new(
    struct btcwire_partial **out, struct btcwire_msg *msg,
    struct btcpeer_error *err);

/* p or NULL. */
BTCPEER_API void btcwire_partial_free(struct btcwire_partial *p);

/* Whether to offer the transaction of that wtxid: its short id is that of a
 * place which is missing, or which has got another transaction.  Costs one
 * SipHash and a lookup: go through a whole pool with it. */
BTCPEER_API bool btcwire_partial_wants(const struct btcwire_partial *p,
    const struct btcwire_hash *wtxid);

/*
 * Offer a transaction.  Two that have the same short id cancel each other out:
 * that place in the block is then asked for.
 *
 * Returns: 0 (taken or not wanted).
 * In:      tx     its memory lasts until p is freed: it is inside owner, to
 *                 which a reference is taken when tx is of use; or owner is
 *                 NULL and the caller sees to it.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_partial_add(struct btcwire_partial *p,
    const struct btcwire_tx *tx, struct btcwire_msg *owner);

/*
 * Places in the block that have no transaction yet, ascending; as getblocktxn
 * wants them.  Borrowed from p until the next call that takes it.  In a compact
 * block that has a short id twice, those places are always missing.
 */
BTCPEER_API const uint16_t *btcwire_partial_missing(
    struct btcwire_partial *p, size_t *n);

/*
 * What was missing, as blocktxn brings it.
 *
 * Returns: 0, or BTCPEER_E_INVAL (msg is no blocktxn), _PROOF (of another
 *          block, a transaction that was not asked for or has not the short id
 *          of its place, or too few).
 * In:      msg  a reference is taken.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_partial_fill(struct btcwire_partial *p,
    struct btcwire_msg *msg, struct btcpeer_error *err);

/*
 * The block, once nothing is missing: a new message of type BTCWIRE_BLOCK that
 * does not depend on p.
 *
 * Returns: 0, or BTCPEER_E_STATE (something is missing), _PROOF (merkle root or
 *          witness commitment: short ids have collided, ask for the whole
 *          block), _TOOBIG, _NOMEM.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_partial_block(
    struct btcwire_msg **out, struct btcwire_partial *p,
    struct btcpeer_error *err);

#ifdef __cplusplus
}
#endif
#endif
