/*
 * The nonces that this process put into version messages, so that a
 * connection to ourselves is noticed.  One table for the whole process; any
 * thread.
 */
#ifndef BTC_PEER_NONCES_H
#define BTC_PEER_NONCES_H

#include <stdbool.h>
#include <stdint.h>

/* Lives in its peer. */
struct btcp_nonce {
	uint64_t value;			/* never changes once made */
	struct btcp_nonce *next;	/* guarded by the table's mutex */
	bool live;			/* likewise */
};

/* A fresh random nonce, never 0; remembered while its handshake lives, and
 * among the 1,024 most recent after that. */
void btcp_nonce_make(struct btcp_nonce *n);

/* Its handshake is over.  Again is fine. */
void btcp_nonce_release(struct btcp_nonce *n);

bool btcp_nonce_is_ours(uint64_t value);

#endif
