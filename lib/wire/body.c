/*
 * Encoding and measuring bodies.
 */
#include "config.h"

#include <stdlib.h>

#include "util/attr.h"
#include "wire/codecs.h"
#include "wire/msgpriv.h"

static int
run(struct xfer *x, size_t *len, const struct btcwire_def *def,
    const void *body, uint32_t pver, uint32_t flags, struct btcpeer_error *err)
{
	x->pver = pver;
	x->flags = flags;
	x->error = err;
	def->xfer(x, xf_unconst(body));
	if (x->err == 0 && xf_offset(x) > def->max_payload)
		xf_fail(x, BTCPEER_E_TOOBIG, def->max_payload,
		    "body of %zu bytes is over the limit of %zu",
		    xf_offset(x), (size_t)def->max_payload);
	if (x->err == 0)
		*len = xf_offset(x);
	return x->err;
}

int
btcwire_body_measure(uint8_t window[BODY_WINDOW], size_t *len,
    struct body_facts *facts, const struct btcwire_def *def, const void *body,
    uint32_t pver, uint32_t flags, struct btcpeer_error *err)
{
	BTCU_UNINIT struct xfer x;
	int rc;

	xf_init_sink(&x, def->command, window, BODY_WINDOW, NULL, NULL);
	rc = run(&x, len, def, body, pver, flags, err);
	if (rc == 0 && facts != NULL)
		*facts = (struct body_facts){ x.has_witness, x.no_inputs,
		    x.flushed == 0 };
	return rc;
}

int
btcwire_body_run(uint8_t *buf, size_t buf_size, size_t *len,
    const struct btcwire_def *def, const void *body, uint32_t pver,
    uint32_t flags, struct btcpeer_error *err)
{
	BTCU_UNINIT uint8_t window[BODY_WINDOW];
	BTCU_UNINIT struct xfer x;

	if (buf == NULL)
		return btcwire_body_measure(window, len, NULL, def, body, pver,
		    flags, err);
	xf_init_encode(&x, def->command, buf, buf_size);
	return run(&x, len, def, body, pver, flags, err);
}

const struct btcwire_def *
btcwire_body_def(enum btcwire_type type, const void **body,
    struct btcpeer_error *err)
{
	static const struct btcwire_empty empty;
	const struct btcwire_def *def = btcwire_def(type);

	if (def == NULL) {
		btcwire_fail(err, BTCPEER_E_INVAL, "no such message type");
		return NULL;
	}
	if (*body == NULL && def->xfer == btcwire_xfer_empty)
		*body = &empty;
	if (*body == NULL) {
		btcwire_fail(err, BTCPEER_E_INVAL, "message without its body");
		return NULL;
	}
	return def;
}

int
btcwire_body_size(size_t *size, enum btcwire_type type, const void *body,
    uint32_t pver, uint32_t flags, struct btcpeer_error *err)
{
	const struct btcwire_def *def = btcwire_body_def(type, &body, err);

	if (def == NULL)
		return BTCPEER_E_INVAL;
	return btcwire_body_run(NULL, 0, size, def, body, pver, flags, err);
}

int
btcwire_body_encode(void *buf, size_t *len, size_t buf_size,
    enum btcwire_type type, const void *body, uint32_t pver, uint32_t flags,
    struct btcpeer_error *err)
{
	const struct btcwire_def *def = btcwire_body_def(type, &body, err);

	if (def == NULL)
		return BTCPEER_E_INVAL;
	return btcwire_body_run(buf, buf_size, len, def, body, pver, flags,
	    err);
}

int
btcwire_body_encode_new(uint8_t **out, size_t *len, enum btcwire_type type,
    const void *body, uint32_t pver, uint32_t flags, struct btcpeer_error *err)
{
	const struct btcwire_def *def = btcwire_body_def(type, &body, err);
	uint8_t *buf;
	size_t n;
	int rc;

	if (def == NULL)
		return BTCPEER_E_INVAL;
	rc = btcwire_body_run(NULL, 0, &n, def, body, pver, flags, err);
	if (rc != 0)
		return rc;
	if ((buf = malloc(n > 0 ? n : 1)) == NULL)
		return btcwire_fail(err, BTCPEER_E_NOMEM, "out of memory");
	rc = btcwire_body_run(buf, n, &n, def, body, pver, flags, err);
	if (rc != 0) {
		free(buf);
		return rc;
	}
	*out = buf;
	*len = n;
	return 0;
}
