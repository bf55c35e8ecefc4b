#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

#include <btcpeer/error.h>
#include "transport/io.h"
#include "util/clock.h"

int
btct_fd_init(struct btct_fd *f, int fd)
{
	int type, flags, one = 1;
	socklen_t len = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
	    type != SOCK_STREAM)
		return BTCPEER_E_IO;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return BTCPEER_E_IO;
	/* We batch ourselves.  Sockets that are not TCP refuse; no matter. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	*f = (struct btct_fd){ .fd = fd };
	return 0;
}

/* 1 when ready, 0 at the deadline, -1 on error (errno). */
static int
wait_ready(int fd, short events, int64_t deadline_ms)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int64_t left, now;
	int n;

	do {
		left = -1;
		if (deadline_ms != BTCU_NEVER) {
			now = btcu_now_ms();
			left = deadline_ms > now ? deadline_ms - now : 0;
			if (left > INT_MAX)
				left = INT_MAX;
		}
		n = poll(&pfd, 1, (int)left);
	} while ((n < 0 && errno == EINTR) || (n == 0 && left == INT_MAX));
	return n;
}

static bool
again(int e)
{
	return e == EAGAIN || e == EWOULDBLOCK;
}

static ssize_t
fd_recv(void *ctx, void *buf, size_t len, int64_t deadline_ms)
{
	struct btct_fd *f = ctx;
	ssize_t n;
	int ready;

	for (;;) {
		n = recv(f->fd, buf, len, 0);
		if (n > 0)
			return n;
		if (n == 0)
			return BTCPEER_E_EOF;
		if (again(errno)) {
			ready = wait_ready(f->fd, POLLIN, deadline_ms);
			if (ready == 0)
				return BTCPEER_E_TIMEOUT;
			if (ready > 0)
				continue;
		}
		if (errno == EINTR)
			continue;
		f->recv_errno = errno;
		return errno == ECONNRESET ? BTCPEER_E_EOF : BTCPEER_E_IO;
	}
}

static ssize_t
fd_send(void *ctx, const struct iovec *iov, int iov_len, int64_t deadline_ms)
{
	struct btct_fd *f = ctx;
	/* sendmsg() only reads; its struct has no const. */
	struct msghdr mh = { .msg_iov = (struct iovec *)(uintptr_t)iov,
	    .msg_iovlen = (size_t)iov_len };
	ssize_t n;
	int ready;

	for (;;) {
		n = sendmsg(f->fd, &mh, MSG_NOSIGNAL);
		if (n > 0)
			return n;
		if (n < 0 && again(errno)) {
			ready = wait_ready(f->fd, POLLOUT, deadline_ms);
			if (ready == 0)
				return BTCPEER_E_TIMEOUT;
			if (ready > 0)
				continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		f->send_errno = errno;
		return errno == EPIPE || errno == ECONNRESET ? BTCPEER_E_EOF
		    : BTCPEER_E_IO;
	}
}

static int64_t
fd_now(void *ctx)
{
	(void)ctx;
	return btcu_now_ms();
}

struct btct_io
btct_fd_io(struct btct_fd *f)
{
	return (struct btct_io){ .recv = fd_recv, .send = fd_send,
	    .now_ms = fd_now, .ctx = f };
}
