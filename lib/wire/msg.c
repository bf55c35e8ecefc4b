/*
 * The message object: made by decoding, shared by reference count.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "util/attr.h"
#include "util/err.h"
#include "wire/msgpriv.h"

int
btcwire_fail(struct btcpeer_error *err, int code, const char *text)
{
	return btcu_error(err, code, 0, "%s", text);
}

struct btcwire_msg *
btcwire_msg_alloc(size_t need)
{
	struct btcwire_msg *m;

	if (need > SIZE_MAX - sizeof(*m) ||
	    (m = malloc(sizeof(*m) + need)) == NULL)
		return NULL;
	m->capacity = need;
	m->chunks = NULL;
	atomic_init(&m->variants, NULL);
	return m;
}

bool
btcwire_msg_grow(struct btcwire_msg **m, size_t need)
{
	struct btcwire_msg *more;

	if (need <= (*m)->capacity)
		return true;
	if (need > SIZE_MAX - sizeof(*more) ||
	    (more = realloc(*m, sizeof(*more) + need)) == NULL)
		return false;
	more->capacity = need;
	*m = more;
	return true;
}

void
btcwire_msg_reset(struct btcwire_msg *m)
{
	struct variant *v = atomic_load_explicit(&m->variants,
	    memory_order_relaxed), *next;

	for (; v != NULL; v = next) {
		next = v->next;
		free(v);
	}
	atomic_init(&m->variants, NULL);
	xf_chunks_free(m->chunks);
	m->chunks = NULL;
}

void
btcwire_msg_free(struct btcwire_msg *m)
{
	if (m == NULL)
		return;
	btcwire_msg_reset(m);
	free(m);
}

/* How much decoding will probably take: most messages then need no chunk.
 * Bytes that can only be trailing ones take nothing. */
static size_t
room_for(const struct btcwire_def *def, size_t payload_len)
{
	if (payload_len > def->max_payload)
		payload_len = def->max_payload;
	return xf_align(def->size) + XF_ALIGN +
	    (def->room > 0 ? payload_len / 16 * def->room + 64 : 0);
}

static void
check_end(struct xfer *x, const struct btcwire_def *def, uint32_t flags)
{
	size_t len = xf_offset(x);

	if (len > def->max_payload)
		xf_fail(x, BTCPEER_E_TOOBIG, def->max_payload,
		    "body of %zu bytes is over the limit of %zu", len,
		    (size_t)def->max_payload);
	else if ((flags & BTCWIRE_STRICT) && xf_left(x) > 0)
		xf_fail(x, BTCPEER_E_TRAILING, len,
		    "%zu byte%s left after the body", xf_left(x),
		    xf_left(x) == 1 ? "" : "s");
}

int
btcwire_msg_decode(struct btcwire_msg **mp, enum btcwire_type type,
    size_t payload_len, uint32_t pver, uint32_t flags,
    struct btcpeer_error *err)
{
	const struct btcwire_def *def = btcwire_def(type);
	size_t room = def != NULL ? room_for(def, payload_len) : 0;
	BTCU_UNINIT struct xfer x;
	struct btcwire_msg *m;
	void *body;

	if (def == NULL)
		return btcwire_fail(err, BTCPEER_E_INVAL,
		    "no such message type");
	if (room > SIZE_MAX - payload_len ||
	    !btcwire_msg_grow(mp, payload_len + room))
		return btcwire_fail(err, BTCPEER_E_NOMEM, "out of memory");
	m = *mp;

	xf_init_decode(&x, def->command, m->data, payload_len);
	x.pver = pver;
	x.flags = flags;
	x.error = err;
	xf_arena_init(&x.arena, m->data + payload_len, m->data + m->capacity,
	    payload_len);
	body = xf_arena_alloc(&x.arena, def->size);	/* there is room */
	memset(body, 0, def->size);
	def->xfer(&x, body);
	if (x.err == 0)
		check_end(&x, def, flags);
	if (x.err != 0) {
		xf_chunks_free(x.arena.chunks);
		return x.err;
	}

