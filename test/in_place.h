/*
 * Decoding from the caller's own memory.  A message is decoded from a copy
 * with more memory behind it, so there no sanitizer would see a codec read past
 * the payload's end; here it does.
 */
#ifndef TEST_IN_PLACE_H
#define TEST_IN_PLACE_H

#include <stdlib.h>

#include "wire/msgtab.h"

/* Returns the codec's error, or 0; out: end, or NULL: of the body. */
static inline int
decode_in_place(enum btcwire_type type, const uint8_t *p, size_t len,
    uint32_t pver, uint32_t flags, struct btcpeer_error *err, size_t *end)
{
	const struct btcwire_def *def = &btcwire_defs[type];
	uint64_t none[1];
	struct xfer x;
	void *body = calloc(1, def->size);

	if (body == NULL)
		return BTCPEER_E_NOMEM;
	xf_init_decode(&x, def->command, p, len);
	x.pver = pver;
	x.flags = flags;
	x.error = err;
	xf_arena_init(&x.arena, (uint8_t *)none, (uint8_t *)none, len);
	def->xfer(&x, body);
	if (x.err == 0 && end != NULL)
		*end = xf_offset(&x);
	xf_chunks_free(x.arena.chunks);
	free(body);
	return x.err;
}

#endif
