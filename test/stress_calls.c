#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runner.h"
#include "stress.h"

#define COMPLETIONS 16	/* that all threads share */
#define SHARED      4	/* messages that many peers are sent */
#define SHORT_MS    2	/* the longest wait */

static struct btcpeer_completion *completions[COMPLETIONS];

static struct {
	pthread_mutex_t mtx;
	struct btcwire_msg *msg;	/* [mtx] owned, or NULL */
} shared[SHARED];

/* ---- Queueing ----------------------------------------------------------- */

/* n messages of a type were queued, or why not. */
static void
account(struct stress_end *e, enum btcwire_type type, uint64_t n, int rc)
{
	if (rc != 0)
		atomic_fetch_sub(&e->by[type].tried, n);
	else if (!stress_is_own((int)type))
		atomic_fetch_add(&e->confirmed, n);
	stress_must(rc == 0 || rc == BTCPEER_E_FULL || rc == BTCPEER_E_CLOSED ||
	    rc == BTCPEER_E_DEADLOCK || rc == BTCPEER_E_STATE, e,
	    "queueing failed");
}

/* It is counted before it can be settled.  Uses up msg. */
static int
queue_msg(struct stress_end *e, struct btcwire_msg *msg,
    struct btcpeer_send *send)
{
	enum btcwire_type type = btcwire_type_of(btcwire_msg_command(msg));
	bool own = stress_inside == e && send->wait_ms > 0;
	int rc;

	send->done = stress_on_done;
	send->done_arg = e;
	atomic_fetch_add(&e->by[type].tried, 1);
	atomic_fetch_add(&e->with_done, 1);
	rc = btcpeer_queue_message(e->p, msg, send);
	if (rc != 0)
		atomic_fetch_sub(&e->with_done, 1);
	account(e, type, 1, rc);
	stress_must(own == (rc == BTCPEER_E_DEADLOCK), e,
	    "who may wait for room");
	stress_must(rc != BTCPEER_E_STATE || send->completion != NULL, e,
	    "no completion, and it is in use");
	btcwire_msg_unref(msg);
	return rc;
}

int
stress_queue(struct stress_end *e, enum btcwire_type type, const void *body,
    int64_t wait_ms)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcwire_msg *msg;

	stress_must(btcwire_msg_new(&msg, type, body, NULL) == 0, e,
	    "no message");
	send.wait_ms = wait_ms;
	return queue_msg(e, msg, &send);
}

static size_t
random_inv(struct btcwire_invvect *vec, size_t max)
{
	size_t n = 1 + stress_pick((uint32_t)max), i;

	for (i = 0; i < n; i++)
		vec[i] = (struct btcwire_invvect){ stress_pick(2) == 0
		    ? BTCWIRE_INV_TX : BTCWIRE_INV_BLOCK, stress_hash() };
	return n;
}

static void
call_queue(struct stress_end *e)
{
	static const enum btcwire_type inv_type[] = { BTCWIRE_INV,
	    BTCWIRE_GETDATA, BTCWIRE_NOTFOUND };
	struct btcwire_invvect vec[3];
	struct btcwire_inv inv = { vec, random_inv(vec, 3) };

	(void)stress_queue(e, inv_type[stress_pick(3)], &inv,
	    stress_pick(SHORT_MS + 1));
}

static void
call_queue_empty(struct stress_end *e)
{
	static const enum btcwire_type type[] = { BTCWIRE_GETADDR,
	    BTCWIRE_MEMPOOL, BTCWIRE_SENDHEADERS, BTCWIRE_FILTERCLEAR };

	(void)stress_queue(e, type[stress_pick(4)], NULL, 0);
}

/* More than are written at once. */
static void
call_burst(struct stress_end *e)
{
	int i;

	for (i = 0; i < 300; i++)
		if (stress_queue(e, BTCWIRE_SENDHEADERS, NULL, 0) != 0)
			break;
}

static void
call_feefilter(struct stress_end *e)
{
	struct btcwire_feefilter body = { stress_pick(1000) };

	(void)stress_queue(e, BTCWIRE_FEEFILTER, &body, 0);
}

/* Of a command that is known, and of one that is not. */
static void
call_raw(struct stress_end *e)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcwire_msg *msg;
	bool known = stress_pick(2) == 0;

	stress_must(btcwire_msg_new_raw(&msg, known ? "getaddr" : "stress",
	    "payload", known ? 0 : 7, NULL) == 0, e, "no raw message");
	(void)queue_msg(e, msg, &send);
}

