#include "config.h"

#include <sodium.h>

#include <btcpeer/error.h>
#include "util/rand.h"

int
btcu_rand_init(void)
{
	return sodium_init() < 0 ? BTCPEER_E_RANDOM : 0;
}

void
btcu_rand_bytes(void *buf, size_t len)
{
	randombytes_buf(buf, len);
}

uint64_t
btcu_rand_u64(void)
{
	uint64_t v;

	randombytes_buf(&v, sizeof(v));
	return v;
}

uint32_t
btcu_rand_below(uint32_t bound)
{
	return randombytes_uniform(bound);
}

uint32_t
btcu_rand_pool_below(struct btcu_rand_pool *pool, uint32_t bound)
{
	/* Of all values those below have no whole number of the bound. */
	uint32_t uneven = (0u - bound) % bound, v;

	do {
		if (pool->left == 0) {
			randombytes_buf(pool->v, sizeof(pool->v));
			pool->left = sizeof(pool->v) / sizeof(pool->v[0]);
		}
		v = pool->v[--pool->left];
	} while (v < uneven);
	return v % bound;
}
