/*
 * block.
 */
#include "config.h"

#include <inttypes.h>

#include "wire/codecs.h"
#include "wire/msg_tx.h"

void
btcwire_xfer_block(struct xfer *x, void *body)
{
	struct btcwire_block *m = body;

	btcwire_xfer_header(x, &m->header);
	btcwire_xfer_txs(x, &m->tx, &m->tx_len);
}

void
btcwire_sum_block(struct btcu_text *t, const void *body)
{
	const struct btcwire_block *m = body;

	btcu_text_printf(t, "hash ");
	btcwire_text_header(t, &m->header);
	btcu_text_printf(t, ", ver %" PRId32 ", %zu tx, time %" PRIu32,
	    m->header.version, m->tx_len, m->header.time);
}
