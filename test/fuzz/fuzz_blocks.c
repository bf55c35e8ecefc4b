/*
 * What is computed from blocks: checks, weights, merkleblocks, compact blocks
 * and blocks put together from them.  An input is what to do, a number that
 * all choices come from, and a block; or a cmpctblock with its length and a
 * blocktxn.
 */
#include "config.h"

#include "fuzz/input.h"
#include "sound.h"

const unsigned fuzz_n_seeds = 3000;

#define NEWEST BTCWIRE_PVER_NEWEST
enum { MAX_TXS = 300 };	/* in what takes a square of it to verify here */

static struct btcwire_msg *
new_msg(enum btcwire_type type, const void *body)
{
	struct btcwire_msg *msg = NULL;

	FUZZ_ASSERT(btcwire_msg_new(&msg, type, body, NULL) == 0);
	return msg;
}

/* ---- Checks and weights ------------------------------------------------ */

static int
check_block(const struct btcwire_block *block)
{
	struct btcpeer_error err = { 0 };
	int rc = btcwire_block_check(block, &err);

	FUZZ_ASSERT(rc == 0 || rc == BTCPEER_E_PROOF);
	check_error(&err, rc);
	return rc;
}

static size_t
size_of(enum btcwire_type type, const void *body, uint32_t flags)
{
	size_t size = 0;

	FUZZ_ASSERT(btcwire_body_size(&size, type, body, NEWEST, flags,
	    NULL) == 0);
	return size;
}

static void
check_weights(const struct btcwire_block *block)
{
	size_t i, weight, sum, bare = size_of(BTCWIRE_BLOCK, block,
	    BTCWIRE_NO_WITNESS);

	sum = 4 * (80 + (block->tx_len < 0xfd ? 1u : 3u));
	for (i = 0; i < block->tx_len; i++) {
		const struct btcwire_tx *tx = &block->tx[i];

		weight = btcwire_tx_weight(tx);
		FUZZ_ASSERT(weight == 3 * size_of(BTCWIRE_TX, tx,
		    BTCWIRE_NO_WITNESS) + size_of(BTCWIRE_TX, tx, 0));
		FUZZ_ASSERT(btcwire_tx_vsize(tx) == (weight + 3) / 4);
		sum += weight;
	}
	weight = btcwire_block_weight(block);
	FUZZ_ASSERT(weight == 3 * bare + size_of(BTCWIRE_BLOCK, block, 0));
	FUZZ_ASSERT(block->tx_len > 0xffff || weight == sum);
}

static void
do_check(struct gen *g, struct btcwire_block *block, struct btcwire_msg *msg)
{
	struct btcwire_hash computed, held;
	bool found;

	(void)g;
	(void)msg;
	check_block(block);
	sound_root(block);
	check_block(block);
	FUZZ_ASSERT(btcwire_block_witness_commitment(&computed, &found, &held,
	    block) == 0);
	check_weights(block);
}

/* ---- Merkleblocks ------------------------------------------------------ */

/* It proves what is to be proved, unless a part is a repetition. */
static void
check_proof(const struct btcwire_merkleblock *m,
    const struct btcwire_block *block, const bool *match, bool mutated)
{
	struct btcwire_match *got = room(m->hash_len, sizeof(*got));
	struct btcwire_hash txid;
	size_t i, n = 0, at = 0;
	int rc = btcwire_merkleblock_check(got, &n, m->hash_len, m, NULL);

	FUZZ_ASSERT(rc == 0 || (mutated && rc == BTCPEER_E_PROOF));
	for (i = 0; rc == 0 && i < block->tx_len; i++) {
		if (!match[i])
			continue;
		FUZZ_ASSERT(at < n && got[at].index == i);
		btcwire_txid(&txid, &block->tx[i]);
		FUZZ_ASSERT(btcwire_hash_equal(&got[at++].txid, &txid));
	}
	FUZZ_ASSERT(at == n);
	if (n > 0)
		FUZZ_ASSERT(btcwire_merkleblock_check(got, &at, n - 1, m, NULL)
		    == BTCPEER_E_BUFFER);
	free(got);
}