	atomic_init(&m->refs, 1);
	atomic_init(&m->sum, 0);
	m->type = type;
	m->form = pver < def->split_pver ? FORM_OLD : 0;
	m->has_witness = x.has_witness;
	m->payload_len = payload_len;
	m->body_len = xf_offset(&x);
	m->body = body;
	m->chunks = x.arena.chunks;
	return 0;
}

int
btcwire_decode(struct btcwire_msg **out, enum btcwire_type type,
    const void *payload, size_t payload_len, uint32_t pver, uint32_t flags,
    struct btcpeer_error *err)
{
	const struct btcwire_def *def = btcwire_def(type);
	size_t room = def != NULL ? room_for(def, payload_len) : 0;
	struct btcwire_msg *m;
	int rc;

	if (room > SIZE_MAX - payload_len ||
	    (m = btcwire_msg_alloc(payload_len + room)) == NULL)
		return btcwire_fail(err, BTCPEER_E_NOMEM, "out of memory");
	if (payload_len > 0)
		memcpy(m->data, payload, payload_len);
	rc = btcwire_msg_decode(&m, type, payload_len, pver, flags, err);
	if (rc != 0)
		btcwire_msg_free(m);
	else
		*out = m;
	return rc;
}

static int
fail_ambiguous(const struct btcwire_def *def, struct btcpeer_error *err)
{
	char text[80];

	snprintf(text, sizeof(text),
	    "%s: transaction without inputs beside a witness", def->command);
	return btcwire_fail(err, BTCPEER_E_BADVALUE, text);
}

/*
 * Encode, then decode that: whatever is accepted here is what a remote would
 * accept, and the payload is there to be sent.
 *
 * A transaction without inputs looks like the start of the extended form.
 * Where there are no witnesses the plain form can be read as what it is;
 * beside a witness nothing tells the two apart.
 */
int
btcwire_msg_new(struct btcwire_msg **out, enum btcwire_type type,
    const void *body, struct btcpeer_error *err)
{
	const struct btcwire_def *def = btcwire_body_def(type, &body, err);
	BTCU_UNINIT uint8_t window[BODY_WINDOW];
	struct btcwire_msg *m;
	struct body_facts facts;
	size_t len;
	int rc;

	if (def == NULL)
		return BTCPEER_E_INVAL;
	rc = btcwire_body_measure(window, &len, &facts, def, body,
	    BTCWIRE_PVER_NEWEST, 0, err);
	if (rc != 0)
		return rc;
	if (facts.has_witness && facts.no_inputs)
		return fail_ambiguous(def, err);
	if ((m = btcwire_msg_alloc(len + room_for(def, len))) == NULL)
		return btcwire_fail(err, BTCPEER_E_NOMEM, "out of memory");

	if (facts.whole)
		memcpy(m->data, window, len);
	else
		rc = btcwire_body_run(m->data, len, &len, def, body,
		    BTCWIRE_PVER_NEWEST, 0, err);
	if (rc == 0)
		rc = btcwire_msg_decode(&m, type, len, BTCWIRE_PVER_NEWEST,
		    BTCWIRE_STRICT | (facts.has_witness ? 0 : BTCWIRE_NO_WITNESS),
		    err);
	if (rc != 0)
		btcwire_msg_free(m);
	else
		*out = m;
	return rc;
}

struct btcwire_msg *
btcwire_msg_ref(struct btcwire_msg *msg)
{
	atomic_fetch_add_explicit(&msg->refs, 1, memory_order_relaxed);
	return msg;
}

bool
btcwire_msg_drop(struct btcwire_msg *m)
{
	return atomic_fetch_sub_explicit(&m->refs, 1,
	    memory_order_acq_rel) == 1;
}

void
btcwire_msg_unref(struct btcwire_msg *msg)
{
	if (msg != NULL && btcwire_msg_drop(msg))
		btcwire_msg_free(msg);
}

enum btcwire_type
btcwire_msg_type(const struct btcwire_msg *msg)
{
	return msg->type;
}

const void *
btcwire_msg_body(const struct btcwire_msg *msg)
{
	return msg->body;
}

struct btcwire_bytes
btcwire_msg_raw(const struct btcwire_msg *msg, size_t *trailing)
{
	if (trailing != NULL)
		*trailing = msg->payload_len - msg->body_len;
	return (struct btcwire_bytes){ msg->data, msg->payload_len };
}
