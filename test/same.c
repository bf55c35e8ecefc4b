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
	size_t i;

	if (!SAME(version) || !SAME(hash_len) || !same_hash(&a->stop, &b->stop))
		return false;
	for (i = 0; i < a->hash_len; i++)
		if (!same_hash(&a->hash[i], &b->hash[i]))
			return false;
	return true;
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
same_block(const void *va, const void *vb)
{
	const struct btcwire_block *a = va, *b = vb;
	size_t i;

	if (!same_header(&a->header, &b->header) || !SAME(tx_len))
		return false;
	for (i = 0; i < a->tx_len; i++)
		if (!same_tx(&a->tx[i], &b->tx[i]))
			return false;
	return true;
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
