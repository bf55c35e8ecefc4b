#include "tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FIRST_ROOM 4096u

/* The low bytes of a block hash are as good as random; the high ones are 0. */
static uint32_t
slot_of(const struct tree *t, const struct btcwire_hash *hash)
{
	uint64_t n;

	memcpy(&n, hash->b, sizeof(n));
	n = (n ^ t->seed) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(n >> 32) & (t->slots - 1);
}

static void
index_put(struct tree *t, uint32_t node)
{
	uint32_t i = slot_of(t, &t->node[node].hash);

	while (t->slot[i] != TREE_NONE)
		i = (i + 1) & (t->slots - 1);
	t->slot[i] = node;
}

/* Twice the room for nodes; the index keeps twice as many slots. */
static int
grow(struct tree *t)
{
	uint32_t room = t->room == 0 ? FIRST_ROOM : t->room * 2;
	struct tree_node *node;
	uint32_t *p;
	uint32_t i;

	node = realloc(t->node, room * sizeof(*node));
	if (node == NULL)
		return BTCPEER_E_NOMEM;
	t->node = node;
	p = realloc(t->chain, room * sizeof(*p));
	if (p == NULL)
		return BTCPEER_E_NOMEM;
	t->chain = p;
	p = malloc(room * 2 * sizeof(*p));
	if (p == NULL)
		return BTCPEER_E_NOMEM;
	free(t->slot);
	t->slot = p;
	t->slots = room * 2;
	t->room = room;
	for (i = 0; i < t->slots; i++)
		t->slot[i] = TREE_NONE;
	for (i = 0; i < t->len; i++)
		index_put(t, i);
	return 0;
}

/* Node is the new end of the best chain: rewrite the part that differs. */
static void
set_best(struct tree *t, uint32_t node)
{
	uint32_t n;

	for (n = t->node[node].height + 1; n <= tree_height(t); n++)
		t->chain[n] = TREE_NONE;
	t->best = node;
	for (n = node; n != TREE_NONE; n = t->node[n].parent) {
		uint32_t *at = &t->chain[t->node[n].height];

		if (*at == n)
			break;
		*at = n;
	}
}

static void
append(struct tree *t, const struct tree_node *node)
{
	t->node[t->len] = *node;
	t->chain[t->len] = TREE_NONE;
	index_put(t, t->len);
	t->len++;
}

int
tree_init(struct tree *t, const struct btcwire_chain *chain)
{
	struct tree_node genesis = { .hash = chain->genesis_hash,
	    .parent = TREE_NONE, .have = true };
	int rc;

	*t = (struct tree){ .best = 0 };
	if (getrandom(&t->seed, sizeof(t->seed), 0) != sizeof(t->seed))
		t->seed = (uint64_t)(uintptr_t)t;
	rc = grow(t);
	if (rc != 0)
		return rc;
	append(t, &genesis);
	set_best(t, 0);
	return 0;
}

void
tree_clear(struct tree *t)
{
	free(t->node);
	free(t->chain);
	free(t->slot);
	*t = (struct tree){ .best = 0 };
}

uint32_t
tree_find(const struct tree *t, const struct btcwire_hash *hash)
{
	uint32_t i = slot_of(t, hash);

	for (; t->slot[i] != TREE_NONE; i = (i + 1) & (t->slots - 1))
		if (btcwire_hash_equal(&t->node[t->slot[i]].hash, hash))
			break;
	return t->slot[i];
}

int
tree_add(uint32_t *out, struct tree *t, const struct btcwire_hash *hash,
    const struct btcwire_header *header)
{
	struct tree_node n = { .hash = *hash };
	uint32_t known = tree_find(t, hash);
	int rc;

	if (known != TREE_NONE) {
		*out = known;
		return 0;
	}
	n.parent = tree_find(t, &header->prev);
	if (n.parent == TREE_NONE)
		return BTCPEER_E_STATE;
	if (t->len >= TREE_MAX)
		return BTCPEER_E_TOOBIG;
	if (t->len == t->room && (rc = grow(t)) != 0)
		return rc;
	if (header->bits != t->last_bits || t->last_bits == 0) {
		rc = btcwire_work_from_bits(&t->last_work, header->bits);
		if (rc != 0)
			return rc;
		t->last_bits = header->bits;
	}
	n.height = t->node[n.parent].height + 1;
	n.work = t->node[n.parent].work;
	btcwire_work_add(&n.work, &t->last_work);
	*out = t->len;
	append(t, &n);
	if (btcwire_work_cmp(&n.work, &t->node[t->best].work) > 0)
		set_best(t, *out);
	return 0;
}

void
tree_prefer(struct tree *t, uint32_t node)
{
	if (btcwire_work_cmp(&t->node[node].work, &t->node[t->best].work) >= 0)
		set_best(t, node);
}

uint32_t
tree_height(const struct tree *t)
{
	return t->node[t->best].height;
}

bool
tree_is_active(const struct tree *t, uint32_t node)
{
	uint32_t height = t->node[node].height;

	return height <= tree_height(t) && t->chain[height] == node;
}

/* The ancestor of node at that height; node itself when it is no higher. */
static uint32_t
ancestor(const struct tree *t, uint32_t node, uint32_t height)
{
	while (t->node[node].height > height) {
		if (tree_is_active(t, node))
			return t->chain[height];
		node = t->node[node].parent;
	}
	return node;
}

struct branch {
	const struct tree *tree;
	uint32_t node;		/* how far down it was followed */
};

static bool
hash_at(void *arg, struct btcwire_hash *out, int32_t height)
{
	struct branch *b = arg;

	b->node = ancestor(b->tree, b->node, (uint32_t)height);
	*out = b->tree->node[b->node].hash;
	return true;
}

size_t
tree_locator(struct btcwire_hash out[BTCWIRE_MAX_LOCATOR_SEND],
    const struct tree *t, uint32_t from)
{
	struct branch b = { t, from };

	return btcwire_locator_build(out, (int32_t)t->node[from].height,
	    hash_at, &b);
}
