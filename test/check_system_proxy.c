#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include <jansson.h>

#include <btcpeer/version.h>

#include "blocks.h"
#include "client.h"
#include "frames.h"
#include "remote.h"
#include "runner.h"
#include "system.h"

/* btcpeer-proxy between two ends: what one says the other hears. */

#define BLOCKS 200

static struct proc proxy;
static struct remote client, node;
static int listener;
static uint16_t node_port, proxy_port;

/* ---- Arguments --------------------------------------------------------- */

#define LISTEN  "--listen", "127.0.0.1:0"
#define CONNECT "--connect", "127.0.0.1:1"

static const struct {
	const char *arg[8];
	int status;
	const char *text;	/* on standard error; if 0, on output */
} args[] = {
	{ { "--help" }, 0, "--capture" },
	{ { "--version" }, 0, "btcpeer-proxy " BTCPEER_VERSION_STRING },
	{ { NULL }, 2, "--listen is missing." },
	{ { CONNECT }, 2, "--listen is missing." },
	{ { LISTEN }, 2, "--connect is missing." },
	{ { LISTEN, "--connect" }, 2, "--connect needs a value." },
	{ { LISTEN, CONNECT, "--chain", "nonet" }, 2,
	    "no chain is called 'nonet'." },
	{ { LISTEN, CONNECT, "--capture", "" }, 2,
	    "--capture needs the name of a file." },
	{ { LISTEN, CONNECT, "--json=1" }, 2, "--json=1 is not an option" },
	{ { LISTEN, CONNECT, "-x" }, 2, "-x is not an option." },
	{ { LISTEN, CONNECT, "more" }, 2, "'more' is one argument too many." },
	{ { "--listen", "h", CONNECT }, 2, "--listen: h: the port is missing" },
	{ { LISTEN, "--connect", "h:x" }, 2, "--connect: h:x: the port is" },
	{ { "--listen", "192.0.2.1:1", CONNECT }, 1, "cannot listen on " },
};

START_TEST(arguments)
{
	const char *const *a = args[_i].arg;
	struct proc p;

	proc_start(&p, "btcpeer-proxy", a[0], a[1], a[2], a[3], a[4], a[5],
	    a[6], NULL);
	ck_assert_int_eq(proc_end(&p), args[_i].status);
	if (args[_i].status == 0) {
		ck_assert_uint_eq(p.err.len, 0);
		ck_assert_ptr_nonnull(strstr(p.out.text, args[_i].text));
	} else {
		ck_assert_uint_eq(p.out.len, 0);
		ck_assert_msg(strncmp(p.err.text, "btcpeer-proxy: ", 15) == 0 &&
		    strstr(p.err.text, args[_i].text) != NULL, "%s",
		    p.err.text);
	}
	proc_free(&p);
}
END_TEST

/* ---- Two scripted ends ------------------------------------------------- */

static void proxy_start(unsigned to, ...) __attribute__((sentinel));

static void
proxy_start(unsigned to, ...)
{
	char connect[32];
	const char *const first[] = { "--listen", "127.0.0.1:0", "--connect",
	    connect, "--chain", "regtest", NULL };
	unsigned port;
	va_list ap;
	char *line, *at;

	snprintf(connect, sizeof(connect), "127.0.0.1:%u", to);
	va_start(ap, to);
	proc_vstart(&proxy, "btcpeer-proxy", first, ap);
	va_end(ap);
	line = proc_line(&proxy, "");
	at = strstr(line, "127.0.0.1:");
	ck_assert(at != NULL && strstr(line, "listening") != NULL &&
	    sscanf(at, "127.0.0.1:%u", &port) == 1);
	proxy_port = (uint16_t)port;
	free(line);
}

/* By a signal; or, when it has to end by itself, without. */
static void
proxy_end(int signo, int status)
{
	if (signo != 0)
		proc_signal(&proxy, signo);
	ck_assert_int_eq(proc_end(&proxy), status);
	proc_free(&proxy);
}

