/*
 * The tree of all headers known, from the genesis block up: several branches,
 * of which the one with the most work is the best chain.  Headers are named by
 * small numbers; a header takes 80 bytes and an entry in the hash index, so
 * that a million of them is nothing to worry about.
 *
 * Threads: none; whoever owns the tree uses it alone.
 */
#ifndef SAMPLES_SYNC_TREE_H
#define SAMPLES_SYNC_TREE_H

#include <stddef.h>

#include <btcpeer/wire.h>

#define TREE_NONE UINT32_MAX
#define TREE_MAX  10000000u	/* headers; keeps a hostile remote within bounds */

struct tree_node {
	struct btcwire_hash hash;
	struct btcwire_work work;	/* sum from genesis to here */
	uint32_t parent;	/* TREE_NONE for genesis */
	uint32_t height;
	bool have;		/* the block was verified */
};

struct tree {
	struct tree_node *node;
	uint32_t len;
	uint32_t room;
	uint32_t best;		/* end of the best chain */
	uint32_t *chain;	/* by height: the best chain; as much room as node */
	uint32_t *slot;		/* hash index, a power of two; TREE_NONE is empty */
	uint32_t slots;
	uint64_t seed;		/* so that nobody can aim at one slot */
	uint32_t last_bits;	/* the work of these bits is last_work */
	struct btcwire_work last_work;
};

/* With the genesis block, whose block counts as had.
 * Returns: 0, or BTCPEER_E_NOMEM; after a failure tree_clear() is still due. */
int tree_init(struct tree *t, const struct btcwire_chain *chain);

void tree_clear(struct tree *t);

/* Returns TREE_NONE when there is none. */
uint32_t tree_find(const struct tree *t, const struct btcwire_hash *hash);

/*
 * Add a header whose parent is known, unless it is known itself.
 *
 * Returns: 0, BTCPEER_E_STATE (parent not known), BTCPEER_E_BADVALUE (bits),
 *          BTCPEER_E_TOOBIG (TREE_MAX), BTCPEER_E_NOMEM.
 * Out:     out  its number.
 */
int tree_add(uint32_t *out, struct tree *t, const struct btcwire_hash *hash,
    const struct btcwire_header *header);

/* Of two chains with equal work, take the one that ends here. */
void tree_prefer(struct tree *t, uint32_t node);

/* Height of the best chain's end. */
uint32_t tree_height(const struct tree *t);

/* Whether node is part of the best chain. */
bool tree_is_active(const struct tree *t, uint32_t node);

/* btcwire_locator_build() from this header back to genesis, on its branch. */
size_t tree_locator(struct btcwire_hash out[BTCWIRE_MAX_LOCATOR_SEND],
    const struct tree *t, uint32_t from);

#endif
