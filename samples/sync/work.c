#include "work.h"

#include <btcpeer/wire.h>

#define WORDS 4

/* *n <<= 1, bit coming in at the bottom; returns the bit that fell out. */
static unsigned
shift_left(struct work *n, unsigned bit)
{
	size_t i;

	for (i = 0; i < WORDS; i++) {
		unsigned top = (unsigned)(n->w[i] >> 63);

		n->w[i] = n->w[i] << 1 | bit;
		bit = top;
	}
	return bit;
}

/* *a -= *b, modulo 2^256. */
static void
subtract(struct work *a, const struct work *b)
{
	uint64_t borrow = 0;
	size_t i;

	for (i = 0; i < WORDS; i++) {
		uint64_t d = a->w[i] - b->w[i];
		uint64_t next = a->w[i] < b->w[i] || d < borrow;

		a->w[i] = d - borrow;
		borrow = next;
	}
}

/* Returns the carry. */
static unsigned
add(struct work *a, const struct work *b)
{
	unsigned carry = 0;
	size_t i;

	for (i = 0; i < WORDS; i++) {
		uint64_t s = a->w[i] + b->w[i];
		unsigned next = s < a->w[i] || s + carry < s;

		a->w[i] = s + carry;
		carry = next;
	}
	return carry;
}

/* Binary long division, rounded down.  d is not 0. */
static void
divide(struct work *quotient, const struct work *n, const struct work *d)
{
	struct work rest = { { 0 } };
	int bit;

	*quotient = (struct work){ { 0 } };
	for (bit = 255; bit >= 0; bit--) {
		unsigned in = (unsigned)(n->w[bit / 64] >> (bit % 64)) & 1;
		unsigned out = shift_left(&rest, in);
		bool fits = out != 0 || work_cmp(&rest, d) >= 0;

		if (fits)
			subtract(&rest, d);
		shift_left(quotient, fits);
	}
}

bool
work_from_bits(struct work *out, uint32_t bits)
{
	static const struct work one = { { 1, 0, 0, 0 } };
	struct work target = { { 0 } };
	struct work flipped;
	uint8_t bytes[32];
	size_t i;

	if (btcwire_target_from_bits(bytes, bits) != 0)
		return false;
	for (i = 0; i < sizeof(bytes); i++)
		target.w[i / 8] |= (uint64_t)bytes[i] << (i % 8 * 8);
	for (i = 0; i < WORDS; i++)
		flipped.w[i] = ~target.w[i];

	/*
	 * 2^256 does not fit, but 2^256 - 1 - target does, and that divided by
	 * target + 1 is one less.  target + 1 cannot overflow: a compact
	 * number has at most three bytes that are not 0.
	 */
	(void)add(&target, &one);
	divide(out, &flipped, &target);
	(void)add(out, &one);
	return true;
}

void
work_add(struct work *sum, const struct work *w)
{
	if (add(sum, w) != 0)
		*sum = (struct work){ { UINT64_MAX, UINT64_MAX, UINT64_MAX,
		    UINT64_MAX } };
}

int
work_cmp(const struct work *a, const struct work *b)
{
	size_t i;

	for (i = WORDS; i-- > 0;)
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i] ? -1 : 1;
	return 0;
}
