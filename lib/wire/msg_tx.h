/*
 * What others need to know of transactions.
 */
#ifndef BTC_WIRE_MSG_TX_H
#define BTC_WIRE_MSG_TX_H

#include "wire/xfer.h"

/* Whether some input has a witness, so that there is an extended form. */
bool btcwire_tx_has_witness(const struct btcwire_tx *tx);

/* A count of transactions, and these. */
void btcwire_xfer_txs(struct xfer *x, const struct btcwire_tx **txs,
    size_t *n);

/* The codec by the common rules; the tests hold the fast ways against it. */
xfer_fn btcwire_xfer_tx_plain;

/*
 * Ways to do what that does in less time, if there is nothing
 * unusual about the transaction.  Each returns whether it is done; if not, the
 * cursor is where it was.
 */
bool btcwire_tx_decode_fast(struct xfer *x, struct btcwire_tx *tx);

/* Only into the room there is. */
bool btcwire_tx_encode_fast(struct xfer *x, const struct btcwire_tx *tx);

/* Count its bytes as flushed. */
bool btcwire_tx_measure_fast(struct xfer *x, const struct btcwire_tx *tx);

#endif
