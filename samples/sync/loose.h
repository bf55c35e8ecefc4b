/*
 * Blocks of a file that stand before their parents.  Bitcoin Core writes such
 * files, as blocks are written in the order in which they come.
 */
#ifndef SAMPLES_SYNC_LOOSE_H
#define SAMPLES_SYNC_LOOSE_H

#include "tree.h"

struct loose_block {
	struct btcwire_header header;
	struct btcwire_hash hash;
	int64_t at;		/* offset in the file */
	bool linked;
};

/* All zero is empty. */
struct loose {
	struct loose_block *v;
	size_t len;
	size_t room;
};

/* Returns 0 or BTCPEER_E_NOMEM. */
int loose_keep(struct loose *l, const struct btcwire_hash *hash,
    const struct btcwire_header *header, int64_t at);

/*
 * Add to the tree whatever links to it, directly or through others.
 *
 * Returns: 0, BTCPEER_E_STATE (some link to nothing), or as tree_add().
 * Out:     at  offset of the block that it failed for; of those that link to
 *              nothing, the first in the file.
 */
int loose_link(int64_t *at, struct loose *l, struct tree *t);

void loose_clear(struct loose *l);

#endif
