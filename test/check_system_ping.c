#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include <jansson.h>

#include <btcpeer/version.h>

#include "remote.h"
#include "runner.h"
#include "system.h"

/* btcpeer-ping as its manual page has it, against a node and against remotes
 * that behave badly; and hello-peer. */

static struct node node;

static void
setup(void)
{
	node_start(&node, "--mine", "7", "--quiet", NULL);
}

static void
teardown(void)
{
	node_quit(&node);
}

/* Start it for regtest and that port of 127.0.0.1. */
static void ping_start(struct proc *p, unsigned port, ...)
    __attribute__((sentinel));

static void
ping_start(struct proc *p, unsigned port, ...)
{
	char address[32];
	const char *const first[] = { "--chain", "regtest", address, NULL };
	va_list ap;

	snprintf(address, sizeof(address), "127.0.0.1:%u", port);
	va_start(ap, port);
	proc_vstart(p, "btcpeer-ping", first, ap);
	va_end(ap);
}

/* Wait for its end; all that standard error says is this sentence, or, if that
 * is NULL, nothing. */
static void
ping_end(struct proc *p, int status, const char *sentence)
{
	char want[256] = "";

	if (sentence != NULL)
		snprintf(want, sizeof(want), "btcpeer-ping: %s.\n", sentence);
	ck_assert_int_eq(proc_end(p), status);
	ck_assert_str_eq(p->err.text, want);
}

/* The text of a line that starts with this, behind that. */
static const char *
value_of(const struct proc *p, const char *name)
{
	static char value[256];
	const char *at = strstr(p->out.text, name);

	ck_assert_msg(at != NULL && (at == p->out.text || at[-1] == '\n'),
	    "no line '%s': %s", name, p->out.text);
	snprintf(value, sizeof(value), "%.*s",
	    (int)strcspn(at + strlen(name), "\n"), at + strlen(name));
	return value;
}

/* A socket that listens, and its port. */
static int
listening(unsigned *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

/* The remote that the program finds at a listening socket. */
static void
accept_remote(struct remote *r, int listener)
{
	int on = 1, fd = accept(listener, NULL, NULL);

	ck_assert_int_ge(fd, 0);
	/* A pong is two pieces: the second would wait for a late ACK. */
	ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
	    sizeof(on)), 0);
	remote_init(r, fd);
}

/* ---- Arguments --------------------------------------------------------- */

static const struct {
	const char *arg[4];
	int status;
	const char *text;	/* on standard error; if 0, on output */
} args[] = {
	{ { "--help" }, 0, "--interval" },
	{ { "--version" }, 0, "btcpeer-ping " BTCPEER_VERSION_STRING "\n" },
	{ { NULL }, 2, "the node is missing." },
	{ { "-c", "1" }, 2, "the node is missing." },
	{ { "h", "more" }, 2, "'more' is one argument too many." },
	{ { "h", "--chain", "nonet" }, 2, "no chain is called 'nonet'." },
	{ { "h", "--chain" }, 2, "--chain needs a value." },
	{ { "h", "-c" }, 2, "-c needs a value." },
	{ { "h", "-x" }, 2, "-x is not an option." },
	{ { "h", "--nonsense" }, 2, "--nonsense is not an option" },
	{ { "h", "--json=1" }, 2, "--json=1 is not an option" },
	{ { "h", "-c", "0" }, 2, "-c: '0' is no number between 1 and " },
	{ { "h", "-c", "-1" }, 2, "-c: '-1' is no number" },
	{ { "h", "-c", "1x" }, 2, "-c: '1x' is no number" },
	{ { "h", "-c", "" }, 2, "-c: '' is no number" },
	{ { "h", "-c", "1000000001" }, 2, "-c: '1000000001' is no number" },
	{ { "h", "-c", "18446744073709551617" }, 2, "is no number" },
	{ { "h", "--count", "x" }, 2, "-c: 'x' is no number" },
	{ { "h", "-i", "-1" }, 2, "-i: '-1' is no number of seconds" },
	{ { "h", "-i", "nan" }, 2, "-i: 'nan' is no number of seconds" },
	{ { "h", "-i", "1000001" }, 2, "-i: '1000001' is no number of" },
	{ { "h", "--timeout", "0" }, 2, "--timeout: '0' is no number of" },
	{ { "h:65536" }, 2, "h:65536: the port is not a number" },
	{ { ":1" }, 2, "the address is missing" },
	{ { "[::1" }, 2, "IPv6 is written [address]:port" }
};

