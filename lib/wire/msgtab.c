#include "config.h"

#include "wire/codecs.h"
#include "wire/msgtab.h"

/* Longest payloads, from the limits on their items; a count of up to 252 takes
 * one byte, of up to 65,535 three. */
#define MAX_INV     (3 + 36 * BTCWIRE_MAX_INV)
#define MAX_LOCATOR (4 + 3 + 32 * BTCWIRE_MAX_LOCATOR + 32)
#define MAX_HEADERS (3 + 81 * BTCWIRE_MAX_HEADERS)
#define MAX_ADDR    (3 + 30 * BTCWIRE_MAX_ADDR)
#define MAX_VERSION (4 + 8 + 8 + 26 + 26 + 8 + 3 + BTCWIRE_MAX_USER_AGENT + 4 + \
	1)
#define MAX_ADDRV2  (3 + (4 + 9 + 1 + 3 + BTCWIRE_MAX_NETADDR + 2) * BTCWIRE_MAX_ADDR)
#define MAX_FEATURE (1 + BTCWIRE_MAX_FEATURE_ID + 3 + BTCWIRE_MAX_FEATURE_DATA)
#define MAX_FILTERLOAD (3 + BTCWIRE_MAX_BLOOM_FILTER + 4 + 4 + 1)
#define MAX_FILTERADD (3 + BTCWIRE_MAX_FILTERADD)
#define MAX_GETBLOCKTXN (32 + 3 + 3 * BTCWIRE_MAX_CMPCT_TXS)
#define MAX_CFHEADERS (1 + 32 + 32 + 3 + 32 * BTCWIRE_MAX_CFHEADERS)
#define MAX_CFCHECKPT (1 + 32 + 5 + 32 * BTCWIRE_MAX_CFCHECKPT)
#define MAX_ANCPKGINFO (3 + 32 * XF_MAX_ANCESTORS)
#define MAX_GETPKGTXNS (1 + 32 * BTCWIRE_MAX_PKGTXNS)
#define MAX_MESSAGE BTCWIRE_MAX_PAYLOAD

#define BODY_BY(codec, name) .size = sizeof(struct btcwire_##name), \
	.xfer = btcwire_xfer_##codec, .summary = btcwire_sum_##name
#define BODY(name) BODY_BY(name, name)
#define P(name) BTCWIRE_PVER_##name

