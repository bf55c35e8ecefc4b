/*
 * The pending table against a model too simple to be wrong: a list of all
 * requests there ever were.
 */
#include "config.h"

#include "gen.h"
#include "pendings.h"
#include "util/rand.h"

enum {
	STEPS = TEST_SLOW ? 8000 : 40000,
	REQUESTS = 300,		/* then everything begins anew */
	ITEMS = 6,		/* at most, in a request */
	IDS = 20		/* few, so that many ask for the same */
};

/* An item: 'b'lock, 'm'erkleblock, 'c'ompact block, 't'xid or 'w'txid, and a
 * number. */
struct model_item {
	char kind;
	uint32_t id;
	bool settled;
};

struct model_request {
	enum btcwire_type type;
	uint64_t handle;
	int64_t written_ms;
	int64_t touched;	/* on the clock without callbacks */
	int64_t reported;	/* likewise */
	bool written, gone;
	struct model_item item[ITEMS];
	size_t items;
	uint32_t block;		/* that it is about, where it is about one */
	uint8_t filter_type;
};

static struct model_request req[REQUESTS];
static size_t reqs;
static int64_t now, lost, callback;	/* callback: when it began, or NEVER */

static const struct {
	enum btcwire_type type, answer;
	int64_t ms;
	bool disconnect;
	bool named;		/* the answer is about the same block */
} rules[] = {
	{ BTCWIRE_GETDATA, BTCWIRE_UNKNOWN, BASE, true, false },
	{ BTCWIRE_GETHEADERS, BTCWIRE_HEADERS, 3 * BASE, true, false },
	{ BTCWIRE_GETBLOCKS, BTCWIRE_INV, BASE, false, false },
	{ BTCWIRE_MEMPOOL, BTCWIRE_INV, BASE, false, false },
	{ BTCWIRE_GETADDR, BTCWIRE_ADDR, BASE, false, false },
	{ BTCWIRE_GETBLOCKTXN, BTCWIRE_BLOCKTXN, BASE, true, true },
	{ BTCWIRE_GETCFILTERS, BTCWIRE_CFILTER, BASE, true, true },
	{ BTCWIRE_GETCFHEADERS, BTCWIRE_CFHEADERS, BASE, true, true },
	{ BTCWIRE_GETCFCHECKPT, BTCWIRE_CFCHECKPT, BASE, true, true },
};
enum { RULES = sizeof(rules) / sizeof(rules[0]) };

static size_t
rule_of(const struct model_request *r)
{
	size_t i;

	for (i = 0; rules[i].type != r->type; i++)
		;
	return i;
}

static int64_t
own_clock(void)
{
	return (callback != BTCU_NEVER ? callback : now) - lost;
}

static size_t
outstanding(const struct model_request *r, char kind)
{
	size_t i, n = 0;

	for (i = 0; i < r->items; i++)
		n += !r->item[i].settled &&
		    (kind == 0 || r->item[i].kind == kind);
	return n;
}

/* What moved on before it, and itself, count: gone or not. */
static int64_t
deadline_of(size_t n)
{
	int64_t from = req[n].reported;
	size_t i;

	for (i = 0; i <= n; i++)
		if (req[i].touched > from)
			from = req[i].touched;
	return from + rules[rule_of(&req[n])].ms;
}

/* ---- What happens ------------------------------------------------------ */

static const uint32_t type_of_kind[5][2] = {
	{ BTCWIRE_INV_BLOCK, BTCWIRE_INV_WITNESS_BLOCK },
	{ BTCWIRE_INV_TX, BTCWIRE_INV_WITNESS_TX },
	{ BTCWIRE_INV_WTX, BTCWIRE_INV_WTX },
	{ BTCWIRE_INV_FILTERED_BLOCK,
	    BTCWIRE_INV_FILTERED_BLOCK | BTCWIRE_INV_WITNESS_FLAG },
	{ BTCWIRE_INV_CMPCT_BLOCK, BTCWIRE_INV_CMPCT_BLOCK },
};

static struct btcwire_invvect
random_vector(struct gen *g, struct model_item *it)
{
	size_t kind = (size_t)gen_below(g, 5);

	*it = (struct model_item){ .kind = "btwmc"[kind],
	    .id = (uint32_t)gen_below(g, IDS) };
	return (struct btcwire_invvect){ type_of_kind[kind][gen_below(g, 2)],
	    hash_of(it->id) };
}

static void
add_request(struct gen *g)
{
	struct model_request *r = &req[reqs++];
	struct btcwire_invvect vec[ITEMS];
	struct btcwire_inv inv = { vec, 0 };

	*r = (struct model_request){ .type = rules[gen_below(g, RULES)].type,
	    .touched = own_clock(), .reported = own_clock() };
	if (r->type == BTCWIRE_GETDATA)
		for (r->items = 1 + (size_t)gen_below(g, ITEMS);
		    inv.vec_len < r->items; inv.vec_len++)
			vec[inv.vec_len] = random_vector(g,
			    &r->item[inv.vec_len]);
	if (rules[rule_of(r)].named) {
		r->block = (uint32_t)gen_below(g, IDS);
		r->filter_type = r->type == BTCWIRE_GETBLOCKTXN ? 0
		    : (uint8_t)gen_below(g, 2);
		r->handle = add_about(r->type, r->block, r->filter_type);
	} else {
		ck_assert_int_eq(btcp_pending_add(&r->handle, &t, r->type,
		    &inv), 0);
	}
	ck_assert_uint_ne(r->handle, 0);
}

