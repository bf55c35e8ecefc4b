/*
 * Encoding and measuring bodies.
 */
#include "config.h"

#include <stdlib.h>

#include "wire/codecs.h"
#include "wire/msgpriv.h"

#define WINDOW 512	/* what measuring writes goes here and is dropped */

int
btcwire_body_run(uint8_t *buf, size_t buf_size, size_t *len,
    struct body_facts *facts, const struct btcwire_def *def, const void *body,
    uint32_t pver, uint32_t flags, struct btcpeer_error *err)
{
	uint8_t window[WINDOW];
	struct xfer x;

	if (buf != NULL)
		xf_init_encode(&x, def->command, buf, buf_size);
	else
		xf_init_sink(&x, def->command, window, sizeof(window), NULL,
		    NULL);
	x.pver = pver;
	x.flags = flags;
	x.error = err;
	def->xfer(&x, xf_unconst(body));
	if (x.err == 0 && xf_offset(&x) > def->max_payload)
		xf_fail(&x, BTCPEER_E_TOOBIG, def->max_payload,
		    "body of %zu bytes is over the limit of %zu",
		    xf_offset(&x), (size_t)def->max_payload);
	if (x.err != 0)
		return x.err;
	*len = xf_offset(&x);
	if (facts != NULL)
		*facts = (struct body_facts){ x.has_witness, x.no_inputs };
	return 0;
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
	return btcwire_body_run(NULL, 0, size, NULL, def, body, pver, flags,
	    err);
}

int
btcwire_body_encode(void *buf, size_t *len, size_t buf_size,
    enum btcwire_type type, const void *body, uint32_t pver, uint32_t flags,
    struct btcpeer_error *err)
{
	const struct btcwire_def *def = btcwire_body_def(type, &body, err);

	if (def == NULL)
		return BTCPEER_E_INVAL;
	return btcwire_body_run(buf, buf_size, len, NULL, def, body, pver,
	    flags, err);
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
	rc = btcwire_body_run(NULL, 0, &n, NULL, def, body, pver, flags, err);
	if (rc != 0)
		return rc;
	if ((buf = malloc(n > 0 ? n : 1)) == NULL)
		return btcwire_fail(err, BTCPEER_E_NOMEM, "out of memory");
	rc = btcwire_body_run(buf, n, &n, NULL, def, body, pver, flags, err);
	if (rc != 0) {
		free(buf);
		return rc;
	}
	*out = buf;
	*len = n;
	return 0;
}
