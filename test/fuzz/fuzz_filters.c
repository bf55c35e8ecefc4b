/*
 * Filters: those of BIP 37, and those of BIP 158.  An input is what to do, and
 * what to do it with.
 */
#include "config.h"

#include "fuzz/input.h"
#include "sound.h"

const unsigned fuzz_n_seeds = 20000;

/* ---- Bloom filters ----------------------------------------------------- */

/* No bit is ever taken out. */
static void
check_kept(const struct btcwire_bloom *b, const struct btcwire_filterload *was)
{
	struct btcwire_filterload now;
	size_t i;

	btcwire_bloom_filterload(&now, b);
	FUZZ_ASSERT(now.filter.len == was->filter.len);
	FUZZ_ASSERT(now.hash_funcs == was->hash_funcs &&
	    now.tweak == was->tweak && now.update == was->update);
	for (i = 0; i < was->filter.len; i++)
		FUZZ_ASSERT((was->filter.data[i] & ~now.filter.data[i]) == 0);
}

/* Whether an output's script begins with a push of data. */
static bool
pushes(const struct btcwire_tx *tx, const struct btcwire_bytes *data)
{
	size_t i;

	for (i = 0; i < tx->out_len; i++) {
		const struct btcwire_bytes *s = &tx->out[i].script;

		if (data->len > 0 && data->len <= 75 && s->len > data->len &&
		    s->data[0] == data->len &&
		    memcmp(s->data + 1, data->data, data->len) == 0)
			return true;
	}
	return false;
}

/* A transaction and a filter into which data was inserted. */
static void
check_tx(struct btcwire_bloom *b, const struct btcwire_tx *tx,
    const struct btcwire_bytes *data, const struct btcwire_filterload *was)
{
	struct btcwire_hash txid;
	struct btcwire_outpoint spent;
	bool sure, matched;

	btcwire_txid(&txid, tx);
	sure = btcwire_bloom_contains(b, txid.b, sizeof(txid.b)) ||
	    pushes(tx, data);
	matched = btcwire_bloom_match_tx(b, tx);
	FUZZ_ASSERT(matched || !sure);
	FUZZ_ASSERT(!matched || btcwire_bloom_match_tx(b, tx));
	if (tx->in_len > 0) {
		spent = tx->in[tx->in_len - 1].prev;
		btcwire_bloom_insert_outpoint(b, &spent);
		FUZZ_ASSERT(btcwire_bloom_contains_outpoint(b, &spent));
		FUZZ_ASSERT(btcwire_bloom_match_tx(b, tx));
	}
	btcwire_bloom_insert(b, txid.b, sizeof(txid.b));
	FUZZ_ASSERT(btcwire_bloom_match_tx(b, tx));
	check_kept(b, was);
}

/* A filterload, something to insert, and a transaction. */
static void
do_bloom(struct input *in)
{
	struct btcwire_bytes part = take_part(in), data;
	struct btcwire_msg *load = take_msg(BTCWIRE_FILTERLOAD, &part);
	const struct btcwire_filterload *m;
	struct btcwire_bloom *b = NULL;
	struct btcwire_msg *tx;

	if (load == NULL)
		return;
	m = btcwire_filterload_of(load);
	FUZZ_ASSERT(btcwire_bloom_from_filterload(&b, m) == 0);
	check_kept(b, m);
	data = take_part(in);
	btcwire_bloom_insert(b, data.data, data.len);
	FUZZ_ASSERT(btcwire_bloom_contains(b, data.data, data.len));
	part = take(in, in->len);
	tx = take_msg(BTCWIRE_TX, &part);
	if (tx != NULL)
		check_tx(b, btcwire_tx_of(tx), &data, m);
	check_kept(b, m);
	btcwire_msg_unref(tx);
	btcwire_bloom_free(b);
	btcwire_msg_unref(load);
}

