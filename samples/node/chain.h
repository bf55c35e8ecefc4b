/*
 * The chain in memory: one branch from the genesis block, every block kept as
 * a message, so that it is serialised once and shared by all peers.
 *
 * Threads: any thread may call any function at any time.  Blocks are added at
 * the tip and never taken away.
 */
#ifndef SAMPLES_NODE_CHAIN_H
#define SAMPLES_NODE_CHAIN_H

#include <btcpeer/wire.h>

struct chain;

/* Returns: 0, or what the library says about the genesis block, _NOMEM. */
int chain_new(struct chain **out, const struct btcwire_chain *params);

/* No other thread may still use it.  c or NULL. */
void chain_free(struct chain *c);

const struct btcwire_chain *chain_params(const struct chain *c);

/*
 * Put a block on the tip; its reference is used up, also on failure.
 *
 * Returns: 0, BTCPEER_E_INVAL (not a block, or not on the tip), _NOMEM.
 */
int chain_append(struct chain *c, struct btcwire_msg *block BTCPEER_TAKES);

/* The height of the tip; hash or NULL. */
int32_t chain_tip(struct chain *c, struct btcwire_hash *hash);

/* The block's height, or -1. */
int32_t chain_find(struct chain *c, const struct btcwire_hash *hash);

/* A reference to the block at that height, or NULL beyond the tip. */
struct btcwire_msg *chain_block(struct chain *c, int32_t height);

/* Headers and hashes of up to n blocks from a height on; how many there are. */
size_t chain_headers(struct chain *c, struct btcwire_header *out, size_t n,
    int32_t from);
size_t chain_hashes(struct chain *c, struct btcwire_hash *out, size_t n,
    int32_t from);

/* The height of the newest block of a locator that is on the chain; 0, the
 * genesis block, when there is none. */
int32_t chain_fork(struct chain *c, const struct btcwire_locator *locator);

#endif
