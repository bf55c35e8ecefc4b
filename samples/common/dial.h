/*
 * Dialling that SIGINT and SIGTERM can end: looking up a name cannot be
 * interrupted, so it happens on a thread that may be left behind.
 */
#ifndef SAMPLES_DIAL_H
#define SAMPLES_DIAL_H

#include <stdbool.h>

#include "net.h"

/* As net_dial(), and -1 with "interrupted" when a signal came first. */
int dial(const struct net_addr *addr, int timeout_ms, char *why);

/* The same, ended not by a signal but when stop(arg), which is asked twenty
 * times a second, says so. */
int dial_unless(const struct net_addr *addr, int timeout_ms,
    bool (*stop)(void *), void *arg, char *why);

#endif