static void
do_bloom_new(struct input *in)
{
	struct btcwire_filterload m;
	struct btcwire_bloom *b = NULL;
	struct btcwire_bytes item;
	uint8_t bits[8], zero[64] = { 0 };
	uint64_t u;
	double rate;
	size_t elements = take_u32(in);
	int rc;

	take_into(in, bits, sizeof(bits));
	u = xf_le64(bits);
	memcpy(&rate, &u, sizeof(rate));
	rc = btcwire_bloom_new(&b, elements, rate, take_u32(in), 1);
	FUZZ_ASSERT(rc == (elements > 0 && rate > 0 && rate < 1 ? 0 :
	    BTCPEER_E_INVAL));
	if (rc != 0)
		return;
	btcwire_bloom_filterload(&m, b);
	FUZZ_ASSERT(m.filter.len >= 1 &&
	    m.filter.len <= BTCWIRE_MAX_BLOOM_FILTER);
	FUZZ_ASSERT(m.hash_funcs >= 1 &&
	    m.hash_funcs <= BTCWIRE_MAX_BLOOM_HASHES);
	FUZZ_ASSERT(m.filter.len < sizeof(zero) ||
	    memcmp(m.filter.data, zero, sizeof(zero)) == 0);
	item = take(in, in->len);
	FUZZ_ASSERT(!btcwire_bloom_contains(b, item.data, item.len));
	btcwire_bloom_insert(b, item.data, item.len);
	FUZZ_ASSERT(btcwire_bloom_contains(b, item.data, item.len));
	btcwire_bloom_free(b);
}

/* ---- Compact block filters --------------------------------------------- */

enum { MAX_ITEMS = 200 };

/* Items, each with its length in a byte before it. */
static size_t
take_items(struct input *in, struct btcwire_bytes items[MAX_ITEMS])
{
	uint8_t len;
	size_t n;

	for (n = 0; n < MAX_ITEMS && in->len > 0; n++) {
		take_into(in, &len, 1);
		items[n] = take(in, len);
	}
	return n;
}

static bool
is_filter_error(int rc)
{
	return rc == BTCPEER_E_SHORT || rc == BTCPEER_E_NONCANON ||
	    rc == BTCPEER_E_TOOBIG || rc == BTCPEER_E_TRAILING;
}

/* Any bytes for a filter: all items together find what one of them does. */
static void
do_cfilter_match(struct input *in)
{
	struct btcwire_bytes items[MAX_ITEMS], filter;
	struct btcwire_hash block;
	struct btcpeer_error err = { 0 };
	bool match = false, one, any = false;
	size_t i, n;
	int rc;

	take_into(in, block.b, sizeof(block.b));
	filter = take_part(in);
	n = take_items(in, items);
	rc = btcwire_cfilter_match(&match, &filter, &block, items, n, &err);
	FUZZ_ASSERT(rc == 0 || is_filter_error(rc));
	check_error(&err, rc);
	FUZZ_ASSERT(rc == 0 || err.offset <= filter.len);
	for (i = 0; i < n; i++) {
		one = false;
		FUZZ_ASSERT(btcwire_cfilter_match(&one, &filter, &block,
		    &items[i], 1, NULL) == rc);
		FUZZ_ASSERT(!one || items[i].len > 0);
		any |= one;
	}
	FUZZ_ASSERT(match == any);
}

static void
check_items(const struct btcwire_bytes *filter,
    const struct btcwire_hash *block, const struct btcwire_bytes *items,
    size_t n)
{
	bool match;
	size_t i;

	FUZZ_ASSERT(btcwire_cfilter_match(&match, filter, block, NULL, 0, NULL)
	    == 0 && !match);
	for (i = 0; i < n; i++) {
		FUZZ_ASSERT(btcwire_cfilter_match(&match, filter, block,
		    &items[i], 1, NULL) == 0);
		FUZZ_ASSERT(match == (items[i].len > 0));
	}
}

static size_t
count_different(const struct btcwire_bytes *items, size_t n)
{
	size_t i, j, count = 0;

	for (i = 0; i < n; i++) {
		for (j = 0; j < i; j++)
			if (items[j].len == items[i].len && memcmp(items[j].data,
			    items[i].data, items[i].len) == 0)
				break;
		if (j == i && items[i].len > 0)
			count++;
	}
	return count;
}

