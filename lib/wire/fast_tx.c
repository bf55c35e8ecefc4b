/*
 * Decoding, encoding and measuring a transaction at speed.
 *
 * A block holds tens of thousands of short fields, and what costs is that each
 * has to wait for the cursor that the previous one left in memory.  Here the
 * cursor is a local variable.  There are no rules in this file but the layout:
 * whatever is out of the ordinary makes it give up, and then the codec that
 * all other messages use decides, from the start of the transaction.
 */
#include "config.h"

#include "wire/codecs.h"
#include "wire/msg_tx.h"

/* ---- Decoding: each function returns where it got to; NULL: give up. ---- */

static const uint8_t *
get_long_count(size_t *n, const uint8_t *p, const uint8_t *end)
{
	if (p[0] == 0xfd && end - p >= 3) {
		*n = xf_le16(p + 1);
		return *n >= 0xfd ? p + 3 : NULL;
	}
	if (p[0] == 0xfe && end - p >= 5) {
		*n = xf_le32(p + 1);
		return *n > 0xffff && *n <= XF_MAX_COUNT ? p + 5 : NULL;
	}
	return NULL;
}

static inline const uint8_t *
get_count(size_t *n, const uint8_t *p, const uint8_t *end)
{
	if (p == end)
		return NULL;
	if (*p >= 0xfd)
		return get_long_count(n, p, end);
	*n = *p;
	return p + 1;
}

static inline const uint8_t *
get_bytes(struct btcwire_bytes *b, const uint8_t *p, const uint8_t *end)
{
	size_t n;

	if ((p = get_count(&n, p, end)) == NULL || (size_t)(end - p) < n)
		return NULL;
	b->data = p;
	b->len = n;
	return p + n;
}

/* A count, and room for so many items of size bytes; none: *items is NULL. */
static inline const uint8_t *
get_items(void **items, size_t *n, struct xf_arena *a, size_t size,
    size_t min_wire, const uint8_t *p, const uint8_t *end)
{
	*items = NULL;
	if ((p = get_count(n, p, end)) == NULL ||
	    *n > (size_t)(end - p) / min_wire)
		return NULL;
	if (*n > 0 && (*items = xf_arena_alloc(a, *n * size)) == NULL)
		return NULL;
	return p;
}

static const uint8_t *
get_inputs(struct btcwire_tx *tx, struct xf_arena *a, const uint8_t *p,
    const uint8_t *end)
{
	struct btcwire_txin *in;
	void *items;
	size_t i, n;

	p = get_items(&items, &n, a, sizeof(*in), XF_MIN_TXIN, p, end);
	if (p == NULL)
		return NULL;
	in = items;
	tx->in = in;
	tx->in_len = n;
	for (i = 0; i < n; i++) {
		if (end - p < XF_MIN_TXIN)
			return NULL;
		memcpy(in[i].prev.hash.b, p, 32);
		in[i].prev.index = xf_le32(p + 32);
		p = get_bytes(&in[i].script, p + 36, end);
		if (p == NULL || end - p < 4)
			return NULL;
		in[i].sequence = xf_le32(p);
		in[i].witness = NULL;
		in[i].witness_len = 0;
		p += 4;
	}
	return p;
}

static const uint8_t *
get_outputs(struct btcwire_tx *tx, struct xf_arena *a, const uint8_t *p,
    const uint8_t *end)
{
	struct btcwire_txout *out;
	void *items;
	size_t i, n;

	p = get_items(&items, &n, a, sizeof(*out), XF_MIN_TXOUT, p, end);
	if (p == NULL)
		return NULL;
	out = items;
	tx->out = out;
	tx->out_len = n;
	for (i = 0; i < n; i++) {
		if (end - p < XF_MIN_TXOUT)
			return NULL;
		out[i].value = (int64_t)xf_le64(p);
		if ((p = get_bytes(&out[i].script, p + 8, end)) == NULL)
			return NULL;
	}
	return p;
}

/* One that no input has anything in is for the other codec to refuse. */
static const uint8_t *
get_witnesses(struct btcwire_tx *tx, struct xf_arena *a, const uint8_t *p,
    const uint8_t *end)
{
	struct btcwire_txin *in = xf_unconst(tx->in);
	struct btcwire_bytes *item;
	bool any = false;
	void *items;
	size_t i, j, n;

	for (i = 0; i < tx->in_len; i++) {
		p = get_items(&items, &n, a, sizeof(*item), 1, p, end);
		if (p == NULL)
			return NULL;
		item = items;
		in[i].witness = item;
		in[i].witness_len = n;
		any |= n > 0;
		for (j = 0; j < n; j++)
			if ((p = get_bytes(&item[j], p, end)) == NULL)
				return NULL;
	}
	return any ? p : NULL;
}

bool
btcwire_tx_decode_fast(struct xfer *x, struct btcwire_tx *tx)
{
	const uint8_t *p = x->p, *end = x->end;
	struct xf_arena *a = &x->arena;
	bool extended;

	/* Inputs or the mark of the extended form; else it takes thought. */
	if (end - p < XF_MIN_TX)
		return false;
	tx->version = (int32_t)xf_le32(p);
	p += 4;
	extended = p[0] == 0;
	if (extended) {
		if ((x->flags & BTCWIRE_NO_WITNESS) || p[1] != 1)
			return false;
		p += 2;
	}
	if ((p = get_inputs(tx, a, p, end)) == NULL ||
	    (p = get_outputs(tx, a, p, end)) == NULL)
		return false;
	if (extended && (p = get_witnesses(tx, a, p, end)) == NULL)
		return false;
	if (end - p < 4)
		return false;
	tx->locktime = xf_le32(p);
	x->p = p + 4;
	x->has_witness |= extended;
	return true;
}

