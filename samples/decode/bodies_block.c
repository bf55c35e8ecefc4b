/*
 * Messages about blocks and transactions.
 */
#include <inttypes.h>
#include <stdio.h>

#include "bodies.h"

/* ---- Transactions ------------------------------------------------------ */

static void
txin(struct emit *e, const struct btcwire_txin *in)
{
	size_t i;

	emit_object(e, NULL);
	emit_object(e, "prev");
	emit_hash(e, "hash", &in->prev.hash);
	emit_int(e, "index", in->prev.index);
	emit_end(e);
	emit_bytes(e, "script", in->script);
	emit_int(e, "sequence", in->sequence);
	emit_array(e, "witness", in->witness_len);
	for (i = 0; i < in->witness_len; i++)
		emit_bytes(e, NULL, in->witness[i]);
	emit_end(e);
	emit_end(e);
}

void
body_tx(struct emit *e, const struct btcwire_tx *m)
{
	struct btcwire_hash id;
	size_t i;

	btcwire_txid(&id, m);
	emit_hash(e, "txid", &id);
	btcwire_wtxid(&id, m);
	emit_hash(e, "wtxid", &id);
	emit_int(e, "weight", (int64_t)btcwire_tx_weight(m));
	emit_int(e, "version", m->version);
	emit_int(e, "locktime", m->locktime);
	emit_array(e, "in", m->in_len);
	for (i = 0; i < m->in_len; i++)
		txin(e, &m->in[i]);
	emit_end(e);
	emit_array(e, "out", m->out_len);
	for (i = 0; i < m->out_len; i++) {
		emit_object(e, NULL);
		emit_label(e, "value", m->out[i].value, "satoshi");
		emit_bytes(e, "script", m->out[i].script);
		emit_end(e);
	}
	emit_end(e);
}

void
body_txs(struct emit *e, const char *name, const struct btcwire_tx *tx,
    size_t n)
{
	size_t i;

	emit_array(e, name, n);
	for (i = 0; i < n; i++) {
		emit_object(e, NULL);
		body_tx(e, &tx[i]);
		emit_end(e);
	}
	emit_end(e);
}

/* ---- Headers and blocks ------------------------------------------------ */

void
body_header(struct emit *e, const struct btcwire_header *h)
{
	struct btcwire_hash hash;
	char bits[16];

	btcwire_header_hash(&hash, h);
	(void)snprintf(bits, sizeof(bits), "0x%08" PRIx32, h->bits);
	emit_hash(e, "hash", &hash);
	emit_int(e, "version", h->version);
	emit_hash(e, "prev", &h->prev);
	emit_hash(e, "merkle_root", &h->merkle_root);
	emit_time(e, "time", h->time);
	emit_label(e, "bits", h->bits, bits);
	emit_int(e, "nonce", h->nonce);
}

static void
header(struct emit *e, const char *name, const struct btcwire_header *h)
{
	emit_object(e, name);
	body_header(e, h);
	emit_end(e);
}

void
body_headers(struct emit *e, const struct btcwire_headers *m)
{
	size_t i;

	emit_array(e, "header", m->header_len);
	for (i = 0; i < m->header_len; i++)
		header(e, NULL, &m->header[i]);
	emit_end(e);
}

void
body_block(struct emit *e, const struct btcwire_block *m)
{
	header(e, "header", &m->header);
	body_txs(e, "tx", m->tx, m->tx_len);
}

void
body_merkleblock(struct emit *e, const struct btcwire_merkleblock *m)
{
	header(e, "header", &m->header);
	emit_int(e, "total", m->total);
	emit_hashes(e, "hash", m->hash, m->hash_len);
	emit_bytes(e, "flags", m->flags);
}

/* ---- Asking for blocks ------------------------------------------------- */

static const struct emit_choice inv_types[] = {
	{ BTCWIRE_INV_ERROR, "error" },
	{ BTCWIRE_INV_TX, "tx" },
	{ BTCWIRE_INV_BLOCK, "block" },
	{ BTCWIRE_INV_FILTERED_BLOCK, "filtered block" },
	{ BTCWIRE_INV_CMPCT_BLOCK, "compact block" },
	{ BTCWIRE_INV_WTX, "wtx" },
	{ BTCWIRE_INV_PKGTXNS, "package" },
	{ BTCWIRE_INV_ANCPKGINFO, "ancestor package info" },
	{ BTCWIRE_INV_WITNESS_TX, "tx with witness" },
	{ BTCWIRE_INV_WITNESS_BLOCK, "block with witness" },
};

