/*
 * Merkle roots against a plain one, lists that fake a root, and branches.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "runner.h"

enum { MOST = 70 };

/* Leaves 0x0101.., 0x0202.., and so on. */
static void
fill(struct btcwire_hash *h, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		memset(h[i].b, (int)(i + 1), sizeof(h[i].b));
}

/* The definition, level by level: an odd one out is paired with itself. */
static struct btcwire_hash
naive_root(const struct btcwire_hash *h, size_t n)
{
	struct btcwire_hash next[MOST], pair[2];
	size_t i;

	if (n == 0)
		return (struct btcwire_hash){ { 0 } };
	if (n == 1)
		return h[0];
	for (i = 0; i < (n + 1) / 2; i++) {
		pair[0] = h[2 * i];
		pair[1] = h[2 * i + 1 < n ? 2 * i + 1 : 2 * i];
		btcwire_sha256d(&next[i], pair, sizeof(pair));
	}
	return naive_root(next, (n + 1) / 2);
}

/* From another implementation, in wire order. */
static const char *const known[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0101010101010101010101010101010101010101010101010101010101010101",
	"39ce20bede82c96b8908bec4a157b09c549b3db90b9b474bda9ae9b9030310b4",
	"223e023fadf1f053df26988871f893c821c28edf77d64a955e6c2a02d547bdac",
	"085aabaef98668701b87c9a1986bdf116726a9949802326b69895697d4e8c812",
	"26e2870f72368b3f8baef83fa26282d95d9c194e1f33d90a12932e0f6022e5d3",
	"7b66d521a8037fd37d8730a5a77b304c0994bf45fc6e225cb79073f087cf97e9",
	"5cda317f9f94e784d7811b9b9884f3082f0baafc8a93a7db6f95f57ea52e9269",
	"c1105948cfffba7d4dcf98de63a5eb1e4bd9c0ae1ff9dfcf0f34b9ad7eb758fc",
	"1f2f2e534f6bc8f6460fdf5bee838579e9d9d61e4ccbbc07f486cbf0c908c7a1",
};

START_TEST(known_roots)
{
	struct btcwire_hash h[MOST], root;
	size_t len;
	uint8_t *want = unhex(known[_i], &len);

	memset(&root, 0xee, sizeof(root));
	fill(h, (size_t)_i);
	ck_assert(!btcwire_merkle_root(&root, h, (size_t)_i));
	ck_assert_mem_eq(root.b, want, 32);
	free(want);
}
END_TEST

START_TEST(naive_roots)
{
	struct btcwire_hash h[MOST], root, want;

	fill(h, (size_t)_i);
	want = naive_root(h, (size_t)_i);
	ck_assert(!btcwire_merkle_root(&root, h, (size_t)_i));
	ck_assert(btcwire_hash_equal(&root, &want));
}
END_TEST

/*
 * CVE-2012-2459: where a level has an odd end, the hashes under that end can
 * stand there twice, and the root is the same.
 */
START_TEST(repeated_tail)
{
	size_t n = (size_t)_i, tail;
	struct btcwire_hash h[2 * MOST], root, want;

	for (tail = 1; tail <= n; tail *= 2) {
		if (n / tail % 2 == 0 || n % tail != 0)
			continue;
		if (n == tail)
			continue;	/* the whole twice: one level more */
		fill(h, n);
		want = naive_root(h, n);
		memcpy(h + n, h + n - tail, tail * sizeof(*h));
		ck_assert_msg(btcwire_merkle_root(&root, h, n + tail),
		    "%zu and the last %zu again", n, tail);
		ck_assert(btcwire_hash_equal(&root, &want));
	}
}
END_TEST

/* Two equal neighbours make it mutated; equal hashes that are none do not. */
START_TEST(neighbours)
{
	struct btcwire_hash h[8], root;
	size_t i;

	for (i = 0; i + 1 < 8; i++) {
		fill(h, 8);
		h[i + 1] = h[i];
		ck_assert(btcwire_merkle_root(&root, h, 8) == (i % 2 == 0));
	}
	fill(h, 8);
	memcpy(h + 2, h, 2 * sizeof(*h));	/* equal one level up */
	ck_assert(btcwire_merkle_root(&root, h, 8));
	fill(h, 8);
	h[7] = h[0];
	ck_assert(!btcwire_merkle_root(&root, h, 8));
	h[0] = h[1];
	ck_assert(btcwire_merkle_root(&root, h, 2));
}
END_TEST

/* Levels of a tree over n hashes, without the root's. */
static size_t
levels(size_t n)
{
	size_t len = 0;

	for (; n > 1; n = (n + 1) / 2)
		len++;
	return len;
}

/* Levels on which number index is paired with itself, as bits. */
static size_t
alone(size_t n, size_t index)
{
	size_t bit = 1, bits = 0;

	for (; n > 1; n = (n + 1) / 2, index /= 2, bit *= 2)
		if (index % 2 == 0 && index + 1 == n)
			bits |= bit;
	return bits;
}

/*
 * The branch leads from its own hash and index to the root, and from no other:
 * but for the places that only exist because a level has an odd end.
 */
