#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "wire/xfer.h"

void
xf_init_decode(struct xfer *x, const char *command, const uint8_t *data,
    size_t len)
{
	*x = (struct xfer){
		.op = XFER_DECODE,
		.pver = BTCWIRE_PVER_NEWEST,
		.command = command,
		.start = data,
		.p = data,
		.end = data + len,
	};
}

void
xf_init_encode(struct xfer *x, const char *command, uint8_t *buf, size_t size)
{
	*x = (struct xfer){
		.op = XFER_ENCODE,
		.pver = BTCWIRE_PVER_NEWEST,
		.command = command,
		.out_start = buf,
		.out = buf,
		.out_end = buf + size,
	};
}

static void
sink_nowhere(void *arg, const uint8_t *data, size_t len)
{
	(void)arg;
	(void)data;
	(void)len;
}

void
xf_init_sink(struct xfer *x, const char *command, uint8_t *buf, size_t size,
    xfer_sink_fn *sink, void *arg)
{
	xf_init_encode(x, command, buf, size);
	x->measuring = sink == NULL;
	x->sink = sink != NULL ? sink : sink_nowhere;
	x->sink_arg = arg;
}

size_t
xf_offset(const struct xfer *x)
{
	if (x->op == XFER_DECODE)
		return (size_t)(x->p - x->start);
	return x->flushed + (size_t)(x->out - x->out_start);
}

void
xf_fail(struct xfer *x, int code, size_t offset, const char *fmt, ...)
{
	struct btcpeer_error *e = x->error;
	size_t n;
	va_list ap;

	if (x->err != 0)
		return;
	x->err = code;
	if (e != NULL) {
		e->code = code;
		e->offset = offset;
		n = (size_t)snprintf(e->text, sizeof(e->text), "%s: ",
		    x->command);
		va_start(ap, fmt);
		vsnprintf(e->text + n, sizeof(e->text) - n, fmt, ap);
		va_end(ap);
	}

	/* Nothing is left to read and no room to write, so all that follows
	 * comes by here and ends above. */
	x->end = x->p;
	x->out_end = x->out;
}

const uint8_t *
xf_take_short(struct xfer *x, const char *name, size_t n)
{
	xf_fail(x, BTCPEER_E_SHORT, xf_offset(x),
	    "%s needs %zu byte%s, %zu remain", name, n, n == 1 ? "" : "s",
	    xf_left(x));
	return NULL;
}

void
xf_flush(struct xfer *x)
{
	size_t n = (size_t)(x->out - x->out_start);

	if (x->err != 0 || x->sink == NULL || n == 0)
		return;
	x->sink(x->sink_arg, x->out_start, n);
	x->flushed += n;
	x->out = x->out_start;
}

static void
fail_buffer(struct xfer *x, size_t n)
{
	xf_fail(x, BTCPEER_E_BUFFER, xf_offset(x),
	    "buffer has room for %zu more bytes, %zu are needed",
	    (size_t)(x->out_end - x->out), n);
}

uint8_t *
xf_room_more(struct xfer *x, size_t n)
{
	uint8_t *w;

	xf_flush(x);
	if ((size_t)(x->out_end - x->out) < n) {
		fail_buffer(x, n);
		return NULL;
	}
	w = x->out;
	x->out += n;
	return w;
}

void
xf_put_more(struct xfer *x, const void *data, size_t n)
{
	xf_flush(x);
	if (x->err != 0) {
		return;
	} else if ((size_t)(x->out_end - x->out) >= n) {
		memcpy(x->out, data, n);
		x->out += n;
	} else if (x->sink != NULL) {
		x->sink(x->sink_arg, data, n);
		x->flushed += n;
	} else {
		fail_buffer(x, n);
	}
}

static void
fail_count(struct xfer *x, int code, size_t offset, const char *name,
    const char *what, uint64_t n, uint64_t max)
{
	const char *blank = *what != '\0' ? " " : "";

	if (code == BTCPEER_E_NONCANON)
		xf_fail(x, code, offset,
		    "%s%s%s %llu is not in its shortest form", name, blank,
		    what, (unsigned long long)n);
	else
		xf_fail(x, code, offset, "%s%s%s %llu is over the limit of %llu",
		    name, blank, what, (unsigned long long)n,
		    (unsigned long long)max);
}

/*
 * A CompactSize of any value, which must be in its shortest form and at most
 * max.  Returns false, with x->p where it was, when there is none.
 */
