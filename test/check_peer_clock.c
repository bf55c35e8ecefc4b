/*
 * Peers whose time passes only as the test says: every deadline of minutes and
 * hours, with the real threads and sockets.
 */
#include "config.h"

#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "allocs.h"
#include "peer/peer.h"
#include "stage.h"

enum { DATE = 1700000000 };

static struct stage st;
static struct btcpeer_clock *clk;

static void
open_stage(void)
{
	stage_init(&st);
	ck_assert_int_eq(btcpeer_clock_new(&clk, DATE), 0);
	st.config.clock = clk;
}

/* The peer holds a reference of its own. */
static void
let_go(void)
{
	btcpeer_clock_unref(clk);
	clk = NULL;
}

/* Time that passes while a callback runs is given back: so let none run. */
static void
calm(void)
{
	bool runs;

	do {
		sched_yield();
		btcu_lock(&st.p->mtx);
		runs = st.p->pending.callback_ms != BTCU_NEVER &&
		    st.p->state == BTCP_RUNNING;
		btcu_unlock(&st.p->mtx);
	} while (runs);
}

static void
pass(int64_t ms)
{
	if (st.p != NULL)
		calm();
	ck_assert_int_eq(btcpeer_clock_advance(clk, ms), 0);
}

/* The stall handler has looked at the time since it passed, and so has the
 * thread that waits for the socket; or the peer ends. */
static bool
has_looked(bool sending)
{
	struct pollfd pfd = { .events = POLLIN };
	bool yes = true;

	btcu_lock(&st.p->mtx);
	if (st.p->state == BTCP_RUNNING || st.p->state == BTCP_FLUSHING) {
		pfd.fd = sending ? st.p->fd_io.send_wake
		    : st.p->fd_io.recv_wake;
		yes = st.p->stall_wake_ms != INT64_MIN && poll(&pfd, 1, 0) == 0;
	}
	btcu_unlock(&st.p->mtx);
	return yes;
}

static bool
has_ended(void)
{
	bool yes;

	btcu_lock(&st.p->mtx);
	yes = st.p->state == BTCP_CLOSED || st.p->state == BTCP_GONE;
	btcu_unlock(&st.p->mtx);
	return yes;
}

/* Second by second, at most that long.  Returns how long it took. */
static int64_t
pass_until_end(int64_t ms, bool sending)
{
	int64_t passed;

	for (passed = 0; passed < ms && !has_ended(); passed += 1000) {
		pass(1000);
		while (!has_looked(sending))
			sched_yield();
	}
	return passed;
}

/* ---- The clock --------------------------------------------------------- */

START_TEST(bad_advances)
{
	static const int64_t ms[] = { -1, INT64_MIN, INT64_MAX,
	    INT64_C(366) * 86400 * 1000 };
	size_t i;

	ck_assert_int_eq(btcpeer_clock_new(&clk, 0), 0);
	for (i = 0; i < N_ROWS(ms); i++)
		ck_assert_int_eq(btcpeer_clock_advance(clk, ms[i]),
		    BTCPEER_E_INVAL);
	ck_assert_int_eq(btcpeer_clock_advance(clk, 0), 0);
	ck_assert_ptr_eq(btcpeer_clock_ref(clk), clk);
	btcpeer_clock_unref(clk);
	let_go();
	btcpeer_clock_unref(NULL);
	ck_assert_int_eq(btcpeer_clock_new(&clk, -1), BTCPEER_E_INVAL);
	ck_assert_int_eq(btcpeer_clock_new(&clk, INT64_MAX), BTCPEER_E_INVAL);
	allocs_start_failing(0);
	ck_assert_int_eq(btcpeer_clock_new(&clk, 0), BTCPEER_E_NOMEM);
	allocs_stop();
}
END_TEST

