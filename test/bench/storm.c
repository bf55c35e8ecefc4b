/*
 * Messages from one peer to another over the loopback, as fast as it goes: one
 * thread queues, a listener counts.
 */
#include "config.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define INV_STORM 400000
#define TX_STORM  200000
#define BLOCKS    100
#define TX_BYTES  245		/* the transaction wanted for tx_storm */

/* What arrives is counted on the one input thread. */
static atomic_uint_least64_t awaited;

static void
arrived(void)
{
	uint64_t left = atomic_load_explicit(&awaited, memory_order_relaxed);

	atomic_store_explicit(&awaited, --left, memory_order_relaxed);
	if (left == 0)
		gate_pass(1);
}

static void
on_inv(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *inv, void *user)
{
	(void)p;
	(void)msg;
	(void)user;
	if (inv->vec_len == 1)
		arrived();
}

static void
on_tx(struct btcpeer *p, struct btcwire_msg *msg, const struct btcwire_tx *tx,
    void *user)
{
	(void)p;
	(void)msg;
	(void)user;
	if (tx->in_len > 0)
		arrived();
}

static void
on_block(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_block *block, void *user)
{
	(void)p;
	(void)msg;
	(void)user;
	if (block->tx_len > 0)
		arrived();
}

static void
on_raw(struct btcpeer *p, const char *command, const uint8_t *payload,
    size_t payload_len, void *user)
{
	(void)p;
	(void)payload;
	(void)payload_len;
	(void)user;
	if (strcmp(command, "bench") == 0)
		arrived();
}

static struct btcpeer_listeners
counting(void)
{
	struct btcpeer_listeners on = BTCPEER_LISTENERS_INIT;

	on.on_inv = on_inv;
	on.on_tx = on_tx;
	on.on_block = on_block;
	on.on_raw = on_raw;
	return on;
}

/* ---- A storm ------------------------------------------------------- */

/* What is sent: the n-th message, all of them different. */
struct source {
	struct btcwire_msg *(*make)(const struct source *s, uint32_t n);
	struct btcwire_msg **made;	/* or these, which are used up */
	const struct btcwire_tx *tx;
	struct btcwire_msg *same;
	uint8_t *payload;
	size_t len;
};

static void
storm(struct span *span, struct pair *pair, const struct source *s, size_t n,
    const char *name)
{
	size_t i;

	atomic_store(&awaited, n);
	gate_set(1);
	span_begin(span);
	for (i = 0; i < n; i++)
		queue_take(pair->p[0], s->made != NULL ? s->made[i]
		    : s->make(s, (uint32_t)i));
	gate_wait(name);
	span_end(span);
}

/* All repetitions; the first, shorter one is not counted. */
static void
storms(struct row *r, const struct source *s, size_t n, double limit(size_t),
    size_t len)
{
	struct btcpeer_listeners on = counting();
	struct pair pair;
	struct span span;
	int i;

	pair_start(&pair, &on);
	storm(&span, &pair, s, n / 10 + 1, r->name);
	for (i = 0; i < reps(); i++) {
		sample(&r->limit, limit(len));
		storm(&span, &pair, s, n, r->name);
		row_span(r, &span, (double)n);
	}
	pair_stop(&pair);
}

static double
hashed_twice(size_t len)
{
	return 2 * limit_sha256d(len);
}

static double
hashed_and_moved(size_t len)
{
	return limit_sha256d(len) + limit_loopback(len);
}

/* ---- inv ----------------------------------------------------------- */

static struct btcwire_msg *
make_inv(const struct source *s, uint32_t n)
{
	struct btcwire_invvect vec = { .type = BTCWIRE_INV_TX };
	struct btcwire_inv inv = { .vec = &vec, .vec_len = 1 };

	(void)s;
	memcpy(vec.hash.b, &n, sizeof(n));
	return make(BTCWIRE_INV, &inv);
}

static void
storm_row(void)
{
	struct row r = { .name = "inv_storm", .unit = "us",
	    .goal = "ratio <= 3.5, >= 600000/s" };
	struct source s = { .make = make_inv };

	snprintf(r.note, sizeof(r.note), "61 bytes, made and queued");
	storms(&r, &s, scaled(INV_STORM), hashed_twice, 37);
	row_emit(&r);
}

/* What making the messages costs in it. */
static void
inv_make(void)
{
	struct row r = { .name = "inv_make", .unit = "us" };
	struct source s = { .make = make_inv };
	size_t n = scaled(INV_STORM), i;
	struct span span;
	int k;

	snprintf(r.note, sizeof(r.note),
	    "of inv_storm: making and freeing the message");
	for (k = 0; k < reps(); k++) {
		span_begin(&span);
		for (i = 0; i < n; i++)
			btcwire_msg_unref(s.make(&s, (uint32_t)i));
		span_end(&span);
		row_span(&r, &span, (double)n);
	}
	row_emit(&r);
}

void
bench_inv_storm(void)
{
	inv_make();
	storm_row();
}

/* ---- tx ------------------------------------------------------------ */

static struct btcwire_msg *
make_tx(const struct source *s, uint32_t n)
{
	struct btcwire_tx tx = *s->tx;

	tx.locktime = n;
	return make(BTCWIRE_TX, &tx);
}