static bool
get_compact(struct xfer *x, const char *name, const char *what, uint64_t *n,
    uint64_t max)
{
	size_t offset = xf_offset(x);
	uint64_t least = 0;
	const uint8_t *p = x->p;
	size_t width;

	width = p == x->end || *p < 0xfd ? 0 : (size_t)1 << (*p - 0xfc);
	if (xf_left(x) < 1 + width) {
		xf_fail(x, BTCPEER_E_SHORT, offset,
		    "%s%s%s needs %zu byte%s, %zu remain", name,
		    *what != '\0' ? " " : "", what, 1 + width,
		    width == 0 ? "" : "s", xf_left(x));
		return false;
	}
	if (width == 0) {
		*n = *p;
	} else if (width == 2) {
		*n = xf_le16(p + 1);
		least = 0xfd;
	} else if (width == 4) {
		*n = xf_le32(p + 1);
		least = UINT64_C(1) << 16;
	} else {
		*n = xf_le64(p + 1);
		least = UINT64_C(1) << 32;
	}
	if (*n < least || *n > max) {
		fail_count(x, *n < least ? BTCPEER_E_NONCANON :
		    BTCPEER_E_TOOBIG, offset, name, what, *n, max);
		return false;
	}
	x->p = p + 1 + width;
	return true;
}

size_t
xf_get_count_long(struct xfer *x, const char *name, const char *what,
    size_t max)
{
	uint64_t n;

	return get_compact(x, name, what, &n, max) ? (size_t)n : 0;
}

static void
put_compact(struct xfer *x, uint32_t n)
{
	uint8_t *w;

	if (n < 0xfd) {
		if ((w = xf_room(x, 1)) != NULL)
			w[0] = (uint8_t)n;
	} else if (n <= 0xffff) {
		if ((w = xf_room(x, 3)) != NULL) {
			w[0] = 0xfd;
			xf_set_le16(w + 1, (uint16_t)n);
		}
	} else if ((w = xf_room(x, 5)) != NULL) {
		w[0] = 0xfe;
		xf_set_le32(w + 1, n);
	}
}

void
xf_put_count_long(struct xfer *x, const char *name, const char *what, size_t n,
    size_t max)
{
	if (n > max)
		fail_count(x, BTCPEER_E_TOOBIG, xf_offset(x), name, what, n,
		    max);
	else	/* every max is below 2^32 */
		put_compact(x, (uint32_t)n);
}

/* A count of items that take at least min_wire bytes each. */
static size_t
get_items(struct xfer *x, const char *name, size_t min_wire, size_t max)
{
	size_t offset = xf_offset(x);
	size_t n = xf_get_count(x, name, "count", max);

	if (n > xf_left(x) / min_wire) {
		xf_fail(x, BTCPEER_E_SHORT, offset,
		    "%s count %zu needs at least %llu bytes, %zu remain", name,
		    n, (unsigned long long)n * min_wire, xf_left(x));
		return 0;
	}
	return n;
}

void *
xf_vec(struct xfer *x, const char *name, const void *have, size_t *n,
    size_t size, size_t min_wire, size_t max)
{
	void *items;

	if (x->op == XFER_ENCODE) {
		xf_put_count(x, name, "count", *n, max);
		return xf_unconst(have);
	}
	*n = get_items(x, name, min_wire, max);
	if (*n == 0)
		return NULL;
	items = xf_arena_alloc(&x->arena, *n * size);
	if (items == NULL) {
		*n = 0;
		xf_fail(x, BTCPEER_E_NOMEM, xf_offset(x), "out of memory");
	}
	return items;
}

void
xf_hashes(struct xfer *x, const char *name, const struct btcwire_hash **h,
    size_t *n, size_t max)
{
	const uint8_t *p;

	if (x->op == XFER_ENCODE) {
		xf_put_count(x, name, "count", *n, max);
		xf_put(x, *h, *n * sizeof(**h));
		return;
	}
	*n = get_items(x, name, sizeof(**h), max);
	p = xf_take(x, name, *n * sizeof(**h));
	*h = *n > 0 ? (const struct btcwire_hash *)p : NULL;
}

void
xf_compact64(struct xfer *x, const char *name, uint64_t *v)
{
	uint8_t *w;

	if (xf_decoding(x)) {
		if (!get_compact(x, name, "", v, UINT64_MAX))
			*v = 0;
	} else if (*v <= UINT32_MAX) {
		put_compact(x, (uint32_t)*v);
	} else if ((w = xf_room(x, 9)) != NULL) {
		w[0] = 0xff;
		xf_set_le64(w + 1, *v);
	}
}

void
xf_index(struct xfer *x, const char *name, uint16_t *v, uint32_t *next)
{
	size_t offset = xf_offset(x);
	uint32_t at;

	if (!xf_decoding(x)) {
		if (*v < *next)
			xf_fail(x, BTCPEER_E_BADVALUE, offset,
			    "%s %u is not greater than the one before", name,
			    *v);
		else
			put_compact(x, *v - *next);
		*next = (uint32_t)*v + 1;
		return;
	}
	at = *next + (uint32_t)xf_get_count(x, name, "distance", UINT16_MAX);
	if (at > UINT16_MAX)
		fail_count(x, BTCPEER_E_TOOBIG, offset, name, "", at,
		    UINT16_MAX);
	*v = x->err == 0 ? (uint16_t)at : 0;
	*next = at + 1;
}

void
xf_zero_count(struct xfer *x, const char *name)
{
	if (x->op == XFER_ENCODE)
		xf_put_count(x, name, "count", 0, 0);
	else
		xf_get_count(x, name, "count", XF_MAX_COUNT);
}