void
body_inv(struct emit *e, const struct btcwire_inv *m)
{
	size_t i;

	emit_array(e, "vec", m->vec_len);
	for (i = 0; i < m->vec_len; i++) {
		emit_object(e, NULL);
		emit_choice(e, "type", m->vec[i].type, inv_types,
		    sizeof(inv_types) / sizeof(inv_types[0]));
		emit_hash(e, "hash", &m->vec[i].hash);
		emit_end(e);
	}
	emit_end(e);
}

void
body_locator(struct emit *e, const struct btcwire_locator *m)
{
	emit_int(e, "version", m->version);
	emit_hashes(e, "hash", m->hash, m->hash_len);
	emit_hash(e, "stop", &m->stop);
}

/* ---- Compact blocks (BIP 152) ------------------------------------------ */

void
body_sendcmpct(struct emit *e, const struct btcwire_sendcmpct *m)
{
	emit_bool(e, "announce", m->announce, NULL);
	if (m->version <= INT64_MAX)
		emit_int(e, "version", (int64_t)m->version);
	else
		emit_hex(e, "version", m->version, 16, NULL);
}

void
body_cmpctblock(struct emit *e, const struct btcwire_cmpctblock *m)
{
	size_t i;

	header(e, "header", &m->header);
	emit_hex(e, "nonce", m->nonce, 16, NULL);
	emit_array(e, "short_id", m->short_id_len);
	for (i = 0; i < m->short_id_len; i++)
		emit_hex(e, NULL, m->short_id[i], 12, NULL);
	emit_end(e);
	emit_array(e, "prefilled", m->prefilled_len);
	for (i = 0; i < m->prefilled_len; i++) {
		emit_object(e, NULL);
		emit_int(e, "index", m->prefilled[i].index);
		emit_object(e, "tx");
		body_tx(e, &m->prefilled[i].tx);
		emit_end(e);
		emit_end(e);
	}
	emit_end(e);
}

void
body_getblocktxn(struct emit *e, const struct btcwire_getblocktxn *m)
{
	size_t i;

	emit_hash(e, "block", &m->block);
	emit_array(e, "index", m->index_len);
	for (i = 0; i < m->index_len; i++)
		emit_int(e, NULL, m->index[i]);
	emit_end(e);
}

void
body_blocktxn(struct emit *e, const struct btcwire_blocktxn *m)
{
	emit_hash(e, "block", &m->block);
	body_txs(e, "tx", m->tx, m->tx_len);
}

/* ---- Filters of blocks (BIP 157) --------------------------------------- */

static void
filter_type(struct emit *e, uint8_t type)
{
	emit_label(e, "filter_type", type,
	    type == BTCWIRE_FILTER_BASIC ? "basic" : "");
}

void
body_getcf(struct emit *e, const struct btcwire_getcf *m)
{
	filter_type(e, m->filter_type);
	emit_int(e, "start_height", m->start_height);
	emit_hash(e, "stop", &m->stop);
}

void
body_cfilter(struct emit *e, const struct btcwire_cfilter *m)
{
	filter_type(e, m->filter_type);
	emit_hash(e, "block", &m->block);
	emit_bytes(e, "filter", m->filter);
}

void
body_cfheaders(struct emit *e, const struct btcwire_cfheaders *m)
{
	filter_type(e, m->filter_type);
	emit_hash(e, "stop", &m->stop);
	emit_hash(e, "prev_header", &m->prev_header);
	emit_hashes(e, "hash", m->hash, m->hash_len);
}

void
body_getcfcheckpt(struct emit *e, const struct btcwire_getcfcheckpt *m)
{
	filter_type(e, m->filter_type);
	emit_hash(e, "stop", &m->stop);
}

void
body_cfcheckpt(struct emit *e, const struct btcwire_cfcheckpt *m)
{
	filter_type(e, m->filter_type);
	emit_hash(e, "stop", &m->stop);
	emit_hashes(e, "header", m->header, m->header_len);
}

/* ---- Packages (BIP 331) ------------------------------------------------ */

void
body_sendpackages(struct emit *e, const struct btcwire_sendpackages *m)
{
	emit_hex(e, "versions", m->versions, 16, NULL);
}

void
body_wtxids(struct emit *e, const struct btcwire_wtxids *m)
{
	emit_hashes(e, "wtxid", m->wtxid, m->wtxid_len);
}

void
body_pkgtxns(struct emit *e, const struct btcwire_pkgtxns *m)
{
	body_txs(e, "tx", m->tx, m->tx_len);
}
