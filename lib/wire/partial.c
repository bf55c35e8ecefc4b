/*
 * Putting a compact block together (BIP 152).
 *
 * The remote chooses the short ids, and knows what they are hashed with, so
 * nothing here may become slow for short ids that somebody has chosen: they
 * are kept in order and found by bisection.  An index over their first bits
 * makes that one step for ids that are spread as honest ones are.
 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>

#include "wire/msgpriv.h"

/* One transaction of the block. */
struct place {
	const struct btcwire_tx *tx;	/* NULL: missing */
	struct btcwire_msg *owner;	/* of tx; or NULL */
	struct btcwire_hash wtxid;	/* of what was offered */
	bool closed;	/* offers do not count: either blocktxn has brought
			 * it, or several have its short id */
	bool asked;	/* it has been named as missing */
};

struct btcwire_partial {
	struct btcwire_msg *msg;	/* the cmpctblock; a reference */
	struct btcwire_short_id_key key;
	uint64_t *entry;	/* short ids, their places in the low bits;
				 * ascending */
	size_t entry_len;
	uint16_t *first;	/* for each value of an entry's first bits, the
				 * entry where it begins; and the end */
	unsigned index_shift;	/* leaves those bits of an entry */
	uint16_t *list;		/* room for every place */
	bool asked;		/* what is missing has been named */
	size_t n_missing;
	size_t n;		/* transactions in the block */
	struct place place[];
};

#define PLACE_BITS 16	/* beside 48 of the short id */
#define PLACE_MASK 0xffffu

static_assert(BTCWIRE_MAX_CMPCT_TXS <= PLACE_MASK, "places fit an entry");

/* ---- Finding short ids ------------------------------------------------- */

/* Whether two entries are of one short id. */
static bool
same_id(uint64_t a, uint64_t b)
{
	return (a ^ b) >> PLACE_BITS == 0;
}

/* Byte by byte, the lowest of the short id first; places are in order.  Six
 * rounds, so the last one ends in entry. */
static void
sort(uint64_t *entry, uint64_t *spare, size_t n)
{
	size_t at[257], i;
	unsigned shift;
	uint64_t *t;

	for (shift = PLACE_BITS; shift < 64; shift += 8) {
		memset(at, 0, sizeof(at));
		for (i = 0; i < n; i++)
			at[(entry[i] >> shift & 0xff) + 1]++;
		for (i = 1; i < 256; i++)
			at[i] += at[i - 1];
		for (i = 0; i < n; i++)
			spare[at[entry[i] >> shift & 0xff]++] = entry[i];
		t = entry;
		entry = spare;
		spare = t;
	}
}

/* With as many values of the first bits as there are entries, or up to twice
 * that. */
static bool
make_index(struct btcwire_partial *p)
{
	size_t size = 2, i = 0, v;
	unsigned bits = 1;

	for (; size < p->entry_len; size *= 2)
		bits++;
	p->index_shift = 64 - bits;
	p->first = malloc((size + 1) * sizeof(*p->first));
	if (p->first == NULL)
		return false;
	for (v = 0; v <= size; v++) {
		while (i < p->entry_len && p->entry[i] >> p->index_shift < v)
			i++;
		p->first[v] = (uint16_t)i;
	}
	return true;
}

/* The first place, from next on, that has that short id; p->n: none. */
static size_t
find(const struct btcwire_partial *p, uint64_t id, size_t next)
{
	uint64_t want = id << PLACE_BITS | next;
	size_t lo = p->first[want >> p->index_shift];
	size_t hi = p->first[(want >> p->index_shift) + 1];

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->entry[mid] < want)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == p->entry_len || !same_id(p->entry[lo], want))
		return p->n;
	return p->entry[lo] & PLACE_MASK;
}

/* The place for which that transaction has not been offered yet; or p->n. */
static size_t
find_wanted(const struct btcwire_partial *p, const struct btcwire_hash *wtxid)
{
	size_t i = find(p, btcwire_short_id(&p->key, wtxid), 0);
	const struct place *s = &p->place[i];

	if (i == p->n || s->closed)
		return p->n;
	if (s->tx != NULL && btcwire_hash_equal(&s->wtxid, wtxid))
		return p->n;
	return i;
}

/* ---- Beginning and end ------------------------------------------------- */

/* Take out what is there, put tx in: NULL, and the place is missing. */
static void
set_place(struct btcwire_partial *p, size_t i, const struct btcwire_tx *tx,
    struct btcwire_msg *owner)
{
	struct place *s = &p->place[i];
	struct btcwire_msg *old = s->owner;

