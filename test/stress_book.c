#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stress.h"

struct stress_sums stress_sums;
uint64_t stress_seed;
_Thread_local struct stress_end *stress_inside;

/* ---- Chance ------------------------------------------------------------- */

static _Thread_local uint64_t random_state;
static atomic_uint_least64_t threads_seen;

/* Xorshift. */
uint32_t
stress_pick(uint32_t n)
{
	uint64_t x = random_state;

	if (x == 0)
		x = (stress_seed + atomic_fetch_add(&threads_seen, 1) + 1) *
		    UINT64_C(0x9e3779b97f4a7c15);
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	random_state = x;
	return (uint32_t)(x >> 32) % n;
}

struct btcwire_hash
stress_hash(void)
{
	struct btcwire_hash h = { { (uint8_t)stress_pick(STRESS_HASHES), 1 } };

	return h;
}

/* ---- Rules -------------------------------------------------------------- */

void
stress_must(bool ok, const struct stress_end *e, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "stress_peer: %s", what);
	if (e != NULL)
		fprintf(stderr, " (peer %llu, %s)",
		    (unsigned long long)btcpeer_id(e->p),
		    btcpeer_reason_text(btcpeer_reason(e->p)));
	fputc('\n', stderr);
	abort();
}

/* The library itself sends some of them, or none where it was asked the same
 * before. */
bool
stress_is_own(int type)
{
	switch (type) {
	case BTCWIRE_VERSION:
	case BTCWIRE_VERACK:
	case BTCWIRE_PING:
	case BTCWIRE_PONG:
	case BTCWIRE_INV:
	case BTCWIRE_REJECT:
	case BTCWIRE_WTXIDRELAY:
	case BTCWIRE_SENDADDRV2:
	case BTCWIRE_FEATURE:
	case BTCWIRE_GETBLOCKS:
	case BTCWIRE_GETHEADERS:
		return true;
	default:
		return false;
	}
}

static uint64_t
over(const struct stress_tally *t)
{
	return t->written + t->failed;
}

/* Of those, what is over. */
static uint64_t
own_messages(const struct stress_end *e)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < BTCWIRE_NTYPES; i++)
		if (stress_is_own(i))
			n += over(&e->by[i]);
	return n;
}

static void
check_pings(const struct stress_end *e, const struct btcpeer_stats *s)
{
	stress_must((s->pings_answered > 0) == (s->ping_last_us > 0), e,
	    "a round trip without an answer");
	stress_must(s->ping_min_us <= s->ping_last_us &&
	    s->ping_min_us <= s->ping_avg_us, e, "the shortest ping is not");
}

static void
check_later(const struct stress_end *e, const struct btcpeer_stats *a,
    const struct btcpeer_stats *b)
{
	stress_must(a->msgs_sent <= b->msgs_sent &&
	    a->bytes_sent <= b->bytes_sent &&
	    a->msgs_failed <= b->msgs_failed &&
	    a->msgs_received <= b->msgs_received &&
	    a->bytes_received <= b->bytes_received &&
	    a->queue_max_msgs <= b->queue_max_msgs &&
	    a->pings_answered <= b->pings_answered &&
	    a->last_block <= b->last_block, e, "a counter went down");
	stress_must(a->ready <= b->ready && a->announced <= b->announced, e,
	    "a fact was taken back");
	stress_must(a->reason == BTCPEER_REASON_NONE ||
	    (a->reason == b->reason && strcmp(a->why, b->why) == 0), e,
	    "the first reason did not stay");
}

void
stress_check_stats(struct stress_end *e)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT, later = BTCPEER_STATS_INIT;
	uint64_t done = atomic_load(&e->done);
	uint64_t confirmed = atomic_load(&e->confirmed);
	uint64_t own = own_messages(e);

	stress_must(btcpeer_stats(e->p, &s) == 0, e, "stats");
	stress_must(s.msgs_sent + s.msgs_failed >= done, e,
	    "more were settled than sent and failed");
	stress_must(s.msgs_sent + s.msgs_failed + s.queue_msgs >=
	    confirmed + own, e,
	    "more were queued than sent, failed and waiting");
	stress_must(s.queue_msgs <= s.queue_max_msgs &&
	    s.queue_max_msgs <= STRESS_QUEUE_MAX, e, "the queue's bound");
	stress_must((s.queue_msgs == 0) == (s.queue_bytes == 0), e,
	    "bytes without a message in the queue");
	stress_must(s.bytes_sent >= BTCWIRE_FRAME_HEADER * s.msgs_sent &&
	    s.bytes_received >= BTCWIRE_FRAME_HEADER * s.msgs_received, e,
	    "messages of less than a header");
	stress_must(!s.ready || (s.version_known && s.verack_received), e,
	    "ready before the handshake");
	stress_must((s.reason == BTCPEER_REASON_NONE) == (s.why[0] == '\0'), e,
	    "a reason without why");
	stress_must(s.id == btcpeer_id(e->p) &&
	    s.inbound == btcpeer_is_inbound(e->p), e, "stats of another");
	check_pings(e, &s);
	stress_must(btcpeer_stats(e->p, &later) == 0, e, "stats");
	check_later(e, &s, &later);
}

