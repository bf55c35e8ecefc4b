/*
 * Real sockets: deadlines that have passed, ends of all kinds, and waking a
 * thread that waits.  One test waits, for 20 ms.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <btcpeer/error.h>

#include "gen.h"
#include "runner.h"
#include "transport/io.h"
#include "util/clock.h"
#include "util/thread.h"

enum { STACK = 256 << 10, BULK = 3000000 };

/* The kinds of connection; loops run over them. */
enum { PAIR, TCP, KINDS };

/* Ours, and the remote's descriptor. */
struct link {
	struct btct_fd f;
	struct btct_io io;
	int fd, remote;
};

static void
tcp_pair(int fd[2])
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int l = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(sin);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert(l >= 0 && fd[0] >= 0);
	ck_assert_int_eq(bind(l, (struct sockaddr *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(listen(l, 1), 0);
	ck_assert_int_eq(getsockname(l, (struct sockaddr *)&sin, &len), 0);
	ck_assert_int_eq(connect(fd[0], (struct sockaddr *)&sin, sizeof(sin)), 0);
	fd[1] = accept(l, NULL, NULL);
	ck_assert_int_ge(fd[1], 0);
	close(l);
}

static void
open_link(struct link *l, int kind)
{
	int fd[2], size = 65536;

	if (kind == TCP)
		tcp_pair(fd);
	else
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	/* Small, so that they are soon full. */
	setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(fd[1], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	l->fd = fd[0];
	l->remote = fd[1];
	ck_assert_int_eq(btct_fd_init(&l->f, fd[0], NULL), 0);
	l->io = btct_fd_io(&l->f);
}

static void
close_link(struct link *l)
{
	close(l->fd);
	if (l->remote >= 0)
		close(l->remote);
}

static ssize_t
send_bytes(struct link *l, void *data, size_t len, int64_t deadline_ms)
{
	struct iovec iov = { data, len };

	return l->io.send(l->io.ctx, &iov, 1, deadline_ms);
}

/* As much as there is room for. */
static void
fill(struct link *l)
{
	static char zeros[65536];
	ssize_t n;

	do
		n = send_bytes(l, zeros, sizeof(zeros), 0);
	while (n > 0);
	ck_assert_int_eq(n, BTCPEER_E_TIMEOUT);
}

/* ---- Set up ------------------------------------------------------------ */

START_TEST(made_nonblocking)
{
	struct link l;
	int on = 0;
	socklen_t len = sizeof(on);

	open_link(&l, _i);
	ck_assert_int_eq(l.f.fd, l.fd);
	ck_assert(fcntl(l.fd, F_GETFL) & O_NONBLOCK);
	if (_i == TCP) {
		ck_assert_int_eq(getsockopt(l.fd, IPPROTO_TCP, TCP_NODELAY, &on,
		    &len), 0);
		ck_assert_int_ne(on, 0);
	}
	close_link(&l);
}
END_TEST

START_TEST(not_a_stream)
{
	int fd[2], other = -1;
	struct btct_fd f;

	ck_assert_int_eq(pipe(fd), 0);
	if (_i == 1)
		other = fd[0];
	else if (_i == 2)
		other = socket(AF_INET, SOCK_DGRAM, 0);
	else if (_i == 3)
		other = open("/dev/null", O_RDWR);
	ck_assert(_i == 0 || other >= 0);
	ck_assert_int_eq(btct_fd_init(&f, other, NULL), BTCPEER_E_IO);
	/* It is left as it was. */
	ck_assert(_i == 0 || (fcntl(other, F_GETFL) & O_NONBLOCK) == 0);
}
END_TEST

START_TEST(clock_is_ours)
{
	struct link l;
	int64_t before = btcu_now_ms(), now;

	open_link(&l, _i);
	now = l.io.now_ms(l.io.ctx);
	ck_assert(before <= now && now <= btcu_now_ms());
	close_link(&l);
}
END_TEST

/* ---- Deadlines --------------------------------------------------------- */

START_TEST(nothing_in_time)
{
	const int64_t at[] = { btcu_now_ms(), btcu_now_ms() - 1, 0, -1,
	    INT64_MIN };
	struct link l;
	char b[10];
	size_t i;

	open_link(&l, _i);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		ck_assert_int_eq(l.io.recv(l.io.ctx, b, sizeof(b), at[i]),
		    BTCPEER_E_TIMEOUT);
	fill(&l);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		ck_assert_int_eq(send_bytes(&l, b, sizeof(b), at[i]),
		    BTCPEER_E_TIMEOUT);
	close_link(&l);
}
END_TEST

/* A deadline that is still to come is waited for. */
START_TEST(not_too_early)
{
	int64_t at = btcu_now_ms() + 20;
	struct link l;
	char b[10];

	open_link(&l, _i);
	ck_assert_int_eq(l.io.recv(l.io.ctx, b, sizeof(b), at),
	    BTCPEER_E_TIMEOUT);
	ck_assert_int_ge(btcu_now_ms(), at);
	close_link(&l);
}
END_TEST

/* What is there is taken, however late. */
START_TEST(late_but_there)
{
	static const int64_t at[] = { INT64_MIN, 0, BTCU_NEVER - 1, BTCU_NEVER };
	char b[10], hello[] = "hello";
	struct link l;
	size_t i;

	open_link(&l, _i);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		ck_assert_int_eq(write(l.remote, hello, 5), 5);
		ck_assert_int_eq(l.io.recv(l.io.ctx, b, 2, BTCU_NEVER), 2);
		ck_assert_int_eq(l.io.recv(l.io.ctx, b + 2, 8, at[i]), 3);
		ck_assert_mem_eq(b, "hello", 5);
		ck_assert_int_eq(send_bytes(&l, hello, 5, at[i]), 5);
		ck_assert_int_eq(read(l.remote, b, sizeof(b)), 5);
	}
	close_link(&l);
}
END_TEST

START_TEST(gathers)
{
	char a[] = "abc", c[] = "defgh", b[20];
	struct iovec iov[] = { { a, 3 }, { NULL, 0 }, { c, 5 } };
	struct link l;

	open_link(&l, _i);
	ck_assert_int_eq(l.io.send(l.io.ctx, iov, 3, BTCU_NEVER), 8);
	ck_assert_int_eq(recv(l.remote, b, 8, MSG_WAITALL), 8);
	ck_assert_mem_eq(b, "abcdefgh", 8);
	close_link(&l);
}
END_TEST

/* ---- Ends -------------------------------------------------------------- */

START_TEST(closed_by_remote)
{
	struct link l;
	char b[10];

	open_link(&l, _i);
	ck_assert_int_eq(write(l.remote, "bye", 3), 3);
	close(l.remote);
	l.remote = -1;
	ck_assert_int_eq(l.io.recv(l.io.ctx, b, 3, BTCU_NEVER), 3);
	ck_assert_int_eq(l.io.recv(l.io.ctx, b, 10, BTCU_NEVER), BTCPEER_E_EOF);
	ck_assert_int_eq(l.io.recv(l.io.ctx, b, 10, 0), BTCPEER_E_EOF);
	close_link(&l);
}
END_TEST

START_TEST(half_closed)
{
	struct link l;
	char b[10];

	open_link(&l, _i);
	shutdown(l.remote, SHUT_WR);
	ck_assert_int_eq(l.io.recv(l.io.ctx, b, 10, BTCU_NEVER), BTCPEER_E_EOF);
	ck_assert_int_eq(send_bytes(&l, b, 10, 0), 10);	/* the other way works */
	close_link(&l);
}
END_TEST

START_TEST(reset)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	struct link l;
	char b[10];

	open_link(&l, TCP);
	ck_assert_int_eq(setsockopt(l.remote, SOL_SOCKET, SO_LINGER, &now,
	    sizeof(now)), 0);
	close(l.remote);
	l.remote = -1;
	ck_assert_int_eq(l.io.recv(l.io.ctx, b, 10, BTCU_NEVER), BTCPEER_E_EOF);
	ck_assert_int_eq(l.f.recv_errno, ECONNRESET);
	ck_assert_int_eq(send_bytes(&l, b, 10, BTCU_NEVER), BTCPEER_E_EOF);
	ck_assert_int_eq(l.f.send_errno, EPIPE);
	close_link(&l);
}
END_TEST

/* Nobody reads any more.  A SIGPIPE would end this process. */
START_TEST(broken_pipe)
{
	struct link l;
	char b[10] = "";
	ssize_t n;

	open_link(&l, _i);
	close(l.remote);
	l.remote = -1;
	do
		n = send_bytes(&l, b, sizeof(b), BTCU_NEVER);
	while (n > 0);
	ck_assert_int_eq(n, BTCPEER_E_EOF);
	ck_assert_int_eq(send_bytes(&l, b, sizeof(b), BTCU_NEVER),
	    BTCPEER_E_EOF);
	ck_assert_int_eq(l.f.send_errno, EPIPE);
	close_link(&l);
}
END_TEST

START_TEST(never_connected)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct btct_fd f;
	struct btct_io io;
	char b[10];

	ck_assert_int_eq(btct_fd_init(&f, fd, NULL), 0);
	io = btct_fd_io(&f);
	ck_assert_int_eq(io.recv(io.ctx, b, 10, BTCU_NEVER), BTCPEER_E_IO);
	ck_assert_int_eq(f.recv_errno, ENOTCONN);
	close(fd);
	ck_assert_int_eq(io.recv(io.ctx, b, 10, BTCU_NEVER), BTCPEER_E_IO);
	ck_assert_int_eq(f.recv_errno, EBADF);
	ck_assert_int_eq(io.send(io.ctx, &(struct iovec){ b, 10 }, 1,
	    BTCU_NEVER), BTCPEER_E_IO);
	ck_assert_int_eq(f.send_errno, EBADF);
}
END_TEST

