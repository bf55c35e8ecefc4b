/*
 * btcpeer-node: a node that serves a chain from memory.
 *
 * What it teaches:
 *  - accepting connections and handing each socket to a peer (node/serve.c);
 *  - state of one's own for every peer: made before the peer is started, freed
 *    by on_disconnect, with the locks in between (node/remote.h);
 *  - answering requests that are larger than the send queue without waiting in
 *    a listener: keep the rest, go on at low water (node/answer.c);
 *  - sharing one block, encoded once, among all peers (node/chain.c);
 *  - announcing blocks and relaying transactions (node/answer.c, relay.c);
 *  - making messages from bodies: whole blocks (node/miner.c);
 *  - ending so that nothing is left behind: stop accepting, disconnect, wait,
 *    free (server_free()).
 *
 * This file: the main thread's loop over the listening socket, standard input
 * and signals.
 */
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <btcpeer/peer.h>

#include "common/net.h"
#include "node/args.h"
#include "node/chain.h"
#include "node/load.h"
#include "node/miner.h"
#include "node/note.h"
#include "node/pool.h"
#include "node/serve.h"

#define COMMAND_MAX  10000	/* blocks of one command */
#define MINE_ROUND   100	/* blocks between two looks at the sockets */
#define ACCEPT_ROUND 64		/* connections accepted at once */
#define REST_MS      500	/* until accept() is tried again */

struct node {
	struct args args;
	struct chain *chain;
	struct pool *pool;
	struct miner *miner;		/* NULL unless on regtest */
	struct server *server;
	int listener;			/* -1: none yet */
	int64_t rest_until_ms;		/* when to accept again; 0: now */
	bool input_ended;
	bool quit;
	bool skip_line;			/* until the end of a line too long */
	char input[256];		/* what was read and not yet obeyed */
	size_t input_len;
	long mining;			/* blocks still to mine for a command */
	long mining_all;
};

/* ---- Signals ----------------------------------------------------------- */

static int signal_pipe[2] = { -1, -1 };

static void
on_signal(int signo)
{
	int saved = errno;

	(void)signo;
	if (write(signal_pipe[1], "", 1) < 0) {
		/* It is full: then the main thread will wake up anyway. */
	}
	errno = saved;
}

/* Returns 0, or -1 and errno. */
static int
catch_signals(void)
{
	struct sigaction sa;
	int i;

	if (pipe(signal_pipe) != 0)
		return -1;
	for (i = 0; i < 2; i++) {
		(void)fcntl(signal_pipe[i], F_SETFD, FD_CLOEXEC);
		(void)fcntl(signal_pipe[i], F_SETFL, O_NONBLOCK);
	}
	memset(&sa, 0, sizeof(sa));
	(void)sigemptyset(&sa.sa_mask);
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &sa, NULL);
	sa.sa_handler = on_signal;
	if (sigaction(SIGINT, &sa, NULL) != 0)
		return -1;
	return sigaction(SIGTERM, &sa, NULL);
}

/* Whether SIGINT or SIGTERM came. */
static bool
is_signalled(void)
{
	struct pollfd pfd = { .fd = signal_pipe[0], .events = POLLIN };

	return poll(&pfd, 1, 0) == 1;
}

/* ---- Mining ------------------------------------------------------------ */

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* One line on standard output, at once. */
static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
	(void)putchar('\n');
	(void)fflush(stdout);
}

static void
say_tip(struct node *n, const char *what)
{
	char hex[BTCWIRE_HASH_HEX];
	struct btcwire_hash tip;
	int32_t height = chain_tip(n->chain, &tip);

	say("%s height %d tip %s", what, (int)height,
	    btcwire_hash_to_hex(hex, &tip));
}

/* The chain the node starts with.  Returns 0 or a code. */
static int
mine_first(struct node *n)
{
	long i;
	int rc = 0;

	for (i = 0; i < n->args.mine && rc == 0 && !n->quit; i++) {
		rc = miner_mine(n->miner, MINER_STEADY, 0);
		if (i % MINE_ROUND == 0)
			n->quit = is_signalled();
	}
	return rc;
}

