/*
 * Receiving into memory that becomes the message.
 */
#include "config.h"

#include "wire/msgpriv.h"

void
btcwire_rx_clear(struct btcwire_rx *rx)
{
	btcwire_msg_free(rx->block);
	rx->block = NULL;
}

uint8_t *
btcwire_rx_space(struct btcwire_rx *rx, size_t have, size_t need)
{
	(void)have;	/* all that is in the block is kept */
	if (rx->block == NULL)
		rx->block = btcwire_msg_alloc(need);
	else if (!btcwire_msg_grow(&rx->block, need))
		return NULL;
	return rx->block != NULL ? rx->block->data : NULL;
}

int
btcwire_rx_decode(struct btcwire_msg **out, struct btcwire_rx *rx,
    enum btcwire_type type, size_t payload_len, uint32_t pver, uint32_t flags,
    struct btcpeer_error *err)
{
	int rc;

	/* An empty payload may never have asked for space. */
	if (btcwire_rx_space(rx, payload_len, payload_len) == NULL)
		return btcwire_fail(err, BTCPEER_E_NOMEM, "out of memory");
	rc = btcwire_msg_decode(&rx->block, type, payload_len, pver, flags,
	    err);
	if (rc == 0) {
		*out = rx->block;
		rx->block = NULL;
	}
	return rc;
}

/*
 * A message that needed chunks is likely to be followed by one like it: the
 * block grows so that the next one fits.
 */
void
btcwire_rx_recycle(struct btcwire_rx *rx, struct btcwire_msg *msg, size_t keep)
{
	size_t over;

	if (msg == NULL || !btcwire_msg_drop(msg))
		return;
	if (rx->block != NULL || msg->capacity > keep) {
		btcwire_msg_free(msg);
		return;
	}
	over = xf_chunks_size(msg->chunks);
	btcwire_msg_reset(msg);
	rx->block = msg;
	if (over > 0 && over <= keep - msg->capacity)
		(void)btcwire_msg_grow(&rx->block, msg->capacity + over);
}
