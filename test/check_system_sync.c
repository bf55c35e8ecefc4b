#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <jansson.h>

#include <btcpeer/version.h>

#include "blocks.h"
#include "proxy.h"
#include "runner.h"
#include "system.h"

/* btcpeer-sync as its manual page has it: arguments, last line, status. */

#define BLOCKS 200

static struct node node;

static void
setup(void)
{
	node_start(&node, "--mine", "200", "--txs", "3", "--quiet", NULL);
}

static void
teardown(void)
{
	node_quit(&node);
}

/* ---- Arguments --------------------------------------------------------- */

#define CHAIN   "--chain", "regtest"
#define CONNECT "--connect", "127.0.0.1:1"

static const struct {
	const char *arg[8];
	int status;
	const char *text;	/* on standard error; if 0, on output */
} args[] = {
	{ { "--help" }, 0, "--headers-only" },
	{ { "--help" }, 0, "--follow" },
	{ { "--version" }, 0, "btcpeer-sync " BTCPEER_VERSION_STRING },
	{ { NULL }, 2, "--chain is missing." },
	{ { CHAIN }, 2, "--connect is missing." },
	{ { CONNECT }, 2, "--chain is missing." },
	{ { "--chain", "nonet", CONNECT }, 2, "no chain is called 'nonet'." },
	{ { CHAIN, "--connect" }, 2, "--connect needs a value." },
	{ { CHAIN, CONNECT, "--nonsense" }, 2, "--nonsense is not an option" },
	{ { CHAIN, CONNECT, "-x" }, 2, "-x is not an option." },
	{ { CHAIN, CONNECT, "more" }, 2, "'more' is one argument too many." },
	{ { CHAIN, CONNECT, "--json=1" }, 2, "--json=1 is not an option" },
	{ { CHAIN, CONNECT, "--timeout", "0" }, 2, "'0' is no number of " },
	{ { CHAIN, CONNECT, "--timeout", "-1" }, 2, "'-1' is no number of " },
	{ { CHAIN, CONNECT, "--timeout", "nan" }, 2, "'nan' is no number of " },
	{ { CHAIN, CONNECT, "--timeout", "1s" }, 2, "'1s' is no number of " },
	{ { CHAIN, CONNECT, "--out", "" }, 2, "--out needs the name of " },
	{ { CHAIN, CONNECT, "--out", "x", "--headers-only" }, 2,
	    "--out has no use with --headers-only." },
	{ { CHAIN, "--connect", "h:65536" }, 2, "the port is not a number" },
	{ { CHAIN, "--connect", ":1" }, 2, "the address is missing" },
	{ { CHAIN, "--connect", "" }, 2, "the address is missing" },
	{ { CHAIN, "--connect", "[::1" }, 2, "IPv6 is written [address]:port" }
};

/* A sentence, and the usage after it. */
START_TEST(arguments)
{
	const char *const *a = args[_i].arg;
	char *end;
	struct proc p;

	proc_start(&p, "btcpeer-sync", a[0], a[1], a[2], a[3], a[4], a[5],
	    a[6], NULL);
	ck_assert_int_eq(proc_end(&p), args[_i].status);
	if (args[_i].status == 0) {
		ck_assert_uint_eq(p.err.len, 0);
		ck_assert_ptr_nonnull(strstr(p.out.text, args[_i].text));
	} else {
		ck_assert_uint_eq(p.out.len, 0);
		ck_assert_msg(strncmp(p.err.text, "btcpeer-sync: ", 14) == 0 &&
		    strstr(p.err.text, args[_i].text) != NULL, "%s",
		    p.err.text);
		end = strchr(p.err.text, '\n');
		ck_assert(end[-1] == '.' && strncmp(end, "\nusage: ", 8) == 0);
	}
	proc_free(&p);
}
END_TEST

/* ---- The last line ----------------------------------------------------- */

