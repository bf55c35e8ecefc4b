/*
 * The messages of BIP 152: sendcmpct, cmpctblock, getblocktxn, blocktxn.
 */
#include "config.h"

#include <inttypes.h>

#include "wire/codecs.h"
#include "wire/msg_tx.h"

#define SHORT_ID 6	/* bytes */

void
btcwire_xfer_sendcmpct(struct xfer *x, void *body)
{
	struct btcwire_sendcmpct *m = body;

	xf_bool(x, "announce flag", &m->announce);
	xf_u64(x, "compact block version", &m->version);
}

static void
xfer_short_id(struct xfer *x, uint64_t *id)
{
	uint8_t b[8] = { 0 };

	if (!xf_decoding(x)) {
		if (*id >> 8 * SHORT_ID != 0)
			xf_fail(x, BTCPEER_E_BADVALUE, xf_offset(x),
			    "short id %" PRIx64 " has over 48 bits", *id);
		xf_set_le64(b, *id);
	}
	xf_fixed(x, "short id", b, SHORT_ID);
	if (xf_decoding(x))
		*id = xf_le64(b);
}

static void
xfer_prefilled(struct xfer *x, struct btcwire_cmpctblock *m)
{
	struct btcwire_prefilled *p = XF_VEC(x, "prefilled transaction",
	    m->prefilled, &m->prefilled_len, 1 + XF_MIN_TX,
	    BTCWIRE_MAX_CMPCT_TXS - m->short_id_len);
	uint32_t next = 0;
	size_t i;

	if (xf_decoding(x))
		m->prefilled = p;
	for (i = 0; i < m->prefilled_len && x->err == 0; i++) {
		xf_index(x, "prefilled index", &p[i].index, &next);
		btcwire_xfer_tx(x, &p[i].tx);
	}
}

void
btcwire_xfer_cmpctblock(struct xfer *x, void *body)
{
	struct btcwire_cmpctblock *m = body;
	uint64_t *id;
	size_t i;

	btcwire_xfer_header(x, &m->header);
	xf_u64(x, "nonce", &m->nonce);
	id = XF_VEC(x, "short id", m->short_id, &m->short_id_len, SHORT_ID,
	    BTCWIRE_MAX_CMPCT_TXS);
	if (xf_decoding(x))
		m->short_id = id;
	for (i = 0; i < m->short_id_len && x->err == 0; i++)
		xfer_short_id(x, &id[i]);
	if (x->err == 0)
		xfer_prefilled(x, m);
}

void
btcwire_xfer_getblocktxn(struct xfer *x, void *body)
{
	struct btcwire_getblocktxn *m = body;
	uint32_t next = 0;
	uint16_t *index;
	size_t i;

	xf_hash(x, "block hash", &m->block);
	index = XF_VEC(x, "index", m->index, &m->index_len, 1,
	    BTCWIRE_MAX_CMPCT_TXS);
	if (xf_decoding(x))
		m->index = index;
	for (i = 0; i < m->index_len && x->err == 0; i++)
		xf_index(x, "index", &index[i], &next);
}

void
btcwire_xfer_blocktxn(struct xfer *x, void *body)
{
	struct btcwire_blocktxn *m = body;

	xf_hash(x, "block hash", &m->block);
	btcwire_xfer_txs(x, &m->tx, &m->tx_len);
}

void
btcwire_sum_sendcmpct(struct btcu_text *t, const void *body)
{
	const struct btcwire_sendcmpct *m = body;

	btcu_text_printf(t, "announce %s, version %" PRIu64,
	    m->announce ? "yes" : "no", m->version);
}

void
btcwire_sum_cmpctblock(struct btcu_text *t, const void *body)
{
	const struct btcwire_cmpctblock *m = body;

	btcu_text_printf(t, "hash ");
	btcwire_text_header(t, &m->header);
	btcu_text_printf(t, ", %zu short ids, %zu prefilled", m->short_id_len,
	    m->prefilled_len);
}

void
btcwire_sum_getblocktxn(struct btcu_text *t, const void *body)
{
	const struct btcwire_getblocktxn *m = body;

	btcu_text_printf(t, "block ");
	btcwire_text_hash(t, &m->block);
	btcu_text_printf(t, ", %zu tx", m->index_len);
}

void
btcwire_sum_blocktxn(struct btcu_text *t, const void *body)
{
	const struct btcwire_blocktxn *m = body;

	btcu_text_printf(t, "block ");
	btcwire_text_hash(t, &m->block);
	btcu_text_printf(t, ", %zu tx", m->tx_len);
}
