/*
 * Golomb-Rice coded sets (BIP 158): items become numbers, which are sorted;
 * what is written is each one's distance from the one before.
 */
#ifndef BTC_WIRE_GCS_H
#define BTC_WIRE_GCS_H

#include <stdbool.h>

#include <btcpeer/msgs.h>

#define GCS_P 19	/* bits of a distance that are written as they are */
#define GCS_M 784931	/* one in so many items is found by mistake */
#define GCS_MAX_ITEMS UINT32_MAX
#define GCS_MIN_BITS (GCS_P + 1)	/* of an item */

/* The upper half of a product; not every machine has integers of 128 bits. */
static inline uint64_t
gcs_mul_high(uint64_t a, uint64_t b)
{
	uint64_t a1 = a >> 32, a0 = (uint32_t)a, b1 = b >> 32, b0 = (uint32_t)b;
	uint64_t low = a0 * b0, mid = a1 * b0 + (low >> 32);
	uint64_t mid2 = a0 * b1 + (uint32_t)mid;

	return a1 * b1 + (mid >> 32) + (mid2 >> 32);
}

/* The number, below n * GCS_M, of an item in a set of n items; of its hash. */
static inline uint64_t
gcs_number(uint64_t hash, uint64_t n)
{
	return gcs_mul_high(hash, n * GCS_M);
}

/* SipHash-2-4; the key is the first half of a block's hash. */
uint64_t btcwire_gcs_hash(const struct btcwire_bytes *item,
    const struct btcwire_hash *block);

/* A set that is being made. */
struct gcs_set {
	const struct btcwire_hash *block;
	struct gcs_item *item;
	size_t n;
};

/*
 * Returns: 0, or BTCPEER_E_TOOBIG, _NOMEM.
 * Out:     s     clear it with btcwire_gcs_clear().
 * In:      room  how many items will be added at most.
 */
int btcwire_gcs_init(struct gcs_set *s, const struct btcwire_hash *block,
    uint64_t room);

/* An empty item is left out.  The item stays the caller's, until the set was
 * encoded. */
void btcwire_gcs_add(struct gcs_set *s, const struct btcwire_bytes *item);

/* The set, items that are equal once, after their count: free(3) it.
 * Returns 0 or BTCPEER_E_NOMEM. */
int btcwire_gcs_encode(uint8_t **out, size_t *len, struct gcs_set *s);

void btcwire_gcs_clear(struct gcs_set *s);

/* A set that is read; begin with its bytes in p and end, and zeroes. */
struct gcs_reader {
	const uint8_t *p, *end;
	uint64_t window;	/* bits taken from p, the next one highest */
	unsigned have;		/* how many; the other bits are zero */
};

/* The next distance, or false where the bits end before it does. */
bool btcwire_gcs_next(struct gcs_reader *r, uint64_t *distance);

/* Bits not read yet. */
static inline uint64_t
gcs_left(const struct gcs_reader *r)
{
	return (uint64_t)(r->end - r->p) * 8 + r->have;
}

#endif
