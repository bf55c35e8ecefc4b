#include "config.h"

#include "wire/base32.h"

void
btcwire_base32_encode(char *text, const uint8_t *data, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned acc = 0, bits = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		acc = (acc << 8 | data[i]) & 0xfff;
		for (bits += 8; bits >= 5; bits -= 5)
			*text++ = letters[acc >> (bits - 5) & 31];
	}
	if (bits > 0)
		*text++ = letters[acc << (5 - bits) & 31];
	*text = '\0';
}

static int
value(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	return -1;
}

size_t
btcwire_base32_decode(uint8_t *data, size_t len, const char *text)
{
	size_t letters = BTCWIRE_BASE32_LEN(len), i;
	unsigned acc = 0, bits = 0;

	for (i = 0; i < letters; i++) {
		int v = value(text[i]);

		if (v < 0)
			return i;
		acc = (acc << 5 | (unsigned)v) & 0xfff;
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			*data++ = (uint8_t)(acc >> bits);
		}
	}
	if ((acc & ((1u << bits) - 1)) != 0)
		return letters - 1;
	return letters;
}
