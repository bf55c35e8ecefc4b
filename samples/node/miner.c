#include "miner.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ring.h"

/* The rules of regtest that matter here. */
#define MATURITY       100	/* blocks before a coinbase may be spent */
#define HALVING        150	/* blocks */
#define SUBSIDY        INT64_C(5000000000)
#define SEGWIT_HEIGHT  432	/* where signalling can activate it (BIP 9) */
#define BLOCK_VERSION  0x20000002	/* BIP 9; bit 1 is segwit's */
#define MEDIAN_BLOCKS  11	/* a block is later than the median of these */
#define FUTURE_MAX_S   7000	/* nodes refuse what is 7,200 s ahead */
#define STEADY_STEP_S  600
#define STEADY_START   INT64_C(1400000000)	/* after April 2012 (BIP 16) */

#define COMMIT_LEN  38		/* script of the witness commitment (BIP 141) */
#define FEE_DIVISOR 1000

enum kind { BARE, WITNESS, NKINDS };

static const uint8_t op_true[] = { 0x51 };
static const uint8_t wsh_op_true[] = {	/* OP_0, SHA-256 of OP_TRUE */
	0x00, 0x20,
	0x4a, 0xe8, 0x15, 0x72, 0xf0, 0x6e, 0x1b, 0x88,
	0xfd, 0x5c, 0xed, 0x7a, 0x1a, 0x00, 0x09, 0x45,
	0x43, 0x2e, 0x83, 0xe1, 0x55, 0x1e, 0x6f, 0x72,
	0x1e, 0xe9, 0xc0, 0x0b, 0x8c, 0xc3, 0x32, 0x60
};
static const uint8_t commit_prefix[COMMIT_LEN - 32] = {
	0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed
};
static const uint8_t reserved_value[32];	/* the coinbase's witness */

static const struct btcwire_bytes pay_to[NKINDS] = {
	[BARE] = { op_true, sizeof(op_true) },
	[WITNESS] = { wsh_op_true, sizeof(wsh_op_true) }
};
static const struct btcwire_bytes script_witness = { op_true, sizeof(op_true) };
static const struct btcwire_bytes coinbase_witness = {
	reserved_value, sizeof(reserved_value)
};

/* An output that waits to be spent. */
struct coin {
	struct btcwire_outpoint out;
	int64_t value;
};

/*
 * Below the coins is the block being made: its transactions, and the inputs,
 * outputs and hashes they use, each with room for the largest block.  Slot 0
 * of tx and in, and slots 0 to 2 of out, are the coinbase's.
 */
struct miner {
	struct chain *chain;
	size_t txs;			/* wanted in a block, coinbase apart */
	struct ring live[NKINDS];	/* of struct coin: can be spent now */
	/* Outputs of coinbases, by height % MATURITY; value 0: none. */
	struct coin young[MATURITY][NKINDS];
	int32_t height;
	int64_t fees;
	size_t tx_len;
	size_t in_len;
	size_t out_len;
	struct btcwire_tx *tx;		/* [txs + 1] */
	struct btcwire_txin *in;	/* [2 * txs + 1] */
	struct btcwire_txout *out;	/* [2 * txs + 3] */
	struct btcwire_hash *txid;	/* [txs + 1] */
	struct btcwire_hash *wtxid;	/* [txs + 1] */
	uint8_t coinbase_script[8];
	uint8_t commit_script[COMMIT_LEN];
};

int
miner_new(struct miner **out, struct chain *c, size_t txs_per_block)
{
	struct miner *m = calloc(1, sizeof(*m));
	size_t n = txs_per_block;

	if (m == NULL)
		return BTCPEER_E_NOMEM;
	m->chain = c;
	m->txs = n;
	m->live[BARE] = m->live[WITNESS] = (struct ring)RING_INIT(struct coin);
	m->tx = calloc(n + 1, sizeof(*m->tx));
	m->in = calloc(2 * n + 1, sizeof(*m->in));
	m->out = calloc(2 * n + 3, sizeof(*m->out));
	m->txid = calloc(n + 1, sizeof(*m->txid));
	m->wtxid = calloc(n + 1, sizeof(*m->wtxid));
	if (m->tx == NULL || m->in == NULL || m->out == NULL ||
	    m->txid == NULL || m->wtxid == NULL) {
		miner_free(m);
		return BTCPEER_E_NOMEM;
	}
	*out = m;
	return 0;
}

void
miner_free(struct miner *m)
{
	int kind;

	if (m == NULL)
		return;
	for (kind = 0; kind < NKINDS; kind++)
		ring_clear(&m->live[kind]);
	free(m->tx);
	free(m->in);
	free(m->out);
	free(m->txid);
	free(m->wtxid);
	free(m);
}

