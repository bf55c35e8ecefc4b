/*
 * Random numbers, from libsodium.
 */
#ifndef BTC_UTIL_RAND_H
#define BTC_UTIL_RAND_H

#include <stddef.h>
#include <stdint.h>

/* Once before the others; again is fine, from any thread.
 * Returns: 0 or BTCPEER_E_RANDOM. */
int btcu_rand_init(void);

void btcu_rand_bytes(void *buf, size_t len);
uint64_t btcu_rand_u64(void);
uint32_t btcu_rand_below(uint32_t bound);	/* uniform in 0 .. bound - 1 */

/* The same many times over: takes what it needs in larger pieces.  Begins with
 * left 0; used by one thread. */
struct btcu_rand_pool {
	uint32_t v[64];
	unsigned left;
};
uint32_t btcu_rand_pool_below(struct btcu_rand_pool *pool, uint32_t bound);

#endif
