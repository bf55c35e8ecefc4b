/*
 * First in, first out: a ring of things of one size, which grows.
 *
 * Threads: none of its own; whoever owns the ring protects it.
 */
#ifndef SAMPLES_NODE_RING_H
#define SAMPLES_NODE_RING_H

#include <stddef.h>

struct ring {
	void *data;		/* owned */
	size_t size;		/* bytes of one thing */
	size_t room;		/* things; 0 or a power of two */
	size_t first;
	size_t len;
};
#define RING_INIT(type) { .size = sizeof(type) }

/* Copy a thing to the end.  Returns: 0 or BTCPEER_E_NOMEM. */
int ring_put(struct ring *r, const void *thing);

/* The i-th from the front, borrowed until the next put; NULL beyond the end. */
void *ring_at(const struct ring *r, size_t i);

/* Forget n from the front; there must be as many.  An empty ring keeps only
 * little memory. */
void ring_drop(struct ring *r, size_t n);

/* Forget and free everything; it can be used again. */
void ring_clear(struct ring *r);

#endif
