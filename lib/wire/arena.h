/*
 * Memory for what is decoded from one message: bump allocation in the room
 * behind the payload, then in chunks that are chained to the message.
 */
#ifndef BTC_WIRE_ARENA_H
#define BTC_WIRE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#define XF_ALIGN 8	/* of all that is allocated; suits every body */

struct xf_chunk {
	struct xf_chunk *next;
	size_t size;
	uint64_t data[];
};

struct xf_arena {
	uint8_t *p;		/* aligned to XF_ALIGN */
	uint8_t *end;
	struct xf_chunk *chunks;	/* newest first */
	size_t grow;		/* size of the next chunk */
	size_t grow_max;	/* chunks double up to here */
};

/* Use [start, end) first; expect: a guess of what may be needed past it. */
void xf_arena_init(struct xf_arena *a, uint8_t *start, uint8_t *end,
    size_t expect);

/* NULL when out of memory; not cleared. */
void *xf_arena_more(struct xf_arena *a, size_t size);

/* The room in all of them together. */
size_t xf_chunks_size(const struct xf_chunk *c);

void xf_chunks_free(struct xf_chunk *c);

static inline size_t
xf_align(size_t n)
{
	return (n + (XF_ALIGN - 1)) & ~(size_t)(XF_ALIGN - 1);
}

/* As xf_arena_more(), which it calls when the room does not suffice. */
static inline void *
xf_arena_alloc(struct xf_arena *a, size_t size)
{
	void *p = a->p;

	size = xf_align(size);
	if ((size_t)(a->end - a->p) < size)
		return xf_arena_more(a, size);
	a->p += size;
	return p;
}

#endif