static void
do_merkleblock(struct gen *g, struct btcwire_block *block,
    struct btcwire_msg *msg)
{
	bool *match = room(block->tx_len, sizeof(*match));
	uint64_t share = 1 + gen_below(g, 40);
	struct btcwire_msg *proof = NULL;
	bool mutated;
	size_t i;
	int rc;

	(void)msg;
	FUZZ_ASSERT(btcwire_block_merkle_root(&block->header.merkle_root,
	    &mutated, block) == 0);
	for (i = 0; i < block->tx_len; i++)
		match[i] = gen_below(g, share) == 0;
	rc = btcwire_merkleblock_new(&proof, block, match, NULL);
	FUZZ_ASSERT(rc == (block->tx_len == 0 ? BTCPEER_E_INVAL :
	    block->tx_len > 16666 ? BTCPEER_E_TOOBIG : 0));
	if (rc == 0)
		check_proof(btcwire_merkleblock_of(proof), block, match,
		    mutated);
	btcwire_msg_unref(proof);
	free(match);
}

/* ---- Compact blocks ---------------------------------------------------- */

static bool
wants(const struct btcwire_partial *p, const struct btcwire_tx *tx)
{
	struct btcwire_hash wtxid;

	btcwire_wtxid(&wtxid, tx);
	return btcwire_partial_wants(p, &wtxid);
}

static void
add(struct btcwire_partial *p, const struct btcwire_tx *tx,
    struct btcwire_msg *owner)
{
	FUZZ_ASSERT(btcwire_partial_add(p, tx, owner) == 0);
	FUZZ_ASSERT(!wants(p, tx));
}

/* The places that are missing; free() them. */
static uint16_t *
missing(struct btcwire_partial *p, size_t *n, size_t end)
{
	const uint16_t *list = btcwire_partial_missing(p, n);
	uint16_t *copy = room(*n, sizeof(*copy));
	size_t i;

	FUZZ_ASSERT(*n <= end);
	for (i = 0; i < *n; i++)
		FUZZ_ASSERT(list[i] < end && (i == 0 || list[i - 1] < list[i]));
	if (*n > 0)
		memcpy(copy, list, *n * sizeof(*copy));
	return copy;
}

/* What a coinbase that commits to witnesses lacks although no other
 * transaction has one. */
static bool
lacks_witness(const struct btcwire_block *block)
{
	struct btcwire_hash computed, held;
	bool found;

	FUZZ_ASSERT(btcwire_block_witness_commitment(&computed, &found, &held,
	    block) == 0);
	return found && !btcwire_hash_equal(&computed, &held);
}

/* One place in the block, as far as it can be foretold. */
struct model {
	struct btcwire_hash wtxid;
	bool have;
	bool given;	/* prefilled, or one of several of that wtxid */
};

static struct model *
make_model(const struct btcwire_block *block, const uint16_t *prefill,
    size_t prefill_len)
{
	size_t i, j, n = block->tx_len;
	struct model *m = room(n, sizeof(*m));

	for (i = 0; i < n; i++)
		btcwire_wtxid(&m[i].wtxid, &block->tx[i]);
	m[0].have = m[0].given = true;
	for (i = 0; i < prefill_len; i++)
		m[prefill[i]].have = m[prefill[i]].given = true;
	for (i = 1; i < n; i++)
		for (j = 1; j < n; j++)
			if (i != j && !m[i].have && !m[j].have &&
			    btcwire_hash_equal(&m[i].wtxid, &m[j].wtxid))
				m[i].given = true;
	return m;
}

/* A transaction goes to the one place that takes it, which may be another than
 * where it was found. */
