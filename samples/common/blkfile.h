/*
 * Files in the format of Bitcoin Core's blk*.dat: one record after another,
 * each the network's magic, the length as 32 bits little endian, and a block
 * as it goes over the wire.
 *
 * The file is read once from its start to find out what it holds; then records
 * are appended.  A record is written with one call, and when that fails the
 * file is cut back to its last whole record.  Whoever has the file open holds
 * a lock on it.
 */
#ifndef SAMPLES_COMMON_BLKFILE_H
#define SAMPLES_COMMON_BLKFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <btcpeer/wire.h>

struct blkfile {
	const struct btcwire_chain *chain;
	int fd;			/* -1: closed */
	int64_t end;		/* where the last whole record ends */
	int64_t size;		/* of the file when it was opened */
	uint8_t *buf;		/* what has been read ahead */
	size_t buf_room;
	size_t buf_len;
	int64_t buf_at;		/* offset in the file of buf */
	char error[512];	/* a sentence without a full stop */
};

enum blkfile_result {
	BLKFILE_RECORD,		/* here is one */
	BLKFILE_END,		/* all of it was read */
	BLKFILE_TORN,		/* the file ends within a record, or in zeroes */
	BLKFILE_BAD		/* error says what is wrong, and where */
};

/*
 * Open, and make if need be.  Returns false with error set; in that case too
 * blkfile_close() is due and harmless.
 */
bool blkfile_open(struct blkfile *f, const char *path,
    const struct btcwire_chain *chain);

/* The records one after another, from the first to the last.  What
 * block points to is good until the next call. */
enum blkfile_result blkfile_next(struct blkfile *f, struct btcwire_bytes *block);

/* Cut the file to the records read so far.  Returns how many bytes went, or
 * -1 with error set. */
int64_t blkfile_cut(struct blkfile *f);

/* Append one record.  Returns false with error set. */
bool blkfile_append(struct blkfile *f, const void *block, size_t len);

/* Have everything on the disk.  Returns false with error set. */
bool blkfile_sync(struct blkfile *f);

void blkfile_close(struct blkfile *f);

#endif
