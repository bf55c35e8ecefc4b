/*
 * What the programs' command lines have in common: how errors are told, and
 * arguments that are numbers.
 *
 * Threads: for the start of a program, on its only thread.
 */
#ifndef SAMPLES_USAGE_H
#define SAMPLES_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include <btcpeer/wire.h>

#define USAGE_ERROR       2	/* exit status of a wrong command line */
#define USAGE_LONG        256	/* values of long options begin here */
#define USAGE_SECONDS_MAX 1000000

struct usage {
	const char *program;
	const char *text;		/* "usage: PROGRAM ...", whole lines */
};

/* Print a sentence, which ends before its full stop, and the usage.  Returns
 * USAGE_ERROR. */
int usage_error(const struct usage *u, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for an option that getopt_long() refused: c is what it returned,
 * its list of short options beginning with a colon. */
int usage_option_error(const struct usage *u, int c, char **argv);

/* Print the program's name and version.  Returns the exit status. */
int usage_version(const struct usage *u);

/* Print the names of all chains, a blank before each. */
void usage_chains(void);

/* The value of an option that names a chain.  Returns -1, or prints as
 * usage_error() does and returns the exit status. */
int usage_take_chain(const struct btcwire_chain **out, const struct usage *u,
    const char *text);

/* The same for an option that is seconds: from min, see usage_seconds(). */
int usage_take_seconds(int64_t *ms, const struct usage *u, const char *option,
    const char *text, double min);

/* A number in digits, from min to max. */
bool usage_number(uint64_t *out, const char *text, uint64_t min, uint64_t max);

/* Seconds, with fractions, from min to USAGE_SECONDS_MAX. */
bool usage_seconds(int64_t *ms, const char *text, double min);

#endif
