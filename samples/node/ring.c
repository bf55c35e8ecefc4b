#include "ring.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <btcpeer/error.h>

#define ROOM_MIN  64
#define ROOM_KEPT 1024	/* an empty ring that is larger is freed */

static int
grow(struct ring *r)
{
	size_t head, room = r->room > 0 ? 2 * r->room : ROOM_MIN;
	uint8_t *data;

	if (room > SIZE_MAX / r->size)
		return BTCPEER_E_NOMEM;
	data = malloc(room * r->size);
	if (data == NULL)
		return BTCPEER_E_NOMEM;
	head = r->room - r->first < r->len ? r->room - r->first : r->len;
	if (r->len > 0) {
		memcpy(data, ring_at(r, 0), head * r->size);
		memcpy(data + head * r->size, r->data,
		    (r->len - head) * r->size);
	}
	free(r->data);
	r->data = data;
	r->room = room;
	r->first = 0;
	return 0;
}

int
ring_put(struct ring *r, const void *thing)
{
	int rc;

	if (r->len == r->room) {
		rc = grow(r);
		if (rc != 0)
			return rc;
	}
	r->len++;
	memcpy(ring_at(r, r->len - 1), thing, r->size);
	return 0;
}

void *
ring_at(const struct ring *r, size_t i)
{
	if (i >= r->len)
		return NULL;
	return (uint8_t *)r->data + ((r->first + i) & (r->room - 1)) * r->size;
}

void
ring_drop(struct ring *r, size_t n)
{
	r->first = (r->first + n) & (r->room - 1);
	r->len -= n;
	if (r->len == 0 && r->room > ROOM_KEPT)
		ring_clear(r);
}

void
ring_clear(struct ring *r)
{
	free(r->data);
	*r = (struct ring){ .size = r->size };
}
