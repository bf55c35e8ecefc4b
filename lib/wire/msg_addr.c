/*
 * addr, and the network address in the old form.
 */
#include "config.h"

#include "wire/codecs.h"

void
btcwire_xfer_netaddr(struct xfer *x, void *obj)
{
	struct btcwire_netaddr *a = obj;

	if (xf_decoding(x))
		a->time = 0;
	xf_u64(x, "address services", &a->services);
	xf_fixed(x, "address", a->ip, sizeof(a->ip));
	xf_u16be(x, "port", &a->port);
}

static void
xfer_entry(struct xfer *x, struct btcwire_netaddr *a)
{
	uint32_t time = 0;

	if (x->pver >= BTCWIRE_PVER_ADDR_TIME) {
		if (!xf_decoding(x))
			time = a->time;
		xf_u32(x, "address time", &time);
	}
	btcwire_xfer_netaddr(x, a);
	if (xf_decoding(x))
		a->time = time;
}

void
btcwire_xfer_addr(struct xfer *x, void *body)
{
	struct btcwire_addr *m = body;
	size_t wire = x->pver >= BTCWIRE_PVER_ADDR_TIME ? 30 : 26;
	struct btcwire_netaddr *a = XF_VEC(x, "address", m->addr, &m->addr_len,
	    wire, BTCWIRE_MAX_ADDR);
	size_t i;

	if (xf_decoding(x))
		m->addr = a;
	for (i = 0; i < m->addr_len && x->err == 0; i++)
		xfer_entry(x, &a[i]);
}

void
btcwire_sum_addr(struct btcu_text *t, const void *body)
{
	const struct btcwire_addr *m = body;

	btcu_text_printf(t, "%zu", m->addr_len);
}
