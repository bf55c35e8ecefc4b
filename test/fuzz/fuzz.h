/*
 * A fuzz target is one function; what runs it is libFuzzer, or replay.c.
 */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "gen.h"

/* The target: takes any bytes, ends the program when something is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One sound input of the target, from the generator; its length. */
size_t fuzz_seed(struct gen *g, uint8_t *buf, size_t size);

/* How many seeds replay.c tries; each is changed some times too. */
extern const unsigned fuzz_n_seeds;

/* assert() that no build option removes. */
#define FUZZ_ASSERT(expr) do { \
	if (!(expr)) { \
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #expr); \
		abort(); \
	} \
} while (0)

#endif
