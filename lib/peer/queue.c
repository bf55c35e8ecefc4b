#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "peer/queue.h"

/* A batch array above this is not kept while nothing is in it. */
#define KEEP 256

void
btcp_queue_init(struct btcp_queue *q, size_t max_bytes, size_t max_msgs)
{
	*q = (struct btcp_queue){ .max_bytes = max_bytes, .max_msgs = max_msgs,
	    .held = true };
}

void
btcp_batch_clear(struct btcp_batch *b)
{
	free(b->v);
	*b = (struct btcp_batch){ 0 };
}

void
btcp_batch_reset(struct btcp_batch *b)
{
	b->len = 0;
	if (b->cap > KEEP)
		btcp_batch_clear(b);
}

bool
btcp_queue_has_room(const struct btcp_queue *q, size_t size)
{
	if (q->msgs == 0)
		return true;
	return q->msgs < q->max_msgs && q->bytes < q->max_bytes &&
	    size <= q->max_bytes - q->bytes;
}

int
btcp_batch_push(struct btcp_batch *b, const struct btcp_entry *e)
{
	size_t cap = b->cap == 0 ? 8 : b->cap * 2;
	struct btcp_entry *v;

	if (b->len == b->cap) {
		v = realloc(b->v, cap * sizeof(*v));
		if (v == NULL)
			return BTCPEER_E_NOMEM;
		b->v = v;
		b->cap = cap;
	}
	b->v[b->len++] = *e;
	return 0;
}

/*
 * Replies stay in order: a remote that asks for something and then pings may
 * take the pong for the sign that it has all it asked for.
 */
static int
push_control(struct btcp_queue *q, const struct btcp_entry *e)
{
	int rc;

	if (q->control_bytes + e->size > BTCP_CONTROL_MAX)
		return BTCPEER_E_FULL;
	rc = btcp_batch_push(q->held || e->urgent ? &q->first : &q->rest, e);
	if (rc == 0)
		q->control_bytes += e->size;
	return rc;
}

int
btcp_queue_push(struct btcp_queue *q, const struct btcp_entry *e)
{
	int rc;

	if (e->control)
		return push_control(q, e);
	if (!btcp_queue_has_room(q, e->size)) {
		q->refused = true;
		return BTCPEER_E_FULL;
	}
	rc = btcp_batch_push(&q->rest, e);
	if (rc != 0)
		return rc;
	q->bytes += e->size;
	if (++q->msgs > q->peak_msgs)
		q->peak_msgs = q->msgs;
	return 0;
}

static void
trade(struct btcp_batch *out, struct btcp_batch *from)
{
	struct btcp_batch empty = *out;

	*out = *from;
	if (empty.cap > KEEP)
		btcp_batch_clear(&empty);
	*from = empty;
}

void
btcp_queue_take(struct btcp_batch *out, struct btcp_queue *q)
{
	if (q->first.len > 0)
		trade(out, &q->first);
	else if (!q->held && q->rest.len > 0)
		trade(out, &q->rest);
}

void
btcp_queue_take_rest(struct btcp_batch *out, struct btcp_queue *q)
{
	if (q->first.len > 0)
		trade(out, &q->first);
	else if (q->rest.len > 0)
		trade(out, &q->rest);
}

void
btcp_queue_release(struct btcp_queue *q, const struct btcp_entry *e)
{
	if (e->control) {
		q->control_bytes -= e->size;
	} else {
		q->bytes -= e->size;
		q->msgs--;
	}
}

bool
btcp_queue_low_water(struct btcp_queue *q)
{
	if (!q->refused || q->msgs > q->max_msgs / 2 ||
	    q->bytes > q->max_bytes / 2)
		return false;
	q->refused = false;
	return true;
}
