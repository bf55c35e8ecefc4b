/*
 * Lines for the operator, on standard error.
 *
 * Listeners write them, and a listener that waits stops its peer; so a line
 * that would have to wait, because nobody reads the other end of a pipe, is
 * dropped, and the next one that gets through says how many were.
 *
 * Threads: any.
 */
#ifndef SAMPLES_NODE_NOTE_H
#define SAMPLES_NODE_NOTE_H

#include <stdbool.h>

/* No more notes from now on.  Before other threads are started. */
void note_quiet(void);

/* One line; the newline is added. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
