#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proxy.h"

#define MAX_CONNS 256
#define BUF_SIZE  16384

/* Bytes on their way in one direction. */
struct flow {
	uint8_t buf[BUF_SIZE];
	size_t len;		/* read and not yet written */
	size_t off;
	uint64_t passed;	/* written */
	uint64_t stop;		/* when so many have been */
	bool eof;		/* read it */
	bool shut;		/* and passed it on */
};

/* A direction goes from fd[way] to fd[!way]. */
struct conn {
	int fd[PROXY_WAYS];	/* the client's, the server's; -1: closed */
	struct flow flow[PROXY_WAYS];
	bool held;
	bool cut;		/* both ends know; their bytes are dropped */
};

enum order { ORDER_NONE, ORDER_RELEASE, ORDER_FIN, ORDER_RST, ORDER_STOP };

/*
 * Members are protected by: I immutable, m mtx, t the thread's own.
 */
struct proxy {
	pthread_t thread;	/* [I] */
	int listener;		/* [I] */
	int wake[2];		/* [I] */
	uint16_t port;		/* [I] */
	uint16_t to;		/* [I] */
	struct conn *conn[MAX_CONNS];	/* [t] */
	unsigned n;		/* [t] */
	pthread_mutex_t mtx;
	pthread_cond_t moved;
	enum order order;	/* [m] */
	uint64_t stop[PROXY_WAYS];	/* [m] for new connections */
	uint64_t passed[PROXY_WAYS];	/* [m] of the newest connection */
	unsigned held;		/* [m] now */
	unsigned ended;		/* [m] */
};

static void
set_blocking(int fd, bool block)
{
	int flags = fcntl(fd, F_GETFL);

	(void)fcntl(fd, F_SETFL, block ? flags & ~O_NONBLOCK
	    : flags | O_NONBLOCK);
}

static struct sockaddr_in
loopback(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(port) };

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sin;
}

/* ---- Connections ------------------------------------------------------- */

static void
count_end(struct proxy *px, bool was_held)
{
	pthread_mutex_lock(&px->mtx);
	if (was_held)
		px->held--;
	px->ended++;
	pthread_cond_broadcast(&px->moved);
	pthread_mutex_unlock(&px->mtx);
}

static void
conn_close(struct proxy *px, struct conn *c, bool reset)
{
	struct linger linger = { .l_onoff = 1 };
	int i;

	for (i = 0; i < PROXY_WAYS; i++) {
		if (reset)
			(void)setsockopt(c->fd[i], SOL_SOCKET, SO_LINGER,
			    &linger, sizeof(linger));
		close(c->fd[i]);
		c->fd[i] = -1;
	}
	count_end(px, c->held);
	c->held = false;
}

static void
conn_hold(struct proxy *px, struct conn *c)
{
	c->held = true;
	pthread_mutex_lock(&px->mtx);
	px->held++;
	pthread_cond_broadcast(&px->moved);
	pthread_mutex_unlock(&px->mtx);
}

static void
conn_go_on(struct proxy *px, struct conn *c)
{
	c->held = false;
	c->flow[PROXY_UP].stop = c->flow[PROXY_DOWN].stop = PROXY_NEVER;
	pthread_mutex_lock(&px->mtx);
	px->held--;
	pthread_mutex_unlock(&px->mtx);
}

/* Closing a socket with unread bytes would make the FIN a RST: they are read
 * until the other end closes too. */
static void
conn_cut(struct conn *c)
{
	int way;

	c->cut = true;
	for (way = 0; way < PROXY_WAYS; way++) {
		c->flow[way].len = 0;
		c->flow[way].shut = true;
		(void)shutdown(c->fd[way], SHUT_WR);
	}
}