/* All is over but for on_disconnect: the library's sums are ours. */
static void
check_sums(struct stress_end *e)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	struct btcpeer_command_stats c;
	uint64_t written = 0, failed = 0, read = 0, bytes = 0;
	int i;

	stress_check_stats(e);
	stress_must(btcpeer_stats(e->p, &s) == 0, e, "stats");
	stress_must(s.queue_msgs == 0, e, "something waits for a dead peer");
	for (i = 0; i < BTCWIRE_NTYPES; i++) {
		stress_must(btcpeer_command_stats(&c, e->p,
		    (enum btcwire_type)i) == 0, e, "command_stats");
		stress_must(c.msgs_sent == atomic_load(&e->by[i].written), e,
		    "sent of one command");
		stress_must(c.msgs_received >= atomic_load(&e->by[i].read), e,
		    "received of one command");
		written += c.msgs_sent;
		bytes += c.bytes_sent;
		failed += atomic_load(&e->by[i].failed);
		read += atomic_load(&e->by[i].read);
	}
	stress_must(s.msgs_sent == written && s.bytes_sent == bytes, e,
	    "sent, in sum");
	stress_must(s.bytes_sent == atomic_load(&e->bytes_written), e,
	    "bytes sent");
	stress_must(s.msgs_failed == failed, e, "failed, in sum");
	/* The last one may come when the peer is ending already. */
	stress_must(s.msgs_received == read || s.msgs_received == read + 1, e,
	    "received, in sum");
	stress_must(s.malformed_received == 0 && s.trailing_received == 0, e,
	    "malformed messages");
}

/* p of either end may be gone. */
static void
check_end(const struct stress_end *e, const struct stress_end *other)
{
	const struct stress_tally *t, *v2 = &e->by[BTCWIRE_ADDRV2];
	int i;

	stress_must(e->started == e->ended, NULL, "started is not ended");
	stress_must(e->with_done == e->done, NULL, "queued is not settled");
	t = &e->by[BTCWIRE_ADDR];
	stress_must(!e->started || t->tried + v2->tried == over(t) + over(v2),
	    NULL, "addresses");
	for (i = 0; i < BTCWIRE_NTYPES; i++) {
		t = &e->by[i];
		stress_must(!e->started || stress_is_own(i) ||
		    i == BTCWIRE_ADDR || i == BTCWIRE_ADDRV2 ||
		    t->tried == over(t), NULL,
		    "queued is not written or failed");
		stress_must(t->read <= other->by[i].written, NULL,
		    "more was read than written");
		atomic_fetch_add(&stress_sums.queued, t->tried);
		atomic_fetch_add(&stress_sums.written, t->written);
		atomic_fetch_add(&stress_sums.failed, t->failed);
		atomic_fetch_add(&stress_sums.read, t->read);
	}
	atomic_fetch_add(&stress_sums.started, e->started);
	atomic_fetch_add(&stress_sums.ready, e->ready);
}

/* ---- Life --------------------------------------------------------------- */

static void
link_unref(struct stress_link *l)
{
	if (atomic_fetch_sub(&l->refs, 1) != 1)
		return;
	check_end(&l->end[0], &l->end[1]);
	check_end(&l->end[1], &l->end[0]);
	atomic_fetch_add(&stress_sums.links, 1);
	free(l);
}

static void
new_peer(struct stress_end *e, bool inbound)
{
	struct btcpeer_config config = BTCPEER_CONFIG_INIT;
	const char *addr = stress_pick(2) == 0 ? "192.0.2.1:8333" : NULL;
	int rc;

	stress_configure(&config, e);
	rc = inbound ? btcpeer_new_inbound(&e->p, &config, addr, NULL)
	    : btcpeer_new_outbound(&e->p, &config, addr, NULL);
	stress_must(rc == 0, NULL, "cannot make a peer");
}

struct stress_link *
stress_link_new(void)
{
	struct stress_link *l = calloc(1, sizeof(*l));
	int i;

	stress_must(l != NULL, NULL, "out of memory");
	atomic_init(&l->refs, 2);
	atomic_fetch_add(&stress_sums.made, 1);
	for (i = 0; i < 2; i++) {
		l->end[i].link = l;
		new_peer(&l->end[i], i == 0);
	}
	return l;
}

struct stress_end *
stress_ref(struct stress_end *e)
{
	btcpeer_ref(e->p);
	atomic_fetch_add(&e->link->refs, 1);
	return e;
}

/* The peer first: what was queued may be settled on this thread. */
void
stress_unref(struct stress_end *e)
{
	if (e == NULL)
		return;
	btcpeer_unref(e->p);
	link_unref(e->link);
}

int
stress_start(struct stress_end *e, int fd)
{
	int rc;

	/* Given back by on_disconnect, which may come before start returns. */
	atomic_fetch_add(&e->link->refs, 1);
	rc = btcpeer_start(e->p, fd);
	stress_must(rc == 0 || rc == BTCPEER_E_CLOSED || rc == BTCPEER_E_STATE,
	    e, "cannot start a peer");
	if (rc == 0)
		stress_must(!atomic_exchange(&e->started, true), e,
		    "started twice");
	else
		link_unref(e->link);
	return rc;
}

void
stress_ended(struct stress_end *e, enum btcpeer_reason reason, const char *why)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;

	stress_must(reason == BTCPEER_REASON_LOCAL ||
	    reason == BTCPEER_REASON_REMOTE_CLOSED ||
	    reason == BTCPEER_REASON_STALL ||
	    reason == BTCPEER_REASON_REFUSED ||
	    /* Refused before the other side had told its own version: then
	     * the reject is the first that comes of it. */
	    (reason == BTCPEER_REASON_NOT_VERSION &&
	    strstr(why, "(reject)") != NULL), e, why);
	stress_must(btcpeer_stats(e->p, &s) == 0, e, "stats");
	stress_must(s.reason == reason && strcmp(s.why, why) == 0 &&
	    btcpeer_reason(e->p) == reason, e, "another reason");
	check_sums(e);
	stress_must(!atomic_exchange(&e->ended, true), e, "ended twice");
	atomic_fetch_add(&stress_sums.reason[reason], 1);
	link_unref(e->link);
}
