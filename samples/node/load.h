/*
 * Blocks from a file in the format of blk*.dat, in any order, into a chain.
 */
#ifndef SAMPLES_NODE_LOAD_H
#define SAMPLES_NODE_LOAD_H

#include "chain.h"

/*
 * Append to the chain, which has its genesis block only, the branch with the
 * most work that the file's blocks make.  What is wrong with a block and where
 * it stands, and what was left out, is reported on standard error.
 *
 * Returns: how many blocks of the chain the file holds, genesis included; -1
 *          when it cannot be read or memory ran out.
 */
int32_t load_file(struct chain *c, const char *path);

#endif
