#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include <btcpeer/error.h>
#include "util/lru.h"
#include "util/rand.h"

#define NIL UINT32_MAX

void
btcu_lru_init(struct btcu_lru *l, uint32_t max)
{
	*l = (struct btcu_lru){ .max = max, .oldest = NIL, .newest = NIL };
	btcu_rand_bytes(l->seed, sizeof(l->seed));
}

void
btcu_lru_clear(struct btcu_lru *l)
{
	free(l->entry);
	free(l->bucket);
	l->entry = NULL;
	l->bucket = NULL;
	l->cap = l->len = 0;
	l->oldest = l->newest = NIL;
}

static uint32_t *
bucket_of(const struct btcu_lru *l, const uint8_t *key)
{
	uint64_t h;

	crypto_shorthash((unsigned char *)&h, key, BTCU_LRU_KEY, l->seed);
	return &l->bucket[h & (l->cap - 1)];
}

static uint32_t
find(const struct btcu_lru *l, const uint8_t *key)
{
	uint32_t i;

	if (l->cap == 0)
		return NIL;
	for (i = *bucket_of(l, key); i != NIL; i = l->entry[i].chain)
		if (memcmp(l->entry[i].key, key, BTCU_LRU_KEY) == 0)
			break;
	return i;
}

bool
btcu_lru_has(const struct btcu_lru *l, const uint8_t key[BTCU_LRU_KEY])
{
	return find(l, key) != NIL;
}

/* Twice the room, and every entry in the bucket it now belongs to. */
static int
grow(struct btcu_lru *l)
{
	uint32_t cap = l->cap == 0 ? 16 : l->cap * 2, i, *b;
	struct btcu_lru_entry *entry;
	uint32_t *bucket;

	bucket = malloc(cap * sizeof(*bucket));
	if (bucket == NULL)
		return BTCPEER_E_NOMEM;
	entry = realloc(l->entry, cap * sizeof(*entry));
	if (entry == NULL) {
		free(bucket);
		return BTCPEER_E_NOMEM;
	}
	free(l->bucket);
	l->entry = entry;
	l->bucket = bucket;
	l->cap = cap;
	memset(bucket, 0xff, cap * sizeof(*bucket));
	for (i = 0; i < l->len; i++) {
		b = bucket_of(l, entry[i].key);
		entry[i].chain = *b;
		*b = i;
	}
	return 0;
}

static void
unlink_age(struct btcu_lru *l, uint32_t i)
{
	struct btcu_lru_entry *e = &l->entry[i];

	*(e->older == NIL ? &l->oldest : &l->entry[e->older].newer) = e->newer;
	*(e->newer == NIL ? &l->newest : &l->entry[e->newer].older) = e->older;
}

static void
link_newest(struct btcu_lru *l, uint32_t i)
{
	struct btcu_lru_entry *e = &l->entry[i];

	e->newer = NIL;
	e->older = l->newest;
	*(l->newest == NIL ? &l->oldest : &l->entry[l->newest].newer) = i;
	l->newest = i;
}

/* The place that points at entry i in its bucket's chain. */
static uint32_t *
chain_to(struct btcu_lru *l, uint32_t i)
{
	uint32_t *b = bucket_of(l, l->entry[i].key);

	while (*b != i)
		b = &l->entry[*b].chain;
	return b;
}

static void
link_bucket(struct btcu_lru *l, uint32_t i)
{
	uint32_t *b = bucket_of(l, l->entry[i].key);

	l->entry[i].chain = *b;
	*b = i;
}

int
btcu_lru_add(struct btcu_lru *l, const uint8_t key[BTCU_LRU_KEY])
{
	uint32_t i = find(l, key);

	if (i != NIL) {
		unlink_age(l, i);
		link_newest(l, i);
		return 0;
	}
	if (l->len < l->max) {
		if (l->len == l->cap && grow(l) != 0)
			return BTCPEER_E_NOMEM;
		i = l->len++;
	} else {
		i = l->oldest;
		unlink_age(l, i);
		*chain_to(l, i) = l->entry[i].chain;
	}
	memcpy(l->entry[i].key, key, BTCU_LRU_KEY);
	link_bucket(l, i);
	link_newest(l, i);
	return 0;
}

void
btcu_lru_remove(struct btcu_lru *l, const uint8_t key[BTCU_LRU_KEY])
{
	uint32_t i = find(l, key), last = l->len - 1;
	struct btcu_lru_entry *e;

	if (i == NIL)
		return;
	unlink_age(l, i);
	*chain_to(l, i) = l->entry[i].chain;
	l->len--;
	if (i == last)
		return;
	/* The last entry moves into the hole, so that entries stay dense. */
	*chain_to(l, last) = i;
	l->entry[i] = l->entry[last];
	e = &l->entry[i];
	*(e->older == NIL ? &l->oldest : &l->entry[e->older].newer) = i;
	*(e->newer == NIL ? &l->newest : &l->entry[e->newer].older) = i;
}
