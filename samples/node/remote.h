/*
 * What the parts of the server share: the server, its peers, and which lock
 * protects what.
 *
 * Members are protected by:
 *   I  immutable once made     s  the server's mtx     m  the remote's mtx
 *   a  atomic     i  only the peer's input thread uses it
 * Lock order: server, remote, then whatever the library locks.  All three may
 * be held when a message is queued, because the library never calls back from
 * there; a listener may take any of them, because the library holds no lock
 * while it calls one.
 */
#ifndef SAMPLES_NODE_REMOTE_H
#define SAMPLES_NODE_REMOTE_H

#include <pthread.h>
#include <stdatomic.h>

#include <btcpeer/peer.h>

#include "chain.h"
#include "pool.h"
#include "ring.h"

struct server {
	struct chain *chain;		/* [I] */
	struct pool *pool;		/* [I] */
	struct btcpeer_listeners listeners;	/* [I] */
	struct btcpeer_config config;	/* [I] but for user: see server_add() */
	pthread_mutex_t mtx;
	struct remote *first;		/* [s] */
	size_t count;			/* [s] */
};

/*
 * One peer.  It is the peer's user pointer, enters the server's list before
 * the peer is started, and is freed by on_disconnect, which comes after every
 * other callback.
 */
struct remote {
	struct server *srv;		/* [I] */
	struct btcpeer *p;		/* [I] a reference of ours */
	struct remote *next;		/* [s] */
	struct remote *prev;		/* [s] */
	atomic_bool ready;		/* [a] the handshake is done */
	bool witness;			/* [i] NODE_WITNESS (BIP 144) */
	pthread_mutex_t mtx;
	struct ring wants;		/* [m] struct want: unanswered */
	int32_t announced;		/* [m] height it was last told of */
	int32_t known;			/* [m] it has our headers so far */
	bool has_pause;			/* [m] a full inv ended with ... */
	struct btcwire_hash pause;	/* [m] ... this block */
};

/* ---- answer.c: requests for blocks, headers, inventory ----------------- */

/* An empty list of wants. */
struct ring answer_wants(void);

/* Listeners. */
void answer_getheaders(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_locator *req, void *user);
void answer_getblocks(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_locator *req, void *user);
void answer_getdata(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *req, void *user);
void answer_low_water(struct btcpeer *p, void *user);

/* Tell the remote of new blocks, if it is ready and there are any. */
void answer_announce(struct remote *r);

/* ---- relay.c: transactions --------------------------------------------- */

/* Listeners. */
void relay_tx(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_tx *tx, void *user);
void relay_inv(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *inv, void *user);

#endif
