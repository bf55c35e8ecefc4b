#ifndef _FILE_OFFSET_BITS
# define _FILE_OFFSET_BITS 64
#endif

#include "blkfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define HEAD       8u	/* magic and length */
#define BLOCK_MIN  81u	/* a header and the count of transactions */
#define READ_AHEAD ((size_t)1 << 20)

static bool fail(struct blkfile *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Returns false, so that callers can return what it returns. */
static bool
fail(struct blkfile *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(f->error, sizeof(f->error), fmt, ap);
	va_end(ap);
	return false;
}

bool
blkfile_open(struct blkfile *f, const char *path,
    const struct btcwire_chain *chain)
{
	struct stat st;

	*f = (struct blkfile){ .chain = chain };
	/* Nonblocking, or opening a pipe would wait for its other end. */
	f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
	if (f->fd < 0)
		return fail(f, "cannot open it: %s", strerror(errno));
	if (fstat(f->fd, &st) != 0)
		return fail(f, "cannot look at it: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail(f, "it is not a regular file");
	if (flock(f->fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK
		    ? fail(f, "another program is using it")
		    : fail(f, "cannot lock it: %s", strerror(errno));
	/* Only now is it known that nobody is writing. */
	if (fstat(f->fd, &st) != 0)
		return fail(f, "cannot look at it: %s", strerror(errno));
	f->size = st.st_size;
	return true;
}

/*
 * Make buf hold the len bytes at offset at.  Returns false on errors, and when
 * the file is shorter than it was.
 */
static bool
need(struct blkfile *f, int64_t at, size_t len)
{
	size_t skip = (size_t)(at - f->buf_at);
	size_t want = len > READ_AHEAD ? len : READ_AHEAD;

	if (at >= f->buf_at && skip <= f->buf_len && f->buf_len - skip >= len)
		return true;
	if (want > f->buf_room) {
		uint8_t *p = realloc(f->buf, want);

		if (p == NULL)
			return fail(f, "out of memory");
		f->buf = p;
		f->buf_room = want;
	}
	f->buf_at = at;
	f->buf_len = 0;
	while (f->buf_len < len) {
		ssize_t n = pread(f->fd, f->buf + f->buf_len,
		    f->buf_room - f->buf_len, (off_t)at + (off_t)f->buf_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(f, "cannot read it: %s", strerror(errno));
		if (n == 0)
			return fail(f, "somebody else is cutting it");
		f->buf_len += (size_t)n;
	}
	return true;
}

/* The bytes at an offset that need() has provided. */
static const uint8_t *
bytes_at(const struct blkfile *f, int64_t at)
{
	return f->buf + (at - f->buf_at);
}

static uint32_t
le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

/* The chain that has this magic, or NULL. */
static const struct btcwire_chain *
chain_of(const uint8_t *magic)
{
	unsigned id;

	for (id = 0; id < BTCWIRE_NCHAINS; id++) {
		const struct btcwire_chain *c =
		    btcwire_chain((enum btcwire_chain_id)id);

		if (memcmp(c->magic, magic, sizeof(c->magic)) == 0)
			return c;
	}
	return NULL;
}

/* What stands where a record should begin is not our magic. */
static enum blkfile_result
not_magic(struct blkfile *f)
{
	const struct btcwire_chain *other = chain_of(bytes_at(f, f->end));

	if (other != NULL)
		fail(f, "at byte %lld it has a block of %s, not of %s",
		    (long long)f->end, other->name, f->chain->name);
	else
		fail(f, "at byte %lld it is damaged: no record begins there",
		    (long long)f->end);
	return BLKFILE_BAD;
}

/* Whether nothing but zeroes follows: a file system may leave them behind when
 * the machine stops, and Bitcoin Core makes its files larger beforehand. */
static bool
zeroes_follow(struct blkfile *f)
{
	int64_t at = f->end;

	while (at < f->size) {
		size_t len = f->size - at < (int64_t)READ_AHEAD
		    ? (size_t)(f->size - at) : READ_AHEAD;
		const uint8_t *p;
		size_t i;

		if (!need(f, at, len))
			return false;
		p = bytes_at(f, at);
		for (i = 0; i < len; i++)
			if (p[i] != 0)
				return false;
		at += (int64_t)len;
	}
	return true;
}

/*
 * The record that begins at end is longer than the file.  That is what a
 * program leaves that was killed while writing; but if another record begins
 * further on, it is the length that is wrong.
 */
static enum blkfile_result
torn_or_bad(struct blkfile *f)
{
	size_t rest = (size_t)(f->size - f->end);
	const uint8_t *p;
	size_t i;

	if (!need(f, f->end, rest))
		return BLKFILE_BAD;
	p = bytes_at(f, f->end);
	for (i = HEAD; i + HEAD <= rest; i++) {
		uint32_t len;

		if (memcmp(p + i, f->chain->magic, 4) != 0)
			continue;
		len = le32(p + i + 4);
		if (len >= BLOCK_MIN && len <= rest - i - HEAD) {
			fail(f, "at byte %lld it is damaged: the record's "
			    "length is wrong", (long long)f->end);
			return BLKFILE_BAD;
		}
	}
	return BLKFILE_TORN;
}

enum blkfile_result
blkfile_next(struct blkfile *f, struct btcwire_bytes *block)
{
	int64_t rest = f->size - f->end;
	const uint8_t *p;
	uint32_t len;

	if (rest == 0)
		return BLKFILE_END;
	if (!need(f, f->end, rest < HEAD ? (size_t)rest : HEAD))
		return BLKFILE_BAD;
	p = bytes_at(f, f->end);
	if (rest < HEAD) {
		size_t n = rest < 4 ? (size_t)rest : 4;

		if (memcmp(p, f->chain->magic, n) == 0 || zeroes_follow(f))
			return BLKFILE_TORN;
		fail(f, "at byte %lld it is damaged: no record begins there",
		    (long long)f->end);
		return BLKFILE_BAD;
	}
	if (memcmp(p, f->chain->magic, sizeof(f->chain->magic)) != 0) {
		if (p[0] == 0 && zeroes_follow(f))
			return BLKFILE_TORN;
		return need(f, f->end, HEAD) ? not_magic(f) : BLKFILE_BAD;
	}
	len = le32(p + 4);
	if (len < BLOCK_MIN || len > BTCWIRE_MAX_PAYLOAD) {
		fail(f, "at byte %lld it is damaged: a block cannot be %lu "
		    "bytes long", (long long)f->end, (unsigned long)len);
		return BLKFILE_BAD;
	}
	if (len > (uint64_t)rest - HEAD)
		return torn_or_bad(f);
	if (!need(f, f->end, HEAD + (size_t)len))
		return BLKFILE_BAD;
	block->data = bytes_at(f, f->end) + HEAD;
	block->len = len;
	f->end += HEAD + len;
	return BLKFILE_RECORD;
}

int64_t
blkfile_cut(struct blkfile *f)
{
	int64_t gone = f->size - f->end;

	if (ftruncate(f->fd, (off_t)f->end) != 0) {
		fail(f, "cannot cut it to %lld bytes: %s", (long long)f->end,
		    strerror(errno));
		return -1;
	}
	f->size = f->end;
	return gone;
}

/* Write it all at offset end; returns 0 or errno. */
static int
write_all(struct blkfile *f, struct iovec *iov, int n)
{
	off_t at = (off_t)f->end;

	while (n > 0) {
		ssize_t done = pwritev(f->fd, iov, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? errno : ENOSPC;
		at += (off_t)done;
		while (n > 0 && (size_t)done >= iov->iov_len) {
			done -= (ssize_t)iov->iov_len;
			iov++;
			n--;
		}
		if (n > 0) {
			iov->iov_base = (char *)iov->iov_base + done;
			iov->iov_len -= (size_t)done;
		}
	}
	return 0;
}

bool
blkfile_append(struct blkfile *f, const void *block, size_t len)
{
	uint8_t head[HEAD];
	struct iovec iov[2] = {
		{ .iov_base = head, .iov_len = sizeof(head) },
		{ .iov_len = len },
	};
	size_t i;
	int rc;

	/* An iovec has no const; what it points to is only read. */
	memcpy(&iov[1].iov_base, &block, sizeof(block));
	memcpy(head, f->chain->magic, sizeof(f->chain->magic));
	for (i = 0; i < 4; i++)
		head[4 + i] = (uint8_t)(len >> (8 * i));
	rc = write_all(f, iov, 2);
	if (rc == 0) {
		f->end += (int64_t)(HEAD + len);
		f->size = f->end;
		return true;
	}
	f->size = f->end;
	if (blkfile_cut(f) < 0)
		return false;
	return fail(f, "cannot write to it: %s", strerror(rc));
}

bool
blkfile_sync(struct blkfile *f)
{
	if (fsync(f->fd) == 0)
		return true;
	return fail(f, "cannot write to it: %s", strerror(errno));
}

void
blkfile_close(struct blkfile *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = -1;
	free(f->buf);
	f->buf = NULL;
	f->buf_room = f->buf_len = 0;
}