static void
listen_anywhere(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(listener, 8), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&sin, &len),
	    0);
	node_port = ntohs(sin.sin_port);
}

static struct btcwire_msg *
read_version(struct remote *r)
{
	struct btcwire_msg *msg;

	ck_assert(remote_read(r));
	ck_assert_str_eq(r->command, "version");
	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_VERSION, r->payload,
	    r->len, BTCWIRE_PVER_NEWEST, BTCWIRE_STRICT, NULL), 0);
	return msg;
}

/* The node is told what the client says, and the client what the node says. */
static void
meet_node(void)
{
	static const uint8_t agent[] = "/node:9/";
	struct btcwire_version v = { .version = 70017,
	    .services = BTCWIRE_NODE_NETWORK | BTCWIRE_NODE_WITNESS |
	    BTCWIRE_NODE_BLOOM, .user_agent = { agent, sizeof(agent) - 1 },
	    .nonce = 5, .start_height = 4321 };
	struct btcwire_msg *msg;
	const struct btcwire_version *got;
	int fd = accept(listener, NULL, NULL);

	ck_assert_int_ge(fd, 0);
	remote_init(&node, fd);
	msg = read_version(&node);
	got = btcwire_version_of(msg);
	ck_assert_int_eq(got->version, 70016);
	ck_assert_uint_eq(got->services, BTCWIRE_NODE_NETWORK);
	ck_assert_int_eq(got->start_height, 77);
	ck_assert(got->relay);
	ck_assert_uint_eq(got->user_agent.len, 11);
	ck_assert_mem_eq(got->user_agent.data, "/script?:1/", 11);
	ck_assert(got->nonce != 4711);
	btcwire_msg_unref(msg);
	remote_msg(&node, BTCWIRE_VERSION, &v);
	remote_expect(&node, "verack");
	remote_msg(&node, BTCWIRE_VERACK, NULL);
}

static void
meet_client(void)
{
	struct btcwire_msg *msg = read_version(&client);
	const struct btcwire_version *got = btcwire_version_of(msg);

	ck_assert_int_eq(got->version, 70017);
	ck_assert_uint_eq(got->services, BTCWIRE_NODE_NETWORK |
	    BTCWIRE_NODE_WITNESS | BTCWIRE_NODE_BLOOM);
	ck_assert_int_eq(got->start_height, 4321);
	ck_assert(!got->relay);
	ck_assert_uint_eq(got->user_agent.len, 8);
	ck_assert_mem_eq(got->user_agent.data, "/node:9/", 8);
	btcwire_msg_unref(msg);
	/* The node offered neither wtxidrelay nor sendaddrv2. */
	ck_assert(remote_read(&client));
	ck_assert_str_eq(client.command, "verack");
	remote_msg(&client, BTCWIRE_VERACK, NULL);
}

static int receive_buffer;	/* of the client, bytes; 0: the system's */

static void
call(void)
{
	remote_init(&client, client_dial(proxy_port, receive_buffer));
	remote_version(&client, 70016, 4711, true);
}

static void
meet(void)
{
	call();
	meet_node();
	meet_client();
}

static void
part(void)
{
	remote_clear(&client);
	remote_clear(&node);
	close(listener);
}

/* The next frame must be this. */
static void
expect_frame(struct remote *r, const char *command, const void *payload,
    size_t len)
{
	ck_assert_msg(remote_read(r), "ended before %s", command);
	ck_assert_str_eq(r->command, command);
	ck_assert_uint_eq(r->len, len);
	ck_assert(memcmp(r->payload, payload, len) == 0);
}

/* ---- What passes ------------------------------------------------------- */

static const struct {
	const char *command, *payload, *shown, *error;
} passing[] = {
	{ "what is this", "any bytes", "what is this (9 bytes)", NULL },
	{ "sendheaders", "", "sendheaders", NULL },
	{ "getaddr", "", "getaddr", NULL },
	{ "feefilter", "\x10\x27\0\0\0\0\0", "feefilter (7 bytes)",
	    "message ends too early" },
	{ "getdata", "\xff\xff\xff\xff", "getdata (4 bytes)",
	    "message ends too early" },
	{ "mempool", "trailing", "mempool", NULL },
	{ "wtxidrelay2", "", "wtxidrelay2 (0 bytes)", NULL }
};

