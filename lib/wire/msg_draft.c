/*
 * The messages of BIPs that are drafts: BIP 330 (sendtxrcncl, reqrecon, sketch,
 * reconcildiff; reqsketchext has no body), BIP 331 (sendpackages, ancpkginfo,
 * getpkgtxns, pkgtxns).
 */
#include "config.h"

#include <inttypes.h>

#include "wire/codecs.h"
#include "wire/msg_tx.h"

#define SKETCH_WORD 4	/* bytes for each of a sketch's capacity */

void
btcwire_xfer_sendtxrcncl(struct xfer *x, void *body)
{
	struct btcwire_sendtxrcncl *m = body;

	xf_u32(x, "reconciliation version", &m->version);
	xf_u64(x, "salt", &m->salt);
}

void
btcwire_xfer_reqrecon(struct xfer *x, void *body)
{
	struct btcwire_reqrecon *m = body;

	xf_u16(x, "set size", &m->set_size);
	xf_u16(x, "coefficient", &m->q);
}

void
btcwire_xfer_sketch(struct xfer *x, void *body)
{
	struct btcwire_sketch *m = body;
	size_t offset = xf_offset(x);

	xf_bytes(x, "sketch", &m->data, XF_MAX_COUNT);
	if (m->data.len % SKETCH_WORD != 0)
		xf_fail(x, BTCPEER_E_BADVALUE, offset,
		    "sketch length %zu is no multiple of %d", m->data.len,
		    SKETCH_WORD);
}

void
btcwire_xfer_reconcildiff(struct xfer *x, void *body)
{
	struct btcwire_reconcildiff *m = body;
	size_t i, offset = xf_offset(x);
	uint8_t flag = 0;
	uint32_t *id;

	if (!xf_decoding(x))
		flag = m->success;
	xf_u8(x, "success flag", &flag);
	if (flag > 1)
		xf_fail(x, BTCPEER_E_BADVALUE, offset,
		    "success flag is %u, neither 0 nor 1", flag);
	if (xf_decoding(x))
		m->success = flag;
	id = XF_VEC(x, "short id", m->ask, &m->ask_len, sizeof(*id),
	    XF_MAX_COUNT);
	if (xf_decoding(x))
		m->ask = id;
	for (i = 0; i < m->ask_len && x->err == 0; i++)
		xf_u32(x, "short id", &id[i]);
}

void
btcwire_xfer_sendpackages(struct xfer *x, void *body)
{
	struct btcwire_sendpackages *m = body;

	xf_u64(x, "package versions", &m->versions);
}

void
btcwire_xfer_ancpkginfo(struct xfer *x, void *body)
{
	struct btcwire_wtxids *m = body;

	xf_hashes(x, "wtxid", &m->wtxid, &m->wtxid_len, XF_MAX_ANCESTORS);
}

void
btcwire_xfer_getpkgtxns(struct xfer *x, void *body)
{
	struct btcwire_wtxids *m = body;

	xf_hashes(x, "wtxid", &m->wtxid, &m->wtxid_len, BTCWIRE_MAX_PKGTXNS);
}

void
btcwire_xfer_pkgtxns(struct xfer *x, void *body)
{
	struct btcwire_pkgtxns *m = body;

	btcwire_xfer_txs(x, &m->tx, &m->tx_len);
}

void
btcwire_sum_sendtxrcncl(struct btcu_text *t, const void *body)
{
	const struct btcwire_sendtxrcncl *m = body;

	btcu_text_printf(t, "version %" PRIu32 ", salt %016" PRIx64,
	    m->version, m->salt);
}

void
btcwire_sum_reqrecon(struct btcu_text *t, const void *body)
{
	const struct btcwire_reqrecon *m = body;

	btcu_text_printf(t, "set size %u, q %u", m->set_size, m->q);
}

void
btcwire_sum_sketch(struct btcu_text *t, const void *body)
{
	const struct btcwire_sketch *m = body;

	btcu_text_printf(t, "capacity %zu", m->data.len / SKETCH_WORD);
}

void
btcwire_sum_reconcildiff(struct btcu_text *t, const void *body)
{
	const struct btcwire_reconcildiff *m = body;

	btcu_text_printf(t, "%s, asks for %zu",
	    m->success ? "success" : "failure", m->ask_len);
}

void
btcwire_sum_sendpackages(struct btcu_text *t, const void *body)
{
	const struct btcwire_sendpackages *m = body;

	btcu_text_printf(t, "versions %" PRIx64, m->versions);
}

void
btcwire_sum_wtxids(struct btcu_text *t, const void *body)
{
	const struct btcwire_wtxids *m = body;

	btcu_text_printf(t, "%zu", m->wtxid_len);
}

void
btcwire_sum_pkgtxns(struct btcu_text *t, const void *body)
{
	const struct btcwire_pkgtxns *m = body;

	btcu_text_printf(t, "%zu", m->tx_len);
}
