/*
 * The original framing over a stream of bytes: a byte that says how it is
 * split, then the stream.
 */
#include "config.h"

#include <string.h>

#include <btcpeer/error.h>

#include "frames.h"
#include "fuzz/fuzz.h"
#include "memio.h"
#include "transport/transport.h"
#include "wire/msgpriv.h"

const unsigned fuzz_n_seeds = 4000;

enum { AHEAD = 262144 };

static const uint8_t magic[4] = { 0xf9, 0xbe, 0xb4, 0xd9 };

/* One way to receive a stream. */
struct conn {
	struct memio io;
	struct btct_transport t;
	struct btcwire_rx rx;
	struct btct_head head;
	struct btcpeer_error err;
	int rc;
};

static void
open_conn(struct conn *c)
{
	*c = (struct conn){ .rc = 0 };
	memio_init(&c->io, 1000);
	btct_transport_init(&c->t, &btct_v1, memio_io(&c->io), magic, 300000);
}

static void
close_conn(struct conn *c)
{
	btcwire_rx_clear(&c->rx);
	btct_transport_clear(&c->t);
	memio_clear(&c->io);
}

static bool
goes_on(int rc)
{
	return rc == 0 || rc == BTCPEER_E_CHECKSUM || rc == BTCPEER_E_COMMAND;
}

static void
receive(struct conn *c)
{
	memset(&c->head, 0, sizeof(c->head));
	memset(&c->err, 0, sizeof(c->err));
	c->rc = btct_recv(&c->t, &c->head, &c->rx, &c->err);
}

/* What was received, sent again: the same bytes. */
static void
check_sent(const struct conn *c, const uint8_t *wire)
{
	struct btct_frame f = { .type = c->head.type,
	    .payload = { wire + BTCWIRE_FRAME_HEADER, c->head.payload_len } };
	struct conn back;
	size_t written;

	memcpy(f.checksum, wire + BTCWIRE_FRAME_HEADER - 4, 4);
	open_conn(&back);
	FUZZ_ASSERT(btct_send(&written, &back.t, &f, 1, -1) == 0);
	FUZZ_ASSERT(written == c->head.wire_len);
	FUZZ_ASSERT(memcmp(back.io.sent, wire, written) == 0);
	close_conn(&back);
}

/* The outcome against the bytes from which it came; left of them there were. */
static void
check_message(const struct conn *c, const uint8_t *wire, size_t left)
{
	const struct btct_head *h = &c->head;
	struct btcwire_hash sum;
	size_t i;

	FUZZ_ASSERT(h->wire_len == h->payload_len + BTCWIRE_FRAME_HEADER);
	FUZZ_ASSERT(h->wire_len <= left);
	FUZZ_ASSERT(memcmp(wire, magic, 4) == 0);
	FUZZ_ASSERT(strlen(h->command) <= 12);
	for (i = 0; h->command[i] != '\0'; i++)
		FUZZ_ASSERT(h->command[i] >= 0x20 && h->command[i] <= 0x7e);
	FUZZ_ASSERT(h->type == btcwire_type_of(h->command));
	FUZZ_ASSERT((h->command[0] == '\0') == (c->rc == BTCPEER_E_COMMAND));
	FUZZ_ASSERT(c->rc == 0 || c->err.code == c->rc);
	FUZZ_ASSERT(h->payload_len == 0 || memcmp(c->rx.block->data,
	    wire + BTCWIRE_FRAME_HEADER, h->payload_len) == 0);
	btcwire_sha256d(&sum, wire + BTCWIRE_FRAME_HEADER, h->payload_len);
	if (c->rc != BTCPEER_E_COMMAND)
		FUZZ_ASSERT((memcmp(sum.b, wire + BTCWIRE_FRAME_HEADER - 4, 4) == 0) ==
		    (c->rc == 0));
	if (c->rc == 0 && h->type != BTCWIRE_UNKNOWN)
		check_sent(c, wire);
}

