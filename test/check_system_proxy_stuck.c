#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "client.h"
#include "remote.h"
#include "runner.h"
#include "system.h"

/* btcpeer-proxy when somebody does not read, answer or stay. */

#define STILL_MS 2000	/* so long nothing comes: it stands still */

static struct proc proxy;
static struct remote client, node;
static int listener;
static uint16_t node_port, proxy_port;

static void
listen_anywhere(int backlog)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(listener, backlog), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&sin, &len),
	    0);
	node_port = ntohs(sin.sin_port);
}

static void
proxy_start(const char *option)
{
	char connect[32], *line;
	unsigned port;

	snprintf(connect, sizeof(connect), "127.0.0.1:%u", node_port);
	proc_start(&proxy, "btcpeer-proxy", "--listen", "127.0.0.1:0",
	    "--connect", connect, "--chain", "regtest", option, NULL);
	line = proc_line(&proxy, "listening ");
	ck_assert_int_eq(sscanf(line, "listening 127.0.0.1:%u", &port), 1);
	proxy_port = (uint16_t)port;
	free(line);
}

static void
call(void)
{
	remote_init(&client, client_dial(proxy_port, 0));
	remote_version(&client, BTCWIRE_PVER_NEWEST, 4711, true);
}

static void
meet(void)
{
	int fd;

	call();
	fd = accept(listener, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	remote_init(&node, fd);
	remote_handshake(&node, BTCWIRE_PVER_NEWEST);
	remote_expect(&client, "verack");
	remote_msg(&client, BTCWIRE_VERACK, NULL);
}

static void
part(void)
{
	remote_clear(&client);
	remote_clear(&node);
	close(listener);
}

/* It ends although both its pipes are full. */
static void
end_unread(int signo)
{
	int status;

	proc_signal(&proxy, signo);
	ck_assert_int_eq(waitpid(proxy.pid, &status, 0), proxy.pid);
	proxy.pid = 0;
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	close(proxy.out.fd);
	close(proxy.err.fd);
	proc_hang_up(&proxy);
	proc_free(&proxy);
}

/* ---- Nobody reads what is written -------------------------------------- */

enum { MANY = 4000 };	/* lines, more than any pipe takes */

/* How many frames come before nothing does for so long. */
static int
count_frames(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int n = 0;

	while (poll(&pfd, 1, STILL_MS) > 0 && remote_read(&node))
		if (strcmp(node.command, "getaddr") == 0)
			n++;
	return n;
}

/* Nothing passes that could not be shown; and it can still be ended. */
START_TEST(output_is_not_read)
{
	static const int signals[] = { SIGINT, SIGTERM };
	int i, n;

	listen_anywhere(8);
	proxy_start(NULL);
	meet();
	for (i = 0; i < MANY; i++)
		remote_frame(&client, "getaddr", NULL, 0);
	n = count_frames(node.fd);
	ck_assert_int_gt(n, 0);
	ck_assert_int_lt(n, MANY);
	end_unread(signals[_i]);
	part();
}
END_TEST

/* When it is read again nothing is missing, though both ends are long gone. */
START_TEST(output_is_read_later)
{
	char *line;
	int i;

	listen_anywhere(8);
	proxy_start("--once");
	meet();
	for (i = 0; i < MANY; i++)
		remote_frame(&client, "getaddr", NULL, 0);
	(void)count_frames(node.fd);
	part();
	for (i = 0; i < MANY; i++) {
		line = proc_line(&proxy, "");
		ck_assert_ptr_nonnull(strstr(line, " 0 in       24 getaddr"));
		free(line);
	}
	ck_assert_int_eq(proc_end(&proxy), 0);
	ck_assert_uint_eq(proxy.out.taken, proxy.out.len);
	proc_free(&proxy);
}
END_TEST

/* What it complains of stops no message. */
START_TEST(errors_are_not_read)
{
	uint8_t bad[BTCWIRE_FRAME_HEADER] = { 0xfa, 0xbf, 0xb5, 0xda, 'x' };
	int i;

	listen_anywhere(8);
	proxy_start(NULL);
	meet();
	for (i = 0; i < MANY; i++)
		remote_bytes(&client, bad, sizeof(bad));
	remote_frame(&client, "getaddr", NULL, 0);
	remote_expect(&node, "getaddr");
	end_unread(SIGTERM);
	part();
}
END_TEST

/* ---- Somebody leaves, or does not answer ------------------------------- */

/* The proxy tells of the end, and why. */
static void
expect_over(const char *text)
{
	char *line = proc_err_line(&proxy, "btcpeer-proxy: connection 0: over");

	ck_assert_msg(strstr(line, text) != NULL, "%s", line);
	free(line);
	ck_assert_int_eq(proc_end(&proxy), 1);
	proc_free(&proxy);
}

/* So many of its bytes come before it leaves. */
START_TEST(client_leaves_within_version)
{
	static const size_t len[] = { 1, BTCWIRE_FRAME_HEADER - 1,
	    BTCWIRE_FRAME_HEADER, BTCWIRE_FRAME_HEADER + 1 };
	static const uint8_t head[BTCWIRE_FRAME_HEADER + 1] = { 0xfa, 0xbf,
	    0xb5, 0xda, 'v', 'e', 'r', 's', 'i', 'o', 'n', [16] = 100 };

	listen_anywhere(8);
	proxy_start("--once");
	remote_init(&client, client_dial(proxy_port, 0));
	remote_bytes(&client, head, len[_i]);
	remote_clear(&client);
	expect_over("; the client: it left within its first message");
	close(listener);
}
END_TEST

/* Connections until no more are taken: who calls next gets no answer. */
static void
fill_backlog(int fd[], int n)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int i;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(node_port);
	for (i = 0; i < n; i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		ck_assert_int_ge(fd[i], 0);
		(void)connect(fd[i], (struct sockaddr *)&sin, sizeof(sin));
	}
}

