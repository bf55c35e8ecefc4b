/*
 * What the command line of btcpeer-proxy says.
 */
#ifndef SAMPLES_PROXY_ARGS_H
#define SAMPLES_PROXY_ARGS_H

#include <btcpeer/wire.h>

#include "../common/net.h"

struct proxy_args {
	const struct btcwire_chain *chain;
	struct net_addr listen;
	struct net_addr connect;
	const char *capture;	/* NULL: nothing is captured */
	bool json;
	bool once;
};

/* Returns -1 when there is work to do, else the exit status: --help and
 * --version have been answered, or a sentence about the error was printed. */
int proxy_args_parse(struct proxy_args *a, int argc, char **argv);

#endif
