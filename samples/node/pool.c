#include "pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MONEY    INT64_C(2100000000000000)
#define MAX_BYTES    1000000u	/* without witnesses: a block's weight / 4 */
#define BUCKETS      8192	/* a power of two */

enum id { TXID, WTXID, NIDS };

struct item {
	struct btcwire_msg *tx;		/* owned; NULL: the item is free */
	struct btcwire_hash id[NIDS];
	struct item *next[NIDS];	/* in the same bucket */
	size_t bytes;
};

/*
 * Members are protected by mtx.  The items are a ring: the oldest of `used` is
 * at `first`.
 */
struct pool {
	pthread_mutex_t mtx;
	size_t first;
	size_t used;
	size_t bytes;
	struct item *bucket[NIDS][BUCKETS];
	struct item item[POOL_MAX_TXS];
};

int
pool_new(struct pool **out)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return BTCPEER_E_NOMEM;
	if (pthread_mutex_init(&pool->mtx, NULL) != 0) {
		free(pool);
		return BTCPEER_E_NOMEM;
	}
	*out = pool;
	return 0;
}

/* ---- Checks ------------------------------------------------------------ */

static int
compare_outpoints(const void *a, const void *b)
{
	const struct btcwire_outpoint *x = a, *y = b;
	int order = memcmp(x->hash.b, y->hash.b, sizeof(x->hash.b));

	return order != 0 ? order : (x->index > y->index) -
	    (x->index < y->index);
}

static const char *
check_inputs(const struct btcwire_tx *tx)
{
	struct btcwire_outpoint *prev = malloc(tx->in_len * sizeof(*prev));
	const char *why = NULL;
	size_t i;

	if (prev == NULL)
		return "out of memory";
	for (i = 0; i < tx->in_len; i++) {
		prev[i] = tx->in[i].prev;
		if (prev[i].index == UINT32_MAX &&
		    btcwire_hash_is_null(&prev[i].hash))
			why = "it is a coinbase";
	}
	qsort(prev, tx->in_len, sizeof(*prev), compare_outpoints);
	for (i = 1; i < tx->in_len; i++)
		if (compare_outpoints(&prev[i - 1], &prev[i]) == 0)
			why = "it spends the same output twice";
	free(prev);
	return why;
}

const char *
pool_check(const struct btcwire_tx *tx)
{
	int64_t value, left = MAX_MONEY;
	size_t i, size;

	if (tx->in_len == 0 || tx->out_len == 0)
		return "it has no inputs or no outputs";
	for (i = 0; i < tx->out_len; i++) {
		value = tx->out[i].value;
		if (value < 0 || value > left)
			return "its amounts are out of range";
		left -= value;
	}
	if (btcwire_body_size(&size, BTCWIRE_TX, tx, BTCWIRE_PVER_NEWEST,
	    BTCWIRE_NO_WITNESS, NULL) != 0 || size > MAX_BYTES)
		return "it is too large";
	return check_inputs(tx);
}

/* ---- The table --------------------------------------------------------- */

static struct item **
bucket_of(struct pool *pool, enum id id, const struct btcwire_hash *hash)
{
	uint32_t n;

	memcpy(&n, hash->b, sizeof(n));
	return &pool->bucket[id][n & (BUCKETS - 1)];
}

static struct item *
find_locked(struct pool *pool, enum id id, const struct btcwire_hash *hash)
{
	struct item *it = *bucket_of(pool, id, hash);

	while (it != NULL && !btcwire_hash_equal(&it->id[id], hash))
		it = it->next[id];
	return it;
}

static void
remove_oldest_locked(struct pool *pool)
{
	struct item **at, *it = &pool->item[pool->first];
	int id;

	for (id = 0; id < NIDS; id++) {
		at = bucket_of(pool, (enum id)id, &it->id[id]);
		while (*at != it)
			at = &(*at)->next[id];
		*at = it->next[id];
	}
	btcwire_msg_unref(it->tx);
	it->tx = NULL;
	pool->bytes -= it->bytes;
	pool->first = (pool->first + 1) % POOL_MAX_TXS;
	pool->used--;
}

static void
insert_locked(struct pool *pool, const struct item *new)
{
	struct item **at, *it;
	int id;

	while (pool->used > 0 && (pool->used == POOL_MAX_TXS ||
	    pool->bytes + new->bytes > POOL_MAX_BYTES))
		remove_oldest_locked(pool);
	it = &pool->item[(pool->first + pool->used++) % POOL_MAX_TXS];
	*it = *new;
	pool->bytes += it->bytes;
	for (id = 0; id < NIDS; id++) {
		at = bucket_of(pool, (enum id)id, &it->id[id]);
		it->next[id] = *at;
		*at = it;
	}
}

bool
pool_add(struct pool *pool, struct btcwire_msg *tx,
    const struct btcwire_hash *txid, const struct btcwire_hash *wtxid)
{
	struct item new = { .tx = tx, .id = { *txid, *wtxid } };
	bool added;

	new.bytes = btcwire_msg_raw(tx, NULL).len;
	(void)pthread_mutex_lock(&pool->mtx);
	added = find_locked(pool, TXID, txid) == NULL;
	if (added) {
		(void)btcwire_msg_ref(tx);
		insert_locked(pool, &new);
	}
	(void)pthread_mutex_unlock(&pool->mtx);
	return added;
}

static struct btcwire_msg *
find(struct pool *pool, enum id id, const struct btcwire_hash *hash)
{
	struct btcwire_msg *tx = NULL;
	struct item *it;

	(void)pthread_mutex_lock(&pool->mtx);
	it = find_locked(pool, id, hash);
	if (it != NULL)
		tx = btcwire_msg_ref(it->tx);
	(void)pthread_mutex_unlock(&pool->mtx);
	return tx;
}

struct btcwire_msg *
pool_by_txid(struct pool *pool, const struct btcwire_hash *txid)
{
	return find(pool, TXID, txid);
}

struct btcwire_msg *
pool_by_wtxid(struct pool *pool, const struct btcwire_hash *wtxid)
{
	return find(pool, WTXID, wtxid);
}

void
pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	while (pool->used > 0)
		remove_oldest_locked(pool);
	(void)pthread_mutex_destroy(&pool->mtx);
	free(pool);
}
