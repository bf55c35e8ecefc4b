#include "config.h"

#include "peer/peer.h"

/* One case for each message of the list, each call with its true type. */
void
btcp_dispatch(struct btcpeer *p, struct btcwire_msg *msg)
{
	switch (btcwire_msg_type(msg)) {
#define XX(upper, name, body) \
	case BTCWIRE_##upper: \
		if (p->on.on_##name != NULL) \
			p->on.on_##name(p, msg, \
			    (const struct btcwire_##body *)btcwire_msg_body(msg), \
			    p->config.user); \
		break;
	BTCWIRE_MSG_MAP(XX)
#undef XX
	case BTCWIRE_UNKNOWN:
	case BTCWIRE_NTYPES:
		break;
	}
}
