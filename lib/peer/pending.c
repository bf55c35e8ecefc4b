#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "peer/pending.h"
#include "util/clock.h"
#include "util/rand.h"

/* How soon to look again at what is overdue while a callback runs. */
#define LOOK_MS 1000

struct btcp_request {
	struct btcp_request *next, *prev;
	const struct btcp_rule *rule;
	uint64_t handle;
	bool written;		/* false: its time has not begun */
	int64_t written_ms;
	/* Our clock when this request, or one before it, last moved on; the
	 * time of those before it counts too, see deadline_of(). */
	int64_t touched;
	int64_t again;		/* the same for this request alone: it was overdue */
	size_t outstanding;	/* items; 1 where the rule has none */
	size_t txs;		/* of the items, those that are transactions */
};

struct btcp_item {
	struct btcp_item *next;	/* in its bucket */
	struct btcp_request *request;
	uint8_t kind;		/* BTCWIRE_INV_, without the witness flag */
	struct btcwire_hash hash;
};

/* protocol.md A7.  Where silence is a legal answer nobody is disconnected. */
static const struct btcp_rule rules[] = {
	{ BTCWIRE_GETDATA, { BTCWIRE_BLOCK, BTCWIRE_TX, BTCWIRE_NOTFOUND,
	    BTCWIRE_MERKLEBLOCK, BTCWIRE_CMPCTBLOCK }, 1, true, true },
	{ BTCWIRE_GETHEADERS, { BTCWIRE_HEADERS }, 3, true, false },
	{ BTCWIRE_GETBLOCKS, { BTCWIRE_INV }, 1, false, false },
	{ BTCWIRE_MEMPOOL, { BTCWIRE_INV }, 1, false, false },
	{ BTCWIRE_GETADDR, { BTCWIRE_ADDR, BTCWIRE_ADDRV2 }, 1, false, false },
};

static const struct btcp_rule *
rule_for(enum btcwire_type request)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (rules[i].request == request)
			return &rules[i];
	return NULL;
}

static bool
answers(const struct btcp_rule *rule, enum btcwire_type reply)
{
	size_t i;

	for (i = 0; i < sizeof(rule->reply) / sizeof(*rule->reply) &&
	    rule->reply[i] != BTCWIRE_UNKNOWN; i++)
		if (rule->reply[i] == reply)
			return true;
	return false;
}

void
btcp_pending_init(struct btcp_pending *t, int64_t base_ms)
{
	*t = (struct btcp_pending){ .base_ms = base_ms,
	    .callback_ms = BTCU_NEVER };
	btcu_rand_bytes(t->seed, sizeof(t->seed));
}

/* ---- Items ------------------------------------------------------------- */

/* The kind under which an inventory vector is answered; 0: not watched. */
static uint8_t
kind_of(uint32_t type)
{
	uint32_t kind = type & ~(uint32_t)BTCWIRE_INV_WITNESS_FLAG;

	switch (kind) {
	case BTCWIRE_INV_TX:
	case BTCWIRE_INV_BLOCK:
	case BTCWIRE_INV_FILTERED_BLOCK:
	case BTCWIRE_INV_CMPCT_BLOCK:
	case BTCWIRE_INV_WTX:
		return (uint8_t)kind;
	default:
		return 0;
	}
}

static bool
is_tx(uint8_t kind)
{
	return kind == BTCWIRE_INV_TX || kind == BTCWIRE_INV_WTX;
}

static struct btcp_item **
bucket_of(const struct btcp_pending *t, const struct btcwire_hash *h)
{
	uint64_t k;

	crypto_shorthash((unsigned char *)&k, h->b, sizeof(h->b), t->seed);
	return &t->bucket[k & (t->buckets - 1)];
}

static int
grow_buckets(struct btcp_pending *t, size_t want)
{
	size_t i, old = t->buckets, n = old == 0 ? 64 : old;
	struct btcp_item **was = t->bucket, **b, *it, *next;

	while (n < want)
		n *= 2;
	if (n == old)
		return 0;
	b = calloc(n, sizeof(*b));
	if (b == NULL)
		return BTCPEER_E_NOMEM;
	t->bucket = b;
	t->buckets = n;
	for (i = 0; i < old; i++)
		for (it = was[i]; it != NULL; it = next) {
			next = it->next;
			b = bucket_of(t, &it->hash);
			it->next = *b;
			*b = it;
		}
	free(was);
	return 0;
}

static void
unlink_item(struct btcp_pending *t, struct btcp_item **at)
{
	struct btcp_item *it = *at;

	*at = it->next;
	t->items--;
	if (is_tx(it->kind)) {
		t->hashed_txs--;
		it->request->txs--;
	}
	free(it);
	if (t->items == 0) {
		free(t->bucket);
		t->bucket = NULL;
		t->buckets = 0;
	}
}