/* clang-format off */
const struct btcwire_def btcwire_defs[BTCWIRE_NTYPES] = {
	/*                         command          v2  max payload       min version      split version  room  body, flags */
	[BTCWIRE_VERSION]      = { "version",       0, MAX_VERSION,      0,               0,              0, BODY(version) },
	[BTCWIRE_VERACK]       = { "verack",        0, 0,                0,               0,              0, BODY(empty) },
	[BTCWIRE_PING]         = { "ping",         18, 8,                0,               P(BIP31),       0, BODY(ping) },
	[BTCWIRE_PONG]         = { "pong",         19, 8,                P(BIP31),        P(BIP31),       0, BODY(ping) },
	[BTCWIRE_INV]          = { "inv",          14, MAX_INV,          0,               0,             16, BODY(inv) },
	[BTCWIRE_GETDATA]      = { "getdata",      11, MAX_INV,          0,               0,             16, BODY(inv) },
	[BTCWIRE_NOTFOUND]     = { "notfound",     17, MAX_INV,          0,               0,             16, BODY(inv) },
	[BTCWIRE_GETBLOCKS]    = { "getblocks",     9, MAX_LOCATOR,      0,               0,              0, BODY(locator) },
	[BTCWIRE_GETHEADERS]   = { "getheaders",   12, MAX_LOCATOR,      31800,           0,              0, BODY(locator) },
	[BTCWIRE_HEADERS]      = { "headers",      13, MAX_HEADERS,      0,               0,             16, BODY(headers) },
	[BTCWIRE_BLOCK]        = { "block",         2, MAX_MESSAGE,      0,               0,             14, BODY(block) },
	[BTCWIRE_TX]           = { "tx",           21, MAX_MESSAGE,      0,               0,             16, BODY(tx) },
	[BTCWIRE_ADDR]         = { "addr",          1, MAX_ADDR,         0,               P(ADDR_TIME),  25, BODY(addr) },
	[BTCWIRE_GETADDR]      = { "getaddr",       0, 0,                0,               0,              0, BODY(empty) },
	[BTCWIRE_REJECT]       = { "reject",        0, MAX_MESSAGE,      P(REJECT),       0,              0, BODY(reject) },
	[BTCWIRE_MEMPOOL]      = { "mempool",      15, 0,                P(BIP35),        0,              0, BODY(empty) },
	[BTCWIRE_SENDHEADERS]  = { "sendheaders",   0, 0,                P(SENDHEADERS),  0,              0, BODY(empty) },
	[BTCWIRE_FEEFILTER]    = { "feefilter",     5, 8,                P(FEEFILTER),    0,              0, BODY(feefilter) },
	[BTCWIRE_WTXIDRELAY]   = { "wtxidrelay",    0, 0,                P(WTXIDRELAY),   0,              0, BODY(empty), .negotiation = true },
	[BTCWIRE_SENDADDRV2]   = { "sendaddrv2",    0, 0,                P(WTXIDRELAY),   0,              0, BODY(empty), .negotiation = true },
	[BTCWIRE_FEATURE]      = { "feature",      37, MAX_FEATURE,      P(FEATURE),      0,              0, BODY(feature), .negotiation = true },
	[BTCWIRE_SENDTXRCNCL]  = { "sendtxrcncl",   0, 12,               P(WTXIDRELAY),   0,              0, BODY(sendtxrcncl), .negotiation = true },
	[BTCWIRE_ADDRV2]       = { "addrv2",       28, MAX_ADDRV2,       P(WTXIDRELAY),   0,             50, BODY(addrv2) },
	[BTCWIRE_MERKLEBLOCK]  = { "merkleblock",  16, MAX_MESSAGE,      P(BIP37),        0,              0, BODY(merkleblock) },
	[BTCWIRE_FILTERLOAD]   = { "filterload",    8, MAX_FILTERLOAD,   P(BIP37),        0,              0, BODY(filterload) },
	[BTCWIRE_FILTERADD]    = { "filteradd",     6, MAX_FILTERADD,    P(BIP37),        0,              0, BODY(filteradd) },
	[BTCWIRE_FILTERCLEAR]  = { "filterclear",   7, 0,                P(BIP37),        0,              0, BODY(empty) },
	[BTCWIRE_SENDCMPCT]    = { "sendcmpct",    20, 9,                P(SENDCMPCT),    0,              0, BODY(sendcmpct) },
	[BTCWIRE_CMPCTBLOCK]   = { "cmpctblock",    4, MAX_MESSAGE,      P(SENDCMPCT),    0,             22, BODY(cmpctblock) },
	[BTCWIRE_GETBLOCKTXN]  = { "getblocktxn",  10, MAX_GETBLOCKTXN,  P(SENDCMPCT),    0,             32, BODY(getblocktxn) },
	[BTCWIRE_BLOCKTXN]     = { "blocktxn",      3, MAX_MESSAGE,      P(SENDCMPCT),    0,             16, BODY(blocktxn) },
	[BTCWIRE_GETCFILTERS]  = { "getcfilters",  22, 37,               0,               0,              0, BODY(getcf) },
	[BTCWIRE_CFILTER]      = { "cfilter",      23, MAX_MESSAGE,      0,               0,              0, BODY(cfilter) },
	[BTCWIRE_GETCFHEADERS] = { "getcfheaders", 24, 37,               0,               0,              0, BODY(getcf) },
	[BTCWIRE_CFHEADERS]    = { "cfheaders",    25, MAX_CFHEADERS,    0,               0,              0, BODY(cfheaders) },
	[BTCWIRE_GETCFCHECKPT] = { "getcfcheckpt", 26, 33,               0,               0,              0, BODY(getcfcheckpt) },
	[BTCWIRE_CFCHECKPT]    = { "cfcheckpt",    27, MAX_CFCHECKPT,    0,               0,              0, BODY(cfcheckpt) },
	[BTCWIRE_ALERT]        = { "alert",         0, MAX_MESSAGE,      0,               0,              0, BODY(alert) },
	[BTCWIRE_REQRECON]     = { "reqrecon",      0, 4,                P(WTXIDRELAY),   0,              0, BODY(reqrecon) },
	[BTCWIRE_SKETCH]       = { "sketch",        0, MAX_MESSAGE,      P(WTXIDRELAY),   0,              0, BODY(sketch) },
	[BTCWIRE_REQSKETCHEXT] = { "reqsketchext",  0, 0,                P(WTXIDRELAY),   0,              0, BODY(empty) },
	[BTCWIRE_RECONCILDIFF] = { "reconcildiff",  0, MAX_MESSAGE,      P(WTXIDRELAY),   0,             16, BODY(reconcildiff) },
	[BTCWIRE_SENDPACKAGES] = { "sendpackages",  0, 8,                P(WTXIDRELAY),   0,              0, BODY(sendpackages), .negotiation = true },
	[BTCWIRE_ANCPKGINFO]   = { "ancpkginfo",    0, MAX_ANCPKGINFO,   P(WTXIDRELAY),   0,              0, BODY_BY(ancpkginfo, wtxids) },
	[BTCWIRE_GETPKGTXNS]   = { "getpkgtxns",    0, MAX_GETPKGTXNS,   P(WTXIDRELAY),   0,              0, BODY_BY(getpkgtxns, wtxids) },
	[BTCWIRE_PKGTXNS]      = { "pkgtxns",       0, MAX_MESSAGE,      P(WTXIDRELAY),   0,             16, BODY(pkgtxns) },
};
/* clang-format on */

