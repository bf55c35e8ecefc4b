/*
 * Random calls of the whole interface from many threads on many peers, which
 * are connected to one another.
 *
 *	stress_peer [SECONDS [SEED]]
 *
 * Everything that was queued must have been settled at the end, every peer
 * that was started must have ended, and nothing may be left.  Two seconds are
 * the default.
 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <btcpeer/peer.h>
#include "leaks.h"

#define THREADS 8
#define PAIRS   25	/* of peers */
#define HASHES  64
#define WAIT_MS 60000	/* nothing takes that long */

/* Two peers at the ends of one connection, replaced by others now and then. */
struct pair {
	pthread_mutex_t mtx;
	struct btcpeer *p[2];	/* [mtx] owned */
};

/* What one thread has to itself. */
struct worker {
	pthread_t thread;
	uint64_t random;
	int64_t until_ms;
	struct btcpeer *kept;	/* owned, or NULL */
	struct btcpeer_completion *c;
	bool waits;		/* c is in use */
};

static struct pair pairs[PAIRS];
static struct btcpeer_listeners on = BTCPEER_LISTENERS_INIT;
static struct btcpeer_config config = BTCPEER_CONFIG_INIT;

static atomic_uint_least64_t calls, queued, settled, refused;
static atomic_uint started, ready, ended;

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "stress_peer: %s\n", what);
	abort();
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Below n; xorshift. */
static uint32_t
pick(uint64_t *random, uint32_t n)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (uint32_t)(*random >> 32) % n;
}

static struct btcwire_hash
random_hash(uint64_t *random)
{
	struct btcwire_hash h = { { (uint8_t)pick(random, HASHES), 1 } };

	return h;
}

/* ---- Making peers ------------------------------------------------------- */

static struct btcpeer *
new_peer(bool inbound)
{
	struct btcpeer *p = NULL;
	int rc;

	rc = inbound ? btcpeer_new_inbound(&p, &config, NULL, NULL)
	    : btcpeer_new_outbound(&p, &config, NULL, NULL);
	must(rc == 0, "cannot make a peer");
	return p;
}

static void
start(struct btcpeer *p, int fd)
{
	int rc = btcpeer_start(p, fd);

	must(rc == 0 || rc == BTCPEER_E_CLOSED, "cannot start a peer");
	atomic_fetch_add(&started, rc == 0);
}

/* The peers can be used by all threads before they are started.  One of the
 * old ones is disconnected, the other sees that. */
static void
replace(struct pair *pair, uint32_t which)
{
	struct btcpeer *old[2], *new[2];
	int fd[2], i;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0, "no socketpair");
	pthread_mutex_lock(&pair->mtx);
	for (i = 0; i < 2; i++) {
		new[i] = new_peer(i == 0);
		old[i] = pair->p[i];
		pair->p[i] = btcpeer_ref(new[i]);
	}
	pthread_mutex_unlock(&pair->mtx);
	for (i = 0; i < 2; i++) {
		start(new[i], fd[i]);
		btcpeer_unref(new[i]);
	}
	if (old[0] == NULL)
		return;
	btcpeer_disconnect(old[which]);
	btcpeer_unref(old[0]);
	btcpeer_unref(old[1]);
}

/* ---- Callbacks ---------------------------------------------------------- */

static void
on_done(struct btcpeer *p, struct btcwire_msg *msg, int result, void *arg)
{
	(void)p;
	(void)arg;
	must(msg != NULL && result <= 0, "done was told nonsense");
	atomic_fetch_add(&settled, 1);
}

static int
queue(struct btcpeer *p, enum btcwire_type type, const void *body,
    struct btcpeer_completion *c, int64_t wait_ms)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcwire_msg *msg;
	int rc;

	must(btcwire_msg_new(&msg, type, body, NULL) == 0, "no message");
	send.done = on_done;
	send.completion = c;
	send.wait_ms = wait_ms;
	atomic_fetch_add(&queued, 1);	/* before it can be settled */
	rc = btcpeer_queue_message_take(p, msg, &send);
	if (rc != 0) {
		atomic_fetch_sub(&queued, 1);
		atomic_fetch_add(&refused, 1);
		must(rc == BTCPEER_E_FULL || rc == BTCPEER_E_CLOSED ||
		    rc == BTCPEER_E_DEADLOCK, "queueing failed");
	}
	return rc;
}

static void
on_ready(struct btcpeer *p, void *user)
{
	(void)user;
	must(btcpeer_ping(p) != BTCPEER_E_STATE, "not ready in on_ready");
	atomic_fetch_add(&ready, 1);
}