static void
note_offer(struct model *m, size_t n, const struct btcwire_hash *wtxid)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!m[i].given && btcwire_hash_equal(&m[i].wtxid, wtxid))
			m[i].have = true;
}

/* What the block's transactions do when they are offered. */
static void
offer_some(struct gen *g, struct btcwire_partial *p,
    const struct btcwire_block *block, struct btcwire_msg *owner,
    struct model *m)
{
	uint64_t share = gen_below(g, 5);
	size_t i, round;

	for (round = 0; round < block->tx_len; round++) {
		i = (size_t)gen_below(g, block->tx_len);
		if (!m[i].given)
			FUZZ_ASSERT(wants(p, &block->tx[i]) == !m[i].have);
		if (gen_below(g, 4) < share) {
			add(p, &block->tx[i], gen_below(g, 2) == 0 ? owner :
			    NULL);
			note_offer(m, block->tx_len, &m[i].wtxid);
		}
	}
}

/* Ask for the rest, and get it. */
static void
fill(struct btcwire_partial *p, const struct btcwire_block *block,
    const struct model *m)
{
	struct btcwire_blocktxn body;
	struct btcwire_tx *tx;
	struct btcwire_msg *msg;
	uint16_t *list = missing(p, &body.tx_len, block->tx_len);
	size_t i, at = 0;

	tx = room(body.tx_len, sizeof(*tx));
	for (i = 0; i < block->tx_len; i++) {
		if (m[i].have)
			continue;
		FUZZ_ASSERT(at < body.tx_len && list[at] == i);
		tx[at++] = block->tx[i];
	}
	FUZZ_ASSERT(at == body.tx_len);
	body.tx = tx;
	btcwire_header_hash(&body.block, &block->header);
	msg = new_msg(BTCWIRE_BLOCKTXN, &body);
	FUZZ_ASSERT(btcwire_partial_fill(p, msg, NULL) == 0);
	btcwire_msg_unref(msg);
	free(tx);
	free(list);
}

