/*
 * block.
 */
#include "config.h"

#include <inttypes.h>

#include "wire/codecs.h"

void
btcwire_xfer_block(struct xfer *x, void *body)
{
	struct btcwire_block *m = body;
	struct btcwire_tx *tx;
	size_t i;

	btcwire_xfer_header(x, &m->header);
	tx = XF_VEC(x, "transaction", m->tx, &m->tx_len, XF_MIN_TX,
	    XF_MAX_COUNT);
	if (xf_decoding(x))
		m->tx = tx;
	for (i = 0; i < m->tx_len && x->err == 0; i++)
		btcwire_xfer_tx(x, &tx[i]);
}

void
btcwire_sum_block(struct btcu_text *t, const void *body)
{
	const struct btcwire_block *m = body;
	struct btcwire_hash hash;

	btcwire_header_hash(&hash, &m->header);
	btcu_text_printf(t, "hash ");
	btcwire_text_hash(t, &hash);
	btcu_text_printf(t, ", ver %" PRId32 ", %zu tx, time %" PRIu32,
	    m->header.version, m->tx_len, m->header.time);
}
