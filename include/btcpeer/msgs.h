/*
 * The bodies of the messages: plain structs, one for each kind.
 *
 * Rules that hold for every struct here:
 *  - integers are in host order, whatever the wire has;
 *  - hashes are in wire order (displayed reversed, see btcwire_hash_to_hex());
 *  - arrays and byte strings are views: in a decoded message they point into
 *    that message and live as long as it does; in a body made by a caller they
 *    point wherever the caller likes, and btcwire_msg_new() copies them;
 *  - amounts are satoshi, times are seconds since 1970 (UTC).
 */
#ifndef BTCPEER_MSGS_H
#define BTCPEER_MSGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The list of messages: constant, command and listener name, body struct.
 * Limits, version gates and codecs stand in one table in lib/wire/msgtab.c.
 * New messages are added at the end, so that the numbers never change.
 */
#define BTCWIRE_MSG_MAP(XX) \
	XX(VERSION,     version,     version) \
	XX(VERACK,      verack,      empty) \
	XX(PING,        ping,        ping) \
	XX(PONG,        pong,        ping) \
	XX(INV,         inv,         inv) \
	XX(GETDATA,     getdata,     inv) \
	XX(NOTFOUND,    notfound,    inv) \
	XX(GETBLOCKS,   getblocks,   locator) \
	XX(GETHEADERS,  getheaders,  locator) \
	XX(HEADERS,     headers,     headers) \
	XX(BLOCK,       block,       block) \
	XX(TX,          tx,          tx) \
	XX(ADDR,        addr,        addr) \
	XX(GETADDR,     getaddr,     empty) \
	XX(REJECT,      reject,      reject) \
	XX(MEMPOOL,     mempool,     empty) \
	XX(SENDHEADERS, sendheaders, empty) \
	XX(FEEFILTER,   feefilter,   feefilter) \
	XX(WTXIDRELAY,  wtxidrelay,  empty) \
	XX(SENDADDRV2,  sendaddrv2,  empty)

enum btcwire_type {
	BTCWIRE_UNKNOWN = 0,	/* a command this library has no codec for */
#define XX(upper, name, body) BTCWIRE_##upper,
	BTCWIRE_MSG_MAP(XX)
#undef XX
	BTCWIRE_NTYPES		/* one more than the last; grows with the library */
};

/* Protocol versions at which something changed. */
#define BTCWIRE_PVER_ADDR_TIME   31402	/* addr entries carry a time */
#define BTCWIRE_PVER_BIP31       60001	/* ping has a nonce, pong exists */
#define BTCWIRE_PVER_BIP35       60002	/* mempool */
#define BTCWIRE_PVER_BIP37       70001	/* version has the relay flag */
#define BTCWIRE_PVER_REJECT      70002	/* BIP 61 */
#define BTCWIRE_PVER_BIP111      70011	/* NODE_BLOOM */
#define BTCWIRE_PVER_SENDHEADERS 70012	/* BIP 130 */
#define BTCWIRE_PVER_FEEFILTER   70013	/* BIP 133 */
#define BTCWIRE_PVER_WTXIDRELAY  70016	/* BIP 339, BIP 155 */
#define BTCWIRE_PVER_NEWEST      70017	/* what this library speaks at most */

/* Limits of the protocol; protocol.md says where each comes from. */
#define BTCWIRE_MAX_PAYLOAD     4000000	/* bytes, any message */
#define BTCWIRE_MAX_INV           50000	/* entries: inv, getdata, notfound */
#define BTCWIRE_MAX_HEADERS        2000
#define BTCWIRE_MAX_ADDR           1000
#define BTCWIRE_MAX_LOCATOR         500	/* hashes accepted */
#define BTCWIRE_MAX_LOCATOR_SEND    101	/* hashes we send: Bitcoin Core's bound */
#define BTCWIRE_MAX_USER_AGENT      256	/* bytes */

/* Service bits (version, addr). */
#define BTCWIRE_NODE_NETWORK         (UINT64_C(1) << 0)
#define BTCWIRE_NODE_BLOOM           (UINT64_C(1) << 2)	/* BIP 111 */
#define BTCWIRE_NODE_WITNESS         (UINT64_C(1) << 3)	/* BIP 144 */
#define BTCWIRE_NODE_COMPACT_FILTERS (UINT64_C(1) << 6)	/* BIP 157 */
#define BTCWIRE_NODE_NETWORK_LIMITED (UINT64_C(1) << 10)	/* BIP 159 */
#define BTCWIRE_NODE_P2P_V2          (UINT64_C(1) << 11)	/* BIP 324 */

/* A double SHA-256, in wire order. */
struct btcwire_hash {
	uint8_t b[32];
};

/* Bytes that belong to somebody else. */
struct btcwire_bytes {
	const uint8_t *data;	/* may be NULL when len is 0 */
	size_t len;
};

/* A message without a body: verack, getaddr, mempool ... */
struct btcwire_empty {
	uint8_t unused_;	/* always 0 */
};

