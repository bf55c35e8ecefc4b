/*
 * Random blocks that pass btcwire_block_check().
 */
#ifndef TEST_SOUND_H
#define TEST_SOUND_H

#include "gen.h"

/*
 * A coinbase and n - 1 random transactions, in memory of g until the next
 * gen_reset().  n is at most 1,000.
 */
struct btcwire_block *sound_block(struct gen *g, size_t n);

/* The same from the transactions tx[1] to tx[n - 1], to which tx[0] becomes
 * the coinbase; it commits to their witnesses even if there are none. */
struct btcwire_block *sound_block_of(struct gen *g, struct btcwire_tx *tx,
    size_t n);

/* Make the merkle root of the header that of the transactions. */
void sound_root(struct btcwire_block *block);

#endif
