#include "config.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

#include "client.h"
#include "runner.h"
#include "system.h"

/* btcpeer-node as its manual page describes it: arguments, commands, end. */

/* How many lines a text has. */
static unsigned
lines(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* ---- Arguments --------------------------------------------------------- */

static const struct {
	const char *arg[4];
	int status;
	const char *text;	/* on standard error; if 0, on output */
} args[] = {
	{ { "--help" }, 0, "--listen ADDR:PORT" },
	{ { "--version" }, 0, "btcpeer-node " },
	{ { "--nonsense" }, 2, "nonsense" },
	{ { "--mine" }, 2, "--mine needs a value" },
	{ { "more" }, 2, "unexpected argument 'more'" },
	{ { "--chain", "nonet" }, 2, "unknown chain 'nonet'" },
	{ { "--chain", "signet", "--mine", "3" }, 2, "for regtest only" },
	{ { "--mine", "-1" }, 2, "'-1' is not a number from 0 to 500000" },
	{ { "--mine", "500001" }, 2, "is not a number from 0 to 500000" },
	{ { "--mine", "99999999999999999999" }, 2, "is not a number" },
	{ { "--mine", "3x" }, 2, "'3x' is not a number" },
	{ { "--txs", "5001" }, 2, "is not a number from 0 to 5000" },
	{ { "--listen", "127.0.0.1:65536" }, 2, "the port is not a number" },
	{ { "--listen", "127.0.0.1:" }, 2, "the port is not a number" },
	{ { "--listen", ":18444" }, 2, "the address is missing" },
	{ { "--listen", "[::1" }, 2, "IPv6 is written [address]:port" },
	{ { "--listen", "no..host:0" }, 1, "cannot listen on no..host:0" },
	{ { "--listen", "192.0.2.1:0" }, 1, "cannot listen on 192.0.2.1:0" },
	{ { "--blocks", "/no/file" }, 1, "/no/file: No such file" },
	{ { "--blocks", "/dev/null" }, 1, "/dev/null: not a regular file" },
	{ { "--blocks", "/" }, 1, "/: not a regular file" }
};

/* A sentence, and after wrong arguments the usage. */
START_TEST(arguments)
{
	const char *const *a = args[_i].arg;
	struct proc p;

	proc_start(&p, "btcpeer-node", a[0], a[1], a[2], a[3], NULL);
	ck_assert_int_eq(proc_end(&p), args[_i].status);
	printf("%s", p.err.text);
	if (args[_i].status == 0) {
		ck_assert_uint_eq(p.err.len, 0);
		ck_assert_ptr_nonnull(strstr(p.out.text, args[_i].text));
	} else {
		ck_assert_uint_eq(p.out.len, 0);
		ck_assert_msg(strstr(p.err.text, args[_i].text) != NULL, "%s",
		    p.err.text);
		ck_assert_uint_eq(lines(p.err.text),
		    args[_i].status == 2 ? 3 : 1);
		if (args[_i].status == 2)
			ck_assert_ptr_nonnull(strstr(p.err.text, "\nusage: "));
	}
	proc_free(&p);
}
END_TEST

START_TEST(port_in_use)
{
	struct node n;
	struct proc p;
	char address[32], want[160];

	node_start(&n, NULL);
	snprintf(address, sizeof(address), "127.0.0.1:%u", (unsigned)n.port);
	snprintf(want, sizeof(want), "btcpeer-node: cannot listen on %s: %s\n",
	    address, strerror(EADDRINUSE));
	proc_start(&p, "btcpeer-node", "--listen", address, NULL);
	ck_assert_int_eq(proc_end(&p), 1);
	ck_assert_str_eq(p.err.text, want);
	ck_assert_uint_eq(p.out.len, 0);
	proc_free(&p);
	node_quit(&n);
}
END_TEST

/* The same arguments give the same chain, other ones another. */
START_TEST(chain_is_reproducible)
{
	char tip[3][BTCWIRE_HASH_HEX];
	struct node n;
	int i;

	for (i = 0; i < 3; i++) {
		node_start(&n, "--mine", "150", "--txs", i < 2 ? "5" : "4",
		    NULL);
		ck_assert_int_eq(n.height, 150);
		memcpy(tip[i], n.tip, sizeof(tip[i]));
		node_quit(&n);
	}
	ck_assert_str_eq(tip[0], tip[1]);
	ck_assert_str_ne(tip[0], tip[2]);
	node_start(&n, "--chain", "testnet4", NULL);
	ck_assert_int_eq(n.height, 0);
	ck_assert_str_eq(btcwire_hash_to_hex(tip[0],
	    &btcwire_chain(BTCWIRE_TESTNET4)->genesis_hash), n.tip);
	free(proc_ask(&n.proc, "mine 1\n", "error: mine is for regtest only"));
	node_quit(&n);
}
END_TEST

/* ---- Commands ---------------------------------------------------------- */

static const struct {
	const char *line, *answer;
} commands[] = {
	{ "mine 3\n", "mined 3 height 13 tip " },
	{ "  mine\t2 \r\n", "mined 2 height 15 tip " },
	{ "mine\n", "error: mine N: N is a number from 1 to 10000" },
	{ "mine 0\n", "error: mine N: N is a number from 1 to 10000" },
	{ "mine 10001\n", "error: mine N: N is a number from 1 to 10000" },
	{ "mine x\n", "error: mine N: N is a number from 1 to 10000" },
	{ "mine 1 2\n", "error: mine: too many words" },
	{ "peers 1\n", "error: peers: too many words" },
	{ "quit now\n", "error: quit: too many words" },
	{ "Peers\n", "error: unknown command; there are: mine N, peers, quit" },
	{ "\n  \n\r\nmine 1\n", "mined 1 height 16 tip " },
	{ "mine 1\nmine 1\n", "mined 1 height 17 tip " },
	{ "", "mined 1 height 18 tip " },
	{ "peers\n", "   id address " },
	{ "", "0 peers" }
};

/* One line for each command that is not empty; none is lost. */
START_TEST(commands_are_answered)
{
	char text[1001], *line;
	struct node n;
	int i;

	node_start(&n, "--mine", "10", NULL);
	for (i = 0; i < N_ROWS(commands); i++) {
		line = proc_ask(&n.proc, commands[i].line, "");
		ck_assert_msg(strncmp(line, commands[i].answer,
		    strlen(commands[i].answer)) == 0, "'%s': %s",
		    commands[i].line, line);
		free(line);
	}
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	proc_say(&n.proc, text);
	line = proc_ask(&n.proc, text, "");
	ck_assert_str_eq(line, "error: line too long");
	free(line);
	line = proc_ask(&n.proc, "\nmine 1\n", "");
	ck_assert_int_eq(strncmp(line, "mined 1 height 19 ", 18), 0);
	free(line);
	node_quit(&n);
}
END_TEST

/* The last line needs no newline; the node goes on until a signal. */
START_TEST(end_of_input_changes_nothing)
{
	static const int signals[] = { SIGTERM, SIGINT };
	struct node n;

	node_start(&n, "--mine", "10", NULL);
	proc_say(&n.proc, "mine 2");
	proc_hang_up(&n.proc);
	free(proc_line(&n.proc, "mined 2 height 12 tip "));
	n.height = 12;
	snprintf(n.tip, sizeof(n.tip), "%.64s",
	    strrchr(n.proc.out.text, ' ') + 1);
	sync_all(&n, NULL, 12);
	proc_signal(&n.proc, signals[_i]);
	ck_assert_int_eq(proc_end(&n.proc), 0);
	proc_free(&n.proc);
}
END_TEST

/* ---- Peers ------------------------------------------------------------- */

START_TEST(table_of_peers)
{
	struct node n;
	struct client c;
	char *line, address[64], dir[8], agent[64];
	unsigned id, version;
	int height;
	unsigned long long in, out, msgs_in, msgs_out;

	node_start(&n, "--mine", "20", NULL);
	client_init(&c);
	c.config.user_agent = "/some one:1/two (x; y)/";
	client_start(&c, n.port);
	client_settle(&c);
	free(proc_ask(&n.proc, "peers\n", "   id address "));
	line = proc_line(&n.proc, "");
	ck_assert_msg(sscanf(line, "%u %63s %7s %u %d %llu %llu %llu %llu - "
	    "%*u %63[^\n]", &id, address, dir, &version, &height, &in, &out,
	    &msgs_in, &msgs_out, agent) == 10, "%s", line);
	ck_assert_uint_eq(id, 1);
	ck_assert_int_eq(strncmp(address, "127.0.0.1:", 10), 0);
	ck_assert_str_eq(dir, "in");
	ck_assert_uint_eq(version, BTCWIRE_PVER_NEWEST);
	ck_assert_int_eq(height, 0);
	ck_assert_uint_ge(in, 24 * msgs_in);
	ck_assert_uint_ge(out, 24 * msgs_out);
	ck_assert_uint_ge(msgs_in, 3);
	ck_assert_str_eq(agent, "/some one:1/two (x; y)/");
	free(line);
	free(proc_line(&n.proc, "1 peers"));
	client_stop(&c);
	node_await_peers(&n, 0);
	node_quit(&n);
}
END_TEST

static void
send_all(int fd, const void *data, size_t len)
{
	ck_assert_int_eq(send(fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* A note for each connection that came to nothing, and no harm done. */
START_TEST(bad_clients_are_let_go)
{
	static const uint8_t version_too_long[] =
	    "\xfa\xbf\xb5\xdaversion\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0";
	static const struct {
		const void *data;
		size_t len;
		const char *note;
	} rows[] = {
		{ "", 0, "gone: connection closed by the remote" },
		{ "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 35,
		    "gone: message of another network" },
		{ version_too_long, 24, "gone: payload longer than" },
		{ version_too_long, 20, "gone: connection closed" }
	};
	struct node n;
	struct proc p;
	char *line, address[32];
	int fd, i;

	node_start(&n, "--mine", "5", NULL);
	for (i = 0; i < N_ROWS(rows); i++) {
		fd = client_dial(n.port, 0);
		send_all(fd, rows[i].data, rows[i].len);
		shutdown(fd, SHUT_WR);
		line = proc_err_line(&n.proc, "peer ");
		ck_assert_msg(strstr(line, rows[i].note) != NULL, "%s", line);
		free(line);
		close(fd);
	}
	snprintf(address, sizeof(address), "127.0.0.1:%u", (unsigned)n.port);
	proc_start(&p, "btcpeer-sync", "--chain", "simnet", "--connect",
	    address, NULL);
	sync_failure(&p, "handshake failed: connection closed by the remote");
	line = proc_err_line(&n.proc, "peer ");
	ck_assert_ptr_nonnull(strstr(line, "gone: message of another network"));
	free(line);
	sync_all(&n, NULL, 5);
	node_await_peers(&n, 0);
	node_quit(&n);
}
END_TEST

START_TEST(quiet)
{
	struct node n;
	int i;

	node_start(&n, "--mine", "5", "--quiet", NULL);
	for (i = 0; i < 3; i++)
		sync_all(&n, NULL, 5);
	ck_assert_uint_eq(n.proc.err.len, 0);
	node_quit(&n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_node");
	TCase *tc = add_tcase(s, "node");

	tcase_add_loop_test(tc, arguments, 0, N_ROWS(args));
	tcase_add_test(tc, port_in_use);
	tcase_add_test(tc, chain_is_reproducible);
	tcase_add_test(tc, commands_are_answered);
	tcase_add_loop_test(tc, end_of_input_changes_nothing, 0, 2);
	tcase_add_test(tc, table_of_peers);
	tcase_add_test(tc, bad_clients_are_let_go);
	tcase_add_test(tc, quiet);
	return run_suite(s);
}
