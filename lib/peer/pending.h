/*
 * Requests that wait for an answer: the heart of stall detection.  Pure; time
 * is passed in.  Not locked.
 *
 * A request enters just before it is written, and its time begins when it has
 * been.  A getdata waits for each of its
 * items; every item that arrives gives the rest of its own request, and all
 * requests written after it, their full time again, because a remote answers
 * in order.  So does every filter on the way to the last one of a getcfilters.
 * Time spent in callbacks does not count: deadlines are kept on a clock that
 * stands still while one runs.
 */
#ifndef BTC_PEER_PENDING_H
#define BTC_PEER_PENDING_H

#include <btcpeer/peer.h>

/* How a reply is told to be the answer. */
enum btcp_match {
	BTCP_BY_TYPE,	/* any of that type */
	BTCP_BY_ITEM,	/* satisfied item by item */
	BTCP_BY_BLOCK,	/* about the same block, and of the same filter type */
	BTCP_BY_LAST	/* the same; those about other blocks come before it */
};

/* One row: what answers a request, how long it may take, what happens then. */
struct btcp_rule {
	enum btcwire_type request;
	enum btcwire_type reply[5];	/* BTCWIRE_UNKNOWN ends the list early */
	enum btcp_match match;
	int64_t factor;			/* times the base timeout */
	bool disconnect;
};
#define BTCP_NRULES 9

/* What one peer's configuration makes of a rule. */
struct btcp_limit {
	int64_t ms;			/* negative: not watched */
	bool disconnect;
};

struct btcp_request;
struct btcp_item;

struct btcp_pending {
	struct btcp_limit limit[BTCP_NRULES];
	struct btcp_request *first, *last; /* in the order of writing */
	struct btcp_item **bucket;	/* of the items that are outstanding */
	size_t buckets, items;
	size_t hashed_txs;		/* items that name transactions */
	size_t whole_blocks;		/* other requests that a block answers */
	uint8_t seed[16];
	uint64_t handles;		/* given out so far */
	int64_t lost_ms;		/* time spent in callbacks that have ended */
	int64_t callback_ms;		/* when the running one began; NEVER: none */
};

/* base_ms, negative for never, is the time of every request that no rule of the
 * configuration is about. */
void btcp_pending_init(struct btcp_pending *t, int64_t base_ms,
    const struct btcpeer_stall_rule *rule, size_t rules);
void btcp_pending_clear(struct btcp_pending *t);

/* Whether a message of this type asks for an answer. */
bool btcp_pending_is_request(enum btcwire_type type);

/*
 * A request is about to be written.  It waits for its answer from now on, so
 * that none can come too early, but its time begins with
 * btcp_pending_written().
 * In:      body    that of the message; read where the rule has items or is
 *                  about a block.
 * Out:     handle  0 when there is nothing to wait for.
 * Returns: 0 or BTCPEER_E_NOMEM: the request is not watched.
 */
int btcp_pending_add(uint64_t *handle, struct btcp_pending *t,
    enum btcwire_type type, const void *body);

/*
 * It has been written; nothing happens if it was answered already.
 * Returns: when it is overdue if nothing comes; BTCU_NEVER if it is not there.
 */
int64_t btcp_pending_written(struct btcp_pending *t, uint64_t handle,
    int64_t now_ms);

/* What arrived, as far as requests care. */
struct btcp_arrival {
	enum btcwire_type type;
	const struct btcwire_inv *notfound;	/* body of one, else NULL */
	const struct btcwire_hash *hash;	/* of a block, whole or in part,
						 * or that it is about; or txid;
						 * else NULL */
	const struct btcwire_hash *wtxid;	/* of a tx, else NULL */
	uint8_t filter_type;			/* of a cf message */
};

/* arrival.c: describe a message that has come.  It is hashed, into h, only if
 * some request waits for its kind; *a points into both. */
void btcp_arrival_describe(struct btcp_arrival *a, struct btcwire_hash h[2],
    const struct btcwire_msg *msg, bool want_tx, bool want_block);

/* Whether transactions that arrive have to be hashed for this table. */
bool btcp_pending_wants_tx(const struct btcp_pending *t);

/* The same for blocks. */
bool btcp_pending_wants_block(const struct btcp_pending *t);

void btcp_pending_arrived(struct btcp_pending *t, const struct btcp_arrival *a,
    int64_t now_ms);

/* Bytes of a message of this type are coming in. */
void btcp_pending_progress(struct btcp_pending *t, enum btcwire_type type,
    int64_t now_ms);

/* A callback of the input thread runs; deadlines wait for it. */
void btcp_pending_callback_began(struct btcp_pending *t, int64_t now_ms);
void btcp_pending_callback_ended(struct btcp_pending *t, int64_t now_ms);

/* When it is worth looking again: the earliest deadline, as far as can be told
 * now; BTCU_NEVER while nothing is pending. */
int64_t btcp_pending_deadline(const struct btcp_pending *t, int64_t now_ms);

/*
 * The first request whose deadline has passed, described in out.  It has its
 * full time again, so that each call tells of a new one.
 * Returns: a handle for btcp_pending_settle(), 0 when none is overdue.
 */
uint64_t btcp_pending_overdue(struct btcpeer_stall *out,
    struct btcp_pending *t, int64_t now_ms);

/* Forget an overdue request, if it still is there. */
void btcp_pending_settle(struct btcp_pending *t, uint64_t handle);

#endif
