/*
 * Requests, and how they are answered without ever waiting.
 *
 * A request becomes entries of the remote's list of wants; the list is worked
 * off from its front for as long as the send queue has room.  When it has
 * none, the rest stays where it is until the library says that the queue has
 * drained (on_low_water).  Both the input thread, with a new request, and the
 * output thread, with room, come here; the remote's mutex makes them take
 * turns, so that answers keep the order of the requests, and so that no call
 * can get lost between "the queue is full" and "now it has drained".
 */
#include "remote.h"

#include <stdlib.h>

#include "note.h"

#define WANTS_MAX     BTCWIRE_MAX_INV
#define INV_MAX       500	/* hashes in the answer to getblocks */
#define NEWS_MAX      8		/* headers in an announcement */
#define NOTFOUND_MAX  1000

enum want_kind {
	WANT_ITEM,	/* a block or transaction: what.type, what.hash */
	WANT_HEADERS,	/* those from a height to a height */
	WANT_INV,	/* hashes, in answer to getblocks, likewise */
	WANT_NEWS,	/* announce blocks from a height to a height */
	WANT_TIP	/* the tip's hash, so that the remote asks for more */
};

struct want {
	enum want_kind kind;
	union {
		struct btcwire_invvect item;
		struct {
			int32_t from;
			int32_t to;
		} span;
	} what;
};

struct ring
answer_wants(void)
{
	return (struct ring)RING_INIT(struct want);
}

/* ---- Making messages --------------------------------------------------- */

/* Queue what btcwire_msg_new() makes of a body. */
static int
send_body(struct remote *r, enum btcwire_type type, const void *body)
{
	struct btcwire_msg *msg;
	int rc = btcwire_msg_new(&msg, type, body, NULL);

	return rc != 0 ? rc : btcpeer_queue_message_take(r->p, msg, NULL);
}

/* How many blocks a span has, at most max. */
static size_t
span_len(const struct want *w, size_t max)
{
	size_t n;

	if (w->what.span.to < w->what.span.from)
		return 0;
	n = (size_t)(w->what.span.to - w->what.span.from) + 1;
	return n < max ? n : max;
}

static int
send_headers_locked(struct remote *r, const struct want *w)
{
	struct btcwire_headers body = { 0 };
	struct btcwire_header *header;
	int32_t from = w->what.span.from;
	int rc;

	header = malloc(BTCWIRE_MAX_HEADERS * sizeof(*header));
	if (header == NULL)
		return BTCPEER_E_NOMEM;
	body.header = header;
	body.header_len = chain_headers(r->srv->chain, header,
	    span_len(w, BTCWIRE_MAX_HEADERS), from);
	rc = send_body(r, BTCWIRE_HEADERS, &body);
	from += (int32_t)body.header_len - 1;	/* now the last of them */
	if (rc == 0 && body.header_len > 0 && from > r->known)
		r->known = from;
	free(header);
	return rc;
}

/* Blocks from a height on, at most INV_MAX of them.  No block: no inv. */
static int
send_inv_locked(struct remote *r, int32_t from, size_t n, bool pause)
{
	struct btcwire_invvect vec[INV_MAX];
	struct btcwire_hash hash[INV_MAX];
	struct btcwire_inv body = { .vec = vec };
	size_t i;
	int rc;

	n = chain_hashes(r->srv->chain, hash, n, from);
	if (n == 0)
		return 0;
	for (i = 0; i < n; i++)
		vec[i] = (struct btcwire_invvect){ BTCWIRE_INV_BLOCK, hash[i] };
	body.vec_len = n;
	rc = send_body(r, BTCWIRE_INV, &body);
	if (rc == 0 && pause) {
		r->has_pause = n == INV_MAX;
		r->pause = hash[n - 1];
	}
	return rc;
}

static int
send_tip_locked(struct remote *r)
{
	return send_inv_locked(r, chain_tip(r->srv->chain, NULL), 1, false);
}

/*
 * New blocks: their headers, if that was asked for (BIP 130), they are few and
 * the remote knows the block before; else their hashes; the tip alone when
 * they are too many for one message.
 */
