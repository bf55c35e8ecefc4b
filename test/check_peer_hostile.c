#include "config.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "frames.h"
#include "leaks.h"
#include "probe.h"
#include "remote.h"
#include "runner.h"
#include "util/clock.h"

/* Remotes that do not play along: whatever they do, the peer ends for the
 * right reason and everything that was queued is settled. */

static struct probe pr;
static struct btcpeer_listeners on;
static struct btcpeer_config config;
static struct btcpeer *p;
static struct remote r;
static struct holdings before;

static unsigned queued;
static atomic_uint sent, failed;

static void
setup(void)
{
	leaks_warm_up();
	before = holdings();
	probe_init(&pr, &config, &on);
	/* No deadline but those that a test sets. */
	config.handshake_timeout_ms = config.idle_timeout_ms = -1;
	config.ping_interval_ms = config.ping_timeout_ms = -1;
	config.stall_timeout_ms = config.write_timeout_ms = -1;
}

static void
teardown(void)
{
	ck_assert(nothing_left(&before, 65536));
}

static void
start(void)
{
	int fd[2];

	socket_pair(fd, false);
	remote_init(&r, fd[1]);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), 0);
}

static void
on_done(struct btcpeer *peer, struct btcwire_msg *msg, int result, void *arg)
{
	(void)peer;
	(void)msg;
	(void)arg;
	atomic_fetch_add(result == 0 ? &sent : &failed, 1);
}

static int
queue(struct btcpeer *to, struct btcwire_msg *msg, struct btcpeer_completion *c)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	int rc;

	send.done = on_done;
	send.completion = c;
	rc = btcpeer_queue_message(to, msg, &send);
	queued += rc == 0;
	return rc;
}

static struct btcwire_msg *
tx_of(size_t len)
{
	uint8_t *script = calloc(1, len);
	struct btcwire_txin in = { .script = { script, len } };
	struct btcwire_txout out = { 5, { NULL, 0 } };
	struct btcwire_tx tx = { 2, 0, &in, 1, &out, 1 };
	struct btcwire_msg *msg = new_msg(BTCWIRE_TX, &tx);

	free(script);
	return msg;
}

/* Wait for the end, and check what holds after every end. */
static void
ends_with(enum btcpeer_reason reason)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;

	ck_assert_int_eq(btcpeer_wait(p, 60000), 0);
	ck_assert_msg(pr.reason == reason, "ended by %s: %s",
	    btcpeer_reason_text(pr.reason), pr.why);
	ck_assert_uint_eq(pr.ended, 1);
	ck_assert_uint_eq(pr.wrong, 0);
	ck_assert_uint_eq(queued, sent + failed);
	ck_assert_int_eq(btcpeer_stats(p, &s), 0);
	ck_assert_int_eq(s.reason, reason);
	ck_assert_uint_eq(s.queue_msgs, 0);
	ck_assert_uint_eq(s.queue_bytes, 0);
	ck_assert_uint_ge(s.msgs_failed, failed);
	btcpeer_unref(p);
}

/* ---- It does not read --------------------------------------------------- */

/* Queueing does not wait for it, reading goes on, writing has its deadline. */
START_TEST(never_reads)
{
	struct btcwire_invvect v = { BTCWIRE_INV_BLOCK, { { 9 } } };
	struct btcwire_inv inv = { &v, 1 };
	struct btcwire_msg *msg = tx_of(20000);
	int rc;

	config.write_timeout_ms = 2000;
	config.queue_max_bytes = 500000;
	ck_assert_int_eq(btcpeer_new_inbound(&p, &config, NULL, NULL), 0);
	start();
	remote_handshake(&r, 70016);
	ck_assert(probe_wait(&pr, &pr.ready, 1));
	while ((rc = queue(p, msg, NULL)) == 0)
		ck_assert_uint_lt(queued, 1000);
	ck_assert_int_eq(rc, BTCPEER_E_FULL);
	remote_msg(&r, BTCWIRE_INV, &inv);
	ck_assert(probe_wait(&pr, &pr.seen[BTCWIRE_INV], 1));
	ck_assert(probe_wait(&pr, &pr.ended, 1));
	ck_assert_uint_gt(failed, 0);
	ends_with(BTCPEER_REASON_WRITE_TIMEOUT);
	ck_assert_uint_eq(probe_get(&pr, &pr.write_bad), failed);
	btcwire_msg_unref(msg);
	remote_clear(&r);
	probe_clear(&pr);
}
END_TEST

/* ---- It reads, and says nothing ----------------------------------------- */

enum speech { SAYS_NOTHING, SAYS_VERSION, SAYS_VERACK };

