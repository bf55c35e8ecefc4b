/*
 * version.  Remotes may stop early (Bitcoin Core accepts it): after addr_recv,
 * after nonce, after user_agent, after start_height.
 */
#include "config.h"

#include <inttypes.h>

#include "wire/codecs.h"

static void
xfer_tail(struct xfer *x, struct btcwire_version *m)
{
	if (xf_decoding(x) && xf_left(x) == 0)
		return;
	btcwire_xfer_netaddr(x, &m->addr_from);
	xf_u64(x, "nonce", &m->nonce);

	if (xf_decoding(x) && xf_left(x) == 0)
		return;
	xf_bytes(x, "user agent", &m->user_agent, BTCWIRE_MAX_USER_AGENT);

	if (xf_decoding(x) && xf_left(x) == 0)
		return;
	xf_i32(x, "start height", &m->start_height);

	/* Whoever sends the byte means it, whatever version is claimed. */
	if (xf_decoding(x) ? xf_left(x) > 0 :
	    m->version >= (int32_t)BTCWIRE_PVER_BIP37)
		xf_bool(x, "relay flag", &m->relay);
}

void
btcwire_xfer_version(struct xfer *x, void *body)
{
	struct btcwire_version *m = body;

	if (xf_decoding(x))
		*m = (struct btcwire_version){ .relay = true };
	xf_i32(x, "version", &m->version);
	xf_u64(x, "services", &m->services);
	xf_i64(x, "timestamp", &m->timestamp);
	btcwire_xfer_netaddr(x, &m->addr_recv);
	xfer_tail(x, m);
}

void
btcwire_sum_version(struct btcu_text *t, const void *body)
{
	const struct btcwire_version *m = body;

	btcu_text_printf(t, "agent ");
	btcu_text_escape(t, m->user_agent.data, m->user_agent.len,
	    BTCWIRE_MAX_USER_AGENT);
	btcu_text_printf(t, ", pver %" PRId32 ", services %" PRIx64
	    ", block %" PRId32 "%s", m->version, m->services, m->start_height,
	    m->relay ? "" : ", no relay");
}
