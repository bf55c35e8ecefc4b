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
#define XF_MIN_NETADDR2 9	/* an empty address of a network not known */

#define XF_MAX_ANCESTORS 65535	/* wtxids in ancpkginfo; BIP 331: the count
				 * takes three bytes at most */

xfer_fn btcwire_xfer_addr;
xfer_fn btcwire_xfer_addrv2;
xfer_fn btcwire_xfer_alert;
xfer_fn btcwire_xfer_ancpkginfo;
xfer_fn btcwire_xfer_block;
xfer_fn btcwire_xfer_blocktxn;
xfer_fn btcwire_xfer_cfcheckpt;
xfer_fn btcwire_xfer_cfheaders;
xfer_fn btcwire_xfer_cfilter;
xfer_fn btcwire_xfer_cmpctblock;
xfer_fn btcwire_xfer_empty;
xfer_fn btcwire_xfer_feature;
xfer_fn btcwire_xfer_feefilter;
xfer_fn btcwire_xfer_filteradd;
xfer_fn btcwire_xfer_filterload;
xfer_fn btcwire_xfer_getblocktxn;
xfer_fn btcwire_xfer_getcf;
xfer_fn btcwire_xfer_getcfcheckpt;
xfer_fn btcwire_xfer_getpkgtxns;
xfer_fn btcwire_xfer_headers;
xfer_fn btcwire_xfer_inv;
xfer_fn btcwire_xfer_locator;
xfer_fn btcwire_xfer_merkleblock;
xfer_fn btcwire_xfer_ping;
xfer_fn btcwire_xfer_pkgtxns;
xfer_fn btcwire_xfer_reconcildiff;
xfer_fn btcwire_xfer_reject;
xfer_fn btcwire_xfer_reqrecon;
xfer_fn btcwire_xfer_sendcmpct;
xfer_fn btcwire_xfer_sendpackages;
xfer_fn btcwire_xfer_sendtxrcncl;
xfer_fn btcwire_xfer_sketch;
xfer_fn btcwire_xfer_tx;
xfer_fn btcwire_xfer_version;

/* A part of headers and block: struct btcwire_header. */
xfer_fn btcwire_xfer_header;

/* A part of version: struct btcwire_netaddr without its time. */
xfer_fn btcwire_xfer_netaddr;

/* What a summary says after the command, in brackets. */
typedef void summary_fn(struct btcu_text *t, const void *body);

summary_fn btcwire_sum_addr;
summary_fn btcwire_sum_addrv2;
summary_fn btcwire_sum_alert;
summary_fn btcwire_sum_block;
summary_fn btcwire_sum_blocktxn;
summary_fn btcwire_sum_cfcheckpt;
summary_fn btcwire_sum_cfheaders;
summary_fn btcwire_sum_cfilter;
summary_fn btcwire_sum_cmpctblock;
summary_fn btcwire_sum_empty;
summary_fn btcwire_sum_feature;
summary_fn btcwire_sum_feefilter;
summary_fn btcwire_sum_filteradd;
summary_fn btcwire_sum_filterload;
summary_fn btcwire_sum_getblocktxn;
summary_fn btcwire_sum_getcf;
summary_fn btcwire_sum_getcfcheckpt;
summary_fn btcwire_sum_headers;
summary_fn btcwire_sum_inv;
summary_fn btcwire_sum_locator;
summary_fn btcwire_sum_merkleblock;
summary_fn btcwire_sum_ping;
summary_fn btcwire_sum_pkgtxns;
summary_fn btcwire_sum_reconcildiff;
summary_fn btcwire_sum_reject;
summary_fn btcwire_sum_reqrecon;
summary_fn btcwire_sum_sendcmpct;
summary_fn btcwire_sum_sendpackages;
summary_fn btcwire_sum_sendtxrcncl;
summary_fn btcwire_sum_sketch;
summary_fn btcwire_sum_tx;
summary_fn btcwire_sum_version;
summary_fn btcwire_sum_wtxids;

/* A hash as it is usually shown; that of a header. */
void btcwire_text_hash(struct btcu_text *t, const struct btcwire_hash *h);
void btcwire_text_header(struct btcu_text *t,
    const struct btcwire_header *header);

#endif
