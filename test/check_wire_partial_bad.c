/*
 * Putting compact blocks together against what a remote, or a pool with
 * transactions of the same short ids, can do.
 */
#include "config.h"

#include "partials.h"

/* ---- Compact blocks ---------------------------------------------------- */

/* One that can be changed; of a block of 12. */
struct draft {
	struct btcwire_cmpctblock body;
	uint64_t id[12];
	struct btcwire_prefilled pre[2];
};

static void
draft_of(struct draft *d, const struct scene *s)
{
	const struct btcwire_cmpctblock *m = btcwire_cmpctblock_of(s->compact);

	d->body = *m;
	ck_assert_uint_eq(m->short_id_len, 11);
	ck_assert_uint_eq(m->prefilled_len, 1);
	memcpy(d->id, m->short_id, 11 * sizeof(d->id[0]));
	d->pre[0] = m->prefilled[0];
	d->body.short_id = d->id;
	d->body.prefilled = d->pre;
}

/* The draft, parts of which may be in the message before, as a message. */
static void
make_compact(struct scene *s, const struct draft *d)
{
	struct btcwire_msg *old = s->compact;

	s->compact = new_msg(BTCWIRE_CMPCTBLOCK, &d->body);
	btcwire_partial_free(s->p);
	s->p = NULL;
	btcwire_msg_unref(old);
}

/* Begin again, with that. */
static void
begin_draft(struct scene *s, const struct draft *d)
{
	make_compact(s, d);
	begin(s);
}

static const struct {
	const char *name;
	size_t ids, prefilled;
	uint16_t index[2];
	int want;
} bounds[] = {
	{ "nothing", 0, 0, { 0 }, BTCPEER_E_BADVALUE },
	{ "one id", 1, 0, { 0 }, 0 },
	{ "one prefilled", 0, 1, { 0 }, 0 },
	{ "alone and beyond", 0, 1, { 1 }, BTCPEER_E_BADVALUE },
	{ "all prefilled", 0, 2, { 0, 1 }, 0 },
	{ "first two", 9, 2, { 0, 1 }, 0 },
	{ "last two", 9, 2, { 9, 10 }, 0 },
	{ "last and beyond", 9, 2, { 10, 11 }, BTCPEER_E_BADVALUE },
	{ "beyond by 1", 9, 2, { 0, 11 }, BTCPEER_E_BADVALUE },
	{ "far beyond", 9, 2, { 0, 65535 }, BTCPEER_E_BADVALUE },
	{ "both beyond", 9, 2, { 65534, 65535 }, BTCPEER_E_BADVALUE },
};

START_TEST(prefilled_index)
{
	struct btcpeer_error err = { 0 };
	struct btcwire_partial *p = NULL;
	struct scene s;
	struct draft d;
	size_t i;
	int rc;

	open_scene(&s, 20);
	draft_of(&d, &s);
	d.body.short_id_len = bounds[_i].ids;
	d.body.prefilled_len = bounds[_i].prefilled;
	for (i = 0; i < 2; i++)
		d.pre[i] = (struct btcwire_prefilled){ bounds[_i].index[i],
		    s.block->tx[i] };
	make_compact(&s, &d);
	rc = btcwire_partial_new(&p, s.compact, &err);
	ck_assert_msg(rc == bounds[_i].want, "%s: %d", bounds[_i].name, rc);
	ck_assert_int_eq(err.code, rc);
	ck_assert((p != NULL) == (rc == 0));
	if (rc == 0)
		btcwire_partial_missing(p, &i);
	else
		ck_assert_int_eq(btcwire_partial_new(&p, s.compact, NULL), rc);
	ck_assert(rc != 0 || i == bounds[_i].ids);
	btcwire_partial_free(p);
	close_scene(&s);
}
END_TEST

START_TEST(wrong_type)
{
	struct btcpeer_error err = { 0 };
	struct btcwire_partial *p = NULL;
	struct scene s;

	open_scene(&s, 21);
	ck_assert_int_eq(btcwire_partial_new(&p, s.whole, &err),
	    BTCPEER_E_INVAL);
	check_text("new", &err, "cmpctblock");
	ck_assert_ptr_null(p);
	ck_assert_int_eq(btcwire_partial_fill(s.p, s.compact, &err),
	    BTCPEER_E_INVAL);
	check_text("fill", &err, "blocktxn");
	ck_assert_int_eq(err.code, BTCPEER_E_INVAL);
	fill(&s);
	check_whole(&s);
	close_scene(&s);
}
END_TEST

