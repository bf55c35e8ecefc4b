/*
 * Weight (BIP 141).
 */
#include "config.h"

#include "wire/msgpriv.h"

/* How long the body is on the wire; 0 when it is over a limit. */
static size_t
measure(enum btcwire_type type, const void *body, uint32_t flags)
{
	size_t len;

	if (btcwire_body_run(NULL, 0, &len, &btcwire_defs[type], body,
	    BTCWIRE_PVER_NEWEST, flags, NULL) != 0)
		return 0;
	return len;
}

static size_t
weight(enum btcwire_type type, const void *body)
{
	size_t total = measure(type, body, 0);

	if (total == 0)
		return 0;
	return 3 * measure(type, body, BTCWIRE_NO_WITNESS) + total;
}

size_t
btcwire_tx_weight(const struct btcwire_tx *tx)
{
	return weight(BTCWIRE_TX, tx);
}

size_t
btcwire_block_weight(const struct btcwire_block *block)
{
	return weight(BTCWIRE_BLOCK, block);
}

size_t
btcwire_tx_vsize(const struct btcwire_tx *tx)
{
	return (btcwire_tx_weight(tx) + 3) / 4;
}
