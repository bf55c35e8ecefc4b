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
#define MAX_MESSAGE BTCWIRE_MAX_PAYLOAD
#define MAX_REJECT  (1 + 12 + 1 + 1 + 111 + 32)

#define BODY(name) .size = sizeof(struct btcwire_##name), \
	.xfer = btcwire_xfer_##name, .summary = btcwire_sum_##name
#define P(name) BTCWIRE_PVER_##name

/* clang-format off */
const struct btcwire_def btcwire_defs[BTCWIRE_NTYPES] = {
	/*                       command         v2  max payload  min version      split version   room  body, flags */
	[BTCWIRE_VERSION]     = { "version",      0, MAX_VERSION, 0,               0,                0, BODY(version) },
	[BTCWIRE_VERACK]      = { "verack",       0, 0,           0,               0,                0, BODY(empty) },
	[BTCWIRE_PING]        = { "ping",        18, 8,           0,               P(BIP31),         0, BODY(ping) },
	[BTCWIRE_PONG]        = { "pong",        19, 8,           P(BIP31),        P(BIP31),         0, BODY(ping) },
	[BTCWIRE_INV]         = { "inv",         14, MAX_INV,     0,               0,               16, BODY(inv) },
	[BTCWIRE_GETDATA]     = { "getdata",     11, MAX_INV,     0,               0,               16, BODY(inv) },
	[BTCWIRE_NOTFOUND]    = { "notfound",    17, MAX_INV,     0,               0,               16, BODY(inv) },
	[BTCWIRE_GETBLOCKS]   = { "getblocks",    9, MAX_LOCATOR, 0,               0,                0, BODY(locator) },
	[BTCWIRE_GETHEADERS]  = { "getheaders",  12, MAX_LOCATOR, 31800,           0,                0, BODY(locator) },
	[BTCWIRE_HEADERS]     = { "headers",     13, MAX_HEADERS, 0,               0,               16, BODY(headers) },
	[BTCWIRE_BLOCK]       = { "block",        2, MAX_MESSAGE, 0,               0,               14, BODY(block), .witness = true },
	[BTCWIRE_TX]          = { "tx",          21, MAX_MESSAGE, 0,               0,               16, BODY(tx), .witness = true },
	[BTCWIRE_ADDR]        = { "addr",         1, MAX_ADDR,    0,               P(ADDR_TIME),    25, BODY(addr) },
	[BTCWIRE_GETADDR]     = { "getaddr",      0, 0,           0,               0,                0, BODY(empty) },
	[BTCWIRE_REJECT]      = { "reject",       0, MAX_REJECT,  P(REJECT),       0,                0, BODY(reject) },
	[BTCWIRE_MEMPOOL]     = { "mempool",     15, 0,           P(BIP35),        0,                0, BODY(empty) },
	[BTCWIRE_SENDHEADERS] = { "sendheaders",  0, 0,           P(SENDHEADERS),  0,                0, BODY(empty) },
	[BTCWIRE_FEEFILTER]   = { "feefilter",    5, 8,           P(FEEFILTER),    0,                0, BODY(feefilter) },
	[BTCWIRE_WTXIDRELAY]  = { "wtxidrelay",   0, 0,           P(WTXIDRELAY),   0,                0, BODY(empty), .negotiation = true },
	[BTCWIRE_SENDADDRV2]  = { "sendaddrv2",   0, 0,           P(WTXIDRELAY),   0,                0, BODY(empty), .negotiation = true },
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

enum btcwire_type
btcwire_type_of(const char *command)
{
	unsigned i;

	for (i = 0; i < BTCWIRE_NTYPES; i++)
		if (btcwire_defs[i].command != NULL &&
		    strcmp(command, btcwire_defs[i].command) == 0)
			return (enum btcwire_type)i;
	return BTCWIRE_UNKNOWN;
}
