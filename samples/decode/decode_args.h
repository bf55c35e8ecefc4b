/*
 * What the command line of btcpeer-decode says.
 */
#ifndef SAMPLES_DECODE_ARGS_H
#define SAMPLES_DECODE_ARGS_H

#include <btcpeer/wire.h>

enum decode_what {
	DECODE_BODY,		/* block, tx: one payload, shown bare */
	DECODE_MESSAGE,		/* one payload, shown with what it is */
	DECODE_HEADERS,
	DECODE_STREAM
};

struct decode_args {
	enum decode_what what;
	enum btcwire_type type;	/* of DECODE_BODY and DECODE_MESSAGE */
	const char *file;	/* NULL: standard input */
	const struct btcwire_chain *chain;	/* NULL: not given */
	uint32_t pver;
	uint32_t flags;		/* for btcwire_decode() */
	bool json;
};

/* Returns -1 when there is work to do, else the exit status: --help and
 * --version have been answered, or a sentence about the error was printed. */
int decode_args_parse(struct decode_args *a, int argc, char **argv);

#endif
