#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "wire/gcs.h"
#include "wire/xfer.h"

#define COUNT_ROOM 9	/* bytes of the longest CompactSize */

struct gcs_item {
	uint64_t hash;		/* its number, once the set is complete */
	const struct btcwire_bytes *bytes;
};

uint64_t
btcwire_gcs_hash(const struct btcwire_bytes *item,
    const struct btcwire_hash *block)
{
	uint8_t out[crypto_shorthash_BYTES];

	crypto_shorthash(out, item->data, item->len, block->b);
	return xf_le64(out);
}

int
btcwire_gcs_init(struct gcs_set *s, const struct btcwire_hash *block,
    uint64_t room)
{
	struct gcs_item *item = NULL;

	if (room > GCS_MAX_ITEMS)
		return BTCPEER_E_TOOBIG;
	if (room > 0 && (item = calloc((size_t)room, sizeof(*item))) == NULL)
		return BTCPEER_E_NOMEM;
	*s = (struct gcs_set){ block, item, 0 };
	return 0;
}

void
btcwire_gcs_clear(struct gcs_set *s)
{
	free(s->item);
}

void
btcwire_gcs_add(struct gcs_set *s, const struct btcwire_bytes *item)
{
	if (item->len == 0)
		return;
	s->item[s->n].hash = btcwire_gcs_hash(item, s->block);
	s->item[s->n++].bytes = item;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = ((const struct gcs_item *)a)->hash;
	uint64_t y = ((const struct gcs_item *)b)->hash;

	return (x > y) - (x < y);
}

static bool
same(const struct btcwire_bytes *a, const struct btcwire_bytes *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* Keep one of each in a sorted list; items may differ and hash alike. */
static size_t
drop_equal(struct gcs_item *v, size_t n)
{
	size_t kept = 0, first = 0, i, j;

	for (i = 0; i < n; i++) {
		if (kept == 0 || v[first].hash != v[i].hash)
			first = kept;
		for (j = first; j < kept; j++)
			if (same(v[j].bytes, v[i].bytes))
				break;
		if (j == kept)
			v[kept++] = v[i];
	}
	return kept;
}

/* Bits on their way to bytes. */
struct writer {
	uint8_t *p;
	uint64_t window;	/* the last one lowest */
	unsigned have;		/* of them, not yet written: at most 7 */
};

/* At most 32 bits. */
static void
put(struct writer *w, uint64_t bits, unsigned n)
{
	w->window = w->window << n | bits;
	for (w->have += n; w->have >= 8; w->have -= 8)
		*w->p++ = (uint8_t)(w->window >> (w->have - 8));
}

/* All ones but the last, then the rest as it is. */
static void
put_distance(struct writer *w, uint64_t d)
{
	uint64_t ones = d >> GCS_P;

	for (; ones > 31; ones -= 31)
		put(w, 0x7fffffff, 31);
	put(w, (UINT64_C(2) << ones) - 2, (unsigned)ones + 1);
	put(w, d & ((1 << GCS_P) - 1), GCS_P);
}

static void
put_all(uint8_t *p, const struct gcs_item *v, size_t n)
{
	struct writer w = { p, 0, 0 };
	uint64_t last = 0;
	size_t i;

	for (i = 0; i < n; last = v[i++].hash)
		put_distance(&w, v[i].hash - last);
	if (w.have > 0)
		put(&w, 0, 8 - w.have);
}

int
btcwire_gcs_encode(uint8_t **out, size_t *len, struct gcs_set *s)
{
	uint8_t count[COUNT_ROOM], *buf;
	uint64_t bits = 0, last = 0;
	size_t i, head, body;
	struct xfer x;

	if (s->n > 0)
		qsort(s->item, s->n, sizeof(*s->item), compare);
	s->n = drop_equal(s->item, s->n);

	/* The order of the numbers is that of the hashes. */
	for (i = 0; i < s->n; last = s->item[i++].hash) {
		s->item[i].hash = gcs_number(s->item[i].hash, s->n);
		bits += ((s->item[i].hash - last) >> GCS_P) + GCS_MIN_BITS;
	}
	body = (size_t)((bits + 7) / 8);
	xf_init_encode(&x, "cfilter", count, sizeof(count));
	xf_put_count(&x, "item", "count", s->n, GCS_MAX_ITEMS);
	head = xf_offset(&x);
	if ((buf = malloc(head + body)) == NULL)
		return BTCPEER_E_NOMEM;
	memcpy(buf, count, head);
	put_all(buf + head, s->item, s->n);
	*out = buf;
	*len = head + body;
	return 0;
}

static void
refill(struct gcs_reader *r)
{
	while (r->have <= 56 && r->p < r->end) {
		r->window |= (uint64_t)*r->p++ << (56 - r->have);
		r->have += 8;
	}
}

/* n is less than 64 and at most r->have. */
static void
skip(struct gcs_reader *r, unsigned n)
{
	r->window <<= n;
	r->have -= n;
}

bool
btcwire_gcs_next(struct gcs_reader *r, uint64_t *distance)
{
	uint64_t high = 0;
	unsigned ones;

	for (;;) {
		refill(r);
		if (r->have == 0)
			return false;
		if (~r->window == 0)
			ones = 64;
		else
			ones = (unsigned)__builtin_clzll(~r->window);
		high += ones;
		if (ones < r->have)
			break;
		r->window = 0;
		r->have = 0;
	}
	skip(r, ones);
	skip(r, 1);
	refill(r);
	if (r->have < GCS_P)
		return false;
	*distance = high << GCS_P | r->window >> (64 - GCS_P);
	skip(r, GCS_P);
	return true;
}
