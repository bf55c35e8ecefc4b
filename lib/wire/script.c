#include "config.h"

#include "wire/bytes.h"
#include "wire/script.h"

#define MAX_KEYS 20	/* of a multisig script */

/* Bytes of the length that follows a push operation. */
static size_t
length_width(uint8_t code)
{
	switch (code) {
	case SCRIPT_PUSHDATA1:
		return 1;
	case SCRIPT_PUSHDATA2:
		return 2;
	case SCRIPT_PUSHDATA4:
		return 4;
	default:
		return 0;
	}
}

bool
btcwire_script_next(struct script_op *op, struct btcwire_bytes *rest)
{
	const uint8_t *p = rest->data;
	size_t left = rest->len, width, len = 0;

	if (left == 0)
		return false;
	op->code = *p++;
	left--;
	width = length_width(op->code);
	if (left < width)
		return false;
	if (width == 1)
		len = p[0];
	else if (width == 2)
		len = xf_le16(p);
	else if (width == 4)
		len = xf_le32(p);
	else if (op->code < SCRIPT_PUSHDATA1)
		len = op->code;
	p += width;
	left -= width;
	if (left < len)
		return false;
	op->push = (struct btcwire_bytes){ p, len };
	*rest = (struct btcwire_bytes){ p + len, left - len };
	return true;
}

static bool
is_key(const struct btcwire_bytes *b)
{
	if (b->len == 33)
		return b->data[0] == 2 || b->data[0] == 3;
	if (b->len == 65)
		return b->data[0] == 4 || b->data[0] == 6 || b->data[0] == 7;
	return false;
}

bool
btcwire_script_is_pubkey(const struct btcwire_bytes *script)
{
	struct btcwire_bytes key;

	if (script->len < 2)
		return false;
	key = (struct btcwire_bytes){ script->data + 1, script->len - 2 };
	return is_key(&key) && script->data[0] == key.len &&
	    script->data[script->len - 1] == SCRIPT_CHECKSIG;
}

/* The number from 1 to MAX_KEYS that an operation pushes in the shortest way
 * there is, or 0. */
static unsigned
number(const struct script_op *op)
{
	if (op->code >= SCRIPT_1 && op->code <= SCRIPT_16)
		return op->code - SCRIPT_1 + 1u;
	if (op->code == 1 && op->push.data[0] > 16 &&
	    op->push.data[0] <= MAX_KEYS)
		return op->push.data[0];
	return 0;
}

bool
btcwire_script_is_multisig(const struct btcwire_bytes *script)
{
	struct btcwire_bytes rest = *script;
	struct script_op op;
	unsigned needed, keys = 0;

	if (!btcwire_script_next(&op, &rest) || (needed = number(&op)) == 0)
		return false;
	while (btcwire_script_next(&op, &rest) && is_key(&op.push))
		keys++;
	return number(&op) == keys && needed <= keys && rest.len == 1 &&
	    rest.data[0] == SCRIPT_CHECKMULTISIG;
}
