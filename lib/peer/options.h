/*
 * What callers may set, checked and with defaults filled in.
 */
#ifndef BTC_PEER_OPTIONS_H
#define BTC_PEER_OPTIONS_H

#include <btcpeer/peer.h>

/* No struct of any release is longer; what says so was not initialised. */
#define BTCP_SIZE_SANE 65536

/*
 * Read a caller's configuration, of this library's age or another.
 * Returns: 0, BTCPEER_E_INVAL or _UNSUPP (err names the field), _NOMEM.
 * Out:     config  defaults filled in; user_agent is malloc'd, listeners NULL.
 *          on      the listeners.
 * In:      src     or NULL.
 */
int btcp_options_load(struct btcpeer_config *config,
    struct btcpeer_listeners *on, const struct btcpeer_config *src,
    struct btcpeer_error *err);

/*
 * Copy a struct that begins with its size: shorter ones leave the rest of dst
 * alone, longer ones must hold zeroes where this library knows nothing.
 * Returns: 0, BTCPEER_E_INVAL (shorter than min, or absurdly long), _UNSUPP.
 */
int btcp_sized_copy(void *dst, size_t dst_size, const void *src, size_t min);

#endif