/* ---- Threads ----------------------------------------------------------- */

/* One thread of a link; began is guarded by mtx. */
struct worker {
	struct link *l;
	struct btcu_mutex mtx;
	struct btcu_cond cond;
	bool began;
	ssize_t result;
	pthread_t thread;
};

static void
start(struct worker *w, struct link *l, void *(*run)(void *))
{
	*w = (struct worker){ .l = l };
	ck_assert_int_eq(btcu_mutex_init(&w->mtx), 0);
	ck_assert_int_eq(btcu_cond_init(&w->cond), 0);
	ck_assert_int_eq(btcu_thread_start(&w->thread, STACK, run, w),
	    0);
	btcu_lock(&w->mtx);
	while (!w->began)
		btcu_wait_until(&w->cond, &w->mtx, BTCU_NEVER);
	btcu_unlock(&w->mtx);
}

static void
begin(struct worker *w)
{
	btcu_lock(&w->mtx);
	w->began = true;
	btcu_broadcast(&w->cond);
	btcu_unlock(&w->mtx);
}

static void
finish(struct worker *w)
{
	pthread_join(w->thread, NULL);
	btcu_cond_destroy(&w->cond);
	btcu_mutex_destroy(&w->mtx);
}

static void *
receive_once(void *worker)
{
	struct worker *w = worker;
	char b[10];

	begin(w);
	w->result = w->l->io.recv(w->l->io.ctx, b, sizeof(b), BTCU_NEVER);
	return NULL;
}

