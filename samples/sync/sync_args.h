/*
 * What the command line of btcpeer-sync says.
 */
#ifndef SAMPLES_SYNC_ARGS_H
#define SAMPLES_SYNC_ARGS_H

#include <btcpeer/wire.h>

#include "../common/net.h"

struct sync_args {
	const struct btcwire_chain *chain;
	struct net_addr remote;
	const char *out;	/* NULL: blocks are verified and dropped */
	bool headers_only;
	bool json;
	bool follow;
	int64_t timeout_ms;	/* without progress */
};

/* Returns -1 when there is work to do, else the exit status: --help and
 * --version have been answered, or a sentence about the error was printed. */
int sync_args_parse(struct sync_args *a, int argc, char **argv);

#endif
