/*
 * What the tests of the pending table share: one table, and short words for
 * asking and for what comes.
 */
#ifndef TEST_PENDINGS_H
#define TEST_PENDINGS_H

#include "peer/pending.h"
#include "runner.h"
#include "util/clock.h"

#define T0   INT64_C(1000000)
#define BASE INT64_C(30000)

static struct btcp_pending t;

static inline void
setup(void)
{
	btcp_pending_init(&t, BASE, NULL, 0);
}

static inline void
teardown(void)
{
	btcp_pending_clear(&t);
	ck_assert(t.first == NULL && t.last == NULL && t.bucket == NULL);
	ck_assert_uint_eq(t.items, 0);
	ck_assert_uint_eq(t.hashed_txs, 0);
	ck_assert_uint_eq(t.whole_blocks, 0);
}

/* ---- Requests and answers ---------------------------------------------- */

static inline struct btcwire_hash
hash_of(uint32_t n)
{
	struct btcwire_hash h = { .b = { 0xee } };

	memcpy(h.b + 20, &n, sizeof(n));
	return h;
}

/* An inv of n vectors of one type, numbered from first. */
static inline struct btcwire_inv
inv_of(uint32_t type, uint32_t first, size_t n)
{
	static struct btcwire_invvect vec[2000];
	size_t i;

	ck_assert_uint_le(n, 2000);
	for (i = 0; i < n; i++)
		vec[i] = (struct btcwire_invvect){ type,
		    hash_of(first + (uint32_t)i) };
	return (struct btcwire_inv){ vec, n };
}

static inline uint64_t
ask_inv(const struct btcwire_inv *inv, int64_t now)
{
	uint64_t handle = 77;

	ck_assert_int_eq(btcp_pending_add(&handle, &t, BTCWIRE_GETDATA, inv), 0);
	btcp_pending_written(&t, handle, now);
	return handle;
}

static inline uint64_t
ask_items(uint32_t type, uint32_t first, size_t n, int64_t now)
{
	struct btcwire_inv inv = inv_of(type, first, n);

	return ask_inv(&inv, now);
}

/* A request about a block; it is not written yet. */
static inline uint64_t
add_about(enum btcwire_type type, uint32_t block, uint8_t filter_type)
{
	struct btcwire_getblocktxn txn = { .block = hash_of(block) };
	struct btcwire_getcfcheckpt checkpt = { filter_type, hash_of(block) };
	struct btcwire_getcf cf = { filter_type, 1000, hash_of(block) };
	const void *body = NULL;
	uint64_t handle = 77;

	if (type == BTCWIRE_GETBLOCKTXN)
		body = &txn;
	else if (type == BTCWIRE_GETCFCHECKPT)
		body = &checkpt;
	else if (type == BTCWIRE_GETCFILTERS || type == BTCWIRE_GETCFHEADERS)
		body = &cf;
	ck_assert_int_eq(btcp_pending_add(&handle, &t, type, body), 0);
	return handle;
}

static inline uint64_t
ask_about(enum btcwire_type type, uint32_t block, uint8_t filter_type,
    int64_t now)
{
	uint64_t handle = add_about(type, block, filter_type);

	btcp_pending_written(&t, handle, now);
	return handle;
}

/* Any request; block 1 where it is about one. */
static inline uint64_t
ask(enum btcwire_type type, int64_t now)
{
	if (type == BTCWIRE_GETDATA)
		return ask_items(BTCWIRE_INV_BLOCK, 1, 1, now);
	return ask_about(type, 1, 0, now);
}

static inline void
message_came(enum btcwire_type type, int64_t now)
{
	struct btcp_arrival a = { .type = type };

	btcp_pending_arrived(&t, &a, now);
}

/* A block, or a message that is a part of one. */
static inline void
part_came(enum btcwire_type type, uint32_t n, int64_t now)
{
	struct btcwire_hash h = hash_of(n);
	struct btcp_arrival a = { .type = type, .hash = &h };

	btcp_pending_arrived(&t, &a, now);
}

/* A message about a block, for filters of that type. */
static inline void
about_came(enum btcwire_type type, uint32_t n, uint8_t filter_type, int64_t now)
{
	struct btcwire_hash h = hash_of(n);
	struct btcp_arrival a = { .type = type, .hash = &h,
	    .filter_type = filter_type };

	btcp_pending_arrived(&t, &a, now);
}

static inline void
block_came(uint32_t n, int64_t now)
{
	part_came(BTCWIRE_BLOCK, n, now);
}

static inline void
tx_came(uint32_t txid, uint32_t wtxid, int64_t now)
{
	struct btcwire_hash h = hash_of(txid), w = hash_of(wtxid);
	struct btcp_arrival a = { .type = BTCWIRE_TX, .hash = &h, .wtxid = &w };

	btcp_pending_arrived(&t, &a, now);
}

static inline void
notfound_came(const struct btcwire_inv *inv, int64_t now)
{
	struct btcp_arrival a = { .type = BTCWIRE_NOTFOUND, .notfound = inv };

	btcp_pending_arrived(&t, &a, now);
}

static inline uint64_t
overdue(int64_t now)
{
	struct btcpeer_stall s;

	return btcp_pending_overdue(&s, &t, now);
}

/* That is the next moment at which something happens, and not before. */
static inline void
due_at(int64_t at, uint64_t handle, int64_t now)
{
	ck_assert_int_eq(btcp_pending_deadline(&t, now), at);
	ck_assert_uint_eq(overdue(at - 1), 0);
	ck_assert_uint_eq(overdue(at), handle);
}

#endif