/* A sentence, and the usage after it. */
START_TEST(arguments)
{
	const char *const *a = args[_i].arg;
	char *end;
	struct proc p;

	proc_start(&p, "btcpeer-ping", a[0], a[1], a[2], a[3], NULL);
	ck_assert_int_eq(proc_end(&p), args[_i].status);
	if (args[_i].status == 0) {
		ck_assert_uint_eq(p.err.len, 0);
		ck_assert_ptr_nonnull(strstr(p.out.text, args[_i].text));
	} else {
		ck_assert_uint_eq(p.out.len, 0);
		ck_assert_msg(strncmp(p.err.text, "btcpeer-ping: ", 14) == 0 &&
		    strstr(p.err.text, args[_i].text) != NULL, "%s",
		    p.err.text);
		end = strchr(p.err.text, '\n');
		ck_assert(end[-1] == '.' && strncmp(end, "\nusage: ", 8) == 0);
	}
	proc_free(&p);
}
END_TEST

/* ---- A node ------------------------------------------------------------ */

START_TEST(lines)
{
	char address[32];
	double ms, t[4];
	int i, end = 0;
	struct proc p;
	char *at;

	ping_start(&p, node.port, "-c", "3", "-i", "0.01", NULL);
	ping_end(&p, 0, NULL);
	snprintf(address, sizeof(address), "127.0.0.1:%u", node.port);
	ck_assert_str_eq(value_of(&p, "address      "), address);
	ck_assert_int_eq(atoi(value_of(&p, "version      ")),
	    BTCWIRE_PVER_NEWEST);
	ck_assert_str_eq(value_of(&p, "agent        "),
	    "/btcpeer-node:" BTCPEER_VERSION_STRING "/");
	ck_assert_str_eq(value_of(&p, "services     "), "0x9 NETWORK WITNESS");
	ck_assert_str_eq(value_of(&p, "height       "), "7");
	ck_assert_str_eq(value_of(&p, "relay        "), "yes");
	ck_assert_int_eq(abs(atoi(value_of(&p, "time offset  "))) < 60, 1);
	ck_assert_str_eq(value_of(&p, "wtxid relay  "), "yes");
	ck_assert_str_eq(value_of(&p, "addrv2       "), "yes");
	at = strstr(p.out.text, "pong ");
	for (i = 1; i <= 3; i++) {
		int seq;

		ck_assert_int_eq(sscanf(at, "pong %d time %lf ms\n%n", &seq,
		    &ms, &end), 2);
		ck_assert(seq == i && ms > 0 && ms < 10000);
		at += end;
	}
	ck_assert_int_eq(sscanf(at, "3 sent, 3 answered, 0 %% lost\n"
	    "round trip min/avg/max/mdev %lf/%lf/%lf/%lf ms\n%n", &t[0], &t[1],
	    &t[2], &t[3], &end), 4);
	ck_assert_uint_eq((size_t)(at - p.out.text) + (size_t)end, p.out.len);
	ck_assert(t[0] > 0 && t[0] <= t[1] && t[1] <= t[2]);
	proc_free(&p);
}
END_TEST

/* The next line as an object with that event; json_decref() it. */
static json_t *
next_event(struct proc *p, const char *event)
{
	json_error_t error;
	char *line = proc_line(p, "");
	json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &error);

	ck_assert_msg(o != NULL, "%s: %s", error.text, line);
	ck_assert_str_eq(json_string_value(json_object_get(o, "event")), event);
	free(line);
	return o;
}

static double
real(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	ck_assert_msg(json_is_real(v), "%s is no real number", name);
	return json_real_value(v);
}

/* Take an object that must be made so, as json_pack() has it. */
static void expect_json(json_t *o, const char *fmt, ...);

