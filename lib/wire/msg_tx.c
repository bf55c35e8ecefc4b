/*
 * tx.
 */
#include "config.h"

#include <inttypes.h>

#include "wire/codecs.h"
#include "wire/msg_tx.h"

bool
btcwire_tx_has_witness(const struct btcwire_tx *tx)
{
	size_t i;

	for (i = 0; i < tx->in_len; i++)
		if (tx->in[i].witness_len > 0)
			return true;
	return false;
}

/*
 * The extended form (BIP 144) opens with a marker, 0, where the plain form has
 * its count of inputs, and a flag, 1.  So 00 decides nothing yet; what follows
 * it does, and the outcome is that of Bitcoin Core, which reads "no inputs"
 * and then a flag:
 *   00 01  extended: inputs, outputs, and a witness for each input;
 *   00 00  no flag, and no outputs either: the plain form of a transaction
 *          that has neither inputs nor outputs;
 *   00 xx  a flag that nobody knows: refused.
 * A transaction without inputs but with outputs is therefore never decoded,
 * unless witnesses are ruled out from the start (BTCWIRE_NO_WITNESS).
 *
 * Returns: whether this is the extended form, with marker and flag consumed.
 */
static bool
get_marker(struct xfer *x)
{
	if (xf_left(x) == 0 || x->p[0] != 0)
		return false;
	if (xf_left(x) < 2) {
		xf_fail(x, BTCPEER_E_SHORT, xf_offset(x) + 1,
		    "witness flag needs 1 byte, 0 remain");
		return false;
	}
	if (x->p[1] > 1)
		xf_fail(x, BTCPEER_E_BADVALUE, xf_offset(x) + 1,
		    "witness flag is %u, only 1 is known", x->p[1]);
	if (x->p[1] != 1)
		return false;
	x->p += 2;
	return true;
}

static bool
xfer_marker(struct xfer *x, const struct btcwire_tx *tx)
{
	uint8_t *w;

	if (x->flags & BTCWIRE_NO_WITNESS)
		return false;
	if (xf_decoding(x))
		return get_marker(x);
	if (!btcwire_tx_has_witness(tx))
		return false;
	if ((w = xf_room(x, 2)) != NULL) {
		w[0] = 0;
		w[1] = 1;
	}
	return true;
}

static void
xfer_inputs(struct xfer *x, struct btcwire_tx *tx)
{
	struct btcwire_txin *in = XF_VEC(x, "input", tx->in, &tx->in_len,
	    XF_MIN_TXIN, XF_MAX_COUNT);
	size_t i, n = tx->in_len;

	if (xf_decoding(x))
		tx->in = in;
	for (i = 0; i < n && x->err == 0; i++) {
		xf_hash(x, "previous txid", &in[i].prev.hash);
		xf_u32(x, "previous index", &in[i].prev.index);
		xf_bytes(x, "input script", &in[i].script, XF_MAX_COUNT);
		xf_u32(x, "sequence", &in[i].sequence);
		if (xf_decoding(x)) {
			in[i].witness = NULL;
			in[i].witness_len = 0;
		}
	}
}

static void
xfer_outputs(struct xfer *x, struct btcwire_tx *tx)
{
	struct btcwire_txout *out = XF_VEC(x, "output", tx->out, &tx->out_len,
	    XF_MIN_TXOUT, XF_MAX_COUNT);
	size_t i, n = tx->out_len;

	if (xf_decoding(x))
		tx->out = out;
	for (i = 0; i < n && x->err == 0; i++) {
		xf_i64(x, "value", &out[i].value);
		xf_bytes(x, "output script", &out[i].script, XF_MAX_COUNT);
	}
}

static void
xfer_witness(struct xfer *x, struct btcwire_txin *in)
{
	struct btcwire_bytes *item = XF_VEC(x, "witness item", in->witness,
	    &in->witness_len, 1, XF_MAX_COUNT);
	size_t i;

	if (xf_decoding(x))
		in->witness = item;
	for (i = 0; i < in->witness_len && x->err == 0; i++)
		xf_bytes(x, "witness item", &item[i], XF_MAX_COUNT);
}

static void
xfer_witnesses(struct xfer *x, struct btcwire_tx *tx)
{
	struct btcwire_txin *in = xf_unconst(tx->in);
	size_t offset = xf_offset(x);
	bool any = false;
	size_t i;

	for (i = 0; i < tx->in_len && x->err == 0; i++) {
		xfer_witness(x, &in[i]);
		any |= in[i].witness_len > 0;
	}
	if (!any)
		xf_fail(x, BTCPEER_E_BADVALUE, offset,
		    "extended form although no input has a witness");
	x->has_witness = true;
}

void
btcwire_xfer_tx_plain(struct xfer *x, void *body)
{
	struct btcwire_tx *tx = body;
	bool extended;

	xf_i32(x, "transaction version", &tx->version);
	extended = xfer_marker(x, tx);
	xfer_inputs(x, tx);
	xfer_outputs(x, tx);
	if (extended)
		xfer_witnesses(x, tx);
	xf_u32(x, "lock time", &tx->locktime);
}

static bool
fast(struct xfer *x, struct btcwire_tx *tx)
{
	if (xf_decoding(x))
		return btcwire_tx_decode_fast(x, tx);
	if (x->measuring)
		return btcwire_tx_measure_fast(x, tx);
	return btcwire_tx_encode_fast(x, tx);
}

void
btcwire_xfer_tx(struct xfer *x, void *body)
{
	const struct btcwire_tx *tx = body;

	if (x->err != 0)
		return;
	if (!xf_decoding(x) && tx->in_len == 0 && tx->out_len > 0)
		x->no_inputs = true;
	if (!fast(x, body))
		btcwire_xfer_tx_plain(x, body);
}

void
btcwire_xfer_txs(struct xfer *x, const struct btcwire_tx **txs, size_t *n)
{
	struct btcwire_tx *tx = XF_VEC(x, "transaction", *txs, n, XF_MIN_TX,
	    XF_MAX_COUNT);
	size_t i;

	if (xf_decoding(x))
		*txs = tx;
	for (i = 0; i < *n && x->err == 0; i++)
		btcwire_xfer_tx(x, &tx[i]);
}

void
btcwire_sum_tx(struct btcu_text *t, const void *body)
{
	const struct btcwire_tx *tx = body;
	struct btcwire_hash id;

	btcwire_txid(&id, tx);
	btcu_text_printf(t, "hash ");
	btcwire_text_hash(t, &id);
	btcu_text_printf(t, ", inputs %zu, outputs %zu, lock %" PRIu32,
	    tx->in_len, tx->out_len, tx->locktime);
}