/* A network address in the old form (addr, version).  IPv4 is mapped: ::ffff:a.b.c.d */
struct btcwire_netaddr {
	uint32_t time;		/* last seen; 0 in version and before version 31402 */
	uint64_t services;	/* BTCWIRE_NODE_ bits */
	uint8_t ip[16];		/* network order */
	uint16_t port;		/* host order */
};

/*
 * version.  Remotes may legally stop after addr_recv, after nonce, after
 * user_agent or after start_height; what is missing reads as zero, relay as
 * true.
 */
struct btcwire_version {
	int32_t version;
	uint64_t services;
	int64_t timestamp;
	struct btcwire_netaddr addr_recv;	/* the receiver, as the sender sees it */
	struct btcwire_netaddr addr_from;
	uint64_t nonce;				/* for detecting self connections */
	struct btcwire_bytes user_agent;	/* BIP 14; not escaped, at most 256 bytes */
	int32_t start_height;
	bool relay;				/* BIP 37: announce transactions at once */
};

/* ping, pong (BIP 31).  The nonce is 0 before version 60001. */
struct btcwire_ping {
	uint64_t nonce;
};

/* What an inventory vector names. */
enum btcwire_inv_type {
	BTCWIRE_INV_ERROR = 0,
	BTCWIRE_INV_TX = 1,
	BTCWIRE_INV_BLOCK = 2,
	BTCWIRE_INV_FILTERED_BLOCK = 3,	/* BIP 37 */
	BTCWIRE_INV_CMPCT_BLOCK = 4,	/* BIP 152 */
	BTCWIRE_INV_WTX = 5,		/* BIP 339 */
	BTCWIRE_INV_WITNESS_FLAG = 1 << 30,	/* BIP 144; or-ed in, getdata only */
	BTCWIRE_INV_WITNESS_TX = BTCWIRE_INV_TX | BTCWIRE_INV_WITNESS_FLAG,
	BTCWIRE_INV_WITNESS_BLOCK = BTCWIRE_INV_BLOCK | BTCWIRE_INV_WITNESS_FLAG
};

struct btcwire_invvect {
	uint32_t type;			/* enum btcwire_inv_type, or one not known here */
	struct btcwire_hash hash;
};

/* inv, getdata, notfound.  At most BTCWIRE_MAX_INV entries. */
struct btcwire_inv {
	const struct btcwire_invvect *vec;
	size_t vec_len;
};

/* getblocks, getheaders.  At most BTCWIRE_MAX_LOCATOR hashes, newest first. */
struct btcwire_locator {
	uint32_t version;
	const struct btcwire_hash *hash;
	size_t hash_len;
	struct btcwire_hash stop;	/* all zero: as many as fit */
};

struct btcwire_header {
	int32_t version;
	struct btcwire_hash prev;
	struct btcwire_hash merkle_root;
	uint32_t time;
	uint32_t bits;			/* compact target */
	uint32_t nonce;
};

/* headers.  At most BTCWIRE_MAX_HEADERS. */
struct btcwire_headers {
	const struct btcwire_header *header;
	size_t header_len;
};

struct btcwire_outpoint {
	struct btcwire_hash hash;	/* txid */
	uint32_t index;
};

struct btcwire_txin {
	struct btcwire_outpoint prev;
	struct btcwire_bytes script;
	uint32_t sequence;
	const struct btcwire_bytes *witness;	/* BIP 144: the stack, bottom first */
	size_t witness_len;			/* items; 0: no witness */
};

struct btcwire_txout {
	int64_t value;			/* satoshi */
	struct btcwire_bytes script;
};

struct btcwire_tx {
	int32_t version;
	uint32_t locktime;
	const struct btcwire_txin *in;
	size_t in_len;
	const struct btcwire_txout *out;
	size_t out_len;
};

struct btcwire_block {
	struct btcwire_header header;
	const struct btcwire_tx *tx;
	size_t tx_len;
};

/* addr.  At most BTCWIRE_MAX_ADDR entries. */
struct btcwire_addr {
	const struct btcwire_netaddr *addr;
	size_t addr_len;
};

/* Codes of reject (BIP 61). */
enum btcwire_reject_code {
	BTCWIRE_REJECT_MALFORMED = 0x01,
	BTCWIRE_REJECT_INVALID = 0x10,
	BTCWIRE_REJECT_OBSOLETE = 0x11,
	BTCWIRE_REJECT_DUPLICATE = 0x12,
	BTCWIRE_REJECT_NONSTANDARD = 0x40,
	BTCWIRE_REJECT_DUST = 0x41,
	BTCWIRE_REJECT_INSUFFICIENTFEE = 0x42,
	BTCWIRE_REJECT_CHECKPOINT = 0x43
};

/* reject (BIP 61).  Remote text: escape it before showing it. */
struct btcwire_reject {
	struct btcwire_bytes command;	/* at most 12 bytes */
	uint8_t code;			/* enum btcwire_reject_code */
	struct btcwire_bytes reason;	/* at most 111 bytes */
	bool has_hash;			/* for tx and block */
	struct btcwire_hash hash;
};

/* feefilter (BIP 133): announce no transaction that pays less. */
struct btcwire_feefilter {
	int64_t feerate;	/* satoshi per 1,000 virtual bytes */
};

#ifdef __cplusplus
}
#endif
#endif
