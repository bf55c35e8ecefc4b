/*
 * Messages with their frames, one after the other.  What is no good frame is
 * reported and passed over: the next one is where the next magic is.
 */
#include "decoder.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAGIC 4u	/* bytes */

/*
 * A frame whose checksum is wrong and after which no other follows may have a
 * wrong length, so the next is looked for inside it.  Input made for it could
 * have every frame hashed with all those inside it: this often it is done.
 */
#define LOOKS_INSIDE 1000

struct stream {
	struct decoder *d;
	size_t at;			/* everything before is done */
	uint8_t magic[BTCWIRE_NCHAINS][MAGIC];	/* those that begin a frame */
	unsigned n_magic;
	unsigned looks;			/* that are left, inside frames */
};

static void fail(struct btcpeer_error *err, int code, size_t offset,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void
fail(struct btcpeer_error *err, int code, size_t offset, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	err->offset = offset;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
}

/* ---- Finding frames ---------------------------------------------------- */

/* Whether a frame may begin there, as far as the input goes. */
static bool
magic_at(const struct stream *s, size_t at)
{
	size_t left = s->d->in.len - at, n = left < MAGIC ? left : MAGIC;
	unsigned i;

	for (i = 0; i < s->n_magic; i++)
		if (memcmp(s->d->in.data + at, s->magic[i], n) == 0)
			return true;
	return false;
}

/* Where the next whole magic is, or end. */
static size_t
find_magic(const struct stream *s, size_t at, size_t end)
{
	while (at < end && (s->d->in.len - at < MAGIC || !magic_at(s, at)))
		at++;
	return at;
}

/* From here on frames begin with this magic only. */
static void
take_magic(struct stream *s, const uint8_t *magic)
{
	memmove(s->magic[0], magic, MAGIC);
	s->n_magic = 1;
}

static const char *
chain_at(const uint8_t *magic)
{
	unsigned id;

	for (id = 0; id < BTCWIRE_NCHAINS; id++) {
		const struct btcwire_chain *chain =
		    btcwire_chain((enum btcwire_chain_id)id);

		if (memcmp(chain->magic, magic, MAGIC) == 0)
			return chain->name;
	}
	return NULL;
}

/* ---- One frame --------------------------------------------------------- */

/* What stands between frames. */
static void
pass_garbage(struct stream *s)
{
	struct place at = { .framed = true, .offset = s->at };
	const uint8_t *p = s->d->in.data + s->at;
	size_t next = find_magic(s, s->at, s->d->in.len), len = next - s->at;
	const char *chain = len >= MAGIC ? chain_at(p) : NULL;
	struct btcpeer_error err;

	if (chain != NULL)
		fail(&err, BTCPEER_E_MAGIC, 0, "a frame of another network, "
		    "%s: %zu bytes are passed over", chain, len);
	else
		fail(&err, BTCPEER_E_MAGIC, 0, "no frame begins here: %zu "
		    "byte%s passed over", len, len == 1 ? " is" : "s are");
	decoder_error(s->d, &at, &err);
	s->at = next;
}

static bool
checksum_fits(const struct btcwire_frame *f, const uint8_t *payload)
{
	struct btcwire_hash h;

	btcwire_sha256d(&h, payload, f->payload_len);
	return memcmp(h.b, f->checksum, sizeof(f->checksum)) == 0;
}

/* Whether the input has as much as the header says; left bytes are there. */
static int
check_length(const struct btcwire_frame *f, size_t left,
    struct btcpeer_error *err)
{
	if (f->payload_len > BTCWIRE_MAX_PAYLOAD)
		fail(err, BTCPEER_E_OVERSIZE, 0, "a payload of %" PRIu32
		    " bytes is over the limit of %d", f->payload_len,
		    BTCWIRE_MAX_PAYLOAD);
	else if (f->payload_len > left)
		fail(err, BTCPEER_E_SHORT, left, "the input ends within the "
		    "payload of a message: %zu of %" PRIu32 " bytes are there",
		    left, f->payload_len);
	else
		err->code = 0;
	return err->code;
}

/*
 * Whether there is a whole frame at s->at.
 *
 * Returns: 0, or the code of the error.
 * Out:     f     its header; zero when that is cut short.
 *          next  where to go on.
 */
static int
check_frame(struct stream *s, struct btcwire_frame *f, size_t *next,
    struct btcpeer_error *err)
{
	const uint8_t *p = s->d->in.data + s->at;
	size_t len = s->d->in.len, left = len - s->at, end;

	*f = (struct btcwire_frame){ .payload_len = 0 };
	if (left < BTCWIRE_FRAME_HEADER) {
		fail(err, BTCPEER_E_SHORT, 0, "the input ends within the "
		    "header of a frame: %zu of %d bytes are there", left,
		    BTCWIRE_FRAME_HEADER);
		*next = find_magic(s, s->at + 1, len);
		return err->code;
	}
	btcwire_frame_decode(f, p);
	if (check_length(f, left - BTCWIRE_FRAME_HEADER, err) != 0) {
		*next = find_magic(s, s->at + MAGIC, len);
		return err->code;
	}
	end = s->at + BTCWIRE_FRAME_HEADER + f->payload_len;
	*next = end;
	if (!checksum_fits(f, p + BTCWIRE_FRAME_HEADER)) {
		fail(err, BTCPEER_E_CHECKSUM, 0, "the payload of %" PRIu32
		    " bytes does not match its checksum", f->payload_len);
		if (end < len && !magic_at(s, end) && s->looks > 0) {
			s->looks--;
			*next = find_magic(s, s->at + MAGIC, end);
		}
	} else if (f->command[0] == '\0') {
		fail(err, BTCPEER_E_COMMAND, 0,
		    "the command is not printable text padded with zeroes");
	}
	return err->code;
}

/* ---- One message ------------------------------------------------------- */

static void
show_unknown(struct decoder *d, const struct place *at, struct btcwire_bytes b)
{
	struct emit *e = &d->emit;

	if (!d->args->json) {
		printf("%10zu  %s (unknown, %zu byte%s) ", at->offset,
		    at->command, b.len, b.len == 1 ? "" : "s");
		for (; b.len > 0; b.len--)
			printf("%02x", *b.data++);
		(void)putchar('\n');
		return;
	}
	decoder_object(d, at);
	emit_int(e, "payload_len", (int64_t)b.len);
	emit_bytes(e, "payload", b);
	decoder_object_end(d, at);
}

/* One line of text. */
static void
show_summary(struct decoder *d, const struct place *at,
    enum btcwire_type type, struct btcwire_bytes b)
{
	struct btcpeer_error err = { .text = "" };
	struct btcwire_msg *msg;
	char text[1024];
	size_t trailing;

	if (btcwire_decode(&msg, type, b.data, b.len, d->args->pver,
	    d->args->flags, &err) != 0) {
		decoder_error(d, at, &err);
		return;
	}
	(void)btcwire_summary(text, sizeof(text), msg);
	(void)btcwire_msg_raw(msg, &trailing);
	printf("%10zu  %s", at->offset, text);
	if (trailing > 0)
		printf(" and %zu more byte%s", trailing,
		    trailing == 1 ? "" : "s");
	(void)putchar('\n');
	btcwire_msg_unref(msg);
}

static void
show_message(struct stream *s, const struct btcwire_frame *f)
{
	struct place at = { .command = f->command, .framed = true,
		.offset = s->at, .payload = true };
	struct btcwire_bytes b = { .len = f->payload_len,
		.data = s->d->in.data + s->at + BTCWIRE_FRAME_HEADER };
	enum btcwire_type type = btcwire_type_of(f->command);

	if (type == BTCWIRE_UNKNOWN)
		show_unknown(s->d, &at, b);
	else if (s->d->args->json)
		decoder_payload(s->d, &at, type, b.data, b.len, false);
	else
		show_summary(s->d, &at, type, b);
}

static void
decode_frame(struct stream *s)
{
	struct btcpeer_error err;
	struct btcwire_frame f;
	size_t next;

	if (check_frame(s, &f, &next, &err) == 0) {
		take_magic(s, f.magic);
		show_message(s, &f);
	} else {
		struct place at = { .framed = true, .offset = s->at,
			.command = f.command[0] != '\0' ? f.command : NULL };

		decoder_error(s->d, &at, &err);
	}
	s->at = next;
}

/* Which magics begin frames: the chain's, if it was given; else that of a good
 * frame at the very beginning; else, until there is one, every chain's. */
static void
find_network(struct stream *s)
{
	const struct btcwire_chain *chain = s->d->args->chain;
	struct btcpeer_error err;
	struct btcwire_frame f;
	size_t next;
	unsigned id;

	for (id = 0; id < BTCWIRE_NCHAINS; id++)
		memcpy(s->magic[id],
		    btcwire_chain((enum btcwire_chain_id)id)->magic, MAGIC);
	s->n_magic = BTCWIRE_NCHAINS;
	if (chain != NULL)
		take_magic(s, chain->magic);
	else if (check_frame(s, &f, &next, &err) == 0)
		take_magic(s, f.magic);
}

void
decode_stream(struct decoder *d)
{
	struct stream s = { .d = d, .looks = LOOKS_INSIDE };

	find_network(&s);
	while (s.at < d->in.len) {
		if (magic_at(&s, s.at))
			decode_frame(&s);
		else
			pass_garbage(&s);
	}
}
