#include "config.h"

#include <string.h>

#include "peer/completion.h"
#include "peer/log.h"
#include "peer/options.h"
#include "peer/send.h"
#include "wire/msgtab.h"

uint32_t
btcp_send_size(const struct btcwire_msg *msg)
{
	return (uint32_t)btct_v1.wire_len(btcwire_msg_type(msg),
	    btcwire_msg_raw(msg, NULL).len);
}

int
btcp_send_admit_locked(struct btcpeer *p, const struct btcp_entry *e, size_t n)
{
	int rc;

	if (p->state != BTCP_NEW && p->state != BTCP_RUNNING)
		return BTCPEER_E_CLOSED;
	rc = btcp_queue_push_all(&p->queue, e, n);
	if ((rc == 0 && !p->queue.held) || p->queue.high_due)
		btcp_output_wake_locked(p, INT64_MIN);
	return rc;
}

/* Admission, waiting for room if the caller wants that. */
static int
push(struct btcpeer *p, const struct btcp_entry *e, int64_t wait_ms)
{
	int64_t deadline = BTCU_NEVER;
	bool late = wait_ms <= 0;
	int rc;

	if (!late)
		deadline = btcu_after(btcu_now_ms(), wait_ms);
	btcu_lock(&p->mtx);
	for (;;) {
		rc = btcp_send_admit_locked(p, e, 1);
		if (rc != BTCPEER_E_FULL || late)
			break;
		btcp_wake_locked(p);
		late = !btcu_wait_until(&p->room_cond, &p->mtx, deadline);
	}
	btcp_unlock(p);
	return rc;
}

static int
load_send(struct btcpeer_send *s, const struct btcpeer *p,
    const struct btcwire_msg *msg, const struct btcpeer_send *send)
{
	enum btcwire_type type = btcwire_msg_command_type(msg);
	int rc = 0;

	*s = (struct btcpeer_send)BTCPEER_SEND_INIT;
	if (send != NULL)
		rc = btcp_sized_copy(s, sizeof(*s), send, sizeof(*s));
	if (rc == 0 && (s->reserved != 0 ||
	    (s->flags & ~BTCWIRE_NO_WITNESS) != 0))
		rc = BTCPEER_E_INVAL;
	if (rc == 0 && s->wait_ms > 0 && btcp_self == p)
		rc = BTCPEER_E_DEADLOCK;
	/* The handshake belongs to the library. */
	if (rc == 0 && (type == BTCWIRE_VERSION || type == BTCWIRE_VERACK ||
	    btcwire_defs[type].negotiation))
		rc = BTCPEER_E_INVAL;
	return rc;
}

/* Above this the payload is made and hashed when it is queued: once, when a
 * message goes to many.  Else several output threads may do it at a time. */
#define EARLY_BYTES 16384

static void
prepare(struct btcwire_msg *msg, uint32_t flags)
{
	struct btcwire_bytes payload;
	uint8_t checksum[4];

	/* When this fails the output thread tells of it. */
	if (btcwire_msg_raw(msg, NULL).len > EARLY_BYTES)
		(void)!btcwire_msg_frame(&payload, checksum, msg,
		    BTCWIRE_PVER_NEWEST, flags);
}

int
btcpeer_queue_message_take(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcpeer_send *send)
{
	struct btcpeer_send s;
	struct btcp_entry e;
	int rc;

	rc = load_send(&s, p, msg, send);
	if (rc == 0 && s.completion != NULL)
		rc = btcp_completion_bind(s.completion, p);
	if (rc != 0) {
		btcwire_msg_unref(msg);
		return rc;
	}
	e = (struct btcp_entry){ .msg = msg, .completion = s.completion,
	    .done = s.done, .done_arg = s.done_arg, .flags = s.flags,
	    .size = btcp_send_size(msg) };
	if (e.completion != NULL)
		btcpeer_completion_ref(e.completion);
	prepare(msg, s.flags);
	rc = push(p, &e, s.wait_ms);
	if (rc != 0) {
		if (e.completion != NULL) {
			btcp_completion_unbind(e.completion);
			btcpeer_completion_unref(e.completion);
		}
		btcwire_msg_unref(msg);
	}
	return rc;
}

int
btcpeer_queue_message(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcpeer_send *send)
{
	return btcpeer_queue_message_take(p, btcwire_msg_ref(msg), send);
}

static void
settle(struct btcpeer *p, struct btcp_entry *e, int result)
{
	if (e->done != NULL)
		e->done(p, e->msg, result, e->done_arg);
	if (e->completion != NULL) {
		btcp_completion_settle(e->completion, result);
		btcpeer_completion_unref(e->completion);
	}
	btcwire_msg_unref(e->msg);
}

void
btcp_send_settle(struct btcpeer *p, struct btcp_entry *e, size_t wire_len,
    int result)
{
	if (result == 0)
		BTCP_LOG_MESSAGE(p, "sent", e->msg);
	if (p->on.on_write != NULL)
		p->on.on_write(p, e->msg, wire_len, result, p->config.user);
	settle(p, e, result);
}

void
btcp_send_abandon(struct btcpeer *p, int result, bool report)
{
	struct btcp_batch b = { 0 };
	size_t i;

	for (;;) {
		btcu_lock(&p->mtx);
		btcp_queue_take_rest(&b, &p->queue);
		for (i = 0; i < b.len; i++)
			btcp_queue_release(&p->queue, &b.v[i]);
		p->stats.msgs_failed += b.len;
		btcp_unlock(p);
		if (b.len == 0)
			break;
		for (i = 0; i < b.len; i++)
			if (report)
				btcp_send_settle(p, &b.v[i], 0, result);
			else
				settle(p, &b.v[i], result);
		b.len = 0;
	}
	btcp_batch_clear(&b);
}

int
btcpeer_queue_inventory(struct btcpeer *p, enum btcwire_inv_type type,
    const struct btcwire_hash *id, const struct btcwire_hash *wtxid)
{
	bool block = type == BTCWIRE_INV_BLOCK;
	int64_t now = 0;
	int rc = 0;

	if (!block && type != BTCWIRE_INV_TX)
		return BTCPEER_E_INVAL;
	btcu_lock(&p->mtx);
	if (p->state != BTCP_NEW && p->state != BTCP_RUNNING)
		rc = BTCPEER_E_CLOSED;
	else if (block || p->stats.relay) {
		/* Only the first of several needs to know. */
		if (p->inventory.due_ms == BTCU_NEVER)
			now = btcp_now_ms(p);
		rc = btcp_inventory_add(&p->inventory, block, id, wtxid, now);
	}
	if (rc == 0 && p->stats.ready)
		btcp_output_wake_locked(p, btcp_inventory_due(&p->inventory));
	btcp_unlock(p);
	return rc;
}

void
btcpeer_add_known_inventory(struct btcpeer *p, uint32_t type,
    const struct btcwire_hash *hash)
{
	btcu_lock(&p->mtx);
	btcp_inventory_known(&p->inventory, type, hash);
	btcp_unlock(p);
}

int
btcpeer_ping(struct btcpeer *p)
{
	int rc = 0;

	btcu_lock(&p->mtx);
	if (p->state != BTCP_NEW && p->state != BTCP_RUNNING)
		rc = BTCPEER_E_CLOSED;
	else if (!p->stats.ready)
		rc = BTCPEER_E_STATE;
	else {
		p->ping_due_ms = INT64_MIN;
		btcp_output_wake_locked(p, INT64_MIN);
	}
	btcp_unlock(p);
	return rc;
}