/* Places that get the short id of another one: all of them stay missing. */
static const struct {
	const char *name;
	uint16_t from, to[4];	/* to: until 0 */
	uint16_t missing[5];
	size_t n;
} repeats[] = {
	{ "neighbours", 3, { 4 }, { 3, 4 }, 2 },
	{ "apart", 9, { 2 }, { 2, 9 }, 2 },
	{ "ends", 1, { 11 }, { 1, 11 }, 2 },
	{ "three", 5, { 1, 10 }, { 1, 5, 10 }, 3 },
	{ "five", 6, { 2, 3, 7, 11 }, { 2, 3, 6, 7, 11 }, 5 },
};

START_TEST(repeated_id)
{
	const uint16_t *to = repeats[_i].to;
	struct btcwire_msg *msg;
	struct scene s;
	struct draft d;
	size_t i;

	open_scene(&s, 22);
	draft_of(&d, &s);
	for (i = 0; i < 4 && to[i] != 0; i++)
		d.id[to[i] - 1] = d.id[repeats[_i].from - 1];
	begin_draft(&s, &d);
	ck_assert(!wants(&s, &s.block->tx[repeats[_i].from]));
	add_range(&s, 0, 12);
	check_missing(&s, repeats[_i].missing, repeats[_i].n);
	check_refused(&s, BTCPEER_E_STATE, "missing");

	/* The transactions of the other places have other short ids. */
	msg = answer(&s, repeats[_i].missing, repeats[_i].n);
	ck_assert_int_eq(btcwire_partial_fill(s.p, msg, NULL),
	    BTCPEER_E_PROOF);
	check_missing(&s, repeats[_i].missing, repeats[_i].n);
	btcwire_msg_unref(msg);
	close_scene(&s);
}
END_TEST

/* All the same: every place is missing. */
START_TEST(one_id)
{
	uint16_t all[11];
	struct scene s;
	struct draft d;
	uint16_t i;

	open_scene(&s, 23);
	draft_of(&d, &s);
	for (i = 0; i < 11; i++) {
		d.id[i] = d.id[4];
		all[i] = (uint16_t)(i + 1);
	}
	begin_draft(&s, &d);
	add_range(&s, 0, 12);
	check_missing(&s, all, 11);
	close_scene(&s);
}
END_TEST

/* All places but one have a short id that differs from its in one bit. */
START_TEST(near_ids)
{
	uint16_t others[10];
	struct scene s;
	struct draft d;
	uint16_t i, at = (uint16_t)(_i % 11), n = 0;
	uint64_t id;

	open_scene(&s, 31);
	draft_of(&d, &s);
	id = d.id[at];
	for (i = 0; i < 11; i++)
		if (i != at) {
			d.id[i] = id ^ (uint64_t)1 << (_i + i * 5) % 48;
			others[n++] = (uint16_t)(i + 1);
		}
	begin_draft(&s, &d);
	ck_assert(wants(&s, &s.block->tx[at + 1]));
	add_range(&s, 0, 12);
	check_missing(&s, others, n);
	close_scene(&s);
}
END_TEST

/* A block that really has one transaction twice, and is sound but for that. */
START_TEST(repeated_transaction)
{
	const uint16_t both[] = { 2, 5 };
	struct btcwire_tx tx[8];
	struct scene s;
	size_t i;

	gen_init(&s.g, 24);
	for (i = 1; i < 8; i++)
		gen_tx(&s.g, &tx[i]);
	tx[5] = tx[2];
	scene_of(&s, sound_block_of(&s.g, tx, 8));
	begin(&s);
	add_range(&s, 0, 8);
	check_missing(&s, both, 2);
	fill(&s);
	check_whole(&s);
	close_scene(&s);
}
END_TEST

/* Each place has a transaction with its short id, but they are in another
 * order than the header says. */
START_TEST(exchanged_ids)
{
	struct scene s;
	struct draft d;
	uint64_t id;

	open_scene(&s, 25);
	draft_of(&d, &s);
	id = d.id[3];
	d.id[3] = d.id[8];
	d.id[8] = id;
	begin_draft(&s, &d);
	add_range(&s, 0, 12);
	check_refused(&s, BTCPEER_E_PROOF, "merkle");
	close_scene(&s);
}
END_TEST

/* A place has the short id of a transaction that is not in the block. */
START_TEST(foreign_id)
{
	struct btcwire_short_id_key key;
	struct btcwire_hash wtxid;
	struct btcwire_tx tx;
	struct scene s;
	struct draft d;

	open_scene(&s, 26);
	draft_of(&d, &s);
	gen_tx(&s.g, &tx);
	btcwire_wtxid(&wtxid, &tx);
	btcwire_short_id_key(&key, &d.body.header, d.body.nonce);
	d.id[6] = btcwire_short_id(&key, &wtxid);
	begin_draft(&s, &d);
	add_range(&s, 0, 12);
	ck_assert(wants(&s, &tx));
	add(&s, &tx, NULL);
	check_refused(&s, BTCPEER_E_PROOF, "merkle");
	close_scene(&s);
}
END_TEST

