/*
 * addrv2 (BIP 155).
 */
#include "config.h"

#include "wire/codecs.h"

/*
 * An address of a network that is known here has the length of its network;
 * what others look like is none of our business, so they are carried through.
 */
static void
xfer_address(struct xfer *x, struct btcwire_netaddr2 *a)
{
	size_t offset = xf_offset(x), want = btcwire_net_len(a->net);

	xf_bytes(x, "address", &a->addr, BTCWIRE_MAX_NETADDR);
	if (want != 0 && a->addr.len != want)
		xf_fail(x, BTCPEER_E_BADVALUE, offset,
		    "address length of network %u is %zu, not %zu", a->net,
		    want, a->addr.len);
}

static void
xfer_entry(struct xfer *x, struct btcwire_netaddr2 *a)
{
	xf_u32(x, "address time", &a->time);
	xf_compact64(x, "address services", &a->services);
	xf_u8(x, "network", &a->net);
	xfer_address(x, a);
	xf_u16be(x, "port", &a->port);
}

void
btcwire_xfer_addrv2(struct xfer *x, void *body)
{
	struct btcwire_addrv2 *m = body;
	struct btcwire_netaddr2 *a = XF_VEC(x, "address", m->addr,
	    &m->addr_len, XF_MIN_NETADDR2, BTCWIRE_MAX_ADDR);
	size_t i;

	if (xf_decoding(x))
		m->addr = a;
	for (i = 0; i < m->addr_len && x->err == 0; i++)
		xfer_entry(x, &a[i]);
}

void
btcwire_sum_addrv2(struct btcu_text *t, const void *body)
{
	const struct btcwire_addrv2 *m = body;

	btcu_text_printf(t, "%zu", m->addr_len);
}
