/*
 * Headers, in one of three forms: the payload of a headers message, which has
 * their count before them and a zero after each; the same without the count;
 * and the 80 bytes of each, one after the other.
 */
#include "decoder.h"

#include <stdio.h>

#define HEADER ((size_t)BTCWIRE_HEADER_BYTES)
#define ENTRY  (HEADER + 1)	/* with the count of its transactions */

struct form {
	size_t start;		/* of the first header */
	size_t stride;		/* from one to the next */
};

static bool
has_zeroes(const struct input *in, size_t start)
{
	size_t at;

	for (at = start + HEADER; at < in->len; at += ENTRY)
		if (in->data[at] != 0)
			return false;
	return true;
}

/* The length of the count that the input begins with, if it is that of the
 * headers that follow; else 0. */
static size_t
count_len(const struct input *in)
{
	const uint8_t *p = in->data;
	size_t n;

	if (in->len >= 1 && p[0] < 0xfd) {
		n = p[0];
		return in->len == 1 + n * ENTRY ? 1 : 0;
	}
	if (in->len >= 3 && p[0] == 0xfd) {
		n = (size_t)p[1] | (size_t)p[2] << 8;
		return in->len == 3 + n * ENTRY ? 3 : 0;
	}
	return 0;
}

/* The zeroes tell: 80 bytes without them have some in these places by chance
 * only. */
static struct form
find_form(const struct input *in)
{
	size_t start = count_len(in);

	if (start > 0 && has_zeroes(in, start))
		return (struct form){ start, ENTRY };
	if (in->len % ENTRY == 0 && has_zeroes(in, 0))
		return (struct form){ 0, ENTRY };
	return (struct form){ 0, HEADER };
}

static void
show_header(struct decoder *d, const struct place *at,
    const struct btcwire_header *h)
{
	const struct btcwire_chain *chain = d->args->chain;
	struct btcpeer_error err = { .text = "" };
	struct emit *e = &d->emit;
	bool good;

	decoder_object(d, at);
	body_header(e, h);
	if (input_is_marked(&d->in, at->offset))
		emit_bool(e, "fork", true, NULL);
	if (chain != NULL) {
		good = btcwire_header_check(h, chain, &err) == 0;
		emit_bool(e, "pow", good, err.text);
	}
	decoder_object_end(d, at);
}

void
decode_headers(struct decoder *d)
{
	const struct form form = find_form(&d->in);
	struct btcpeer_error err = { .code = BTCPEER_E_SHORT };
	struct place at = { .framed = true, .offset = form.start };
	size_t left = d->in.len - form.start;
	struct btcwire_header header;

	for (; left >= HEADER; at.offset += form.stride, left -= form.stride) {
		btcwire_header_decode(&header, d->in.data + at.offset);
		show_header(d, &at, &header);
	}
	if (left == 0 && d->in.len > 0)
		return;
	err.offset = left;
	(void)snprintf(err.text, sizeof(err.text),
	    "headers: a header has %zu bytes, %zu remain", HEADER, left);
	decoder_error(d, &at, &err);
}