static void
write_requests(void)
{
	size_t i;

	for (i = 0; i < reqs; i++) {
		if (req[i].written)
			continue;
		btcp_pending_written(&t, req[i].handle, now);
		req[i].written = true;
		req[i].written_ms = now;
		if (!req[i].gone)
			req[i].touched = own_clock();
	}
}

static void
settle_item(char kind, uint32_t id)
{
	struct model_item *it;
	size_t i, k;

	for (i = 0; i < reqs; i++)
		for (k = 0; k < req[i].items && !req[i].gone; k++) {
			it = &req[i].item[k];
			if (it->settled || it->kind != kind || it->id != id)
				continue;
			it->settled = true;
			req[i].touched = own_clock();
			req[i].gone = outstanding(&req[i], 0) == 0;
		}
}

static void
settle_plain(enum btcwire_type type)
{
	size_t i;

	for (i = 0; i < reqs; i++)
		if (!req[i].gone && rules[rule_of(&req[i])].answer == type &&
		    type != BTCWIRE_UNKNOWN) {
			req[i].touched = own_clock();
			req[i].gone = true;
			return;
		}
}

/* A message about a block: the oldest request that it answers.  It may be one
 * of the filters before the last of an older one, too. */
static void
settle_named(enum btcwire_type type, uint32_t block, uint8_t filter_type)
{
	struct model_request *r, *part = NULL;
	size_t i;

	for (i = 0; i < reqs; i++) {
		r = &req[i];
		if (r->gone || !rules[rule_of(r)].named ||
		    r->filter_type != filter_type ||
		    (rules[rule_of(r)].answer != type &&
		    !(type == BTCWIRE_BLOCK && r->type == BTCWIRE_GETBLOCKTXN)))
			continue;
		if (r->block == block) {
			r->touched = own_clock();
			r->gone = true;
			break;
		}
		if (type == BTCWIRE_CFILTER && part == NULL)
			part = r;
	}
	if (part != NULL)
		part->touched = own_clock();
}

static void
arrive_named(struct gen *g, uint32_t block)
{
	static const enum btcwire_type types[] = { BTCWIRE_BLOCKTXN,
	    BTCWIRE_CFILTER, BTCWIRE_CFHEADERS, BTCWIRE_CFCHECKPT };
	enum btcwire_type type = types[gen_below(g, 4)];
	uint8_t filter_type = type == BTCWIRE_BLOCKTXN ? 0
	    : (uint8_t)gen_below(g, 2);

	about_came(type, block, filter_type, now);
	settle_named(type, block, filter_type);
}

static void
arrive(struct gen *g)
{
	static const enum btcwire_type plain[] = { BTCWIRE_HEADERS, BTCWIRE_INV,
	    BTCWIRE_ADDR, BTCWIRE_PING, BTCWIRE_UNKNOWN };
	uint32_t id = (uint32_t)gen_below(g, IDS), w = (uint32_t)gen_below(g, IDS);
	struct btcwire_invvect vec[3];
	struct btcwire_inv inv = { vec, 3 };
	struct model_item it;
	enum btcwire_type type;
	size_t i;

	switch (gen_below(g, 8)) {
	case 0:
		block_came(id, now);
		settle_item('b', id);
		settle_item('c', id);
		settle_named(BTCWIRE_BLOCK, id, 0);
		break;
	case 6:
	case 7:
		arrive_named(g, id);
		break;
	case 3:
		part_came(BTCWIRE_MERKLEBLOCK, id, now);
		settle_item('m', id);
		break;
	case 4:
		part_came(BTCWIRE_CMPCTBLOCK, id, now);
		settle_item('c', id);
		break;
	case 1:
		tx_came(id, w, now);
		settle_item('t', id);
		settle_item('w', w);
		break;
	case 2:
		for (i = 0; i < 3; i++) {
			vec[i] = random_vector(g, &it);
			settle_item(it.kind, it.id);
		}
		notfound_came(&inv, now);
		break;
	default:
		type = plain[gen_below(g, 5)];
		message_came(type, now);
		settle_plain(type);
		break;
	}
}

