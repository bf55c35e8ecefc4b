/*
 * The blocks of the best chain: several getdata in flight, and whatever order
 * the remote answers in, blocks are written in the order of the chain.  That
 * bounds what a killed program loses, and a file read from its start to its
 * end always links.
 */
#include "session.h"

#include <stdio.h>

#define BATCH       16u			/* blocks in one getdata */
#define FLIGHT_MIN  BATCH
#define FLIGHT_MAX  ((size_t)32 << 20)	/* bytes that may be on their way, by the mean */
#define HELD_MAX    ((size_t)32 << 20)	/* bytes kept for blocks that came early */
#define MEAN_FIRST  262144.0

static struct slot *
slot_at(struct session *s, uint32_t height)
{
	return &s->window.slot[height % WINDOW];
}

static struct tree_node *
node_at(struct session *s, uint32_t height)
{
	return &s->tree.node[s->tree.chain[height]];
}

static void
drop(struct session *s, struct slot *slot)
{
	if (slot->state == SLOT_ASKED)
		s->window.asked--;
	btcwire_msg_unref(slot->msg);
	*slot = (struct slot){ .state = SLOT_EMPTY };
}

void
blocks_clear(struct session *s)
{
	size_t i;

	for (i = 0; i < WINDOW; i++)
		drop(s, &s->window.slot[i]);
	s->window.held_bytes = 0;
}

/* The block as it came, without bytes that the remote may have added. */
static struct btcwire_bytes
block_bytes(const struct btcwire_msg *msg)
{
	size_t trailing;
	struct btcwire_bytes raw = btcwire_msg_raw(msg, &trailing);

	raw.len -= trailing;
	return raw;
}

/* Write the next block.  Returns false after session_fail(). */
static bool
store(struct session *s, const struct btcwire_msg *msg)
{
	struct btcwire_bytes raw = block_bytes(msg);

	if (s->args->out != NULL) {
		if (!blkfile_append(&s->file, raw.data, raw.len)) {
			session_fail(s, "%s: %s", s->args->out, s->file.error);
			return false;
		}
		s->records++;
	}
	node_at(s, s->window.next)->have = true;
	s->window.next++;
	pthread_mutex_lock(&s->mtx);
	s->view.blocks++;
	pthread_mutex_unlock(&s->mtx);
	return true;
}

/* Write what can be written, skip what is had. */
static bool
advance(struct session *s)
{
	while (s->window.next <= tree_height(&s->tree)) {
		struct slot *slot = slot_at(s, s->window.next);

		if (node_at(s, s->window.next)->have) {
			s->window.next++;
			continue;
		}
		if (slot->state != SLOT_HELD)
			break;
		if (!store(s, slot->msg))
			return false;
		s->window.held_bytes -= block_bytes(slot->msg).len;
		drop(s, slot);
	}
	return true;
}

/* How many blocks may be on their way. */
static uint32_t
flight_max(const struct session *s)
{
	double n = (double)FLIGHT_MAX / s->window.mean_bytes;

	return n < FLIGHT_MIN ? FLIGHT_MIN : n > WINDOW ? WINDOW : (uint32_t)n;
}

/* Whether this block is to be asked for now. */
static bool
wanted(struct session *s, uint32_t height)
{
	if (slot_at(s, height)->state != SLOT_EMPTY ||
	    node_at(s, height)->have)
		return false;
	/* It was here already and found no room. */
	if (height < s->window.end && height != s->window.next)
		return s->window.held_bytes < HELD_MAX / 2;
	return true;
}

static void
send_getdata(struct session *s, const uint32_t *height, size_t n)
{
	struct btcwire_invvect vec[BATCH];
	struct btcwire_inv inv = { .vec = vec, .vec_len = n };
	size_t i;

	for (i = 0; i < n; i++) {
		vec[i].type = (s->services & BTCWIRE_NODE_WITNESS) != 0
		    ? BTCWIRE_INV_WITNESS_BLOCK : BTCWIRE_INV_BLOCK;
		vec[i].hash = node_at(s, height[i])->hash;
		slot_at(s, height[i])->state = SLOT_ASKED;
		if (height[i] >= s->window.end)
			s->window.end = height[i] + 1;
	}
	s->window.asked += (uint32_t)n;
	session_send(s, BTCWIRE_GETDATA, &inv);
}