static const struct {
	enum speech speech;
	size_t deadline;	/* the only one, of two seconds */
	enum btcwire_type ask;
	enum btcpeer_reason reason;
} silent[] = {
	{ SAYS_NOTHING, offsetof(struct btcpeer_config, handshake_timeout_ms),
	    BTCWIRE_MEMPOOL, BTCPEER_REASON_HANDSHAKE_TIMEOUT },
	{ SAYS_VERSION, offsetof(struct btcpeer_config, handshake_timeout_ms),
	    BTCWIRE_MEMPOOL, BTCPEER_REASON_HANDSHAKE_TIMEOUT },
	{ SAYS_NOTHING, offsetof(struct btcpeer_config, idle_timeout_ms),
	    BTCWIRE_MEMPOOL, BTCPEER_REASON_IDLE },
	{ SAYS_VERACK, offsetof(struct btcpeer_config, idle_timeout_ms),
	    BTCWIRE_MEMPOOL, BTCPEER_REASON_IDLE },
	{ SAYS_VERACK, offsetof(struct btcpeer_config, ping_timeout_ms),
	    BTCWIRE_MEMPOOL, BTCPEER_REASON_PING_TIMEOUT },
	{ SAYS_VERACK, offsetof(struct btcpeer_config, stall_timeout_ms),
	    BTCWIRE_GETDATA, BTCPEER_REASON_STALL },
};

START_TEST(never_answers)
{
	struct btcwire_invvect v = { BTCWIRE_INV_BLOCK, { { 9 } } };
	struct btcwire_inv inv = { &v, 1 };
	struct btcwire_msg *msg = new_msg(silent[_i].ask,
	    silent[_i].ask == BTCWIRE_GETDATA ? &inv : NULL);
	enum speech speech = silent[_i].speech;
	int64_t began = btcu_now_ms(), ms = 2000;

	memcpy((char *)&config + silent[_i].deadline, &ms, sizeof(ms));
	if (silent[_i].reason == BTCPEER_REASON_PING_TIMEOUT)
		config.ping_interval_ms = 100;
	ck_assert_int_eq(btcpeer_new_inbound(&p, &config, NULL, NULL), 0);
	ck_assert_int_eq(queue(p, msg, NULL), 0);
	start();
	if (speech == SAYS_VERSION)
		remote_version(&r, 70016, 1, true);
	else if (speech == SAYS_VERACK)
		remote_handshake(&r, 70016);
	remote_drain(&r);
	ends_with(silent[_i].reason);
	ck_assert_int_ge(btcu_now_ms() - began, ms);
	ck_assert_uint_eq(sent, speech == SAYS_VERACK);
	btcwire_msg_unref(msg);
	remote_clear(&r);
	probe_clear(&pr);
}
END_TEST

/* ---- Both send at once -------------------------------------------------- */

/* Four megabytes each way, through small buffers, and both begin with the
 * handshake's end. */
