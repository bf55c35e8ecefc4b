/*
 * SHA-256.  The functions used here are marked as deprecated in OpenSSL 3 in
 * favour of its EVP interface, which costs several times as much for an input
 * of a few bytes; and most of ours are: headers, transactions, pairs of
 * hashes.  No other file may use them.
 */
#include "config.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "wire/codecs.h"
#include "wire/hash.h"

#define WINDOW 512	/* encoded bytes go to SHA-256 in pieces of this */

static void
finish(struct btcwire_hash *out, SHA256_CTX *c)
{
	SHA256_Final(out->b, c);
	SHA256_Init(c);
	SHA256_Update(c, out->b, sizeof(out->b));
	SHA256_Final(out->b, c);
}

void
btcwire_sha256d(struct btcwire_hash *out, const void *data, size_t len)
{
	SHA256_CTX c;

	SHA256_Init(&c);
	if (len > 0)
		SHA256_Update(&c, data, len);
	finish(out, &c);
}

void
btcwire_hash_pair(struct btcwire_hash *out, const struct btcwire_hash *a,
    const struct btcwire_hash *b)
{
	SHA256_CTX c;

	SHA256_Init(&c);
	SHA256_Update(&c, a->b, sizeof(a->b));
	SHA256_Update(&c, b->b, sizeof(b->b));
	finish(out, &c);
}

static void
sink_sha256(void *arg, const uint8_t *data, size_t len)
{
	SHA256_Update(arg, data, len);
}

void
btcwire_hash_body(struct btcwire_hash *out, xfer_fn *xfer, const void *body,
    uint32_t flags)
{
	uint8_t window[WINDOW];
	struct xfer x;
	SHA256_CTX c;

	SHA256_Init(&c);
	xf_init_sink(&x, "", window, sizeof(window), sink_sha256, &c);
	x.flags = flags;
	xfer(&x, xf_unconst(body));
	xf_flush(&x);
	finish(out, &c);
	if (x.err != 0)
		memset(out, 0, sizeof(*out));
}

void
btcwire_header_hash(struct btcwire_hash *out,
    const struct btcwire_header *header)
{
	btcwire_hash_body(out, btcwire_xfer_header, header, 0);
}

void
btcwire_txid(struct btcwire_hash *out, const struct btcwire_tx *tx)
{
	btcwire_hash_body(out, btcwire_xfer_tx, tx, BTCWIRE_NO_WITNESS);
}

void
btcwire_wtxid(struct btcwire_hash *out, const struct btcwire_tx *tx)
{
	btcwire_hash_body(out, btcwire_xfer_tx, tx, 0);
}

char *
btcwire_hash_to_hex(char *buf, const struct btcwire_hash *h)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < sizeof(h->b); i++) {
		uint8_t b = h->b[sizeof(h->b) - 1 - i];

		buf[2 * i] = digits[b >> 4];
		buf[2 * i + 1] = digits[b & 15];
	}
	buf[2 * i] = '\0';
	return buf;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
btcwire_hash_from_hex(struct btcwire_hash *out, const char *hex)
{
	struct btcwire_hash h;
	size_t i;
	int hi, lo;

	for (i = 0; i < sizeof(h.b); i++) {
		if ((hi = digit(hex[2 * i])) < 0 ||
		    (lo = digit(hex[2 * i + 1])) < 0)
			return BTCPEER_E_BADVALUE;
		h.b[sizeof(h.b) - 1 - i] = (uint8_t)(hi << 4 | lo);
	}
	if (hex[2 * i] != '\0')
		return BTCPEER_E_BADVALUE;
	*out = h;
	return 0;
}

bool
btcwire_hash_equal(const struct btcwire_hash *a, const struct btcwire_hash *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool
btcwire_hash_is_null(const struct btcwire_hash *h)
{
	static const struct btcwire_hash zero;

	return btcwire_hash_equal(h, &zero);
}