static void
conn_add(struct proxy *px)
{
	struct sockaddr_in sin = loopback(px->to);
	int up = accept(px->listener, NULL, NULL), on = 1;
	int down = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct conn *c;

	if (up < 0 || down < 0 || px->n == MAX_CONNS ||
	    connect(down, (struct sockaddr *)&sin, sizeof(sin)) != 0) {
		close(up);
		close(down);
		count_end(px, false);
		return;
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		abort();
	(void)fcntl(up, F_SETFD, FD_CLOEXEC);
	(void)setsockopt(up, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(down, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	set_blocking(up, false);
	set_blocking(down, false);
	c->fd[PROXY_UP] = up;
	c->fd[PROXY_DOWN] = down;
	px->conn[px->n++] = c;
	pthread_mutex_lock(&px->mtx);
	for (on = 0; on < PROXY_WAYS; on++) {
		c->flow[on].stop = px->stop[on];
		px->passed[on] = 0;
	}
	pthread_mutex_unlock(&px->mtx);
	if (c->flow[PROXY_UP].stop == 0 || c->flow[PROXY_DOWN].stop == 0)
		conn_hold(px, c);
}

/* Move bytes one way, as far as that goes without waiting.  Returns false when
 * the connection broke. */
static bool
flow_move(struct flow *f, int from, int to, short from_events, bool cut)
{
	ssize_t n;

	if (f->len == 0 && !f->eof && from_events != 0) {
		size_t room = f->stop - f->passed < BUF_SIZE
		    ? (size_t)(f->stop - f->passed) : BUF_SIZE;

		n = recv(from, f->buf, room, 0);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		f->eof = n == 0;
		f->len = (size_t)n;
		f->off = 0;
	}
	if (cut)
		f->len = 0;
	while (f->len > 0) {
		n = send(to, f->buf + f->off, f->len, MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		f->off += (size_t)n;
		f->len -= (size_t)n;
		f->passed += (uint64_t)n;
	}
	if (f->eof && !f->shut) {
		f->shut = true;
		return shutdown(to, SHUT_WR) == 0 || errno == ENOTCONN;
	}
	return true;
}

static void
conn_move(struct proxy *px, struct conn *c, const struct pollfd *pfd)
{
	int way;

	for (way = 0; way < PROXY_WAYS && !c->held; way++) {
		struct flow *f = &c->flow[way];

		if (!flow_move(f, c->fd[way], c->fd[!way], pfd[way].revents,
		    c->cut)) {
			conn_close(px, c, true);
			return;
		}
		pthread_mutex_lock(&px->mtx);
		if (c == px->conn[px->n - 1])
			px->passed[way] = f->passed;
		pthread_mutex_unlock(&px->mtx);
		if (f->passed == f->stop)
			conn_hold(px, c);
	}
	if (c->flow[PROXY_UP].eof && c->flow[PROXY_DOWN].eof &&
	    c->flow[PROXY_UP].len + c->flow[PROXY_DOWN].len == 0 && !c->held)
		conn_close(px, c, false);
}

static void
conn_watch(const struct conn *c, struct pollfd *pfd)
{
	int way;

	for (way = 0; way < PROXY_WAYS; way++)
		pfd[way] = (struct pollfd){ .fd = -1 };
	if (c->held || c->fd[PROXY_UP] < 0)
		return;
	for (way = 0; way < PROXY_WAYS; way++) {
		const struct flow *f = &c->flow[way];

		pfd[way].fd = c->fd[way];
		if (f->len == 0 && !f->eof)
			pfd[way].events |= POLLIN;
		if (c->flow[!way].len > 0)
			pfd[way].events |= POLLOUT;
		if (pfd[way].events == 0)
			pfd[way].fd = -1;
	}
}

/* ---- The thread -------------------------------------------------------- */

static void
obey(struct proxy *px, enum order order)
{
	unsigned i;

	for (i = 0; i < px->n; i++) {
		struct conn *c = px->conn[i];

		if (c->fd[PROXY_UP] < 0 || (!c->held && order != ORDER_STOP))
			continue;
		if (order == ORDER_RST || order == ORDER_STOP) {
			conn_close(px, c, order == ORDER_RST);
			continue;
		}
		conn_go_on(px, c);
		if (order == ORDER_FIN)
			conn_cut(c);
	}
}

static enum order
next_order(struct proxy *px)
{
	enum order order;
	char c;

	if (read(px->wake[0], &c, 1) != 1)
		return ORDER_NONE;
	pthread_mutex_lock(&px->mtx);
	order = px->order;
	px->order = ORDER_NONE;
	pthread_cond_broadcast(&px->moved);
	pthread_mutex_unlock(&px->mtx);
	return order;
}

static void *
run(void *arg)
{
	struct proxy *px = arg;
	struct pollfd pfd[2 + PROXY_WAYS * MAX_CONNS];
	enum order order = ORDER_NONE;
	unsigned i, n;

	while (order != ORDER_STOP) {
		pfd[0] = (struct pollfd){ px->listener, POLLIN, 0 };
		pfd[1] = (struct pollfd){ px->wake[0], POLLIN, 0 };
		n = px->n;
		for (i = 0; i < n; i++)
			conn_watch(px->conn[i], &pfd[2 + 2 * i]);
		if (poll(pfd, 2 + 2 * n, -1) < 0)
			continue;
		for (i = 0; i < n; i++)
			if (px->conn[i]->fd[PROXY_UP] >= 0 &&
			    (pfd[2 + 2 * i].revents |
			    pfd[3 + 2 * i].revents) != 0)
				conn_move(px, px->conn[i], &pfd[2 + 2 * i]);
		if (pfd[0].revents != 0)
			conn_add(px);
		if (pfd[1].revents != 0) {
			order = next_order(px);
			obey(px, order);
		}
	}
	return NULL;
}

/* ---- For the test ------------------------------------------------------ */

struct proxy *
proxy_start(uint16_t to)
{
	struct proxy *px = calloc(1, sizeof(*px));
	struct sockaddr_in sin = loopback(0);
	socklen_t len = sizeof(sin);
	pthread_condattr_t attr;

	ck_assert_ptr_nonnull(px);
	px->to = to;
	px->stop[PROXY_UP] = px->stop[PROXY_DOWN] = PROXY_NEVER;
	pthread_mutex_init(&px->mtx, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&px->moved, &attr);
	pthread_condattr_destroy(&attr);
	ck_assert_int_eq(pipe2(px->wake, O_CLOEXEC), 0);
	px->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(px->listener, (struct sockaddr *)&sin,
	    sizeof(sin)), 0);
	ck_assert_int_eq(listen(px->listener, MAX_CONNS), 0);
	ck_assert_int_eq(getsockname(px->listener, (struct sockaddr *)&sin,
	    &len), 0);
	px->port = ntohs(sin.sin_port);
	ck_assert_int_eq(pthread_create(&px->thread, NULL, run, px), 0);
	return px;
}

uint16_t
proxy_port(const struct proxy *px)
{
	return px->port;
}

void
proxy_hold(struct proxy *px, enum proxy_way way, uint64_t after)
{
	pthread_mutex_lock(&px->mtx);
	px->stop[PROXY_UP] = px->stop[PROXY_DOWN] = PROXY_NEVER;
	px->stop[way] = after;
	pthread_mutex_unlock(&px->mtx);
}

int
proxy_wait(struct proxy *px, unsigned connections)
{
	struct timespec ts;
	int rc = 0, held;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += 60;
	pthread_mutex_lock(&px->mtx);
	while (px->held + px->ended < connections && rc == 0)
		rc = pthread_cond_timedwait(&px->moved, &px->mtx, &ts);
	held = rc == 0 ? (int)px->held : -1;
	pthread_mutex_unlock(&px->mtx);
	return held;
}

/* Give an order and wait until the thread has it. */
static void
give(struct proxy *px, enum order order)
{
	pthread_mutex_lock(&px->mtx);
	px->order = order;
	ck_assert_int_eq(write(px->wake[1], "", 1), 1);
	while (px->order != ORDER_NONE)
		pthread_cond_wait(&px->moved, &px->mtx);
	pthread_mutex_unlock(&px->mtx);
}

void
proxy_release(struct proxy *px)
{
	give(px, ORDER_RELEASE);
}

void
proxy_cut(struct proxy *px, bool reset)
{
	give(px, reset ? ORDER_RST : ORDER_FIN);
}

uint64_t
proxy_bytes(struct proxy *px, enum proxy_way way)
{
	uint64_t n;

	pthread_mutex_lock(&px->mtx);
	n = px->passed[way];
	pthread_mutex_unlock(&px->mtx);
	return n;
}

void
proxy_stop(struct proxy *px)
{
	unsigned i;

	give(px, ORDER_STOP);
	pthread_join(px->thread, NULL);
	for (i = 0; i < px->n; i++)
		free(px->conn[i]);
	close(px->listener);
	close(px->wake[0]);
	close(px->wake[1]);
	pthread_cond_destroy(&px->moved);
	pthread_mutex_destroy(&px->mtx);
	free(px);
}
