/*
 * One thing for many peers: announcements, and a block.
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define PAIRS     1000
#define TXS       1000
#define RECEIVERS 200

/* ---- fan_out ------------------------------------------------------- */

static void
on_inv(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *inv, void *user)
{
	(void)p;
	(void)msg;
	(void)user;
	gate_pass(inv->vec_len);
}

static void
pairs_start(struct pair *pairs, size_t n)
{
	struct btcpeer_listeners from = BTCPEER_LISTENERS_INIT;
	struct btcpeer_listeners to = BTCPEER_LISTENERS_INIT;
	struct btcpeer_config c;
	size_t i;
	int fd[2];

	from.on_ready = to.on_ready = on_ready_gate;
	to.on_inv = on_inv;
	gate_set(2 * n);
	for (i = 0; i < n; i++) {
		tcp_pair(fd);
		c = quiet_config(&to);
		pairs[i].p[1] = start_peer(&c, true, fd[1]);
		c = quiet_config(&from);
		c.trickle_ms = 100;
		pairs[i].p[0] = start_peer(&c, false, fd[0]);
	}
	gate_wait("handshakes");
}

/* Each transaction to every peer, as a node does that relays them. */
static void
announce(struct pair *pairs, size_t n, uint32_t round)
{
	struct btcwire_hash id = { .b = { 0 } };
	uint32_t tx;
	size_t i;

	memcpy(id.b + 4, &round, sizeof(round));
	for (tx = 0; tx < TXS; tx++) {
		memcpy(id.b, &tx, sizeof(tx));
		for (i = 0; i < n; i++)
			need(btcpeer_queue_inventory(pairs[i].p[0],
			    BTCWIRE_INV_TX, &id, &id) == 0,
			    "cannot queue an announcement");
	}
}

/* One announcement as a share of a full inv: hashed here and there, moved. */
static double
inv_limit(void)
{
	size_t len = 3 + 36 * TXS, whole = 262144;

	return (2 * limit_sha256d(len) + limit_loopback(whole) *
	    (double)len / (double)whole) / TXS;
}

void
bench_fan_out(void)
{
	struct row r = { .name = "fan_out", .unit = "us",
	    .goal = "<= 0.35 us" };
	struct pair *pairs = need_memory(PAIRS * sizeof(*pairs));
	size_t n = scaled(PAIRS), i;
	struct span span;
	int k;

	many_files();
	pairs_start(pairs, n);
	for (k = -1; k < reps(); k++) {
		if (k >= 0)
			sample(&r.limit, inv_limit());
		gate_set(n * TXS);
		span_begin(&span);
		announce(pairs, n, (uint32_t)k);
		gate_wait("fan_out");
		span_end(&span);
		if (k >= 0)
			row_span(&r, &span, (double)(n * TXS));
	}
	snprintf(r.note, sizeof(r.note),
	    "both ends, %zu peers x %d, all delivered in %.2f s", n, TXS,
	    median(&r.wall) * (double)(n * TXS) / 1e6);
	row_emit(&r);
	for (i = 0; i < n; i++) {
		btcpeer_disconnect(pairs[i].p[0]);
		btcpeer_disconnect(pairs[i].p[1]);
	}
	for (i = 0; i < n; i++)
		pair_stop(&pairs[i]);
	free(pairs);
}

/* ---- broadcast_block ----------------------------------------------- */

static void *
receive_all(void *remotes)
{
	remotes_run(remotes);
	return NULL;
}

static void
one_to_all(struct btcpeer **p, size_t n, struct btcwire_msg *msg,
    uint32_t flags)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcwire_bytes payload;
	size_t i, len, bytes;

	/* Of the form that is sent; measuring keeps nothing. */
	len = btcwire_msg_encoded_size(msg, BTCWIRE_PVER_NEWEST, flags);
	payload = btcwire_msg_raw(msg, NULL);
	need(len <= payload.len, "a form is longer than the newest");
	bytes = n * (len + BTCWIRE_FRAME_HEADER);
	send.flags = flags;
	gate_set(bytes);
	watch_begin(len);
	for (i = 0; i < n; i++)
		need(btcpeer_queue_message(p[i], msg, &send) == 0,
		    "cannot queue the block");
	gate_wait("broadcast_block");
}

/* A message that was never sent before. */
static struct btcwire_msg *
fresh_block(const uint8_t *data, size_t len)
{
	struct btcwire_msg *msg = NULL;

	need(btcwire_decode(&msg, BTCWIRE_BLOCK, data, len,
	    BTCWIRE_PVER_NEWEST, 0, NULL) == 0, "cannot decode the block");
	return msg;
}

static void
broadcasts(struct row *r, struct btcpeer **p, size_t n, const uint8_t *data,
    size_t len)
{
	double hashed = 0, stripped_hashed, one;
	uint64_t large = 0, stripped_large;
	struct btcwire_msg *msg;
	struct span span;
	int k;

	for (k = -1; k < reps(); k++) {
		if (k >= 0)
			sample(&r->limit, limit_loopback(len));
		msg = fresh_block(data, len);
		span_begin(&span);
		one_to_all(p, n, msg, 0);
		span_end(&span);
		one = (double)watch_hashed() / (double)len;
		hashed = one > hashed ? one : hashed;
		large = watch_large() > large ? watch_large() : large;
		if (k >= 0)
			row_span(r, &span, (double)n);
		btcwire_msg_unref(msg);
	}
	/* The other form has to be made. */
	msg = fresh_block(data, len);
	one_to_all(p, n, msg, BTCWIRE_NO_WITNESS);
	stripped_hashed = (double)watch_hashed() / (double)
	    btcwire_msg_encoded_size(msg, BTCWIRE_PVER_NEWEST,
	    BTCWIRE_NO_WITNESS);
	stripped_large = watch_large();
	btcwire_msg_unref(msg);
	snprintf(r->note, sizeof(r->note), "%zu peers; hashed at most %.2f "
	    "times, serialised %u; without witnesses %.2f, %u", n, hashed,
	    (unsigned)large, stripped_hashed, (unsigned)stripped_large);
}

void
bench_broadcast(void)
{
	struct row r = { .name = "broadcast_block", .unit = "us",
	    .goal = "ratio <= 1.3, once" };
	struct btcpeer_listeners on = BTCPEER_LISTENERS_INIT;
	struct remote_end *remotes = remotes_new(gate_pass);
	struct btcpeer *p[RECEIVERS];
	struct btcpeer_config c;
	pthread_t t;
	uint8_t *data;
	size_t i, len;
	int fd[2];

	data = read_data("blocks/block928848.raw", &len);
	if (data == NULL) {
		row_not_run(r.name, "no test data (BTCPEER_TEST_DATA)");
		return;
	}
	/* The remotes pass the gate with bytes: on_ready is told by stats. */
	c = quiet_config(&on);
	for (i = 0; i < RECEIVERS; i++) {
		tcp_pair(fd);
		remotes_add(remotes, fd[1]);
		p[i] = start_peer(&c, false, fd[0]);
	}
	need(pthread_create(&t, NULL, receive_all, remotes) == 0, "no thread");
	for (i = 0; i < RECEIVERS; i++)
		await_ready(p[i]);
	broadcasts(&r, p, RECEIVERS, data, len);
	row_emit(&r);
	for (i = 0; i < RECEIVERS; i++)
		stop_peer(p[i]);
	pthread_join(t, NULL);
	free(data);
}
