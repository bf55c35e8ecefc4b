/*
 * Regtest blocks, made to be accepted by any full node of today or of 2018.
 *
 * Every output can be spent by anyone and comes in two kinds: bare OP_TRUE,
 * and P2WSH of OP_TRUE.  The transactions of a block spend earlier outputs,
 * bare ones and (once segwit is active everywhere, at height 432) witness ones
 * in turn, and pay to outputs of the same kind, so that it can go on for ever.
 *
 * Threads: a miner belongs to one thread.
 */
#ifndef SAMPLES_NODE_MINER_H
#define SAMPLES_NODE_MINER_H

#include "chain.h"

#define MINER_MAX_TXS 5000	/* keeps blocks well below the weight limit */

/* How to choose the times of blocks. */
enum miner_clock {
	MINER_STEADY,	/* ten minutes after the block before: reproducible */
	MINER_NOW	/* the present, so that nodes see a chain up to date */
};

struct miner;

/* A miner for blocks on the tip of c, which nobody else may change.  It knows
 * of no outputs but those it makes.  Returns: 0 or BTCPEER_E_NOMEM. */
int miner_new(struct miner **out, struct chain *c, size_t txs_per_block);
void miner_free(struct miner *m);

/*
 * Mine one block and add it to the chain.
 *
 * Returns: 0, BTCPEER_E_NOMEM, or BTCPEER_E_STATE: so many blocks were mined
 *          in so little time that nodes would take it for one of the future.
 * In:      behind_s  MINER_NOW: seconds before now that it is to be dated,
 *          for blocks that are followed by others at once.
 */
int miner_mine(struct miner *m, enum miner_clock clock, int64_t behind_s);

#endif
