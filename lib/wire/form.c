/*
 * The payload in the form that a remote is to be sent, encoded once for each
 * form and kept with the message.
 */
#include "config.h"

#include <stdlib.h>

#include "wire/msgpriv.h"

/* One form of a message's payload. */
struct form {
	struct btcwire_bytes payload;
	atomic_uint_least32_t *sum;
};

static unsigned
form_for(const struct btcwire_msg *m, uint32_t pver, uint32_t flags)
{
	unsigned form = 0;

	if ((flags & BTCWIRE_NO_WITNESS) && m->has_witness)
		form |= FORM_STRIPPED;
	if (pver < btcwire_defs[m->type].split_pver)
		form |= FORM_OLD;
	return form;
}

static struct variant *
variant_new(const struct btcwire_msg *m, unsigned form, uint32_t pver,
    uint32_t flags)
{
	const struct btcwire_def *def = &btcwire_defs[m->type];
	struct variant *v;
	size_t len;

	if (btcwire_body_run(NULL, 0, &len, def, m->body, pver, flags, NULL) != 0)
		return NULL;
	if ((v = malloc(sizeof(*v) + len)) == NULL)
		return NULL;
	v->form = form;
	v->len = len;
	atomic_init(&v->sum, 0);
	if (btcwire_body_run(v->data, len, &len, def, m->body, pver, flags,
	    NULL) != 0) {
		free(v);
		return NULL;
	}
	return v;
}

static struct variant *
variant_find(struct variant *v, unsigned form)
{
	while (v != NULL && v->form != form)
		v = v->next;
	return v;
}

/*
 * Variants are only ever put in front, so whoever finds the front changed
 * looks again whether another thread has added the same form.
 */
static struct variant *
variant_get(struct btcwire_msg *m, unsigned form, uint32_t pver,
    uint32_t flags)
{
	struct variant *front = atomic_load_explicit(&m->variants,
	    memory_order_acquire);
	struct variant *v = variant_find(front, form), *mine;

	if (v != NULL)
		return v;
	if ((mine = variant_new(m, form, pver, flags)) == NULL)
		return NULL;
	mine->next = front;
	while (!atomic_compare_exchange_weak_explicit(&m->variants,
	    &mine->next, mine, memory_order_acq_rel, memory_order_acquire)) {
		if ((v = variant_find(mine->next, form)) != NULL) {
			free(mine);
			return v;
		}
	}
	return mine;
}

static int
form_get(struct form *f, struct btcwire_msg *m, uint32_t pver, uint32_t flags)
{
	unsigned form = form_for(m, pver, flags);
	struct variant *v;

	if (form == m->form) {
		f->payload = (struct btcwire_bytes){ m->data, m->body_len };
		f->sum = &m->sum;
		return 0;
	}
	if ((v = variant_get(m, form, pver, flags)) == NULL)
		return BTCPEER_E_NOMEM;
	f->payload = (struct btcwire_bytes){ v->data, v->len };
	f->sum = &v->sum;
	return 0;
}

size_t
btcwire_msg_encoded_size(const struct btcwire_msg *msg, uint32_t pver,
    uint32_t flags)
{
	unsigned form = form_for(msg, pver, flags);
	const struct variant *v;
	size_t len = 0;

	if (form == msg->form)
		return msg->body_len;
	v = variant_find(atomic_load_explicit(&msg->variants,
	    memory_order_acquire), form);
	if (v != NULL)
		return v->len;
	/* Measuring what was decoded cannot fail. */
	if (btcwire_body_run(NULL, 0, &len, &btcwire_defs[msg->type],
	    msg->body, pver, flags, NULL) != 0)
		return 0;
	return len;
}

int
btcwire_msg_payload(struct btcwire_bytes *payload, struct btcwire_msg *msg,
    uint32_t pver, uint32_t flags)
{
	struct form f;
	int rc = form_get(&f, msg, pver, flags);

	if (rc == 0)
		*payload = f.payload;
	return rc;
}

int
btcwire_msg_frame(struct btcwire_bytes *payload, uint8_t checksum[4],
    struct btcwire_msg *msg, uint32_t pver, uint32_t flags)
{
	struct btcwire_hash hash;
	struct form f;
	uint32_t sum;
	int rc = form_get(&f, msg, pver, flags);

	if (rc != 0)
		return rc;
	sum = atomic_load_explicit(f.sum, memory_order_relaxed);
	if (sum == 0) {
		btcwire_sha256d(&hash, f.payload.data, f.payload.len);
		sum = xf_le32(hash.b);
		atomic_store_explicit(f.sum, sum, memory_order_relaxed);
	}
	xf_set_le32(checksum, sum);
	*payload = f.payload;
	return 0;
}