static void
on_inv(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *inv, void *user)
{
	int result;

	(void)msg;
	(void)user;
	must(btcpeer_wait(p, WAIT_MS) == BTCPEER_E_DEADLOCK,
	    "waiting in a callback was not refused");
	(void)queue(p, BTCWIRE_GETDATA, inv, NULL, 0);
	result = queue(p, BTCWIRE_MEMPOOL, NULL, NULL, 10);
	must(result == BTCPEER_E_DEADLOCK, "waiting for room in a callback");
	if (inv->vec_len > 0 && inv->vec[0].hash.b[0] == 0)
		btcpeer_disconnect(p);
}

static void
on_getdata(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *inv, void *user)
{
	(void)user;
	(void)inv;
	btcwire_msg_unref(btcwire_msg_ref(msg));
	(void)queue(p, BTCWIRE_NOTFOUND, inv, NULL, 0);
}

static void
on_write(struct btcpeer *p, struct btcwire_msg *msg, size_t wire_len, int rc,
    void *user)
{
	(void)p;
	(void)user;
	must(msg != NULL && (rc == 0) == (wire_len > 0), "on_write");
}

static void
on_disconnect(struct btcpeer *p, enum btcpeer_reason reason, const char *why,
    void *user)
{
	(void)p;
	(void)user;
	must(reason == BTCPEER_REASON_LOCAL ||
	    reason == BTCPEER_REASON_REMOTE_CLOSED, why);
	atomic_fetch_add(&ended, 1);
}

/* ---- Calls -------------------------------------------------------------- */

static void
call_queue(struct worker *w, struct btcpeer *p)
{
	struct btcwire_invvect vec[3];
	struct btcwire_inv inv = { vec, 1 + pick(&w->random, 3) };
	size_t i;

	for (i = 0; i < inv.vec_len; i++)
		vec[i] = (struct btcwire_invvect){ BTCWIRE_INV_TX,
		    random_hash(&w->random) };
	(void)queue(p, BTCWIRE_GETDATA, &inv, NULL, pick(&w->random, 3));
}

static void
call_completion(struct worker *w, struct btcpeer *p)
{
	int result = 1, rc;

	if (!w->waits)
		w->waits = queue(p, BTCWIRE_GETADDR, NULL, w->c, 0) == 0;
	if (!w->waits)
		return;
	rc = btcpeer_completion_wait(&result, w->c, pick(&w->random, 2) *
	    WAIT_MS);
	must(rc == 0 || rc == BTCPEER_E_TIMEOUT, "completion_wait");
	w->waits = rc != 0;
	must(rc != 0 || result <= 0, "result of a completion");
}

static void
call_inventory(struct worker *w, struct btcpeer *p)
{
	struct btcwire_hash h = random_hash(&w->random);
	bool block = pick(&w->random, 2) == 0;

	(void)!btcpeer_queue_inventory(p, block ? BTCWIRE_INV_BLOCK
	    : BTCWIRE_INV_TX, &h, block ? NULL : &h);
}

static void
call_known(struct worker *w, struct btcpeer *p)
{
	struct btcwire_hash h = random_hash(&w->random);

	btcpeer_add_known_inventory(p, BTCWIRE_INV_BLOCK, &h);
}

static void
call_ping(struct worker *w, struct btcpeer *p)
{
	(void)w;
	(void)!btcpeer_ping(p);
}

static void
call_stats(struct worker *w, struct btcpeer *p)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	struct btcpeer_command_stats cs;

	must(btcpeer_stats(p, &s) == 0, "stats");
	must(s.id == btcpeer_id(p), "id");
	must(s.inbound == btcpeer_is_inbound(p), "inbound");
	must(!s.ready || (s.version_known && s.verack_received), "ready");
	must(btcpeer_command_stats(&cs, p, (enum btcwire_type)
	    pick(&w->random, BTCWIRE_NTYPES)) == 0, "command_stats");
}

static void
call_getters(struct worker *w, struct btcpeer *p)
{
	(void)w;
	must(btcpeer_user(p) == &config, "user");
	must(btcpeer_addr(p) != NULL, "addr");
	must(btcpeer_reason(p) < BTCPEER_NREASONS, "reason");
	(void)btcpeer_wants_headers(p);
}

static void
call_keep(struct worker *w, struct btcpeer *p)
{
	btcpeer_unref(w->kept);
	w->kept = btcpeer_ref(p);
}

