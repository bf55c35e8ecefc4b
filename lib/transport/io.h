/*
 * A connected byte stream behind two functions, so that everything above it
 * runs over memory just as well.
 */
#ifndef BTC_TRANSPORT_IO_H
#define BTC_TRANSPORT_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "util/fakeclock.h"

struct btct_io {
	/*
	 * Wait until something has come, or until the deadline.
	 * Returns: bytes read (at least 1), or BTCPEER_E_EOF, _TIMEOUT, _IO.
	 */
	ssize_t (*recv)(void *ctx, void *buf, size_t len, int64_t deadline_ms);

	/*
	 * Wait until something could be written, or until the deadline.
	 * Returns: bytes written (at least 1), or BTCPEER_E_EOF, _TIMEOUT, _IO.
	 */
	ssize_t (*send)(void *ctx, const struct iovec *iov, int iov_len,
	    int64_t deadline_ms);

	int64_t (*now_ms)(void *ctx);
	void *ctx;
};

/*
 * A nonblocking socket.  One thread may receive while another sends, and any
 * may wake both.
 * Members are used by:  I  nobody writes   r  the receiving thread
 *                       s  the sending thread
 */
struct btct_fd {
	int fd;			/* [I] borrowed */
	const struct btcu_fakeclock *clock; /* [I] borrowed, or NULL */
	int recv_wake, send_wake; /* [I] until cleared; eventfds, or -1 */
	int recv_errno;		/* [r] of the last BTCPEER_E_IO */
	int send_errno;		/* [s] */
};

/*
 * Make the socket nonblocking and, where that exists, undelayed.
 * Returns: 0, or BTCPEER_E_IO: fd is not a stream socket, or there are no
 *          descriptors left for a clock.
 * In:      clock  by which deadlines are told, or NULL: the system's.
 */
int btct_fd_init(struct btct_fd *f, int fd,
    const struct btcu_fakeclock *clock);

/* Nobody uses it any more.  fd stays open. */
void btct_fd_clear(struct btct_fd *f);

/* Time of clock has passed: those who wait look again. */
void btct_fd_wake(struct btct_fd *f);

struct btct_io btct_fd_io(struct btct_fd *f);

#endif