/* ---- Coinbases --------------------------------------------------------- */

static void
no_witness(struct btcwire_txin *in)
{
	in->witness_len = 0;
}

static void
other_witness(struct btcwire_txin *in)
{
	static const uint8_t zero[32];
	static const struct btcwire_bytes item = { zero, 32 };

	in->witness = &item;
}

static void
other_script(struct btcwire_txin *in)
{
	static const uint8_t script[] = { 1, 2, 3 };

	in->script = (struct btcwire_bytes){ script, 3 };
}

static void
no_coinbase(struct btcwire_txin *in)
{
	in->prev.index = 0;
}

static const struct {
	const char *name;
	void (*spoil)(struct btcwire_txin *in);
	bool others;	/* other transactions have witnesses */
	const char *text;
} coinbases[] = {
	{ "no witness", no_witness, true, "32 bytes" },
	{ "no witness at all", no_witness, false, "witness is missing" },
	{ "other witness", other_witness, true, "commitment" },
	{ "other witness, alone", other_witness, false, "commitment" },
	{ "other script", other_script, true, "merkle" },
	{ "no coinbase", no_coinbase, true, "coinbase" },
};

/* Of one input each. */
static void
make_txs(struct gen *g, struct btcwire_tx *tx, size_t n, bool witness)
{
	size_t i;

	for (i = 1; i < n; i++) {
		do {
			gen_tx(g, &tx[i]);
		} while ((tx[i].in[0].witness_len > 0) != witness);
		tx[i].in_len = 1;
	}
}

START_TEST(wrong_coinbase)
{
	struct btcwire_tx tx[12];
	struct btcwire_txin in;
	struct scene s;
	struct draft d;

	gen_init(&s.g, 27);
	make_txs(&s.g, tx, 12, coinbases[_i].others);
	scene_of(&s, sound_block_of(&s.g, tx, 12));
	begin(&s);
	draft_of(&d, &s);
	in = d.pre[0].tx.in[0];
	coinbases[_i].spoil(&in);
	d.pre[0].tx.in = &in;
	begin_draft(&s, &d);
	add_range(&s, 0, 12);
	check_refused(&s, BTCPEER_E_PROOF, coinbases[_i].text);
	close_scene(&s);
}
END_TEST

/* ---- Answers ----------------------------------------------------------- */

/* One that can be changed: the right one to begin with. */
struct reply {
	struct btcwire_hash block;
	struct btcwire_tx tx[20];
	size_t n;
	const struct scene *s;
};

static const uint16_t asked[] = { 4, 6, 7, 8, 9, 11 };
enum { N_ASKED = sizeof(asked) / sizeof(asked[0]) };

static void
insert(struct reply *r, size_t at, const struct btcwire_tx *tx)
{
	memmove(r->tx + at + 1, r->tx + at, (r->n - at) * sizeof(*r->tx));
	r->tx[at] = *tx;
	r->n++;
}

static void
leave_out(struct reply *r, size_t at)
{
	r->n--;
	memmove(r->tx + at, r->tx + at + 1, (r->n - at) * sizeof(*r->tx));
}

static void
other_block(struct reply *r)
{
	r->block.b[31] ^= 0x80;
}

static void
empty(struct reply *r)
{
	r->n = 0;
}

static void
first_left_out(struct reply *r)
{
	leave_out(r, 0);
}

static void
last_left_out(struct reply *r)
{
	leave_out(r, N_ASKED - 1);
}

static void
foreign_in_front(struct reply *r)
{
	struct btcwire_tx tx = r->tx[0];

	tx.version++;
	insert(r, 0, &tx);
}

static void
foreign_at_end(struct reply *r)
{
	struct btcwire_tx tx = r->tx[0];

	tx.version++;
	insert(r, r->n, &tx);
}

static void
first_at_end(struct reply *r)
{
	insert(r, r->n, &r->tx[0]);
}

static void
last_twice(struct reply *r)
{
	insert(r, r->n, &r->tx[r->n - 1]);
}

static void
all_twice(struct reply *r)
{
	memcpy(r->tx + r->n, r->tx, r->n * sizeof(*r->tx));
	r->n *= 2;
}

static void
prefilled_too(struct reply *r)
{
	insert(r, 0, &r->s->block->tx[0]);
}

static void
offered_too(struct reply *r)
{
	insert(r, 1, &r->s->block->tx[5]);
}

static void
exchanged(struct reply *r)
{
	struct btcwire_tx tx = r->tx[1];

	r->tx[1] = r->tx[4];
	r->tx[4] = tx;
}

static void
other_locktime(struct reply *r)
{
	r->tx[2].locktime ^= 1;
}