/* Which is encoded for each version at most once, whoever comes first. */
static struct btcwire_msg *
make_shared(void)
{
	static struct btcwire_netaddr addr[50];
	struct btcwire_addr body = { addr, 1 + stress_pick(50) };
	struct btcwire_msg *msg;

	stress_must(btcwire_msg_new(&msg, BTCWIRE_ADDR, &body, NULL) == 0,
	    NULL, "no message");
	return msg;
}

static void
call_shared(struct stress_end *e)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	uint32_t i = stress_pick(SHARED);
	struct btcwire_msg *msg;

	pthread_mutex_lock(&shared[i].mtx);
	if (shared[i].msg == NULL || stress_pick(4) == 0) {
		btcwire_msg_unref(shared[i].msg);
		shared[i].msg = make_shared();
	}
	msg = btcwire_msg_ref(shared[i].msg);
	pthread_mutex_unlock(&shared[i].mtx);
	if (stress_pick(2) == 0)
		send.flags = BTCWIRE_NO_WITNESS;
	(void)queue_msg(e, msg, &send);
}

/* What the handshake is made of is refused. */
static void
call_queue_bad(struct stress_end *e)
{
	static const enum btcwire_type type[] = { BTCWIRE_VERACK,
	    BTCWIRE_WTXIDRELAY, BTCWIRE_SENDADDRV2 };
	struct btcwire_msg *msg;

	stress_must(btcwire_msg_new(&msg, type[stress_pick(3)], NULL, NULL) ==
	    0, e, "no message");
	stress_must(btcpeer_queue_message_take(e->p, msg, NULL) ==
	    BTCPEER_E_INVAL, e, "a message of the handshake was queued");
}

/* ---- Completions -------------------------------------------------------- */

static void
call_completion_queue(struct stress_end *e)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcwire_msg *msg;

	stress_must(btcwire_msg_new(&msg, BTCWIRE_GETADDR, NULL, NULL) == 0, e,
	    "no message");
	send.completion = completions[stress_pick(COMPLETIONS)];
	send.wait_ms = stress_inside == NULL ? stress_pick(SHORT_MS + 1) : 0;
	(void)queue_msg(e, msg, &send);
}

static void
call_completion_wait(struct stress_end *e)
{
	struct btcpeer_completion *c;
	int64_t wait_ms = stress_pick(SHORT_MS + 1);
	int result = 1, rc;

	c = btcpeer_completion_ref(completions[stress_pick(COMPLETIONS)]);
	rc = btcpeer_completion_wait(&result, c, wait_ms);
	btcpeer_completion_unref(c);
	stress_must(rc == 0 || rc == BTCPEER_E_TIMEOUT ||
	    rc == BTCPEER_E_STATE || (rc == BTCPEER_E_DEADLOCK &&
	    stress_inside != NULL && wait_ms > 0), e, "completion_wait");
	stress_must((rc == 0) == (result <= 0), e, "result of a completion");
}

/* ---- Inventory and pings ------------------------------------------------ */

static void
call_inventory(struct stress_end *e)
{
	struct btcwire_hash h = stress_hash();
	bool block = stress_pick(2) == 0;
	int rc;

	rc = btcpeer_queue_inventory(e->p, block ? BTCWIRE_INV_BLOCK
	    : BTCWIRE_INV_TX, &h, block ? NULL : &h);
	stress_must(rc == 0 || rc == BTCPEER_E_CLOSED, e, "queue_inventory");
}

static void
call_known(struct stress_end *e)
{
	struct btcwire_hash h = stress_hash();

	btcpeer_add_known_inventory(e->p, BTCWIRE_INV_BLOCK, &h);
}

static void
call_ping(struct stress_end *e)
{
	bool ready = atomic_load(&e->ready);
	int rc = btcpeer_ping(e->p);

	stress_must(rc == 0 || rc == BTCPEER_E_CLOSED ||
	    (rc == BTCPEER_E_STATE && !ready), e, "ping");
}

/* ---- Pushing ------------------------------------------------------------ */

/* It counts as addrv2, whatever form it takes. */
void
stress_push_addrs(struct stress_end *e)
{
	static const uint8_t ip[2][4] = { { 192, 0, 2, 1 }, { 192, 0, 2, 2 } };
	struct btcwire_netaddr2 a[2];
	size_t sent[BTCWIRE_MAX_ADDR], sent_len = 99, n = stress_pick(3), i;
	bool ready = atomic_load(&e->ready);
	int rc;

	atomic_fetch_add(&e->by[BTCWIRE_ADDRV2].tried, n > 0);
	for (i = 0; i < 2; i++)
		a[i] = (struct btcwire_netaddr2){ .port = 8333,
		    .net = BTCWIRE_NET_IPV4, .addr = { ip[i], 4 } };
	rc = btcpeer_push_addrs(e->p, sent, &sent_len, a, n);
	account(e, BTCWIRE_ADDRV2, n > 0, rc);
	stress_must(rc != BTCPEER_E_STATE || !ready, e, "push_addrs");
	stress_must(rc != 0 || (sent_len == n && (n == 0 || sent[n - 1] ==
	    n - 1)), e, "which addresses were pushed");
}