/* What is built holds what it was built from, and nothing may follow it. */
static void
do_cfilter_build(struct input *in)
{
	struct btcwire_bytes items[MAX_ITEMS], filter, longer;
	struct btcwire_hash block;
	uint8_t *bytes = NULL, *more;
	bool match;
	size_t n;

	take_into(in, block.b, sizeof(block.b));
	n = take_items(in, items);
	FUZZ_ASSERT(btcwire_cfilter_build_items(&bytes, &filter.len, &block,
	    items, n) == 0);
	filter.data = bytes;
	FUZZ_ASSERT(bytes[0] == count_different(items, n));
	check_items(&filter, &block, items, n);
	more = room(filter.len + 1, 1);
	memcpy(more, bytes, filter.len);
	longer = (struct btcwire_bytes){ more, filter.len + 1 };
	FUZZ_ASSERT(btcwire_cfilter_match(&match, &longer, &block, items, n,
	    NULL) == BTCPEER_E_TRAILING);
	longer.len = filter.len - 1;
	FUZZ_ASSERT(btcwire_cfilter_match(&match, &longer, &block, items, n,
	    NULL) == BTCPEER_E_SHORT);
	free(more);
	free(bytes);
}

/* A block, all of whose inputs spend one script. */
static void
do_cfilter_block(struct input *in)
{
	struct btcwire_bytes script = take_part(in), payload, filter;
	struct btcwire_bytes *spent;
	struct btcwire_msg *msg;
	const struct btcwire_block *block;
	struct btcwire_hash hash;
	uint8_t *bytes = NULL;
	size_t i, j, n = 0;

	payload = take(in, in->len);
	if ((msg = take_msg(BTCWIRE_BLOCK, &payload)) == NULL)
		return;
	block = btcwire_block_of(msg);
	btcwire_header_hash(&hash, &block->header);
	for (i = 1; i < block->tx_len; i++)
		n += block->tx[i].in_len;
	spent = room(n, sizeof(*spent));
	for (i = 0; i <= n; i++)
		spent[i] = script;
	FUZZ_ASSERT(btcwire_cfilter_build(&bytes, &filter.len, block, spent,
	    n + 1, NULL) == BTCPEER_E_INVAL);
	FUZZ_ASSERT(btcwire_cfilter_build(&bytes, &filter.len, block, spent, n,
	    NULL) == 0);
	filter.data = bytes;
	if (n > 0)
		check_items(&filter, &hash, &script, 1);
	for (i = 0; i < block->tx_len && i < 5; i++)
		for (j = 0; j < block->tx[i].out_len && j < 5; j++) {
			const struct btcwire_bytes *s =
			    &block->tx[i].out[j].script;

			if (s->len > 0 && s->data[0] != 0x6a)
				check_items(&filter, &hash, s, 1);
		}
	free(bytes);
	free(spent);
	btcwire_msg_unref(msg);
}

/* ---- The target -------------------------------------------------------- */

static void (*const todo[])(struct input *in) = { do_bloom, do_bloom_new,
    do_cfilter_match, do_cfilter_build, do_cfilter_block };
enum { BLOOM, BLOOM_NEW, MATCH, BUILD, BLOCK, N_TODO };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in;

	if (size < 1)
		return 0;
	in = (struct input){ data + 1, size - 1 };
	todo[data[0] % N_TODO](&in);
	return 0;
}

/* ---- Seeds ------------------------------------------------------------- */

/* A seed that is being written. */
struct output {
	uint8_t *p, *end;
};

static void
put(struct output *out, const void *data, size_t len)
{
	FUZZ_ASSERT(len <= (size_t)(out->end - out->p));
	if (len > 0)
		memcpy(out->p, data, len);
	out->p += len;
}

/* With its length before it, in two bytes. */
static void
put_part(struct output *out, const void *data, size_t len)
{
	uint8_t b[2];

	FUZZ_ASSERT(len <= UINT16_MAX);
	xf_set_le16(b, (uint16_t)len);
	put(out, b, sizeof(b));
	put(out, data, len);
}

static void
put_body(struct output *out, enum btcwire_type type, const void *body)
{
	size_t len = 0;

	FUZZ_ASSERT(btcwire_body_encode(out->p, &len,
	    (size_t)(out->end - out->p), type, body, BTCWIRE_PVER_NEWEST, 0,
	    NULL) == 0);
	out->p += len;
}

