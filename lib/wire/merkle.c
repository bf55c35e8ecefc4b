/*
 * What ties a block's contents to its header: merkle tree and witness
 * commitment (BIP 141).
 */
#include "config.h"

#include <stdlib.h>

#include "util/err.h"
#include "wire/hash.h"
#include "wire/msg_tx.h"

/*
 * On a level with an odd number of hashes the last is paired with itself, so a
 * list whose end is repeated has the same root as one where it is not.  Equal
 * hashes in a pair give that away.
 */
bool
btcwire_merkle_level_up(struct btcwire_hash *hashes, size_t n)
{
	bool mutated = false;
	size_t i;

	for (i = 0; i < n; i += 2) {
		const struct btcwire_hash *a = &hashes[i];
		const struct btcwire_hash *b = i + 1 < n ? a + 1 : a;

		if (a != b && btcwire_hash_equal(a, b))
			mutated = true;
		btcwire_hash_pair(&hashes[i / 2], a, b);
	}
	return mutated;
}

bool
btcwire_merkle_root(struct btcwire_hash *out, struct btcwire_hash *hashes,
    size_t n)
{
	bool mutated = false;

	if (n == 0) {
		memset(out, 0, sizeof(*out));
		return false;
	}
	for (; n > 1; n = (n + 1) / 2)
		mutated |= btcwire_merkle_level_up(hashes, n);
	*out = hashes[0];
	return mutated;
}

size_t
btcwire_merkle_branch(struct btcwire_hash branch[BTCWIRE_MAX_BRANCH],
    struct btcwire_hash *hashes, size_t n, size_t index)
{
	size_t len = 0;

	for (; n > 1; n = (n + 1) / 2, index /= 2) {
		size_t beside = index ^ 1;

		branch[len++] = hashes[beside < n ? beside : index];
		(void)btcwire_merkle_level_up(hashes, n);
	}
	return len;
}

void
btcwire_merkle_branch_root(struct btcwire_hash *out,
    const struct btcwire_hash *leaf, const struct btcwire_hash *branch,
    size_t branch_len, size_t index)
{
	struct btcwire_hash h = *leaf;
	size_t i;

	for (i = 0; i < branch_len; i++, index /= 2) {
		if (index % 2 == 1)
			btcwire_hash_pair(&h, &branch[i], &h);
		else
			btcwire_hash_pair(&h, &h, &branch[i]);
	}
	*out = h;
}

/* The root over the ids, with witnesses or without. */
static int
root_of(struct btcwire_hash *out, bool *mutated,
    const struct btcwire_block *block, bool witness)
{
	struct btcwire_hash *ids = NULL;
	size_t i, n = block->tx_len;
	bool m;

	if (n > 0 && (ids = calloc(n, sizeof(*ids))) == NULL)
		return BTCPEER_E_NOMEM;
	for (i = 0; i < n; i++) {
		if (!witness)
			btcwire_txid(&ids[i], &block->tx[i]);
		else if (i > 0)	/* the coinbase's counts as zero */
			btcwire_wtxid(&ids[i], &block->tx[i]);
	}
	m = btcwire_merkle_root(out, ids, n);
	free(ids);
	if (mutated != NULL)
		*mutated = m;
	return 0;
}

int
btcwire_block_merkle_root(struct btcwire_hash *out, bool *mutated,
    const struct btcwire_block *block)
{
	return root_of(out, mutated, block, false);
}

/* The last output of the coinbase that has the form of a commitment. */
static const uint8_t *
find_commitment(const struct btcwire_block *block)
{
	static const uint8_t prefix[] = { 0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed };
	const struct btcwire_tx *tx = block->tx;
	size_t i;

	if (block->tx_len == 0)
		return NULL;
	for (i = tx->out_len; i > 0; i--) {
		const struct btcwire_bytes *s = &tx->out[i - 1].script;

		if (s->len >= sizeof(prefix) + 32 &&
		    memcmp(s->data, prefix, sizeof(prefix)) == 0)
			return s->data + sizeof(prefix);
	}
	return NULL;
}