/* Not sent when it was asked before: nothing to count. */
static void
call_push_locator(struct stress_end *e)
{
	struct btcwire_hash locator[120], stop = stress_hash();
	size_t n = stress_pick(3) == 0 ? 120 : stress_pick(2), i;
	int rc;

	for (i = 0; i < n; i++)
		locator[i] = stress_hash();
	rc = (stress_pick(2) == 0 ? btcpeer_push_getblocks
	    : btcpeer_push_getheaders)(e->p, locator, n,
	    stress_pick(2) == 0 ? &stop : NULL);
	stress_must(rc == 0 || rc == BTCPEER_E_FULL || rc == BTCPEER_E_CLOSED,
	    e, "pushing a locator");
}

/* In up to three messages, all of which are queued, or none. */
static void
call_push_getdata(struct stress_end *e)
{
	struct btcwire_invvect vec[3];
	static const struct btcwire_invvect many[2500];
	bool is_many = stress_pick(20) == 0;
	uint64_t n = is_many ? 3 : 1;
	size_t len;

	atomic_fetch_add(&e->by[BTCWIRE_GETDATA].tried, n);
	len = is_many ? (size_t)N_ROWS(many) : random_inv(vec, 3);
	account(e, BTCWIRE_GETDATA, n, btcpeer_push_getdata(e->p,
	    is_many ? many : vec, len));
}

static void
call_push_reject(struct stress_end *e)
{
	struct btcwire_hash h = stress_hash();
	int64_t wait_ms = stress_pick(SHORT_MS + 1);
	bool own = stress_inside == e && wait_ms > 0;
	int rc;

	rc = btcpeer_push_reject(e->p, "tx", BTCWIRE_REJECT_DUPLICATE,
	    "stress", &h, wait_ms);
	switch (rc) {
	case 0:
		stress_must(!own, e, "waiting in a callback");
		break;
	case BTCPEER_E_DEADLOCK:
		stress_must(own, e, "not a callback");
		break;
	case BTCPEER_E_TIMEOUT:
	case BTCPEER_E_EOF:
		stress_must(wait_ms > 0, e, "push_reject waited");
		break;
	default:
		stress_must(rc == BTCPEER_E_FULL || rc == BTCPEER_E_CLOSED ||
		    rc == BTCPEER_E_STATE || rc == BTCPEER_E_VERSION, e,
		    "push_reject");
	}
}

/* ---- Looking ------------------------------------------------------------ */

static void
call_getters(struct stress_end *e)
{
	char text[BTCPEER_TEXT];
	const char *addr;

	stress_must(btcpeer_user(e->p) == e, e, "user");
	addr = btcpeer_addr(e->p);
	stress_must(addr[0] == '\0' || strcmp(addr, "local") == 0 ||
	    strcmp(addr, "192.0.2.1:8333") == 0, e, "addr");
	btcpeer_to_string(text, sizeof(text), e->p);
	stress_must(strncmp(text, addr, strlen(addr)) == 0 &&
	    strstr(text, btcpeer_is_inbound(e->p) ? "(inbound)"
	    : "(outbound)") != NULL, e, "to_string");
	stress_must(btcpeer_reason(e->p) < BTCPEER_NREASONS, e, "reason");
	(void)btcpeer_wants_headers(e->p);
}

static void
call_features(struct stress_end *e)
{
	struct btcpeer_feature f[STRESS_FEATURES];
	size_t n = btcpeer_features(e->p, f, STRESS_FEATURES);

	stress_must(n == 0 || (n == 2 && strcmp(f[0].id, "BIP9998") == 0 &&
	    f[0].data == NULL && strcmp(f[1].id, "BIP9999") == 0 &&
	    f[1].data_len == 4 && memcmp(f[1].data, "data", 4) == 0), e,
	    "features");
}

static void
call_update(struct stress_end *e)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	int32_t height = (int32_t)stress_pick(1000);
	struct btcwire_hash h = stress_hash();

	btcpeer_update_last_block(e->p, height);
	btcpeer_update_last_announced(e->p, &h);
	stress_must(btcpeer_stats(e->p, &s) == 0 && s.last_block >= height &&
	    s.announced && s.last_announced.b[1] == 1, e, "what was told");
}