static void
expect_json(json_t *o, const char *fmt, ...)
{
	char *got = json_dumps(o, JSON_COMPACT);
	json_error_t error;
	json_t *want;
	va_list ap;

	va_start(ap, fmt);
	want = json_vpack_ex(&error, 0, fmt, ap);
	va_end(ap);
	ck_assert_msg(want != NULL, "%s", error.text);
	ck_assert_msg(json_equal(o, want), "%s", got);
	free(got);
	json_decref(want);
	json_decref(o);
}

START_TEST(json)
{
	char address[32];
	double ms, min = 1e9, max = 0, sum = 0, squares = 0;
	struct proc p;
	json_t *o;
	int i;

	ping_start(&p, node.port, "--json", "--count", "4", "--interval", "0",
	    NULL);
	snprintf(address, sizeof(address), "127.0.0.1:%u", node.port);
	o = next_event(&p, "handshake");
	ck_assert_int_eq(abs((int)json_integer_value(json_object_get(o,
	    "time_offset"))) < 60, 1);
	ck_assert_int_eq(json_object_del(o, "time_offset"), 0);
	expect_json(o, "{ss ss ss si ss ss s[ss] si sb sb sb}", "event",
	    "handshake", "chain", "regtest", "address", address, "version",
	    BTCWIRE_PVER_NEWEST, "user_agent",
	    "/btcpeer-node:" BTCPEER_VERSION_STRING "/", "services",
	    "0000000000000009", "service_names", "NETWORK", "WITNESS",
	    "start_height", 7, "relay", 1, "wtxid_relay", 1, "addrv2", 1);
	for (i = 1; i <= 4; i++) {
		o = next_event(&p, "ping");
		ms = real(o, "ms");
		min = ms < min ? ms : min;
		max = ms > max ? ms : max;
		sum += ms;
		squares += ms * ms;
		expect_json(o, "{ss si sf}", "event", "ping", "seq", i, "ms",
		    ms);
	}
	o = next_event(&p, "summary");
	ck_assert(real(o, "avg_ms") - sum / 4 < 0.001 &&
	    sum / 4 - real(o, "avg_ms") < 0.001);
	ms = real(o, "mdev_ms");
	/* Its figures are rounded to 0.0005. */
	ck_assert(ms * ms - (squares / 4 - sum * sum / 16) <
	    0.002 * max + 0.001);
	ck_assert(squares / 4 - sum * sum / 16 - ms * ms <
	    0.002 * max + 0.001);
	expect_json(o, "{ss si si sf sf sf sf sf sn}", "event", "summary",
	    "sent", 4, "answered", 4, "loss", 0.0, "min_ms", min, "avg_ms",
	    real(o, "avg_ms"), "max_ms", max, "mdev_ms", ms, "error");
	ping_end(&p, 0, NULL);
	ck_assert_uint_eq(p.out.taken, p.out.len);
	proc_free(&p);
}
END_TEST

START_TEST(interval)
{
	struct timespec a, b;
	struct proc p;

	clock_gettime(CLOCK_MONOTONIC, &a);
	ping_start(&p, node.port, "-c", "4", "-i", "0.2", NULL);
	ping_end(&p, 0, NULL);
	clock_gettime(CLOCK_MONOTONIC, &b);
	ck_assert((double)(b.tv_sec - a.tv_sec) +
	    (double)(b.tv_nsec - a.tv_nsec) / 1e9 >= 0.6);
	proc_free(&p);
}
END_TEST

/* A signal ends it, not in a second but at once, and it still sums up. */
START_TEST(interrupted)
{
	static const int signals[] = { SIGINT, SIGTERM };
	struct proc p;

	ping_start(&p, node.port, "-i", "1000", NULL);
	free(proc_line(&p, "pong 1 time "));
	proc_signal(&p, signals[_i]);
	ping_end(&p, 0, NULL);
	ck_assert_ptr_nonnull(strstr(p.out.text,
	    " ms\n\n1 sent, 1 answered, 0 % lost\nround trip "));
	proc_free(&p);
}
END_TEST