static int
add_item(struct btcp_pending *t, struct btcp_request *r,
    const struct btcwire_invvect *v)
{
	struct btcp_item *it, **b;
	uint8_t kind = kind_of(v->type);

	if (kind == 0)
		return 0;
	it = malloc(sizeof(*it));
	if (it == NULL || grow_buckets(t, t->items + 1) != 0) {
		free(it);
		return BTCPEER_E_NOMEM;
	}
	b = bucket_of(t, &v->hash);
	*it = (struct btcp_item){ .next = *b, .request = r, .kind = kind,
	    .hash = v->hash };
	*b = it;
	t->items++;
	if (is_tx(kind)) {
		t->hashed_txs++;
		r->txs++;
	}
	r->outstanding++;
	return 0;
}

/* ---- Requests ---------------------------------------------------------- */

static int64_t
time_for(const struct btcp_pending *t, const struct btcp_rule *rule)
{
	return t->base_ms < 0 ? -1 : t->base_ms * rule->factor;
}

/* The clock on which deadlines are kept. */
static int64_t
own_clock(const struct btcp_pending *t, int64_t now_ms)
{
	return (t->callback_ms != BTCU_NEVER ? t->callback_ms : now_ms) -
	    t->lost_ms;
}

/* touched holds the latest of the requests before r, and then of r too. */
static int64_t
deadline_of(const struct btcp_pending *t, const struct btcp_request *r,
    int64_t *touched)
{
	if (!r->written)
		return BTCU_NEVER;
	if (r->touched > *touched)
		*touched = r->touched;
	return btcu_after(r->again > *touched ? r->again : *touched,
	    time_for(t, r->rule));
}

static void
drop_items(struct btcp_pending *t, const struct btcp_request *r)
{
	struct btcp_item **at;
	size_t i;

	for (i = 0; i < t->buckets; i++)
		for (at = &t->bucket[i]; t->buckets > 0 && *at != NULL;)
			if ((*at)->request == r)
				unlink_item(t, at);
			else
				at = &(*at)->next;
}

static void
forget(struct btcp_pending *t, struct btcp_request *r)
{
	if (r->rule->items && r->outstanding > 0)
		drop_items(t, r);
	if (r->next != NULL && r->next->touched < r->touched)
		r->next->touched = r->touched;
	*(r->prev != NULL ? &r->prev->next : &t->first) = r->next;
	*(r->next != NULL ? &r->next->prev : &t->last) = r->prev;
	free(r);
}

void
btcp_pending_clear(struct btcp_pending *t)
{
	while (t->first != NULL)
		forget(t, t->first);
}

bool
btcp_pending_is_request(enum btcwire_type type)
{
	return rule_for(type) != NULL;
}

int
btcp_pending_add(uint64_t *handle, struct btcp_pending *t,
    enum btcwire_type type, const struct btcwire_inv *inv)
{
	const struct btcp_rule *rule = rule_for(type);
	struct btcp_request *r;
	size_t i;
	int rc = 0;

	*handle = 0;
	if (rule == NULL || t->base_ms < 0)
		return 0;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return BTCPEER_E_NOMEM;
	r->rule = rule;
	r->handle = ++t->handles;
	r->touched = r->again = INT64_MIN;
	r->outstanding = rule->items ? 0 : 1;
	r->prev = t->last;
	*(t->last != NULL ? &t->last->next : &t->first) = r;
	t->last = r;
	for (i = 0; rule->items && i < inv->vec_len && rc == 0; i++)
		rc = add_item(t, r, &inv->vec[i]);
	if (r->outstanding == 0 || rc != 0)
		forget(t, r);
	else
		*handle = r->handle;
	return rc;
}

void
btcp_pending_written(struct btcp_pending *t, uint64_t handle, int64_t now_ms)
{
	struct btcp_request *r = t->last;

	while (r != NULL && r->handle != handle)
		r = r->prev;
	if (r == NULL)
		return;
	r->written = true;
	r->written_ms = now_ms;
	r->touched = own_clock(t, now_ms);
}

/* An item came, or will never come.  It is counted for every request that
 * waits for it. */
static void
item_settled(struct btcp_pending *t, uint8_t kind,
    const struct btcwire_hash *hash, int64_t now_ms)
{
	struct btcp_item **at;
	struct btcp_request *r;

	if (t->items == 0)
		return;
	for (at = bucket_of(t, hash); *at != NULL;) {
		if ((*at)->kind != kind ||
		    memcmp((*at)->hash.b, hash->b, sizeof(hash->b)) != 0) {
			at = &(*at)->next;
			continue;
		}
		r = (*at)->request;
		unlink_item(t, at);
		r->touched = own_clock(t, now_ms);
		if (--r->outstanding == 0)
			forget(t, r);
		if (t->items == 0)
			return;
	}
}