/* Some more blocks of a mine command; all have heard of them at its end. */
static void
mine_some(struct node *n)
{
	char what[64];
	int i, rc = 0;

	for (i = 0; i < MINE_ROUND && n->mining > 0 && rc == 0; i++) {
		rc = miner_mine(n->miner, MINER_NOW, n->mining - 1);
		if (rc == 0)
			n->mining--;
	}
	if (n->mining > 0 && rc == 0)
		return;
	server_announce(n->server);
	(void)snprintf(what, sizeof(what), "mined %ld",
	    n->mining_all - n->mining);
	n->mining = 0;
	if (rc == 0)
		say_tip(n, what);
	else
		say("error: only %s: %s", what, rc == BTCPEER_E_STATE
		    ? "the next block would be too far in the future"
		    : btcpeer_strerror(rc));
}

/* ---- Commands ---------------------------------------------------------- */

static void
command_mine(struct node *n, const char *arg)
{
	if (n->miner == NULL)
		say("error: mine is for regtest only");
	else if (arg == NULL ||
	    args_number(&n->mining, arg, 1, COMMAND_MAX) != 0)
		say("error: mine N: N is a number from 1 to %d", COMMAND_MAX);
	else
		n->mining_all = n->mining;
}

static void
command_peers(struct node *n, const char *arg)
{
	(void)arg;
	server_print(n->server, stdout);
	(void)fflush(stdout);
}

static void
command_quit(struct node *n, const char *arg)
{
	(void)arg;
	n->quit = true;
}

static const struct {
	const char *name;
	bool has_arg;
	void (*run)(struct node *n, const char *arg);
} commands[] = {
	{ "mine", true, command_mine },
	{ "peers", false, command_peers },
	{ "quit", false, command_quit }
};

static void
obey(struct node *n, char *line)
{
	char *save, *name = strtok_r(line, " \t\r", &save);
	char *arg = strtok_r(NULL, " \t\r", &save);
	size_t i;

	if (name == NULL)
		return;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		if (arg != NULL && (!commands[i].has_arg ||
		    strtok_r(NULL, " \t\r", &save) != NULL))
			say("error: %s: too many words", name);
		else
			commands[i].run(n, arg);
		return;
	}
	say("error: unknown command; there are: mine N, peers, quit");
}

/* Obey the lines that are complete, until one takes time. */
static void
obey_lines(struct node *n)
{
	char line[sizeof(n->input)];
	size_t len;
	char *end;

	while (n->mining == 0 && !n->quit) {
		end = memchr(n->input, '\n', n->input_len);
		if (end == NULL && n->input_len < sizeof(n->input))
			return;
		len = end != NULL ? (size_t)(end - n->input) : n->input_len - 1;
		memcpy(line, n->input, len);
		line[len] = '\0';
		n->input_len -= len + 1;
		memmove(n->input, n->input + len + 1, n->input_len);
		if (!n->skip_line && end != NULL)
			obey(n, line);
		else if (!n->skip_line)
			say("error: line too long");
		n->skip_line = end == NULL;
	}
}

static void
read_input(struct node *n)
{
	ssize_t got;

	got = read(STDIN_FILENO, n->input + n->input_len,
	    sizeof(n->input) - n->input_len);
	if (got > 0)
		n->input_len += (size_t)got;
	else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
		n->input_ended = true;
		if (n->input_len > 0)	/* the last line needs no newline */
			n->input[n->input_len++] = '\n';
	}
}

/* ---- The loop ---------------------------------------------------------- */

