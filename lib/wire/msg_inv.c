/*
 * inv, getdata and notfound, which share their body.
 */
#include "config.h"

#include <inttypes.h>

#include "wire/codecs.h"

/* Then all entries are one copy: there can be 50,000 of them. */
#define SAME_AS_WIRE (sizeof(struct btcwire_invvect) == XF_MIN_INV && \
	__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

void
btcwire_xfer_inv(struct xfer *x, void *body)
{
	struct btcwire_inv *m = body;
	struct btcwire_invvect *v = XF_VEC(x, "inventory", m->vec, &m->vec_len,
	    XF_MIN_INV, BTCWIRE_MAX_INV);
	size_t i;

	if (xf_decoding(x))
		m->vec = v;
	if (SAME_AS_WIRE) {
		xf_fixed(x, "inventory", v, m->vec_len * sizeof(*v));
		return;
	}
	for (i = 0; i < m->vec_len && x->err == 0; i++) {
		xf_u32(x, "inventory type", &v[i].type);
		xf_hash(x, "inventory hash", &v[i].hash);
	}
}

static void
text_type(struct btcu_text *t, uint32_t type)
{
	static const char *const names[] = {
		[BTCWIRE_INV_ERROR] = "error",
		[BTCWIRE_INV_TX] = "tx",
		[BTCWIRE_INV_BLOCK] = "block",
		[BTCWIRE_INV_FILTERED_BLOCK] = "filtered block",
		[BTCWIRE_INV_CMPCT_BLOCK] = "compact block",
		[BTCWIRE_INV_WTX] = "wtx",
		[BTCWIRE_INV_PKGTXNS] = "pkgtxns",
		[BTCWIRE_INV_ANCPKGINFO] = "ancpkginfo",
	};
	uint32_t base = type & ~(uint32_t)BTCWIRE_INV_WITNESS_FLAG;

	if (base < sizeof(names) / sizeof(names[0]))
		btcu_text_printf(t, "%s%s ", base != type ? "witness " : "",
		    names[base]);
	else
		btcu_text_printf(t, "type %" PRIu32 " ", type);
}

void
btcwire_sum_inv(struct btcu_text *t, const void *body)
{
	const struct btcwire_inv *m = body;

	if (m->vec_len == 0) {
		btcu_text_printf(t, "empty");
	} else if (m->vec_len == 1) {
		text_type(t, m->vec[0].type);
		btcwire_text_hash(t, &m->vec[0].hash);
	} else {
		btcu_text_printf(t, "%zu", m->vec_len);
	}
}