START_TEST(node_ends)
{
	char want[96];
	struct node other;
	struct proc p;

	node_start(&other, NULL);
	snprintf(want, sizeof(want), "127.0.0.1:%u: connection closed by the "
	    "remote", other.port);
	ping_start(&p, other.port, "-i", "1000", NULL);
	free(proc_line(&p, "pong 1 time "));
	node_quit(&other);
	ping_end(&p, 1, want);
	ck_assert_ptr_nonnull(strstr(p.out.text,
	    "\n1 sent, 1 answered, 0 % lost\n"));
	proc_free(&p);
}
END_TEST

/* When nobody reads what it prints it does not go on for ever. */
START_TEST(output_closed)
{
	struct proc p;

	ping_start(&p, node.port, "-i", "0.01", NULL);
	free(proc_line(&p, "pong 1 time "));
	close(p.out.fd);
	p.out.fd = -1;
	ping_end(&p, 1, "cannot write to standard output");
	proc_free(&p);
}
END_TEST

/* ---- No node ----------------------------------------------------------- */

START_TEST(cannot_connect)
{
	char want[96];
	unsigned port;
	struct proc p;

	close(listening(&port));
	snprintf(want, sizeof(want), "cannot connect: 127.0.0.1:%u: Connection "
	    "refused", port);
	ping_start(&p, port, NULL);
	ping_end(&p, 1, want);
	ck_assert_uint_eq(p.out.len, 0);
	proc_free(&p);
	ping_start(&p, port, "--json", NULL);
	expect_json(next_event(&p, "summary"), "{ss si si sf sn sn sn sn ss}",
	    "event", "summary", "sent", 0, "answered", 0, "loss", 0.0,
	    "min_ms", "avg_ms", "max_ms", "mdev_ms", "error", want);
	ping_end(&p, 1, want);
	ck_assert_uint_eq(p.out.taken, p.out.len);
	proc_free(&p);
}
END_TEST

/* A name in bytes that are no UTF-8 still gives an object. */
START_TEST(strange_name)
{
	struct proc p;
	json_t *o;

	proc_start(&p, "btcpeer-ping", "--json", "no..\xff\xfe", NULL);
	o = next_event(&p, "summary");
	ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(o,
	    "error")), "no..??:8333"));
	json_decref(o);
	ck_assert_int_eq(proc_end(&p), 1);
	proc_free(&p);
}
END_TEST

START_TEST(wrong_network)
{
	struct node other;
	struct proc p;

	node_start(&other, "--chain", "simnet", NULL);
	ping_start(&p, other.port, NULL);
	ck_assert_int_eq(proc_end(&p), 1);
	ck_assert_ptr_nonnull(strstr(p.err.text, ": handshake failed: "));
	ck_assert_uint_eq(p.out.len, 0);
	proc_free(&p);
	node_quit(&other);
}
END_TEST

/* It takes the connection, and then closes it, says nothing, or leaves it to
 * the user to lose patience. */
START_TEST(no_handshake)
{
	static const char *const why[] = {
		"handshake failed: connection closed by the remote",
		"handshake failed: handshake not finished in time",
		NULL
	};
	char want[128];
	struct remote r;
	unsigned port;
	struct proc p;
	int fd = listening(&port);

	ping_start(&p, port, "--timeout", _i == 1 ? "0.1" : "1000", NULL);
	accept_remote(&r, fd);
	if (_i == 0) {
		ck_assert(remote_read(&r));
		remote_clear(&r);
	} else if (_i == 2) {
		proc_signal(&p, SIGINT);
	}
	snprintf(want, sizeof(want), "127.0.0.1:%u: %s", port,
	    why[_i] != NULL ? why[_i] : "");
	ping_end(&p, 1, why[_i] != NULL ? want : "interrupted");
	ck_assert_uint_eq(p.out.len, 0);
	if (_i != 0)
		remote_clear(&r);
	close(fd);
	proc_free(&p);
}
END_TEST

/* ---- Remotes of our own ------------------------------------------------ */

