/*
 * The addresses in our version message: the remote's, as far as we may tell,
 * and our own.
 */
#include "config.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "allocs.h"
#include "stage.h"

#define ONION "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"

/* What the callbacks were asked, and what they answer. */
struct answers {
	bool finds, has_local;
	unsigned asked, local_asked;
	char host[128];
	uint16_t port;
	struct btcwire_netaddr told, remote;
};

static struct answers ans;

static const uint8_t loopback[16] = { [10] = 255, 255, 127, 0, 0, 1 };
static const uint8_t elsewhere[16] = { 0xfd, 0x87, 0xd8, [15] = 9 };
static const uint8_t zeroes[16];

static bool
host_to_netaddr(void *user, struct btcwire_netaddr *out, const char *host,
    uint16_t port)
{
	(void)user;
	ans.asked++;
	snprintf(ans.host, sizeof(ans.host), "%s", host);
	ans.port = port;
	*out = ans.told;
	return ans.finds;
}

static bool
best_local_addr(void *user, struct btcwire_netaddr *out,
    const struct btcwire_netaddr *remote)
{
	(void)user;
	ans.local_asked++;
	ans.remote = *remote;
	out->services = UINT64_MAX;
	out->ip[15] = 77;
	out->port = 8333;
	return ans.has_local;
}

/* Read the version that a peer over TCP sends; the port of the remote's end. */
static uint16_t
open_version(struct stage *st, struct btcwire_msg **msg, bool inbound,
    const char *addr)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);
	int fd[2];

	socket_pair(fd, true);
	remote_init(&st->r, fd[1]);
	ck_assert_int_eq(getsockname(fd[1], (struct sockaddr *)&sin, &len), 0);
	ck_assert_int_eq((inbound ? btcpeer_new_inbound : btcpeer_new_outbound)(
	    &st->p, &st->config, addr, NULL), 0);
	ck_assert_int_eq(btcpeer_start(st->p, fd[0]), 0);
	if (inbound)
		remote_version(&st->r, 70016, 1, true);
	remote_expect(&st->r, "version");
	ck_assert_int_eq(btcwire_decode(msg, BTCWIRE_VERSION, st->r.payload,
	    st->r.len, 70017, BTCWIRE_STRICT, NULL), 0);
	return ntohs(sin.sin_port);
}

/* clang-format off */
static const struct {
	const char *name, *proxy;
	enum { NO_CALLBACK, FINDS, FINDS_PROXY, FINDS_NOTHING } callback;
	enum { SOCKET, TOLD, NOTHING } want;
	const char *host;	/* what the callback is asked; NULL: nothing */
	uint16_t port;
} rows[] = {
	{ NULL,              NULL,             NO_CALLBACK,   SOCKET,  NULL, 0 },
	{ "a.example:1",     NULL,             NO_CALLBACK,   SOCKET,  NULL, 0 },
	/* The program knows. */
	{ "a.example:1",     NULL,             FINDS,         TOLD,    "a.example", 1 },
	{ "a.example",       NULL,             FINDS,         TOLD,    "a.example", 18444 },
	{ "[2001:db8::1]:5", NULL,             FINDS,         TOLD,    "2001:db8::1", 5 },
	{ ONION ":8333",     "127.0.0.1:9050", FINDS,         TOLD,    ONION, 8333 },
	{ "a.example:1",     "tor.example:1",  FINDS,         TOLD,    "a.example", 1 },
	{ "a.example:1",     NULL,             FINDS_NOTHING, NOTHING, "a.example", 1 },
	{ "a.example:1",     "127.0.0.1:9050", FINDS_PROXY,   NOTHING, "a.example", 1 },
	{ "a.example:1",     NULL,             FINDS_PROXY,   TOLD,    "a.example", 1 },
	{ NULL,              NULL,             FINDS,         SOCKET,  NULL, 0 },
	{ "our:friend:7",    NULL,             FINDS,         SOCKET,  NULL, 0 },
	/* What the socket tells may be the proxy. */
	{ NULL,              "127.0.0.1:9050", NO_CALLBACK,   NOTHING, NULL, 0 },
	{ NULL,              "127.0.0.1:9050", FINDS,         NOTHING, NULL, 0 },
	{ "127.0.0.1:1",     "127.0.0.1:9050", NO_CALLBACK,   NOTHING, NULL, 0 },
	{ NULL,              "127.0.0.2:9050", NO_CALLBACK,   SOCKET,  NULL, 0 },
	{ "127.0.0.1:1",     "[::1]:9050",     NO_CALLBACK,   SOCKET,  NULL, 0 },
	{ "a.example:1",     "127.0.0.2:9050", NO_CALLBACK,   NOTHING, NULL, 0 },
	{ ONION ":8333",     "127.0.0.2:9050", NO_CALLBACK,   NOTHING, NULL, 0 },
	{ NULL,              "tor.example:1",  NO_CALLBACK,   NOTHING, NULL, 0 },
};
/* clang-format on */

