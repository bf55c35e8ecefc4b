/*
 * What btcpeer-ping prints on standard output, as lines or as objects.
 */
#ifndef SAMPLES_PING_REPORT_H
#define SAMPLES_PING_REPORT_H

#include <btcpeer/peer.h>

#include "ping_args.h"
#include "tally.h"

/* One ping: an answer after that time, or (a negative time) none. */
struct ping_answer {
	uint64_t seq;
	double ms;
};

/* Each returns whether it was written. */
bool report_handshake(const struct ping_args *a,
    const struct btcpeer_stats *stats);
bool report_ping(const struct ping_args *a, const struct ping_answer *answer);

/* error: why it ended early, or NULL. */
bool report_summary(const struct ping_args *a, const struct tally *t,
    const char *error);

#endif
