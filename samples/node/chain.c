#include "chain.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	struct btcwire_hash hash;
	struct btcwire_msg *block;	/* owned */
};

/*
 * Members are protected by:
 *   I  immutable after chain_new()     l  lock
 * The index is an open hash table: a slot is the height + 1 of the block whose
 * hash led there, or 0.  It is kept at most half full.
 */
struct chain {
	const struct btcwire_chain *params;	/* [I] */
	pthread_rwlock_t lock;
	struct entry *entry;	/* [l] by height */
	size_t entry_len;	/* [l] never 0 once made */
	size_t entry_room;	/* [l] */
	uint32_t *slot;		/* [l] 2 * entry_room of them */
};

#define ROOM_MIN 1024		/* a power of two */

/* Where the hash is, or the free slot where it belongs. */
static uint32_t *
lookup(uint32_t *slot, size_t room, const struct entry *entry,
    const struct btcwire_hash *hash)
{
	size_t mask = 2 * room - 1;
	uint64_t start;
	size_t i;

	memcpy(&start, hash->b, sizeof(start));
	i = (size_t)start & mask;
	while (slot[i] != 0 &&
	    !btcwire_hash_equal(&entry[slot[i] - 1].hash, hash))
		i = (i + 1) & mask;
	return &slot[i];
}

/* Make room for one more block. */
static int
reserve_locked(struct chain *c)
{
	size_t i, room = c->entry_room > 0 ? 2 * c->entry_room : ROOM_MIN;
	struct entry *entry;
	uint32_t *slot;

	if (c->entry_len < c->entry_room)
		return 0;
	slot = calloc(2 * room, sizeof(*slot));
	if (slot == NULL)
		return BTCPEER_E_NOMEM;
	entry = realloc(c->entry, room * sizeof(*entry));
	if (entry == NULL) {
		free(slot);
		return BTCPEER_E_NOMEM;
	}
	for (i = 0; i < c->entry_len; i++)
		*lookup(slot, room, entry, &entry[i].hash) = (uint32_t)i + 1;
	free(c->slot);
	c->slot = slot;
	c->entry = entry;
	c->entry_room = room;
	return 0;
}

static int
append_locked(struct chain *c, struct btcwire_msg *msg)
{
	const struct btcwire_block *block = btcwire_block_of(msg);
	struct entry e = { .block = msg };
	int rc;

	if (block == NULL || c->entry_len >= INT32_MAX)
		return BTCPEER_E_INVAL;
	if (c->entry_len > 0 && !btcwire_hash_equal(&block->header.prev,
	    &c->entry[c->entry_len - 1].hash))
		return BTCPEER_E_INVAL;
	rc = reserve_locked(c);
	if (rc != 0)
		return rc;
	btcwire_header_hash(&e.hash, &block->header);
	c->entry[c->entry_len++] = e;
	*lookup(c->slot, c->entry_room, c->entry, &e.hash) =
	    (uint32_t)c->entry_len;
	return 0;
}

int
chain_append(struct chain *c, struct btcwire_msg *block)
{
	int rc;

	(void)pthread_rwlock_wrlock(&c->lock);
	rc = append_locked(c, block);
	(void)pthread_rwlock_unlock(&c->lock);
	if (rc != 0)
		btcwire_msg_unref(block);
	return rc;
}

int
chain_new(struct chain **out, const struct btcwire_chain *params)
{
	struct btcwire_msg *genesis;
	struct chain *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return BTCPEER_E_NOMEM;
	c->params = params;
	if (pthread_rwlock_init(&c->lock, NULL) != 0) {
		free(c);
		return BTCPEER_E_NOMEM;
	}
	rc = btcwire_decode(&genesis, BTCWIRE_BLOCK, params->genesis.data,
	    params->genesis.len, BTCWIRE_PVER_NEWEST, BTCWIRE_STRICT, NULL);
	if (rc == 0)
		rc = chain_append(c, genesis);
	if (rc != 0) {
		chain_free(c);
		return rc;
	}
	*out = c;
	return 0;
}

void
chain_free(struct chain *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->entry_len; i++)
		btcwire_msg_unref(c->entry[i].block);
	free(c->entry);
	free(c->slot);
	(void)pthread_rwlock_destroy(&c->lock);
	free(c);
}

const struct btcwire_chain *
chain_params(const struct chain *c)
{
	return c->params;
}

int32_t
chain_tip(struct chain *c, struct btcwire_hash *hash)
{
	int32_t height;

	(void)pthread_rwlock_rdlock(&c->lock);
	height = (int32_t)c->entry_len - 1;
	if (hash != NULL)
		*hash = c->entry[height].hash;
	(void)pthread_rwlock_unlock(&c->lock);
	return height;
}

static int32_t
find_locked(struct chain *c, const struct btcwire_hash *hash)
{
	return (int32_t)*lookup(c->slot, c->entry_room, c->entry, hash) - 1;
}

int32_t
chain_find(struct chain *c, const struct btcwire_hash *hash)
{
	int32_t height;

	(void)pthread_rwlock_rdlock(&c->lock);
	height = find_locked(c, hash);
	(void)pthread_rwlock_unlock(&c->lock);
	return height;
}

struct btcwire_msg *
chain_block(struct chain *c, int32_t height)
{
	struct btcwire_msg *msg = NULL;

	(void)pthread_rwlock_rdlock(&c->lock);
	if (height >= 0 && (size_t)height < c->entry_len)
		msg = btcwire_msg_ref(c->entry[height].block);
	(void)pthread_rwlock_unlock(&c->lock);
	return msg;
}

/* How many of n blocks there are from a height on. */
static size_t
available_locked(const struct chain *c, size_t n, int32_t from)
{
	size_t left;

	if (from < 0 || (size_t)from >= c->entry_len)
		return 0;
	left = c->entry_len - (size_t)from;
	return n < left ? n : left;
}

size_t
chain_headers(struct chain *c, struct btcwire_header *out, size_t n,
    int32_t from)
{
	const struct entry *e;
	size_t i;

	(void)pthread_rwlock_rdlock(&c->lock);
	n = available_locked(c, n, from);
	for (i = 0; i < n; i++) {
		e = &c->entry[(size_t)from + i];
		out[i] = btcwire_block_of(e->block)->header;
	}
	(void)pthread_rwlock_unlock(&c->lock);
	return n;
}

size_t
chain_hashes(struct chain *c, struct btcwire_hash *out, size_t n,
    int32_t from)
{
	size_t i;

	(void)pthread_rwlock_rdlock(&c->lock);
	n = available_locked(c, n, from);
	for (i = 0; i < n; i++)
		out[i] = c->entry[(size_t)from + i].hash;
	(void)pthread_rwlock_unlock(&c->lock);
	return n;
}

int32_t
chain_fork(struct chain *c, const struct btcwire_locator *locator)
{
	int32_t height = -1;
	size_t i;

	(void)pthread_rwlock_rdlock(&c->lock);
	for (i = 0; i < locator->hash_len && height < 0; i++)
		height = find_locked(c, &locator->hash[i]);
	(void)pthread_rwlock_unlock(&c->lock);
	return height > 0 ? height : 0;
}