/* The node's machine does not answer, or the node says nothing. */
START_TEST(client_leaves_before_the_node_answers)
{
	int i, fd[4];

	listen_anywhere(_i == 0 ? 0 : 8);
	if (_i == 0)
		fill_backlog(fd, N_ROWS(fd));
	proxy_start("--once");
	call();
	if (_i == 1) {
		remote_init(&node, accept(listener, NULL, NULL));
		ck_assert(remote_read(&node));
		ck_assert_str_eq(node.command, "version");
	}
	remote_clear(&client);
	expect_over("; the client: it left before the node answered");
	for (i = 0; _i == 0 && i < N_ROWS(fd); i++)
		close(fd[i]);
	if (_i == 1)
		remote_clear(&node);
	close(listener);
}
END_TEST

/* The same, and a signal comes. */
START_TEST(signal_while_the_node_does_not_answer)
{
	int i, fd[4];

	listen_anywhere(0);
	fill_backlog(fd, N_ROWS(fd));
	proxy_start("--once");
	call();
	proc_signal(&proxy, SIGTERM);
	ck_assert_int_eq(proc_end(&proxy), 1);
	ck_assert(!remote_read(&client));
	proc_free(&proxy);
	for (i = 0; i < N_ROWS(fd); i++)
		close(fd[i]);
	remote_clear(&client);
	close(listener);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_proxy_stuck");
	TCase *tc = add_tcase(s, "stuck");

	tcase_add_loop_test(tc, output_is_not_read, 0, 2);
	tcase_add_test(tc, output_is_read_later);
	tcase_add_test(tc, errors_are_not_read);
	tcase_add_loop_test(tc, client_leaves_within_version, 0, 4);
	tcase_add_loop_test(tc, client_leaves_before_the_node_answers, 0, 2);
	tcase_add_test(tc, signal_while_the_node_does_not_answer);
	return run_suite(s);
}