static size_t
len_of(int i)
{
	/* The one with zeroes inside. */
	return strcmp(passing[i].command, "feefilter") == 0 ? 7
	    : strlen(passing[i].payload);
}

/* A line, or an object, for the i-th message. */
static void
check_shown(int i, const char *way, bool json)
{
	char *line = proc_line(&proxy, ""), want[128];
	json_t *o;

	if (json) {
		o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		ck_assert_msg(o != NULL, "%s", line);
		ck_assert_str_eq(json_string_value(json_object_get(o,
		    "direction")), way);
		ck_assert_str_eq(json_string_value(json_object_get(o,
		    "command")), passing[i].command);
		ck_assert_int_eq(json_integer_value(json_object_get(o,
		    "bytes")), 24 + (json_int_t)len_of(i));
		ck_assert_int_eq(json_object_get(o, "error") != NULL,
		    passing[i].error != NULL);
		ck_assert(json_real_value(json_object_get(o, "time")) > 1e9);
		json_decref(o);
	} else {
		snprintf(want, sizeof(want), " 0 %-3s %7zu %s%s%s", way,
		    24 + len_of(i), passing[i].shown,
		    passing[i].error != NULL ? ": " : "",
		    passing[i].error != NULL ? passing[i].error : "");
		ck_assert_msg(strcmp(strchr(line, ' '), want) == 0,
		    "'%s' is not '%s'", line, want);
	}
	free(line);
}

/* Known or not, good or bad, both ways, in order and as it was. */
START_TEST(everything_passes)
{
	struct remote *from = _i & 1 ? &node : &client;
	struct remote *to = _i & 1 ? &client : &node;
	bool json = (_i & 2) != 0;
	int i;

	listen_anywhere();
	proxy_start(node_port, json ? "--json" : NULL, NULL);
	meet();
	for (i = 0; i < N_ROWS(passing); i++)
		remote_frame(from, passing[i].command, passing[i].payload,
		    len_of(i));
	for (i = 0; i < N_ROWS(passing); i++) {
		expect_frame(to, passing[i].command, passing[i].payload,
		    len_of(i));
		check_shown(i, _i & 1 ? "out" : "in", json);
	}
	part();
	proxy_end(SIGTERM, 0);
}
END_TEST

/* Pings are answered on each side; what arrives broken cannot go on. */
START_TEST(some_things_do_not_pass)
{
	static const char ping[] = "12345678";
	uint8_t bad[BTCWIRE_FRAME_HEADER] = { 0xfa, 0xbf, 0xb5, 0xda, 'x' };
	char *line;

	listen_anywhere();
	proxy_start(node_port, NULL);
	meet();
	remote_frame(&client, "ping", ping, 8);
	remote_frame(&client, "pong", ping, 8);
	remote_bytes(&client, bad, sizeof(bad));
	remote_frame(&client, "after", ping, 8);
	expect_frame(&node, "after", ping, 8);
	expect_frame(&client, "pong", ping, 8);
	line = proc_line(&proxy, "");
	ck_assert_ptr_nonnull(strstr(line, "after (8 bytes)"));
	free(line);
	line = proc_err_line(&proxy, "btcpeer-proxy: connection 0: from the "
	    "client, not passed on: ");
	free(line);
	part();
	proxy_end(SIGINT, 0);
}
END_TEST

/* ---- The end ----------------------------------------------------------- */

