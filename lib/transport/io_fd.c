#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <btcpeer/error.h>
#include "transport/io.h"
#include "util/clock.h"

int
btct_fd_init(struct btct_fd *f, int fd, const struct btcu_fakeclock *clock)
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
	*f = (struct btct_fd){ .fd = fd, .clock = clock, .recv_wake = -1,
	    .send_wake = -1 };
	if (clock == NULL)
		return 0;
	f->recv_wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	f->send_wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (f->recv_wake >= 0 && f->send_wake >= 0)
		return 0;
	btct_fd_clear(f);
	return BTCPEER_E_IO;
}

void
btct_fd_clear(struct btct_fd *f)
{
	if (f->recv_wake >= 0)
		close(f->recv_wake);
	if (f->send_wake >= 0)
		close(f->send_wake);
	f->recv_wake = f->send_wake = -1;
}

void
btct_fd_wake(struct btct_fd *f)
{
	/* It fails only when nobody has looked at a great many others. */
	(void)eventfd_write(f->recv_wake, 1);
	(void)eventfd_write(f->send_wake, 1);
}

/* For poll().  Time of a clock that is moved does not pass while we sleep. */
static int
poll_ms(const struct btct_fd *f, int64_t deadline_ms)
{
	int64_t now, left;

	if (deadline_ms == BTCU_NEVER)
		return -1;
	now = btcu_clock_ms(f->clock);
	left = deadline_ms > now ? deadline_ms - now : 0;
	if (f->clock != NULL && left > 0)
		return -1;
	return left < INT_MAX ? (int)left : INT_MAX;
}

/* 1 when ready, 0 at the deadline, -1 on error (errno). */
static int
wait_ready(const struct btct_fd *f, int wake, short events,
    int64_t deadline_ms)
{
	struct pollfd pfd[2] = { { .fd = f->fd, .events = events },
	    { .fd = wake, .events = POLLIN } };
	eventfd_t times;
	int n, ms;

	for (;;) {
		ms = poll_ms(f, deadline_ms);
		n = poll(pfd, 2, ms);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0 && pfd[0].revents != 0)
			return 1;
		if (n > 0)
			(void)eventfd_read(wake, &times);
		else if (n == 0 && ms < INT_MAX)
			return 0;
	}
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
			ready = wait_ready(f, f->recv_wake, POLLIN,
			    deadline_ms);
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
			ready = wait_ready(f, f->send_wake, POLLOUT,
			    deadline_ms);
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
	const struct btct_fd *f = ctx;

	return btcu_clock_ms(f->clock);
}

struct btct_io
btct_fd_io(struct btct_fd *f)
{
	return (struct btct_io){ .recv = fd_recv, .send = fd_send,
	    .now_ms = fd_now, .ctx = f };
}
