#include "config.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "peer/pending.h"
#include "util/clock.h"
#include "util/rand.h"

/* How soon to look again at what is overdue while a callback runs. */
#define LOOK_MS 1000

/* A getcfilters is about at most that many blocks (BIP 157). */
#define PARTS_MAX 1000

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
	size_t parts;		/* messages that may still extend it */
	size_t txs;		/* of the items, those that are transactions */
	struct btcwire_hash block;	/* that it is about, */
	uint8_t filter_type;		/* where the rule matches by that */
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
	    BTCWIRE_MERKLEBLOCK, BTCWIRE_CMPCTBLOCK }, BTCP_BY_ITEM, 1, true },
	{ BTCWIRE_GETHEADERS, { BTCWIRE_HEADERS }, BTCP_BY_TYPE, 3, true },
	{ BTCWIRE_GETBLOCKS, { BTCWIRE_INV }, BTCP_BY_TYPE, 1, false },
	{ BTCWIRE_MEMPOOL, { BTCWIRE_INV }, BTCP_BY_TYPE, 1, false },
	{ BTCWIRE_GETADDR, { BTCWIRE_ADDR, BTCWIRE_ADDRV2 }, BTCP_BY_TYPE, 1,
	    false },
	{ BTCWIRE_GETBLOCKTXN, { BTCWIRE_BLOCKTXN, BTCWIRE_BLOCK },
	    BTCP_BY_BLOCK, 1, true },
	{ BTCWIRE_GETCFILTERS, { BTCWIRE_CFILTER }, BTCP_BY_LAST, 1, true },
	{ BTCWIRE_GETCFHEADERS, { BTCWIRE_CFHEADERS }, BTCP_BY_BLOCK, 1, true },
	{ BTCWIRE_GETCFCHECKPT, { BTCWIRE_CFCHECKPT }, BTCP_BY_BLOCK, 1, true },
};
static_assert(sizeof(rules) / sizeof(*rules) == BTCP_NRULES,
    "a limit for every rule");

static const struct btcp_rule *
rule_for(enum btcwire_type request)
{
	size_t i;

	for (i = 0; i < BTCP_NRULES; i++)
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

static int64_t
default_ms(const struct btcp_rule *rule, int64_t base_ms)
{
	return base_ms < 0 ? -1 : base_ms * rule->factor;
}

void
btcp_pending_init(struct btcp_pending *t, int64_t base_ms,
    const struct btcpeer_stall_rule *rule, size_t n)
{
	const struct btcp_rule *r;
	size_t i;

	*t = (struct btcp_pending){ .callback_ms = BTCU_NEVER };
	btcu_rand_bytes(t->seed, sizeof(t->seed));
	for (i = 0; i < BTCP_NRULES; i++)
		t->limit[i] = (struct btcp_limit){
		    default_ms(&rules[i], base_ms), rules[i].disconnect };
	for (i = 0; i < n; i++) {
		r = rule_for(rule[i].request);
		if (r == NULL)
			continue;
		t->limit[r - rules] = (struct btcp_limit){
		    rule[i].timeout_ms != 0 ? rule[i].timeout_ms
		    : default_ms(r, base_ms), rule[i].disconnect };
	}
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

static const struct btcp_limit *
limit_of(const struct btcp_pending *t, const struct btcp_rule *rule)
{
	return &t->limit[rule - rules];
}

static bool
has_items(const struct btcp_request *r)
{
	return r->rule->match == BTCP_BY_ITEM;
}

/* A block that comes may be the answer, so it has to be hashed. */
static bool
wants_whole_block(const struct btcp_request *r)
{
	return r->rule->match == BTCP_BY_BLOCK &&
	    answers(r->rule, BTCWIRE_BLOCK);
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
	    limit_of(t, r->rule)->ms);
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
	if (has_items(r) && r->outstanding > 0)
		drop_items(t, r);
	if (wants_whole_block(r))
		t->whole_blocks--;
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

/* What the answer will be told by. */
static void
note_block(struct btcp_request *r, const void *body)
{
	const struct btcwire_getblocktxn *txn = body;
	const struct btcwire_getcfcheckpt *checkpt = body;
	const struct btcwire_getcf *cf = body;

	switch (r->rule->request) {
	case BTCWIRE_GETBLOCKTXN:
		r->block = txn->block;
		break;
	case BTCWIRE_GETCFCHECKPT:
		r->block = checkpt->stop;
		r->filter_type = checkpt->filter_type;
		break;
	case BTCWIRE_GETCFILTERS:
	case BTCWIRE_GETCFHEADERS:
		r->block = cf->stop;
		r->filter_type = cf->filter_type;
		break;
	default:
		break;
	}
}

int
btcp_pending_add(uint64_t *handle, struct btcp_pending *t,
    enum btcwire_type type, const void *body)
{
	const struct btcp_rule *rule = rule_for(type);
	const struct btcwire_inv *inv = body;
	struct btcp_request *r;
	size_t i;
	int rc = 0;

	*handle = 0;
	if (rule == NULL || limit_of(t, rule)->ms < 0)
		return 0;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return BTCPEER_E_NOMEM;
	r->rule = rule;
	r->handle = ++t->handles;
	r->touched = r->again = INT64_MIN;
	r->outstanding = has_items(r) ? 0 : 1;
	r->parts = rule->match == BTCP_BY_LAST ? PARTS_MAX : 0;
	note_block(r, body);
	if (wants_whole_block(r))
		t->whole_blocks++;
	r->prev = t->last;
	*(t->last != NULL ? &t->last->next : &t->first) = r;
	t->last = r;
	for (i = 0; has_items(r) && i < inv->vec_len && rc == 0; i++)
		rc = add_item(t, r, &inv->vec[i]);
	if (r->outstanding == 0 || rc != 0)
		forget(t, r);
	else
		*handle = r->handle;
	return rc;
}

int64_t
btcp_pending_written(struct btcp_pending *t, uint64_t handle, int64_t now_ms)
{
	struct btcp_request *r = t->last;

	while (r != NULL && r->handle != handle)
		r = r->prev;
	if (r == NULL)
		return BTCU_NEVER;
	r->written = true;
	r->written_ms = now_ms;
	r->touched = own_clock(t, now_ms);
	return btcu_after(now_ms, limit_of(t, r->rule)->ms);
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
	return t->items > t->hashed_txs || t->whole_blocks > 0;
}

/* The kind of item that a message is; 0: of none. */
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
	case BTCWIRE_BLOCK:
		return BTCWIRE_INV_BLOCK;
	default:
		return 0;
	}
}

