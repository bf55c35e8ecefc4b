/*
 * The peer's log: costs a comparison while it is off.
 */
#ifndef BTC_PEER_LOG_H
#define BTC_PEER_LOG_H

#include "peer/peer.h"

#define BTCP_LOG(p, level, ...) do { \
	if ((p)->config.log_level >= (level)) \
		btcp_log(p, level, __VA_ARGS__); \
} while (0)

void btcp_log(struct btcpeer *p, enum btcpeer_log_level level,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* One line about a message that went or came, its bytes under TRACE. */
#define BTCP_LOG_MESSAGE(p, verb, msg) do { \
	if ((p)->config.log_level >= BTCPEER_LOG_DEBUG) \
		btcp_log_message(p, verb, msg); \
} while (0)

void btcp_log_message(struct btcpeer *p, const char *verb,
    struct btcwire_msg *msg);

#endif