static void
assert_branch(const struct btcwire_hash *all, size_t n, size_t index,
    const struct btcwire_hash *root)
{
	struct btcwire_hash h[MOST], branch[BTCWIRE_MAX_BRANCH], got;
	size_t len, i, twins = alone(n, index);

	memcpy(h, all, n * sizeof(*h));
	memset(branch, 0xee, sizeof(branch));
	len = btcwire_merkle_branch(branch, h, n, index);
	ck_assert_uint_eq(len, levels(n));
	for (i = len; i < BTCWIRE_MAX_BRANCH; i++)
		ck_assert_uint_eq(branch[i].b[0], 0xee);
	for (i = 0; i < n; i++) {
		btcwire_merkle_branch_root(&got, &all[i], branch, len, index);
		ck_assert_msg(btcwire_hash_equal(&got, root) == (i == index),
		    "%zu of %zu, hash of %zu", index, n, i);
	}
	for (i = 0; i < (size_t)1 << len; i++) {
		btcwire_merkle_branch_root(&got, &all[index], branch, len, i);
		ck_assert_msg(btcwire_hash_equal(&got, root) ==
		    (((i ^ index) & ~twins) == 0), "%zu of %zu, index %zu",
		    index, n, i);
	}
}

START_TEST(branches)
{
	struct btcwire_hash h[MOST], root;
	size_t n = (size_t)_i, index;

	fill(h, MOST);
	root = naive_root(h, n);
	for (index = 0; index < n; index++)
		assert_branch(h, n, index, &root);
}
END_TEST

/* Out of 5: the neighbour, the two after them, and 4 paired with itself up to
 * the top. */
START_TEST(known_branch)
{
	struct btcwire_hash all[5], h[5], branch[BTCWIRE_MAX_BRANCH], want;

	fill(all, 5);
	memcpy(h, all, sizeof(h));
	ck_assert_uint_eq(btcwire_merkle_branch(branch, h, 5, 1), 3);
	ck_assert(btcwire_hash_equal(&branch[0], &all[0]));
	btcwire_sha256d(&want, &all[2], 64);
	ck_assert(btcwire_hash_equal(&branch[1], &want));
	h[0] = h[1] = all[4];
	btcwire_sha256d(&h[0], h, 64);
	h[1] = h[0];
	btcwire_sha256d(&want, h, 64);
	ck_assert(btcwire_hash_equal(&branch[2], &want));

	memcpy(h, all, sizeof(h));
	ck_assert_uint_eq(btcwire_merkle_branch(branch, h, 5, 4), 3);
	ck_assert(btcwire_hash_equal(&branch[0], &all[4]));
}
END_TEST

/* The result may stand where the hash or the branch stood. */
START_TEST(branch_in_place)
{
	struct btcwire_hash h[MOST], branch[BTCWIRE_MAX_BRANCH], root, leaf;
	size_t len;

	fill(h, 11);
	root = naive_root(h, 11);
	leaf = h[6];
	len = btcwire_merkle_branch(branch, h, 11, 6);
	h[0] = leaf;
	btcwire_merkle_branch_root(&h[0], &h[0], branch, len, 6);
	ck_assert(btcwire_hash_equal(&h[0], &root));
	btcwire_merkle_branch_root(&branch[0], &leaf, branch, len, 6);
	ck_assert(btcwire_hash_equal(&branch[0], &root));
	btcwire_merkle_branch_root(&root, &leaf, NULL, 0, 0);
	ck_assert(btcwire_hash_equal(&root, &leaf));
}
END_TEST

START_TEST(real_branches)
{
	struct btcwire_hash branch[BTCWIRE_MAX_BRANCH], *ids, *h, root;
	const struct btcwire_block *b;
	struct btcwire_msg *msg = NULL;
	size_t len, i;
	uint8_t *p = read_data("blocks/block300025.raw", &len);

	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_BLOCK, p, len,
	    BTCWIRE_PVER_NEWEST, 0, NULL), 0);
	free(p);
	b = btcwire_block_of(msg);
	ids = calloc(b->tx_len, sizeof(*ids));
	h = calloc(b->tx_len, sizeof(*h));
	ck_assert(ids != NULL && h != NULL);
	for (i = 0; i < b->tx_len; i++)
		btcwire_txid(&ids[i], &b->tx[i]);
	for (i = 0; i < b->tx_len; i += TEST_SLOW ? 23 : 1) {
		memcpy(h, ids, b->tx_len * sizeof(*h));
		len = btcwire_merkle_branch(branch, h, b->tx_len, i);
		ck_assert_uint_eq(len, 9);
		btcwire_merkle_branch_root(&root, &ids[i], branch, len, i);
		ck_assert(btcwire_hash_equal(&root, &b->header.merkle_root));
	}
	free(h);
	free(ids);
	btcwire_msg_unref(msg);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_merkle");
	TCase *tc = add_tcase(s, "merkle");
	bool data = have_data();
	int rc;

	tcase_add_loop_test(tc, known_roots, 0, N_ROWS(known));
	tcase_add_loop_test(tc, naive_roots, 0, MOST + 1);
	tcase_add_loop_test(tc, repeated_tail, 2, MOST);
	tcase_add_test(tc, neighbours);
	tcase_add_loop_test(tc, branches, 1, MOST + 1);
	tcase_add_test(tc, known_branch);
	tcase_add_test(tc, branch_in_place);
	if (data)
		tcase_add_test(tc, real_branches);
	rc = run_suite(s);
	return rc == EXIT_SUCCESS && !data ? TEST_SKIP : rc;
}