/* ---- Time -------------------------------------------------------------- */

static int
compare_times(const void *a, const void *b)
{
	const struct btcwire_header *x = a, *y = b;

	return (x->time > y->time) - (x->time < y->time);
}

/* The time of the next block; BTCPEER_E_STATE when it is too far ahead. */
static int
choose_time(uint32_t *out, const struct miner *m, enum miner_clock clock,
    int64_t behind_s)
{
	struct btcwire_header last[MEDIAN_BLOCKS];
	int32_t from = m->height > MEDIAN_BLOCKS
	    ? m->height - MEDIAN_BLOCKS : 0;
	size_t n = chain_headers(m->chain, last, MEDIAN_BLOCKS, from);
	int64_t t, median, now = (int64_t)time(NULL);

	t = clock == MINER_NOW ? now - behind_s
	    : (int64_t)last[n - 1].time + STEADY_STEP_S;
	if (t < STEADY_START)
		t = STEADY_START;
	if (t > now)
		t = now;
	qsort(last, n, sizeof(last[0]), compare_times);
	median = last[n / 2].time;
	if (t <= median)
		t = median + 1;
	if (t > now + FUTURE_MAX_S)
		return BTCPEER_E_STATE;
	*out = (uint32_t)t;
	return 0;
}

/* ---- Transactions ------------------------------------------------------ */

static int
put_coin(struct miner *m, enum kind kind, const struct btcwire_hash *txid,
    uint32_t index, int64_t value)
{
	struct coin coin = { .out = { *txid, index }, .value = value };

	return value > 0 ? ring_put(&m->live[kind], &coin) : 0;
}

/* What the coinbase of MATURITY blocks ago paid can be spent from here on. */
static int
ripen(struct miner *m)
{
	struct coin *young = m->young[m->height % MATURITY];
	int kind, rc = 0;

	for (kind = 0; kind < NKINDS && rc == 0; kind++) {
		if (young[kind].value > 0)
			rc = ring_put(&m->live[kind], &young[kind]);
		young[kind].value = 0;
	}
	return rc;
}

/* Kinds alternate as long as there is something of both to spend. */
static bool
choose_kind(enum kind *out, const struct miner *m)
{
	bool bare = m->live[BARE].len > 0;
	bool witness = m->height >= SEGWIT_HEIGHT && m->live[WITNESS].len > 0;
	bool turn = ((size_t)m->height + m->tx_len) % 2 == 1;

	*out = witness && (turn || !bare) ? WITNESS : BARE;
	return bare || witness;
}

/* An input that spends the oldest coin of a kind; its value. */
static int64_t
add_input(struct miner *m, enum kind kind)
{
	struct coin coin = *(const struct coin *)ring_at(&m->live[kind], 0);
	struct btcwire_txin *in = &m->in[m->in_len++];

	ring_drop(&m->live[kind], 1);
	*in = (struct btcwire_txin){ .prev = coin.out, .sequence = UINT32_MAX };
	if (kind == WITNESS) {
		in->witness = &script_witness;
		in->witness_len = 1;
	}
	return coin.value;
}

/*
 * One transaction.  Few coins are split, many are joined, so that their number
 * stays near what a block spends; later ones of a block spend earlier ones
 * when it has to be.
 */
static int
add_spend(struct miner *m, enum kind kind)
{
	size_t len = m->live[kind].len;
	size_t i, ins = len > 4 * m->txs ? 2 : 1, outs;
	struct btcwire_tx *tx = &m->tx[m->tx_len];
	struct btcwire_hash *txid = &m->txid[m->tx_len];
	int64_t fee, value = 0;
	int rc = 0;

	*tx = (struct btcwire_tx){ .version = 2, .in = &m->in[m->in_len],
		.in_len = ins, .out = &m->out[m->out_len] };
	for (i = 0; i < ins; i++)
		value += add_input(m, kind);
	fee = value / FEE_DIVISOR;
	value -= fee;
	m->fees += fee;
	outs = len < 2 * m->txs && value >= 2 ? 2 : 1;
	tx->out_len = outs;
	for (i = 0; i < outs; i++) {
		m->out[m->out_len + i].script = pay_to[kind];
		m->out[m->out_len + i].value = i > 0 ? value / 2
		    : value - (outs > 1 ? value / 2 : 0);
	}
	btcwire_txid(txid, tx);
	m->wtxid[m->tx_len] = *txid;
	if (kind == WITNESS)
		btcwire_wtxid(&m->wtxid[m->tx_len], tx);
	for (i = 0; i < outs && rc == 0; i++)
		rc = put_coin(m, kind, txid, (uint32_t)i, tx->out[i].value);
	m->out_len += outs;
	m->tx_len++;
	return rc;
}

