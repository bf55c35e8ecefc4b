#include "loose.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 64u

int
loose_keep(struct loose *l, const struct btcwire_hash *hash,
    const struct btcwire_header *header, int64_t at)
{
	if (l->len == l->room) {
		size_t room = l->room == 0 ? FIRST_ROOM : l->room * 2;
		struct loose_block *p = realloc(l->v, room * sizeof(*p));

		if (p == NULL)
			return BTCPEER_E_NOMEM;
		l->v = p;
		l->room = room;
	}
	l->v[l->len++] = (struct loose_block){ .header = *header,
	    .hash = *hash, .at = at };
	return 0;
}

void
loose_clear(struct loose *l)
{
	free(l->v);
	*l = (struct loose){ .v = NULL };
}

/* By parent, so that the children of a block stand together. */
static int
by_parent(const void *a, const void *b)
{
	const struct loose_block *x = a, *y = b;
	int c = memcmp(x->header.prev.b, y->header.prev.b,
	    sizeof(x->header.prev.b));

	if (c != 0)
		return c;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* The first whose parent is this block, or len. */
static size_t
first_child(const struct loose *l, const struct btcwire_hash *parent)
{
	size_t low = 0, high = l->len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (memcmp(l->v[mid].header.prev.b, parent->b,
		    sizeof(parent->b)) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * Add the children of the tree's blocks from number from on.  Those that are
 * added get the next numbers, so their own children follow in the same loop.
 */
static int
add_children(int64_t *at, struct loose *l, struct tree *t, uint32_t from)
{
	for (; from < t->len; from++) {
		struct btcwire_hash parent = t->node[from].hash;
		size_t i = first_child(l, &parent);

		for (; i < l->len && btcwire_hash_equal(&l->v[i].header.prev,
		    &parent); i++) {
			struct loose_block *b = &l->v[i];
			uint32_t node;
			int rc = tree_add(&node, t, &b->hash, &b->header);

			if (rc != 0) {
				*at = b->at;
				return rc;
			}
			t->node[node].have = true;
			b->linked = true;
		}
	}
	return 0;
}

int
loose_link(int64_t *at, struct loose *l, struct tree *t)
{
	bool found = false;
	size_t i;
	int rc;

	if (l->len == 0)
		return 0;
	qsort(l->v, l->len, sizeof(*l->v), by_parent);
	rc = add_children(at, l, t, 0);
	if (rc != 0)
		return rc;
	for (i = 0; i < l->len; i++) {
		if (l->v[i].linked || (found && l->v[i].at > *at))
			continue;
		*at = l->v[i].at;
		found = true;
	}
	return found ? BTCPEER_E_STATE : 0;
}
