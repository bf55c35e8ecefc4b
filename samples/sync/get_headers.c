/*
 * Headers first: getheaders after getheaders, until the remote has no more.
 */
#include "session.h"

#define ANNOUNCED_MAX 8		/* headers a node announces at once (BIP 130) */

void
headers_ask(struct session *s)
{
	struct btcwire_hash hash[BTCWIRE_MAX_LOCATOR_SEND];
	struct btcwire_locator locator = { .version = BTCWIRE_PVER_NEWEST,
	    .hash = hash };

	s->news = false;
	locator.hash_len = tree_locator(hash, &s->tree, s->remote_tip);
	session_enter(s, PHASE_HEADERS);
	session_send(s, BTCWIRE_GETHEADERS, &locator);
}

void
headers_end(struct session *s)
{
	tree_prefer(&s->tree, s->remote_tip);
	if (s->args->headers_only)
		follow_reached(s);
	else
		blocks_begin(s);
}

static void
set_doubt(struct session *s, enum session_doubt doubt)
{
	pthread_mutex_lock(&s->mtx);
	s->view.doubt = doubt;
	pthread_mutex_unlock(&s->mtx);
}

/* Whether the remote said that its chain is longer than what we know. */
static bool
behind(struct session *s)
{
	return tree_height(&s->tree) < session_view(s).remote_height;
}

/* Verify one header and add it.  Returns false after session_fail(). */
static bool
take(struct session *s, uint32_t *node, const struct btcwire_header *header)
{
	struct btcpeer_error err = { .code = 0 };
	struct btcwire_hash hash;
	char hex[BTCWIRE_HASH_HEX];
	int rc;

	btcwire_header_hash(&hash, header);
	*node = tree_find(&s->tree, &hash);
	if (*node != TREE_NONE)
		return true;
	if (btcwire_header_check(header, s->args->chain, &err) != 0) {
		session_fail(s, "the remote sent a bad header, %s: %s",
		    btcwire_hash_to_hex(hex, &hash), err.text);
		return false;
	}
	rc = tree_add(node, &s->tree, &hash, header);
	if (rc != 0)
		session_fail(s, "header %s: %s",
		    btcwire_hash_to_hex(hex, &hash),
		    rc == BTCPEER_E_STATE ? "its parent is not known" :
		    rc == BTCPEER_E_TOOBIG ? "more headers than any chain has" :
		    btcpeer_strerror(rc));
	return rc == 0;
}

/* Whether each header names the one before.  Else session_fail(). */
static bool
linked(struct session *s, const struct btcwire_headers *headers)
{
	struct btcwire_hash hash;
	size_t i;

	for (i = 1; i < headers->header_len; i++) {
		btcwire_header_hash(&hash, &headers->header[i - 1]);
		if (btcwire_hash_equal(&hash, &headers->header[i].prev))
			continue;
		session_fail(s, "the remote sent headers of which number %zu "
		    "does not link to the one before", i + 1);
		return false;
	}
	return true;
}

static const struct btcwire_hash *
last_hash(struct btcwire_hash *out, const struct btcwire_headers *headers)
{
	btcwire_header_hash(out, &headers->header[headers->header_len - 1]);
	return out;
}

/* Whether these are headers to look at.  Those that link to nothing are an
 * announcement of new blocks, or rubbish. */
static bool
usable(struct session *s, const struct btcwire_headers *headers)
{
	const struct btcwire_hash *prev;
	struct btcwire_hash last;

	if (headers->header_len == 0)
		return true;
	prev = &headers->header[0].prev;
	if (btcwire_hash_is_null(prev) ||
	    tree_find(&s->tree, prev) != TREE_NONE)
		return linked(s, headers);
	if (headers->header_len > ANNOUNCED_MAX)
		session_fail(s, "the remote sent headers that link to no block "
		    "known");
	else if (s->tip == TREE_NONE)
		set_doubt(s, DOUBT_UNLINKED);
	else
		follow_announced(s, last_hash(&last, headers));
	return false;
}

/* A full message of headers that were all known leads somewhere only if it
 * leads upwards.  Else session_fail(). */
static bool
upwards(struct session *s, uint32_t fresh, uint32_t was_height)
{
	if (!s->full_reply || fresh > 0 ||
	    s->tree.node[s->remote_tip].height > was_height)
		return true;
	session_fail(s, "the remote sends the same headers again");
	return false;
}

void
headers_arrived(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_headers *headers, void *user)
{
	struct session *s = user;
	enum session_phase phase = session_phase(s);
	uint32_t fresh = s->tree.len, node = TREE_NONE, was_height;
	struct btcwire_hash last;
	bool full = headers->header_len == BTCWIRE_MAX_HEADERS;
	size_t i;

	(void)p;
	(void)msg;
	/* The chain stays as it is while its blocks come. */
	if (phase == PHASE_BLOCKS && headers->header_len > 0)
		follow_announced(s, last_hash(&last, headers));
	if ((phase != PHASE_HEADERS && phase != PHASE_TIP) ||
	    !usable(s, headers))
		return;
	for (i = 0; i < headers->header_len; i++)
		if (!take(s, &node, &headers->header[i]))
			return;
	fresh = s->tree.len - fresh;
	was_height = s->tree.node[s->remote_tip].height;
	if (node != TREE_NONE)
		s->remote_tip = node;
	if (fresh > 0)
		session_progress(s);
	/* A short message may have been an announcement that did link. */
	if (full || (fresh > 0 && behind(s))) {
		if (!upwards(s, fresh, was_height))
			return;
		s->full_reply = full;
		headers_ask(s);
	} else if (behind(s)) {
		set_doubt(s, DOUBT_BEHIND);
	} else {
		headers_end(s);
	}
}