static void
progress(struct gen *g)
{
	static const enum btcwire_type types[] = { BTCWIRE_BLOCK, BTCWIRE_TX,
	    BTCWIRE_HEADERS, BTCWIRE_INV, BTCWIRE_ADDR, BTCWIRE_PING,
	    BTCWIRE_MERKLEBLOCK, BTCWIRE_CMPCTBLOCK, BTCWIRE_BLOCKTXN,
	    BTCWIRE_CFILTER, BTCWIRE_CFHEADERS, BTCWIRE_CFCHECKPT };
	enum btcwire_type type = types[gen_below(g, 12)];
	struct model_request *r;
	bool waits;
	size_t i;

	btcp_pending_progress(&t, type, now);
	for (i = 0; i < reqs; i++) {
		r = &req[i];
		waits = rules[rule_of(r)].answer == type;
		if (type == BTCWIRE_BLOCK || type == BTCWIRE_MERKLEBLOCK ||
		    type == BTCWIRE_CMPCTBLOCK)
			waits = outstanding(r, 'b') + outstanding(r, 'm') +
			    outstanding(r, 'c') > 0 ||
			    (type == BTCWIRE_BLOCK &&
			    r->type == BTCWIRE_GETBLOCKTXN);
		if (type == BTCWIRE_TX)
			waits = outstanding(r, 't') + outstanding(r, 'w') > 0;
		if (waits && !r->gone) {
			r->touched = own_clock();
			return;
		}
	}
}

static void
toggle_callback(void)
{
	if (callback == BTCU_NEVER) {
		btcp_pending_callback_began(&t, now);
		callback = now;
		return;
	}
	btcp_pending_callback_ended(&t, now);
	lost += now - callback;
	callback = BTCU_NEVER;
}

/* ---- What must hold ---------------------------------------------------- */

static void
check_overdue(struct gen *g)
{
	struct btcpeer_stall s;
	uint64_t handle = btcp_pending_overdue(&s, &t, now);
	size_t i;

	for (i = 0; i < reqs; i++)
		if (!req[i].gone && req[i].written && callback == BTCU_NEVER &&
		    deadline_of(i) <= own_clock())
			break;
	ck_assert_uint_eq(handle, i < reqs ? req[i].handle : 0);
	if (i == reqs)
		return;
	ck_assert_int_eq(s.request, req[i].type);
	ck_assert_int_eq(s.waited_ms, now - req[i].written_ms);
	ck_assert_int_eq(s.disconnect, rules[rule_of(&req[i])].disconnect);
	ck_assert_uint_eq(s.outstanding,
	    req[i].items > 0 ? outstanding(&req[i], 0) : 1);
	req[i].reported = own_clock();
	if (gen_below(g, 2) == 0) {
		btcp_pending_settle(&t, handle);
		req[i].gone = true;
	}
	check_overdue(g);
}

static void
check_deadline(void)
{
	int64_t got = btcp_pending_deadline(&t, now), d = BTCU_NEVER, one;
	size_t i;

	for (i = 0; i < reqs; i++) {
		if (req[i].gone || !req[i].written)
			continue;
		one = deadline_of(i);
		if (one < d)
			d = one;
	}
	if (d == BTCU_NEVER) {
		ck_assert_int_eq(got, BTCU_NEVER);
		return;
	}
	d = now + (d - own_clock());
	if (callback == BTCU_NEVER) {
		ck_assert_int_eq(got, d);
		return;
	}
	/* If the callback ended now; but not over and over. */
	ck_assert_int_gt(got, now);
	ck_assert_int_ge(got, d);
	ck_assert_int_le(got, d > now + 1000 ? d : now + 1000);
}

static void
check_wants(void)
{
	size_t i, items = 0, txs = 0, whole = 0;

	for (i = 0; i < reqs; i++)
		if (!req[i].gone) {
			whole += req[i].type == BTCWIRE_GETBLOCKTXN;
			items += outstanding(&req[i], 0);
			txs += outstanding(&req[i], 't') +
			    outstanding(&req[i], 'w');
		}
	ck_assert_uint_eq(t.items, items);
	ck_assert_int_eq(btcp_pending_wants_block(&t), items > txs ||
	    whole > 0);
	ck_assert_int_eq(btcp_pending_wants_tx(&t), txs > 0);
}

static void
begin_anew(void)
{
	btcp_pending_clear(&t);
	ck_assert(t.bucket == NULL && t.first == NULL);
	btcp_pending_init(&t, BASE, NULL, 0);
	reqs = 0;
	lost = 0;
	callback = BTCU_NEVER;
}

START_TEST(random_events)
{
	struct gen g;
	unsigned what;
	int i;

	gen_init(&g, 1000 + (uint64_t)_i);
	now = T0;
	begin_anew();
	for (i = 0; i < STEPS; i++) {
		what = (unsigned)gen_below(&g, 20);
		if (reqs + 3 > REQUESTS)
			begin_anew();
		if (what < 3) {
			for (; what < 3; what++)
				add_request(&g);
			if (gen_below(&g, 8) == 0)	/* quicker than we are */
				arrive(&g);
			write_requests();
		} else if (what < 11) {
			arrive(&g);
		} else if (what < 14) {
			progress(&g);
		} else if (what < 16) {
			toggle_callback();
		} else {
			now += (int64_t)gen_below(&g,
			    what == 19 ? BASE : BASE / 10);
		}
		check_overdue(&g);
		check_deadline();
		check_wants();
	}
	btcp_pending_clear(&t);
	gen_clear(&g);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_pending_random");
	TCase *tc = add_tcase(s, "random");

	if (btcu_rand_init() != 0)
		return EXIT_FAILURE;
	tcase_add_loop_test(tc, random_events, 0, 4);
	return run_suite(s);
}
