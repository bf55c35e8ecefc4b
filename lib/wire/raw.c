/*
 * Messages that are passed on as they are.
 */
#include "config.h"

#include "wire/msgpriv.h"

enum { COMMAND = 12 };

static bool
is_command(const char *s)
{
	size_t n;

	for (n = 0; s[n] != '\0'; n++)
		if (n == COMMAND || s[n] < 0x20 || s[n] > 0x7e)
			return false;
	return n > 0;
}

/* The command stands behind the payload, where others have their body. */
int
btcwire_msg_new_raw(struct btcwire_msg **out, const char *command,
    const void *payload, size_t payload_len, struct btcpeer_error *err)
{
	struct btcwire_msg *m;
	size_t len;

	if (!is_command(command))
		return btcwire_fail(err, BTCPEER_E_INVAL,
		    "command is not 1 to 12 characters of printable ASCII");
	if (payload_len > BTCWIRE_MAX_PAYLOAD)
		return btcwire_fail(err, BTCPEER_E_TOOBIG,
		    "payload is over the limit of 4000000 bytes");
	len = strlen(command);
	if ((m = btcwire_msg_alloc(payload_len + len + 1)) == NULL)
		return btcwire_fail(err, BTCPEER_E_NOMEM, "out of memory");
	if (payload_len > 0)
		memcpy(m->data, payload, payload_len);
	memcpy(m->data + payload_len, command, len + 1);
	atomic_init(&m->refs, 1);
	atomic_init(&m->sum, 0);
	m->type = BTCWIRE_UNKNOWN;
	m->form = 0;
	m->has_witness = false;
	m->payload_len = payload_len;
	m->body_len = payload_len;
	m->body = NULL;
	*out = m;
	return 0;
}

enum btcwire_type
btcwire_msg_command_type(const struct btcwire_msg *msg)
{
	if (msg->type != BTCWIRE_UNKNOWN)
		return msg->type;
	return btcwire_type_of(btcwire_msg_command(msg));
}

const char *
btcwire_msg_command(const struct btcwire_msg *msg)
{
	if (msg->type != BTCWIRE_UNKNOWN)
		return btcwire_defs[msg->type].command;
	return (const char *)msg->data + msg->payload_len;
}
