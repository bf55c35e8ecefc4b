/*
 * Network addresses as text, and between their old form (addr, version) and
 * that of BIP 155 (addrv2).  The rules of <btcpeer/wire.h> hold.
 */
#ifndef BTCPEER_NETADDR_H
#define BTCPEER_NETADDR_H

#include <btcpeer/error.h>
#include <btcpeer/msgs.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BTCWIRE_NETADDR_TEXT  80	/* buffer for any address's text, NUL included */
#define BTCWIRE_NETADDR_BYTES 32	/* room for any known network's address */

/* "ipv4", "onion" and so on; "unknown". */
BTCPEER_API const char *btcwire_net_name(uint8_t net);

/* Bytes of an address of that network; 0 for one that is not known here. */
BTCPEER_API size_t btcwire_net_len(uint8_t net);

/*
 * Whether to use an address that a remote sent, and to pass it on.  BIP 155
 * wants to see ignored: networks not known; Tor v2; in IPv6, what belongs to
 * another network (IPv4 and Tor v2 embedded in it, CJDNS's fc00::/8,
 * Yggdrasil's 0200::/7).  So are addresses of these two outside their range.
 * The port is not looked at, nor whether the address can be reached.
 */
BTCPEER_API bool btcwire_netaddr2_is_usable(const struct btcwire_netaddr2 *a);

/*
 * "1.2.3.4:8333", "[2001:db8::1]:8333" (IPv6, CJDNS, Yggdrasil),
 * "<56 letters>.onion:8333" (Tor v3), "<16 letters>.onion:8333" (Tor v2),
 * "<52 letters>.b32.i2p:0".
 *
 * Returns: 0, or BTCPEER_E_BADVALUE (network not known, or not the length its
 *          addresses have), _BUFFER, _NOMEM (libcrypto's; Tor v3 only).
 * Out:     buf  BTCWIRE_NETADDR_TEXT bytes always suffice.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_netaddr2_to_text(char *buf,
    size_t size, const struct btcwire_netaddr2 *a);

/*
 * The reverse, any letter case.  IPv6 needs its brackets only when a port
 * follows.  fc00::/8 is read as CJDNS, 0200::/7 as Yggdrasil, ::ffff:0:0/96
 * as IPv4.  Host names are no addresses: see btcwire_split_host_port().
 *
 * Returns: 0, or BTCPEER_E_BADVALUE (err: what is wrong, offset in the text):
 *          also for a Tor v3 name whose checksum is wrong, and for Tor v2;
 *          _NOMEM (libcrypto's; Tor v3 only).
 * Out:     out   time and services are 0; addr points into room.
 * In:      port  where the text has none; I2P has none and reads as 0.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_netaddr2_from_text(
    struct btcwire_netaddr2 *out, uint8_t room[BTCWIRE_NETADDR_BYTES],
    const char *text, uint16_t port, struct btcpeer_error *err);

/* The old form's IPv6 address in BIP 155's form, as the network it stands
 * for: IPv4, Tor v2 (in fd87:d87e:eb43::/48), CJDNS, Yggdrasil or IPv6.  addr
 * of out points into a. */
BTCPEER_API void btcwire_netaddr_to_v2(struct btcwire_netaddr2 *out,
    const struct btcwire_netaddr *a);

/* For a version message or one's own books: as CJDNS, Yggdrasil and Tor v2
 * addresses their old forms are not to be passed on.
 * Returns: 0, or BTCPEER_E_BADVALUE for what the old form cannot hold: Tor v3,
 * I2P, networks not known, addresses of a wrong length. */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_netaddr_from_v2(
    struct btcwire_netaddr *out, const struct btcwire_netaddr2 *a);

/* As btcwire_netaddr2_to_text(), for the old form. */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_netaddr_to_text(char *buf, size_t size,
    const struct btcwire_netaddr *a);

/*
 * "host:port", "host", "[v6]:port", "[v6]" or "v6" in two parts.  The host is
 * copied without brackets and not looked up; it may be a name.
 *
 * Returns: 0, or BTCPEER_E_BADVALUE (no host, or port not 1 to 65535),
 *          _BUFFER.
 * Out:     port  default_port where the text has none.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_split_host_port(char *host,
    size_t host_size, uint16_t *port, const char *text, uint16_t default_port);

#ifdef __cplusplus
}
#endif
#endif
