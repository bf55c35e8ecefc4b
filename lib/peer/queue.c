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

static bool
room_for(const struct btcp_queue *q, size_t msgs, size_t bytes)
{
	if (q->msgs == 0 || msgs == 0)
		return true;
	return q->msgs < q->max_msgs && q->bytes < q->max_bytes &&
	    msgs <= q->max_msgs - q->msgs && bytes <= q->max_bytes - q->bytes;
}

bool
btcp_queue_has_room(const struct btcp_queue *q, size_t size)
{
	return room_for(q, 1, size);
}

/* Memory for n more entries. */
static int
reserve(struct btcp_batch *b, size_t n)
{
	size_t cap = b->cap == 0 ? 8 : b->cap;
	struct btcp_entry *v;

	if (n <= b->cap - b->len)
		return 0;
	while (cap - b->len < n) {
		if (cap > SIZE_MAX / 2 / sizeof(*v))
			return BTCPEER_E_NOMEM;
		cap *= 2;
	}
	v = realloc(b->v, cap * sizeof(*v));
	if (v == NULL)
		return BTCPEER_E_NOMEM;
	b->v = v;
	b->cap = cap;
	return 0;
}

int
btcp_batch_push(struct btcp_batch *b, const struct btcp_entry *e)
{
	int rc = reserve(b, 1);

	if (rc == 0)
		b->v[b->len++] = *e;
	return rc;
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

static void
rise(struct btcp_queue *q)
{
	if (q->high)
		return;
	q->high = q->high_due = true;
	q->drained = false;
}

int
btcp_queue_push_all(struct btcp_queue *q, const struct btcp_entry *e, size_t n)
{
	size_t bytes = 0, i;
	int rc;

	for (i = 0; i < n; i++)
		bytes += e[i].size;
	if (!room_for(q, n, bytes)) {
		rise(q);
		return BTCPEER_E_FULL;
	}
	rc = reserve(&q->rest, n);
	if (rc != 0)
		return rc;
	for (i = 0; i < n; i++)
		q->rest.v[q->rest.len++] = e[i];
	q->bytes += bytes;
	q->msgs += n;
	if (q->msgs > q->peak_msgs)
		q->peak_msgs = q->msgs;
	if (n > 0 && (q->msgs >= q->max_msgs - q->max_msgs / 2 ||
	    q->bytes >= q->max_bytes - q->max_bytes / 2))
		rise(q);
	return 0;
}

int
btcp_queue_push(struct btcp_queue *q, const struct btcp_entry *e)
{
	return e->control ? push_control(q, e) : btcp_queue_push_all(q, e, 1);
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
		q->drained = true;
	}
}

bool
btcp_queue_high_water(struct btcp_queue *q)
{
	bool due = q->high_due;

	q->high_due = false;
	return due;
}

bool
btcp_queue_low_water(struct btcp_queue *q)
{
	if (!q->high || q->high_due || !q->drained ||
	    q->msgs > q->max_msgs / 4 || q->bytes > q->max_bytes / 4)
		return false;
	q->high = false;
	return true;
}
