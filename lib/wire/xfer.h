/*
 * The cursor that every codec is written with: one function for each kind of
 * body decodes it, encodes it and measures it.
 *
 * Rules that hold for every xf_ call:
 *  - an error is sticky: the first one is kept, later calls do nothing, decode
 *    zero, and return NULL or 0, so a codec checks where it would loop only;
 *  - when decoding, what the pointer points to is written and never read; when
 *    encoding, it is read and never written;
 *  - name is the field as an error message calls it.
 */
#ifndef BTC_WIRE_XFER_H
#define BTC_WIRE_XFER_H

#include <stdbool.h>
#include <string.h>

#include <btcpeer/wire.h>
#include "wire/arena.h"
#include "wire/bytes.h"

enum xfer_op {
	XFER_DECODE,
	XFER_ENCODE	/* into a buffer, or through a window into a sink */
};

typedef void xfer_sink_fn(void *arg, const uint8_t *data, size_t len);

struct xfer {
	enum xfer_op op;
	int err;		/* the first error, or 0 */
	uint32_t pver;
	uint32_t flags;		/* BTCWIRE_NO_WITNESS */
	bool has_witness;	/* some transaction has one; both directions */
	bool no_inputs;		/* encoding: one has outputs but no input */
	const char *command;	/* opens the error's text */
	struct btcpeer_error *error;	/* or NULL */

	/* Decoding. */
	const uint8_t *start, *p, *end;
	struct xf_arena arena;

	/* Encoding: what is written goes to [out, out_end). */
	uint8_t *out_start, *out, *out_end;
	size_t flushed;		/* bytes that have left the window */
	bool measuring;		/* nobody wants the bytes */
	xfer_sink_fn *sink;	/* NULL: the window is all there is */
	void *sink_arg;
};

/* Decodes, encodes or measures one body. */
typedef void xfer_fn(struct xfer *x, void *body);

/* The largest count or length there is, as in Bitcoin Core. */
#define XF_MAX_COUNT ((size_t)0x02000000)

/* Begin.  All but what these take is as for the newest version. */
void xf_init_decode(struct xfer *x, const char *command, const uint8_t *data,
    size_t len);
void xf_init_encode(struct xfer *x, const char *command, uint8_t *buf,
    size_t size);
/* Through the window buf into sink; NULL: only count. */
void xf_init_sink(struct xfer *x, const char *command, uint8_t *buf,
    size_t size, xfer_sink_fn *sink, void *arg);

/* Send what is in the window to the sink. */
void xf_flush(struct xfer *x);

/* Where decoding or encoding is. */
size_t xf_offset(const struct xfer *x);

/* Note the first error; the text is formatted only if somebody wants it. */
void xf_fail(struct xfer *x, int code, size_t offset, const char *fmt, ...)
    __attribute__((cold, format(printf, 4, 5)));

/* The slow ways of the functions below. */
const uint8_t *xf_take_short(struct xfer *x, const char *name, size_t n)
    __attribute__((cold));
uint8_t *xf_room_more(struct xfer *x, size_t n);
void xf_put_more(struct xfer *x, const void *data, size_t n);
size_t xf_get_count_long(struct xfer *x, const char *name, const char *what,
    size_t max);
void xf_put_count_long(struct xfer *x, const char *name, const char *what,
    size_t n, size_t max);

static inline bool
xf_decoding(const struct xfer *x)
{
	return x->op == XFER_DECODE;
}

/* Bytes not decoded yet. */
static inline size_t
xf_left(const struct xfer *x)
{
	return (size_t)(x->end - x->p);
}

/* The next n bytes of the payload, or NULL. */
static inline const uint8_t *
xf_take(struct xfer *x, const char *name, size_t n)
{
	const uint8_t *p = x->p;

	if ((size_t)(x->end - p) < n)
		return xf_take_short(x, name, n);
	x->p = p + n;
	return p;
}

/* Room for the next n bytes of the output, at most 16; or NULL. */
static inline uint8_t *
xf_room(struct xfer *x, size_t n)
{
	uint8_t *w = x->out;

	if ((size_t)(x->out_end - w) < n)
		return xf_room_more(x, n);
	x->out = w + n;
	return w;
}

static inline void
xf_put(struct xfer *x, const void *data, size_t n)
{
	if ((size_t)(x->out_end - x->out) < n) {
		xf_put_more(x, data, n);
	} else if (n > 0) {
		memcpy(x->out, data, n);
		x->out += n;
	}
}

/* CompactSize, at most max; what says of what: "count", "length". */
static inline size_t
xf_get_count(struct xfer *x, const char *name, const char *what, size_t max)
{
	const uint8_t *p = x->p;

	if (p == x->end || *p >= 0xfd || *p > max)
		return xf_get_count_long(x, name, what, max);
	x->p = p + 1;
	return *p;
}

