#include "config.h"

#include <time.h>

#include "util/clock.h"

int64_t
btcu_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
btcu_now_ms(void)
{
	return btcu_now_us() / 1000;
}

int64_t
btcu_tick_ms(void)
{
#ifdef CLOCK_MONOTONIC_COARSE
	struct timespec ts;

	/* The time of the last tick; there are at least 100 a second. */
	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 + 10;
#else
	return btcu_now_ms();
#endif
}

int64_t
btcu_wall_s(void)
{
	return (int64_t)time(NULL);
}

int64_t
btcu_after(int64_t now_ms, int64_t ms)
{
	if (ms < 0 || now_ms > BTCU_NEVER - ms)
		return BTCU_NEVER;
	return now_ms + ms;
}
