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
	XX(SENDADDRV2,  sendaddrv2,  empty) \
	XX(FEATURE,     feature,     feature) \
	XX(SENDTXRCNCL, sendtxrcncl, sendtxrcncl) \
	XX(ADDRV2,      addrv2,      addrv2) \
	XX(MERKLEBLOCK, merkleblock, merkleblock) \
	XX(FILTERLOAD,  filterload,  filterload) \
	XX(FILTERADD,   filteradd,   filteradd) \
	XX(FILTERCLEAR, filterclear, empty) \
	XX(SENDCMPCT,   sendcmpct,   sendcmpct) \
	XX(CMPCTBLOCK,  cmpctblock,  cmpctblock) \
	XX(GETBLOCKTXN, getblocktxn, getblocktxn) \
	XX(BLOCKTXN,    blocktxn,    blocktxn) \
	XX(GETCFILTERS, getcfilters, getcf) \
	XX(CFILTER,     cfilter,     cfilter) \
	XX(GETCFHEADERS, getcfheaders, getcf) \
	XX(CFHEADERS,   cfheaders,   cfheaders) \
	XX(GETCFCHECKPT, getcfcheckpt, getcfcheckpt) \
	XX(CFCHECKPT,   cfcheckpt,   cfcheckpt) \
	XX(ALERT,       alert,       alert) \
	XX(REQRECON,    reqrecon,    reqrecon) \
	XX(SKETCH,      sketch,      sketch) \
	XX(REQSKETCHEXT, reqsketchext, empty) \
	XX(RECONCILDIFF, reconcildiff, reconcildiff) \
	XX(SENDPACKAGES, sendpackages, sendpackages) \
	XX(ANCPKGINFO,  ancpkginfo,  wtxids) \
	XX(GETPKGTXNS,  getpkgtxns,  wtxids) \
	XX(PKGTXNS,     pkgtxns,     pkgtxns)

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
#define BTCWIRE_PVER_SENDCMPCT   70014	/* BIP 152 */
#define BTCWIRE_PVER_WTXIDRELAY  70016	/* BIP 339, BIP 155 */
#define BTCWIRE_PVER_FEATURE     70017	/* BIP 434 */
#define BTCWIRE_PVER_NEWEST      70017	/* what this library speaks at most */

/* Limits of the protocol; protocol.md says where each comes from. */
#define BTCWIRE_MAX_PAYLOAD     4000000	/* bytes, any message */
#define BTCWIRE_MAX_INV           50000	/* entries: inv, getdata, notfound */
#define BTCWIRE_MAX_HEADERS        2000
#define BTCWIRE_MAX_ADDR           1000
#define BTCWIRE_MAX_LOCATOR         500	/* hashes accepted */
#define BTCWIRE_MAX_LOCATOR_SEND    101	/* hashes we send: Bitcoin Core's bound */
#define BTCWIRE_MAX_USER_AGENT      256	/* bytes */
#define BTCWIRE_MAX_NETADDR         512	/* bytes of an address in addrv2 */
#define BTCWIRE_MIN_FEATURE_ID        4	/* bytes */
#define BTCWIRE_MAX_FEATURE_ID       80
#define BTCWIRE_MAX_FEATURE_DATA    512
#define BTCWIRE_MAX_BLOOM_FILTER  36000	/* bytes */
#define BTCWIRE_MAX_BLOOM_HASHES     50	/* hash functions */
#define BTCWIRE_MAX_FILTERADD       520	/* bytes: the largest push in a script */
#define BTCWIRE_MAX_CMPCT_TXS     65535	/* transactions of a compact block */
#define BTCWIRE_MAX_CFHEADERS      2000
#define BTCWIRE_MAX_CFCHECKPT    100000
#define BTCWIRE_MAX_PKGTXNS         100	/* wtxids in getpkgtxns */

/* Service bits (version, addr). */
#define BTCWIRE_NODE_NETWORK         (UINT64_C(1) << 0)
#define BTCWIRE_NODE_GETUTXO         (UINT64_C(1) << 1)	/* BIP 64; out of use */
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
	BTCWIRE_INV_PKGTXNS = 6,	/* BIP 331; notfound only */
	BTCWIRE_INV_ANCPKGINFO = 7,	/* BIP 331; getdata only */
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