/* The block that comes of it is the one from which it was made. */
static void
check_whole(struct btcwire_partial *p, const struct btcwire_block *block)
{
	int want = check_block(block);
	struct btcwire_msg *whole, *got = NULL;
	struct btcwire_bytes a, b;
	int rc = btcwire_partial_block(&got, p, NULL);

	if (want == 0 && lacks_witness(block))
		want = BTCPEER_E_PROOF;
	FUZZ_ASSERT(rc == want);
	if (rc != 0)
		return;
	whole = new_msg(BTCWIRE_BLOCK, block);
	a = btcwire_msg_raw(whole, NULL);
	b = btcwire_msg_raw(got, NULL);
	FUZZ_ASSERT(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
	btcwire_msg_unref(whole);
	btcwire_msg_unref(got);
}

static void
do_compact(struct gen *g, struct btcwire_block *block, struct btcwire_msg *msg)
{
	struct btcwire_msg *compact = NULL;
	struct btcwire_partial *p = NULL;
	uint16_t prefill[MAX_TXS];
	struct model *m;
	size_t n;

	if (block->tx_len == 0 || block->tx_len > MAX_TXS)
		return;
	if (gen_below(g, 4) != 0)
		sound_root(block);
	n = (size_t)gen_below(g, 1 + gen_below(g, block->tx_len + 1));
	gen_ascending(g, prefill, n, block->tx_len);
	FUZZ_ASSERT(btcwire_cmpctblock_new(&compact, block, gen_u64(g), prefill,
	    n, NULL) == 0);
	FUZZ_ASSERT(btcwire_partial_new(&p, compact, NULL) == 0);
	btcwire_msg_unref(compact);
	m = make_model(block, prefill, n);
	offer_some(g, p, block, msg, m);
	fill(p, block, m);
	check_whole(p, block);
	btcwire_partial_free(p);
	free(m);
}

/* ---- Compact blocks and answers as they come --------------------------- */

/* The answer is refused and changes nothing, or nothing is missing after it. */
static void
check_fill(struct btcwire_partial *p, struct btcwire_msg *msg, size_t end)
{
	struct btcpeer_error err = { 0 };
	size_t i, before_len, after_len;
	uint16_t *before = missing(p, &before_len, end), *after;
	int rc = btcwire_partial_fill(p, msg, &err);

	FUZZ_ASSERT(rc == 0 || rc == BTCPEER_E_PROOF);
	check_error(&err, rc);
	after = missing(p, &after_len, end);
	FUZZ_ASSERT(after_len == (rc == 0 ? 0 : before_len));
	for (i = 0; i < after_len; i++)
		FUZZ_ASSERT(before[i] == after[i]);
	free(before);
	free(after);
}

static void
check_result(struct btcwire_partial *p, const struct btcwire_cmpctblock *m)
{
	struct btcwire_msg *msg = NULL;
	const struct btcwire_block *block;
	struct btcwire_hash a, b;
	size_t n;
	int rc = btcwire_partial_block(&msg, p, NULL);

	btcwire_partial_missing(p, &n);
	FUZZ_ASSERT((rc == BTCPEER_E_STATE) == (n > 0));
	FUZZ_ASSERT((rc == 0) == (msg != NULL));
	if (rc != 0) {
		FUZZ_ASSERT(rc == BTCPEER_E_STATE || rc == BTCPEER_E_PROOF);
		return;
	}
	block = btcwire_block_of(msg);
	FUZZ_ASSERT(block->tx_len == m->short_id_len + m->prefilled_len);
	btcwire_header_hash(&a, &m->header);
	btcwire_header_hash(&b, &block->header);
	FUZZ_ASSERT(btcwire_hash_equal(&a, &b));
	FUZZ_ASSERT(check_block(block) == 0);
	btcwire_msg_unref(msg);
}

static void
run_pair(struct gen *g, struct btcwire_msg *compact, struct btcwire_msg *answer)
{
	const struct btcwire_cmpctblock *m = btcwire_cmpctblock_of(compact);
	struct btcwire_blocktxn body = *btcwire_blocktxn_of(answer);
	size_t i, n, end = m->short_id_len + m->prefilled_len;
	uint64_t share = gen_below(g, 4);
	struct btcwire_partial *p = NULL;
	struct btcwire_msg *ours;
	int rc = btcwire_partial_new(&p, compact, NULL);

	FUZZ_ASSERT(rc == 0 || rc == BTCPEER_E_BADVALUE);
	FUZZ_ASSERT(rc != 0 || end > 0);
	if (rc != 0)
		return;
	if (gen_below(g, 2) == 0)	/* ask before anything is offered */
		btcwire_partial_missing(p, &n);
	for (i = 0; i < body.tx_len; i++)
		if (gen_below(g, 4) < share)
			add(p, &body.tx[i], answer);
	check_fill(p, answer, end);
	check_result(p, m);
	btcwire_header_hash(&body.block, &m->header);
	ours = new_msg(BTCWIRE_BLOCKTXN, &body);
	check_fill(p, ours, end);
	btcwire_msg_unref(ours);
	check_result(p, m);
	btcwire_partial_free(p);
}

static void
do_pair(struct gen *g, struct input *in)
{
	struct btcwire_bytes first, second;
	struct btcwire_msg *compact, *answer;
	uint8_t len[4] = { 0 };

	take_into(in, len, 3);
	first = take(in, xf_le32(len));
	second = take(in, in->len);
	compact = take_msg(BTCWIRE_CMPCTBLOCK, &first);
	answer = take_msg(BTCWIRE_BLOCKTXN, &second);
	if (compact != NULL && answer != NULL)
		run_pair(g, compact, answer);
	btcwire_msg_unref(answer);
	btcwire_msg_unref(compact);
}

/* ---- The target -------------------------------------------------------- */

/* The header of the block may be changed; it is in msg but for that. */
static void (*const with_block[])(struct gen *g, struct btcwire_block *block,
    struct btcwire_msg *msg) = { do_check, do_merkleblock, do_compact };
enum { PAIR = sizeof(with_block) / sizeof(with_block[0]), HEAD = 5 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct btcwire_bytes payload;
	struct btcwire_block block;
	struct btcwire_msg *msg;
	struct gen g = { 0 };
	uint8_t what = 0;

	if (size < HEAD)
		return 0;
	take_into(&in, &what, 1);
	what %= PAIR + 1;
	g.state = take_u32(&in);
	if (what == PAIR) {
		do_pair(&g, &in);
		return 0;
	}
	payload = take(&in, in.len);
	if ((msg = take_msg(BTCWIRE_BLOCK, &payload)) != NULL) {
		block = *btcwire_block_of(msg);
		with_block[what](&g, &block, msg);
		btcwire_msg_unref(msg);
	}
	return 0;
}

/* ---- Seeds ------------------------------------------------------------- */

static size_t
put(uint8_t *buf, size_t size, enum btcwire_type type, const void *body)
{
	size_t len = 0;

	FUZZ_ASSERT(btcwire_body_encode(buf, &len, size, type, body, NEWEST, 0,
	    NULL) == 0);
	return len;
}

/* A cmpctblock, and the answer for a few transactions or all. */
static size_t
put_pair(struct gen *g, uint8_t *buf, size_t size,
    const struct btcwire_block *block)
{
	struct btcwire_tx *tx = gen_take(g, block->tx_len * sizeof(*tx));
	struct btcwire_blocktxn body = { .tx = tx };
	struct btcwire_msg *compact = NULL;
	uint64_t share = 1 + gen_below(g, 4);
	size_t i, len;

	FUZZ_ASSERT(btcwire_cmpctblock_new(&compact, block, gen_u64(g), NULL, 0,
	    NULL) == 0);
	len = put(buf + 3, size - 3, BTCWIRE_CMPCTBLOCK,
	    btcwire_msg_body(compact));
	btcwire_msg_unref(compact);
	buf[0] = (uint8_t)len;
	buf[1] = (uint8_t)(len >> 8);
	buf[2] = (uint8_t)(len >> 16);
	btcwire_header_hash(&body.block, &block->header);
	for (i = 1; i < block->tx_len; i++)
		if (gen_below(g, share) == 0)
			tx[body.tx_len++] = block->tx[i];
	return 3 + len + put(buf + 3 + len, size - 3 - len, BTCWIRE_BLOCKTXN,
	    &body);
}

/* The same with some transactions twice. */
static struct btcwire_block *
repeat_some(struct gen *g, const struct btcwire_block *block)
{
	size_t i, n = block->tx_len;
	struct btcwire_block *more = gen_take(g, sizeof(*more));
	struct btcwire_tx *tx = gen_take(g, n * sizeof(*tx));

	memcpy(tx, block->tx, n * sizeof(*tx));
	for (i = 1 + (size_t)gen_below(g, n); i < n; i += 3)
		tx[i] = tx[gen_below(g, n)];
	*more = (struct btcwire_block){ block->header, tx, n };
	sound_root(more);
	return more;
}

size_t
fuzz_seed(struct gen *g, uint8_t *buf, size_t size)
{
	struct btcwire_block *block;
	size_t n = 1 + (size_t)gen_below(g, gen_below(g, 8) == 0 ? 200 : 12);
	unsigned what = (unsigned)gen_below(g, PAIR + 1);

	gen_reset(g);
	block = sound_block(g, n);
	if (gen_below(g, 4) == 0)
		block = repeat_some(g, block);
	buf[0] = (uint8_t)what;
	gen_fill(g, buf + 1, HEAD - 1);
	if (what == PAIR)
		return HEAD + put_pair(g, buf + HEAD, size - HEAD, block);
	return HEAD + put(buf + HEAD, size - HEAD, BTCWIRE_BLOCK, block);
}
