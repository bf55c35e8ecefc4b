/*
 * What btcpeer-sync prints when it is done: the last line on standard output,
 * and on standard error the sentence that says what went wrong.
 */
#ifndef SAMPLES_SYNC_REPORT_H
#define SAMPLES_SYNC_REPORT_H

#include "session.h"

/* With --follow: a line for a tip, at once.  Returns whether it was written. */
bool sync_report_tip(const struct sync_args *args,
    const struct session_tip *tip);

/* Returns the exit status. */
int sync_report(const struct session *s, bool reached);

#endif
