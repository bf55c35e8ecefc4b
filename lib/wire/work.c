/*
 * Work: the number of hashes that a proof of work took on average, in 256 bits.
 */
#include "config.h"

#include <btcpeer/wire.h>
#include "wire/bytes.h"

#define WORDS 4

/* *n <<= 1, bit coming in at the bottom. */
static void
shift_left(struct btcwire_work *n, unsigned bit)
{
	size_t i;

	for (i = 0; i < WORDS; i++) {
		unsigned top = (unsigned)(n->w[i] >> 63);

		n->w[i] = n->w[i] << 1 | bit;
		bit = top;
	}
}

/* *a += (*b ^ flip) + carry; returns the carry. */
static unsigned
add(struct btcwire_work *a, const struct btcwire_work *b, uint64_t flip,
    unsigned carry)
{
	size_t i;

	for (i = 0; i < WORDS; i++) {
		uint64_t s = a->w[i] + (b->w[i] ^ flip);
		unsigned next = s < a->w[i] || s + carry < s;

		a->w[i] = s + carry;
		carry = next;
	}
	return carry;
}

static void
subtract(struct btcwire_work *a, const struct btcwire_work *b)
{
	(void)add(a, b, UINT64_MAX, 1);
}

/*
 * Binary long division, rounded down.  d is not 0.  As many words of n as d has
 * below its highest are less than d and so the first rest; no rest is ever more
 * than the bits of n that were taken, so it does not overflow.
 */
static void
divide(struct btcwire_work *quotient, const struct btcwire_work *n,
    const struct btcwire_work *d)
{
	struct btcwire_work rest = { { 0 } };
	size_t i, words = WORDS - 1, bit;

	*quotient = rest;
	while (words > 0 && d->w[words] == 0)
		words--;
	for (i = 0; i < words; i++)
		rest.w[i] = n->w[WORDS - words + i];
	for (bit = 64 * (WORDS - words); bit-- > 0;) {
		bool fits;

		shift_left(&rest, (unsigned)(n->w[bit / 64] >> (bit % 64)) & 1);
		fits = btcwire_work_cmp(&rest, d) >= 0;
		if (fits)
			subtract(&rest, d);
		shift_left(quotient, fits);
	}
}

/*
 * 2^256 does not fit, but 2^256 - 1 - target does, and that divided by
 * target + 1 is one less.  target + 1 cannot overflow: a compact number has at
 * most three bytes that are not 0.
 */
int
btcwire_work_from_bits(struct btcwire_work *out, uint32_t bits)
{
	static const struct btcwire_work zero;
	struct btcwire_work target, flipped;
	uint8_t bytes[32];
	size_t i;
	int rc = btcwire_target_from_bits(bytes, bits);

	if (rc != 0)
		return rc;
	for (i = 0; i < WORDS; i++) {
		target.w[i] = xf_le64(bytes + 8 * i);
		flipped.w[i] = ~target.w[i];
	}
	(void)add(&target, &zero, 0, 1);
	divide(out, &flipped, &target);
	(void)add(out, &zero, 0, 1);
	return 0;
}

void
btcwire_work_add(struct btcwire_work *sum, const struct btcwire_work *w)
{
	size_t i;

	if (add(sum, w, 0, 0) == 0)
		return;
	for (i = 0; i < WORDS; i++)
		sum->w[i] = UINT64_MAX;
}

int
btcwire_work_cmp(const struct btcwire_work *a, const struct btcwire_work *b)
{
	size_t i;

	for (i = WORDS; i-- > 0;)
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i] ? -1 : 1;
	return 0;
}
