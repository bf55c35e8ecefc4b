/*
 * Scripts, as far as filters look into them: what they push, and two forms of
 * outputs.  Nothing is executed.
 */
#ifndef BTC_WIRE_SCRIPT_H
#define BTC_WIRE_SCRIPT_H

#include <stdbool.h>

#include <btcpeer/msgs.h>

enum {
	SCRIPT_PUSHDATA1 = 0x4c,	/* less than this: so many bytes */
	SCRIPT_PUSHDATA2 = 0x4d,
	SCRIPT_PUSHDATA4 = 0x4e,
	SCRIPT_1 = 0x51,
	SCRIPT_16 = 0x60,
	SCRIPT_RETURN = 0x6a,
	SCRIPT_CHECKSIG = 0xac,
	SCRIPT_CHECKMULTISIG = 0xae
};

struct script_op {
	uint8_t code;
	struct btcwire_bytes push;	/* empty: it pushes no bytes */
};

/*
 * Take the next operation from the front of *rest.  False at the end, and
 * where the rest is too short for what it starts with.
 */
bool btcwire_script_next(struct script_op *op, struct btcwire_bytes *rest);

/* Pay-to-pubkey.  Only the form is looked at: a key is one whose first byte
 * calls for the length it has. */
bool btcwire_script_is_pubkey(const struct btcwire_bytes *script);

/* Bare multisig, of at most 20 keys. */
bool btcwire_script_is_multisig(const struct btcwire_bytes *script);

#endif
