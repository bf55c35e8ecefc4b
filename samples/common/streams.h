/*
 * A program may be started without some of its standard streams.  The next
 * descriptor opened would take their place, and what is printed would end up
 * in a file or go to a peer.
 */
#ifndef SAMPLES_STREAMS_H
#define SAMPLES_STREAMS_H

#include <stdbool.h>

/* Fill the gaps; printing to what was missing still fails. */
bool streams_fill(void);

#endif
