#include "bodies.h"

void
body_members(struct emit *e, const struct btcwire_msg *msg)
{
	switch (btcwire_msg_type(msg)) {
#define XX(upper, name, body) \
	case BTCWIRE_##upper: \
		body_##body(e, btcwire_##name##_of(msg)); \
		break;
	BTCWIRE_MSG_MAP(XX)
#undef XX
	case BTCWIRE_UNKNOWN:
	case BTCWIRE_NTYPES:
		break;	/* no message is of these */
	}
}
