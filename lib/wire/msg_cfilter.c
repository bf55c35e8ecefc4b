/*
 * The messages of BIP 157: getcfilters and getcfheaders, which share their
 * body, cfilter, cfheaders, getcfcheckpt, cfcheckpt.
 */
#include "config.h"

#include <inttypes.h>

#include "wire/codecs.h"

void
btcwire_xfer_getcf(struct xfer *x, void *body)
{
	struct btcwire_getcf *m = body;

	xf_u8(x, "filter type", &m->filter_type);
	xf_u32(x, "start height", &m->start_height);
	xf_hash(x, "stop hash", &m->stop);
}

void
btcwire_xfer_cfilter(struct xfer *x, void *body)
{
	struct btcwire_cfilter *m = body;

	xf_u8(x, "filter type", &m->filter_type);
	xf_hash(x, "block hash", &m->block);
	xf_bytes(x, "filter", &m->filter, XF_MAX_COUNT);
}

void
btcwire_xfer_cfheaders(struct xfer *x, void *body)
{
	struct btcwire_cfheaders *m = body;

	xf_u8(x, "filter type", &m->filter_type);
	xf_hash(x, "stop hash", &m->stop);
	xf_hash(x, "previous filter header", &m->prev_header);
	xf_hashes(x, "filter hash", &m->hash, &m->hash_len,
	    BTCWIRE_MAX_CFHEADERS);
}

void
btcwire_xfer_getcfcheckpt(struct xfer *x, void *body)
{
	struct btcwire_getcfcheckpt *m = body;

	xf_u8(x, "filter type", &m->filter_type);
	xf_hash(x, "stop hash", &m->stop);
}

void
btcwire_xfer_cfcheckpt(struct xfer *x, void *body)
{
	struct btcwire_cfcheckpt *m = body;

	xf_u8(x, "filter type", &m->filter_type);
	xf_hash(x, "stop hash", &m->stop);
	xf_hashes(x, "filter header", &m->header, &m->header_len,
	    BTCWIRE_MAX_CFCHECKPT);
}

static void
text_stop(struct btcu_text *t, uint8_t filter_type,
    const struct btcwire_hash *stop)
{
	btcu_text_printf(t, "type %u, stop ", filter_type);
	btcwire_text_hash(t, stop);
}

void
btcwire_sum_getcf(struct btcu_text *t, const void *body)
{
	const struct btcwire_getcf *m = body;

	text_stop(t, m->filter_type, &m->stop);
	btcu_text_printf(t, ", start %" PRIu32, m->start_height);
}

void
btcwire_sum_cfilter(struct btcu_text *t, const void *body)
{
	const struct btcwire_cfilter *m = body;

	btcu_text_printf(t, "type %u, block ", m->filter_type);
	btcwire_text_hash(t, &m->block);
	btcu_text_printf(t, ", %zu bytes", m->filter.len);
}

void
btcwire_sum_cfheaders(struct btcu_text *t, const void *body)
{
	const struct btcwire_cfheaders *m = body;

	text_stop(t, m->filter_type, &m->stop);
	btcu_text_printf(t, ", %zu", m->hash_len);
}

void
btcwire_sum_getcfcheckpt(struct btcu_text *t, const void *body)
{
	const struct btcwire_getcfcheckpt *m = body;

	text_stop(t, m->filter_type, &m->stop);
}

void
btcwire_sum_cfcheckpt(struct btcu_text *t, const void *body)
{
	const struct btcwire_cfcheckpt *m = body;

	text_stop(t, m->filter_type, &m->stop);
	btcu_text_printf(t, ", %zu", m->header_len);
}
