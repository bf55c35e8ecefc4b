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
 * Out:     config  defaults filled in, listeners NULL; what it points to is its
 *                  own: give that back with btcp_options_clear().
 *          on      the listeners.
 * In:      src     or NULL.
 */
int btcp_options_load(struct btcpeer_config *config,
    struct btcpeer_listeners *on, const struct btcpeer_config *src,
    struct btcpeer_error *err);

/* Free what a configuration that was read owns.  Zeroes are fine too. */
void btcp_options_clear(struct btcpeer_config *config);

/*
 * options_copy.c: check what the caller's config points to, and make it point
 * to copies.  user_agent becomes the whole text, the fields with its parts
 * NULL.
 * Returns: 0, or as above; then config owns nothing.
 */
int btcp_options_copy(struct btcpeer_config *config,
    struct btcpeer_error *err);

/* A field is wrong.  Returns code. */
int btcp_options_bad(struct btcpeer_error *err, int code, const char *field,
    const char *why);

/* No time of a configuration is longer. */
#define BTCP_YEAR_MS (INT64_C(1000) * 86400 * 365)

/* Room for the host of config's proxy. */
#define BTCP_PROXY_HOST 256

/*
 * Copy a struct that begins with its size: shorter ones leave the rest of dst
 * alone, longer ones must hold zeroes where this library knows nothing.
 * Returns: 0, BTCPEER_E_INVAL (shorter than min, or absurdly long), _UNSUPP.
 */
int btcp_sized_copy(void *dst, size_t dst_size, const void *src, size_t min);

#endif
