#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "peer/log.h"
#include "peer/peer.h"
#include "peer/send.h"
#include "util/attr.h"
#include "util/rand.h"
#include "wire/msgtab.h"

/* Between two writes of about this size what goes first gets its turn. */
#define CHUNK_BYTES (1 << 20)

enum work {
	WORK_NONE, WORK_EXIT, WORK_HIGH_WATER, WORK_FIRST, WORK_PING,
	WORK_INVENTORY, WORK_REST
};

/* What one turn of the output thread is about. */
struct turn {
	enum work work;
	struct btcp_batch batch;	/* WORK_FIRST: owned */
	size_t batch_pos;
	struct btcwire_invvect *vec;	/* WORK_INVENTORY: owned */
	size_t vec_len;
	uint64_t nonce;			/* WORK_PING */
};

/* What else there is to a frame, or to an entry. */
struct about {
	uint64_t handle;		/* of the frame's request, or 0 */
	uint32_t entry;			/* the frame's */
	int refused;			/* why the entry has no frame, or 0 */
};

/* One write's worth. */
struct chunk {
	struct btcp_entry *e;
	size_t len;			/* entries, of which some have no frame */
	size_t frames;
	size_t max;			/* room for so many of both */
	struct btct_frame *frame;
	struct about *about;
};

void
btcp_output_wake_locked(struct btcpeer *p, int64_t due_ms)
{
	if (due_ms < p->out_wake_ms) {
		p->out_wake_ms = due_ms;
		p->wake_out = true;
	}
}

/* ---- What to do next --------------------------------------------------- */

/* Announcements that are due now, at most one inv. */
static bool take_inventory_locked(struct turn *t, struct btcpeer *p,
    int64_t now)
    REQUIRES(p->mtx);

static bool
take_inventory_locked(struct turn *t, struct btcpeer *p, int64_t now)
{
	if (!p->stats.ready || btcp_inventory_due(&p->inventory) > now)
		return false;
	if (t->vec == NULL)
		t->vec = malloc(BTCP_INV_MSG_MAX * sizeof(*t->vec));
	if (t->vec == NULL) {
		btcp_end_locked(p, BTCPEER_REASON_NOMEM,
		    "out of memory for an announcement");
		return false;
	}
	t->vec_len = btcp_inventory_take(t->vec, &p->inventory,
	    p->stats.wtxid_relay, p->stats.relay, now);
	return t->vec_len > 0;
}

static bool take_ping_locked(struct turn *t, struct btcpeer *p, int64_t now)
    REQUIRES(p->mtx);

static bool
take_ping_locked(struct turn *t, struct btcpeer *p, int64_t now)
{
	if (p->ping_due_ms > now)
		return false;
	p->ping_due_ms = btcu_after(now, p->config.ping_interval_ms);
	p->stats.ping_sent_s = btcp_wall_s(p);
	if (p->stats.protocol_version < BTCWIRE_PVER_BIP31) {
		t->nonce = 0;
		return true;
	}
	do
		t->nonce = btcu_rand_u64();
	while (t->nonce == 0);
	p->ping_nonce = p->stats.ping_nonce = t->nonce;
	p->ping_sent_us = btcp_now_us(p);
	/* The ceiling counts from the oldest ping nobody answered. */
	if (p->ping_deadline_ms == BTCU_NEVER) {
		p->ping_oldest = t->nonce;
		p->ping_deadline_ms = btcu_after(now, p->config.ping_timeout_ms);
		btcp_stall_wake_locked(p, p->ping_deadline_ms);
	}
	return true;
}

static enum work choose_locked(struct turn *t, struct btcpeer *p, int64_t now)
    REQUIRES(p->mtx);

