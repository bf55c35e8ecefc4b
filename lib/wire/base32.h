/*
 * Base32 (RFC 4648) as addresses use it: no padding, written in lower case.
 */
#ifndef BTC_WIRE_BASE32_H
#define BTC_WIRE_BASE32_H

#include <stddef.h>
#include <stdint.h>

/* Letters that n bytes take. */
#define BTCWIRE_BASE32_LEN(n) (((n) * 8 + 4) / 5)

/* Writes BTCWIRE_BASE32_LEN(len) letters and a NUL. */
void btcwire_base32_encode(char *text, const uint8_t *data, size_t len);

/*
 * Reads the letters, in any case, of exactly len bytes.
 *
 * Returns: BTCWIRE_BASE32_LEN(len), or which letter is not one, or the last if
 *          a bit that is part of no byte is set in it.
 */
size_t btcwire_base32_decode(uint8_t *data, size_t len, const char *text);

#endif