/* Peers that come and go leave the others on the clock. */
START_TEST(peers_share_it)
{
	static const int order[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 },
	    { 1, 2, 0 } };
	struct stage all[3];
	int i;

	ck_assert_int_eq(btcpeer_clock_new(&clk, DATE), 0);
	for (i = 0; i < 3; i++) {
		stage_init(&all[i]);
		all[i].config.clock = clk;
		all[i].config.handshake_timeout_ms = 1000 * (1 + order[_i][i]);
		stage_start(&all[i]);
	}
	for (i = 0; i < 3; i++)
		pass(1000);
	for (i = 0; i < 3; i++)
		stage_end(&all[i], BTCPEER_REASON_HANDSHAKE_TIMEOUT);
	let_go();
}
END_TEST

/* A clock takes two descriptors of its own. */
START_TEST(no_descriptors)
{
	struct rlimit old, few;
	int fd[2], rc, last;

	open_stage();
	ck_assert_int_eq(btcpeer_new_inbound(&st.p, &st.config, NULL, NULL), 0);
	socket_pair(fd, false);
	last = dup(fd[0]);
	ck_assert_int_ge(last, 0);
	close(last);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	few.rlim_cur = (rlim_t)(last + _i);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	rc = btcpeer_start(st.p, fd[0]);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	ck_assert_int_eq(rc, BTCPEER_E_IO);
	ck_assert_int_eq(btcpeer_reason(st.p), BTCPEER_REASON_IO);
	/* It was let go of. */
	ck_assert_int_eq(dup(fd[1]), fd[0]);
	btcpeer_unref(st.p);
	close(fd[0]);
	close(fd[1]);
	probe_clear(&st.pr);
	let_go();
}
END_TEST

/* ---- Deadlines --------------------------------------------------------- */

START_TEST(handshake_timeout)
{
	open_stage();
	stage_start(&st);
	let_go();
	clk = btcpeer_clock_ref(st.config.clock);
	if (_i == 1) {
		remote_version(&st.r, 70016, 1, true);
		remote_expect(&st.r, "verack");
	}
	pass(29999);
	ck_assert_int_eq(btcpeer_wait(st.p, 0), BTCPEER_E_TIMEOUT);
	pass(1);
	stage_end(&st, BTCPEER_REASON_HANDSHAKE_TIMEOUT);
	let_go();
}
END_TEST

/* Five minutes without a byte. */
START_TEST(idle)
{
	int64_t passed;

	open_stage();
	st.config.ping_interval_ms = -1;
	stage_start(&st);
	stage_handshake(&st, 70016, true);
	passed = pass_until_end(400000, false);
	ck_assert_int_ge(passed, 300000);
	ck_assert_int_lt(passed, 302000);
	ck_assert_int_eq(btcpeer_wait(st.p, -1), 0);
	ck_assert_ptr_nonnull(strstr(st.pr.why, "300 s"));
	stage_end(&st, BTCPEER_REASON_IDLE);
	let_go();
}
END_TEST

/* A byte a second of a message: not idle, but too slow after a minute. */
START_TEST(byte_a_second)
{
	static const uint8_t header[24] = { 0xfa, 0xbf, 0xb5, 0xda, 't', 'x',
	    [18] = 9 };
	const uint8_t zero = 0;
	int64_t passed;

	open_stage();
	stage_start(&st);
	stage_handshake(&st, 70016, true);
	remote_bytes(&st.r, header, sizeof(header));
	for (passed = 0; passed < 100000 && !has_ended();) {
		remote_bytes(&st.r, &zero, 1);
		passed += pass_until_end(1000, false);
	}
	ck_assert_int_ge(passed, 60000);
	ck_assert_int_lt(passed, 63000);
	stage_end(&st, BTCPEER_REASON_SLOW);
	let_go();
}
END_TEST

