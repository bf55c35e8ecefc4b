/*
 * Transactions: asked for when they are announced, looked at, kept in the pool
 * and announced to everybody else.
 */
#include "remote.h"

#include <stdlib.h>

#include "note.h"

#define ASK_MAX 1000	/* items of one getdata */

/* Tell all others.  A peer whose queue is full misses it; that is no harm,
 * since nodes hear of a transaction from many sides. */
static void
announce_tx(struct remote *from, const struct btcwire_hash *txid,
    const struct btcwire_hash *wtxid)
{
	struct server *srv = from->srv;
	struct remote *r;

	(void)pthread_mutex_lock(&srv->mtx);
	for (r = srv->first; r != NULL; r = r->next)
		if (r != from && atomic_load(&r->ready) &&
		    btcpeer_queue_inventory(r->p, BTCWIRE_INV_TX, txid,
		    wtxid) == BTCPEER_E_NOMEM)
			btcpeer_disconnect(r->p);
	(void)pthread_mutex_unlock(&srv->mtx);
}

void
relay_tx(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_tx *tx, void *user)
{
	struct remote *r = user;
	struct btcwire_hash txid, wtxid;
	char hex[BTCWIRE_HASH_HEX];
	const char *why = pool_check(tx);

	btcwire_txid(&txid, tx);
	btcwire_wtxid(&wtxid, tx);
	if (why != NULL) {
		note("peer %llu %s: transaction %s is not relayed: %s",
		    (unsigned long long)btcpeer_id(p), btcpeer_addr(p),
		    btcwire_hash_to_hex(hex, &txid), why);
		return;
	}
	btcpeer_add_known_inventory(p, BTCWIRE_INV_TX, &txid);
	btcpeer_add_known_inventory(p, BTCWIRE_INV_WTX, &wtxid);
	if (pool_add(r->srv->pool, msg, &txid, &wtxid))
		announce_tx(r, &txid, &wtxid);
}

/* Whether to ask for an item; ask: how. */
static bool
is_wanted(struct remote *r, const struct btcwire_invvect *item,
    struct btcwire_invvect *ask)
{
	struct btcwire_msg *have;

	*ask = *item;
	if (item->type == BTCWIRE_INV_WTX)
		have = pool_by_wtxid(r->srv->pool, &item->hash);
	else if (item->type == BTCWIRE_INV_TX) {
		have = pool_by_txid(r->srv->pool, &item->hash);
		if (r->witness)
			ask->type = BTCWIRE_INV_WITNESS_TX;
	} else
		return false;
	btcwire_msg_unref(have);
	return have == NULL;
}

static void
ask_for(struct remote *r, const struct btcwire_invvect *vec, size_t n)
{
	struct btcwire_inv body = { .vec = vec, .vec_len = n };
	struct btcwire_msg *msg;

	if (n == 0 || btcwire_msg_new(&msg, BTCWIRE_GETDATA, &body, NULL) != 0)
		return;
	if (btcpeer_queue_message_take(r->p, msg, NULL) == BTCPEER_E_FULL)
		note("peer %llu %s: %zu transactions are not asked for: its "
		    "queue is full", (unsigned long long)btcpeer_id(r->p),
		    btcpeer_addr(r->p), n);
}

void
relay_inv(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *inv, void *user)
{
	struct btcwire_invvect ask[ASK_MAX];
	struct remote *r = user;
	int32_t height;
	size_t i, n = 0;

	(void)p;
	(void)msg;
	for (i = 0; i < inv->vec_len; i++) {
		if (inv->vec[i].type == BTCWIRE_INV_BLOCK) {
			/* It has that block: so headers can follow on it. */
			height = chain_find(r->srv->chain, &inv->vec[i].hash);
			(void)pthread_mutex_lock(&r->mtx);
			if (height > r->known)
				r->known = height;
			(void)pthread_mutex_unlock(&r->mtx);
		} else if (is_wanted(r, &inv->vec[i], &ask[n]) &&
		    ++n == ASK_MAX) {
			ask_for(r, ask, n);
			n = 0;
		}
	}
	ask_for(r, ask, n);
}
