/*
 * The connections of the proxy: each has a client that connected, the node
 * that was connected to for it, and a thread that sees to both.
 *
 * Threads: one, the main thread, calls these functions.
 */
#ifndef SAMPLES_PROXY_LINK_H
#define SAMPLES_PROXY_LINK_H

#include <btcpeer/peer.h>

#include "proxy_args.h"

struct links;

/* NULL when there is no memory.  args must outlive it. */
struct links *links_new(const struct proxy_args *args);

/* Relay between the client at the other end of fd, which is taken over, and
 * the node. */
void links_add(struct links *all, int fd BTCPEER_TAKES, const char *addr);

/* Wait until all connections are over.  Those that are not end by themselves
 * only, unless the end is due: see report_ending(). */
void links_wait(struct links *all);

/* Whether some connection got so far that messages could pass. */
bool links_passed(struct links *all);

/* After links_wait(). */
void links_free(struct links *all);

#endif