static struct btcwire_msg *
data_block(const char *name, size_t *len)
{
	struct btcwire_msg *msg = NULL;
	uint8_t *data = read_data(name, len);

	if (data == NULL)
		return NULL;
	need(btcwire_decode(&msg, BTCWIRE_BLOCK, data, *len,
	    BTCWIRE_PVER_NEWEST, 0, NULL) == 0, "cannot decode %s", name);
	free(data);
	return msg;
}

/* Of a block's transactions the one whose length is nearest to TX_BYTES. */
static size_t
find_tx(const struct btcwire_tx **out, const struct btcwire_block *block)
{
	size_t i, len, best = 0, away, least = SIZE_MAX;

	for (i = 0; i < block->tx_len; i++) {
		need(btcwire_body_size(&len, BTCWIRE_TX, &block->tx[i],
		    BTCWIRE_PVER_NEWEST, 0, NULL) == 0, "cannot measure a tx");
		away = len > TX_BYTES ? len - TX_BYTES : TX_BYTES - len;
		if (away < least) {
			least = away;
			best = len;
			*out = &block->tx[i];
		}
	}
	return best;
}

/* A block with a transaction of TX_BYTES, or else nearly; NULL: no data. */
static struct btcwire_msg *
tx_block(const struct btcwire_tx **tx, size_t *len)
{
	static const char *const names[] = { "blocks/block928848.raw",
	    "blocks/block482683.raw", "blocks/block898352.raw",
	    "blocks/block300025.raw" };
	struct btcwire_msg *block = NULL;
	size_t i;

	*len = 0;
	for (i = 0; i < COUNT_OF(names) && *len != TX_BYTES; i++) {
		btcwire_msg_unref(block);
		block = data_block(names[i], len);
		if (block == NULL)
			return NULL;
		*len = find_tx(tx, btcwire_block_of(block));
	}
	return block;
}

void
bench_tx_storm(void)
{
	struct row r = { .name = "tx_storm", .unit = "us",
	    .goal = "ratio <= 4" };
	struct source s = { .make = make_tx };
	struct btcwire_msg *block;
	size_t len;

	block = tx_block(&s.tx, &len);
	if (block == NULL) {
		row_not_run(r.name, "no test data (BTCPEER_TEST_DATA)");
		return;
	}
	snprintf(r.note, sizeof(r.note), "%zu bytes, made and queued",
	    len + BTCWIRE_FRAME_HEADER);
	storms(&r, &s, scaled(TX_STORM), hashed_twice, len);
	row_emit(&r);
	btcwire_msg_unref(block);
}

/* ---- block --------------------------------------------------------- */

static struct btcwire_msg *
make_same(const struct source *s, uint32_t n)
{
	(void)n;
	return btcwire_msg_ref(s->same);
}

void
bench_block(void)
{
	struct row r = { .name = "block", .unit = "us",
	    .goal = "ratio <= 1.3, allocs <= 3" };
	struct source s = { .make = make_same };
	size_t len;

	s.same = data_block("blocks/block928848.raw", &len);
	if (s.same == NULL) {
		row_not_run(r.name, "no test data (BTCPEER_TEST_DATA)");
		return;
	}
	storms(&r, &s, scaled(BLOCKS), hashed_and_moved, len);
	snprintf(r.note, sizeof(r.note), "%zu bytes, %.0f MB/s", len,
	    (double)len / median(&r.wall));
	row_emit(&r);
	btcwire_msg_unref(s.same);
}

/* ---- By size ------------------------------------------------------- */

static struct btcwire_msg *
make_raw(const struct source *s, uint32_t n)
{
	struct btcwire_msg *msg = NULL;

	if (s->len >= sizeof(n))
		memcpy(s->payload, &n, sizeof(n));
	need(btcwire_msg_new_raw(&msg, "bench", s->payload, s->len, NULL) == 0,
	    "cannot make a raw message");
	return msg;
}

/* Both hashes, and its share of a good stream. */
static double
raw_limit(size_t len)
{
	size_t wire = len + BTCWIRE_FRAME_HEADER;
	size_t whole = wire < 262144 ? 262144 : wire;

	return 2 * limit_sha256d(len) +
	    limit_loopback(whole) * (double)wire / (double)whole;
}

void
bench_sizes(void)
{
	static const size_t sizes[] = { 0, 16, 64, 256, 1024, 4096, 16384,
	    65536, 262144, 1048576, BTCWIRE_MAX_PAYLOAD };
	struct source s = { .make = make_raw };
	char name[32];
	size_t i, n;

	for (i = 0; i < COUNT_OF(sizes); i++) {
		struct row r = { .name = name, .unit = "us" };

		snprintf(name, sizeof(name), "size_%zu", sizes[i]);
		s.len = sizes[i];
		s.payload = need_memory(s.len);
		n = 200000000 / (sizes[i] + 1500);
		storms(&r, &s, scaled(n), raw_limit, s.len);
		r.plotted = true;
		r.size = (double)sizes[i];
		snprintf(r.note, sizeof(r.note), "%.1f MB/s",
		    (double)(s.len + BTCWIRE_FRAME_HEADER) / median(&r.wall));
		row_emit(&r);
		free(s.payload);
	}
}