/* ---- Coinbase ---------------------------------------------------------- */

/* The height, as BIP 34 wants it, and a byte more where it is too short. */
static size_t
height_script(uint8_t *out, int32_t height)
{
	uint8_t n = 0;
	int32_t left;

	if (height <= 16) {
		out[0] = (uint8_t)(0x50 + height);	/* OP_1 to OP_16 */
		out[1] = 0x00;				/* OP_0 */
		return 2;
	}
	for (left = height; left > 0; left >>= 8)
		out[++n] = (uint8_t)(left & 0xff);
	if ((out[n] & 0x80) != 0)
		out[++n] = 0x00;	/* else it would be negative */
	out[0] = n;
	return (size_t)n + 1;
}

/* The commitment to all witnesses; overwrites wtxid. */
static void
make_commitment(struct miner *m)
{
	struct btcwire_hash parts[2], hash;

	memset(&m->wtxid[0], 0, sizeof(m->wtxid[0]));
	(void)btcwire_merkle_root(&parts[0], m->wtxid, m->tx_len);
	memcpy(&parts[1], reserved_value, sizeof(parts[1]));
	btcwire_sha256d(&hash, parts, sizeof(parts));
	memcpy(m->commit_script, commit_prefix, sizeof(commit_prefix));
	memcpy(m->commit_script + sizeof(commit_prefix), hash.b,
	    sizeof(hash.b));
}

static void
make_coinbase(struct miner *m)
{
	int halvings = m->height / HALVING;
	int64_t value = m->fees + (halvings < 63 ? SUBSIDY >> halvings : 0);
	struct btcwire_tx *tx = &m->tx[0];
	struct btcwire_txin *in = &m->in[0];

	*in = (struct btcwire_txin){ .prev.index = UINT32_MAX,
		.sequence = UINT32_MAX };
	in->script.data = m->coinbase_script;
	in->script.len = height_script(m->coinbase_script, m->height);
	m->out[0] = (struct btcwire_txout){ value - value / 2, pay_to[BARE] };
	m->out[1] = (struct btcwire_txout){ value / 2, pay_to[WITNESS] };
	*tx = (struct btcwire_tx){ .version = 2, .in = in, .in_len = 1,
		.out = m->out, .out_len = 2 };
	if (m->height >= SEGWIT_HEIGHT) {
		make_commitment(m);
		in->witness = &coinbase_witness;
		in->witness_len = 1;
		m->out[2] = (struct btcwire_txout){ 0,
			{ m->commit_script, COMMIT_LEN } };
		tx->out_len = 3;
	}
	btcwire_txid(&m->txid[0], tx);
}

/* ---- Blocks ------------------------------------------------------------ */

/* All transactions of the block at m->height. */
static int
make_txs(struct miner *m)
{
	enum kind kind;
	int rc;

	m->fees = 0;
	m->tx_len = 1;
	m->in_len = 1;
	m->out_len = 3;
	rc = ripen(m);
	while (rc == 0 && m->tx_len <= m->txs && choose_kind(&kind, m))
		rc = add_spend(m, kind);
	if (rc == 0)
		make_coinbase(m);
	return rc;
}

/* Remember the outputs of the block's coinbase. */
static void
keep_coinbase(struct miner *m)
{
	struct coin *young = m->young[m->height % MATURITY];
	uint32_t kind;

	for (kind = 0; kind < NKINDS; kind++)
		young[kind] = (struct coin){ .out = { m->txid[0], kind },
			.value = m->out[kind].value };
}

int
miner_mine(struct miner *m, enum miner_clock clock, int64_t behind_s)
{
	struct btcwire_block block = { .header.version = BLOCK_VERSION };
	const struct btcwire_chain *params = chain_params(m->chain);
	struct btcwire_msg *msg;
	int rc;

	m->height = chain_tip(m->chain, &block.header.prev) + 1;
	block.header.bits = params->pow_limit_bits;
	rc = choose_time(&block.header.time, m, clock, behind_s);
	if (rc != 0)
		return rc;
	rc = make_txs(m);
	if (rc != 0)
		return rc;
	block.tx = m->tx;
	block.tx_len = m->tx_len;
	memcpy(m->wtxid, m->txid, m->tx_len * sizeof(*m->txid));
	(void)btcwire_merkle_root(&block.header.merkle_root, m->wtxid,
	    m->tx_len);
	while (btcwire_header_check(&block.header, params, NULL) != 0)
		block.header.nonce++;
	rc = btcwire_msg_new(&msg, BTCWIRE_BLOCK, &block, NULL);
	if (rc != 0)
		return rc;
	keep_coinbase(m);
	return chain_append(m->chain, msg);
}
