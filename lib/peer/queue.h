/*
 * The outgoing queue: bounds, admission, and batches for the output thread.
 * Not locked; the peer's monitor guards it.  No callback is called from here.
 */
#ifndef BTC_PEER_QUEUE_H
#define BTC_PEER_QUEUE_H

#include <btcpeer/peer.h>

/* The library's own messages have this much on top (protocol.md A9). */
#define BTCP_CONTROL_MAX 65536

struct btcp_entry {
	struct btcwire_msg *msg;		/* owned */
	struct btcpeer_completion *completion;	/* owned, or NULL */
	void (*done)(struct btcpeer *p, struct btcwire_msg *msg, int result,
	    void *arg);
	void *done_arg;
	uint32_t flags;
	uint32_t size;		/* bytes it was admitted with */
	bool control;		/* the library's own; bounded apart */
	bool urgent;		/* of those: goes before everything else */
};

struct btcp_batch {
	struct btcp_entry *v;	/* owned */
	size_t len, cap;
};

struct btcp_queue {
	struct btcp_batch first;	/* urgent, or part of the handshake */
	struct btcp_batch rest;		/* all others, in the order of queueing */
	size_t max_bytes, max_msgs;
	size_t bytes, msgs;		/* of user messages not yet written */
	size_t peak_msgs;
	size_t control_bytes;		/* of control messages not yet written */
	bool high;			/* half full, or somebody was refused, and
					 * not drained since */
	bool high_due;			/* of which nobody has been told yet */
	bool drained;			/* something has gone since it is high */
	bool held;			/* the rest waits for the handshake */
};

void btcp_queue_init(struct btcp_queue *q, size_t max_bytes, size_t max_msgs);
void btcp_batch_clear(struct btcp_batch *b);	/* must be empty */
void btcp_batch_reset(struct btcp_batch *b);	/* written; frees what is large */

/* Whether a message of that size would be admitted.  A single one always is. */
bool btcp_queue_has_room(const struct btcp_queue *q, size_t size);

/*
 * Put an entry in.
 * Returns: 0: the queue owns what it points to; or BTCPEER_E_FULL, _NOMEM.
 */
int btcp_queue_push(struct btcp_queue *q, const struct btcp_entry *e);

/*
 * The same for n entries of users at once: all of them, or none.  Together they
 * are held to the bounds as one is: an empty queue takes them always.
 */
int btcp_queue_push_all(struct btcp_queue *q, const struct btcp_entry *e,
    size_t n);

/* Append to a batch of the output thread.  Returns: 0 or BTCPEER_E_NOMEM. */
int btcp_batch_push(struct btcp_batch *b, const struct btcp_entry *e);

/*
 * Give all that may go to the empty batch: what goes first if there is any,
 * else the rest.  Trades arrays, copies nothing.
 */
void btcp_queue_take(struct btcp_batch *out, struct btcp_queue *q);

/* Everything, held or not, for settling it at the end. */
void btcp_queue_take_rest(struct btcp_batch *out, struct btcp_queue *q);

/* An entry was written or given up: its room is free again. */
void btcp_queue_release(struct btcp_queue *q, const struct btcp_entry *e);

/*
 * The two marks, each true once and in turns: the queue came to half of one of
 * its bounds, or refused an entry; and it has drained to a quarter of both since.
 * Ask for the high one first.
 */
bool btcp_queue_high_water(struct btcp_queue *q);
bool btcp_queue_low_water(struct btcp_queue *q);

#endif
