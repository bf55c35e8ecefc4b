/*
 * The header before each payload in the original framing (v1).
 */
#include "config.h"

#include <string.h>

#include <btcpeer/wire.h>
#include "wire/bytes.h"

enum { OFF_COMMAND = 4, OFF_LEN = 16, OFF_CHECKSUM = 20, COMMAND = 12 };

/* Printable ASCII, then only zeroes; or out is empty. */
static void
decode_command(char out[COMMAND + 1], const uint8_t *p)
{
	size_t i, n = 0;

	memset(out, 0, COMMAND + 1);
	while (n < COMMAND && p[n] >= 0x20 && p[n] <= 0x7e)
		n++;
	for (i = n; i < COMMAND; i++)
		if (p[i] != 0)
			return;
	memcpy(out, p, n);
}

void
btcwire_frame_decode(struct btcwire_frame *out,
    const uint8_t head[BTCWIRE_FRAME_HEADER])
{
	memcpy(out->magic, head, sizeof(out->magic));
	decode_command(out->command, head + OFF_COMMAND);
	out->payload_len = xf_le32(head + OFF_LEN);
	memcpy(out->checksum, head + OFF_CHECKSUM, sizeof(out->checksum));
}

void
btcwire_frame_encode(uint8_t head[BTCWIRE_FRAME_HEADER],
    const struct btcwire_frame *frame)
{
	memcpy(head, frame->magic, sizeof(frame->magic));
	memset(head + OFF_COMMAND, 0, COMMAND);
	memcpy(head + OFF_COMMAND, frame->command,
	    strnlen(frame->command, COMMAND));
	xf_set_le32(head + OFF_LEN, frame->payload_len);
	memcpy(head + OFF_CHECKSUM, frame->checksum, sizeof(frame->checksum));
}
