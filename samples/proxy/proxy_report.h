/*
 * What btcpeer-proxy writes: lines or objects on standard output, and captured
 * messages.
 *
 * Threads: any; a capture is used by one at a time.
 */
#ifndef SAMPLES_PROXY_REPORT_H
#define SAMPLES_PROXY_REPORT_H

#include <stdio.h>

#include "proxy_args.h"

#define PASSAGE_TEXT 1024	/* bytes of a summary, its NUL included */

/* One message that came. */
struct passage {
	int64_t time_us;	/* since 1970 */
	unsigned connection;
	const char *way;	/* "in": from the client, "out": to it */
	size_t wire_len;	/* bytes, with the header */
	const char *command;
	const char *summary;
	const char *error;	/* what is wrong with it; NULL: nothing */
};

/* Each returns whether it was written. */
bool report_listening(const struct proxy_args *a, const char *addr);
bool report_passage(const struct proxy_args *a, const struct passage *p);

/* Begin the file NAME.CONNECTION.WAY anew; NULL and errno when that fails. */
FILE *capture_open(const char *name, unsigned connection, const char *way);

/* Add a message to it as a v1 frame. */
bool capture_message(FILE *f, const struct btcwire_chain *chain,
    const struct btcwire_msg *msg);

#endif