/* The value that the coinbase adds to the witness root, or NULL. */
static const struct btcwire_bytes *
find_nonce(const struct btcwire_block *block)
{
	const struct btcwire_tx *tx = block->tx;

	if (block->tx_len == 0 || tx->in_len == 0 ||
	    tx->in[0].witness_len != 1 || tx->in[0].witness[0].len != 32)
		return NULL;
	return &tx->in[0].witness[0];
}

int
btcwire_block_witness_commitment(struct btcwire_hash *computed, bool *found,
    struct btcwire_hash *held, const struct btcwire_block *block)
{
	const uint8_t *commitment = find_commitment(block);
	const struct btcwire_bytes *nonce = find_nonce(block);
	struct btcwire_hash sum = { { 0 } }, second;
	int rc;

	if (nonce != NULL) {
		if ((rc = root_of(&sum, NULL, block, true)) != 0)
			return rc;
		memcpy(second.b, nonce->data, sizeof(second.b));
		btcwire_hash_pair(&sum, &sum, &second);
	}
	*computed = sum;
	*found = commitment != NULL;
	if (commitment != NULL)
		memcpy(held->b, commitment, sizeof(held->b));
	return 0;
}

static int
fail(struct btcpeer_error *err, int code, const char *text)
{
	return btcu_error(err, code, 0, "block: %s", text);
}

static bool
is_coinbase(const struct btcwire_tx *tx)
{
	return tx->in_len == 1 && tx->in[0].prev.index == UINT32_MAX &&
	    btcwire_hash_is_null(&tx->in[0].prev.hash);
}

static const char *
check_coinbase(const struct btcwire_block *block)
{
	size_t i;

	if (block->tx_len == 0)
		return "no transactions";
	if (!is_coinbase(&block->tx[0]))
		return "the first transaction is not a coinbase";
	for (i = 1; i < block->tx_len; i++)
		if (is_coinbase(&block->tx[i]))
			return "a second coinbase";
	return NULL;
}

static int
check_root(const struct btcwire_block *block, struct btcpeer_error *err)
{
	struct btcwire_hash root;
	bool mutated;
	int rc = btcwire_block_merkle_root(&root, &mutated, block);

	if (rc != 0)
		return fail(err, rc, "out of memory");
	if (!btcwire_hash_equal(&root, &block->header.merkle_root))
		return fail(err, BTCPEER_E_PROOF, "wrong merkle root");
	if (mutated)
		return fail(err, BTCPEER_E_PROOF, "transactions are repeated");
	return 0;
}

/*
 * A block that has no witness at all is one before BIP 141, or one in the form
 * without witnesses: there is nothing that a commitment could be held against.
 */
static int
check_witness(const struct btcwire_block *block, struct btcpeer_error *err)
{
	struct btcwire_hash computed, held;
	bool found;
	size_t i;
	int rc;

	for (i = 0; i < block->tx_len; i++)
		if (btcwire_tx_has_witness(&block->tx[i]))
			break;
	if (i == block->tx_len)
		return 0;
	rc = btcwire_block_witness_commitment(&computed, &found, &held, block);
	if (rc != 0)
		return fail(err, rc, "out of memory");
	if (!found)
		return fail(err, BTCPEER_E_PROOF,
		    "unexpected witness: the coinbase holds no commitment");
	if (find_nonce(block) == NULL)
		return fail(err, BTCPEER_E_PROOF,
		    "the coinbase's witness is not one item of 32 bytes");
	if (!btcwire_hash_equal(&computed, &held))
		return fail(err, BTCPEER_E_PROOF, "wrong witness commitment");
	return 0;
}

int
btcwire_block_check(const struct btcwire_block *block,
    struct btcpeer_error *err)
{
	const char *why = check_coinbase(block);
	int rc;

	if (why != NULL)
		return fail(err, BTCPEER_E_PROOF, why);
	if ((rc = check_root(block, err)) != 0)
		return rc;
	return check_witness(block, err);
}