static enum work
choose_locked(struct turn *t, struct btcpeer *p, int64_t now)
{
	if (p->state == BTCP_CLOSED)
		return WORK_EXIT;
	if (p->state == BTCP_RUNNING && btcp_queue_high_water(&p->queue))
		return WORK_HIGH_WATER;
	if (p->queue.first.len > 0) {
		btcp_queue_take(&t->batch, &p->queue);
		return WORK_FIRST;
	}
	if (p->state == BTCP_FLUSHING) {
		/* The last reject is out; the reason is set already. */
		btcp_end_locked(p, BTCPEER_REASON_LOCAL, "");
		return WORK_EXIT;
	}
	if (take_ping_locked(t, p, now))
		return WORK_PING;
	if (take_inventory_locked(t, p, now))
		return WORK_INVENTORY;
	if (p->state == BTCP_CLOSED)
		return WORK_EXIT;
	if (p->batch_pos < p->batch.len)
		return WORK_REST;
	btcp_batch_reset(&p->batch);
	p->batch_pos = 0;
	btcp_queue_take(&p->batch, &p->queue);
	return p->batch.len > 0 ? WORK_REST : WORK_NONE;
}

static void
next_turn(struct turn *t, struct btcpeer *p)
{
	int64_t wake, now;

	btcu_lock(&p->mtx);
	for (;;) {
		now = btcp_now_ms(p);
		p->out_wake_ms = INT64_MIN;
		t->work = choose_locked(t, p, now);
		if (t->work != WORK_NONE)
			break;
		wake = p->ping_due_ms;
		if (p->stats.ready && btcp_inventory_due(&p->inventory) < wake)
			wake = btcp_inventory_due(&p->inventory);
		p->out_wake_ms = wake;
		btcp_sleep_locked(p, &p->out_cond, wake);
	}
	p->out_wake_ms = INT64_MIN;	/* awake: no need to signal */
	p->out_pver = p->stats.protocol_version;
	btcp_unlock(p);
}

/* ---- Writing ----------------------------------------------------------- */

/* Frames for as many entries of the batch as make a good write. */
static void
fill_chunk(struct chunk *c, const struct btcpeer *p, struct btcp_batch *b,
    size_t pos)
{
	struct btct_frame *f;
	struct btcp_entry *e;
	size_t bytes = 0;
	int rc;

	c->e = b->v + pos;
	c->len = c->frames = 0;
	while (pos + c->len < b->len && c->len < c->max &&
	    bytes < CHUNK_BYTES) {
		e = &c->e[c->len];
		f = &c->frame[c->frames];
		f->command = btcwire_msg_command(e->msg);
		f->type = btcwire_msg_command_type(e->msg);
		rc = 0;
		if (btcwire_min_version(btcwire_msg_type(e->msg)) > p->out_pver)
			rc = BTCPEER_E_VERSION;
		if (rc == 0)
			rc = btcwire_msg_frame(&f->payload, f->checksum, e->msg,
			    p->out_pver, e->flags);
		c->about[c->len].refused = rc;
		if (rc == 0) {
			c->about[c->frames].handle = 0;
			c->about[c->frames++].entry = (uint32_t)c->len;
			bytes += f->payload.len;
		}
		c->len++;
	}
}

/* Requests are watched before they are written: an answer may come at once.
 * Not raw ones: nobody knows what they ask for. */
static void
watch(struct btcpeer *p, struct chunk *c)
{
	const struct btcwire_msg *msg;
	size_t i;

	for (i = 0; i < c->frames; i++)
		if (btcp_pending_is_request(c->frame[i].type))
			break;
	if (i == c->frames)
		return;
	btcu_lock(&p->mtx);
	for (; i < c->frames; i++) {
		msg = c->e[c->about[i].entry].msg;
		/* Out of memory: this request is not watched, no more. */
		if (btcwire_msg_type(msg) != BTCWIRE_UNKNOWN)
			(void)btcp_pending_add(&c->about[i].handle, &p->pending,
			    c->frame[i].type, btcwire_msg_body(msg));
	}
	btcp_unlock(p);
}

/* How many frames are whole in what was written. */
static size_t
frames_in(const struct btcpeer *p, const struct chunk *c, size_t written)
{
	size_t i, len;

	for (i = 0; i < c->frames; i++) {
		len = btct_wire_len(&p->transport, c->frame[i].type,
		    c->frame[i].payload.len);
		if (len > written)
			break;
		written -= len;
	}
	return i;
}

