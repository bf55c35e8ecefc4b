/*
 * The command line.
 */
#ifndef SAMPLES_NODE_ARGS_H
#define SAMPLES_NODE_ARGS_H

#include <stdbool.h>

#include <btcpeer/wire.h>

#include "../common/net.h"

struct args {
	const struct btcwire_chain *chain;
	struct net_addr listen;
	const char *blocks;		/* NULL: no file */
	long mine;
	long txs;
	bool quiet;
};

/* Returns -1 to go on; else everything is said, and it is the status to exit
 * with. */
int args_take(struct args *a, int argc, char **argv);

/* A number in digits.  Returns 0, or -1 when it is not one from min to max. */
int args_number(long *out, const char *text, long min, long max);

#endif