const struct btcwire_def *
btcwire_def(enum btcwire_type type)
{
	unsigned i = (unsigned)type;

	if (i >= BTCWIRE_NTYPES || btcwire_defs[i].xfer == NULL)
		return NULL;
	return &btcwire_defs[i];
}

const char *
btcwire_command(enum btcwire_type type)
{
	const struct btcwire_def *def = btcwire_def(type);

	return def != NULL ? def->command : "unknown";
}

/* Most of what comes and goes has one of these names. */
static enum btcwire_type
frequent(const char *command)
{
	switch (command[0]) {
	case 'i':
		return BTCWIRE_INV;
	case 't':
		return BTCWIRE_TX;
	case 'g':
		return BTCWIRE_GETDATA;
	case 'p':
		return command[1] == 'i' ? BTCWIRE_PING : BTCWIRE_PONG;
	case 'b':
		return BTCWIRE_BLOCK;
	case 'h':
		return BTCWIRE_HEADERS;
	default:
		return BTCWIRE_ADDRV2;
	}
}

enum btcwire_type
btcwire_type_of(const char *command)
{
	enum btcwire_type guess = frequent(command);
	unsigned i;

	if (strcmp(command, btcwire_defs[guess].command) == 0)
		return guess;
	for (i = 0; i < BTCWIRE_NTYPES; i++)
		if (btcwire_defs[i].command != NULL &&
		    strcmp(command, btcwire_defs[i].command) == 0)
			return (enum btcwire_type)i;
	return BTCWIRE_UNKNOWN;
}

size_t
btcwire_max_payload(enum btcwire_type type)
{
	const struct btcwire_def *def = btcwire_def(type);

	return def != NULL ? def->max_payload : 0;
}

uint32_t
btcwire_min_version(enum btcwire_type type)
{
	const struct btcwire_def *def = btcwire_def(type);

	return def != NULL ? def->min_pver : 0;
}