/* From before BIP 31; and what it says of itself is told all the same. */
START_TEST(knows_no_pong)
{
	char want[128];
	struct remote r;
	unsigned port;
	struct proc p;
	int fd = listening(&port);

	ping_start(&p, port, NULL);
	accept_remote(&r, fd);
	remote_handshake(&r, 60000);
	snprintf(want, sizeof(want), "127.0.0.1:%u: its protocol version 60000 "
	    "has no answer to pings", port);
	ping_end(&p, 1, want);
	ck_assert_str_eq(value_of(&p, "version      "), "60000");
	ck_assert_str_eq(value_of(&p, "agent        "), "/script\\xff:1/");
	ck_assert_str_eq(value_of(&p, "services     "), "0x1 NETWORK");
	ck_assert_str_eq(value_of(&p, "height       "), "77");
	ck_assert_int_lt(atoi(value_of(&p, "time offset  ")), 0);
	ck_assert_str_eq(value_of(&p, "wtxid relay  "), "no");
	ck_assert_str_eq(value_of(&p, "addrv2       "), "no");
	ck_assert_ptr_null(strstr(p.out.text, "sent"));
	remote_clear(&r);
	close(fd);
	proc_free(&p);
}
END_TEST

/* The first ping is lost, the second one answered. */
START_TEST(one_is_lost)
{
	struct remote r;
	unsigned port;
	struct proc p;
	int fd = listening(&port);

	ping_start(&p, port, "-c", "2", "-i", "0", "--timeout", "2", NULL);
	accept_remote(&r, fd);
	remote_handshake(&r, BTCWIRE_PVER_NEWEST);
	remote_expect(&r, "ping");
	free(proc_line(&p, "ping 1 no answer in 2 s"));
	remote_expect(&r, "ping");
	remote_frame(&r, "pong", r.payload, r.len);
	free(proc_line(&p, "pong 2 time "));
	ping_end(&p, 0, NULL);
	ck_assert_ptr_nonnull(strstr(p.out.text,
	    "\n2 sent, 1 answered, 50 % lost\nround trip "));
	remote_clear(&r);
	close(fd);
	proc_free(&p);
}
END_TEST

/* An answer that comes too late is not taken for that to the next ping. */
START_TEST(late_answer)
{
	char want[64];
	struct remote r;
	unsigned port;
	struct proc p;
	int i, fd = listening(&port);

	ping_start(&p, port, "-c", "2", "-i", "2.5", "--timeout", "2",
	    "--json", NULL);
	accept_remote(&r, fd);
	remote_handshake(&r, BTCWIRE_PVER_NEWEST);
	json_decref(next_event(&p, "handshake"));
	for (i = 1; i <= 2; i++) {
		remote_expect(&r, "ping");
		expect_json(next_event(&p, "ping"), "{ss si sn}", "event",
		    "ping", "seq", i, "ms");
		remote_frame(&r, "pong", r.payload, r.len);
	}
	snprintf(want, sizeof(want), "127.0.0.1:%u: no ping was answered",
	    port);
	expect_json(next_event(&p, "summary"), "{ss si si sf sn sn sn sn ss}",
	    "event", "summary", "sent", 2, "answered", 0, "loss", 100.0,
	    "min_ms", "avg_ms", "max_ms", "mdev_ms", "error", want);
	ping_end(&p, 1, want);
	remote_clear(&r);
	close(fd);
	proc_free(&p);
}
END_TEST

/* A ping that is under way when the user loses patience is neither answered nor
 * lost: here the first, or the second. */
START_TEST(interrupted_under_way)
{
	const char *error = _i == 0 ? "interrupted" : NULL;
	struct remote r;
	unsigned port;
	struct proc p;
	json_t *o;
	int fd = listening(&port);

	ping_start(&p, port, "-i", "0", "--timeout", "1000", "--json", NULL);
	accept_remote(&r, fd);
	remote_handshake(&r, BTCWIRE_PVER_NEWEST);
	json_decref(next_event(&p, "handshake"));
	remote_expect(&r, "ping");
	if (_i == 1) {
		remote_frame(&r, "pong", r.payload, r.len);
		json_decref(next_event(&p, "ping"));
		remote_expect(&r, "ping");
	}
	proc_signal(&p, SIGINT);
	o = next_event(&p, "summary");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "sent")), _i);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "answered")),
	    _i);
	ck_assert(json_real_value(json_object_get(o, "loss")) == 0);
	json_decref(o);
	ping_end(&p, 1 - _i, error);
	remote_clear(&r);
	close(fd);
	proc_free(&p);
}
END_TEST

