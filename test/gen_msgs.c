/* The small ones and the lists. */
#include "config.h"

#include <string.h>

#include "gen.h"

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

const void *
gen_make_empty(struct gen *g)
{
	return gen_take(g, sizeof(struct btcwire_empty));
}

const void *
gen_make_version(struct gen *g)
{
	struct btcwire_version *m = gen_take(g, sizeof(*m));

	m->version = gen_below(g, 2) == 0 ? (int32_t)gen_u64(g) :
	    (int32_t)(70000 + gen_below(g, 18));
	m->services = gen_u64(g);
	m->timestamp = (int64_t)gen_u64(g);
	pick_netaddr(g, &m->addr_recv);
	pick_netaddr(g, &m->addr_from);
	m->nonce = gen_u64(g);
	m->user_agent = gen_bytes(g, BTCWIRE_MAX_USER_AGENT);
	m->start_height = (int32_t)gen_u64(g);
	/* Before BIP 37 there is no flag, and none reads as true. */
	m->relay = m->version < (int32_t)BTCWIRE_PVER_BIP37 ||
	    gen_below(g, 2) == 1;
	return m;
}

const void *
gen_make_ping(struct gen *g)
{
	struct btcwire_ping *m = gen_take(g, sizeof(*m));

	m->nonce = gen_u64(g);
	return m;
}

const void *
gen_make_inv(struct gen *g)
{
	struct btcwire_inv *m = gen_take(g, sizeof(*m));
	struct btcwire_invvect *v;
	size_t i;

	m->vec_len = gen_len(g, BTCWIRE_MAX_INV, 36);
	m->vec = v = gen_take(g, m->vec_len * sizeof(*v));
	for (i = 0; i < m->vec_len; i++) {
		v[i].type = (uint32_t)gen_u64(g);
		if (gen_below(g, 2) == 0)
			v[i].type &= 7 | BTCWIRE_INV_WITNESS_FLAG;
		gen_fill(g, &v[i].hash, sizeof(v[i].hash));
	}
	return m;
}

const void *
gen_make_locator(struct gen *g)
{
	struct btcwire_locator *m = gen_take(g, sizeof(*m));

	m->version = (uint32_t)gen_u64(g);
	m->hash_len = gen_len(g, BTCWIRE_MAX_LOCATOR, 32);
	m->hash = gen_hashes(g, m->hash_len);
	gen_fill(g, &m->stop, sizeof(m->stop));
	return m;
}

const void *
gen_make_headers(struct gen *g)
{
	struct btcwire_headers *m = gen_take(g, sizeof(*m));
	struct btcwire_header *h;
	size_t i;

	m->header_len = gen_len(g, BTCWIRE_MAX_HEADERS, 81);
	m->header = h = gen_take(g, m->header_len * sizeof(*h));
	for (i = 0; i < m->header_len; i++)
		gen_header(g, &h[i]);
	return m;
}

const void *
gen_make_addr(struct gen *g)
{
	struct btcwire_addr *m = gen_take(g, sizeof(*m));
	struct btcwire_netaddr *a;
	size_t i;

	m->addr_len = gen_len(g, BTCWIRE_MAX_ADDR, 30);
	m->addr = a = gen_take(g, m->addr_len * sizeof(*a));
	for (i = 0; i < m->addr_len; i++) {
		pick_netaddr(g, &a[i]);
		a[i].time = (uint32_t)gen_u64(g);
	}
	return m;
}

const void *
gen_make_reject(struct gen *g)
{
	static const char *const names[] = { "tx", "block", "version", "ping" };
	struct btcwire_reject *m = gen_take(g, sizeof(*m));
	size_t name = (size_t)gen_below(g, 5);

	if (name < 4)
		m->command = (struct btcwire_bytes){
		    (const uint8_t *)names[name], strlen(names[name]) };
	else
		m->command = gen_bytes(g, 12);
	m->code = (uint8_t)gen_u64(g);
	m->reason = gen_bytes(g, 111);
	m->has_hash = gen_below(g, 8) < (name < 2 ? 6 : 1);
	if (m->has_hash)
		gen_fill(g, &m->hash, sizeof(m->hash));
	return m;
}

const void *
gen_make_feefilter(struct gen *g)
{
	struct btcwire_feefilter *m = gen_take(g, sizeof(*m));

	m->feerate = (int64_t)gen_below(g, UINT64_C(2100000000000000) + 1);
	return m;
}

const void *
gen_make_feature(struct gen *g)
{
	struct btcwire_feature *m = gen_take(g, sizeof(*m));
	size_t len = BTCWIRE_MIN_FEATURE_ID + gen_len(g,
	    BTCWIRE_MAX_FEATURE_ID - BTCWIRE_MIN_FEATURE_ID, 1);
	uint8_t *id = gen_take(g, len);
	size_t i;

	for (i = 0; i < len; i++)
		id[i] = (uint8_t)(0x20 + gen_below(g, 0x7f - 0x20));
	m->id = (struct btcwire_bytes){ id, len };
	m->data = gen_bytes(g, BTCWIRE_MAX_FEATURE_DATA);
	return m;
}

const void *
gen_make_sendtxrcncl(struct gen *g)
{
	struct btcwire_sendtxrcncl *m = gen_take(g, sizeof(*m));

	m->version = (uint32_t)gen_u64(g);
	m->salt = gen_u64(g);
	return m;
}

const void *
gen_make_reqrecon(struct gen *g)
{
	struct btcwire_reqrecon *m = gen_take(g, sizeof(*m));

	m->set_size = (uint16_t)gen_u64(g);
	m->q = (uint16_t)gen_u64(g);
	return m;
}

const void *
gen_make_sketch(struct gen *g)
{
	struct btcwire_sketch *m = gen_take(g, sizeof(*m));

	m->data = gen_bytes(g, 70000);
	m->data.len &= ~(size_t)3;
	return m;
}

const void *
gen_make_reconcildiff(struct gen *g)
{
	struct btcwire_reconcildiff *m = gen_take(g, sizeof(*m));
	uint32_t *ask;
	size_t i;

	m->success = gen_below(g, 2) == 1;
	m->ask_len = gen_len(g, 70000, 4);
	m->ask = ask = gen_take(g, m->ask_len * sizeof(*ask));
	for (i = 0; i < m->ask_len; i++)
		ask[i] = (uint32_t)gen_u64(g);
	return m;
}

const void *
gen_make_sendpackages(struct gen *g)
{
	struct btcwire_sendpackages *m = gen_take(g, sizeof(*m));

	m->versions = gen_u64(g);
	return m;
}

/* ancpkginfo may have more, getpkgtxns may not. */
const void *
gen_make_wtxids(struct gen *g)
{
	struct btcwire_wtxids *m = gen_take(g, sizeof(*m));

	m->wtxid_len = gen_len(g, BTCWIRE_MAX_PKGTXNS, 32);
	m->wtxid = gen_hashes(g, m->wtxid_len);
	return m;
}
