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

#define FUZZ_SIZE ((size_t)1 << 20)	/* bytes of the longest input */
#define FUZZ_SEED UINT64_C(0xf022)	/* of the generator */

/* Write seeds into a folder; EXIT_SUCCESS or EXIT_FAILURE. */
int fuzz_write_seeds(const char *dir);

/* assert() that no build option removes. */
#define FUZZ_ASSERT(expr) do { \
	if (!(expr)) \
		fuzz_failed(__FILE__, __LINE__, #expr); \
} while (0)
void fuzz_failed(const char *file, int line, const char *expr)
    __attribute__((noreturn));

#endif