START_TEST(one_end_ends_the_other)
{
	struct remote *first = _i & 1 ? &node : &client;
	struct remote *other = _i & 1 ? &client : &node;
	char *line;

	listen_anywhere();
	proxy_start(node_port, "--once", NULL);
	meet();
	remote_frame(first, "last words", "farewell", 8);
	remote_clear(first);
	expect_frame(other, "last words", "farewell", 8);
	ck_assert(!remote_read(other));
	remote_clear(other);
	line = proc_err_line(&proxy, "btcpeer-proxy: connection 0: over");
	free(line);
	part();
	proxy_end(0, 0);
}
END_TEST

/* A signal ends both at once. */
START_TEST(signal_ends_both)
{
	listen_anywhere();
	proxy_start(node_port, NULL);
	meet();
	proxy_end(SIGTERM, 0);
	ck_assert(!remote_read(&client));
	ck_assert(!remote_read(&node));
	part();
}
END_TEST

/* Of several connections each has its own node. */
START_TEST(connections_are_apart)
{
	struct remote c[3], n[3];
	int i;

	listen_anywhere();
	proxy_start(node_port, NULL);
	for (i = 0; i < 3; i++) {
		meet();
		c[i] = client;
		n[i] = node;
	}
	for (i = 0; i < 3; i++)
		remote_frame(&c[i], "number", &i, sizeof(i));
	for (i = 0; i < 3; i++)
		expect_frame(&n[i], "number", &i, sizeof(i));
	remote_clear(&c[1]);
	ck_assert(!remote_read(&n[1]));
	remote_frame(&n[2], "number", &i, sizeof(i));
	expect_frame(&c[2], "number", &i, sizeof(i));
	for (i = 0; i < 3; i++) {
		remote_clear(&c[i]);
		remote_clear(&n[i]);
	}
	proxy_end(SIGTERM, 0);
	close(listener);
}
END_TEST

/* ---- A reader that is slow --------------------------------------------- */

/* More than a queue and the buffers of four sockets take; few enough that the
 * lines about them fit in a pipe. */
enum { FLOOD = 100, FLOOD_BYTES = 1000000 };

#define STILL_MS 2000	/* so long nothing is taken: it stands still */

static struct {
	unsigned n;	/* frames sent whole */
	size_t at;	/* bytes sent of the next */
	uint8_t frame[BTCWIRE_FRAME_HEADER + FLOOD_BYTES];
} flood;

static void
flood_next(void)
{
	uint8_t *payload = flood.frame + BTCWIRE_FRAME_HEADER;
	struct btcwire_hash sum;

	memcpy(payload, &flood.n, sizeof(flood.n));
	btcwire_sha256d(&sum, payload, FLOOD_BYTES);
	frames_head(flood.frame, btcwire_chain(BTCWIRE_REGTEST)->magic, "flood",
	    FLOOD_BYTES, sum.b);
}

/* Go on until count frames are sent, or nothing was taken for so long; -1: for
 * ever.  Returns whether they are, or nobody is there to take them. */
static bool
send_flood(unsigned count, int still_ms)
{
	struct pollfd pfd = { .fd = node.fd, .events = POLLOUT };
	ssize_t n;

	while (flood.n < count) {
		if (poll(&pfd, 1, still_ms) == 0)
			return false;
		if (flood.at == 0)
			flood_next();
		n = send(node.fd, flood.frame + flood.at,
		    sizeof(flood.frame) - flood.at,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0)
			return true;
		flood.at += (size_t)n;
		if (flood.at == sizeof(flood.frame)) {
			flood.at = 0;
			flood.n++;
		}
	}
	return true;
}

/* All of it, in order, and then the end. */
static void
read_flood(unsigned count)
{
	unsigned i, n;

	for (i = 0; i < count; i++) {
		ck_assert(remote_read(&client));
		ck_assert_str_eq(client.command, "flood");
		ck_assert_uint_eq(client.len, FLOOD_BYTES);
		memcpy(&n, client.payload, sizeof(n));
		ck_assert_uint_eq(n, i);
	}
	ck_assert(!remote_read(&client));
}

static void *
send_rest(void *arg)
{
	(void)arg;
	(void)send_flood(FLOOD, -1);
	remote_clear(&node);
	return NULL;
}

