/*
 * Queueing messages and settling what became of them.
 */
#ifndef BTC_PEER_SEND_H
#define BTC_PEER_SEND_H

#include "peer/peer.h"

/* What a message counts in the queue: its newest form on the wire. */
uint32_t btcp_send_size(const struct btcwire_msg *msg);

/*
 * Queue n entries of users, all or none, without waiting for room.
 * Returns: 0: the queue owns what they point to; or BTCPEER_E_CLOSED, _FULL,
 *          _NOMEM.
 */
int btcp_send_admit_locked(struct btcpeer *p, const struct btcp_entry *e,
    size_t n)
    REQUIRES(p->mtx);

/* An entry is over: callbacks, completion and references.  No lock held. */
void btcp_send_settle(struct btcpeer *p, struct btcp_entry *e, size_t wire_len,
    int result);

/* Settle everything that is still queued; report says whether listeners learn
 * of it, which they do not where the peer never ran. */
void btcp_send_abandon(struct btcpeer *p, int result, bool report);

#endif