/* Pings every two minutes, and the first one unanswered for twenty. */
START_TEST(pings)
{
	uint64_t nonce = 0;
	int64_t i;

	open_stage();
	stage_start(&st);
	stage_handshake(&st, 70016, true);
	for (i = 0; i < 3; i++) {
		pass(120000);
		remote_expect(&st.r, "ping");
		ck_assert_uint_eq(st.r.len, 8);
		memcpy(&nonce, st.r.payload, 8);
		pass(40 + i);
		remote_frame(&st.r, "pong", st.r.payload, 8);
		ck_assert(probe_wait(&st.pr, &st.pr.seen[BTCWIRE_PONG],
		    (unsigned)i + 1));
	}
	ck_assert_int_eq(stage_stats(&st).ping_last_us, 42000);
	ck_assert_int_eq(stage_stats(&st).ping_min_us, 40000);
	ck_assert_int_eq(stage_stats(&st).ping_avg_us, 41000);
	ck_assert_int_eq(stage_stats(&st).ping_sent_s, DATE + 360);
	/* It says something now and then, but that it does not answer. */
	for (i = 0; i < 10; i++) {
		pass(120000);
		remote_expect(&st.r, "ping");
		remote_frame(&st.r, "pong", "otherpng", 8);
		ck_assert(probe_wait(&st.pr, &st.pr.seen[BTCWIRE_PONG],
		    (unsigned)i + 4));
	}
	pass(119999);
	stage_settle(&st);
	pass(1);
	stage_end(&st, BTCPEER_REASON_PING_TIMEOUT);
	let_go();
}
END_TEST

static void
ask(enum btcwire_type type, const void *body)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	int result;

	ck_assert_int_eq(btcpeer_completion_new(&send.completion), 0);
	ck_assert_int_eq(btcpeer_queue_message_take(st.p, new_msg(type, body),
	    &send), 0);
	ck_assert_int_eq(btcpeer_completion_wait(&result, send.completion, -1),
	    0);
	ck_assert_int_eq(result, 0);
	btcpeer_completion_unref(send.completion);
}

/* clang-format off */
static const struct {
	enum btcwire_type type;
	int64_t ms;
	bool ends;
} stalls[] = {
	{ BTCWIRE_GETDATA,    30000, true },
	{ BTCWIRE_GETHEADERS, 90000, true },
	{ BTCWIRE_GETBLOCKS,  30000, false },
	{ BTCWIRE_MEMPOOL,    30000, false },
	{ BTCWIRE_GETADDR,    30000, false },
};
/* clang-format on */

/* Answered by nobody, and on_stall called to the millisecond. */
START_TEST(stall)
{
	struct btcwire_invvect v = { BTCWIRE_INV_BLOCK, { { 1 } } };
	struct btcwire_inv inv = { &v, 1 };
	struct btcwire_locator locator = { .version = 70016 };
	enum btcwire_type type = stalls[_i].type;

	open_stage();
	st.pr.stall_action = BTCPEER_STALL_EXTEND;
	stage_start(&st);
	stage_handshake(&st, 70016, true);
	ask(type, type == BTCWIRE_GETDATA ? (void *)&inv
	    : type == BTCWIRE_GETHEADERS || type == BTCWIRE_GETBLOCKS
	    ? (void *)&locator : NULL);
	pass(stalls[_i].ms - 1);
	stage_settle(&st);
	ck_assert_uint_eq(probe_get(&st.pr, &st.pr.stall), 0);
	pass(1);
	ck_assert(probe_wait(&st.pr, &st.pr.stall, 1));
	/* That long again; then as the rule says. */
	pthread_mutex_lock(&st.pr.mtx);
	st.pr.stall_action = BTCPEER_STALL_DEFAULT;
	pthread_mutex_unlock(&st.pr.mtx);
	pass(stalls[_i].ms - 1);
	stage_settle(&st);
	ck_assert_uint_eq(probe_get(&st.pr, &st.pr.stall), 1);
	pass(1);
	ck_assert(probe_wait(&st.pr, &st.pr.stall, 2));
	if (stalls[_i].ends) {
		stage_end(&st, BTCPEER_REASON_STALL);
	} else {
		stage_settle(&st);
		stage_disconnect(&st);
	}
	let_go();
}
END_TEST

