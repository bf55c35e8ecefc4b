#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "peer/inventory.h"
#include "util/clock.h"
#include "util/rand.h"

void
btcp_inventory_init(struct btcp_inventory *inv, uint32_t known_max,
    int64_t interval_ms, bool exact)
{
	*inv = (struct btcp_inventory){ .due_ms = BTCU_NEVER,
	    .interval_ms = interval_ms, .exact = exact };
	/* A transaction is known by two names. */
	btcp_known_init(&inv->known, 2 * known_max);
}

void
btcp_inventory_clear(struct btcp_inventory *inv)
{
	btcp_known_clear(&inv->known);
	free(inv->blocks.v);
	free(inv->txs.v);
	inv->blocks = inv->txs = (struct btcp_inv_list){ 0 };
}

/* Whoever has a block or a transaction has it in every form; but txids are no
 * wtxids.  0 for what is never announced. */
static unsigned
kind_of(uint32_t type)
{
	switch (type & ~(uint32_t)BTCWIRE_INV_WITNESS_FLAG) {
	case BTCWIRE_INV_TX:
		return BTCP_KNOWN_TX;
	case BTCWIRE_INV_WTX:
		return BTCP_KNOWN_WTX;
	case BTCWIRE_INV_BLOCK:
	case BTCWIRE_INV_FILTERED_BLOCK:
	case BTCWIRE_INV_CMPCT_BLOCK:
		return BTCP_KNOWN_BLOCK;
	default:
		return 0;
	}
}

void
btcp_inventory_known(struct btcp_inventory *inv, uint32_t type,
    const struct btcwire_hash *hash)
{
	unsigned kind = kind_of(type);

	/* Out of memory: an announcement may go out twice, no more. */
	if (kind != 0)
		(void)btcp_known_add(&inv->known, hash, kind);
}

static bool
has_one_name(const struct btcp_inv_item *it)
{
	return memcmp(it->id.b, it->wtxid.b, sizeof(it->id.b)) == 0;
}

static bool
item_known(const struct btcp_inventory *inv, bool block,
    const struct btcp_inv_item *it)
{
	const struct btcp_known *k = &inv->known;

	if (block)
		return btcp_known_has(k, &it->id, BTCP_KNOWN_BLOCK);
	if (has_one_name(it))
		return btcp_known_has(k, &it->id,
		    BTCP_KNOWN_TX | BTCP_KNOWN_WTX);
	return btcp_known_has(k, &it->id, BTCP_KNOWN_TX) ||
	    btcp_known_has(k, &it->wtxid, BTCP_KNOWN_WTX);
}

/* A transaction is announced by one name; from now on both are known. */
static void
tx_announced(struct btcp_inventory *inv, const struct btcp_inv_item *it)
{
	if (has_one_name(it)) {
		(void)btcp_known_add(&inv->known, &it->id,
		    BTCP_KNOWN_TX | BTCP_KNOWN_WTX);
		return;
	}
	(void)btcp_known_add(&inv->known, &it->id, BTCP_KNOWN_TX);
	(void)btcp_known_add(&inv->known, &it->wtxid, BTCP_KNOWN_WTX);
}

static int
push(struct btcp_inv_list *l, const struct btcp_inv_item *it)
{
	size_t cap = l->cap == 0 ? 16 : l->cap * 2;
	struct btcp_inv_item *v;

	if (l->len >= BTCP_INV_QUEUE_MAX)
		return BTCPEER_E_FULL;
	if (l->len == l->cap) {
		v = realloc(l->v, cap * sizeof(*v));
		if (v == NULL)
			return BTCPEER_E_NOMEM;
		l->v = v;
		l->cap = cap;
	}
	l->v[l->len++] = *it;
	return 0;
}

/* Exponentially distributed around the mean, so that nobody can tell from the
 * times of announcements when we learnt of something. */
