/*
 * What one end tells of itself in its version message, for the other to be
 * told the same.
 */
#ifndef SAMPLES_PROXY_FACTS_H
#define SAMPLES_PROXY_FACTS_H

#include <btcpeer/peer.h>

#include "../common/net.h"

struct facts {
	uint64_t services;
	uint32_t version;	/* at most BTCWIRE_PVER_NEWEST */
	int32_t height;
	bool relay;
	char agent[BTCWIRE_MAX_USER_AGENT + 1];	/* printable ASCII */
};

void facts_take(struct facts *f, const struct btcwire_version *version);

/*
 * Read the version message that a client begins with, and leave it unread on
 * its socket.  Returns when it is there, or does not come within timeout_ms, or
 * the client leaves, or the end is due.
 *
 * Returns: 0, or -1 and a sentence in why[NET_WHY].
 */
int facts_peek(struct facts *f, int fd, const struct btcwire_chain *chain,
    int64_t timeout_ms, char *why);

#endif
