/*
 * After the tip was reached, with --follow: what the remote announces is asked
 * for, and every tip that is reached is handed to the main thread.
 *
 * Announcements are hints.  Headers that link (BIP 130) are taken as they are;
 * of anything else that is not known the headers are asked for, on the branch
 * that the remote then has.  While an answer or a block is waited for, the last
 * announcement is kept, and looked at when that is over.
 */
#include "session.h"

#include <stdlib.h>

#define FIRST_ROOM 16u

/* The blocks that were on the way to the former tip and no longer are. */
static uint32_t
count_left(const struct session *s)
{
	uint32_t n = 0, node = s->tip;

	if (node == TREE_NONE)
		return 0;
	for (; !tree_is_active(&s->tree, node); n++)
		node = s->tree.node[node].parent;
	return n;
}

static bool
put_locked(struct session *s, const struct session_tip *tip)
{
	if (s->tips_len == s->tips_room) {
		size_t room = s->tips_room == 0 ? FIRST_ROOM : s->tips_room * 2;
		struct session_tip *p = realloc(s->tips, room * sizeof(*p));

		if (p == NULL)
			return false;
		s->tips = p;
		s->tips_room = room;
	}
	s->tips[s->tips_len++] = *tip;
	return true;
}

/* The best chain's end is a new tip.  Returns false after session_fail(). */
static bool
hand_over(struct session *s)
{
	const struct tree_node *node = &s->tree.node[s->tree.best];
	struct session_tip tip = { .height = node->height, .hash = node->hash,
	    .left = count_left(s) };
	bool done;

	s->tip = s->tree.best;
	pthread_mutex_lock(&s->mtx);
	tip.blocks = s->view.blocks;
	s->view.following = true;
	/* What the version said is history. */
	s->view.remote_height = 0;
	done = put_locked(s, &tip);
	pthread_cond_signal(&s->cond);
	pthread_mutex_unlock(&s->mtx);
	if (!done)
		session_fail(s, "out of memory");
	return done;
}

void
follow_reached(struct session *s)
{
	struct btcwire_empty none = { 0 };
	bool first = s->tip == TREE_NONE;

	if (!s->args->follow) {
		session_enter(s, PHASE_REACHED);
		return;
	}
	if (s->tree.best != s->tip && !hand_over(s))
		return;
	if (first)
		session_send(s, BTCWIRE_SENDHEADERS, &none);
	if (s->news && tree_find(&s->tree, &s->newest) == TREE_NONE)
		headers_ask(s);
	else
		session_enter(s, PHASE_TIP);
}

void
follow_announced(struct session *s, const struct btcwire_hash *hash)
{
	if (!s->args->follow || tree_find(&s->tree, hash) != TREE_NONE)
		return;
	s->news = true;
	s->newest = *hash;
	if (session_phase(s) == PHASE_TIP)
		headers_ask(s);
}

void
follow_inv(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *inv, void *user)
{
	struct session *s = user;
	size_t i;

	(void)p;
	(void)msg;
	/* The last block is the one that says most. */
	for (i = inv->vec_len; i-- > 0;)
		if (inv->vec[i].type == BTCWIRE_INV_BLOCK) {
			follow_announced(s, &inv->vec[i].hash);
			return;
		}
}

bool
follow_next(struct session *s, struct session_tip *tip)
{
	bool some;

	pthread_mutex_lock(&s->mtx);
	some = s->tips_taken < s->tips_len;
	if (some)
		*tip = s->tips[s->tips_taken++];
	else
		s->tips_taken = s->tips_len = 0;
	pthread_mutex_unlock(&s->mtx);
	return some;
}
