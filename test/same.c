#include "config.h"

#include <string.h>

#include "same.h"

#define SAME(field) (a->field == b->field)

static bool
same_bytes(struct btcwire_bytes a, struct btcwire_bytes b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool
same_hash(const struct btcwire_hash *a, const struct btcwire_hash *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static bool
same_hashes(const struct btcwire_hash *a, size_t a_len,
    const struct btcwire_hash *b, size_t b_len)
{
	return a_len == b_len &&
	    (a_len == 0 || memcmp(a, b, a_len * sizeof(*a)) == 0);
}

static bool
same_netaddr(const struct btcwire_netaddr *a, const struct btcwire_netaddr *b)
{
	return SAME(time) && SAME(services) && SAME(port) &&
	    memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

static bool
same_empty(const void *va, const void *vb)
{
	(void)va;
	(void)vb;
	return true;
}

static bool
same_version(const void *va, const void *vb)
{
	const struct btcwire_version *a = va, *b = vb;

	return SAME(version) && SAME(services) && SAME(timestamp) &&
	    same_netaddr(&a->addr_recv, &b->addr_recv) &&
	    same_netaddr(&a->addr_from, &b->addr_from) && SAME(nonce) &&
	    same_bytes(a->user_agent, b->user_agent) && SAME(start_height) &&
	    SAME(relay);
}

static bool
same_ping(const void *va, const void *vb)
{
	const struct btcwire_ping *a = va, *b = vb;

	return SAME(nonce);
}

static bool
same_inv(const void *va, const void *vb)
{
	const struct btcwire_inv *a = va, *b = vb;
	size_t i;

	if (!SAME(vec_len))
		return false;
	for (i = 0; i < a->vec_len; i++)
		if (!SAME(vec[i].type) ||
		    !same_hash(&a->vec[i].hash, &b->vec[i].hash))
			return false;
	return true;
}

static bool
same_locator(const void *va, const void *vb)
{
	const struct btcwire_locator *a = va, *b = vb;

	return SAME(version) && same_hash(&a->stop, &b->stop) &&
	    same_hashes(a->hash, a->hash_len, b->hash, b->hash_len);
}

static bool
same_header(const struct btcwire_header *a, const struct btcwire_header *b)
{
	return SAME(version) && same_hash(&a->prev, &b->prev) &&
	    same_hash(&a->merkle_root, &b->merkle_root) && SAME(time) &&
	    SAME(bits) && SAME(nonce);
}

static bool
same_headers(const void *va, const void *vb)
{
	const struct btcwire_headers *a = va, *b = vb;
	size_t i;

	if (!SAME(header_len))
		return false;
	for (i = 0; i < a->header_len; i++)
		if (!same_header(&a->header[i], &b->header[i]))
			return false;
	return true;
}

static bool
same_txin(const struct btcwire_txin *a, const struct btcwire_txin *b)
{
	size_t i;

	if (!same_hash(&a->prev.hash, &b->prev.hash) || !SAME(prev.index) ||
	    !same_bytes(a->script, b->script) || !SAME(sequence) ||
	    !SAME(witness_len))
		return false;
	for (i = 0; i < a->witness_len; i++)
		if (!same_bytes(a->witness[i], b->witness[i]))
			return false;
	return true;
}

static bool
same_tx(const void *va, const void *vb)
{
	const struct btcwire_tx *a = va, *b = vb;
	size_t i;

	if (!SAME(version) || !SAME(locktime) || !SAME(in_len) ||
	    !SAME(out_len))
		return false;
	for (i = 0; i < a->in_len; i++)
		if (!same_txin(&a->in[i], &b->in[i]))
			return false;
	for (i = 0; i < a->out_len; i++)
		if (!SAME(out[i].value) ||
		    !same_bytes(a->out[i].script, b->out[i].script))
			return false;
	return true;
}

static bool
same_txs(const struct btcwire_tx *a, size_t a_len, const struct btcwire_tx *b,
    size_t b_len)
{
	size_t i;

	if (a_len != b_len)
		return false;
	for (i = 0; i < a_len; i++)
		if (!same_tx(&a[i], &b[i]))
			return false;
	return true;
}

static bool
same_block(const void *va, const void *vb)
{
	const struct btcwire_block *a = va, *b = vb;

	return same_header(&a->header, &b->header) &&
	    same_txs(a->tx, a->tx_len, b->tx, b->tx_len);
}

static bool
same_addr(const void *va, const void *vb)
{
	const struct btcwire_addr *a = va, *b = vb;
	size_t i;

	if (!SAME(addr_len))
		return false;
	for (i = 0; i < a->addr_len; i++)
		if (!same_netaddr(&a->addr[i], &b->addr[i]))
			return false;
	return true;
}

static bool
same_reject(const void *va, const void *vb)
{
	const struct btcwire_reject *a = va, *b = vb;

	return same_bytes(a->command, b->command) && SAME(code) &&
	    same_bytes(a->reason, b->reason) && SAME(has_hash) &&
	    (!a->has_hash || same_hash(&a->hash, &b->hash));
}

static bool
same_feefilter(const void *va, const void *vb)
{
	const struct btcwire_feefilter *a = va, *b = vb;

	return SAME(feerate);
}

static bool
same_feature(const void *va, const void *vb)
{
	const struct btcwire_feature *a = va, *b = vb;

	return same_bytes(a->id, b->id) && same_bytes(a->data, b->data);
}

static bool
same_sendtxrcncl(const void *va, const void *vb)
{
	const struct btcwire_sendtxrcncl *a = va, *b = vb;

	return SAME(version) && SAME(salt);
}

static bool
same_addrv2(const void *va, const void *vb)
{
	const struct btcwire_addrv2 *a = va, *b = vb;
	size_t i;

	if (!SAME(addr_len))
		return false;
	for (i = 0; i < a->addr_len; i++)
		if (!SAME(addr[i].services) || !SAME(addr[i].time) ||
		    !SAME(addr[i].port) || !SAME(addr[i].net) ||
		    !same_bytes(a->addr[i].addr, b->addr[i].addr))
			return false;
	return true;
}

static bool
same_merkleblock(const void *va, const void *vb)
{
	const struct btcwire_merkleblock *a = va, *b = vb;

	return same_header(&a->header, &b->header) && SAME(total) &&
	    same_hashes(a->hash, a->hash_len, b->hash, b->hash_len) &&
	    same_bytes(a->flags, b->flags);
}

static bool
same_filterload(const void *va, const void *vb)
{
	const struct btcwire_filterload *a = va, *b = vb;

	return same_bytes(a->filter, b->filter) && SAME(hash_funcs) &&
	    SAME(tweak) && SAME(update);
}

static bool
same_filteradd(const void *va, const void *vb)
{
	const struct btcwire_filteradd *a = va, *b = vb;

	return same_bytes(a->data, b->data);
}

static bool
same_sendcmpct(const void *va, const void *vb)
{
	const struct btcwire_sendcmpct *a = va, *b = vb;

	return SAME(announce) && SAME(version);
}

static bool
same_cmpctblock(const void *va, const void *vb)
{
	const struct btcwire_cmpctblock *a = va, *b = vb;
	size_t i;

	if (!same_header(&a->header, &b->header) || !SAME(nonce) ||
	    !SAME(short_id_len) || !SAME(prefilled_len))
		return false;
	for (i = 0; i < a->short_id_len; i++)
		if (!SAME(short_id[i]))
			return false;
	for (i = 0; i < a->prefilled_len; i++)
		if (!SAME(prefilled[i].index) ||
		    !same_tx(&a->prefilled[i].tx, &b->prefilled[i].tx))
			return false;
	return true;
}

static bool
same_getblocktxn(const void *va, const void *vb)
{
	const struct btcwire_getblocktxn *a = va, *b = vb;
	size_t i;

	if (!same_hash(&a->block, &b->block) || !SAME(index_len))
		return false;
	for (i = 0; i < a->index_len; i++)
		if (!SAME(index[i]))
			return false;
	return true;
}

static bool
same_blocktxn(const void *va, const void *vb)
{
	const struct btcwire_blocktxn *a = va, *b = vb;

	return same_hash(&a->block, &b->block) &&
	    same_txs(a->tx, a->tx_len, b->tx, b->tx_len);
}

static bool
same_getcf(const void *va, const void *vb)
{
	const struct btcwire_getcf *a = va, *b = vb;

	return SAME(filter_type) && SAME(start_height) &&
	    same_hash(&a->stop, &b->stop);
}

static bool
same_cfilter(const void *va, const void *vb)
{
	const struct btcwire_cfilter *a = va, *b = vb;

	return SAME(filter_type) && same_hash(&a->block, &b->block) &&
	    same_bytes(a->filter, b->filter);
}

static bool
same_cfheaders(const void *va, const void *vb)
{
	const struct btcwire_cfheaders *a = va, *b = vb;

	return SAME(filter_type) && same_hash(&a->stop, &b->stop) &&
	    same_hash(&a->prev_header, &b->prev_header) &&
	    same_hashes(a->hash, a->hash_len, b->hash, b->hash_len);
}

static bool
same_getcfcheckpt(const void *va, const void *vb)
{
	const struct btcwire_getcfcheckpt *a = va, *b = vb;

	return SAME(filter_type) && same_hash(&a->stop, &b->stop);
}

static bool
same_cfcheckpt(const void *va, const void *vb)
{
	const struct btcwire_cfcheckpt *a = va, *b = vb;

	return SAME(filter_type) && same_hash(&a->stop, &b->stop) &&
	    same_hashes(a->header, a->header_len, b->header, b->header_len);
}

/* The signed part is what the other fields are read from. */
static bool
same_alert(const void *va, const void *vb)
{
	const struct btcwire_alert *a = va, *b = vb;
	size_t i;

	if (!SAME(set_cancel_len) || !SAME(set_user_agent_len))
		return false;
	for (i = 0; i < a->set_cancel_len; i++)
		if (!SAME(set_cancel[i]))
			return false;
	for (i = 0; i < a->set_user_agent_len; i++)
		if (!same_bytes(a->set_user_agent[i], b->set_user_agent[i]))
			return false;
	return same_bytes(a->signature, b->signature) && SAME(version) &&
	    SAME(relay_until) && SAME(expiration) && SAME(id) &&
	    SAME(cancel) && SAME(min_version) && SAME(max_version) &&
	    SAME(priority) && same_bytes(a->comment, b->comment) &&
	    same_bytes(a->status_bar, b->status_bar) &&
	    same_bytes(a->reserved, b->reserved) &&
	    same_bytes(a->extra, b->extra);
}

static bool
same_reqrecon(const void *va, const void *vb)
{
	const struct btcwire_reqrecon *a = va, *b = vb;

	return SAME(set_size) && SAME(q);
}

static bool
same_sketch(const void *va, const void *vb)
{
	const struct btcwire_sketch *a = va, *b = vb;

	return same_bytes(a->data, b->data);
}

static bool
same_reconcildiff(const void *va, const void *vb)
{
	const struct btcwire_reconcildiff *a = va, *b = vb;
	size_t i;

	if (!SAME(success) || !SAME(ask_len))
		return false;
	for (i = 0; i < a->ask_len; i++)
		if (!SAME(ask[i]))
			return false;
	return true;
}

static bool
same_sendpackages(const void *va, const void *vb)
{
	const struct btcwire_sendpackages *a = va, *b = vb;

	return SAME(versions);
}

static bool
same_wtxids(const void *va, const void *vb)
{
	const struct btcwire_wtxids *a = va, *b = vb;

	return same_hashes(a->wtxid, a->wtxid_len, b->wtxid, b->wtxid_len);
}

static bool
same_pkgtxns(const void *va, const void *vb)
{
	const struct btcwire_pkgtxns *a = va, *b = vb;

	return same_txs(a->tx, a->tx_len, b->tx, b->tx_len);
}

bool
same_body(enum btcwire_type type, const void *a, const void *b)
{
	static bool (*const same[BTCWIRE_NTYPES])(const void *, const void *) = {
#define XX(upper, name, body) [BTCWIRE_##upper] = same_##body,
		BTCWIRE_MSG_MAP(XX)
#undef XX
	};

	return same[type](a, b);
}
