/*
 * What the rows of the message table point to, and the parts that several
 * messages share.
 */
#ifndef BTC_WIRE_CODECS_H
#define BTC_WIRE_CODECS_H

#include "util/text.h"
#include "wire/xfer.h"

/* Smallest number of bytes on the wire. */
#define XF_MIN_INV     36
#define XF_MIN_HEADER  81	/* in headers: with its transaction count */
#define XF_MIN_TX      10	/* version, two counts, lock time */
#define XF_MIN_TXIN    41
#define XF_MIN_TXOUT    9

xfer_fn btcwire_xfer_addr;
xfer_fn btcwire_xfer_block;
xfer_fn btcwire_xfer_empty;
xfer_fn btcwire_xfer_feefilter;
xfer_fn btcwire_xfer_headers;
xfer_fn btcwire_xfer_inv;
xfer_fn btcwire_xfer_locator;
xfer_fn btcwire_xfer_ping;
xfer_fn btcwire_xfer_reject;
xfer_fn btcwire_xfer_tx;
xfer_fn btcwire_xfer_version;

/* A part of headers and block: struct btcwire_header. */
xfer_fn btcwire_xfer_header;

/* A part of version: struct btcwire_netaddr without its time. */
xfer_fn btcwire_xfer_netaddr;

/* What a summary says after the command, in brackets. */
typedef void summary_fn(struct btcu_text *t, const void *body);

summary_fn btcwire_sum_addr;
summary_fn btcwire_sum_block;
summary_fn btcwire_sum_empty;
summary_fn btcwire_sum_feefilter;
summary_fn btcwire_sum_headers;
summary_fn btcwire_sum_inv;
summary_fn btcwire_sum_locator;
summary_fn btcwire_sum_ping;
summary_fn btcwire_sum_reject;
summary_fn btcwire_sum_tx;
summary_fn btcwire_sum_version;

/* A hash as it is usually shown. */
void btcwire_text_hash(struct btcu_text *t, const struct btcwire_hash *h);

#endif
