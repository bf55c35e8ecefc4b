/* Transactions, and what is made of them. */
#include "config.h"

#include "gen.h"

void
gen_header(struct gen *g, struct btcwire_header *h)
{
	h->version = (int32_t)gen_u64(g);
	gen_fill(g, &h->prev, sizeof(h->prev));
	gen_fill(g, &h->merkle_root, sizeof(h->merkle_root));
	h->time = (uint32_t)gen_u64(g);
	h->bits = (uint32_t)gen_u64(g);
	h->nonce = (uint32_t)gen_u64(g);
}

static void
pick_witness(struct gen *g, struct btcwire_txin *in)
{
	struct btcwire_bytes *item;
	size_t i;

	in->witness_len = gen_len(g, 1000, 8);
	in->witness = item = gen_take(g, in->witness_len * sizeof(*item));
	for (i = 0; i < in->witness_len; i++)
		item[i] = gen_bytes(g, 70000);
}

void
gen_tx(struct gen *g, struct btcwire_tx *tx)
{
	bool witness = gen_below(g, 2) == 1;
	struct btcwire_txout *out;
	struct btcwire_txin *in;
	size_t i;

	tx->version = (int32_t)gen_u64(g);
	tx->locktime = (uint32_t)gen_u64(g);
	tx->in_len = 1 + gen_len(g, 300, 41);
	tx->in = in = gen_take(g, tx->in_len * sizeof(*in));
	for (i = 0; i < tx->in_len; i++) {
		gen_fill(g, &in[i].prev.hash, sizeof(in[i].prev.hash));
		in[i].prev.index = (uint32_t)gen_u64(g);
		in[i].script = gen_bytes(g, 70000);
		in[i].sequence = (uint32_t)gen_u64(g);
		if (witness)
			pick_witness(g, &in[i]);
	}
	tx->out_len = gen_len(g, 300, 9);
	tx->out = out = gen_take(g, tx->out_len * sizeof(*out));
	for (i = 0; i < tx->out_len; i++) {
		out[i].value = (int64_t)gen_u64(g);
		out[i].script = gen_bytes(g, 70000);
	}
}

const void *
gen_make_tx(struct gen *g)
{
	struct btcwire_tx *m = gen_take(g, sizeof(*m));

	gen_tx(g, m);
	return m;
}

static const struct btcwire_tx *
pick_txs(struct gen *g, size_t *n)
{
	struct btcwire_tx *tx;
	size_t i;

	*n = gen_len(g, 300, 60);
	tx = gen_take(g, *n * sizeof(*tx));
	for (i = 0; i < *n; i++)
		gen_tx(g, &tx[i]);
	return tx;
}

const void *
gen_make_block(struct gen *g)
{
	struct btcwire_block *m = gen_take(g, sizeof(*m));

	gen_header(g, &m->header);
	m->tx = pick_txs(g, &m->tx_len);
	return m;
}

const void *
gen_make_blocktxn(struct gen *g)
{
	struct btcwire_blocktxn *m = gen_take(g, sizeof(*m));

	gen_fill(g, &m->block, sizeof(m->block));
	m->tx = pick_txs(g, &m->tx_len);
	return m;
}

const void *
gen_make_pkgtxns(struct gen *g)
{
	struct btcwire_pkgtxns *m = gen_take(g, sizeof(*m));

	m->tx = pick_txs(g, &m->tx_len);
	return m;
}

static const struct btcwire_prefilled *
pick_prefilled(struct gen *g, size_t n, size_t in_block)
{
	struct btcwire_prefilled *p = gen_take(g, n * sizeof(*p));
	uint16_t *index = gen_take(g, n * sizeof(*index));
	size_t i;

	gen_ascending(g, index, n, in_block);
	for (i = 0; i < n; i++) {
		p[i].index = index[i];
		gen_tx(g, &p[i].tx);
	}
	return p;
}

const void *
gen_make_cmpctblock(struct gen *g)
{
	struct btcwire_cmpctblock *m = gen_take(g, sizeof(*m));
	uint64_t *id;
	size_t i;

	gen_header(g, &m->header);
	m->nonce = gen_u64(g);
	m->short_id_len = gen_len(g, BTCWIRE_MAX_CMPCT_TXS, 6);
	m->short_id = id = gen_take(g, m->short_id_len * sizeof(*id));
	for (i = 0; i < m->short_id_len; i++)
		id[i] = gen_u64(g) >> 16;
	m->prefilled_len = gen_len(g, BTCWIRE_MAX_CMPCT_TXS - m->short_id_len,
	    60);
	m->prefilled = pick_prefilled(g, m->prefilled_len,
	    m->short_id_len + m->prefilled_len);
	return m;
}

const void *
gen_make_getblocktxn(struct gen *g)
{
	struct btcwire_getblocktxn *m = gen_take(g, sizeof(*m));
	uint16_t *index;

	gen_fill(g, &m->block, sizeof(m->block));
	m->index_len = gen_len(g, BTCWIRE_MAX_CMPCT_TXS, 1);
	m->index = index = gen_take(g, m->index_len * sizeof(*index));
	gen_ascending(g, index, m->index_len, 65536);
	return m;
}

const void *
gen_make_merkleblock(struct gen *g)
{
	struct btcwire_merkleblock *m = gen_take(g, sizeof(*m));

	gen_header(g, &m->header);
	m->hash_len = gen_len(g, 70000, 32);
	m->hash = gen_hashes(g, m->hash_len);
	m->total = (uint32_t)gen_below(g, UINT64_C(1) << 32);
	if (gen_below(g, 4) == 0 || m->total < m->hash_len)
		m->total = (uint32_t)m->hash_len;
	m->flags = gen_bytes(g, 70000);
	return m;
}

const void *
gen_make_sendcmpct(struct gen *g)
{
	struct btcwire_sendcmpct *m = gen_take(g, sizeof(*m));

	m->announce = gen_below(g, 2) == 1;
	m->version = gen_below(g, 2) == 1 ? 2 : gen_u64(g);
	return m;
}