/* ---- Ends --------------------------------------------------------------- */

static void
call_wait(struct stress_end *e)
{
	bool started = atomic_load(&e->started);
	int rc = btcpeer_wait(e->p, stress_pick(SHORT_MS + 1));

	stress_must((rc == BTCPEER_E_DEADLOCK) == (stress_inside == e) &&
	    (rc == 0 || rc == BTCPEER_E_DEADLOCK || rc == BTCPEER_E_TIMEOUT),
	    e, "wait");
	stress_must(rc != 0 || !started || atomic_load(&e->ended), e,
	    "waited, and the last callback has not returned");
}

static void
call_disconnect(struct stress_end *e)
{
	btcpeer_disconnect(e->p);
	stress_must(btcpeer_reason(e->p) != BTCPEER_REASON_NONE, e,
	    "no reason");
}

static void
call_refuse(struct stress_end *e)
{
	btcpeer_refuse(e->p, "version", BTCWIRE_REJECT_NONSTANDARD, "stress");
	stress_must(btcpeer_reason(e->p) != BTCPEER_REASON_NONE, e,
	    "no reason");
}

/* It may be the first start: whoever comes second is told. */
static void
call_start(struct stress_end *e)
{
	int fd[2];

	stress_must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0, e,
	    "no socketpair");
	(void)stress_start(e, fd[0]);
	close(fd[1]);
}

/* ---- Any of them -------------------------------------------------------- */

/* What is rare or costly is made once in so many times. */
static struct {
	const char *name;
	void (*call)(struct stress_end *);
	uint32_t one_in;
	atomic_uint_least64_t count;
} calls[] = {
	{ "queue_message", call_queue, 1, 0 },
	{ "queue_message, empty", call_queue_empty, 1, 0 },
	{ "queue_message, 300 times", call_burst, 20, 0 },
	{ "queue_message, feefilter", call_feefilter, 1, 0 },
	{ "queue_message, raw", call_raw, 1, 0 },
	{ "queue_message, shared", call_shared, 1, 0 },
	{ "queue_message_take, refused", call_queue_bad, 1, 0 },
	{ "queue_message, completion", call_completion_queue, 1, 0 },
	{ "completion_wait", call_completion_wait, 1, 0 },
	{ "queue_inventory", call_inventory, 1, 0 },
	{ "add_known_inventory", call_known, 1, 0 },
	{ "ping", call_ping, 1, 0 },
	{ "push_addrs", stress_push_addrs, 1, 0 },
	{ "push_getblocks, push_getheaders", call_push_locator, 1, 0 },
	{ "push_getdata", call_push_getdata, 1, 0 },
	{ "push_reject", call_push_reject, 1, 0 },
	{ "stats, command_stats", stress_check_stats, 1, 0 },
	{ "user, addr, is_inbound, to_string, reason, wants_headers",
	    call_getters, 1, 0 },
	{ "features", call_features, 1, 0 },
	{ "update_last_block, update_last_announced", call_update, 1, 0 },
	{ "wait", call_wait, 1, 0 },
	{ "disconnect", call_disconnect, 50, 0 },
	{ "refuse", call_refuse, 50, 0 },
	{ "start", call_start, 20, 0 },
};

void
stress_call(struct stress_end *e)
{
	uint32_t i = stress_pick(N_ROWS(calls));

	if (stress_pick(calls[i].one_in) != 0)
		return;
	calls[i].call(e);
	atomic_fetch_add(&calls[i].count, 1);
}

void
stress_calls_open(void)
{
	int i;

	for (i = 0; i < COMPLETIONS; i++)
		stress_must(btcpeer_completion_new(&completions[i]) == 0, NULL,
		    "no completion");
	for (i = 0; i < SHARED; i++)
		pthread_mutex_init(&shared[i].mtx, NULL);
}

void
stress_calls_close(void)
{
	int result, rc, i;

	for (i = 0; i < COMPLETIONS; i++) {
		rc = btcpeer_completion_wait(&result, completions[i], 0);
		stress_must(rc == 0 || rc == BTCPEER_E_STATE, NULL,
		    "a completion does not end");
		btcpeer_completion_unref(completions[i]);
	}
	for (i = 0; i < SHARED; i++)
		btcwire_msg_unref(shared[i].msg);
}

void
stress_calls_print(void)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < N_ROWS(calls); i++) {
		printf("%10llu %s\n", (unsigned long long)calls[i].count,
		    calls[i].name);
		sum += calls[i].count;
	}
	printf("%10llu calls\n", (unsigned long long)sum);
}
