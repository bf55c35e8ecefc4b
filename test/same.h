/*
 * Whether two bodies say the same, field by field.
 */
#ifndef TEST_SAME_H
#define TEST_SAME_H

#include <stdbool.h>

#include <btcpeer/msgs.h>

bool same_body(enum btcwire_type type, const void *a, const void *b);

#endif