/* Nobody reads: then the sender has to wait.  When it is read at last all is
 * there, although its sender leaves as soon as it can. */
START_TEST(slow_reader)
{
	pthread_t thread;

	listen_anywhere();
	proxy_start(node_port, NULL);
	meet();
	ck_assert(!send_flood(FLOOD, STILL_MS));
	ck_assert_uint_gt(flood.n, 16);
	ck_assert_uint_lt(flood.n, FLOOD);
	ck_assert_int_eq(pthread_create(&thread, NULL, send_rest, NULL), 0);
	read_flood(FLOOD);
	pthread_join(thread, NULL);
	part();
	proxy_end(SIGTERM, 0);
}
END_TEST

/* A signal ends it all the same. */
START_TEST(ends_though_nobody_reads)
{
	listen_anywhere();
	proxy_start(node_port, NULL);
	meet();
	ck_assert(!send_flood(FLOOD, STILL_MS));
	proxy_end(SIGTERM, 0);
	part();
}
END_TEST

/* What fits in the queue is written although its sender is long gone. */
START_TEST(written_before_the_end)
{
	listen_anywhere();
	proxy_start(node_port, NULL);
	receive_buffer = 65536;
	meet();
	ck_assert(send_flood(14, -1));
	shutdown(node.fd, SHUT_WR);
	ck_assert(!remote_read(&node));
	read_flood(14);
	part();
	proxy_end(SIGTERM, 0);
}
END_TEST

/* ---- What does not come about ------------------------------------------ */

static void
expect_failure(const char *text)
{
	char *line = proc_err_line(&proxy, "btcpeer-proxy: connection 0: over");

	ck_assert_msg(strstr(line, text) != NULL, "%s", line);
	free(line);
}

START_TEST(no_node)
{
	listen_anywhere();
	close(listener);
	proxy_start(node_port, "--once", NULL);
	call();
	ck_assert(!remote_read(&client));
	expect_failure("; the node: 127.0.0.1:");
	remote_clear(&client);
	proxy_end(0, 1);
}
END_TEST

/* The client speaks first, and says who it is. */
static const struct { const char *hex, *text; } hellos[] = {
	{ "", "; the client: it left without a word" },
	{ "f9beb4d976657273696f6e000000000000000000 5df6e0e2",
	    "; the client: it speaks to another network" },
	{ "fabfb5da76657261636b00000000000000000000 5df6e0e2",
	    "; the client: its first message is not version" },
	{ "fabfb5da76657273696f6e0000000000ffffff00 5df6e0e2",
	    "; the client: its version message is too long" },
	{ "fabfb5da76657273696f6e000000000002000000 5df6e0e2 0000",
	    "; the client: " }
};

START_TEST(no_client)
{
	size_t len;
	uint8_t *data = unhex(hellos[_i].hex, &len);

	listen_anywhere();
	proxy_start(node_port, "--once", NULL);
	remote_init(&client, client_dial(proxy_port, 0));
	remote_bytes(&client, data, len);
	if (len == 0)
		remote_clear(&client);
	else
		ck_assert(!remote_read(&client));
	expect_failure(hellos[_i].text);
	remote_clear(&client);
	close(listener);
	free(data);
	proxy_end(0, 1);
}
END_TEST

/* One that leads to itself does not call itself again and again. */
START_TEST(itself)
{
	char addr[32], *line;

	listen_anywhere();
	close(listener);
	snprintf(addr, sizeof(addr), "127.0.0.1:%u", (unsigned)node_port);
	proc_start(&proxy, "btcpeer-proxy", "--chain", "regtest", "--listen",
	    addr, "--connect", addr, NULL);
	free(proc_line(&proxy, "listening "));
	proxy_port = node_port;
	call();
	ck_assert(!remote_read(&client));
	line = proc_err_line(&proxy, "btcpeer-proxy: connection 1: over");
	ck_assert_ptr_nonnull(strstr(line, "it is this proxy"));
	free(line);
	remote_clear(&client);
	proxy_end(SIGTERM, 0);
}
END_TEST