static int64_t
interval(const struct btcp_inventory *inv)
{
	double u;

	if (inv->exact || inv->interval_ms < 0)
		return inv->interval_ms;
	u = (double)(btcu_rand_below(1u << 30) + 1) / (double)(1u << 30);
	return (int64_t)(-log(u) * (double)inv->interval_ms);
}

int
btcp_inventory_add(struct btcp_inventory *inv, bool block,
    const struct btcwire_hash *id, const struct btcwire_hash *wtxid,
    int64_t now_ms)
{
	struct btcp_inv_item it = { .id = *id,
	    .wtxid = wtxid != NULL ? *wtxid : *id };
	int rc;

	if (item_known(inv, block, &it))
		return 0;
	rc = push(block ? &inv->blocks : &inv->txs, &it);
	if (rc == 0 && !block && inv->due_ms == BTCU_NEVER)
		inv->due_ms = btcu_after(now_ms, interval(inv));
	return rc;
}

void
btcp_inventory_drop_txs(struct btcp_inventory *inv)
{
	free(inv->txs.v);
	inv->txs = (struct btcp_inv_list){ 0 };
	inv->due_ms = BTCU_NEVER;
}

int64_t
btcp_inventory_due(const struct btcp_inventory *inv)
{
	if (inv->blocks.len > 0)
		return INT64_MIN;
	return inv->due_ms;
}

/* A random item. */
static struct btcp_inv_item
pop(struct btcp_inv_list *l, struct btcu_rand_pool *pool)
{
	size_t i = btcu_rand_pool_below(pool, (uint32_t)l->len);
	struct btcp_inv_item it = l->v[i];

	l->v[i] = l->v[--l->len];
	if (l->len == 0) {
		free(l->v);
		*l = (struct btcp_inv_list){ 0 };
	}
	return it;
}

static size_t
take_blocks(struct btcwire_invvect *out, struct btcp_inventory *inv)
{
	struct btcp_inv_list *l = &inv->blocks;
	size_t i, n = 0;

	/* Oldest first: they build on one another. */
	for (i = 0; i < l->len && n < BTCP_INV_MSG_MAX; i++) {
		if (item_known(inv, true, &l->v[i]))
			continue;
		(void)btcp_known_add(&inv->known, &l->v[i].id,
		    BTCP_KNOWN_BLOCK);
		out[n++] = (struct btcwire_invvect){ BTCWIRE_INV_BLOCK,
		    l->v[i].id };
	}
	l->len -= i;
	memmove(l->v, l->v + i, l->len * sizeof(*l->v));
	if (l->len == 0) {
		free(l->v);
		*l = (struct btcp_inv_list){ 0 };
	}
	return n;
}

static size_t
take_txs(struct btcwire_invvect *out, struct btcp_inventory *inv,
    bool wtxid_relay, bool relay)
{
	struct btcu_rand_pool pool = { .left = 0 };
	struct btcp_inv_item it;
	size_t n = 0;

	if (!relay)
		btcp_inventory_drop_txs(inv);
	while (inv->txs.len > 0 && n < BTCP_INV_MSG_MAX) {
		it = pop(&inv->txs, &pool);
		if (item_known(inv, false, &it))
			continue;
		tx_announced(inv, &it);
		out[n++] = wtxid_relay
		    ? (struct btcwire_invvect){ BTCWIRE_INV_WTX, it.wtxid }
		    : (struct btcwire_invvect){ BTCWIRE_INV_TX, it.id };
	}
	return n;
}

size_t
btcp_inventory_take(struct btcwire_invvect out[BTCP_INV_MSG_MAX],
    struct btcp_inventory *inv, bool wtxid_relay, bool relay, int64_t now_ms)
{
	size_t n = 0;

	if (inv->blocks.len > 0)
		n = take_blocks(out, inv);
	if (n == 0 && now_ms >= inv->due_ms)
		n = take_txs(out, inv, wtxid_relay, relay);
	if (inv->txs.len == 0)
		inv->due_ms = BTCU_NEVER;
	return n;
}