static inline void
xf_put_count(struct xfer *x, const char *name, const char *what, size_t n,
    size_t max)
{
	uint8_t *w = x->out;

	if (w == x->out_end || n >= 0xfd || n > max) {
		xf_put_count_long(x, name, what, n, max);
	} else {
		x->out = w + 1;
		*w = (uint8_t)n;
	}
}

/* Integers, little endian unless the name says otherwise. */
#define XF_INT(name_, type_, size_, get_, set_) \
static inline void \
name_(struct xfer *x, const char *name, type_ *v) \
{ \
	if (xf_decoding(x)) { \
		const uint8_t *p = xf_take(x, name, size_); \
\
		*v = (type_)(p != NULL ? (get_) : 0); \
	} else { \
		uint8_t *p = xf_room(x, size_); \
\
		if (p != NULL) { \
			set_; \
		} \
	} \
}
XF_INT(xf_u8, uint8_t, 1, p[0], p[0] = *v)
XF_INT(xf_bool, bool, 1, p[0] != 0, p[0] = *v ? 1 : 0)
XF_INT(xf_u16be, uint16_t, 2, p[0] << 8 | p[1],
    (p[0] = (uint8_t)(*v >> 8), p[1] = (uint8_t)*v))
XF_INT(xf_u16, uint16_t, 2, xf_le16(p), xf_set_le16(p, *v))
XF_INT(xf_u32, uint32_t, 4, xf_le32(p), xf_set_le32(p, *v))
XF_INT(xf_i32, int32_t, 4, xf_le32(p), xf_set_le32(p, (uint32_t)*v))
XF_INT(xf_u64, uint64_t, 8, xf_le64(p), xf_set_le64(p, *v))
XF_INT(xf_i64, int64_t, 8, xf_le64(p), xf_set_le64(p, (uint64_t)*v))
#undef XF_INT

/* n bytes that stand in the body itself. */
static inline void
xf_fixed(struct xfer *x, const char *name, void *v, size_t n)
{
	if (xf_decoding(x)) {
		const uint8_t *p = xf_take(x, name, n);

		if (p == NULL)
			memset(v, 0, n);
		else if (n > 0)
			memcpy(v, p, n);
	} else {
		xf_put(x, v, n);
	}
}

static inline void
xf_hash(struct xfer *x, const char *name, struct btcwire_hash *h)
{
	xf_fixed(x, name, h->b, sizeof(h->b));
}

/* A length, at most max, and as many bytes; decoded as a view. */
static inline void
xf_bytes(struct xfer *x, const char *name, struct btcwire_bytes *b, size_t max)
{
	if (xf_decoding(x)) {
		b->len = xf_get_count(x, name, "length", max);
		b->data = xf_take(x, name, b->len);
		if (b->data == NULL)
			b->len = 0;
	} else {
		xf_put_count(x, name, "length", b->len, max);
		xf_put(x, b->data, b->len);
	}
}

/*
 * A count, at most max, of items of size bytes each, of which every one takes
 * at least min_wire bytes of payload: no more are allocated than the bytes
 * that remain can hold.
 *
 * Returns: the items, to be decoded into or encoded from.
 * Out:     n     decoding: their number, 0 after an error.
 * In:      have  encoding: the items.
 */
void *xf_vec(struct xfer *x, const char *name, const void *have, size_t *n,
    size_t size, size_t min_wire, size_t max);

/* The same for a member of a body, which is not read when decoding. */
#define XF_VEC(x, name, member, n, min_wire, max) \
	xf_vec(x, name, xf_decoding(x) ? NULL : (member), n, \
	    sizeof(*(member)), min_wire, max)

/* A count, at most max, and as many hashes; decoded as a view. */
void xf_hashes(struct xfer *x, const char *name, const struct btcwire_hash **h,
    size_t *n, size_t max);

/* An integer in the form of a CompactSize, with no limit but its 64 bits. */
void xf_compact64(struct xfer *x, const char *name, uint64_t *v);

/*
 * One of an ascending list of places, written as its distance from *next,
 * which is one more than the place before it (first: 0) and moves on.
 */
void xf_index(struct xfer *x, const char *name, uint16_t *v, uint32_t *next);

/* A count whose value says nothing: skipped, written as zero. */
void xf_zero_count(struct xfer *x, const char *name);

/*
 * Encoding only reads what it is given, but a function that goes both ways
 * has to take it as writable: the one place where const is lost.
 */
static inline void *
xf_unconst(const void *p)
{
	return (void *)(uintptr_t)p;
}

#endif