START_TEST(no_capture)
{
	listen_anywhere();
	proxy_start(node_port, "--capture", scratch("no/such/folder"), NULL);
	call();
	ck_assert(!remote_read(&client));
	expect_failure("cannot write ");
	remote_clear(&client);
	close(listener);
	proxy_end(0, 1);
}
END_TEST

/* ---- A real chain ------------------------------------------------------ */

/* The blocks of a capture, which are those of the file. */
static void
check_capture(const char *capture, const char *file)
{
	const uint8_t *magic = btcwire_chain(BTCWIRE_REGTEST)->magic;
	struct btcwire_frame head;
	struct blocks b;
	size_t len, at, n = 0;
	uint8_t *data = file_read(capture, &len);

	ck_assert_ptr_nonnull(data);
	blocks_read(&b, file);
	ck_assert_uint_eq(b.n, BLOCKS);
	for (at = 0; at < len; at += head.payload_len) {
		ck_assert_uint_le(at + BTCWIRE_FRAME_HEADER, len);
		btcwire_frame_decode(&head, data + at);
		at += BTCWIRE_FRAME_HEADER;
		ck_assert_mem_eq(head.magic, magic, 4);
		ck_assert_uint_le(head.payload_len, len - at);
		if (strcmp(head.command, "block") != 0)
			continue;
		ck_assert_uint_lt(n, b.n);
		ck_assert_uint_eq(head.payload_len, b.rec[n].len);
		ck_assert_mem_eq(data + at, blocks_data(&b, n), b.rec[n].len);
		n++;
	}
	ck_assert_uint_eq(n, BLOCKS);
	blocks_clear(&b);
	free(data);
}

static void
check_decodes(const char *capture)
{
	struct proc p;

	proc_start(&p, "btcpeer-decode", "--chain", "regtest", "--strict",
	    "stream", capture, NULL);
	ck_assert_int_eq(proc_end(&p), 0);
	ck_assert_uint_eq(p.err.len, 0);
	ck_assert_uint_gt(p.out.len, 0);
	proc_free(&p);
}

START_TEST(sync_through)
{
	const char *file = scratch("blocks"), *in, *out;
	struct sync_result r;
	struct node n;
	struct proc p;

	(void)unlink(file);
	node_start(&n, "--mine", "200", "--txs", "3", "--quiet", NULL);
	proxy_start(n.port, "--once", "--capture", scratch("capture"), NULL);
	sync_start(&p, proxy_port, "--out", file, NULL);
	sync_success(&r, &p);
	ck_assert_uint_eq(r.height, BLOCKS);
	ck_assert_uint_eq(r.blocks, BLOCKS);
	ck_assert_str_eq(r.tip, n.tip);
	proxy_end(0, 0);
	node_await_peers(&n, 0);
	in = scratch("capture.0.in");
	out = scratch("capture.0.out");
	check_decodes(in);
	check_decodes(out);
	check_capture(out, file);
	node_quit(&n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_proxy");
	TCase *tc = add_tcase(s, "proxy");

	tcase_add_unchecked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_loop_test(tc, arguments, 0, N_ROWS(args));
	tcase_add_loop_test(tc, everything_passes, 0, 4);
	tcase_add_test(tc, some_things_do_not_pass);
	tcase_add_loop_test(tc, one_end_ends_the_other, 0, 2);
	tcase_add_test(tc, signal_ends_both);
	tcase_add_test(tc, connections_are_apart);
	tcase_add_test(tc, slow_reader);
	tcase_add_test(tc, ends_though_nobody_reads);
	tcase_add_test(tc, written_before_the_end);
	tcase_add_test(tc, no_node);
	tcase_add_loop_test(tc, no_client, 0, N_ROWS(hellos));
	tcase_add_test(tc, itself);
	tcase_add_test(tc, no_capture);
	tcase_add_test(tc, sync_through);
	return run_suite(s);
}