/* Callbacks that hold their threads until they are let go. */
static struct {
	pthread_mutex_t mtx;
	pthread_cond_t moved;
	int stalls, invs;		/* [mtx] that have come */
	bool go_stall, go_inv;		/* [mtx] */
} held = { .mtx = PTHREAD_MUTEX_INITIALIZER,
    .moved = PTHREAD_COND_INITIALIZER };

static void
hold(int *came, const bool *go)
{
	pthread_mutex_lock(&held.mtx);
	++*came;
	pthread_cond_broadcast(&held.moved);
	while (!*go)
		pthread_cond_wait(&held.moved, &held.mtx);
	pthread_mutex_unlock(&held.mtx);
}

static void
wait_held(const int *came, int n)
{
	pthread_mutex_lock(&held.mtx);
	while (*came < n)
		pthread_cond_wait(&held.moved, &held.mtx);
	pthread_mutex_unlock(&held.mtx);
}

static void
let(bool *go)
{
	pthread_mutex_lock(&held.mtx);
	*go = true;
	pthread_cond_broadcast(&held.moved);
	pthread_mutex_unlock(&held.mtx);
}

static enum btcpeer_stall_action
hold_stall(struct btcpeer *p, const struct btcpeer_stall *s, void *user)
{
	(void)p;
	(void)s;
	(void)user;
	hold(&held.stalls, &held.go_stall);
	return BTCPEER_STALL_IGNORE;
}

static void
hold_inv(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *inv, void *user)
{
	(void)p;
	(void)msg;
	(void)inv;
	(void)user;
	hold(&held.invs, &held.go_inv);
}

/* While a listener runs nothing is overdue; but what was so before it came is
 * told when it is done, though no time passes any more. */
START_TEST(overdue_before_a_callback)
{
	struct btcwire_invvect v = { BTCWIRE_INV_BLOCK, { { 1 } } };
	struct btcwire_inv inv = { &v, 1 };
	bool asleep;

	open_stage();
	st.on.on_stall = hold_stall;
	st.on.on_inv = hold_inv;
	stage_start(&st);
	stage_handshake(&st, 70016, true);
	ask(BTCWIRE_GETADDR, NULL);
	ask(BTCWIRE_GETDATA, &inv);
	pass(30000);
	wait_held(&held.stalls, 1);
	remote_msg(&st.r, BTCWIRE_INV, &inv);
	wait_held(&held.invs, 1);
	let(&held.go_stall);
	do {
		sched_yield();
		btcu_lock(&st.p->mtx);
		asleep = st.p->stall_wake_ms != INT64_MIN;
		btcu_unlock(&st.p->mtx);
	} while (!asleep);
	let(&held.go_inv);
	wait_held(&held.stalls, 2);
	stage_disconnect(&st);
	let_go();
}
END_TEST

/* Nothing that was queued is lost: it is given up when nobody reads. */
START_TEST(nobody_reads)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	uint8_t script[100000] = { 0 };
	struct btcwire_txin in = { .script = { script, sizeof(script) } };
	struct btcwire_txout out = { 0 };
	struct btcwire_tx tx = { .in = &in, .in_len = 1, .out = &out,
	    .out_len = 1 };
	int64_t passed;
	int i;

	open_stage();
	st.config.ping_interval_ms = st.config.idle_timeout_ms = -1;
	stage_start(&st);
	stage_handshake(&st, 70016, true);
	for (i = 0; i < 60; i++)
		ck_assert_int_eq(btcpeer_queue_message_take(st.p,
		    new_msg(BTCWIRE_TX, &tx), NULL), 0);
	/* 20 s, and a second for each 256 KiB of those that are written at once,
	 * a megabyte and one message. */
	passed = pass_until_end(100000, true);
	ck_assert_int_ge(passed, 20000);
	ck_assert_int_le(passed, 26000);
	ck_assert_int_eq(btcpeer_wait(st.p, -1), 0);
	ck_assert_int_eq(btcpeer_stats(st.p, &s), 0);
	ck_assert_uint_eq(s.queue_msgs, 0);
	ck_assert_uint_eq(probe_get(&st.pr, &st.pr.write) +
	    probe_get(&st.pr, &st.pr.write_bad), 60 + 4);
	stage_end(&st, BTCPEER_REASON_WRITE_TIMEOUT);
	let_go();
}
END_TEST

