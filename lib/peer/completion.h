/*
 * The inner side of struct btcpeer_completion.
 */
#ifndef BTC_PEER_COMPLETION_H
#define BTC_PEER_COMPLETION_H

#include <btcpeer/peer.h>

/* About to be queued at p.  Returns: 0, or BTCPEER_E_STATE while in use. */
int btcp_completion_bind(struct btcpeer_completion *c, const struct btcpeer *p);

/* It was not queued after all. */
void btcp_completion_unbind(struct btcpeer_completion *c);

void btcp_completion_settle(struct btcpeer_completion *c, int result);

#endif
