/*
 * What the command line of btcpeer-ping says.
 */
#ifndef SAMPLES_PING_ARGS_H
#define SAMPLES_PING_ARGS_H

#include <btcpeer/wire.h>

#include "../common/net.h"

struct ping_args {
	const struct btcwire_chain *chain;
	struct net_addr remote;
	uint64_t count;		/* 0: until interrupted */
	int64_t interval_ms;	/* from one ping to the next */
	int64_t timeout_ms;	/* of connecting, the handshake, each answer */
	bool json;
};

/* Returns -1 when there is work to do, else the exit status: --help and
 * --version have been answered, or a sentence about the error was printed. */
int ping_args_parse(struct ping_args *a, int argc, char **argv);

#endif