/* A refusal that the remote does not take is given up in time. */
START_TEST(last_words)
{
	const int small = 4096;
	struct btcwire_ping ping = { 1 };
	int i;

	open_stage();
	st.config.write_timeout_ms = -1;
	stage_start(&st);
	stage_handshake(&st, 70016, true);
	setsockopt(st.r.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (i = 0; i < 9999; i++)
		ck_assert_int_eq(btcpeer_queue_message_take(st.p,
		    new_msg(BTCWIRE_PING, &ping), NULL), 0);
	btcpeer_refuse(st.p, "version", BTCWIRE_REJECT_OBSOLETE, "no more");
	ck_assert_int_le(pass_until_end(100000, true), 7000);
	stage_end(&st, BTCPEER_REASON_REFUSED);
	let_go();
}
END_TEST

/* ---- Intervals and dates ----------------------------------------------- */

START_TEST(trickle)
{
	struct btcwire_hash tx = { { 1 } };

	open_stage();
	st.config.exact_trickle = true;
	stage_start(&st);
	stage_handshake(&st, 70016, true);
	ck_assert_int_eq(btcpeer_queue_inventory(st.p, BTCWIRE_INV_TX, &tx,
	    NULL), 0);
	pass(9999);
	/* No inv comes before the pong. */
	remote_msg(&st.r, BTCWIRE_PING, &(struct btcwire_ping){ 5 });
	ck_assert(remote_read(&st.r));
	ck_assert_str_eq(st.r.command, "pong");
	pass(1);
	ck_assert(remote_read(&st.r));
	ck_assert_str_eq(st.r.command, "inv");
	stage_disconnect(&st);
	let_go();
}
END_TEST

/* Every date is by the clock; what the remote's says is compared with that. */
START_TEST(dates)
{
	struct btcwire_version v = { .version = 70016, .nonce = 3,
	    .timestamp = DATE + 1000 };
	struct btcpeer_stats s;
	uint64_t told = 0;
	size_t i;

	open_stage();
	pass(100999);
	stage_start(&st);
	ck_assert_int_eq(stage_stats(&st).connected_at_s, DATE + 100);
	remote_msg(&st.r, BTCWIRE_VERSION, &v);
	remote_expect(&st.r, "version");
	for (i = 0; i < 8; i++)
		told |= (uint64_t)st.r.payload[12 + i] << (8 * i);
	ck_assert_uint_eq(told, DATE + 100);
	remote_expect(&st.r, "verack");
	pass(1);
	remote_msg(&st.r, BTCWIRE_VERACK, NULL);
	ck_assert(probe_wait(&st.pr, &st.pr.ready, 1));
	stage_settle(&st);
	s = stage_stats(&st);
	ck_assert_int_eq(s.time_offset_s, 900);
	ck_assert_int_eq(s.last_recv_s, DATE + 101);
	ck_assert_int_eq(s.connected_at_s, DATE + 100);
	stage_disconnect(&st);
	let_go();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_clock");
	TCase *tc = add_tcase(s, "clock");

	tcase_add_test(tc, bad_advances);
	tcase_add_loop_test(tc, peers_share_it, 0, 4);
	tcase_add_loop_test(tc, no_descriptors, 0, 2);
	tc = add_tcase(s, "deadlines");
	tcase_add_loop_test(tc, handshake_timeout, 0, 2);
	tcase_add_test(tc, idle);
	tcase_add_test(tc, byte_a_second);
	tcase_add_test(tc, pings);
	tcase_add_loop_test(tc, stall, 0, N_ROWS(stalls));
	tcase_add_test(tc, overdue_before_a_callback);
	tcase_add_test(tc, nobody_reads);
	tcase_add_test(tc, last_words);
	tc = add_tcase(s, "dates");
	tcase_add_test(tc, trickle);
	tcase_add_test(tc, dates);
	return run_suite(s);
}
