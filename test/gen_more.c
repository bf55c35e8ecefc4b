/* Addresses of all networks, filters, alert. */
#include "config.h"

#include "gen.h"

/* As many bytes as the networks have; others have any number. */
static struct btcwire_bytes
pick_address(struct gen *g, uint8_t net)
{
	static const uint8_t len[] = { 0, 4, 16, 10, 32, 32, 16, 16 };
	struct btcwire_bytes b = { NULL, 0 };
	uint8_t *data;

	if (net == 0 || net >= sizeof(len))
		return gen_bytes(g, BTCWIRE_MAX_NETADDR);
	b.len = len[net];
	b.data = data = gen_take(g, b.len);
	gen_fill(g, data, b.len);
	return b;
}

static uint64_t
pick_services(struct gen *g)
{
	static const uint64_t edges[] = { 0, 252, 253, 65535, 65536, UINT32_MAX,
		UINT64_C(1) << 32, UINT64_MAX };
	uint64_t dice = gen_below(g, 16);

	if (dice < 8)
		return edges[dice];
	return gen_u64(g) >> gen_below(g, 64);
}

const void *
gen_make_addrv2(struct gen *g)
{
	struct btcwire_addrv2 *m = gen_take(g, sizeof(*m));
	struct btcwire_netaddr2 *a;
	size_t i;

	m->addr_len = gen_len(g, BTCWIRE_MAX_ADDR, 40);
	m->addr = a = gen_take(g, m->addr_len * sizeof(*a));
	for (i = 0; i < m->addr_len; i++) {
		a[i].time = (uint32_t)gen_u64(g);
		a[i].services = pick_services(g);
		a[i].net = (uint8_t)(gen_below(g, 4) > 0 ? gen_below(g, 8) :
		    gen_u64(g));
		a[i].addr = pick_address(g, a[i].net);
		a[i].port = (uint16_t)gen_u64(g);
	}
	return m;
}

const void *
gen_make_filterload(struct gen *g)
{
	struct btcwire_filterload *m = gen_take(g, sizeof(*m));

	m->filter = gen_bytes(g, BTCWIRE_MAX_BLOOM_FILTER);
	m->hash_funcs = (uint32_t)gen_below(g, BTCWIRE_MAX_BLOOM_HASHES + 1);
	m->tweak = (uint32_t)gen_u64(g);
	m->update = (uint8_t)gen_u64(g);
	return m;
}

const void *
gen_make_filteradd(struct gen *g)
{
	struct btcwire_filteradd *m = gen_take(g, sizeof(*m));

	m->data = gen_bytes(g, BTCWIRE_MAX_FILTERADD);
	return m;
}

const void *
gen_make_getcf(struct gen *g)
{
	struct btcwire_getcf *m = gen_take(g, sizeof(*m));

	m->filter_type = (uint8_t)gen_u64(g);
	m->start_height = (uint32_t)gen_u64(g);
	gen_fill(g, &m->stop, sizeof(m->stop));
	return m;
}

const void *
gen_make_cfilter(struct gen *g)
{
	struct btcwire_cfilter *m = gen_take(g, sizeof(*m));

	m->filter_type = (uint8_t)gen_u64(g);
	gen_fill(g, &m->block, sizeof(m->block));
	m->filter = gen_bytes(g, 70000);
	return m;
}

const void *
gen_make_cfheaders(struct gen *g)
{
	struct btcwire_cfheaders *m = gen_take(g, sizeof(*m));

	m->filter_type = (uint8_t)gen_u64(g);
	gen_fill(g, &m->stop, sizeof(m->stop));
	gen_fill(g, &m->prev_header, sizeof(m->prev_header));
	m->hash_len = gen_len(g, BTCWIRE_MAX_CFHEADERS, 32);
	m->hash = gen_hashes(g, m->hash_len);
	return m;
}

const void *
gen_make_getcfcheckpt(struct gen *g)
{
	struct btcwire_getcfcheckpt *m = gen_take(g, sizeof(*m));

	m->filter_type = (uint8_t)gen_u64(g);
	gen_fill(g, &m->stop, sizeof(m->stop));
	return m;
}

const void *
gen_make_cfcheckpt(struct gen *g)
{
	struct btcwire_cfcheckpt *m = gen_take(g, sizeof(*m));

	m->filter_type = (uint8_t)gen_u64(g);
	gen_fill(g, &m->stop, sizeof(m->stop));
	m->header_len = gen_len(g, BTCWIRE_MAX_CFCHECKPT, 32);
	m->header = gen_hashes(g, m->header_len);
	return m;
}

static const int32_t *
pick_cancelled(struct gen *g, size_t *n)
{
	int32_t *id;
	size_t i;

	*n = gen_len(g, 70000, 4);
	id = gen_take(g, *n * sizeof(*id));
	for (i = 0; i < *n; i++)
		id[i] = (int32_t)gen_u64(g);
	return id;
}

static const struct btcwire_bytes *
pick_agents(struct gen *g, size_t *n)
{
	struct btcwire_bytes *agent;
	size_t i;

	*n = gen_len(g, 1000, 8);
	agent = gen_take(g, *n * sizeof(*agent));
	for (i = 0; i < *n; i++)
		agent[i] = gen_bytes(g, BTCWIRE_MAX_USER_AGENT);
	return agent;
}

/* signed_part stays empty: encoding does not read it. */
const void *
gen_make_alert(struct gen *g)
{
	struct btcwire_alert *m = gen_take(g, sizeof(*m));

	m->signature = gen_bytes(g, 520);
	m->version = (int32_t)gen_u64(g);
	m->relay_until = (int64_t)gen_u64(g);
	m->expiration = (int64_t)gen_u64(g);
	m->id = (int32_t)gen_u64(g);
	m->cancel = (int32_t)gen_u64(g);
	m->set_cancel = pick_cancelled(g, &m->set_cancel_len);
	m->min_version = (int32_t)gen_u64(g);
	m->max_version = (int32_t)gen_u64(g);
	m->set_user_agent = pick_agents(g, &m->set_user_agent_len);
	m->priority = (int32_t)gen_u64(g);
	m->comment = gen_bytes(g, 65536);
	m->status_bar = gen_bytes(g, 256);
	m->reserved = gen_bytes(g, 256);
	m->extra = gen_bytes(g, 70000);
	return m;
}
