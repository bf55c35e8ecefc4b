/*
 * What to announce to one remote, and what it is known to have.  Pure but for
 * the random numbers that spread announcements.  Not locked.
 */
#ifndef BTC_PEER_INVENTORY_H
#define BTC_PEER_INVENTORY_H

#include <btcpeer/peer.h>
#include "peer/known.h"

#define BTCP_INV_MSG_MAX    1000	/* vectors in one inv that trickles */
#define BTCP_INV_QUEUE_MAX 50000	/* transactions or blocks that wait */

struct btcp_inv_item {
	struct btcwire_hash id;		/* txid or block hash */
	struct btcwire_hash wtxid;	/* equal to id when there is no other */
};

struct btcp_inv_list {
	struct btcp_inv_item *v;
	size_t len, cap;
};

struct btcp_inventory {
	struct btcp_known known;
	struct btcp_inv_list blocks;	/* go at once */
	struct btcp_inv_list txs;	/* go when due */
	int64_t due_ms;			/* BTCU_NEVER while no transaction waits */
	int64_t interval_ms;
	bool exact;
};

void btcp_inventory_init(struct btcp_inventory *inv, uint32_t known_max,
    int64_t interval_ms, bool exact);
void btcp_inventory_clear(struct btcp_inventory *inv);

/* The remote has it, whatever flags the type carries. */
void btcp_inventory_known(struct btcp_inventory *inv, uint32_t type,
    const struct btcwire_hash *hash);

/*
 * Queue an announcement; wtxid or NULL.  Nothing happens when it is known.
 * Returns: 0, BTCPEER_E_FULL, BTCPEER_E_NOMEM.
 */
int btcp_inventory_add(struct btcp_inventory *inv, bool block,
    const struct btcwire_hash *id, const struct btcwire_hash *wtxid,
    int64_t now_ms);

/* The remote does not want the transactions that wait. */
void btcp_inventory_drop_txs(struct btcp_inventory *inv);

/* When btcp_inventory_take() will next have something. */
int64_t btcp_inventory_due(const struct btcp_inventory *inv);

/*
 * Up to BTCP_INV_MSG_MAX vectors that are due, shuffled, none of them known
 * to the remote; from here on they are.  Call again until it returns 0.
 * In:      wtxid_relay  announce transactions by wtxid (BIP 339).
 *          relay        the remote wants transactions at all (BIP 37).
 */
size_t btcp_inventory_take(struct btcwire_invvect out[BTCP_INV_MSG_MAX],
    struct btcp_inventory *inv, bool wtxid_relay, bool relay, int64_t now_ms);

#endif