/* getblocks, getheaders.  At most BTCWIRE_MAX_LOCATOR hashes, newest first; one
 * that is sent had better not have more than BTCWIRE_MAX_LOCATOR_SEND. */
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
	struct btcwire_bytes reason;	/* Bitcoin Core read at most 111 bytes */
	bool has_hash;			/* for tx and block */
	struct btcwire_hash hash;
};

/* feefilter (BIP 133): announce no transaction that pays less. */
struct btcwire_feefilter {
	int64_t feerate;	/* satoshi per 1,000 virtual bytes */
};

/* feature (BIP 434): one that the sender supports. */
struct btcwire_feature {
	struct btcwire_bytes id;	/* 4 to 80 bytes of printable ASCII */
	struct btcwire_bytes data;	/* at most 512 bytes; id says what it means */
};

/* Networks of addrv2 (BIP 155); others may come. */
enum btcwire_net {
	BTCWIRE_NET_IPV4 = 1,		/*  4 bytes */
	BTCWIRE_NET_IPV6 = 2,		/* 16 */
	BTCWIRE_NET_TORV2 = 3,		/* 10; out of use */
	BTCWIRE_NET_TORV3 = 4,		/* 32: the public key */
	BTCWIRE_NET_I2P = 5,		/* 32: the hash of the destination */
	BTCWIRE_NET_CJDNS = 6,		/* 16, in fc00::/8 */
	BTCWIRE_NET_YGGDRASIL = 7	/* 16, in 0200::/7 */
};

/* A network address in the form of BIP 155; see <btcpeer/netaddr.h>. */
struct btcwire_netaddr2 {
	uint64_t services;	/* BTCWIRE_NODE_ bits */
	uint32_t time;		/* last seen */
	uint16_t port;		/* host order; 0 where the network has none */
	uint8_t net;		/* enum btcwire_net, or one not known here */
	struct btcwire_bytes addr;	/* of the network's length; at most 512
					 * bytes where it is not known */
};

/* addrv2 (BIP 155).  At most BTCWIRE_MAX_ADDR entries.  Before one is used or
 * passed on, ask btcwire_netaddr2_is_usable(). */
struct btcwire_addrv2 {
	const struct btcwire_netaddr2 *addr;
	size_t addr_len;
};

/* merkleblock (BIP 37): see btcwire_merkleblock_check(). */
struct btcwire_merkleblock {
	struct btcwire_header header;
	uint32_t total;			/* transactions in the block */
	const struct btcwire_hash *hash;	/* of the tree, depth first */
	size_t hash_len;		/* at most total */
	struct btcwire_bytes flags;	/* one bit a node, lowest bit first */
};

/* What a filter adds to itself when it matches an output (BIP 37). */
enum btcwire_bloom_update {
	BTCWIRE_BLOOM_UPDATE_NONE = 0,
	BTCWIRE_BLOOM_UPDATE_ALL = 1,
	BTCWIRE_BLOOM_UPDATE_P2PUBKEY_ONLY = 2	/* pay-to-pubkey and multisig */
};

/* filterload (BIP 37): see btcwire_bloom_new(). */
struct btcwire_filterload {
	struct btcwire_bytes filter;	/* at most 36,000 bytes */
	uint32_t hash_funcs;		/* at most 50 */
	uint32_t tweak;
	uint8_t update;			/* enum btcwire_bloom_update */
};

/* filteradd (BIP 37). */
struct btcwire_filteradd {
	struct btcwire_bytes data;	/* at most 520 bytes */
};

/* sendcmpct (BIP 152). */
struct btcwire_sendcmpct {
	bool announce;		/* announce blocks by cmpctblock */
	uint64_t version;	/* 2 is with witnesses, and all that is in use */
};

/* A transaction that comes with a compact block. */
struct btcwire_prefilled {
	uint16_t index;		/* ascending; may be past the block's end, which
				 * btcwire_partial_new() looks at */
	struct btcwire_tx tx;
};

/*
 * cmpctblock (BIP 152): see <btcpeer/compact.h>.  Short ids and prefilled
 * transactions are at most 65,535 together.
 */
struct btcwire_cmpctblock {
	struct btcwire_header header;
	uint64_t nonce;
	const uint64_t *short_id;	/* 48 bits each */
	size_t short_id_len;
	const struct btcwire_prefilled *prefilled;
	size_t prefilled_len;
};

