/*
 * The messages of BIP 37: filterload, filteradd, merkleblock.  filterclear has
 * no body.
 */
#include "config.h"

#include <inttypes.h>

#include "wire/codecs.h"

void
btcwire_xfer_filterload(struct xfer *x, void *body)
{
	struct btcwire_filterload *m = body;
	size_t offset;

	xf_bytes(x, "filter", &m->filter, BTCWIRE_MAX_BLOOM_FILTER);
	offset = xf_offset(x);
	xf_u32(x, "hash functions", &m->hash_funcs);
	if (m->hash_funcs > BTCWIRE_MAX_BLOOM_HASHES)
		xf_fail(x, BTCPEER_E_TOOBIG, offset,
		    "hash functions %" PRIu32 " is over the limit of %d",
		    m->hash_funcs, BTCWIRE_MAX_BLOOM_HASHES);
	xf_u32(x, "tweak", &m->tweak);
	xf_u8(x, "update flags", &m->update);
}

void
btcwire_xfer_filteradd(struct xfer *x, void *body)
{
	struct btcwire_filteradd *m = body;

	xf_bytes(x, "data", &m->data, BTCWIRE_MAX_FILTERADD);
}

void
btcwire_xfer_merkleblock(struct xfer *x, void *body)
{
	struct btcwire_merkleblock *m = body;

	btcwire_xfer_header(x, &m->header);
	xf_u32(x, "transactions", &m->total);
	xf_hashes(x, "hash", &m->hash, &m->hash_len,
	    m->total < XF_MAX_COUNT ? m->total : XF_MAX_COUNT);
	xf_bytes(x, "flags", &m->flags, XF_MAX_COUNT);
}

void
btcwire_sum_filterload(struct btcu_text *t, const void *body)
{
	const struct btcwire_filterload *m = body;

	btcu_text_printf(t, "%zu bytes, %" PRIu32 " functions, update %u",
	    m->filter.len, m->hash_funcs, m->update);
}

void
btcwire_sum_filteradd(struct btcu_text *t, const void *body)
{
	const struct btcwire_filteradd *m = body;

	btcu_text_printf(t, "%zu bytes", m->data.len);
}

void
btcwire_sum_merkleblock(struct btcu_text *t, const void *body)
{
	const struct btcwire_merkleblock *m = body;

	btcu_text_printf(t, "hash ");
	btcwire_text_header(t, &m->header);
	btcu_text_printf(t, ", %" PRIu32 " tx, %zu hashes", m->total,
	    m->hash_len);
}
