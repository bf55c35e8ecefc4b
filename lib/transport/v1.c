#include "config.h"

#include <string.h>

#include "transport/transport.h"
#include "util/attr.h"
#include "util/err.h"
#include "wire/msgtab.h"

/* No more than this is allocated ahead of what has arrived. */
#define AHEAD 262144

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
check_header(const struct btct_transport *t, const struct btcwire_frame *h,
    struct btcpeer_error *err)
{
	const uint8_t *m = h->magic;
	const char *name;

	if (memcmp(m, t->magic, sizeof(t->magic)) != 0) {
		name = name_of_magic(m);
		return btcu_error(err, BTCPEER_E_MAGIC, 0,
		    "header: magic %02x%02x%02x%02x is %s%s, not %s", m[0], m[1],
		    m[2], m[3], name != NULL ? "that of " : "of no network known",
		    name != NULL ? name : "", name_of_magic(t->magic) != NULL ?
		    name_of_magic(t->magic) : "this network's");
	}
	if (h->payload_len > BTCWIRE_MAX_PAYLOAD)
		return btcu_error(err, BTCPEER_E_OVERSIZE, 0,
		    "%s: length %u is over %d bytes",
		    h->command[0] != '\0' ? h->command : "header", h->payload_len,
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
	uint8_t wire[BTCWIRE_FRAME_HEADER];
	struct btcwire_frame h;
	struct btcwire_hash sum;
	int rc;

	btct_reader_rest(&t->reader);
	rc = btct_read(&t->reader, wire, sizeof(wire));
	if (rc != 0)
		return rc;
	btcwire_frame_decode(&h, wire);
	memcpy(head->command, h.command, sizeof(head->command));
	head->type = btcwire_type_of(h.command);
	head->payload_len = h.payload_len;
	head->wire_len = sizeof(wire) + h.payload_len;
	rc = check_header(t, &h, err);
	if (rc != 0)
		return rc;
	t->arriving = head->type;
	rc = read_payload(t, rx, h.payload_len);
	t->arriving = BTCWIRE_UNKNOWN;
	if (rc != 0)
		return rc;
	if (h.command[0] == '\0')
		return btcu_error(err, BTCPEER_E_COMMAND, 0,
		    "header: command is not text padded with zeroes");
	btcwire_sha256d(&sum,
	    btcwire_rx_space(rx, h.payload_len, h.payload_len), h.payload_len);
	if (memcmp(sum.b, h.checksum, sizeof(h.checksum)) != 0)
		return btcu_error(err, BTCPEER_E_CHECKSUM, 0,
		    "%s: wrong checksum over %u bytes", h.command, h.payload_len);
	return 0;
}

static void
build_head(uint8_t head[BTCWIRE_FRAME_HEADER], const uint8_t magic[4],
    const struct btct_frame *frame)
{
	const char *command = frame->command != NULL ? frame->command :
	    btcwire_command(frame->type);
	struct btcwire_frame f = { .command = "" };

	memcpy(f.magic, magic, sizeof(f.magic));
	memcpy(f.command, command, strnlen(command, sizeof(f.command) - 1));
	memcpy(f.checksum, frame->checksum, sizeof(f.checksum));
	f.payload_len = (uint32_t)frame->payload.len;
	btcwire_frame_encode(head, &f);
}

struct head {
	uint8_t b[BTCWIRE_FRAME_HEADER];
};

/* With room for n heads and twice as many pieces. */
static int
send_frames(size_t *written, struct btct_transport *t, struct head *head,
    struct iovec *iov, const struct btct_frame *frame, size_t n,
    int64_t stall_ms)
{
	const struct btcwire_bytes *p;
	size_t i;
	int k = 0;

	for (i = 0; i < n; i++) {
		p = &frame[i].payload;
		build_head(head[i].b, t->magic, &frame[i]);
		iov[k++] = (struct iovec){ head[i].b, sizeof(head[i].b) };
		if (p->len > 0)
			/* Writing only reads; struct iovec has no const. */
			iov[k++] = (struct iovec){ (void *)(uintptr_t)p->data,
			    p->len };
	}
	return btct_write(written, &t->io, iov, k, stall_ms);
}

static BTCU_APART int
send_many(size_t *written, struct btct_transport *t,
    const struct btct_frame *frame, size_t n, int64_t stall_ms)
{
	BTCU_UNINIT struct iovec iov[2 * BTCT_SEND_MAX];
	BTCU_UNINIT struct head head[BTCT_SEND_MAX];

	return send_frames(written, t, head, iov, frame, n, stall_ms);
}

static int
v1_send(size_t *written, struct btct_transport *t,
    const struct btct_frame *frame, size_t n, int64_t stall_ms)
{
	BTCU_UNINIT struct iovec iov[2 * BTCT_SEND_FEW];
	BTCU_UNINIT struct head head[BTCT_SEND_FEW];

	if (n > BTCT_SEND_FEW)
		return send_many(written, t, frame, n, stall_ms);
	return send_frames(written, t, head, iov, frame, n, stall_ms);
}

static size_t
v1_wire_len(enum btcwire_type type, size_t payload_len)
{
	(void)type;
	return BTCWIRE_FRAME_HEADER + payload_len;
}

const struct btct_transport_ops btct_v1 = {
	.name = "v1", .recv = v1_recv, .send = v1_send, .wire_len = v1_wire_len,
};
