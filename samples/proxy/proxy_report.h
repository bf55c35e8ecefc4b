/*
 * What btcpeer-proxy writes: lines or objects on standard output, sentences on
 * standard error, and captured messages.
 *
 * What is shown is as important as what is relayed: while standard output takes
 * nothing these functions wait, until the end is due.  Once something could not
 * be written, it is.
 *
 * Threads: any; a capture is used by one at a time.
 */
#ifndef SAMPLES_PROXY_REPORT_H
#define SAMPLES_PROXY_REPORT_H

#include <stdbool.h>
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

void report_listening(const struct proxy_args *a, const char *addr);
void report_passage(const struct proxy_args *a, const struct passage *p);

/* A sentence on standard error, after the program's name and without its end.
 * It is lost when nobody reads it for a second. */
void report_notice(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Something could not be written, notices aside. */
bool report_failed(void);

/* The end is due: that, or a signal came. */
bool report_ending(void);

/* Begin the file NAME.CONNECTION.WAY anew; NULL and errno when that fails. */
FILE *capture_open(const char *name, unsigned connection, const char *way);

/* Add a message to it as a v1 frame. */
void capture_message(FILE *f, const struct btcwire_chain *chain,
    const struct btcwire_msg *msg);

/* f may be NULL. */
void capture_close(FILE *f);

#endif
