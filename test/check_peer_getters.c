/*
 * What getters tell: the peer's name, where its remote is, the blocks that the
 * program learned of, and the latest ping.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

#include "probe.h"
#include "remote.h"
#include "runner.h"

static struct probe pr;
static struct btcpeer_listeners on;
static struct btcpeer_config config;
static struct btcpeer *p;
static struct remote r;

static void
setup(void)
{
	probe_init(&pr, &config, &on);
}

static void
start_on(const int fd[2])
{
	remote_init(&r, fd[1]);
	ck_assert_int_eq(btcpeer_new_inbound(&p, &config, NULL, NULL), 0);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), 0);
}

static void
start(bool tcp)
{
	int fd[2];

	socket_pair(fd, tcp);
	start_on(fd);
}

static void
finish(void)
{
	btcpeer_disconnect(p);
	ck_assert_int_eq(btcpeer_wait(p, -1), 0);
	btcpeer_unref(p);
	remote_clear(&r);
	ck_assert_uint_eq(pr.wrong, 0);
	probe_clear(&pr);
}

static struct btcpeer_stats
stats(void)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;

	ck_assert_int_eq(btcpeer_stats(p, &s), 0);
	return s;
}

/* ---- Its name ---------------------------------------------------------- */

/* A name as long as there can be one, with a port: 263 bytes are kept. */
#define LABEL "a-name-that-goes-on-and-on-until-nobody-wants-to-read-any-more."
#define LONG "[" LABEL LABEL LABEL LABEL "abc]:65535"
#define ONION "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"

/* clang-format off */
static const struct {
	const char *addr;
	bool inbound;
	size_t size;
	const char *want;
} names[] = {
	{ "1.2.3.4:8333",     true,  BTCPEER_TEXT, "1.2.3.4:8333 (inbound)" },
	{ "[2001:db8::1]:1",  false, BTCPEER_TEXT, "[2001:db8::1]:1 (outbound)" },
	{ NULL,               true,  BTCPEER_TEXT, " (inbound)" },
	{ ONION ":8333",      true,  BTCPEER_TEXT, ONION ":8333 (inbound)" },
	{ LONG,               false, BTCPEER_TEXT, LONG " (outbound)" },
	{ LONG "0",           false, BTCPEER_TEXT, LONG " (outbound)" },
	{ "1.2.3.4:8333",     true,  23,           "1.2.3.4:8333 (inbound)" },
	{ "1.2.3.4:8333",     true,  22,           "1.2.3.4:8333 (inbound" },
	{ "1.2.3.4:8333",     true,  5,            "1.2." },
	{ "1.2.3.4:8333",     true,  1,            "" },
};
/* clang-format on */

START_TEST(to_string)
{
	char buf[BTCPEER_TEXT + 1];

	ck_assert_int_eq((names[_i].inbound ? btcpeer_new_inbound :
	    btcpeer_new_outbound)(&p, &config, names[_i].addr, NULL), 0);
	memset(buf, '#', sizeof(buf));
	ck_assert_ptr_eq(btcpeer_to_string(buf, names[_i].size, p), buf);
	ck_assert_str_eq(buf, names[_i].want);
	ck_assert_int_eq(buf[names[_i].size], '#');
	ck_assert_ptr_null(btcpeer_to_string(NULL, 0, p));
	btcpeer_unref(p);
	probe_clear(&pr);
}
END_TEST

static char logged[4096];	/* [pr.mtx] */

static void
log_line(void *user, enum btcpeer_log_level level, const char *line)
{
	struct probe *probe = user;

	(void)level;
	pthread_mutex_lock(&probe->mtx);
	snprintf(logged, sizeof(logged), "%s", line);
	pthread_mutex_unlock(&probe->mtx);
}

/* As the log has it. */
START_TEST(to_string_and_log)
{
	char buf[BTCPEER_TEXT];

	config.log = log_line;
	config.log_level = BTCPEER_LOG_INFO;
	start(_i == 1);
	remote_handshake(&r, 70016);
	ck_assert(probe_wait(&pr, &pr.ready, 1));
	btcpeer_to_string(buf, sizeof(buf), p);
	if (_i == 0)
		ck_assert_str_eq(buf, "local (inbound)");
	pthread_mutex_lock(&pr.mtx);
	ck_assert_ptr_nonnull(strstr(logged, buf));
	pthread_mutex_unlock(&pr.mtx);
	finish();
}
END_TEST