static void count_sent_locked(struct btcpeer *p, const struct chunk *c,
    size_t sent)
    REQUIRES(p->mtx);

static void
count_sent_locked(struct btcpeer *p, const struct chunk *c, size_t sent)
{
	struct btcpeer_command_stats *s;
	int64_t now = btcp_now_ms(p), due = BTCU_NEVER, one;
	size_t i, len;

	for (i = 0; i < sent; i++) {
		len = btct_wire_len(&p->transport, c->frame[i].type,
		    c->frame[i].payload.len);
		s = &p->by_type[c->frame[i].type];
		s->msgs_sent++;
		s->bytes_sent += len;
		p->stats.bytes_sent += len;
		if (c->about[i].handle != 0) {
			one = btcp_pending_written(&p->pending, c->about[i].handle,
			    now);
			due = one < due ? one : due;
		}
	}
	p->stats.msgs_sent += sent;
	p->stats.msgs_failed += c->len - sent;
	if (sent > 0)
		p->stats.last_send_s = btcp_wall_s(p);
	btcp_stall_wake_locked(p, due);
}

/* In turns, also when the mark was passed both ways within one write. */
static void
tell_water(struct btcpeer *p, bool high, bool low)
{
	if (high && p->on.on_high_water != NULL)
		p->on.on_high_water(p, p->config.user);
	if (low && p->on.on_low_water != NULL)
		p->on.on_low_water(p, p->config.user);
}

/* The chunk is over; its first sent frames went out, the others failed. */
static void
settle_chunk(struct btcpeer *p, struct chunk *c, size_t sent, int rc)
{
	bool high = false, low = false;
	size_t i, f = 0, len;

	btcu_lock(&p->mtx);
	count_sent_locked(p, c, sent);
	for (i = 0; i < c->len; i++) {
		if (c->about[i].refused != 0)
			btcp_unask_locked(p, btcwire_msg_type(c->e[i].msg));
		btcp_queue_release(&p->queue, &c->e[i]);
	}
	if (p->state == BTCP_RUNNING) {
		high = btcp_queue_high_water(&p->queue);
		low = btcp_queue_low_water(&p->queue);
	}
	btcu_broadcast(&p->room_cond);
	btcp_unlock(p);
	for (i = 0; i < c->len; i++) {
		if (c->about[i].refused != 0) {
			btcp_send_settle(p, &c->e[i], 0, c->about[i].refused);
			continue;
		}
		len = btct_wire_len(&p->transport, c->frame[f].type,
		    c->frame[f].payload.len);
		if (f++ < sent)
			btcp_send_settle(p, &c->e[i], len, 0);
		else
			btcp_send_settle(p, &c->e[i], 0, rc);
	}
	tell_water(p, high, low);
}

static void
end_writing(struct btcpeer *p, int rc)
{
	if (rc == BTCPEER_E_TIMEOUT)
		btcp_end(p, BTCPEER_REASON_WRITE_TIMEOUT, "%s",
		    btcpeer_reason_text(BTCPEER_REASON_WRITE_TIMEOUT));
	else if (rc == BTCPEER_E_EOF)
		btcp_end(p, BTCPEER_REASON_REMOTE_CLOSED, "%s",
		    btcpeer_reason_text(BTCPEER_REASON_REMOTE_CLOSED));
	else
		btcp_end(p, BTCPEER_REASON_IO, "sending: %s",
		    strerror(p->fd_io.send_errno));
}

/* Returns false when the connection is over. */
static bool
write_chunk(struct btcpeer *p, struct chunk *c, struct btcp_batch *b,
    size_t *pos)
{
	size_t written = 0;
	int rc = 0;

	fill_chunk(c, p, b, *pos);
	watch(p, c);
	if (c->frames > 0)
		rc = btct_send(&written, &p->transport, c->frame, c->frames,
		    p->config.write_timeout_ms);
	*pos += c->len;
	if (rc != 0)
		end_writing(p, rc);
	settle_chunk(p, c, rc == 0 ? c->frames : frames_in(p, c, written), rc);
	return rc == 0;
}

