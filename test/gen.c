#include "config.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

enum {
	POOL = 4 << 20,
	BUDGET = 300000		/* of wire bytes, about; what it takes in memory fits POOL */
};

void
gen_init(struct gen *g, uint64_t seed)
{
	*g = (struct gen){ .state = seed, .pool = malloc(POOL) };
	if (g->pool == NULL) {
		fputs("out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
}

void
gen_clear(struct gen *g)
{
	free(g->pool);
	g->pool = NULL;
}

/* SplitMix64: a counter put through a mixing function. */
uint64_t
gen_u64(struct gen *g)
{
	uint64_t z = g->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t
gen_below(struct gen *g, uint64_t n)
{
	return gen_u64(g) % n;
}

void
gen_fill(struct gen *g, void *p, size_t n)
{
	uint8_t *b = p;
	uint64_t r = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (i % 8 == 0)
			r = gen_u64(g);
		b[i] = (uint8_t)(r >> i % 8 * 8);
	}
}

static void *
take(struct gen *g, size_t n)
{
	void *p = g->pool + g->used;

	g->used += (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (g->used > POOL) {
		fputs("gen.c: POOL is too small\n", stderr);
		exit(EXIT_FAILURE);
	}
	memset(p, 0, n);
	return p;
}

/* How many items of that size on the wire; at most max. */
static size_t
pick_len(struct gen *g, size_t max, size_t item)
{
	static const size_t edges[] = { 252, 253, 254, 255, 256, 65535, 65536 };
	uint64_t dice = gen_below(g, 256);
	size_t n;

	if (dice == 0)
		n = edges[gen_below(g, 7)];
	else if (dice < 3)
		n = edges[gen_below(g, 5)];
	else
		n = (size_t)gen_below(g, dice < 16 ? 60 : 5);
	if (n > max)
		n = max;
	if (n > g->budget / item)
		n = g->budget / item;
	g->budget -= n * item;
	return n;
}

static struct btcwire_bytes
pick_bytes(struct gen *g, size_t max)
{
	size_t len = pick_len(g, max, 1);
	uint8_t *data = take(g, len);

	gen_fill(g, data, len);
	return (struct btcwire_bytes){ .data = data, .len = len };
}

static void
pick_netaddr(struct gen *g, struct btcwire_netaddr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	a->services = gen_u64(g);
	a->port = (uint16_t)gen_u64(g);
	gen_fill(g, a->ip, sizeof(a->ip));
	if (gen_below(g, 2) == 0)
		memcpy(a->ip, mapped, sizeof(mapped));
}

static const void *
gen_empty(struct gen *g)
{
	return take(g, sizeof(struct btcwire_empty));
}

static const void *
gen_version(struct gen *g)
{
	struct btcwire_version *m = take(g, sizeof(*m));

	m->version = gen_below(g, 2) == 0 ? (int32_t)gen_u64(g) :
	    (int32_t)(70000 + gen_below(g, 18));
	m->services = gen_u64(g);
	m->timestamp = (int64_t)gen_u64(g);
	pick_netaddr(g, &m->addr_recv);
	pick_netaddr(g, &m->addr_from);
	m->nonce = gen_u64(g);
	m->user_agent = pick_bytes(g, BTCWIRE_MAX_USER_AGENT);
	m->start_height = (int32_t)gen_u64(g);
	/* Before BIP 37 there is no flag, and none reads as true. */
	m->relay = m->version < (int32_t)BTCWIRE_PVER_BIP37 ||
	    gen_below(g, 2) == 1;
	return m;
}

static const void *
gen_ping(struct gen *g)
{
	struct btcwire_ping *m = take(g, sizeof(*m));

	m->nonce = gen_u64(g);
	return m;
}

static const void *
gen_inv(struct gen *g)
{
	struct btcwire_inv *m = take(g, sizeof(*m));
	struct btcwire_invvect *v;
	size_t i;

	m->vec_len = pick_len(g, BTCWIRE_MAX_INV, 36);
	m->vec = v = take(g, m->vec_len * sizeof(*v));
	for (i = 0; i < m->vec_len; i++)
		gen_fill(g, &v[i], sizeof(v[i]));
	return m;
}

static const void *
gen_locator(struct gen *g)
{
	struct btcwire_locator *m = take(g, sizeof(*m));
	struct btcwire_hash *h;

	m->version = (uint32_t)gen_u64(g);
	m->hash_len = pick_len(g, BTCWIRE_MAX_LOCATOR, 32);
	m->hash = h = take(g, m->hash_len * sizeof(*h));
	gen_fill(g, h, m->hash_len * sizeof(*h));
	gen_fill(g, &m->stop, sizeof(m->stop));
	return m;
}

static void
pick_header(struct gen *g, struct btcwire_header *h)
{
	h->version = (int32_t)gen_u64(g);
	gen_fill(g, &h->prev, sizeof(h->prev));
	gen_fill(g, &h->merkle_root, sizeof(h->merkle_root));
	h->time = (uint32_t)gen_u64(g);
	h->bits = (uint32_t)gen_u64(g);
	h->nonce = (uint32_t)gen_u64(g);
}

static const void *
gen_headers(struct gen *g)
{
	struct btcwire_headers *m = take(g, sizeof(*m));
	struct btcwire_header *h;
	size_t i;

	m->header_len = pick_len(g, BTCWIRE_MAX_HEADERS, 81);
	m->header = h = take(g, m->header_len * sizeof(*h));
	for (i = 0; i < m->header_len; i++)
		pick_header(g, &h[i]);
	return m;
}

static void
pick_witness(struct gen *g, struct btcwire_txin *in)
{
	struct btcwire_bytes *item;
	size_t i;

	in->witness_len = pick_len(g, 1000, 8);
	in->witness = item = take(g, in->witness_len * sizeof(*item));
	for (i = 0; i < in->witness_len; i++)
		item[i] = pick_bytes(g, 70000);
}

/* Always with an input: the form with witnesses cannot say "outputs only". */
static void
pick_tx(struct gen *g, struct btcwire_tx *tx)
{
	bool witness = gen_below(g, 2) == 1;
	struct btcwire_txout *out;
	struct btcwire_txin *in;
	size_t i;

	tx->version = (int32_t)gen_u64(g);
	tx->locktime = (uint32_t)gen_u64(g);
	tx->in_len = 1 + pick_len(g, 300, 41);
	tx->in = in = take(g, tx->in_len * sizeof(*in));
	for (i = 0; i < tx->in_len; i++) {
		gen_fill(g, &in[i].prev, sizeof(in[i].prev));
		in[i].script = pick_bytes(g, 70000);
		in[i].sequence = (uint32_t)gen_u64(g);
		if (witness)
			pick_witness(g, &in[i]);
	}
	tx->out_len = pick_len(g, 300, 9);
	tx->out = out = take(g, tx->out_len * sizeof(*out));
	for (i = 0; i < tx->out_len; i++) {
		out[i].value = (int64_t)gen_u64(g);
		out[i].script = pick_bytes(g, 70000);
	}
}

static const void *
gen_tx(struct gen *g)
{
	struct btcwire_tx *m = take(g, sizeof(*m));

	pick_tx(g, m);
	return m;
}

static const void *
gen_block(struct gen *g)
{
	struct btcwire_block *m = take(g, sizeof(*m));
	struct btcwire_tx *tx;
	size_t i;

	pick_header(g, &m->header);
	m->tx_len = pick_len(g, 300, 60);
	m->tx = tx = take(g, m->tx_len * sizeof(*tx));
	for (i = 0; i < m->tx_len; i++)
		pick_tx(g, &tx[i]);
	return m;
}

static const void *
gen_addr(struct gen *g)
{
	struct btcwire_addr *m = take(g, sizeof(*m));
	struct btcwire_netaddr *a;
	size_t i;

	m->addr_len = pick_len(g, BTCWIRE_MAX_ADDR, 30);
	m->addr = a = take(g, m->addr_len * sizeof(*a));
	for (i = 0; i < m->addr_len; i++) {
		pick_netaddr(g, &a[i]);
		a[i].time = (uint32_t)gen_u64(g);
	}
	return m;
}

static const void *
gen_reject(struct gen *g)
{
	static const char *const names[] = { "tx", "block", "version", "ping" };
	struct btcwire_reject *m = take(g, sizeof(*m));
	size_t name = (size_t)gen_below(g, 5);

	if (name < 4)
		m->command = (struct btcwire_bytes){
		    (const uint8_t *)names[name], strlen(names[name]) };
	else
		m->command = pick_bytes(g, 12);
	m->code = (uint8_t)gen_u64(g);
	m->reason = pick_bytes(g, 111);
	m->has_hash = name < 2 && gen_below(g, 4) > 0;
	if (m->has_hash)
		gen_fill(g, &m->hash, sizeof(m->hash));
	return m;
}

static const void *
gen_feefilter(struct gen *g)
{
	struct btcwire_feefilter *m = take(g, sizeof(*m));

	m->feerate = (int64_t)gen_below(g, UINT64_C(2100000000000000) + 1);
	return m;
}

const void *
gen_body(struct gen *g, enum btcwire_type type)
{
	static const void *(*const make[BTCWIRE_NTYPES])(struct gen *) = {
#define XX(upper, name, body) [BTCWIRE_##upper] = gen_##body,
		BTCWIRE_MSG_MAP(XX)
#undef XX
	};

	g->used = 0;
	g->budget = BUDGET;
	return make[type](g);
}

size_t
gen_mutate(struct gen *g, uint8_t *buf, size_t len, size_t size)
{
	size_t rounds = 1 + (size_t)gen_below(g, 4), at, n;

	while (rounds-- > 0 && len > 0) {
		at = (size_t)gen_below(g, len);
		n = 1 + (size_t)gen_below(g, len - at < 9 ? len - at : 9);
		switch (gen_below(g, 6)) {
		case 0:
			buf[at] ^= (uint8_t)(1 << gen_below(g, 8));
			break;
		case 1:
			buf[at] = (uint8_t)gen_u64(g);
			break;
		case 2:
			memset(buf + at, 0xff, n);
			break;
		case 3:
			memset(buf + at, 0, n);
			break;
		case 4:
			len = at;
			break;
		default:	/* the bytes at the place, once more at the end */
			if (n > size - len)
				n = size - len;
			memmove(buf + len, buf + at, n);
			len += n;
			break;
		}
	}
	return len;
}
