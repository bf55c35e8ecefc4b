/*
 * Transactions that remotes sent, for relay only: whether they spend what
 * exists is not known, so that no block takes them.  When there are too many
 * the oldest go.
 *
 * Threads: any thread may call any function at any time.
 */
#ifndef SAMPLES_NODE_POOL_H
#define SAMPLES_NODE_POOL_H

#include <btcpeer/wire.h>

#define POOL_MAX_TXS   5000
#define POOL_MAX_BYTES (32u << 20)

struct pool;

int pool_new(struct pool **out);
void pool_free(struct pool *pool);

/*
 * What can be seen of a transaction by itself: inputs and outputs there are,
 * no coin is spent twice or made from nothing, amounts and size within bounds.
 *
 * Returns: NULL, or what is wrong with it.
 */
const char *pool_check(const struct btcwire_tx *tx);

/* Keep it, with a reference of the pool's own.  Returns false when one of that
 * txid is there already. */
bool pool_add(struct pool *pool, struct btcwire_msg *tx,
    const struct btcwire_hash *txid, const struct btcwire_hash *wtxid);

/* By one of its ids; a reference, or NULL. */
struct btcwire_msg *pool_by_txid(struct pool *pool,
    const struct btcwire_hash *txid);
struct btcwire_msg *pool_by_wtxid(struct pool *pool,
    const struct btcwire_hash *wtxid);

#endif
