/*
 * A folder for the files of a test, and the blocks in a file that btcpeer-sync
 * wrote: read and verified here by the library.
 */
#ifndef TEST_BLOCKS_H
#define TEST_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <btcpeer/wire.h>

/*
 * A new empty folder; and its end, with all files in it.  For unchecked
 * fixtures, which run outside of the test's own process.
 */
void scratch_make(void);
void scratch_remove(void);

/* The path of a file in it; one of four buffers in turn. */
const char *scratch(const char *name);

/* A whole file, exactly; free() it.  NULL when it does not exist. */
uint8_t *file_read(const char *path, size_t *len);
void file_write(const char *path, const void *data, size_t len);

struct blocks {
	uint8_t *data;		/* owned: the whole file */
	size_t len;
	size_t n;		/* whole records */
	size_t whole;		/* bytes of them; the rest is torn */
	struct {
		size_t at;	/* of the record: 8 bytes before its block */
		size_t len;	/* of the block */
		struct btcwire_hash hash;
	} *rec;			/* owned */
};

/*
 * Read a file of regtest blocks.  Each must be good and follow the one before,
 * the first the genesis block; none at all if the file does not exist.
 */
void blocks_read(struct blocks *b, const char *path);
void blocks_clear(struct blocks *b);

/* The i-th block; its height is one more. */
const uint8_t *blocks_data(const struct blocks *b, size_t i);

#endif
