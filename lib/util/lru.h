/*
 * A set of keys that remembers the most recent ones: bounded, growing from
 * nothing, keyed by value.  Strangers choose the keys, so the hash is keyed.
 * Not locked.
 */
#ifndef BTC_UTIL_LRU_H
#define BTC_UTIL_LRU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BTCU_LRU_KEY 33	/* bytes: a kind and a hash */

struct btcu_lru_entry {
	uint8_t key[BTCU_LRU_KEY];
	uint32_t older, newer;	/* indices; the ends of the list are NIL */
	uint32_t chain;		/* next in the same bucket */
};

struct btcu_lru {
	struct btcu_lru_entry *entry;
	uint32_t *bucket;	/* cap of them */
	uint32_t cap;		/* 0, then a power of two */
	uint32_t len;
	uint32_t max;		/* most that are remembered */
	uint32_t oldest, newest;
	uint8_t seed[16];
};

/* No memory is taken before the first key.  max is at least 1. */
void btcu_lru_init(struct btcu_lru *l, uint32_t max);
void btcu_lru_clear(struct btcu_lru *l);

bool btcu_lru_has(const struct btcu_lru *l, const uint8_t key[BTCU_LRU_KEY]);

/* Add a key, or make it the newest again; forgets the oldest when full.
 * Returns: 0, or BTCPEER_E_NOMEM: the set is as it was. */
int btcu_lru_add(struct btcu_lru *l, const uint8_t key[BTCU_LRU_KEY]);

/* Forget a key; none if it is not there. */
void btcu_lru_remove(struct btcu_lru *l, const uint8_t key[BTCU_LRU_KEY]);

#endif