START_TEST(last_line)
{
	char tip[BTCWIRE_HASH_HEX], agent[64];
	unsigned height, version;
	unsigned long long blocks, bytes, services;
	double seconds, ping;
	int end = 0;
	struct proc p;

	sync_start(&p, node.port, NULL);
	ck_assert_int_eq(proc_end(&p), 0);
	ck_assert_int_eq(sscanf(p.out.text, "height %u tip %64[0-9a-f] blocks "
	    "%llu bytes %llu seconds %lf agent \"%63[^\"]\" version %u "
	    "services 0x%llx ping_ms %lf\n%n", &height, tip, &blocks, &bytes,
	    &seconds, agent, &version, &services, &ping, &end), 9);
	ck_assert_uint_eq((unsigned)end, p.out.len);
	ck_assert_uint_eq(height, BLOCKS);
	ck_assert_str_eq(tip, node.tip);
	ck_assert_uint_eq(blocks, BLOCKS);
	ck_assert_uint_gt(bytes, BLOCKS * 81 * 2);
	ck_assert(seconds >= 0 && seconds < 60);
	ck_assert_str_eq(agent, "/btcpeer-node:" BTCPEER_VERSION_STRING "/");
	ck_assert_uint_eq(version, BTCWIRE_PVER_NEWEST);
	ck_assert_uint_eq(services,
	    BTCWIRE_NODE_NETWORK | BTCWIRE_NODE_WITNESS);
	ck_assert(ping > 0);
	proc_free(&p);
}
END_TEST

START_TEST(headers_only)
{
	struct sync_result r;
	struct proc p;

	sync_start(&p, node.port, "--headers-only", NULL);
	sync_success(&r, &p);
	ck_assert_uint_eq(r.height, BLOCKS);
	ck_assert_str_eq(r.tip, node.tip);
	ck_assert_uint_eq(r.blocks, 0);
	ck_assert_uint_lt(r.bytes, BLOCKS * 81 + 1000);
	ck_assert_uint_gt(r.bytes, BLOCKS * 81);
}
END_TEST

/* ---- JSON -------------------------------------------------------------- */

static json_t *
parse_json(const struct proc *p)
{
	json_error_t error;
	json_t *o = json_loads(p->out.text, JSON_REJECT_DUPLICATES, &error);

	ck_assert_msg(o != NULL, "%s: %s", error.text, p->out.text);
	ck_assert_ptr_eq(strchr(p->out.text, '\n'),
	    p->out.text + p->out.len - 1);
	return o;
}

/* Members that an object must have, and no others: b true or false, i integer,
 * r real, s string, 0 null. */
static void
expect_members(const json_t *o, const char *types)
{
	static const char *const name[] = { "ok", "height", "tip", "blocks",
	    "bytes", "seconds", "user_agent", "version", "services", "ping_ms",
	    "error" };
	size_t i;

	ck_assert_uint_eq(json_object_size(o), strlen(types));
	for (i = 0; i < strlen(types); i++) {
		const json_t *v = json_object_get(o, name[i]);
		char type = v == NULL ? '?' : json_is_boolean(v) ? 'b' :
		    json_is_integer(v) ? 'i' : json_is_real(v) ? 'r' :
		    json_is_string(v) ? 's' : json_is_null(v) ? '0' : '?';

		ck_assert_msg(type == types[i], "%s is %c, not %c", name[i],
		    type, types[i]);
	}
}