/* The txid stays as it is. */
static void
witness_changed(struct reply *r)
{
	static const struct btcwire_bytes item = { (const uint8_t *)"witness",
	    7 };
	static struct btcwire_txin in;

	in = r->tx[3].in[0];
	in.witness = &item;
	in.witness_len = 1;
	r->tx[3].in = &in;
	r->tx[3].in_len = 1;
}

#define NOT_ITS "not the short id"
static const struct {
	const char *name;
	void (*spoil)(struct reply *r);
	const char *text;
} replies[] = {
	{ "other block", other_block, "another block" },
	{ "empty", empty, "fewer" },
	{ "first left out", first_left_out, "fewer" },
	{ "last left out", last_left_out, "fewer" },
	{ "foreign in front", foreign_in_front, NOT_ITS },
	{ "foreign at the end", foreign_at_end, NOT_ITS },
	{ "first again at the end", first_at_end, NOT_ITS },
	{ "last twice", last_twice, NOT_ITS },
	{ "all twice", all_twice, NOT_ITS },
	{ "prefilled too", prefilled_too, NOT_ITS },
	{ "offered too", offered_too, "not asked" },
	{ "exchanged", exchanged, NOT_ITS },
	{ "other lock time", other_locktime, NOT_ITS },
	{ "other witness", witness_changed, NOT_ITS },
};

/* It is refused and changes nothing: the right answer still does. */
START_TEST(wrong_answer)
{
	struct btcpeer_error err = { 0 };
	struct btcwire_blocktxn body;
	struct btcwire_tx tx[12];
	struct btcwire_msg *msg;
	struct reply r;
	struct scene s;
	size_t i;
	int rc;

	gen_init(&s.g, 28);
	make_txs(&s.g, tx, 12, true);
	scene_of(&s, sound_block_of(&s.g, tx, 12));
	begin(&s);
	add_range(&s, 1, 4);
	add_range(&s, 5, 6);
	add_range(&s, 10, 11);
	check_missing(&s, asked, N_ASKED);

	r.s = &s;
	r.n = N_ASKED;
	for (i = 0; i < N_ASKED; i++)
		r.tx[i] = s.block->tx[asked[i]];
	btcwire_header_hash(&r.block, &s.block->header);
	replies[_i].spoil(&r);
	body = (struct btcwire_blocktxn){ r.block, r.tx, r.n };
	msg = new_msg(BTCWIRE_BLOCKTXN, &body);
	rc = btcwire_partial_fill(s.p, msg, &err);
	ck_assert_msg(rc == BTCPEER_E_PROOF, "%s: %d", replies[_i].name, rc);
	ck_assert_int_eq(err.code, rc);
	check_text(replies[_i].name, &err, replies[_i].text);
	ck_assert_int_eq(btcwire_partial_fill(s.p, msg, NULL), rc);
	ck_assert_uint_eq(refs(msg), 1);
	btcwire_msg_unref(msg);

	check_missing(&s, asked, N_ASKED);
	fill(&s);
	check_whole(&s);
	close_scene(&s);
}
END_TEST

/* Beside a witness it could not be told from another transaction. */
START_TEST(no_inputs)
{
	struct btcwire_txout out = { .value = 1 };
	struct btcwire_tx bare = { .out = &out, .out_len = 1 };
	struct btcwire_short_id_key key;
	struct btcwire_hash wtxid;
	struct scene s;
	struct draft d;

	gen_init(&s.g, 30);
	scene_of(&s, sound_block_of(&s.g, (struct btcwire_tx[1]){ { 0 } }, 1));
	begin(&s);
	d.body = *btcwire_cmpctblock_of(s.compact);
	btcwire_short_id_key(&key, &d.body.header, d.body.nonce);
	btcwire_wtxid(&wtxid, &bare);
	d.id[0] = btcwire_short_id(&key, &wtxid);
	d.body.short_id = d.id;
	d.body.short_id_len = 1;
	begin_draft(&s, &d);
	add(&s, &bare, NULL);
	check_refused(&s, BTCPEER_E_PROOF, "inputs");
	close_scene(&s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_partial_bad");
	TCase *tc = add_tcase(s, "bad");

	tcase_add_loop_test(tc, prefilled_index, 0, N_ROWS(bounds));
	tcase_add_test(tc, wrong_type);
	tcase_add_loop_test(tc, repeated_id, 0, N_ROWS(repeats));
	tcase_add_test(tc, one_id);
	tcase_add_loop_test(tc, near_ids, 0, 48);
	tcase_add_test(tc, repeated_transaction);
	tcase_add_test(tc, exchanged_ids);
	tcase_add_test(tc, foreign_id);
	tcase_add_loop_test(tc, wrong_coinbase, 0, N_ROWS(coinbases));
	tcase_add_loop_test(tc, wrong_answer, 0, N_ROWS(replies));
	tcase_add_test(tc, no_inputs);
	return run_suite(s);
}