static void
call_wait(struct worker *w, struct btcpeer *p)
{
	int rc = btcpeer_wait(p, pick(&w->random, 2));

	must(rc == 0 || rc == BTCPEER_E_TIMEOUT, "wait");
}

static void
call_end_kept(struct worker *w, struct btcpeer *p)
{
	(void)p;
	if (w->kept == NULL || pick(&w->random, 50) != 0)
		return;
	btcpeer_disconnect(w->kept);
	must(btcpeer_wait(w->kept, WAIT_MS) == 0, "a peer does not end");
	must(btcpeer_reason(w->kept) != BTCPEER_REASON_NONE, "no reason");
}

static void
call_replace(struct worker *w, struct btcpeer *p)
{
	if (pick(&w->random, 50) != 0)
		return;
	if (pick(&w->random, 2) == 0)
		btcpeer_disconnect(p);
	replace(&pairs[pick(&w->random, PAIRS)], pick(&w->random, 2));
}

static void (*const call[])(struct worker *, struct btcpeer *) = {
	call_queue, call_completion, call_inventory, call_known, call_ping,
	call_stats, call_getters, call_keep, call_wait, call_end_kept,
	call_replace
};

static void *
work(void *worker)
{
	struct worker *w = worker;
	struct btcpeer *p;
	struct pair *pair;
	int result, i;

	while (now_ms() < w->until_ms) {
		pair = &pairs[pick(&w->random, PAIRS)];
		pthread_mutex_lock(&pair->mtx);
		p = btcpeer_ref(pair->p[pick(&w->random, 2)]);
		pthread_mutex_unlock(&pair->mtx);
		for (i = 0; i < 4; i++)
			call[pick(&w->random, N_ROWS(call))](w, p);
		btcpeer_unref(p);
		atomic_fetch_add(&calls, 4);
	}
	must(!w->waits || btcpeer_completion_wait(&result, w->c, WAIT_MS) == 0,
	    "a completion does not end");
	btcpeer_unref(w->kept);
	btcpeer_completion_unref(w->c);
	return NULL;
}

/* ---- All of it ---------------------------------------------------------- */

static void
configure(void)
{
	on.on_ready = on_ready;
	on.on_inv = on_inv;
	on.on_getdata = on_getdata;
	on.on_write = on_write;
	on.on_disconnect = on_disconnect;
	config.chain = btcwire_chain(BTCWIRE_REGTEST);
	config.listeners = &on;
	config.user = &config;
	config.allow_self = true;
	config.handshake_timeout_ms = -1;	/* under valgrind it takes long */
	config.trickle_ms = 5;
	config.ping_interval_ms = 5;
	config.queue_max_msgs = 50;
	config.known_inventory_max = HASHES / 2;
}

static void
run_all(int64_t seconds, uint64_t seed)
{
	static struct worker w[THREADS];
	int i;

	for (i = 0; i < PAIRS; i++)
		replace(&pairs[i], 0);
	for (i = 0; i < THREADS; i++) {
		w[i].random = (seed + (uint64_t)i + 1) *
		    UINT64_C(0x9e3779b97f4a7c15);
		w[i].until_ms = now_ms() + seconds * 1000;
		must(btcpeer_completion_new(&w[i].c) == 0, "no completion");
		must(pthread_create(&w[i].thread, NULL, work, &w[i]) == 0,
		    "no thread");
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(w[i].thread, NULL);
}

static void
end_pair(struct pair *pair)
{
	int i;

	btcpeer_disconnect(pair->p[0]);
	for (i = 0; i < 2; i++) {
		must(btcpeer_wait(pair->p[i], WAIT_MS) == 0,
		    "a peer does not end");
		btcpeer_unref(pair->p[i]);
	}
}

int
main(int argc, char **argv)
{
	int64_t seconds = argc > 1 ? strtoll(argv[1], NULL, 10) : 2;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	struct holdings before;
	int i;

	configure();
	for (i = 0; i < PAIRS; i++)
		pthread_mutex_init(&pairs[i].mtx, NULL);
	leaks_warm_up();
	before = holdings();
	run_all(seconds, seed);
	for (i = 0; i < PAIRS; i++)
		end_pair(&pairs[i]);
	must(nothing_left(&before, SIZE_MAX / 2), "something was left");
	must(started == ended, "started is not ended");
	must(queued == settled, "queued is not settled");
	printf("%llu calls, %u peers of which %u were ready, %llu messages "
	    "queued, %llu refused\n", (unsigned long long)calls, started, ready,
	    (unsigned long long)queued, (unsigned long long)refused);
	return EXIT_SUCCESS;
}