static BTCU_APART bool
write_many(struct btcpeer *p, struct btcp_batch *b, size_t *pos)
{
	BTCU_UNINIT struct btct_frame frame[BTCT_SEND_MAX];
	BTCU_UNINIT struct about about[BTCT_SEND_MAX];
	struct chunk c = { .max = BTCT_SEND_MAX, .frame = frame,
	    .about = about };

	return write_chunk(p, &c, b, pos);
}

/* Write some of the batch.  Returns false when the connection is over. */
static bool
write_some(struct btcpeer *p, struct btcp_batch *b, size_t *pos)
{
	BTCU_UNINIT struct btct_frame frame[BTCT_SEND_FEW];
	BTCU_UNINIT struct about about[BTCT_SEND_FEW];
	struct chunk c = { .max = BTCT_SEND_FEW, .frame = frame,
	    .about = about };

	if (b->len - *pos > BTCT_SEND_FEW)
		return write_many(p, b, pos);
	return write_chunk(p, &c, b, pos);
}

/* ---- The library's own periodic messages ------------------------------- */

static bool
write_own(struct btcpeer *p, enum btcwire_type type, const void *body)
{
	struct btcp_entry e = { .control = true };
	struct btcp_batch one = { .v = &e, .len = 1 };
	size_t pos = 0;

	if (btcwire_msg_new(&e.msg, type, body, NULL) != 0) {
		btcp_end(p, BTCPEER_REASON_NOMEM, "out of memory for %s",
		    btcwire_command(type));
		return false;
	}
	return write_some(p, &one, &pos);
}

static bool
take_turn(struct btcpeer *p, struct turn *t)
{
	struct btcwire_ping ping = { .nonce = t->nonce };
	struct btcwire_inv inv = { .vec = t->vec, .vec_len = t->vec_len };
	bool go;

	switch (t->work) {
	case WORK_HIGH_WATER:
		tell_water(p, true, false);
		return true;
	case WORK_FIRST:
		while (t->batch_pos < t->batch.len)
			if (!write_some(p, &t->batch, &t->batch_pos))
				return false;
		btcp_batch_reset(&t->batch);
		t->batch_pos = 0;
		return true;
	case WORK_PING:
		return write_own(p, BTCWIRE_PING, &ping);
	case WORK_INVENTORY:
		go = write_own(p, BTCWIRE_INV, &inv);
		free(t->vec);
		t->vec = NULL;
		return go;
	case WORK_REST:
		return write_some(p, &p->batch, &p->batch_pos);
	default:
		return false;
	}
}

/* The batch's unwritten rest ends here. */
static void
abandon_batch(struct btcpeer *p, struct btcp_batch *b, size_t pos)
{
	size_t i;

	btcu_lock(&p->mtx);
	for (i = pos; i < b->len; i++)
		btcp_queue_release(&p->queue, &b->v[i]);
	p->stats.msgs_failed += b->len - pos;
	btcp_unlock(p);
	for (i = pos; i < b->len; i++)
		btcp_send_settle(p, &b->v[i], 0, BTCPEER_E_CLOSED);
	b->len = 0;
}

void *
btcp_output_main(void *peer)
{
	struct btcpeer *p = peer;
	struct turn t = { 0 };

	if (!btcp_thread_enter(p, "btcpeer-out"))
		return NULL;
	do
		next_turn(&t, p);
	while (take_turn(p, &t));
	abandon_batch(p, &t.batch, t.batch_pos);
	abandon_batch(p, &p->batch, p->batch_pos);
	p->batch_pos = 0;
	btcp_send_abandon(p, BTCPEER_E_CLOSED, true);
	btcp_batch_clear(&t.batch);
	free(t.vec);
	return NULL;
}
