/*
 * What is in each message: a function for each body struct names its members.
 * The functions are declared from the list of messages, so that a message
 * whose body has none cannot be built.
 */
#ifndef SAMPLES_DECODE_BODIES_H
#define SAMPLES_DECODE_BODIES_H

#include "emit.h"

/* The members of the body of a message. */
void body_members(struct emit *e, const struct btcwire_msg *msg);

/* The members of one kind of body. */
#define XX(upper, name, body) \
void body_##body(struct emit *e, const struct btcwire_##body *m);
BTCWIRE_MSG_MAP(XX)
#undef XX

/* The members of a header, which is no message of its own. */
void body_header(struct emit *e, const struct btcwire_header *h);

/* An array of transactions. */
void body_txs(struct emit *e, const char *name, const struct btcwire_tx *tx,
    size_t n);

#endif
