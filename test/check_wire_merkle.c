/*
 * Merkle roots against a plain one, and lists that fake a root.
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

int
main(void)
{
	Suite *s = suite_create("wire_merkle");
	TCase *tc = add_tcase(s, "merkle");

	tcase_add_loop_test(tc, known_roots, 0, N_ROWS(known));
	tcase_add_loop_test(tc, naive_roots, 0, MOST + 1);
	tcase_add_loop_test(tc, repeated_tail, 2, MOST);
	tcase_add_test(tc, neighbours);
	return run_suite(s);
}
