/*
 * A program may be started without some of its standard streams.  The next
 * descriptor opened would take their place, and what is printed would end up
 * in a file or go to a peer.
 */
#ifndef SAMPLES_STREAMS_H
#define SAMPLES_STREAMS_H

#include <stdbool.h>
#include <stddef.h>

/* Fill the gaps; printing to what was missing still fails. */
bool streams_fill(void);

/*
 * Write to a descriptor, and wait while it has no room: it may be a pipe that
 * nobody reads.  Unlike write() this can be ended: stop(arg) is asked twenty
 * times a second, and when it says so only what there is room for is written.
 *
 * Returns: 0, 1 when it was stopped before all was written, or -1 and errno.
 * Threads: any, one at a time for each descriptor.
 */
int streams_put(int fd, const char *text, size_t len, bool (*stop)(void *),
    void *arg);

#endif