/* getblocktxn (BIP 152). */
struct btcwire_getblocktxn {
	struct btcwire_hash block;
	const uint16_t *index;	/* ascending; what a remote sends may be past the
				 * block's end: see btcwire_blocktxn_new() */
	size_t index_len;
};

/* blocktxn (BIP 152): what getblocktxn asked for, in its order. */
struct btcwire_blocktxn {
	struct btcwire_hash block;
	const struct btcwire_tx *tx;
	size_t tx_len;
};

#define BTCWIRE_FILTER_BASIC 0	/* filter type of BIP 158 */

/* getcfilters, getcfheaders (BIP 157): from that height to that block. */
struct btcwire_getcf {
	uint8_t filter_type;	/* BTCWIRE_FILTER_BASIC */
	uint32_t start_height;
	struct btcwire_hash stop;
};

/* cfilter (BIP 157): see <btcpeer/filter.h>. */
struct btcwire_cfilter {
	uint8_t filter_type;
	struct btcwire_hash block;
	struct btcwire_bytes filter;	/* count of items, Golomb-Rice coded set */
};

/* cfheaders (BIP 157).  At most BTCWIRE_MAX_CFHEADERS hashes. */
struct btcwire_cfheaders {
	uint8_t filter_type;
	struct btcwire_hash stop;
	struct btcwire_hash prev_header;	/* filter header before the first */
	const struct btcwire_hash *hash;	/* of the filters */
	size_t hash_len;
};

/* getcfcheckpt (BIP 157). */
struct btcwire_getcfcheckpt {
	uint8_t filter_type;
	struct btcwire_hash stop;
};

/* cfcheckpt (BIP 157): the filter header of every 1,000th block up to stop.
 * At most BTCWIRE_MAX_CFCHECKPT. */
struct btcwire_cfcheckpt {
	uint8_t filter_type;
	struct btcwire_hash stop;
	const struct btcwire_hash *header;
	size_t header_len;
};

/*
 * alert: out of use since Bitcoin Core 0.13; the key is public, so it proves
 * nothing.  The texts are remote text: escape them before showing them.
 */
struct btcwire_alert {
	struct btcwire_bytes signed_part;	/* decoding: the bytes that are
						 * signed; encoding: not read */
	struct btcwire_bytes signature;	/* ECDSA, in DER */
	/* What the signed part holds. */
	int32_t version;
	int64_t relay_until;		/* seconds since 1970 */
	int64_t expiration;
	int32_t id;
	int32_t cancel;			/* cancels all up to this id */
	const int32_t *set_cancel;	/* and these */
	size_t set_cancel_len;
	int32_t min_version;		/* protocol versions it is meant for */
	int32_t max_version;
	const struct btcwire_bytes *set_user_agent;	/* empty: all */
	size_t set_user_agent_len;
	int32_t priority;
	struct btcwire_bytes comment;	/* at most 65,536 bytes */
	struct btcwire_bytes status_bar;	/* at most 256 bytes */
	struct btcwire_bytes reserved;	/* at most 256 bytes */
	struct btcwire_bytes extra;	/* what follows in the signed part */
};

/* sendtxrcncl (BIP 330, draft). */
struct btcwire_sendtxrcncl {
	uint32_t version;	/* 1 */
	uint64_t salt;
};

/* reqrecon (BIP 330, draft). */
struct btcwire_reqrecon {
	uint16_t set_size;
	uint16_t q;		/* coefficient times 32,767 */
};

/* sketch (BIP 330, draft): 4 bytes for each of its capacity. */
struct btcwire_sketch {
	struct btcwire_bytes data;
};

/* reconcildiff (BIP 330, draft). */
struct btcwire_reconcildiff {
	bool success;
	const uint32_t *ask;	/* short ids of the transactions wanted */
	size_t ask_len;
};

/* sendpackages (BIP 331, draft). */
struct btcwire_sendpackages {
	uint64_t versions;	/* a bit for each kind of package */
};

/* ancpkginfo (at most 65,535), getpkgtxns (at most BTCWIRE_MAX_PKGTXNS; both
 * BIP 331, draft). */
struct btcwire_wtxids {
	const struct btcwire_hash *wtxid;
	size_t wtxid_len;
};

/* pkgtxns (BIP 331, draft). */
struct btcwire_pkgtxns {
	const struct btcwire_tx *tx;
	size_t tx_len;
};

#ifdef __cplusplus
}
#endif
#endif