/* Ask for more blocks, in full batches while others are on their way. */
static void
fill(struct session *s)
{
	uint32_t h = s->window.next, tip = tree_height(&s->tree);
	uint32_t stop = tip - h < WINDOW ? tip + 1 : h + WINDOW;
	uint32_t room = flight_max(s);

	while (s->window.asked < room) {
		uint32_t batch[BATCH];
		size_t n = 0;

		for (; h < stop && n < BATCH; h++)
			if (wanted(s, h))
				batch[n++] = h;
		if (n == 0 || (n < BATCH && stop <= tip && s->window.asked > 0))
			break;
		send_getdata(s, batch, n);
	}
}

/* Go on, and when there is nothing left ask for new headers once more, unless
 * they will be announced. */
static void
proceed(struct session *s)
{
	if (!advance(s))
		return;
	session_progress(s);
	if (s->window.next <= tree_height(&s->tree))
		fill(s);
	else if (s->tip == TREE_NONE)
		headers_ask(s);
	else
		follow_reached(s);
}

void
blocks_begin(struct session *s)
{
	uint32_t tip = tree_height(&s->tree), h = 1;

	blocks_clear(s);
	while (h <= tip && node_at(s, h)->have)
		h++;
	s->window.next = s->window.end = h;
	if (s->window.mean_bytes <= 0)
		s->window.mean_bytes = MEAN_FIRST;
	session_progress(s);
	if (h > tip) {
		follow_reached(s);
		return;
	}
	session_enter(s, PHASE_BLOCKS);
	fill(s);
}

/* The height at which this block is being waited for, or 0. */
static uint32_t
asked_height(struct session *s, const struct btcwire_hash *hash)
{
	uint32_t node = tree_find(&s->tree, hash), height;

	if (session_phase(s) != PHASE_BLOCKS || node == TREE_NONE ||
	    !tree_is_active(&s->tree, node))
		return 0;
	height = s->tree.node[node].height;
	if (height < s->window.next || height - s->window.next >= WINDOW ||
	    slot_at(s, height)->state != SLOT_ASKED)
		return 0;
	return height;
}

/*
 * Whether witnesses that were asked for were left out: the library cannot
 * tell, as a block without any is right on its own.
 */
static bool
stripped(const struct session *s, const struct btcwire_block *block,
    uint32_t height, struct btcpeer_error *err)
{
	struct btcwire_hash computed, held;
	bool found;

	if ((s->services & BTCWIRE_NODE_WITNESS) == 0 ||
	    (int64_t)height < s->args->chain->segwit_height)
		return false;
	if (btcwire_block_witness_commitment(&computed, &found, &held,
	    block) != 0) {
		(void)snprintf(err->text, sizeof(err->text), "out of memory");
		return true;
	}
	if (!found || btcwire_hash_equal(&computed, &held))
		return false;
	(void)snprintf(err->text, sizeof(err->text),
	    "it commits to witnesses and came without them");
	return true;
}

void
blocks_arrived(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_block *block, void *user)
{
	struct session *s = user;
	struct btcpeer_error err = { .code = 0 };
	struct btcwire_hash hash;
	char hex[BTCWIRE_HASH_HEX];
	uint32_t height;
	size_t len = block_bytes(msg).len;
	struct slot *slot;

	(void)p;
	btcwire_header_hash(&hash, &block->header);
	height = asked_height(s, &hash);
	if (height == 0)
		return;
	if (btcwire_block_check(block, &err) != 0 ||
	    stripped(s, block, height, &err)) {
		session_fail(s, "the remote sent a bad block, %s at height %u: "
		    "%s", btcwire_hash_to_hex(hex, &hash), height, err.text);
		return;
	}
	slot = slot_at(s, height);
	drop(s, slot);
	s->window.mean_bytes += ((double)len - s->window.mean_bytes) / 16;
	if (height == s->window.next) {
		if (!store(s, msg))
			return;
	} else if (s->window.held_bytes + len <= HELD_MAX) {
		slot->state = SLOT_HELD;
		slot->msg = btcwire_msg_ref(msg);
		s->window.held_bytes += len;
	}
	proceed(s);
}

void
blocks_not_found(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *inv, void *user)
{
	struct session *s = user;
	char hex[BTCWIRE_HASH_HEX];
	size_t i;

	(void)p;
	(void)msg;
	for (i = 0; i < inv->vec_len; i++) {
		uint32_t height = asked_height(s, &inv->vec[i].hash);

		if (height == 0)
			continue;
		session_fail(s, "the remote does not have block %s at height "
		    "%u", btcwire_hash_to_hex(hex, &inv->vec[i].hash), height);
		return;
	}
}