static void
accept_some(struct node *n)
{
	char remote[NET_TEXT];
	int fd, i;

	for (i = 0; i < ACCEPT_ROUND; i++) {
		fd = net_accept(n->listener, remote);
		if (fd >= 0) {
			server_add(n->server, fd, remote);
			n->rest_until_ms = 0;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		else {
			if (n->rest_until_ms == 0)
				note("cannot accept more connections for now: "
				    "%s", strerror(errno));
			n->rest_until_ms = now_ms() + REST_MS;
			return;
		}
	}
}

static void
loop(struct node *n)
{
	enum { SIGNAL, INPUT, LISTENER, NFDS };
	struct pollfd pfd[NFDS] = {
		[SIGNAL] = { .fd = signal_pipe[0], .events = POLLIN },
		[INPUT] = { .events = POLLIN },
		[LISTENER] = { .events = POLLIN }
	};
	int64_t rest;

	while (!n->quit) {
		rest = n->rest_until_ms > 0 ? n->rest_until_ms - now_ms() : 0;
		if (rest <= 0)
			rest = -1;
		pfd[INPUT].fd = n->input_ended || n->mining > 0
		    ? -1 : STDIN_FILENO;
		pfd[LISTENER].fd = rest > 0 ? -1 : n->listener;
		if (poll(pfd, NFDS, n->mining > 0 ? 0 : (int)rest) < 0)
			continue;	/* a signal: the pipe tells */
		if (pfd[SIGNAL].revents != 0)
			return;
		if (pfd[LISTENER].revents != 0)
			accept_some(n);
		if (pfd[INPUT].revents != 0)
			read_input(n);
		if (n->mining > 0)
			mine_some(n);
		obey_lines(n);
	}
}

/* ---- Start and end ----------------------------------------------------- */

/* The chain, from the file and the miner.  Returns 0, or 1 after a message. */
static int
make_chain(struct node *n)
{
	int32_t loaded = 1;
	int rc;

	rc = chain_new(&n->chain, n->args.chain);
	if (rc == 0)
		rc = pool_new(&n->pool);
	if (rc == 0 && n->args.chain->id == BTCWIRE_REGTEST)
		rc = miner_new(&n->miner, n->chain, (size_t)n->args.txs);
	if (rc == 0 && n->args.blocks != NULL)
		loaded = load_file(n->chain, n->args.blocks);
	if (loaded == 0)
		fprintf(stderr, "btcpeer-node: %s: holds no block of the chain "
		    "%s\n", n->args.blocks, n->args.chain->name);
	if (rc == 0 && loaded > 0)
		rc = mine_first(n);
	if (rc != 0)
		fprintf(stderr, "btcpeer-node: cannot make the chain: %s\n",
		    btcpeer_strerror(rc));
	return rc != 0 || loaded <= 0;
}

static int
start(struct node *n)
{
	char local[NET_TEXT], what[NET_TEXT + 16], why[NET_WHY];
	int rc;

	rc = server_new(&n->server, n->chain, n->pool);
	if (rc != 0) {
		fprintf(stderr, "btcpeer-node: %s\n", btcpeer_strerror(rc));
		return 1;
	}
	n->listener = net_listen(&n->args.listen, why);
	if (n->listener < 0) {
		fprintf(stderr, "btcpeer-node: cannot listen on %s\n", why);
		return 1;
	}
	if (net_local(n->listener, local) != 0)
		(void)net_format(local, &n->args.listen);
	(void)snprintf(what, sizeof(what), "listening %s", local);
	say_tip(n, what);
	return 0;
}

static int
run(const struct args *args)
{
	struct node n = { .args = *args, .listener = -1 };
	int status;

	status = make_chain(&n);
	if (status == 0 && !n.quit)
		status = start(&n);
	if (status == 0 && !n.quit)
		loop(&n);
	if (n.listener >= 0)
		(void)close(n.listener);
	server_free(n.server);
	miner_free(n.miner);
	pool_free(n.pool);
	chain_free(n.chain);
	return status;
}

/* Descriptors 0 to 2 exist, so that no socket takes their place; and there
 * may be as many more as the system allows. */
static int
prepare_descriptors(void)
{
	struct rlimit rl;
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -1;
	(void)close(fd);
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct args args;
	int status;

	status = args_take(&args, argc, argv);
	if (status >= 0)
		return status;
	if (prepare_descriptors() != 0 || catch_signals() != 0) {
		fprintf(stderr, "btcpeer-node: cannot start: %s\n",
		    strerror(errno));
		return 1;
	}
	if (args.quiet)
		note_quiet();
	status = run(&args);
	(void)close(signal_pipe[0]);
	(void)close(signal_pipe[1]);
	return status;
}
