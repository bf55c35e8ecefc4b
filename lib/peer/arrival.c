#include "config.h"

#include "peer/pending.h"

/* The header of a block that comes, whole or in part; else NULL. */
static const struct btcwire_header *
header_of(const struct btcwire_msg *msg)
{
	switch (btcwire_msg_type(msg)) {
	case BTCWIRE_BLOCK:
		return &btcwire_block_of(msg)->header;
	case BTCWIRE_MERKLEBLOCK:
		return &btcwire_merkleblock_of(msg)->header;
	case BTCWIRE_CMPCTBLOCK:
		return &btcwire_cmpctblock_of(msg)->header;
	default:
		return NULL;
	}
}

/* The block that a message names. */
static void
describe_named(struct btcp_arrival *a, const struct btcwire_msg *msg)
{
	const struct btcwire_cfcheckpt *checkpt = btcwire_cfcheckpt_of(msg);
	const struct btcwire_cfheaders *headers = btcwire_cfheaders_of(msg);
	const struct btcwire_blocktxn *txn = btcwire_blocktxn_of(msg);
	const struct btcwire_cfilter *filter = btcwire_cfilter_of(msg);

	if (txn != NULL) {
		a->hash = &txn->block;
	} else if (filter != NULL) {
		a->hash = &filter->block;
		a->filter_type = filter->filter_type;
	} else if (headers != NULL) {
		a->hash = &headers->stop;
		a->filter_type = headers->filter_type;
	} else if (checkpt != NULL) {
		a->hash = &checkpt->stop;
		a->filter_type = checkpt->filter_type;
	}
}

void
btcp_arrival_describe(struct btcp_arrival *a, struct btcwire_hash h[2],
    const struct btcwire_msg *msg, bool want_tx, bool want_block)
{
	const struct btcwire_header *header = header_of(msg);

	*a = (struct btcp_arrival){ .type = btcwire_msg_type(msg),
	    .notfound = btcwire_notfound_of(msg) };
	if (header != NULL && want_block) {
		btcwire_header_hash(&h[0], header);
		a->hash = &h[0];
	} else if (a->type == BTCWIRE_TX && want_tx) {
		btcwire_txid(&h[0], btcwire_tx_of(msg));
		btcwire_wtxid(&h[1], btcwire_tx_of(msg));
		a->hash = &h[0];
		a->wtxid = &h[1];
	} else {
		describe_named(a, msg);
	}
}