	if (s->tx != NULL)
		p->n_missing++;
	if (tx != NULL)
		p->n_missing--;
	s->tx = tx;
	s->owner = owner != NULL ? btcwire_msg_ref(owner) : NULL;
	btcwire_msg_unref(old);
}

/* The short ids belong to the places where nothing is prefilled. */
static void
lay_out(struct btcwire_partial *p, const struct btcwire_cmpctblock *m)
{
	size_t i, pre = 0;

	p->n_missing = p->n;
	for (i = 0; i < p->n; i++) {
		if (pre < m->prefilled_len && m->prefilled[pre].index == i) {
			set_place(p, i, &m->prefilled[pre++].tx, NULL);
		} else {
			p->entry[p->entry_len] =
			    m->short_id[p->entry_len] << PLACE_BITS | i;
			p->entry_len++;
		}
	}
}

/* Offers only ever find the first of the places that have one short id. */
static void
close_repeated(struct btcwire_partial *p)
{
	size_t i;

	for (i = 1; i < p->entry_len; i++)
		if (same_id(p->entry[i - 1], p->entry[i]))
			p->place[p->entry[i - 1] & PLACE_MASK].closed = true;
}

static int
set_up(struct btcwire_partial *p, const struct btcwire_cmpctblock *m)
{
	uint64_t *spare = malloc(p->n * sizeof(*spare));

	p->entry = malloc(p->n * sizeof(*p->entry));
	p->list = malloc(p->n * sizeof(*p->list));
	if (spare == NULL || p->entry == NULL || p->list == NULL) {
		free(spare);
		return BTCPEER_E_NOMEM;
	}
	lay_out(p, m);
	sort(p->entry, spare, p->entry_len);
	free(spare);
	close_repeated(p);
	return make_index(p) ? 0 : BTCPEER_E_NOMEM;
}

int
btcwire_partial_new(struct btcwire_partial **out, struct btcwire_msg *msg,
    struct btcpeer_error *err)
{
	const struct btcwire_cmpctblock *m = btcwire_cmpctblock_of(msg);
	struct btcwire_partial *p;
	size_t n;

	if (m == NULL)
		return btcwire_fail(err, BTCPEER_E_INVAL,
		    "the message is no cmpctblock");
	n = m->short_id_len + m->prefilled_len;
	if (n == 0)
		return btcwire_fail(err, BTCPEER_E_BADVALUE,
		    "cmpctblock: no transactions");
	if (m->prefilled_len > 0 && m->prefilled[m->prefilled_len - 1].index >= n)
		return btcwire_fail(err, BTCPEER_E_BADVALUE,
		    "cmpctblock: prefilled transaction beyond the block's end");

	p = calloc(1, sizeof(*p) + n * sizeof(p->place[0]));
	if (p == NULL)
		return btcwire_fail(err, BTCPEER_E_NOMEM, "out of memory");
	p->n = n;
	p->msg = btcwire_msg_ref(msg);
	if (set_up(p, m) != 0) {
		btcwire_partial_free(p);
		return btcwire_fail(err, BTCPEER_E_NOMEM, "out of memory");
	}
	btcwire_short_id_key(&p->key, &m->header, m->nonce);
	*out = p;
	return 0;
}

void
btcwire_partial_free(struct btcwire_partial *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++)
		btcwire_msg_unref(p->place[i].owner);
	btcwire_msg_unref(p->msg);
	free(p->entry);
	free(p->first);
	free(p->list);
	free(p);
}

/* ---- Transactions that one has ----------------------------------------- */

bool
btcwire_partial_wants(const struct btcwire_partial *p,
    const struct btcwire_hash *wtxid)
{
	return find_wanted(p, wtxid) != p->n;
}

int
btcwire_partial_add(struct btcwire_partial *p, const struct btcwire_tx *tx,
    struct btcwire_msg *owner)
{
	struct btcwire_hash wtxid;
	struct place *s;
	size_t i;

	btcwire_wtxid(&wtxid, tx);
	i = find_wanted(p, &wtxid);
	if (i == p->n)
		return 0;
	s = &p->place[i];
	if (s->tx != NULL) {	/* two of one short id: neither is certain */
		set_place(p, i, NULL, NULL);
		s->closed = true;
	} else {
		set_place(p, i, tx, owner);
		s->wtxid = wtxid;
	}
	return 0;
}

const uint16_t *
btcwire_partial_missing(struct btcwire_partial *p, size_t *n)
{
	size_t i, len = 0;

	for (i = 0; len < p->n_missing; i++)
		if (p->place[i].tx == NULL) {
			p->place[i].asked = true;
			p->list[len++] = (uint16_t)i;
		}
	p->asked = true;
	*n = len;
	return p->list;
}

