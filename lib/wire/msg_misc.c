/*
 * The small ones: those without a body, ping and pong, reject, feefilter,
 * feature.
 */
#include "config.h"

#include <inttypes.h>

#include "wire/codecs.h"

#define MAX_COMMAND  12
#define SHOW_REASON 250	/* bytes of it in a summary */

void
btcwire_xfer_empty(struct xfer *x, void *body)
{
	struct btcwire_empty *m = body;

	if (xf_decoding(x))
		m->unused_ = 0;
}

/* BIP 31: no nonce before version 60001. */
void
btcwire_xfer_ping(struct xfer *x, void *body)
{
	struct btcwire_ping *m = body;

	if (x->pver >= BTCWIRE_PVER_BIP31)
		xf_u64(x, "nonce", &m->nonce);
	else if (xf_decoding(x))
		m->nonce = 0;
}

static bool
is(const struct btcwire_bytes *b, const char *text)
{
	return b->len == strlen(text) && memcmp(b->data, text, b->len) == 0;
}

/*
 * BIP 61: the hash follows when what is rejected is a transaction or a block.
 * It is taken whenever the bytes for it are there; fewer of them are the start
 * of one in those two, and trailing bytes in all others.
 */
static bool
hash_follows(const struct xfer *x, const struct btcwire_reject *m)
{
	if (is(&m->command, "tx") || is(&m->command, "block"))
		return xf_left(x) > 0;
	return xf_left(x) >= sizeof(m->hash);
}

void
btcwire_xfer_reject(struct xfer *x, void *body)
{
	struct btcwire_reject *m = body;

	if (xf_decoding(x))
		memset(&m->hash, 0, sizeof(m->hash));
	xf_bytes(x, "command", &m->command, MAX_COMMAND);
	xf_u8(x, "code", &m->code);
	xf_bytes(x, "reason", &m->reason, XF_MAX_COUNT);
	if (xf_decoding(x))
		m->has_hash = hash_follows(x, m);
	if (m->has_hash)
		xf_hash(x, "hash", &m->hash);
}

void
btcwire_xfer_feefilter(struct xfer *x, void *body)
{
	struct btcwire_feefilter *m = body;

	xf_i64(x, "fee rate", &m->feerate);
}

/* BIP 434. */
void
btcwire_xfer_feature(struct xfer *x, void *body)
{
	struct btcwire_feature *m = body;
	size_t i, offset = xf_offset(x);

	xf_bytes(x, "feature id", &m->id, BTCWIRE_MAX_FEATURE_ID);
	if (m->id.len < BTCWIRE_MIN_FEATURE_ID)
		xf_fail(x, BTCPEER_E_BADVALUE, offset,
		    "feature id length %zu is below %d", m->id.len,
		    BTCWIRE_MIN_FEATURE_ID);
	for (i = 0; i < m->id.len && x->err == 0; i++)
		if (m->id.data[i] < 0x20 || m->id.data[i] > 0x7e)
			xf_fail(x, BTCPEER_E_BADVALUE, offset + 1 + i,
			    "feature id has byte 0x%02x, not printable ASCII",
			    m->id.data[i]);
	xf_bytes(x, "feature data", &m->data, BTCWIRE_MAX_FEATURE_DATA);
}

void
btcwire_sum_empty(struct btcu_text *t, const void *body)
{
	(void)t;
	(void)body;
}

void
btcwire_sum_ping(struct btcu_text *t, const void *body)
{
	const struct btcwire_ping *m = body;

	btcu_text_printf(t, "nonce %016" PRIx64, m->nonce);
}

void
btcwire_sum_reject(struct btcu_text *t, const void *body)
{
	const struct btcwire_reject *m = body;

	btcu_text_printf(t, "cmd ");
	btcu_text_escape(t, m->command.data, m->command.len, MAX_COMMAND);
	btcu_text_printf(t, ", code 0x%02x, reason ", m->code);
	btcu_text_escape(t, m->reason.data, m->reason.len, SHOW_REASON);
	if (m->has_hash) {
		btcu_text_printf(t, ", hash ");
		btcwire_text_hash(t, &m->hash);
	}
}

void
btcwire_sum_feefilter(struct btcu_text *t, const void *body)
{
	const struct btcwire_feefilter *m = body;

	btcu_text_printf(t, "fee rate %" PRId64, m->feerate);
}

void
btcwire_sum_feature(struct btcu_text *t, const void *body)
{
	const struct btcwire_feature *m = body;

	btcu_text_printf(t, "id ");
	btcu_text_escape(t, m->id.data, m->id.len, BTCWIRE_MAX_FEATURE_ID);
	btcu_text_printf(t, ", %zu bytes", m->data.len);
}
