/*
 * The two halves of a connection: a buffered reader that hands out exact
 * numbers of bytes, and a writer that gets everything out or says why not.
 */
#ifndef BTC_TRANSPORT_STREAM_H
#define BTC_TRANSPORT_STREAM_H

#include "transport/io.h"
#include "transport/pace.h"

/* Belongs to the receiving thread. */
struct btct_reader {
	struct btct_io io;
	struct btct_pace pace;
	uint8_t *buf;		/* owned; NULL until first used */
	size_t cap, pos, len;	/* unread bytes stand at pos .. len */
	bool rested;		/* no wait since the last btct_reader_rest() */
	bool begun;		/* bytes were handed out since then */
	/* Called after each receive that brought bytes; or NULL. */
	void (*on_progress)(void *ctx, int64_t now_ms);
	void *progress_ctx;
};

void btct_reader_init(struct btct_reader *r, struct btct_io io,
    int64_t idle_ms);
void btct_reader_clear(struct btct_reader *r);

/* The next bytes belong to a new message.  Idle and slow times begin afresh at
 * the next wait; a buffer that grew and is hardly used is let go. */
void btct_reader_rest(struct btct_reader *r);

/*
 * Exactly n bytes.
 * Returns: 0, BTCPEER_E_NOMEM, or what io.recv() returned.
 */
int btct_read(struct btct_reader *r, void *dst, size_t n);

/*
 * Write everything; iov is used up.
 * In:      stall_ms  longest time without progress, 1 s per 256 KiB that still
 *                    wait added; negative: for ever.
 * Out:     written   bytes that went out, also on failure.
 * Returns: 0, or what io.send() returned.
 */
int btct_write(size_t *written, const struct btct_io *io, struct iovec *iov,
    int iov_len, int64_t stall_ms);

#endif