static int
send_news_locked(struct remote *r, const struct want *w)
{
	size_t n = span_len(w, INV_MAX + 1);

	if (btcpeer_wants_headers(r->p) && n <= NEWS_MAX &&
	    r->known >= w->what.span.from - 1)
		return send_headers_locked(r, w);
	if (n <= INV_MAX)
		return send_inv_locked(r, w->what.span.from, n, false);
	return send_tip_locked(r);
}

/* ---- Items of getdata -------------------------------------------------- */

/* What an inventory vector names, or NULL; flags: in which form to send it. */
static struct btcwire_msg *
find_item(struct server *srv, const struct btcwire_invvect *item,
    uint32_t *flags)
{
	const struct btcwire_hash *hash = &item->hash;

	*flags = 0;
	switch (item->type) {
	case BTCWIRE_INV_BLOCK:
		*flags = BTCWIRE_NO_WITNESS;
		return chain_block(srv->chain, chain_find(srv->chain, hash));
	case BTCWIRE_INV_WITNESS_BLOCK:
		return chain_block(srv->chain, chain_find(srv->chain, hash));
	case BTCWIRE_INV_TX:
		*flags = BTCWIRE_NO_WITNESS;
		return pool_by_txid(srv->pool, hash);
	case BTCWIRE_INV_WITNESS_TX:
		return pool_by_txid(srv->pool, hash);
	case BTCWIRE_INV_WTX:
		return pool_by_wtxid(srv->pool, hash);
	default:
		return NULL;
	}
}

/* Whether the i-th want is for something that is not there. */
static bool
is_missing_locked(struct remote *r, size_t i)
{
	const struct want *w = ring_at(&r->wants, i);
	struct btcwire_msg *msg;
	uint32_t flags;

	if (w == NULL || w->kind != WANT_ITEM)
		return false;
	msg = find_item(r->srv, &w->what.item, &flags);
	btcwire_msg_unref(msg);
	return msg == NULL;
}

/* One notfound for all items missing in a row. */
static int
send_notfound_locked(struct remote *r)
{
	struct btcwire_invvect vec[NOTFOUND_MAX];
	struct btcwire_inv body = { .vec = vec };
	const struct want *w;
	int rc;

	do {
		w = ring_at(&r->wants, body.vec_len);
		vec[body.vec_len++] = w->what.item;
	} while (body.vec_len < NOTFOUND_MAX &&
	    is_missing_locked(r, body.vec_len));
	rc = send_body(r, BTCWIRE_NOTFOUND, &body);
	if (rc == 0)
		ring_drop(&r->wants, body.vec_len);
	return rc;
}

/*
 * After the last block of a full inv the remote is told of the tip: it asks
 * getblocks again when it hears of a block whose parent it does not have.
 */
static int
send_item_locked(struct remote *r, struct want *w)
{
	struct btcpeer_send how = BTCPEER_SEND_INIT;
	struct btcwire_msg *msg;
	int rc;

	msg = find_item(r->srv, &w->what.item, &how.flags);
	if (msg == NULL)
		return send_notfound_locked(r);
	rc = btcpeer_queue_message_take(r->p, msg, &how);
	if (rc != 0)
		return rc;
	if (r->has_pause && btcwire_hash_equal(&r->pause, &w->what.item.hash)) {
		r->has_pause = false;
		w->kind = WANT_TIP;
	} else
		ring_drop(&r->wants, 1);
	return 0;
}

/* ---- Working off ------------------------------------------------------- */

/* Answer the first want, and remove it from the list. */
static int
answer_first_locked(struct remote *r, struct want *w)
{
	int rc = BTCPEER_E_INVAL;

	switch (w->kind) {
	case WANT_ITEM:
		return send_item_locked(r, w);
	case WANT_HEADERS:
		rc = send_headers_locked(r, w);
		break;
	case WANT_INV:
		rc = send_inv_locked(r, w->what.span.from,
		    span_len(w, INV_MAX), true);
		break;
	case WANT_NEWS:
		rc = send_news_locked(r, w);
		break;
	case WANT_TIP:
		rc = send_tip_locked(r);
		break;
	}
	if (rc == 0)
		ring_drop(&r->wants, 1);
	return rc;
}

