/*
 * Payloads written down by hand, byte for byte, with the fields that they
 * stand for.
 */
#ifndef TEST_SAMPLES_H
#define TEST_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include <btcpeer/wire.h>

struct sample {
	const char *name;
	enum btcwire_type type;
	uint32_t pver;
	uint32_t flags;
	const char *hex;	/* the payload; blanks do not count */
	const void *body;	/* the struct of the type */
	bool partial;		/* decodes to body, but body encodes to more */
	const char *summary;	/* what the one line must contain */
};

extern const struct sample samples[];
extern const int n_samples;

#endif
