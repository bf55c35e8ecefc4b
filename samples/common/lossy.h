/*
 * Text that may hold anything, such as the name of a file, as JSON.
 */
#ifndef SAMPLES_LOSSY_H
#define SAMPLES_LOSSY_H

#include <jansson.h>

/* Text that is not UTF-8 loses its bytes above 127.  Returns NULL when there
 * is no memory. */
json_t *lossy_string(const char *text);

#endif
