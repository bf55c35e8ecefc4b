/*
 * Proof of work.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include <btcpeer/wire.h>
#include "util/err.h"

/*
 * The compact form is a floating-point number: the top byte counts the bytes
 * of the value, the low 23 bits are the most significant of them, and bit 23
 * is a sign.
 */
int
btcwire_target_from_bits(uint8_t target[32], uint32_t bits)
{
	uint32_t size = bits >> 24, word = bits & 0x007fffff;
	uint8_t t[32] = { 0 };
	uint32_t i;

	if (size < 3) {
		word >>= 8 * (3 - size);
		size = 3;
	}
	if (word == 0 || (bits & 0x00800000) != 0)
		return BTCPEER_E_BADVALUE;
	for (i = size - 3; word != 0; i++, word >>= 8) {
		if (i >= sizeof(t))
			return BTCPEER_E_BADVALUE;
		t[i] = (uint8_t)word;
	}
	memcpy(target, t, sizeof(t));
	return 0;
}

/* A first byte of 0x80 or more would be taken for a sign, so such a number gets
 * a byte of zeroes before it. */
uint32_t
btcwire_bits_from_target(const uint8_t target[32])
{
	uint32_t size = 32, word = 0, i;

	while (size > 0 && target[size - 1] == 0)
		size--;
	if (size > 0 && target[size - 1] >= 0x80)
		size++;
	for (i = 1; i <= 3; i++) {
		word <<= 8;
		if (i <= size && size - i < 32)
			word |= target[size - i];
	}
	return size << 24 | word;
}

/* Little-endian numbers: a > b. */
static bool
greater(const uint8_t a[32], const uint8_t b[32])
{
	int i;

	for (i = 31; i >= 0; i--)
		if (a[i] != b[i])
			return a[i] > b[i];
	return false;
}

static int
fail(struct btcpeer_error *err, uint32_t bits, const char *what)
{
	const size_t at_bits = 72;

	return btcu_error(err, BTCPEER_E_PROOF, at_bits,
	    "header: bits %08" PRIx32 ": %s", bits, what);
}

int
btcwire_header_check(const struct btcwire_header *header,
    const struct btcwire_chain *chain, struct btcpeer_error *err)
{
	uint8_t target[32], limit[32];
	struct btcwire_hash hash;

	if (btcwire_target_from_bits(target, header->bits) != 0)
		return fail(err, header->bits, "not a target");
	if (btcwire_target_from_bits(limit, chain->pow_limit_bits) != 0 ||
	    greater(target, limit))
		return fail(err, header->bits, "easier than the chain allows");
	btcwire_header_hash(&hash, header);
	if (greater(hash.b, target))
		return fail(err, header->bits, "the hash does not meet it");
	return 0;
}
