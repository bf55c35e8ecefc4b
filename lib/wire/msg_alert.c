/*
 * alert: two byte strings, of which the first, the one that is signed, has
 * fields of its own.
 */
#include "config.h"

#include <inttypes.h>

#include "wire/codecs.h"

#define MAX_COMMENT 65536	/* Bitcoin Core's, when it still had alerts */
#define MAX_TEXT      256

static void
xfer_cancelled(struct xfer *x, struct btcwire_alert *m)
{
	int32_t *id = XF_VEC(x, "cancelled id", m->set_cancel,
	    &m->set_cancel_len, sizeof(*id), XF_MAX_COUNT);
	size_t i;

	if (xf_decoding(x))
		m->set_cancel = id;
	for (i = 0; i < m->set_cancel_len && x->err == 0; i++)
		xf_i32(x, "cancelled id", &id[i]);
}

static void
xfer_agents(struct xfer *x, struct btcwire_alert *m)
{
	struct btcwire_bytes *agent = XF_VEC(x, "user agent",
	    m->set_user_agent, &m->set_user_agent_len, 1, XF_MAX_COUNT);
	size_t i;

	if (xf_decoding(x))
		m->set_user_agent = agent;
	for (i = 0; i < m->set_user_agent_len && x->err == 0; i++)
		xf_bytes(x, "user agent", &agent[i], XF_MAX_COUNT);
}

static void
xfer_signed(struct xfer *x, struct btcwire_alert *m)
{
	xf_i32(x, "alert version", &m->version);
	xf_i64(x, "relay time", &m->relay_until);
	xf_i64(x, "expiration", &m->expiration);
	xf_i32(x, "id", &m->id);
	xf_i32(x, "cancel", &m->cancel);
	xfer_cancelled(x, m);
	xf_i32(x, "least version", &m->min_version);
	xf_i32(x, "greatest version", &m->max_version);
	xfer_agents(x, m);
	xf_i32(x, "priority", &m->priority);
	xf_bytes(x, "comment", &m->comment, MAX_COMMENT);
	xf_bytes(x, "status bar", &m->status_bar, MAX_TEXT);
	xf_bytes(x, "reserved text", &m->reserved, MAX_TEXT);
	if (xf_decoding(x)) {
		m->extra.len = xf_left(x);
		m->extra.data = xf_take(x, "rest", m->extra.len);
	} else {
		xf_put(x, m->extra.data, m->extra.len);
	}
}

/* Within the bytes of the signed part, and not past them. */
static void
decode_signed(struct xfer *x, struct btcwire_alert *m)
{
	const uint8_t *end = x->end;

	xf_bytes(x, "signed part", &m->signed_part, XF_MAX_COUNT);
	if (x->err != 0)
		return;
	x->end = x->p;
	x->p = m->signed_part.data;
	xfer_signed(x, m);
	if (x->err == 0)
		x->end = end;
}

static void
encode_signed(struct xfer *x, struct btcwire_alert *m)
{
	uint8_t window[256];
	struct xfer measure;

	xf_init_sink(&measure, x->command, window, sizeof(window), NULL, NULL);
	xfer_signed(&measure, m);	/* what fails will do so below */
	xf_put_count(x, "signed part", "length", xf_offset(&measure),
	    XF_MAX_COUNT);
	xfer_signed(x, m);
}

void
btcwire_xfer_alert(struct xfer *x, void *body)
{
	struct btcwire_alert *m = body;

	if (xf_decoding(x))
		decode_signed(x, m);
	else
		encode_signed(x, m);
	xf_bytes(x, "signature", &m->signature, XF_MAX_COUNT);
}

void
btcwire_sum_alert(struct btcu_text *t, const void *body)
{
	const struct btcwire_alert *m = body;

	btcu_text_printf(t, "id %" PRId32 ", priority %" PRId32 ", status ",
	    m->id, m->priority);
	btcu_text_escape(t, m->status_bar.data, m->status_bar.len, MAX_TEXT);
}