static void *
send_until_end(void *worker)
{
	static char zeros[10000];
	struct worker *w = worker;

	begin(w);
	do
		w->result = send_bytes(w->l, zeros, sizeof(zeros), BTCU_NEVER);
	while (w->result > 0);
	return NULL;
}

/* A thread that receives and one that sends, both for ever, see the shutdown. */
START_TEST(shutdown_wakes)
{
	struct worker in, out;
	struct link l;
	int i;

	for (i = 0; i < 50; i++) {
		open_link(&l, _i);
		start(&in, &l, receive_once);
		start(&out, &l, send_until_end);
		ck_assert_int_eq(shutdown(l.fd, SHUT_RDWR), 0);
		finish(&in);
		finish(&out);
		ck_assert_int_eq(in.result, BTCPEER_E_EOF);
		ck_assert_int_eq(out.result, BTCPEER_E_EOF);
		close_link(&l);
	}
}
END_TEST

START_TEST(bytes_wake)
{
	struct worker in;
	struct link l;

	open_link(&l, _i);
	start(&in, &l, receive_once);
	ck_assert_int_eq(write(l.remote, "1234", 4), 4);
	finish(&in);
	ck_assert_int_gt(in.result, 0);
	close_link(&l);
}
END_TEST

static uint8_t bulk[BULK];

