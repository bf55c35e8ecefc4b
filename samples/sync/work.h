/*
 * Work: how many hashes a header stood for on average, as a 256-bit number.
 * The best chain is the one with the largest sum.
 */
#ifndef SAMPLES_SYNC_WORK_H
#define SAMPLES_SYNC_WORK_H

#include <stdbool.h>
#include <stdint.h>

/* Least significant word first. */
struct work {
	uint64_t w[4];
};

/* 2^256 / (target + 1) for the target of these compact bits.
 * Returns false when the bits stand for no target. */
bool work_from_bits(struct work *out, uint32_t bits);

/* sum += w; stays at the largest number instead of wrapping around. */
void work_add(struct work *sum, const struct work *w);

/* Negative, 0 or positive, as a is less than, equal to or more than b. */
int work_cmp(const struct work *a, const struct work *b);

#endif
