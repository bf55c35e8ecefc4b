/*
 * Saying what was wrong and where.
 */
#ifndef BTC_UTIL_ERR_H
#define BTC_UTIL_ERR_H

#include <btcpeer/error.h>

/* Fill err, which may be NULL.  Returns code. */
int btcu_error(struct btcpeer_error *err, int code, size_t offset,
    const char *fmt, ...) __attribute__((cold, format(printf, 4, 5)));

#endif