static json_int_t
integer(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

static const char *
string(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

START_TEST(json_of_success)
{
	struct proc p;
	json_t *o;

	sync_start(&p, node.port, "--json", NULL);
	ck_assert_int_eq(proc_end(&p), 0);
	o = parse_json(&p);
	expect_members(o, "bisiirsiir");
	ck_assert(json_is_true(json_object_get(o, "ok")));
	ck_assert_int_eq(integer(o, "height"), BLOCKS);
	ck_assert_str_eq(string(o, "tip"), node.tip);
	ck_assert_int_eq(integer(o, "blocks"), BLOCKS);
	ck_assert_int_gt(integer(o, "bytes"), BLOCKS * 81 * 2);
	ck_assert_str_eq(string(o, "user_agent"),
	    "/btcpeer-node:" BTCPEER_VERSION_STRING "/");
	ck_assert_int_eq(integer(o, "version"), BTCWIRE_PVER_NEWEST);
	ck_assert_int_eq(integer(o, "services"),
	    BTCWIRE_NODE_NETWORK | BTCWIRE_NODE_WITNESS);
	json_decref(o);
	proc_free(&p);
}
END_TEST

/* The sentence of standard error, without its full stop. */
static void
expect_error(const json_t *o, const struct proc *p)
{
	char *sentence = sync_sentence(p);

	ck_assert(json_is_false(json_object_get(o, "ok")));
	sentence[strlen(sentence) - 1] = '\0';
	ck_assert_str_eq(string(o, "error"), sentence);
	free(sentence);
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

START_TEST(json_of_failure_to_connect)
{
	char genesis[BTCWIRE_HASH_HEX];
	struct proc p;
	unsigned port;
	json_t *o;

	close(listening(&port));
	sync_start(&p, port, "--json", NULL);
	ck_assert_int_eq(proc_end(&p), 1);
	o = parse_json(&p);
	expect_members(o, "bisiir0000s");
	expect_error(o, &p);
	ck_assert_int_eq(integer(o, "height"), 0);
	ck_assert_str_eq(string(o, "tip"), btcwire_hash_to_hex(genesis,
	    &btcwire_chain(BTCWIRE_REGTEST)->genesis_hash));
	ck_assert_int_eq(integer(o, "blocks"), 0);
	ck_assert_ptr_nonnull(strstr(string(o, "error"), "refused"));
	json_decref(o);
	proc_free(&p);
}
END_TEST

/* The connection breaks in the middle: what was known by then is told. */
START_TEST(json_of_failure_later)
{
	struct proxy *px = proxy_start(node.port);
	struct proc p;
	json_t *o;

	proxy_hold(px, PROXY_DOWN, 60000);
	sync_start(&p, proxy_port(px), "--json", NULL);
	ck_assert_int_eq(proxy_wait(px, 1), 1);
	proxy_cut(px, false);
	ck_assert_int_eq(proc_end(&p), 1);
	o = parse_json(&p);
	expect_members(o, json_is_null(json_object_get(o, "ping_ms"))
	    ? "bisiirsii0s" : "bisiirsiirs");
	expect_error(o, &p);
	ck_assert_int_eq(integer(o, "height"), integer(o, "blocks"));
	ck_assert_int_gt(integer(o, "height"), 0);
	ck_assert_int_lt(integer(o, "height"), BLOCKS);
	ck_assert_int_le(integer(o, "bytes"), 60000);
	json_decref(o);
	proc_free(&p);
	proxy_stop(px);
}
END_TEST

/* A name in bytes that are no UTF-8 still gives an object. */
START_TEST(json_of_strange_file)
{
	struct proc p;
	json_t *o;

	sync_start(&p, node.port, "--json", "--out", "/no/\xff\xfe\"\\/file",
	    NULL);
	ck_assert_int_eq(proc_end(&p), 1);
	o = parse_json(&p);
	ck_assert(json_is_false(json_object_get(o, "ok")));
	ck_assert_ptr_nonnull(strstr(string(o, "error"), "No such file"));
	json_decref(o);
	proc_free(&p);
}
END_TEST

/* ---- Failures ---------------------------------------------------------- */

START_TEST(cannot_connect)
{
	char want[64];
	unsigned port;
	struct proc p;

	close(listening(&port));
	snprintf(want, sizeof(want), "cannot connect: 127.0.0.1:%u: Connection "
	    "refused.", port);
	sync_start(&p, port, NULL);
	sync_failure(&p, want);
	proc_start(&p, "btcpeer-sync", CHAIN, "--connect", "no..host", NULL);
	sync_failure(&p, "cannot connect: no..host:18444: ");
}
END_TEST

/* One that takes the connection into its backlog, and no more. */
START_TEST(silent_server)
{
	unsigned port;
	int fd = listening(&port);
	struct proc p;

	sync_start(&p, port, "--timeout", "0.2", NULL);
	sync_failure(&p, "handshake failed: handshake not finished in time.");
	close(fd);
}
END_TEST

START_TEST(wrong_network)
{
	struct node other;
	struct proc p;

	node_start(&other, "--chain", "simnet", NULL);
	sync_start(&p, other.port, NULL);
	sync_failure(&p, "handshake failed: ");
	node_quit(&other);
}
END_TEST

/* SIGINT and SIGTERM in the middle; the file can be continued. */
START_TEST(interrupted)
{
	static const int signals[] = { SIGINT, SIGTERM };
	const char *out = scratch("interrupted");
	struct proxy *px = proxy_start(node.port);
	struct proc p;
	struct blocks b;
	unsigned kept;

	(void)unlink(out);
	proxy_hold(px, PROXY_DOWN, 60000);
	sync_start(&p, proxy_port(px), "--out", out, NULL);
	ck_assert_int_eq(proxy_wait(px, 1), 1);
	proc_signal(&p, signals[_i]);
	sync_failure(&p, "interrupted; ");
	blocks_read(&b, out);
	ck_assert_uint_eq(b.whole, b.len);
	ck_assert(b.n > 0 && b.n < BLOCKS);
	kept = (unsigned)b.n;
	blocks_clear(&b);
	proxy_stop(px);
	sync_all(&node, out, BLOCKS - kept);
}
END_TEST

/* While one has the file another one does not touch it. */
START_TEST(two_on_one_file)
{
	const char *out = scratch("two");
	struct proxy *px = proxy_start(node.port);
	struct sync_result r;
	struct proc first, second;

	(void)unlink(out);
	proxy_hold(px, PROXY_DOWN, 60000);
	sync_start(&first, proxy_port(px), "--out", out, NULL);
	ck_assert_int_eq(proxy_wait(px, 1), 1);
	sync_start(&second, node.port, "--out", out, NULL);
	sync_failure(&second, "another program is using it");
	proxy_release(px);
	sync_success(&r, &first);
	ck_assert_uint_eq(r.blocks, BLOCKS);
	proxy_stop(px);
	sync_all(&node, out, 0);
}
END_TEST

/* ---- A chain that grows ------------------------------------------------ */

/* While the blocks come new ones are mined: they are fetched too. */
START_TEST(chain_grows_meanwhile)
{
	struct proxy *px = proxy_start(node.port);
	struct sync_result r;
	struct proc p;
	char *line;

	proxy_hold(px, PROXY_DOWN, 60000);
	sync_start(&p, proxy_port(px), NULL);
	ck_assert_int_eq(proxy_wait(px, 1), 1);
	line = proc_ask(&node.proc, "mine 5\n", "mined 5 height 205 tip ");
	proxy_release(px);
	sync_success(&r, &p);
	ck_assert_uint_eq(r.height, BLOCKS + 5);
	ck_assert_uint_eq(r.blocks, BLOCKS + 5);
	ck_assert_str_eq(r.tip, strrchr(line, ' ') + 1);
	free(line);
	proxy_stop(px);
}
END_TEST

/* Between two runs: only the new ones are fetched. */
START_TEST(chain_grows_between)
{
	const char *out = scratch("grows");
	int i;

	(void)unlink(out);
	sync_all(&node, out, BLOCKS);
	for (i = 1; i <= 3; i++) {
		char want[32], *line;

		snprintf(want, sizeof(want), "mined 7 height %d tip ",
		    BLOCKS + 7 * i);
		line = proc_ask(&node.proc, "mine 7\n", want);
		snprintf(node.tip, sizeof(node.tip), "%s",
		    strrchr(line, ' ') + 1);
		free(line);
		node.height += 7;
		sync_all(&node, out, 7);
	}
	sync_all(&node, out, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_sync");
	TCase *tc = add_tcase(s, "arguments");

	tcase_add_loop_test(tc, arguments, 0, N_ROWS(args));
	tc = add_tcase(s, "sync");
	tcase_add_unchecked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, last_line);
	tcase_add_test(tc, headers_only);
	tcase_add_test(tc, json_of_success);
	tcase_add_test(tc, json_of_failure_to_connect);
	tcase_add_test(tc, json_of_failure_later);
	tcase_add_test(tc, json_of_strange_file);
	tcase_add_test(tc, cannot_connect);
	tcase_add_test(tc, silent_server);
	tcase_add_test(tc, wrong_network);
	tcase_add_loop_test(tc, interrupted, 0, 2);
	tcase_add_test(tc, two_on_one_file);
	tcase_add_test(tc, chain_grows_meanwhile);
	tcase_add_test(tc, chain_grows_between);
	return run_suite(s);
}
