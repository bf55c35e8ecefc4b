/*
 * Dialling that SIGINT and SIGTERM can end: looking up a name cannot be
 * interrupted, so it happens on a thread that may be left behind.
 */
#ifndef SAMPLES_DIAL_H
#define SAMPLES_DIAL_H

#include "net.h"

/* As net_dial(), and -1 with "interrupted" when a signal came first. */
int dial(const struct net_addr *addr, int timeout_ms, char *why);

#endif