bool
btcp_pending_wants_tx(const struct btcp_pending *t)
{
	return t->hashed_txs > 0;
}

bool
btcp_pending_wants_block(const struct btcp_pending *t)
{
	return t->items > t->hashed_txs;
}

static uint8_t
kind_of_reply(enum btcwire_type type)
{
	switch (type) {
	case BTCWIRE_TX:
		return BTCWIRE_INV_TX;
	case BTCWIRE_MERKLEBLOCK:
		return BTCWIRE_INV_FILTERED_BLOCK;
	case BTCWIRE_CMPCTBLOCK:
		return BTCWIRE_INV_CMPCT_BLOCK;
	default:
		return BTCWIRE_INV_BLOCK;
	}
}

void
btcp_pending_arrived(struct btcp_pending *t, const struct btcp_arrival *a,
    int64_t now_ms)
{
	struct btcp_request *r;
	size_t i;

	if (t->first == NULL)
		return;
	if (a->notfound != NULL)
		for (i = 0; i < a->notfound->vec_len; i++)
			item_settled(t, kind_of(a->notfound->vec[i].type),
			    &a->notfound->vec[i].hash, now_ms);
	if (a->hash != NULL)
		item_settled(t, kind_of_reply(a->type), a->hash, now_ms);
	/* BIP 152: instead of a compact block that is too old, all of it. */
	if (a->hash != NULL && a->type == BTCWIRE_BLOCK)
		item_settled(t, BTCWIRE_INV_CMPCT_BLOCK, a->hash, now_ms);
	if (a->wtxid != NULL)
		item_settled(t, BTCWIRE_INV_WTX, a->wtxid, now_ms);
	/* Of the others the oldest request that this answers is settled. */
	for (r = t->first; r != NULL; r = r->next)
		if (!r->rule->items && answers(r->rule, a->type)) {
			r->touched = own_clock(t, now_ms);
			forget(t, r);
			break;
		}
}

/* A block, whole or in part. */
static bool
is_block(enum btcwire_type type)
{
	return type == BTCWIRE_BLOCK || type == BTCWIRE_MERKLEBLOCK ||
	    type == BTCWIRE_CMPCTBLOCK;
}

/* Whether a message of this type can be what r still waits for. */
static bool
waits_for(const struct btcp_request *r, enum btcwire_type type)
{
	if (!answers(r->rule, type))
		return false;
	if (type == BTCWIRE_TX)
		return r->txs > 0;
	return !is_block(type) || r->outstanding > r->txs;
}

void
btcp_pending_progress(struct btcp_pending *t, enum btcwire_type type,
    int64_t now_ms)
{
	struct btcp_request *r;

	for (r = t->first; r != NULL; r = r->next)
		if (waits_for(r, type)) {
			r->touched = own_clock(t, now_ms);
			break;
		}
}

void
btcp_pending_callback_began(struct btcp_pending *t, int64_t now_ms)
{
	t->callback_ms = now_ms;
}

void
btcp_pending_callback_ended(struct btcp_pending *t, int64_t now_ms)
{
	t->lost_ms += now_ms - t->callback_ms;
	t->callback_ms = BTCU_NEVER;
}

int64_t
btcp_pending_deadline(const struct btcp_pending *t, int64_t now_ms)
{
	int64_t touched = INT64_MIN, d = BTCU_NEVER, one;
	const struct btcp_request *r;

	for (r = t->first; r != NULL; r = r->next) {
		one = deadline_of(t, r, &touched);
		if (one < d)
			d = one;
	}
	if (d == BTCU_NEVER)
		return d;
	/* While a callback runs nothing is overdue, so look again later. */
	if (t->callback_ms != BTCU_NEVER && d - own_clock(t, now_ms) < LOOK_MS)
		return now_ms + LOOK_MS;
	return now_ms + (d - own_clock(t, now_ms));
}

uint64_t
btcp_pending_overdue(struct btcpeer_stall *out, struct btcp_pending *t,
    int64_t now_ms)
{
	int64_t touched = INT64_MIN, now = own_clock(t, now_ms);
	struct btcp_request *r;

	if (t->callback_ms != BTCU_NEVER)
		return 0;
	for (r = t->first; r != NULL; r = r->next)
		if (deadline_of(t, r, &touched) <= now)
			break;
	if (r == NULL)
		return 0;
	r->again = now;
	*out = (struct btcpeer_stall){ .request = r->rule->request,
	    .outstanding = r->outstanding, .waited_ms = now_ms - r->written_ms,
	    .disconnect = r->rule->disconnect };
	return r->handle;
}

void
btcp_pending_settle(struct btcp_pending *t, uint64_t handle)
{
	struct btcp_request *r;

	for (r = t->first; r != NULL; r = r->next)
		if (r->handle == handle) {
			forget(t, r);
			return;
		}
}