/* ---- Encoding: the same, into the room before end. ---------------------- */

static inline uint8_t *
put_count(uint8_t *w, const uint8_t *end, size_t n)
{
	if (n < 0xfd && w < end) {
		*w = (uint8_t)n;
		return w + 1;
	}
	if (n < 0xfd || n > XF_MAX_COUNT || end - w < 5)
		return NULL;
	if (n > 0xffff) {
		w[0] = 0xfe;
		xf_set_le32(w + 1, (uint32_t)n);
		return w + 5;
	}
	w[0] = 0xfd;
	xf_set_le16(w + 1, (uint16_t)n);
	return w + 3;
}

static inline uint8_t *
put_bytes(uint8_t *w, const uint8_t *end, const struct btcwire_bytes *b)
{
	if ((w = put_count(w, end, b->len)) == NULL ||
	    (size_t)(end - w) < b->len)
		return NULL;
	if (b->len > 0)
		memcpy(w, b->data, b->len);
	return w + b->len;
}

static uint8_t *
put_inputs(uint8_t *w, const uint8_t *end, const struct btcwire_tx *tx)
{
	const struct btcwire_txin *in = tx->in;
	size_t i;

	if ((w = put_count(w, end, tx->in_len)) == NULL)
		return NULL;
	for (i = 0; i < tx->in_len; i++) {
		if (end - w < XF_MIN_TXIN)
			return NULL;
		memcpy(w, in[i].prev.hash.b, 32);
		xf_set_le32(w + 32, in[i].prev.index);
		w = put_bytes(w + 36, end, &in[i].script);
		if (w == NULL || end - w < 4)
			return NULL;
		xf_set_le32(w, in[i].sequence);
		w += 4;
	}
	return w;
}

static uint8_t *
put_outputs(uint8_t *w, const uint8_t *end, const struct btcwire_tx *tx)
{
	size_t i;

	if ((w = put_count(w, end, tx->out_len)) == NULL)
		return NULL;
	for (i = 0; i < tx->out_len; i++) {
		if (end - w < XF_MIN_TXOUT)
			return NULL;
		xf_set_le64(w, (uint64_t)tx->out[i].value);
		if ((w = put_bytes(w + 8, end, &tx->out[i].script)) == NULL)
			return NULL;
	}
	return w;
}

static uint8_t *
put_witnesses(uint8_t *w, const uint8_t *end, const struct btcwire_tx *tx)
{
	size_t i, j;

	for (i = 0; i < tx->in_len; i++) {
		const struct btcwire_txin *in = &tx->in[i];

		if ((w = put_count(w, end, in->witness_len)) == NULL)
			return NULL;
		for (j = 0; j < in->witness_len; j++)
			if ((w = put_bytes(w, end, &in->witness[j])) == NULL)
				return NULL;
	}
	return w;
}

bool
btcwire_tx_encode_fast(struct xfer *x, const struct btcwire_tx *tx)
{
	const uint8_t *end = x->out_end;
	uint8_t *w = x->out;
	bool extended = !(x->flags & BTCWIRE_NO_WITNESS) &&
	    btcwire_tx_has_witness(tx);

	if (end - w < XF_MIN_TX)
		return false;
	xf_set_le32(w, (uint32_t)tx->version);
	w += 4;
	if (extended) {
		w[0] = 0;
		w[1] = 1;
		w += 2;
	}
	if ((w = put_inputs(w, end, tx)) == NULL ||
	    (w = put_outputs(w, end, tx)) == NULL)
		return false;
	if (extended && (w = put_witnesses(w, end, tx)) == NULL)
		return false;
	if (end - w < 4)
		return false;
	xf_set_le32(w, tx->locktime);
	x->out = w + 4;
	x->has_witness |= extended;
	return true;
}

/* ---- Measuring. --------------------------------------------------------- */

/* What a count or length takes; one that is too large sets *over. */
static inline size_t
count_size(size_t n, bool *over)
{
	*over |= n > XF_MAX_COUNT;
	return n < 0xfd ? 1 : n <= 0xffff ? 3 : 5;
}

static inline size_t
bytes_size(const struct btcwire_bytes *b, bool *over)
{
	return count_size(b->len, over) + b->len;
}

static size_t
witnesses_size(const struct btcwire_tx *tx, bool *over)
{
	size_t i, j, n = 0;

	for (i = 0; i < tx->in_len; i++) {
		const struct btcwire_txin *in = &tx->in[i];

		n += count_size(in->witness_len, over);
		for (j = 0; j < in->witness_len; j++)
			n += bytes_size(&in->witness[j], over);
	}
	return n;
}

bool
btcwire_tx_measure_fast(struct xfer *x, const struct btcwire_tx *tx)
{
	bool over = false;
	size_t i, n = 4 + 4;

	n += count_size(tx->in_len, &over) + count_size(tx->out_len, &over);
	for (i = 0; i < tx->in_len; i++)
		n += 36 + bytes_size(&tx->in[i].script, &over) + 4;
	for (i = 0; i < tx->out_len; i++)
		n += 8 + bytes_size(&tx->out[i].script, &over);
	if (!(x->flags & BTCWIRE_NO_WITNESS) && btcwire_tx_has_witness(tx)) {
		n += 2 + witnesses_size(tx, &over);
		x->has_witness = true;
	}
	if (over)
		return false;
	x->flushed += n;
	return true;
}
