#include "config.h"

#include <stdlib.h>

#include "wire/arena.h"

#define CHUNK_MIN ((size_t)1024)

void
xf_arena_init(struct xf_arena *a, uint8_t *start, uint8_t *end, size_t expect)
{
	size_t skip = (size_t)(-(uintptr_t)start & (XF_ALIGN - 1));

	if (skip > (size_t)(end - start))
		skip = (size_t)(end - start);
	*a = (struct xf_arena){
		.p = start + skip,
		.end = end,
		.grow = CHUNK_MIN,
		.grow_max = expect > CHUNK_MIN ? expect : CHUNK_MIN,
	};
	if (expect / 4 > CHUNK_MIN)
		a->grow = expect / 4;
}

void *
xf_arena_more(struct xf_arena *a, size_t size)
{
	size_t room = size > a->grow ? size : xf_align(a->grow);
	struct xf_chunk *c = malloc(sizeof(*c) + room);

	if (c == NULL)
		return NULL;
	c->next = a->chunks;
	c->size = room;
	a->chunks = c;
	a->grow = a->grow < a->grow_max / 2 ? a->grow * 2 : a->grow_max;

	/*
	 * What is left of the previous room is given up only when the new
	 * chunk has more to offer.
	 */
	if (room - size > (size_t)(a->end - a->p)) {
		a->p = (uint8_t *)c->data + size;
		a->end = (uint8_t *)c->data + room;
	}
	return c->data;
}

size_t
xf_chunks_size(const struct xf_chunk *c)
{
	size_t n = 0;

	for (; c != NULL; c = c->next)
		n += c->size;
	return n;
}

void
xf_chunks_free(struct xf_chunk *c)
{
	struct xf_chunk *next;

	for (; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
}