static bool
is_answer(const struct btcp_request *r, const struct btcp_arrival *a)
{
	if (has_items(r) || !answers(r->rule, a->type))
		return false;
	return r->rule->match == BTCP_BY_TYPE ||
	    (a->hash != NULL && r->filter_type == a->filter_type &&
	    memcmp(r->block.b, a->hash->b, sizeof(r->block.b)) == 0);
}

/* One of several messages that come before the last one. */
static bool
is_part(const struct btcp_request *r, const struct btcp_arrival *a)
{
	return r->parts > 0 && answers(r->rule, a->type) &&
	    r->filter_type == a->filter_type;
}

/* The oldest request that this answers is settled.  If there is an older one
 * that it is a part for, that one is extended: it may be the answer to both. */
static void
request_answered(struct btcp_pending *t, const struct btcp_arrival *a,
    int64_t now_ms)
{
	struct btcp_request *r, *part = NULL;

	for (r = t->first; r != NULL && !is_answer(r, a); r = r->next)
		if (part == NULL && is_part(r, a))
			part = r;
	if (part != NULL) {
		part->touched = own_clock(t, now_ms);
		part->parts--;
	}
	if (r != NULL) {
		r->touched = own_clock(t, now_ms);
		forget(t, r);
	}
}

void
btcp_pending_arrived(struct btcp_pending *t, const struct btcp_arrival *a,
    int64_t now_ms)
{
	uint8_t kind = kind_of_reply(a->type);
	size_t i;

	if (t->first == NULL)
		return;
	if (a->notfound != NULL)
		for (i = 0; i < a->notfound->vec_len; i++)
			item_settled(t, kind_of(a->notfound->vec[i].type),
			    &a->notfound->vec[i].hash, now_ms);
	if (a->hash != NULL && kind != 0)
		item_settled(t, kind, a->hash, now_ms);
	/* BIP 152: instead of a compact block that is too old, all of it. */
	if (a->hash != NULL && a->type == BTCWIRE_BLOCK)
		item_settled(t, BTCWIRE_INV_CMPCT_BLOCK, a->hash, now_ms);
	if (a->wtxid != NULL)
		item_settled(t, BTCWIRE_INV_WTX, a->wtxid, now_ms);
	request_answered(t, a, now_ms);
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
	if (r->rule->match == BTCP_BY_LAST)
		return r->parts > 0;
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
	    .disconnect = limit_of(t, r->rule)->disconnect };
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
