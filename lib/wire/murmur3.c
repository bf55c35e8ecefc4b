/*
 * MurmurHash3, the x86 variant of 32 bits, with which BIP 37 fills its
 * filters.  Words are little endian, whatever the machine.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "wire/bytes.h"

static uint32_t
rotate(uint32_t v, unsigned by)
{
	return v << by | v >> (32 - by);
}

static uint32_t
scramble(uint32_t word)
{
	return rotate(word * 0xcc9e2d51, 15) * 0x1b873593;
}

uint32_t
btcwire_murmur3(uint32_t seed, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t h = seed, tail = 0;
	size_t left;

	for (left = len; left >= 4; left -= 4, p += 4)
		h = rotate(h ^ scramble(xf_le32(p)), 13) * 5 + 0xe6546b64;
	if (left > 0) {
		while (left > 0)
			tail = tail << 8 | p[--left];
		h ^= scramble(tail);
	}
	h ^= (uint32_t)len;
	h = (h ^ h >> 16) * 0x85ebca6b;
	h = (h ^ h >> 13) * 0xc2b2ae35;
	return h ^ h >> 16;
}
