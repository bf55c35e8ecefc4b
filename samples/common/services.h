/*
 * The services that a node offers, by name.
 */
#ifndef SAMPLES_SERVICES_H
#define SAMPLES_SERVICES_H

#include <stdint.h>

#define SERVICES_TEXT 96	/* room for all names */

/* "NETWORK WITNESS"; bits without a name are left out.  Returns buf, which
 * holds SERVICES_TEXT bytes. */
char *services_format(char *buf, uint64_t bits);

#endif
