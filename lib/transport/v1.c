#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "transport/v1.h"
#include "wire/msgtab.h"

/* No more than this is allocated ahead of what has arrived. */
#define AHEAD 262144

enum { OFF_COMMAND = 4, OFF_LEN = 16, OFF_CHECKSUM = 20, COMMAND = 12 };

/* Printable ASCII, then only zeroes.  Returns false if it is anything else. */
static bool
parse_command(char out[COMMAND + 1], const uint8_t *p)
{
	size_t i, n = 0;

	memset(out, 0, COMMAND + 1);
	while (n < COMMAND && p[n] >= 0x20 && p[n] <= 0x7e)
		n++;
	for (i = n; i < COMMAND; i++)
		if (p[i] != 0)
			return false;
	memcpy(out, p, n);
	return n > 0;
}

void
btct_v1_parse(struct btct_v1_header *h, const uint8_t wire[BTCT_V1_HEADER])
{
	const uint8_t *l = wire + OFF_LEN;

	memcpy(h->magic, wire, sizeof(h->magic));
	parse_command(h->command, wire + OFF_COMMAND);
	h->len = (uint32_t)l[0] | (uint32_t)l[1] << 8 | (uint32_t)l[2] << 16 |
	    (uint32_t)l[3] << 24;
	memcpy(h->checksum, wire + OFF_CHECKSUM, sizeof(h->checksum));
}

void
btct_v1_build(uint8_t wire[BTCT_V1_HEADER], const uint8_t magic[4],
    const char *command, size_t len, const uint8_t checksum[4])
{
	size_t i;

	memcpy(wire, magic, 4);
	memset(wire + OFF_COMMAND, 0, COMMAND);
	memcpy(wire + OFF_COMMAND, command, strnlen(command, COMMAND));
	for (i = 0; i < 4; i++)
		wire[OFF_LEN + i] = (uint8_t)(len >> (8 * i));
	memcpy(wire + OFF_CHECKSUM, checksum, 4);
}

static int fail(struct btcpeer_error *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
fail(struct btcpeer_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (err != NULL) {
		err->code = code;
		err->offset = 0;
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
	}
	return code;
}

/* The chain whose magic this is, for people; NULL for none we know. */
static const char *
name_of_magic(const uint8_t m[4])
{
	const struct btcwire_chain *c;
	int id;

	for (id = 0; id < BTCWIRE_NCHAINS; id++) {
		c = btcwire_chain((enum btcwire_chain_id)id);
		if (memcmp(c->magic, m, sizeof(c->magic)) == 0)
			return c->name;
	}
	return NULL;
}

static int
check_header(const struct btct_transport *t, const struct btct_v1_header *h,
    struct btcpeer_error *err)
{
	const uint8_t *m = h->magic;
	const char *name;

	if (memcmp(m, t->magic, sizeof(t->magic)) != 0) {
		name = name_of_magic(m);
		return fail(err, BTCPEER_E_MAGIC,
		    "header: magic %02x%02x%02x%02x is %s%s, not %s", m[0], m[1],
		    m[2], m[3], name != NULL ? "that of " : "of no network known",
		    name != NULL ? name : "", name_of_magic(t->magic) != NULL ?
		    name_of_magic(t->magic) : "this network's");
	}
	if (h->len > BTCWIRE_MAX_PAYLOAD)
		return fail(err, BTCPEER_E_OVERSIZE,
		    "%s: length %u is over %d bytes",
		    h->command[0] != '\0' ? h->command : "header", h->len,
		    BTCWIRE_MAX_PAYLOAD);
	return 0;
}

/* The payload into rx, growing only a little ahead of what has come. */
static int
read_payload(struct btct_transport *t, struct btcwire_rx *rx, size_t len)
{
	size_t have = 0, step;
	uint8_t *p;
	int rc;

	do {
		step = len - have < AHEAD ? len - have : AHEAD;
		p = btcwire_rx_space(rx, have, have + step);
		if (p == NULL)
			return BTCPEER_E_NOMEM;
		rc = btct_read(&t->reader, p + have, step);
		if (rc != 0)
			return rc;
		have += step;
	} while (have < len);
	return 0;
}

static int
v1_recv(struct btct_transport *t, struct btct_head *head,
    struct btcwire_rx *rx, struct btcpeer_error *err)
{
	uint8_t wire[BTCT_V1_HEADER];
	struct btct_v1_header h;
	struct btcwire_hash sum;
	int rc;

	btct_reader_rest(&t->reader);
	rc = btct_read(&t->reader, wire, sizeof(wire));
	if (rc != 0)
		return rc;
	btct_v1_parse(&h, wire);
	memcpy(head->command, h.command, sizeof(head->command));
	head->type = btcwire_type_of(h.command);
	head->payload_len = h.len;
	head->wire_len = sizeof(wire) + h.len;
	rc = check_header(t, &h, err);
	if (rc != 0)
		return rc;
	t->arriving = head->type;
	rc = read_payload(t, rx, h.len);
	t->arriving = BTCWIRE_UNKNOWN;
	if (rc != 0)
		return rc;
	if (h.command[0] == '\0')
		return fail(err, BTCPEER_E_COMMAND,
		    "header: command is not text padded with zeroes");
	btcwire_sha256d(&sum, btcwire_rx_space(rx, h.len, h.len), h.len);
	if (memcmp(sum.b, h.checksum, sizeof(h.checksum)) != 0)
		return fail(err, BTCPEER_E_CHECKSUM,
		    "%s: wrong checksum over %u bytes", h.command, h.len);
	return 0;
}

static int
v1_send(size_t *written, struct btct_transport *t,
    const struct btct_frame *frame, size_t n, int64_t stall_ms)
{
	uint8_t head[BTCT_SEND_MAX][BTCT_V1_HEADER];
	struct iovec iov[2 * BTCT_SEND_MAX];
	const struct btcwire_bytes *p;
	size_t i;
	int k = 0;

	for (i = 0; i < n; i++) {
		p = &frame[i].payload;
		btct_v1_build(head[i], t->magic, btcwire_command(frame[i].type),
		    p->len, frame[i].checksum);
		iov[k++] = (struct iovec){ head[i], sizeof(head[i]) };
		if (p->len > 0)
			/* Writing only reads; struct iovec has no const. */
			iov[k++] = (struct iovec){ (void *)(uintptr_t)p->data,
			    p->len };
	}
	return btct_write(written, &t->io, iov, k, stall_ms);
}

static size_t
v1_wire_len(enum btcwire_type type, size_t payload_len)
{
	(void)type;
	return BTCT_V1_HEADER + payload_len;
}

const struct btct_transport_ops btct_v1 = {
	.name = "v1", .recv = v1_recv, .send = v1_send, .wire_len = v1_wire_len,
};
