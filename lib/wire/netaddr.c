/*
 * Networks, the ranges of IPv6 that belong to others, and addresses between
 * their old form and that of BIP 155.
 */
#include "config.h"

#include <string.h>

#include <btcpeer/wire.h>

static const struct {
	const char *name;
	size_t len;	/* bytes of an address */
} nets[] = {
	[BTCWIRE_NET_IPV4] =      { "ipv4",       4 },
	[BTCWIRE_NET_IPV6] =      { "ipv6",      16 },
	[BTCWIRE_NET_TORV2] =     { "torv2",     10 },
	[BTCWIRE_NET_TORV3] =     { "onion",     32 },
	[BTCWIRE_NET_I2P] =       { "i2p",       32 },
	[BTCWIRE_NET_CJDNS] =     { "cjdns",     16 },
	[BTCWIRE_NET_YGGDRASIL] = { "yggdrasil", 16 },
};

/* What an IPv6 address begins with that is one of another network. */
static const struct range {
	uint8_t net;
	uint8_t skip;	/* bytes that are not part of that network's address */
	uint8_t bits;	/* of the prefix */
	uint8_t prefix[12];
} ranges[] = {
	{ BTCWIRE_NET_IPV4,      12, 96, { [10] = 0xff, [11] = 0xff } },
	{ BTCWIRE_NET_TORV2,      6, 48,
	    { 0xfd, 0x87, 0xd8, 0x7e, 0xeb, 0x43 } },	/* OnionCat */
	{ BTCWIRE_NET_CJDNS,      0,  8, { 0xfc } },
	{ BTCWIRE_NET_YGGDRASIL,  0,  7, { 0x02 } },
};
enum { N_RANGES = sizeof(ranges) / sizeof(ranges[0]) };

const char *
btcwire_net_name(uint8_t net)
{
	if (btcwire_net_len(net) == 0)
		return "unknown";
	return nets[net].name;
}

size_t
btcwire_net_len(uint8_t net)
{
	return net < sizeof(nets) / sizeof(nets[0]) ? nets[net].len : 0;
}

static bool
is_in(const uint8_t *ip, const struct range *r)
{
	size_t whole = r->bits / 8;
	unsigned rest = r->bits % 8;

	return memcmp(ip, r->prefix, whole) == 0 &&
	    (rest == 0 || (ip[whole] ^ r->prefix[whole]) >> (8 - rest) == 0);
}

/* The range that an address of 16 bytes is in; NULL: just IPv6. */
static const struct range *
range_of(const uint8_t *ip)
{
	size_t i;

	for (i = 0; i < N_RANGES; i++)
		if (is_in(ip, &ranges[i]))
			return &ranges[i];
	return NULL;
}

/*
 * An address that came as one of the wrong network has another name too, and
 * would be taken for two.
 */
bool
btcwire_netaddr2_is_usable(const struct btcwire_netaddr2 *a)
{
	const struct range *r;

	if (a->addr.len == 0 || a->addr.len != btcwire_net_len(a->net))
		return false;
	switch (a->net) {
	case BTCWIRE_NET_TORV2:
		return false;
	case BTCWIRE_NET_IPV6:
	case BTCWIRE_NET_CJDNS:
	case BTCWIRE_NET_YGGDRASIL:
		r = range_of(a->addr.data);
		return a->net == (r != NULL ? r->net : BTCWIRE_NET_IPV6);
	default:
		return true;
	}
}

void
btcwire_netaddr_to_v2(struct btcwire_netaddr2 *out,
    const struct btcwire_netaddr *a)
{
	const struct range *r = range_of(a->ip);
	size_t skip = r != NULL ? r->skip : 0;

	*out = (struct btcwire_netaddr2){
		.services = a->services,
		.time = a->time,
		.port = a->port,
		.net = r != NULL ? r->net : BTCWIRE_NET_IPV6,
		.addr = { a->ip + skip, sizeof(a->ip) - skip },
	};
}

int
btcwire_netaddr_from_v2(struct btcwire_netaddr *out,
    const struct btcwire_netaddr2 *a)
{
	struct btcwire_netaddr n = {
		.time = a->time,
		.services = a->services,
		.port = a->port,
	};
	size_t len = btcwire_net_len(a->net), i;

	if (len == 0 || len > sizeof(n.ip) || a->addr.len != len)
		return BTCPEER_E_BADVALUE;
	for (i = 0; i < N_RANGES; i++)
		if (ranges[i].net == a->net)
			memcpy(n.ip, ranges[i].prefix, ranges[i].skip);
	memcpy(n.ip + sizeof(n.ip) - len, a->addr.data, len);
	*out = n;	/* a->addr may have been in it */
	return 0;
}