/* Answer as long as there is room in the send queue. */
static void
work_locked(struct remote *r)
{
	struct want *w;
	int rc = 0;

	while (rc == 0 && (w = ring_at(&r->wants, 0)) != NULL)
		rc = answer_first_locked(r, w);
	if (rc == 0 || rc == BTCPEER_E_FULL)
		return;
	ring_clear(&r->wants);
	if (rc != BTCPEER_E_CLOSED) {
		note("peer %llu %s: %s",
		    (unsigned long long)btcpeer_id(r->p), btcpeer_addr(r->p),
		    btcpeer_strerror(rc));
		btcpeer_disconnect(r->p);
	}
}

/* Enter wants and work.  A remote that asks for more than it reads is let go,
 * so that it cannot make us remember without bounds. */
static void
enter_locked(struct remote *r, const struct want *want, size_t n)
{
	int rc = r->wants.len + n > WANTS_MAX ? BTCPEER_E_FULL : 0;
	size_t i;

	for (i = 0; i < n && rc == 0; i++)
		rc = ring_put(&r->wants, &want[i]);
	if (rc == 0) {
		work_locked(r);
		return;
	}
	note("peer %llu %s: disconnecting: %s",
	    (unsigned long long)btcpeer_id(r->p), btcpeer_addr(r->p),
	    rc == BTCPEER_E_FULL ? "it asks for more than it reads"
	    : btcpeer_strerror(rc));
	ring_clear(&r->wants);
	btcpeer_disconnect(r->p);
}

void
answer_low_water(struct btcpeer *p, void *user)
{
	struct remote *r = user;

	(void)p;
	(void)pthread_mutex_lock(&r->mtx);
	work_locked(r);
	(void)pthread_mutex_unlock(&r->mtx);
}

void
answer_announce(struct remote *r)
{
	struct want w = { .kind = WANT_NEWS };
	int32_t tip = chain_tip(r->srv->chain, NULL);

	if (!atomic_load(&r->ready))
		return;
	(void)pthread_mutex_lock(&r->mtx);
	if (tip > r->announced) {
		w.what.span.from = r->announced + 1;
		w.what.span.to = tip;
		r->announced = tip;
		enter_locked(r, &w, 1);
	}
	(void)pthread_mutex_unlock(&r->mtx);
}

/* ---- Requests ---------------------------------------------------------- */

/* The blocks that follow a locator, up to its stop hash. */
static void
follow_locator(struct remote *r, enum want_kind kind,
    const struct btcwire_locator *req)
{
	struct want w = { .kind = kind };
	int32_t fork = chain_fork(r->srv->chain, req);
	int32_t stop = btcwire_hash_is_null(&req->stop) ? -1
	    : chain_find(r->srv->chain, &req->stop);

	w.what.span.from = fork + 1;
	w.what.span.to = stop > fork ? stop : INT32_MAX;
	if (kind == WANT_HEADERS && req->hash_len == 0) {
		/* No locator: the one header that stop names. */
		w.what.span.from = stop >= 0 ? stop : 1;
		w.what.span.to = stop >= 0 ? stop : 0;
	}
	(void)pthread_mutex_lock(&r->mtx);
	if (req->hash_len > 0 && fork > r->known)
		r->known = fork;
	enter_locked(r, &w, 1);
	(void)pthread_mutex_unlock(&r->mtx);
}

void
answer_getheaders(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_locator *req, void *user)
{
	(void)p;
	(void)msg;
	follow_locator(user, WANT_HEADERS, req);
}

void
answer_getblocks(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_locator *req, void *user)
{
	(void)p;
	(void)msg;
	follow_locator(user, WANT_INV, req);
}

void
answer_getdata(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *req, void *user)
{
	struct remote *r = user;
	struct want *want;
	size_t i;

	(void)msg;
	if (req->vec_len == 0)
		return;
	want = malloc(req->vec_len * sizeof(*want));
	if (want == NULL) {
		btcpeer_disconnect(p);
		return;
	}
	for (i = 0; i < req->vec_len; i++) {
		want[i].kind = WANT_ITEM;
		want[i].what.item = req->vec[i];
	}
	(void)pthread_mutex_lock(&r->mtx);
	enter_locked(r, want, req->vec_len);
	(void)pthread_mutex_unlock(&r->mtx);
	free(want);
}