/* A filter with an outpoint, and perhaps a pushed key, of a transaction. */
static void
put_bloom(struct gen *g, struct output *out)
{
	uint8_t payload[1000], key[33], script[35] = { 33, [34] = 0xac };
	struct btcwire_filterload m;
	struct btcwire_bloom *b = NULL;
	struct btcwire_txout *txout;
	struct btcwire_tx tx;
	size_t len = 0;

	gen_reset(g);
	gen_tx(g, &tx);
	gen_fill(g, key, sizeof(key));
	key[0] = 2;
	memcpy(script + 1, key, sizeof(key));
	FUZZ_ASSERT(btcwire_bloom_new(&b, 1 + (size_t)gen_below(g, 50), 0.01,
	    (uint32_t)gen_u64(g), (uint8_t)gen_below(g, 4)) == 0);
	if (gen_below(g, 2) == 0)
		btcwire_bloom_insert_outpoint(b, &tx.in[0].prev);
	if (gen_below(g, 2) == 0)
		btcwire_bloom_insert(b, key, sizeof(key));
	btcwire_bloom_filterload(&m, b);
	FUZZ_ASSERT(btcwire_body_encode(payload, &len, sizeof(payload),
	    BTCWIRE_FILTERLOAD, &m, BTCWIRE_PVER_NEWEST, 0, NULL) == 0);
	btcwire_bloom_free(b);
	txout = gen_take(g, sizeof(*txout));
	txout->script = (struct btcwire_bytes){ script, sizeof(script) };
	tx.out = txout;
	tx.out_len = 1;
	put_part(out, payload, len);
	put_part(out, key, sizeof(key) - (size_t)gen_below(g, 2));
	put_body(out, BTCWIRE_TX, &tx);
}

static void
put_bloom_new(struct gen *g, struct output *out)
{
	static const double rates[] = { 0, 1, -1, 1e-300, 0.5, 0.01, 0.999999,
	    1e300, -0.0 };
	double rate = rates[gen_below(g, 9)];
	uint8_t b[20];
	uint64_t u;

	gen_fill(g, b, sizeof(b));
	memcpy(&u, &rate, sizeof(u));
	xf_set_le32(b, (uint32_t)gen_u64(g) >> gen_below(g, 32));
	xf_set_le64(b + 4, u);
	put(out, b, sizeof(b));
}

/* Items for a filter, with their lengths before them. */
static size_t
put_items(struct gen *g, struct output *out, struct btcwire_bytes *items)
{
	size_t i, n = (size_t)gen_below(g, 20);
	uint8_t len;

	for (i = 0; i < n; i++) {
		items[i] = gen_bytes(g, 200);
		if (i > 0 && gen_below(g, 8) == 0)
			items[i] = items[i - 1];
		len = (uint8_t)items[i].len;
		put(out, &len, 1);
		put(out, items[i].data, items[i].len);
	}
	return n;
}

/* A filter and what it was built from. */
static void
put_match(struct gen *g, struct output *out)
{
	uint8_t text[8192], *bytes = NULL;
	struct output after = { text, text + sizeof(text) };
	struct btcwire_bytes items[20];
	struct btcwire_hash block;
	size_t n, len = 0;

	gen_fill(g, block.b, sizeof(block.b));
	n = put_items(g, &after, items);
	FUZZ_ASSERT(btcwire_cfilter_build_items(&bytes, &len, &block, items,
	    n) == 0);
	put(out, block.b, sizeof(block.b));
	put_part(out, bytes, len);
	put(out, text, (size_t)(after.p - text));
	free(bytes);
}

size_t
fuzz_seed(struct gen *g, uint8_t *buf, size_t size)
{
	struct output out = { buf + 1, buf + size };
	struct btcwire_bytes items[20];
	uint8_t some[32];

	gen_reset(g);
	gen_fill(g, some, sizeof(some));
	buf[0] = (uint8_t)gen_below(g, N_TODO);
	switch (buf[0]) {
	case BLOOM:
		put_bloom(g, &out);
		break;
	case BLOOM_NEW:
		put_bloom_new(g, &out);
		break;
	case MATCH:
		put_match(g, &out);
		break;
	case BUILD:
		put(&out, some, sizeof(some));
		put_items(g, &out, items);
		break;
	default:
		put_part(&out, some, (size_t)gen_below(g, sizeof(some)));
		put_body(&out, BTCWIRE_BLOCK, sound_block(g,
		    1 + (size_t)gen_below(g, 12)));
		break;
	}
	return (size_t)(out.p - buf);
}