static void
check_end(const struct conn *c, const uint8_t *wire, size_t left)
{
	switch (c->rc) {
	case BTCPEER_E_EOF:
		FUZZ_ASSERT(left < BTCWIRE_FRAME_HEADER ||
		    left < c->head.payload_len + BTCWIRE_FRAME_HEADER);
		break;
	case BTCPEER_E_MAGIC:
		FUZZ_ASSERT(left >= BTCWIRE_FRAME_HEADER &&
		    memcmp(wire, magic, 4) != 0);
		break;
	case BTCPEER_E_OVERSIZE:
		FUZZ_ASSERT(left >= BTCWIRE_FRAME_HEADER &&
		    c->head.payload_len > BTCWIRE_MAX_PAYLOAD);
		break;
	default:	/* no other end is possible */
		FUZZ_ASSERT(false);
	}
	FUZZ_ASSERT(c->rc == BTCPEER_E_EOF || c->err.code == c->rc);
}

static void
check_same(const struct conn *a, const struct conn *b)
{
	FUZZ_ASSERT(a->rc == b->rc);
	FUZZ_ASSERT(memcmp(&a->head, &b->head, sizeof(a->head)) == 0);
	FUZZ_ASSERT(memcmp(&a->err, &b->err, sizeof(a->err)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conn whole, split;
	size_t at = 1;
	struct gen g;

	if (size < 1)
		return 0;
	g = (struct gen){ .state = data[0] };
	open_conn(&whole);
	open_conn(&split);
	memio_bytes(&whole.io, data + 1, size - 1);
	if (data[0] == 0)
		memio_pieces(&split.io, data + 1, size - 1, 1);
	else
		memio_random(&split.io, data + 1, size - 1, &g);
	for (;;) {
		receive(&whole);
		receive(&split);
		check_same(&whole, &split);
		FUZZ_ASSERT(whole.rx.block == NULL ||
		    whole.rx.block->capacity <= size + AHEAD);
		if (!goes_on(whole.rc))
			break;
		check_message(&whole, data + at, size - at);
		at += whole.head.wire_len;
	}
	check_end(&whole, data + at, size - at);
	close_conn(&whole);
	close_conn(&split);
	return 0;
}

/* ---- Seeds ------------------------------------------------------------- */

static void
add_message(struct frames *f, struct gen *g)
{
	static uint8_t payload[1 << 19];
	static const char *const odd[] = { "", "\n", "ping\n", "unheard-of",
	    "abcdefghijkl", "Ping", "ver ack" };
	enum btcwire_type type = (enum btcwire_type)(1 +
	    gen_below(g, BTCWIRE_NTYPES - 1));
	const char *command = btcwire_command(type);
	size_t len = 0;

	if (gen_below(g, 4) != 0) {
		FUZZ_ASSERT(btcwire_body_encode(payload, &len, sizeof(payload),
		    type, gen_body(g, type), BTCWIRE_PVER_NEWEST, 0, NULL) == 0);
	} else {
		len = (size_t)gen_below(g, (uint64_t)1 << gen_below(g, 18));
		gen_fill(g, payload, len);
		command = odd[gen_below(g, sizeof(odd) / sizeof(odd[0]))];
	}
	frames_msg(f, command, payload, len, gen_below(g, 8) == 0);
}

size_t
fuzz_seed(struct gen *g, uint8_t *buf, size_t size)
{
	struct frames f = FRAMES_MAINNET;
	size_t len;
	uint64_t n;

	for (n = gen_below(g, 6); n > 0 && f.len < size / 2; n--)
		add_message(&f, g);
	switch (gen_below(g, 8)) {
	case 0:		/* another network's */
		f.magic[gen_below(g, 4)] ^= 1;
		add_message(&f, g);
		break;
	case 1:		/* longer than what comes, or than what is allowed */
		add_message(&f, g);
		f.b[16 + gen_below(g, 4)] ^= (uint8_t)gen_u64(g);
		break;
	case 2:		/* cut */
		add_message(&f, g);
		f.len = (size_t)gen_below(g, f.len);
		break;
	default:
		break;
	}
	len = f.len < size - 1 ? f.len : size - 1;
	buf[0] = (uint8_t)gen_u64(g);
	if (len > 0)
		memcpy(buf + 1, f.b, len);
	frames_clear(&f);
	return 1 + len;
}