/* One that is under way when the node leaves is lost. */
START_TEST(node_leaves_under_way)
{
	char want[96];
	struct remote r;
	unsigned port;
	struct proc p;
	int fd = listening(&port);

	snprintf(want, sizeof(want), "127.0.0.1:%u: connection closed by the "
	    "remote", port);
	ping_start(&p, port, NULL);
	accept_remote(&r, fd);
	remote_handshake(&r, BTCWIRE_PVER_NEWEST);
	remote_expect(&r, "ping");
	remote_clear(&r);
	ping_end(&p, 1, want);
	ck_assert_ptr_nonnull(strstr(p.out.text,
	    "\n1 sent, 0 answered, 100 % lost\n"));
	close(fd);
	proc_free(&p);
}
END_TEST

/* Standard output is full; a signal ends it all the same. */
START_TEST(output_is_not_read)
{
	struct pollfd pfd = { .events = POLLIN };
	struct remote r;
	unsigned port;
	int status, fd = listening(&port);
	struct proc p;

	ping_start(&p, port, "-i", "0", "--timeout", "1000", NULL);
	accept_remote(&r, fd);
	remote_handshake(&r, BTCWIRE_PVER_NEWEST);
	pfd.fd = r.fd;
	while (poll(&pfd, 1, 2000) > 0) {
		ck_assert(remote_read(&r));
		if (strcmp(r.command, "ping") == 0)
			remote_frame(&r, "pong", r.payload, r.len);
	}
	proc_signal(&p, SIGTERM);
	ck_assert_int_eq(waitpid(p.pid, &status, 0), p.pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	p.pid = 0;
	close(p.out.fd);
	close(p.err.fd);
	proc_hang_up(&p);
	remote_clear(&r);
	close(fd);
	proc_free(&p);
}
END_TEST

/* ---- hello-peer -------------------------------------------------------- */

/* Each peer's lines, in their order; those of the two may be mixed. */
START_TEST(hello_peer)
{
	static const char *const name[] = { "inbound", "outbound" };
	static const char *const end[] = { "connection closed by the remote",
	    "disconnected by this side" };
	char want[160], got[512] = "", *line, *save;
	struct proc p;

	proc_start(&p, "hello-peer", NULL);
	ck_assert_int_eq(proc_end(&p), 0);
	ck_assert_uint_eq(p.err.len, 0);
	for (line = strtok_r(p.out.text, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, name[_i], strlen(name[_i])) == 0)
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
			    "%s\n", line);
		else
			ck_assert_int_eq(strncmp(line, name[1 - _i],
			    strlen(name[1 - _i])), 0);
	}
	snprintf(want, sizeof(want), "%s: version %d of /libbtcpeer:"
	    BTCPEER_VERSION_STRING "/\n%s: verack\n%s: ended: %s\n", name[_i],
	    BTCWIRE_PVER_NEWEST, name[_i], name[_i], end[_i]);
	ck_assert_str_eq(got, want);
	proc_free(&p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_ping");
	TCase *tc = add_tcase(s, "arguments");

	tcase_add_loop_test(tc, arguments, 0, N_ROWS(args));
	tc = add_tcase(s, "node");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, lines);
	tcase_add_test(tc, json);
	tcase_add_test(tc, interval);
	tcase_add_loop_test(tc, interrupted, 0, 2);
	tcase_add_test(tc, node_ends);
	tcase_add_test(tc, output_closed);
	tc = add_tcase(s, "no node");
	tcase_add_test(tc, cannot_connect);
	tcase_add_test(tc, strange_name);
	tcase_add_test(tc, wrong_network);
	tcase_add_loop_test(tc, no_handshake, 0, 3);
	tc = add_tcase(s, "remote");
	tcase_add_test(tc, knows_no_pong);
	tcase_add_test(tc, one_is_lost);
	tcase_add_test(tc, late_answer);
	tcase_add_loop_test(tc, interrupted_under_way, 0, 2);
	tcase_add_test(tc, node_leaves_under_way);
	tcase_add_test(tc, output_is_not_read);
	tc = add_tcase(s, "hello-peer");
	tcase_add_loop_test(tc, hello_peer, 0, 2);
	return run_suite(s);
}