/* Each row outbound, then inbound. */
START_TEST(the_remotes)
{
	int row = _i / 2;
	bool inbound = _i % 2;
	const struct btcwire_netaddr *na;
	struct btcwire_msg *msg;
	struct stage st;
	uint16_t port;

	ans = (struct answers){ .finds = rows[row].callback != FINDS_NOTHING,
	    .told = { .time = 3, .services = 0xff, .port = 1234 } };
	memcpy(ans.told.ip, rows[row].callback == FINDS_PROXY ? loopback
	    : elsewhere, 16);
	stage_init(&st);
	st.config.proxy = rows[row].proxy;
	if (rows[row].callback != NO_CALLBACK)
		st.config.host_to_netaddr = host_to_netaddr;
	port = open_version(&st, &msg, inbound, rows[row].name);
	na = &btcwire_version_of(msg)->addr_recv;
	if (rows[row].want == TOLD) {
		ck_assert_mem_eq(na->ip, ans.told.ip, 16);
		ck_assert_uint_eq(na->port, 1234);
	} else if (rows[row].want == SOCKET) {
		ck_assert_mem_eq(na->ip, loopback, 16);
		ck_assert_uint_eq(na->port, port);
	} else {
		ck_assert_mem_eq(na->ip, zeroes, 16);
		ck_assert_uint_eq(na->port, 0);
	}
	/* What the remote said it offers, if it said so. */
	ck_assert_uint_eq(na->services, inbound ? BTCWIRE_NODE_NETWORK : 0);
	ck_assert_mem_eq(stage_stats(&st).netaddr.ip, na->ip, 16);
	ck_assert_uint_eq(stage_stats(&st).netaddr.port, na->port);
	ck_assert_uint_eq(ans.asked, rows[row].host != NULL);
	if (rows[row].host != NULL) {
		ck_assert_str_eq(ans.host, rows[row].host);
		ck_assert_uint_eq(ans.port, rows[row].port);
	}
	btcwire_msg_unref(msg);
	stage_disconnect(&st);
}
END_TEST

START_TEST(our_own)
{
	bool inbound = _i == 1 || _i == 3, has = _i < 2;
	const struct btcwire_version *v;
	uint8_t ip[16] = { [15] = 77 };
	struct btcwire_msg *msg;
	struct stage st;

	ans = (struct answers){ .has_local = has };
	stage_init(&st);
	st.config.services = 0x401;
	st.config.best_local_addr = best_local_addr;
	open_version(&st, &msg, inbound, NULL);
	v = btcwire_version_of(msg);
	ck_assert_uint_eq(v->services, 0x401);
	ck_assert_uint_eq(v->addr_from.services, 0x401);
	ck_assert_mem_eq(v->addr_from.ip, has ? ip : zeroes, 16);
	ck_assert_uint_eq(v->addr_from.port, has ? 8333 : 0);
	ck_assert_uint_eq(ans.local_asked, 1);
	ck_assert_mem_eq(ans.remote.ip, v->addr_recv.ip, 16);
	ck_assert_uint_eq(ans.remote.port, v->addr_recv.port);
	ck_assert_uint_eq(ans.remote.services, v->addr_recv.services);
	btcwire_msg_unref(msg);
	stage_disconnect(&st);
}
END_TEST

/* Once its version has come the services of an outbound peer are known. */
START_TEST(services_come_later)
{
	struct btcwire_msg *msg;
	struct stage st;

	stage_init(&st);
	open_version(&st, &msg, false, NULL);
	ck_assert_uint_eq(stage_stats(&st).netaddr.services, 0);
	stage_handshake(&st, 70016, true);
	ck_assert_uint_eq(stage_stats(&st).netaddr.services,
	    BTCWIRE_NODE_NETWORK);
	btcwire_msg_unref(msg);
	stage_disconnect(&st);
}
END_TEST

/* The parts of the user agent, seen by the remote. */
START_TEST(user_agent_is_told)
{
	static const char *const comments[] = { "one", "two" };
	const struct btcwire_version *v;
	struct btcwire_msg *msg;
	const char *want = "/libbtcpeer:" BTCPEER_VERSION_STRING
	    "/node:2.1(one; two)/";
	struct stage st;

	stage_init(&st);
	st.config.user_agent_name = "node";
	st.config.user_agent_version = "2.1";
	st.config.user_agent_comments = comments;
	st.config.user_agent_comments_len = 2;
	open_version(&st, &msg, false, NULL);
	v = btcwire_version_of(msg);
	ck_assert_uint_eq(v->user_agent.len, strlen(want));
	ck_assert_mem_eq(v->user_agent.data, want, strlen(want));
	btcwire_msg_unref(msg);
	stage_disconnect(&st);
}
END_TEST

/* Each allocation for a peer with a name and all options fails in turn. */
START_TEST(out_of_memory)
{
	struct btcpeer_feature feature = { "some", "data", 4 };
	struct btcpeer_stall_rule rule = { BTCWIRE_GETDATA, true, 5 };
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	struct btcpeer_error err;
	struct btcpeer *p = NULL;
	struct allocs seen;
	long n = 0;
	int rc;

	c.user_agent_name = "node";
	c.proxy = "127.0.0.1:9050";
	c.features = &feature;
	c.features_len = 1;
	c.stall_rules = &rule;
	c.stall_rules_len = 1;
	do {
		err.code = 0;
		allocs_start_failing(n);
		rc = btcpeer_new_outbound(&p, &c, "a.example:1", &err);
		seen = allocs_stop();
		ck_assert_int_eq(err.code, rc);
		if (rc != 0)
			ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
	} while (seen.count > (unsigned long)n++);
	ck_assert_int_eq(rc, 0);
	ck_assert_int_gt(n, 6);
	btcpeer_unref(p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_address");
	TCase *tc = add_tcase(s, "address");

	tcase_add_loop_test(tc, the_remotes, 0, 2 * N_ROWS(rows));
	tcase_add_loop_test(tc, our_own, 0, 4);
	tcase_add_test(tc, services_come_later);
	tcase_add_test(tc, user_agent_is_told);
	tcase_add_test(tc, out_of_memory);
	return run_suite(s);
}
