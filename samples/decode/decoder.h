/*
 * One run of btcpeer-decode, and what all that it decodes has in common.
 */
#ifndef SAMPLES_DECODE_DECODER_H
#define SAMPLES_DECODE_DECODER_H

#include "bodies.h"
#include "decode_args.h"
#include "input.h"

struct decoder {
	const struct decode_args *args;
	struct input in;
	struct emit emit;
	bool failed;		/* something was not decoded */
};

/* What is being decoded, and where it is. */
struct place {
	const char *command;	/* NULL: not known */
	bool framed;		/* it has an offset of its own: */
	size_t offset;		/* byte of the input where it begins */
	bool payload;		/* and errors count bytes of its payload */
};

/* Say what is wrong: on standard error, and in JSON also as an object. */
void decoder_error(struct decoder *d, const struct place *at,
    const struct btcpeer_error *err);

/* Begin the object for something that has an envelope, or an error. */
void decoder_object(struct decoder *d, const struct place *at);

/* End an object.  One for which memory was short becomes an error. */
void decoder_object_end(struct decoder *d, const struct place *at);

/* Decode one payload, and show it with its envelope, or bare. */
void decoder_payload(struct decoder *d, const struct place *at,
    enum btcwire_type type, const uint8_t *payload, size_t len, bool bare);

/* The two kinds of input that hold more than one payload. */
void decode_headers(struct decoder *d);
void decode_stream(struct decoder *d);

#endif
