#include "services.h"

#include <stddef.h>
#include <string.h>

#include <btcpeer/wire.h>

static const struct {
	uint64_t bit;
	const char *name;
} names[] = {
	{ BTCWIRE_NODE_NETWORK, "NETWORK" },
	{ BTCWIRE_NODE_BLOOM, "BLOOM" },
	{ BTCWIRE_NODE_WITNESS, "WITNESS" },
	{ BTCWIRE_NODE_COMPACT_FILTERS, "COMPACT_FILTERS" },
	{ BTCWIRE_NODE_NETWORK_LIMITED, "NETWORK_LIMITED" },
	{ BTCWIRE_NODE_P2P_V2, "P2P_V2" },
};

char *
services_format(char *buf, uint64_t bits)
{
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((bits & names[i].bit) == 0)
			continue;
		if (len > 0)
			buf[len++] = ' ';
		memcpy(buf + len, names[i].name, strlen(names[i].name) + 1);
		len += strlen(names[i].name);
	}
	return buf;
}
