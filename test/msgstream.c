#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "msgstream.h"

void
stream_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

enum btcwire_type
stream_type(const char *command)
{
	enum btcwire_type type = btcwire_type_of(command);

	if (type == BTCWIRE_UNKNOWN)
		stream_fail("no such message: %s", command);
	return type;
}

/* False at the end, which is only between two messages. */
static bool
read_head(FILE *f, struct btcwire_frame *frame)
{
	uint8_t head[BTCWIRE_FRAME_HEADER];
	size_t n = fread(head, 1, sizeof(head), f);

	if (n == 0 && feof(f))
		return false;
	if (n != sizeof(head))
		stream_fail("the stream ends within a header");
	btcwire_frame_decode(frame, head);
	if (memcmp(frame->magic, btcwire_chain(BTCWIRE_REGTEST)->magic,
	    sizeof(frame->magic)) != 0)
		stream_fail("a message of another chain");
	if (frame->payload_len > BTCWIRE_MAX_PAYLOAD)
		stream_fail("%s: %" PRIu32 " bytes", frame->command,
		    frame->payload_len);
	return true;
}

struct btcwire_msg *
stream_read(FILE *f)
{
	struct btcpeer_error err = { .text = "" };
	struct btcwire_frame frame;
	struct btcwire_hash sum;
	struct btcwire_msg *msg;
	uint8_t *payload;

	if (!read_head(f, &frame))
		return NULL;
	if ((payload = malloc((size_t)frame.payload_len + 1)) == NULL)
		stream_fail("out of memory");
	if (fread(payload, 1, frame.payload_len, f) != frame.payload_len)
		stream_fail("%s: the stream ends", frame.command);
	btcwire_sha256d(&sum, payload, frame.payload_len);
	if (memcmp(sum.b, frame.checksum, sizeof(frame.checksum)) != 0)
		stream_fail("%s: wrong checksum", frame.command);
	if (btcwire_decode(&msg, stream_type(frame.command), payload,
	    frame.payload_len, BTCWIRE_PVER_NEWEST, BTCWIRE_STRICT, &err) != 0)
		stream_fail("%s: byte %zu: %s", frame.command, err.offset,
		    err.text);
	free(payload);
	return msg;
}

void
stream_write(FILE *f, enum btcwire_type type, const void *payload, size_t len)
{
	uint8_t head[BTCWIRE_FRAME_HEADER];
	struct btcwire_hash sum;

	btcwire_sha256d(&sum, payload, len);
	frames_head(head, btcwire_chain(BTCWIRE_REGTEST)->magic,
	    btcwire_command(type), len, sum.b);
	if (fwrite(head, 1, sizeof(head), f) != sizeof(head) ||
	    fwrite(payload, 1, len, f) != len)
		stream_fail("cannot write the stream");
}
