/*
 * A file of blocks like blk*.dat: a regtest chain of large blocks.
 */
#ifndef BENCH_CHAIN_H
#define BENCH_CHAIN_H

#include <stddef.h>

/* n blocks of txs transactions of about 500 bytes each. */
void chain_write(const char *path, size_t n, size_t txs);

#endif
