/*
 * Weight (BIP 141).
 */
#include "config.h"

#include "wire/codecs.h"

#define WINDOW 512	/* what measuring writes goes here and is dropped */

/* How long the body is on the wire; 0 when it is over a limit. */
static size_t
measure(xfer_fn *xfer, const void *body, uint32_t flags)
{
	uint8_t window[WINDOW];
	struct xfer x;

	xf_init_sink(&x, "", window, sizeof(window), NULL, NULL);
	x.flags = flags;
	xfer(&x, xf_unconst(body));
	return x.err == 0 ? xf_offset(&x) : 0;
}

static size_t
weight(xfer_fn *xfer, const void *body)
{
	size_t total = measure(xfer, body, 0);

	if (total == 0)
		return 0;
	return 3 * measure(xfer, body, BTCWIRE_NO_WITNESS) + total;
}

size_t
btcwire_tx_weight(const struct btcwire_tx *tx)
{
	return weight(btcwire_xfer_tx, tx);
}

size_t
btcwire_block_weight(const struct btcwire_block *block)
{
	return weight(btcwire_xfer_block, block);
}

size_t
btcwire_tx_vsize(const struct btcwire_tx *tx)
{
	return (btcwire_tx_weight(tx) + 3) / 4;
}
