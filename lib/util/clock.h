/*
 * The only places that ask what time it is.
 */
#ifndef BTC_UTIL_CLOCK_H
#define BTC_UTIL_CLOCK_H

#include <stdint.h>

/* A deadline that never comes. */
#define BTCU_NEVER INT64_MAX

int64_t btcu_now_ms(void);	/* monotonic */
int64_t btcu_now_us(void);	/* the same clock */

/* The same clock at a fraction of the price, 0 to 10 ms ahead; behind only when
 * the system's tick is late. */
int64_t btcu_tick_ms(void);
int64_t btcu_wall_s(void);	/* seconds since 1970, UTC */

/* now + ms, BTCU_NEVER when ms is negative or the sum would not fit. */
int64_t btcu_after(int64_t now_ms, int64_t ms);

#endif
