#include "config.h"

#include "peer/handshake.h"
#include "wire/msgtab.h"

static void
end(struct btcp_handshake_step *step, enum btcpeer_reason reason,
    uint8_t reject, const char *text)
{
	step->verdict = BTCP_END;
	step->reason = reason;
	step->reject = reject;
	step->text = text;
}

static void
send(struct btcp_handshake_step *step, enum btcwire_type type)
{
	step->send[step->send_len++] = type;
}

static void
version_came(struct btcp_handshake_step *step, struct btcp_handshake *hs,
    const struct btcwire_version *v, bool own_nonce)
{
	if (hs->version_received) {
		end(step, BTCPEER_REASON_DUPLICATE, BTCWIRE_REJECT_DUPLICATE,
		    "duplicate version message");
		return;
	}
	if (own_nonce && !hs->allow_self) {
		end(step, BTCPEER_REASON_SELF, 0, "connected to ourselves");
		return;
	}
	if (v->version < 0 || (uint32_t)v->version < hs->min_version) {
		end(step, BTCPEER_REASON_OBSOLETE, BTCWIRE_REJECT_OBSOLETE,
		    "protocol version too old");
		return;
	}
	if ((hs->required_services & ~v->services) != 0) {
		end(step, BTCPEER_REASON_SERVICES, 0,
		    "the remote lacks a service that is required");
		return;
	}
	hs->version_received = true;
	if ((uint32_t)v->version < hs->version)
		hs->version = (uint32_t)v->version;
	if (hs->inbound)
		send(step, BTCWIRE_VERSION);
	if (hs->offer_wtxid_relay && hs->version >= BTCWIRE_PVER_WTXIDRELAY)
		send(step, BTCWIRE_WTXIDRELAY);
	if (hs->offer_addrv2 && hs->version >= BTCWIRE_PVER_WTXIDRELAY)
		send(step, BTCWIRE_SENDADDRV2);
	if (hs->offer_features && hs->version >= BTCWIRE_PVER_FEATURE)
		send(step, BTCWIRE_FEATURE);
	send(step, BTCWIRE_VERACK);
}

/* A message that settles how to talk; legal between version and verack. */
static void
negotiation_came(struct btcp_handshake_step *step, struct btcp_handshake *hs,
    enum btcwire_type type)
{
	if (hs->verack_received) {
		end(step, BTCPEER_REASON_NEGOTIATION, 0,
		    "negotiation message after verack");
		return;
	}
	if (type == BTCWIRE_FEATURE && hs->version < BTCWIRE_PVER_FEATURE)
		step->verdict = BTCP_IGNORE;	/* BIP 434 */
	if (type == BTCWIRE_WTXIDRELAY)
		hs->wtxid_relay_received = true;
	if (type == BTCWIRE_SENDADDRV2)
		hs->addrv2_received = true;
}

/* sendheaders and sendcmpct change nothing but how blocks are announced. */
bool
btcp_handshake_ignores(const struct btcp_handshake *hs, enum btcwire_type type)
{
	return hs->version_received && !hs->verack_received &&
	    type != BTCWIRE_VERSION && type != BTCWIRE_VERACK &&
	    !btcwire_defs[type].negotiation && type != BTCWIRE_SENDHEADERS &&
	    type != BTCWIRE_SENDCMPCT;
}

void
btcp_handshake_message(struct btcp_handshake_step *step,
    struct btcp_handshake *hs, enum btcwire_type type,
    const struct btcwire_version *version, bool own_nonce)
{
	*step = (struct btcp_handshake_step){ .verdict = BTCP_PASS };
	if (type == BTCWIRE_VERSION) {
		version_came(step, hs, version, own_nonce);
	} else if (!hs->version_received) {
		end(step, BTCPEER_REASON_NOT_VERSION, BTCWIRE_REJECT_MALFORMED,
		    "a version message must come first");
	} else if (type == BTCWIRE_VERACK) {
		if (hs->verack_received)
			end(step, BTCPEER_REASON_DUPLICATE,
			    BTCWIRE_REJECT_DUPLICATE, "duplicate verack message");
		hs->verack_received = true;
		step->ready = step->verdict == BTCP_PASS;
	} else if (btcwire_defs[type].negotiation) {
		negotiation_came(step, hs, type);
	} else if (btcp_handshake_ignores(hs, type)) {
		step->verdict = BTCP_IGNORE;
	}
}

bool
btcp_handshake_wtxid_relay(const struct btcp_handshake *hs)
{
	return hs->wtxid_relay_received && hs->offer_wtxid_relay &&
	    hs->version >= BTCWIRE_PVER_WTXIDRELAY;
}