/* ---- What the remote sends for the others ------------------------------ */

/* Places that were asked for and have nothing yet. */
static size_t
count_due(const struct btcwire_partial *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		if (p->place[i].asked && p->place[i].tx == NULL)
			n++;
	return n;
}

/*
 * Where the remote's transactions belong, in p->list.  Since it was asked,
 * transactions may have been offered: a place that had none then may have one
 * now, and one that had may have lost it.
 */
static const char *
match(struct btcwire_partial *p, const struct btcwire_blocktxn *m)
{
	size_t i, at, next = 0, found = 0;
	struct btcwire_hash wtxid;
	const struct place *s;

	for (i = 0; i < m->tx_len; i++) {
		btcwire_wtxid(&wtxid, &m->tx[i]);
		at = find(p, btcwire_short_id(&p->key, &wtxid), next);
		if (at == p->n)
			return "blocktxn: a transaction has not the short id of "
			    "its place";
		s = &p->place[at];
		if (!s->asked || (s->tx != NULL && s->closed))
			return "blocktxn: a transaction was not asked for";
		if (s->tx == NULL)
			found++;
		p->list[i] = (uint16_t)at;
		next = at + 1;
	}
	return found == count_due(p) ? NULL :
	    "blocktxn: fewer transactions than were asked for";
}

int
btcwire_partial_fill(struct btcwire_partial *p, struct btcwire_msg *msg,
    struct btcpeer_error *err)
{
	const struct btcwire_blocktxn *m = btcwire_blocktxn_of(msg);
	struct btcwire_hash hash;
	const char *why;
	size_t i, n;

	if (m == NULL)
		return btcwire_fail(err, BTCPEER_E_INVAL,
		    "the message is no blocktxn");
	btcwire_header_hash(&hash, &btcwire_cmpctblock_of(p->msg)->header);
	if (!btcwire_hash_equal(&hash, &m->block))
		return btcwire_fail(err, BTCPEER_E_PROOF,
		    "blocktxn: of another block");
	if (!p->asked)
		btcwire_partial_missing(p, &n);
	if ((why = match(p, m)) != NULL)
		return btcwire_fail(err, BTCPEER_E_PROOF, why);
	for (i = 0; i < m->tx_len; i++) {
		set_place(p, p->list[i], &m->tx[i], msg);
		p->place[p->list[i]].closed = true;
	}
	return 0;
}

/* ---- The block --------------------------------------------------------- */

/*
 * A block without any witness may be one from before BIP 141, and passes.  In
 * a compact block witnesses are not left out: when the coinbase commits to
 * them, it must have the one that goes with the commitment.
 */
static int
check(const struct btcwire_block *block, struct btcpeer_error *err)
{
	struct btcwire_hash computed, held;
	bool found;
	int rc;

	if ((rc = btcwire_block_check(block, err)) != 0)
		return rc;
	if (block->tx[0].in[0].witness_len > 0)
		return 0;
	rc = btcwire_block_witness_commitment(&computed, &found, &held, block);
	if (rc == 0 && found)
		return btcwire_fail(err, BTCPEER_E_PROOF,
		    "block: the coinbase's witness is missing");
	return rc;
}

int
btcwire_partial_block(struct btcwire_msg **out, struct btcwire_partial *p,
    struct btcpeer_error *err)
{
	struct btcwire_block block = { .tx_len = p->n,
	    .header = btcwire_cmpctblock_of(p->msg)->header };
	struct btcwire_msg *msg = NULL;
	struct btcwire_tx *tx;
	size_t i;
	int rc;

	if (p->n_missing > 0)
		return btcwire_fail(err, BTCPEER_E_STATE,
		    "block: transactions are missing");
	if ((tx = malloc(p->n * sizeof(*tx))) == NULL)
		return btcwire_fail(err, BTCPEER_E_NOMEM, "out of memory");
	for (i = 0; i < p->n; i++)
		tx[i] = *p->place[i].tx;
	block.tx = tx;
	rc = btcwire_msg_new(&msg, BTCWIRE_BLOCK, &block, err);
	free(tx);
	if (rc == BTCPEER_E_BADVALUE)	/* a transaction that no block can have */
		return btcwire_fail(err, BTCPEER_E_PROOF,
		    "block: transaction without inputs");
	if (rc == 0)
		rc = check(btcwire_block_of(msg), err);
	if (rc == 0)
		*out = msg;
	else
		btcwire_msg_unref(msg);
	return rc;
}
