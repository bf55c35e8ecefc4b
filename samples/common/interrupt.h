/*
 * SIGINT and SIGTERM as a question that loops can ask.
 */
#ifndef SAMPLES_INTERRUPT_H
#define SAMPLES_INTERRUPT_H

#include <stdbool.h>

/* Catch both, and ignore the signals that would kill a program for writing. */
void interrupt_catch(void);

/* Whether one of them has come.  Threads: any. */
bool interrupted(void);

#endif
