/*
 * headers, getheaders, getblocks, and the block header itself.
 */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "wire/codecs.h"

void
btcwire_xfer_header(struct xfer *x, void *obj)
{
	struct btcwire_header *h = obj;

	xf_i32(x, "header version", &h->version);
	xf_hash(x, "previous hash", &h->prev);
	xf_hash(x, "merkle root", &h->merkle_root);
	xf_u32(x, "header time", &h->time);
	xf_u32(x, "bits", &h->bits);
	xf_u32(x, "header nonce", &h->nonce);
}

void
btcwire_header_decode(struct btcwire_header *out,
    const uint8_t bytes[BTCWIRE_HEADER_BYTES])
{
	struct xfer x;

	xf_init_decode(&x, "header", bytes, BTCWIRE_HEADER_BYTES);
	btcwire_xfer_header(&x, out);
}

void
btcwire_header_encode(uint8_t bytes[BTCWIRE_HEADER_BYTES],
    const struct btcwire_header *header)
{
	struct xfer x;

	xf_init_encode(&x, "header", bytes, BTCWIRE_HEADER_BYTES);
	btcwire_xfer_header(&x, xf_unconst(header));
}

/* Then a header is one copy. */
#define SAME_AS_WIRE (sizeof(struct btcwire_header) == BTCWIRE_HEADER_BYTES && \
	__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

static_assert(offsetof(struct btcwire_header, prev) == 4 &&
    offsetof(struct btcwire_header, merkle_root) == 36 &&
    offsetof(struct btcwire_header, time) == 68 &&
    offsetof(struct btcwire_header, bits) == 72 &&
    offsetof(struct btcwire_header, nonce) == 76,
    "the members of a header stand in the order of the wire");

/* A header as it usually stands, with the count 0 in one byte after it; false:
 * it is for those who look more closely. */
static bool
plain_header(struct xfer *x, struct btcwire_header *h)
{
	const size_t n = BTCWIRE_HEADER_BYTES;

	if (!SAME_AS_WIRE)
		return false;
	if (xf_decoding(x)) {
		if ((size_t)(x->end - x->p) <= n || x->p[n] != 0)
			return false;
		memcpy(h, x->p, n);
		x->p += n + 1;
	} else {
		if ((size_t)(x->out_end - x->out) <= n)
			return false;
		memcpy(x->out, h, n);
		x->out[n] = 0;
		x->out += n + 1;
	}
	return true;
}

/* The transaction count after each header says nothing: Bitcoin Core reads it
 * without a look, and sends zero. */
void
btcwire_xfer_headers(struct xfer *x, void *body)
{
	struct btcwire_headers *m = body;
	struct btcwire_header *h = XF_VEC(x, "header", m->header,
	    &m->header_len, XF_MIN_HEADER, BTCWIRE_MAX_HEADERS);
	size_t i;

	if (xf_decoding(x))
		m->header = h;
	for (i = 0; i < m->header_len && x->err == 0; i++) {
		if (plain_header(x, &h[i]))
			continue;
		btcwire_xfer_header(x, &h[i]);
		xf_zero_count(x, "transaction");
	}
}

void
btcwire_xfer_locator(struct xfer *x, void *body)
{
	struct btcwire_locator *m = body;

	xf_u32(x, "version", &m->version);
	xf_hashes(x, "locator", &m->hash, &m->hash_len, BTCWIRE_MAX_LOCATOR);
	xf_hash(x, "stop hash", &m->stop);
}

void
btcwire_sum_headers(struct btcu_text *t, const void *body)
{
	const struct btcwire_headers *m = body;

	btcu_text_printf(t, "%zu", m->header_len);
}

void
btcwire_sum_locator(struct btcu_text *t, const void *body)
{
	const struct btcwire_locator *m = body;

	if (m->hash_len > 0) {
		btcu_text_printf(t, "locator ");
		btcwire_text_hash(t, &m->hash[0]);
	} else {
		btcu_text_printf(t, "no locator");
	}
	btcu_text_printf(t, ", stop ");
	btcwire_text_hash(t, &m->stop);
}