/* ---- Where it is ------------------------------------------------------- */

/* Over loopback of IPv6, where there is one. */
static bool
tcp6_pair(int fd[2])
{
	struct sockaddr_in6 sin = { .sin6_family = AF_INET6,
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t len = sizeof(sin);
	int l = socket(AF_INET6, SOCK_STREAM, 0);

	if (l < 0)
		return false;
	if (bind(l, (struct sockaddr *)&sin, sizeof(sin)) != 0) {
		close(l);
		return false;
	}
	ck_assert_int_eq(listen(l, 1), 0);
	ck_assert_int_eq(getsockname(l, (struct sockaddr *)&sin, &len), 0);
	fd[1] = socket(AF_INET6, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fd[1], (struct sockaddr *)&sin, sizeof(sin)), 0);
	fd[0] = accept(l, NULL, NULL);
	ck_assert_int_ge(fd[0], 0);
	close(l);
	return true;
}

/* Known as soon as the peer is started, whatever the remote says. */
START_TEST(netaddr)
{
	static const uint8_t ip[2][16] = {
		{ [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 },
		{ [15] = 1 }
	};
	struct btcwire_netaddr na;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	uint16_t port;
	int fd[2];

	if (_i == 0) {
		socket_pair(fd, true);
	} else if (!tcp6_pair(fd)) {
		puts("skipped: no IPv6 here");
		probe_clear(&pr);
		return;
	}
	ck_assert_int_eq(getsockname(fd[1], (struct sockaddr *)&ss, &len), 0);
	port = ntohs(_i == 0 ? ((struct sockaddr_in *)(void *)&ss)->sin_port :
	    ((struct sockaddr_in6 *)(void *)&ss)->sin6_port);
	start_on(fd);
	na = stats().netaddr;
	ck_assert_mem_eq(na.ip, ip[_i], 16);
	ck_assert_uint_eq(na.port, port);
	ck_assert_uint_eq(na.services, 0);
	remote_handshake(&r, 70016);
	ck_assert(probe_wait(&pr, &pr.ready, 1));
	na = stats().netaddr;
	ck_assert_mem_eq(na.ip, ip[_i], 16);
	ck_assert_uint_eq(na.port, port);
	ck_assert_uint_eq(na.services, BTCWIRE_NODE_NETWORK);
	finish();
}
END_TEST

START_TEST(netaddr_nowhere)
{
	static const struct btcwire_netaddr zero;
	struct btcwire_netaddr na;

	start(false);
	remote_handshake(&r, 70016);
	ck_assert(probe_wait(&pr, &pr.ready, 1));
	na = stats().netaddr;
	ck_assert_mem_eq(na.ip, zero.ip, sizeof(na.ip));
	ck_assert_uint_eq(na.port, 0);
	finish();
}
END_TEST

/* ---- Its blocks -------------------------------------------------------- */

/* clang-format off */
static const struct {
	int32_t before[2];	/* updates; 0: none */
	int32_t start_height;
	int32_t after[2];
	int32_t want[3];	/* before its version, after it, at the end */
} heights[] = {
	{ { 0, 0 },       100, { 0, 0 },           { 0, 100, 100 } },
	{ { 0, 0 },       100, { 101, 0 },         { 0, 100, 101 } },
	{ { 0, 0 },       100, { 99, 0 },          { 0, 100, 100 } },
	{ { 0, 0 },       100, { 500, 300 },       { 0, 100, 500 } },
	{ { 0, 0 },       100, { INT32_MAX, -1 },  { 0, 100, INT32_MAX } },
	{ { 70, 60 },     100, { 0, 0 },           { 70, 100, 100 } },
	{ { 700, 0 },     100, { 650, 0 },         { 700, 700, 700 } },
	{ { -5, 0 },       -1, { 0, 0 },           { 0, -1, -1 } },
	{ { 0, 0 },        -1, { 3, 0 },           { 0, -1, 3 } },
	{ { 0, 0 }, INT32_MIN, { INT32_MIN, -9 },  { 0, INT32_MIN, -9 } },
};
/* clang-format on */

static void
update(const int32_t height[2])
{
	int i;

	for (i = 0; i < 2; i++)
		if (height[i] != 0)
			btcpeer_update_last_block(p, height[i]);
}

START_TEST(last_block)
{
	struct btcwire_version v = { .version = 70016, .timestamp = 1700000000,
	    .nonce = 1, .start_height = heights[_i].start_height };

	start(false);
	update(heights[_i].before);
	ck_assert_int_eq(stats().last_block, heights[_i].want[0]);
	remote_msg(&r, BTCWIRE_VERSION, &v);
	ck_assert(probe_wait(&pr, &pr.seen[BTCWIRE_VERSION], 1));
	ck_assert_int_eq(stats().last_block, heights[_i].want[1]);
	update(heights[_i].after);
	ck_assert_int_eq(stats().last_block, heights[_i].want[2]);
	ck_assert_int_eq(stats().start_height, heights[_i].start_height);
	finish();
}
END_TEST

START_TEST(last_announced)
{
	struct btcwire_hash h = { { 7 } };
	struct btcpeer_stats s;

	start(false);
	s = stats();
	ck_assert(!s.announced && btcwire_hash_is_null(&s.last_announced));
	btcpeer_update_last_announced(p, &h);
	s = stats();
	ck_assert(s.announced && btcwire_hash_equal(&s.last_announced, &h));
	h.b[31] = 1;
	s = stats();
	ck_assert(!btcwire_hash_equal(&s.last_announced, &h));
	btcpeer_update_last_announced(p, &h);
	s = stats();
	ck_assert(s.announced && btcwire_hash_equal(&s.last_announced, &h));
	finish();
}
END_TEST

/* ---- Its pings --------------------------------------------------------- */

static uint64_t
ping_and_answer(void)
{
	unsigned pongs = probe_get(&pr, &pr.seen[BTCWIRE_PONG]);
	uint64_t nonce = 0;
	int i;

	ck_assert_int_eq(btcpeer_ping(p), 0);
	remote_expect(&r, "ping");
	ck_assert_uint_eq(r.len, 8);
	for (i = 7; i >= 0; i--)
		nonce = nonce << 8 | r.payload[i];
	ck_assert_uint_eq(stats().ping_nonce, nonce);
	remote_frame(&r, "pong", r.payload, r.len);
	ck_assert(probe_wait(&pr, &pr.seen[BTCWIRE_PONG], pongs + 1));
	return nonce;
}

START_TEST(ping)
{
	int64_t before = time(NULL);
	struct btcpeer_stats s;
	uint64_t nonce[2];

	start(false);
	remote_handshake(&r, 70016);
	ck_assert(probe_wait(&pr, &pr.ready, 1));
	s = stats();
	ck_assert(s.ping_nonce == 0 && s.ping_sent_s == 0);
	nonce[0] = ping_and_answer();
	nonce[1] = ping_and_answer();
	ck_assert(nonce[0] != 0 && nonce[1] != 0 && nonce[0] != nonce[1]);
	s = stats();
	ck_assert_uint_eq(s.ping_nonce, nonce[1]);	/* also when answered */
	ck_assert_uint_eq(s.pings_answered, 2);
	ck_assert_int_ge(s.ping_sent_s, before);
	ck_assert_int_le(s.ping_sent_s, time(NULL));
	finish();
}
END_TEST

/* Before BIP 31 a ping has no nonce. */
START_TEST(ping_of_old)
{
	struct btcpeer_stats s;

	start(false);
	remote_handshake(&r, 60000);
	ck_assert(probe_wait(&pr, &pr.ready, 1));
	ck_assert_int_eq(btcpeer_ping(p), 0);
	remote_expect(&r, "ping");
	ck_assert_uint_eq(r.len, 0);
	s = stats();
	ck_assert_uint_eq(s.ping_nonce, 0);
	ck_assert_int_gt(s.ping_sent_s, 0);
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_getters");
	TCase *tc = add_tcase(s, "getters");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, to_string, 0, N_ROWS(names));
	tcase_add_loop_test(tc, to_string_and_log, 0, 2);
	tcase_add_loop_test(tc, netaddr, 0, 2);
	tcase_add_test(tc, netaddr_nowhere);
	tcase_add_loop_test(tc, last_block, 0, N_ROWS(heights));
	tcase_add_test(tc, last_announced);
	tcase_add_test(tc, ping);
	tcase_add_test(tc, ping_of_old);
	return run_suite(s);
}
