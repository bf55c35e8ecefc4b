#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <btcpeer/error.h>
#include "transport/stream.h"
#include "util/clock.h"

enum {
	BUF_MIN = 512,		/* what an idle peer keeps */
	BUF_MAX = 65536,	/* what a busy one reads at once */
	IOV_ONCE = 1024		/* IOV_MAX of Linux */
};

void
btct_reader_init(struct btct_reader *r, struct btct_io io, int64_t idle_ms)
{
	*r = (struct btct_reader){ .io = io };
	btct_pace_init(&r->pace, idle_ms, io.now_ms(io.ctx));
}

void
btct_reader_clear(struct btct_reader *r)
{
	free(r->buf);
	r->buf = NULL;
	r->cap = r->pos = r->len = 0;
}

void
btct_reader_rest(struct btct_reader *r)
{
	r->rested = true;
	r->begun = false;
	if (r->pos < r->len)
		return;
	/* The last receive brought little: a small buffer will do. */
	if (r->cap > BUF_MIN && r->len < BUF_MIN)
		btct_reader_clear(r);
	r->pos = r->len = 0;
}

static ssize_t
receive(struct btct_reader *r, void *dst, size_t n)
{
	int64_t now;
	ssize_t got;

	if (r->rested)
		btct_pace_rest(&r->pace, r->begun, r->io.now_ms(r->io.ctx));
	r->rested = false;
	got = r->io.recv(r->io.ctx, dst, n, btct_pace_deadline(&r->pace));
	if (got > 0) {
		now = r->io.now_ms(r->io.ctx);
		btct_pace_got(&r->pace, (size_t)got, now);
		if (r->on_progress != NULL)
			r->on_progress(r->progress_ctx, now);
	}
	return got;
}

/* Fill the empty buffer. */
static int
fill(struct btct_reader *r)
{
	size_t cap = r->cap == 0 ? BUF_MIN
	    : r->len == r->cap && r->cap < BUF_MAX ? r->cap * 4 : r->cap;
	ssize_t got;
	uint8_t *buf;

	if (cap > BUF_MAX)
		cap = BUF_MAX;
	if (cap != r->cap) {
		buf = malloc(cap);
		if (buf == NULL && r->cap == 0)
			return BTCPEER_E_NOMEM;
		if (buf != NULL) {
			free(r->buf);
			r->buf = buf;
			r->cap = cap;
		}
	}
	r->pos = r->len = 0;
	got = receive(r, r->buf, r->cap);
	if (got < 0)
		return (int)got;
	r->len = (size_t)got;
	return 0;
}

int
btct_read(struct btct_reader *r, void *dst, size_t n)
{
	uint8_t *p = dst;
	size_t have;
	ssize_t got;
	int rc;

	while (n > 0) {
		have = r->len - r->pos;
		if (have > 0) {
			if (have > n)
				have = n;
			memcpy(p, r->buf + r->pos, have);
			r->pos += have;
		} else if (n >= BUF_MAX) {
			/* Large payloads go where they belong without a copy. */
			got = receive(r, p, n);
			if (got < 0)
				return (int)got;
			have = (size_t)got;
		} else {
			rc = fill(r);
			if (rc != 0)
				return rc;
			continue;
		}
		r->begun = true;
		p += have;
		n -= have;
	}
	return 0;
}

int
btct_write(size_t *written, const struct btct_io *io, struct iovec *iov,
    int iov_len, int64_t stall_ms)
{
	size_t left = 0;
	ssize_t n;
	int i, rc = 0;

	*written = 0;
	for (i = 0; i < iov_len; i++)
		left += iov[i].iov_len;
	while (left > 0) {
		n = io->send(io->ctx, iov,
		    iov_len < IOV_ONCE ? iov_len : IOV_ONCE,
		    stall_ms < 0 ? BTCU_NEVER : btcu_after(io->now_ms(io->ctx),
		    stall_ms + (int64_t)(left / 262144) * 1000));
		if (n < 0) {
			rc = (int)n;
			break;
		}
		*written += (size_t)n;
		left -= (size_t)n;
		for (; iov_len > 0 && (size_t)n >= iov->iov_len; iov++, iov_len--)
			n -= (ssize_t)iov->iov_len;
		if (iov_len > 0) {
			iov->iov_base = (char *)iov->iov_base + n;
			iov->iov_len -= (size_t)n;
		}
	}
	return rc;
}