static void *
send_bulk(void *worker)
{
	struct worker *w = worker;
	size_t at;
	ssize_t n;

	begin(w);
	for (at = 0; at < BULK; at += (size_t)n) {
		n = send_bytes(w->l, bulk + at, BULK - at, BTCU_NEVER);
		if (n <= 0) {
			w->result = n;
			return NULL;
		}
	}
	w->result = BULK;
	return NULL;
}

/* Both sides send at once, more than fits between them, and receive. */
START_TEST(both_ways)
{
	struct link l, r = { .remote = -1 };
	struct worker here, there;
	uint8_t *got = malloc(BULK);
	struct gen g;
	size_t side, at;
	ssize_t n;

	ck_assert_ptr_nonnull(got);
	gen_init(&g, 3);
	gen_fill(&g, bulk, sizeof(bulk));
	open_link(&l, _i);
	r.fd = l.remote;
	ck_assert_int_eq(btct_fd_init(&r.f, r.fd, NULL), 0);
	r.io = btct_fd_io(&r.f);
	start(&here, &l, send_bulk);
	start(&there, &r, send_bulk);
	for (side = 0; side < 2; side++) {
		struct link *from = side == 0 ? &l : &r;

		for (at = 0; at < BULK; at += (size_t)n) {
			n = from->io.recv(from->io.ctx, got + at, BULK - at,
			    BTCU_NEVER);
			ck_assert_int_gt(n, 0);
		}
		ck_assert(memcmp(got, bulk, BULK) == 0);
	}
	finish(&here);
	finish(&there);
	ck_assert_int_eq(here.result, BULK);
	ck_assert_int_eq(there.result, BULK);
	close_link(&l);
	gen_clear(&g);
	free(got);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("transport_io_fd");
	TCase *tc = add_tcase(s, "sockets");

	tcase_add_loop_test(tc, made_nonblocking, 0, KINDS);
	tcase_add_loop_test(tc, not_a_stream, 0, 4);
	tcase_add_loop_test(tc, clock_is_ours, 0, KINDS);
	tc = add_tcase(s, "deadlines");
	tcase_add_loop_test(tc, nothing_in_time, 0, KINDS);
	tcase_add_loop_test(tc, not_too_early, 0, KINDS);
	tcase_add_loop_test(tc, late_but_there, 0, KINDS);
	tcase_add_loop_test(tc, gathers, 0, KINDS);
	tc = add_tcase(s, "ends");
	tcase_add_loop_test(tc, closed_by_remote, 0, KINDS);
	tcase_add_loop_test(tc, half_closed, 0, KINDS);
	tcase_add_test(tc, reset);
	tcase_add_loop_test(tc, broken_pipe, 0, KINDS);
	tcase_add_test(tc, never_connected);
	tc = add_tcase(s, "threads");
	tcase_add_loop_test(tc, shutdown_wakes, 0, KINDS);
	tcase_add_loop_test(tc, bytes_wake, 0, KINDS);
	tcase_add_loop_test(tc, both_ways, 0, KINDS);
	return run_suite(s);
}
