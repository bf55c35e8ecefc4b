/*
 * The handshake as a pure state machine: what to send and what to think of
 * each message that comes, until both veracks have passed.
 */
#ifndef BTC_PEER_HANDSHAKE_H
#define BTC_PEER_HANDSHAKE_H

#include <btcpeer/peer.h>

struct btcp_handshake {
	/* Set up by the caller. */
	bool inbound;
	bool allow_self;
	bool offer_wtxid_relay;
	bool offer_addrv2;
	bool offer_features;
	uint32_t min_version;
	uint64_t required_services;
	/* What has happened. */
	bool version_received;
	bool verack_received;
	bool wtxid_relay_received;
	bool addrv2_received;
	uint32_t version;	/* the common one; ours until theirs has come */
};

enum btcp_verdict {
	BTCP_PASS,	/* hand it on */
	BTCP_IGNORE,	/* it has no place here: count it, nothing more */
	BTCP_END	/* disconnect for reason */
};

struct btcp_handshake_step {
	enum btcp_verdict verdict;
	bool ready;			/* the handshake is complete with this message */
	enum btcwire_type send[5];	/* in this order; one FEATURE stands for
					 * all that are configured */
	size_t send_len;
	enum btcpeer_reason reason;	/* of BTCP_END */
	uint8_t reject;			/* BIP 61 code to send first; 0: none */
	const char *text;		/* for the reject and for people */
};

/* Whether a message of this type comes too early to be looked at. */
bool btcp_handshake_ignores(const struct btcp_handshake *hs,
    enum btcwire_type type);

/*
 * A message came.  version is its body when it is one, own_nonce whether that
 * carries a nonce of this process.  Once ready, only messages that have no
 * place after the handshake are anything but BTCP_PASS.
 */
void btcp_handshake_message(struct btcp_handshake_step *step,
    struct btcp_handshake *hs, enum btcwire_type type,
    const struct btcwire_version *version, bool own_nonce);

/* BIP 339: both sides sent wtxidrelay. */
bool btcp_handshake_wtxid_relay(const struct btcp_handshake *hs);

#endif
