/*
 * Basic filters of blocks (BIP 158) and the chain of their headers (BIP 157).
 */
#include "config.h"

#include <stdlib.h>

#include "wire/gcs.h"
#include "wire/hash.h"
#include "wire/script.h"

/* Inputs that spend an output, and outputs. */
static void
count(uint64_t *ins, uint64_t *outs, const struct btcwire_block *block)
{
	size_t i;

	*ins = *outs = 0;
	for (i = 0; i < block->tx_len; i++) {
		*outs += block->tx[i].out_len;
		if (i > 0)
			*ins += block->tx[i].in_len;
	}
}

static void
add_outputs(struct gcs_set *s, const struct btcwire_tx *tx)
{
	size_t i;

	for (i = 0; i < tx->out_len; i++) {
		const struct btcwire_bytes *script = &tx->out[i].script;

		if (script->len > 0 && script->data[0] != SCRIPT_RETURN)
			btcwire_gcs_add(s, script);
	}
}

int
btcwire_cfilter_build(uint8_t **filter, size_t *filter_len,
    const struct btcwire_block *block, const struct btcwire_bytes *spent,
    size_t spent_len, struct btcpeer_error *err)
{
	struct xfer x = { .command = "cfilter", .error = err };
	struct btcwire_hash hash;
	struct gcs_set s;
	uint64_t ins, outs;
	size_t i;
	int rc;

	count(&ins, &outs, block);
	if (ins != spent_len) {
		xf_fail(&x, BTCPEER_E_INVAL, 0,
		    "%zu spent scripts for %llu inputs", spent_len,
		    (unsigned long long)ins);
		return x.err;
	}
	btcwire_header_hash(&hash, &block->header);
	rc = btcwire_gcs_init(&s, &hash, ins + outs);
	if (rc == 0) {
		for (i = 0; i < block->tx_len; i++)
			add_outputs(&s, &block->tx[i]);
		for (i = 0; i < spent_len; i++)
			btcwire_gcs_add(&s, &spent[i]);
		rc = btcwire_gcs_encode(filter, filter_len, &s);
		btcwire_gcs_clear(&s);
	}
	if (rc != 0)
		xf_fail(&x, rc, 0, "%s", btcpeer_strerror(rc));
	return rc;
}

int
btcwire_cfilter_build_items(uint8_t **filter, size_t *filter_len,
    const struct btcwire_hash *block, const struct btcwire_bytes *items,
    size_t items_len)
{
	struct gcs_set s;
	size_t i;
	int rc;

	rc = btcwire_gcs_init(&s, block, items_len);
	if (rc != 0)
		return rc;
	for (i = 0; i < items_len; i++)
		btcwire_gcs_add(&s, &items[i]);
	rc = btcwire_gcs_encode(filter, filter_len, &s);
	btcwire_gcs_clear(&s);
	return rc;
}

/* The number of items: no more than the bytes that follow can hold. */
static size_t
get_count(struct xfer *x)
{
	size_t n = xf_get_count(x, "item", "count", GCS_MAX_ITEMS);
	uint64_t bits = (uint64_t)n * GCS_MIN_BITS;

	if (bits > (uint64_t)xf_left(x) * 8) {
		xf_fail(x, BTCPEER_E_SHORT, 0,
		    "item count %zu needs at least %llu bytes, %zu remain", n,
		    (unsigned long long)(bits + 7) / 8, xf_left(x));
		return 0;
	}
	return n;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The numbers, sorted, that items have in a filter of n items; free() them. */
static uint64_t *
numbers(struct xfer *x, size_t *wanted_len, size_t n,
    const struct btcwire_hash *block, const struct btcwire_bytes *items,
    size_t items_len)
{
	uint64_t *v;
	size_t i, k = 0;

	*wanted_len = 0;
	if (x->err != 0 || items_len == 0)
		return NULL;
	if ((v = calloc(items_len, sizeof(*v))) == NULL) {
		xf_fail(x, BTCPEER_E_NOMEM, xf_offset(x), "out of memory");
		return NULL;
	}
	for (i = 0; i < items_len; i++)
		if (items[i].len > 0)
			v[k++] = gcs_number(btcwire_gcs_hash(&items[i], block),
			    n);
	qsort(v, k, sizeof(*v), compare);
	*wanted_len = k;
	return v;
}

/* What follows the last item is the rest of its byte, all zero. */
static void
check_end(struct xfer *x, const struct gcs_reader *r)
{
	uint64_t left = gcs_left(r);
	size_t len = (size_t)(x->end - x->start);

	if (left >= 8)
		xf_fail(x, BTCPEER_E_TRAILING, len - (size_t)(left / 8),
		    "%llu bytes left after the last item",
		    (unsigned long long)left / 8);
	else if (r->window != 0)
		xf_fail(x, BTCPEER_E_TRAILING, len - 1,
		    "bits set after the last item");
}

/*
 * One walk over the n items that follow, and the numbers wanted beside them.
 * It goes to the end whatever was found, so that what a damaged filter gives
 * does not depend on what is looked for.
 */
static bool
walk(struct xfer *x, size_t n, const uint64_t *wanted, size_t wanted_len)
{
	struct gcs_reader r = { x->p, x->end, 0, 0 };
	uint64_t range = (uint64_t)n * GCS_M, number = 0, distance;
	size_t i, at, next = 0;
	bool found = false;

	for (i = 0; i < n; i++) {
		at = (size_t)(x->end - x->start) -
		    (size_t)((gcs_left(&r) + 7) / 8);
		if (!btcwire_gcs_next(&r, &distance)) {
			xf_fail(x, BTCPEER_E_SHORT, at,
			    "item %zu of %zu runs past the end", i + 1, n);
			return false;
		}
		if (distance >= range - number) {
			xf_fail(x, BTCPEER_E_TOOBIG, at,
			    "item %zu of %zu is out of range", i + 1, n);
			return false;
		}
		number += distance;
		while (next < wanted_len && wanted[next] < number)
			next++;
		if (next < wanted_len && wanted[next] == number)
			found = true;
	}
	check_end(x, &r);
	return found;
}

int
btcwire_cfilter_match(bool *match, const struct btcwire_bytes *filter,
    const struct btcwire_hash *block, const struct btcwire_bytes *items,
    size_t items_len, struct btcpeer_error *err)
{
	static const uint8_t nothing[1];
	size_t n, wanted_len;
	uint64_t *wanted;
	struct xfer x;
	bool found = false;

	xf_init_decode(&x, "cfilter", filter->len > 0 ? filter->data : nothing,
	    filter->len);
	x.error = err;
	n = get_count(&x);
	wanted = numbers(&x, &wanted_len, n, block, items, items_len);
	if (x.err == 0)
		found = walk(&x, n, wanted, wanted_len);
	free(wanted);
	if (x.err == 0)
		*match = found;
	return x.err;
}

void
btcwire_cfilter_hash(struct btcwire_hash *out,
    const struct btcwire_bytes *filter)
{
	btcwire_sha256d(out, filter->data, filter->len);
}

void
btcwire_cfilter_header(struct btcwire_hash *out,
    const struct btcwire_hash *filter_hash, const struct btcwire_hash *prev)
{
	btcwire_hash_pair(out, filter_hash, prev);
}