START_TEST(both_send_at_once)
{
	struct btcwire_msg *msg = tx_of(3999900);
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	/* Loopback TCP waits long for windows under its segment size. */
	const int small = _i == 0 ? 4096 : 262144;
	struct pair pair;
	int fd[2], i, j;

	pair_init(&pair);
	socket_pair(fd, _i == 1);
	for (i = 0; i < 2; i++) {
		setsockopt(fd[i], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
		setsockopt(fd[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	}
	ck_assert_int_eq(btcpeer_new_inbound(&pair.a, &pair.ca, NULL, NULL), 0);
	ck_assert_int_eq(btcpeer_new_outbound(&pair.b, &pair.cb, NULL, NULL), 0);
	for (j = 0; j < 2; j++) {
		ck_assert_int_eq(queue(pair.a, msg, NULL), 0);
		ck_assert_int_eq(queue(pair.b, msg, NULL), 0);
	}
	ck_assert_int_eq(btcpeer_start(pair.a, fd[0]), 0);
	ck_assert_int_eq(btcpeer_start(pair.b, fd[1]), 0);
	ck_assert(probe_wait(&pair.pa, &pair.pa.seen[BTCWIRE_TX], 2));
	ck_assert(probe_wait(&pair.pb, &pair.pb.seen[BTCWIRE_TX], 2));
	ck_assert_int_eq(btcpeer_stats(pair.a, &s), 0);
	ck_assert_uint_gt(s.bytes_received, 2 * 3999900);
	pair_stop(&pair);
	ck_assert_uint_eq(sent, 4);
	ck_assert_uint_eq(failed, 0);
	btcwire_msg_unref(msg);
	probe_clear(&pr);
}
END_TEST

/* ---- It closes at every byte -------------------------------------------- */

#define SCRIPT_MSGS 40
#define OWN_MSGS    5	/* queued by us */

static struct frames script;
static size_t script_end[SCRIPT_MSGS];
static int script_len;

static void
say(enum btcwire_type type, const void *body)
{
	struct btcwire_msg *msg = new_msg(type, body);
	struct btcwire_bytes raw = btcwire_msg_raw(msg, NULL);

	frames_msg(&script, btcwire_command(type), raw.data, raw.len, 0);
	script_end[script_len++] = script.len;
	btcwire_msg_unref(msg);
}

static void
say_some(void)
{
	struct btcwire_hash h = { { 1, 2, 3 } };
	struct btcwire_invvect v = { BTCWIRE_INV_BLOCK, h };
	struct btcwire_inv inv = { &v, 1 };
	struct btcwire_header header = { .prev = h };
	struct btcwire_headers headers = { &header, 1 };
	struct btcwire_netaddr na = { .port = 8333 };
	struct btcwire_addr addr = { &na, 1 };
	struct btcwire_feefilter fee = { 1000 };
	struct btcwire_ping ping = { 7 };
	struct btcwire_msg *tx = tx_of(10);

	say(BTCWIRE_PING, &ping);
	say(BTCWIRE_INV, &inv);
	say(BTCWIRE_TX, btcwire_msg_body(tx));
	say(BTCWIRE_HEADERS, &headers);
	say(BTCWIRE_ADDR, &addr);
	say(BTCWIRE_FEEFILTER, &fee);
	say(BTCWIRE_NOTFOUND, &inv);
	say(BTCWIRE_SENDHEADERS, NULL);
	frames_msg(&script, "newthing", "abc", 3, 0);
	script_end[script_len++] = script.len;
	btcwire_msg_unref(tx);
}

static void
write_script(void)
{
	static const uint8_t agent[] = "/hostile:1/";
	struct btcwire_version v = { .version = 70016, .nonce = 1,
	    .services = BTCWIRE_NODE_NETWORK, .timestamp = 1700000000,
	    .user_agent = { agent, sizeof(agent) - 1 }, .relay = true };

	memcpy(script.magic, btcwire_chain(BTCWIRE_REGTEST)->magic, 4);
	say(BTCWIRE_VERSION, &v);
	say(BTCWIRE_WTXIDRELAY, NULL);
	say(BTCWIRE_SENDADDRV2, NULL);
	say(BTCWIRE_VERACK, NULL);
	while (script_len < SCRIPT_MSGS)
		say_some();
	ck_assert_int_eq(script_len, SCRIPT_MSGS);
}

/* Messages that are whole within so many bytes. */
static unsigned
whole(size_t cut)
{
	unsigned n = 0;

	while (n < SCRIPT_MSGS && script_end[n] <= cut)
		n++;
	return n;
}

/* How many of the messages that were queued came out at the other end. */
static unsigned
arrived(void)
{
	unsigned n = 0;

	while (remote_read(&r))
		n += strcmp(r.command, "getaddr") == 0;
	return n;
}

/* It says so many bytes and either half closes and reads the rest, or is gone
 * with whatever we send. */
static void
session(size_t cut, bool polite, struct btcpeer_completion *c)
{
	struct btcwire_msg *msg = new_msg(BTCWIRE_GETADDR, NULL);
	unsigned n, came = 0;
	int result = 1;

	probe_init(&pr, &config, &on);
	queued = 0;
	atomic_store(&sent, 0);
	atomic_store(&failed, 0);
	ck_assert_int_eq(btcpeer_new_inbound(&p, &config, NULL, NULL), 0);
	for (n = 0; n < OWN_MSGS; n++)
		ck_assert_int_eq(queue(p, msg, n == 2 ? c : NULL), 0);
	btcwire_msg_unref(msg);
	start();
	remote_bytes(&r, script.b, cut);
	if (polite) {
		shutdown(r.fd, SHUT_WR);
		came = arrived();
	}
	remote_clear(&r);
	ends_with(BTCPEER_REASON_REMOTE_CLOSED);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, 0), 0);
	n = pr.read + pr.read_bad;
	if (polite) {
		ck_assert_uint_eq(n, whole(cut));
		ck_assert_uint_eq(sent, came);
	}
	ck_assert_uint_le(n, whole(cut));
	ck_assert_uint_le(pr.ready, whole(cut) >= 4);
	if (whole(cut) < 4) {
		ck_assert_uint_eq(sent, 0);
		ck_assert_int_lt(result, 0);
	}
	probe_clear(&pr);
}

START_TEST(closes_at_every_byte)
{
	const size_t step = TEST_SLOW ? 13 : 1;
	struct btcpeer_completion *c;
	size_t cut;

	probe_clear(&pr);
	write_script();
	ck_assert_int_eq(btcpeer_completion_new(&c), 0);
	for (cut = 0; cut <= script.len; cut += step)
		session(cut, _i == 0, c);
	session(script.len, _i == 0, c);
	btcpeer_completion_unref(c);
	frames_clear(&script);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_hostile");
	TCase *tc = add_tcase(s, "hostile");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, never_reads);
	tcase_add_loop_test(tc, never_answers, 0, N_ROWS(silent));
	tcase_add_loop_test(tc, both_send_at_once, 0, 2);
	tcase_add_loop_test(tc, closes_at_every_byte, 0, 2);
	return run_suite(s);
}
