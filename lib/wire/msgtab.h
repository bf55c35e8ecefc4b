/*
 * The one list of messages: a row for each command.
 */
#ifndef BTC_WIRE_MSGTAB_H
#define BTC_WIRE_MSGTAB_H

#include <btcpeer/wire.h>
#include "util/text.h"
#include "wire/xfer.h"

struct btcwire_def {
	const char *command;	/* v1 header; at most 12 bytes */
	uint8_t v2_id;		/* BIP 324 one-byte id, 0 when it has none */
	uint32_t max_payload;	/* longest that the limits on items allow */
	uint32_t min_pver;	/* not sent to older remotes */
	uint32_t split_pver;	/* older ones get another form; 0: never */
	uint8_t room;		/* what 16 payload bytes decode to; a guess */
	size_t size;		/* sizeof the body struct */
	xfer_fn *xfer;		/* decodes, encodes, measures */
	void (*summary)(struct btcu_text *t, const void *body);
	bool negotiation;	/* only legal between version and verack */
};

/* Indexed by enum btcwire_type; the row of BTCWIRE_UNKNOWN is empty. */
extern const struct btcwire_def btcwire_defs[BTCWIRE_NTYPES];

/* The row of a type; NULL for BTCWIRE_UNKNOWN or a number out of range. */
const struct btcwire_def *btcwire_def(enum btcwire_type type);

#endif
