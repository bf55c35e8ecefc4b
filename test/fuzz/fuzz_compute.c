/*
 * What is computed from hashes and headers: merkle trees, proof of work,
 * locators.  An input is what to do, and what to do it with.
 */
#include "config.h"

#include "fuzz/input.h"
#include "sound.h"

const unsigned fuzz_n_seeds = 10000;

/* ---- Merkle trees ------------------------------------------------------ */

enum { MAX_HASHES = 600 };

static void
pair(struct btcwire_hash *out, const struct btcwire_hash *a,
    const struct btcwire_hash *b)
{
	uint8_t both[64];

	memcpy(both, a->b, 32);
	memcpy(both + 32, b->b, 32);
	btcwire_sha256d(out, both, sizeof(both));
}

/* The root, level by level from the definition. */
static struct btcwire_hash
plain_root(const struct btcwire_hash *hashes, size_t n)
{
	struct btcwire_hash *h = room(n, sizeof(*h)), root;
	size_t i;

	if (n > 0)
		memcpy(h, hashes, n * sizeof(*h));
	while (n > 1) {
		if (n % 2 == 1) {
			h[n] = h[n - 1];
			n++;
		}
		for (i = 0; i < n; i += 2)
			pair(&h[i / 2], &h[i], &h[i + 1]);
		n /= 2;
	}
	root = h[0];
	free(h);
	return root;
}

static void
check_branch(const struct btcwire_hash *hashes, size_t n, size_t index,
    const struct btcwire_hash *root)
{
	struct btcwire_hash branch[BTCWIRE_MAX_BRANCH], got;
	struct btcwire_hash *h = room(n, sizeof(*h));
	size_t len;

	memcpy(h, hashes, n * sizeof(*h));
	len = btcwire_merkle_branch(branch, h, n, index);
	FUZZ_ASSERT(len <= BTCWIRE_MAX_BRANCH);
	FUZZ_ASSERT((size_t)1 << len >= n && (len == 0) == (n == 1));
	btcwire_merkle_branch_root(&got, &hashes[index], branch, len, index);
	FUZZ_ASSERT(btcwire_hash_equal(&got, root));
	free(h);
}

static void
do_merkle(struct input *in)
{
	struct btcwire_hash *h, *own, want, got;
	size_t i, n = in->len / 32;
	bool mutated;

	n = n < MAX_HASHES ? n : MAX_HASHES;
	h = room(n, sizeof(*h));
	own = room(n, sizeof(*own));
	take_into(in, h, n * sizeof(*h));
	memcpy(own, h, n * sizeof(*h));
	want = plain_root(h, n);
	mutated = btcwire_merkle_root(&got, own, n);
	FUZZ_ASSERT(btcwire_hash_equal(&got, &want));
	FUZZ_ASSERT(n > 1 || !mutated);
	for (i = 0; i + 1 < n; i += 2)
		FUZZ_ASSERT(mutated || !btcwire_hash_equal(&h[i], &h[i + 1]));
	for (i = 0; i < n; i += 1 + n / 7)
		check_branch(h, n, i, &want);

	/* An odd end that is repeated has the same root, and shows. */
	if (n % 2 == 1 && n > 1) {
		memcpy(own, h, n * sizeof(*h));
		own[n] = h[n - 1];
		FUZZ_ASSERT(btcwire_merkle_root(&got, own, n + 1));
		FUZZ_ASSERT(btcwire_hash_equal(&got, &want));
	}
	free(own);
	free(h);
}

static void
do_merkleblock(struct input *in)
{
	struct btcwire_bytes payload = take(in, in->len);
	struct btcwire_msg *msg = take_msg(BTCWIRE_MERKLEBLOCK, &payload);
	const struct btcwire_merkleblock *m;
	struct btcpeer_error err = { 0 };
	struct btcwire_match *got;
	size_t i, n = 0, again;
	int rc;

	if (msg == NULL)
		return;
	m = btcwire_merkleblock_of(msg);
	got = room(m->hash_len, sizeof(*got));
	rc = btcwire_merkleblock_check(got, &n, m->hash_len, m, &err);
	FUZZ_ASSERT(rc == 0 || rc == BTCPEER_E_PROOF);
	check_error(&err, rc);
	FUZZ_ASSERT(n <= m->hash_len);
	for (i = 0; i < n; i++)
		FUZZ_ASSERT(got[i].index < m->total &&
		    (i == 0 || got[i - 1].index < got[i].index));
	if (n > 0)
		FUZZ_ASSERT(btcwire_merkleblock_check(got, &again, n - 1, m,
		    NULL) == BTCPEER_E_BUFFER);
	free(got);
	btcwire_msg_unref(msg);
}

/* ---- Proof of work ----------------------------------------------------- */

/* Little-endian numbers of 16 words of 32 bits, of which 2^256 is one. */
struct wide {
	uint32_t w[17];
};

/* w * (target + 1) */
static struct wide
product(const struct btcwire_work *work, const uint8_t target[32], bool more)
{
	struct wide r = { { 0 } };
	uint32_t a[9] = { 0 }, b[9] = { 0 };
	uint64_t carry;
	size_t i, j;

	for (i = 0; i < 8; i++) {
		a[i] = (uint32_t)(work->w[i / 2] >> 32 * (i % 2));
		b[i] = xf_le32(target + 4 * i);
	}
	for (i = 0, carry = more; carry > 0 && i < 9; i++) {
		carry += a[i];
		a[i] = (uint32_t)carry;
		carry >>= 32;
	}
	for (i = 0, carry = 1; carry > 0 && i < 9; i++) {
		carry += b[i];
		b[i] = (uint32_t)carry;
		carry >>= 32;
	}
	for (i = 0; i < 8 + (size_t)more; i++) {
		for (j = 0, carry = 0; j < 8; j++) {
			carry += (uint64_t)a[i] * b[j] + r.w[i + j];
			r.w[i + j] = (uint32_t)carry;
			carry >>= 32;
		}
		r.w[i + 8] += (uint32_t)carry;
	}
	return r;
}

/* Less than, equal to or greater than 0, as it is to 2^256. */
static int
against_2_256(const struct wide *n)
{
	size_t i;

	for (i = 17; i-- > 9;)
		if (n->w[i] != 0)
			return 1;
	if (n->w[8] != 1)
		return n->w[8] == 0 ? -1 : 1;
	for (i = 0; i < 8; i++)
		if (n->w[i] != 0)
			return 1;
	return 0;
}

/* work <= 2^256 / (target + 1) < work + 1 */
static void
check_work(const struct btcwire_work *work, const uint8_t target[32])
{
	struct wide least = product(work, target, false);
	struct wide above = product(work, target, true);

	FUZZ_ASSERT(against_2_256(&least) <= 0);
	FUZZ_ASSERT(against_2_256(&above) > 0);
}

static void
check_sums(const struct btcwire_work *a, const struct btcwire_work *b)
{
	static const struct btcwire_work most = { { UINT64_MAX, UINT64_MAX,
	    UINT64_MAX, UINT64_MAX } };
	struct btcwire_work ab = *a, ba = *b, full = most;

	FUZZ_ASSERT(btcwire_work_cmp(a, a) == 0);
	FUZZ_ASSERT((btcwire_work_cmp(a, b) < 0) ==
	    (btcwire_work_cmp(b, a) > 0));
	btcwire_work_add(&ab, b);
	btcwire_work_add(&ba, a);
	FUZZ_ASSERT(btcwire_work_cmp(&ab, &ba) == 0);
	FUZZ_ASSERT(btcwire_work_cmp(&ab, a) >= 0);
	FUZZ_ASSERT(btcwire_work_cmp(&ab, b) >= 0);
	btcwire_work_add(&full, a);
	FUZZ_ASSERT(btcwire_work_cmp(&full, &most) == 0);
}

static void
do_work(struct input *in)
{
	struct btcwire_work work = { { 0 } }, other;
	uint8_t target[32] = { 0 }, again[32];
	uint32_t bits = take_u32(in);
	int rc = btcwire_target_from_bits(target, bits);

	FUZZ_ASSERT(rc == 0 || rc == BTCPEER_E_BADVALUE);
	FUZZ_ASSERT(btcwire_work_from_bits(&work, bits) == rc);
	take_into(in, &other, sizeof(other));
	if (rc == 0) {
		check_work(&work, target);
		FUZZ_ASSERT(btcwire_target_from_bits(again,
		    btcwire_bits_from_target(target)) == 0);
		FUZZ_ASSERT(memcmp(target, again, sizeof(target)) == 0);
	}
	check_sums(&work, &other);
}

/* Any number: the compact form has its first bits, and no others. */
static void
do_bits(struct input *in)
{
	uint8_t target[32], cut[32];
	uint32_t bits;
	size_t i, top = 32;

	take_into(in, target, sizeof(target));
	bits = btcwire_bits_from_target(target);
	while (top > 0 && target[top - 1] == 0)
		top--;
	if (btcwire_target_from_bits(cut, bits) != 0) {
		FUZZ_ASSERT(top == 0 && bits == 0);
		return;
	}
	for (i = 32; i-- > 0;) {
		if (i + 2 >= top)
			FUZZ_ASSERT(cut[i] == target[i]);
		else if (i + 3 == top)
			FUZZ_ASSERT(cut[i] == target[i] || cut[i] == 0);
		else
			FUZZ_ASSERT(cut[i] == 0);
	}
	FUZZ_ASSERT(btcwire_bits_from_target(cut) == bits);
}

static void
do_header(struct input *in)
{
	struct btcpeer_error err = { 0 };
	struct btcwire_header header = { .version = 1 };
	uint8_t target[32];
	struct btcwire_hash hash;
	size_t i;
	int rc;

	header.bits = take_u32(in);
	header.nonce = take_u32(in);
	take_into(in, header.merkle_root.b, 32);
	rc = btcwire_header_check(&header, btcwire_chain(BTCWIRE_REGTEST),
	    &err);
	FUZZ_ASSERT(rc == 0 || rc == BTCPEER_E_PROOF);
	check_error(&err, rc);
	if (rc != 0)
		return;
	FUZZ_ASSERT(btcwire_target_from_bits(target, header.bits) == 0);
	btcwire_header_hash(&hash, &header);
	for (i = 31; i > 0 && hash.b[i] == target[i]; i--)
		;
	FUZZ_ASSERT(hash.b[i] <= target[i]);
	FUZZ_ASSERT(target[31] <= 0x7f);
}

/* ---- Locators ---------------------------------------------------------- */

/* A chain of which only the blocks from low on are there. */
struct chain {
	int32_t low;
	int32_t last;		/* asked for last; -1: nothing yet */
	size_t asked;
	bool ended;
};

static bool
hash_at(void *arg, struct btcwire_hash *out, int32_t height)
{
	struct chain *c = arg;

	FUZZ_ASSERT(!c->ended);
	FUZZ_ASSERT(height >= 0 && (c->asked == 0 || height < c->last));
	c->last = height;
	c->asked++;
	c->ended = height < c->low;
	if (c->ended)
		return false;
	memset(out, 0, sizeof(*out));
	xf_set_le32(out->b, (uint32_t)height);
	return true;
}

static void
do_locator(struct input *in)
{
	struct btcwire_hash out[BTCWIRE_MAX_LOCATOR_SEND];
	int32_t height = (int32_t)take_u32(in);
	struct chain c = { .low = (int32_t)take_u32(in) };
	size_t i, n = btcwire_locator_build(out, height, hash_at, &c);
	uint32_t at, before = (uint32_t)height, step = 1;

	FUZZ_ASSERT(n <= BTCWIRE_MAX_LOCATOR_SEND);
	FUZZ_ASSERT(n == c.asked - (c.ended ? 1 : 0));
	FUZZ_ASSERT((height < 0) == (c.asked == 0));
	for (i = 0; i < n; i++, before = at) {
		at = xf_le32(out[i].b);
		if (i >= 10)
			step *= 2;
		if (i == 0)
			FUZZ_ASSERT(at == (uint32_t)height);
		else if (at > 0)
			FUZZ_ASSERT(before - at == step);
		else
			FUZZ_ASSERT(before <= step && i + 1 == n);
	}
	if (n > 0 && !c.ended)
		FUZZ_ASSERT(before == 0);
}

/* ---- The target -------------------------------------------------------- */

static void (*const todo[])(struct input *in) = { do_merkle, do_merkleblock,
    do_work, do_bits, do_header, do_locator };
enum { MERKLE, MERKLEBLOCK, WORK, BITS, HEADER, LOCATOR, N_TODO };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in;

	if (size < 1)
		return 0;
	in = (struct input){ data + 1, size - 1 };
	todo[data[0] % N_TODO](&in);
	return 0;
}

/* ---- Seeds ------------------------------------------------------------- */

/* Hashes, now and then with a repeated end or neighbour. */
static size_t
put_hashes(struct gen *g, uint8_t *buf)
{
	size_t n = (size_t)gen_below(g, gen_below(g, 8) == 0 ? 300 : 12);
	size_t from, to;

	gen_fill(g, buf, 32 * n);
	if (n > 1 && gen_below(g, 3) == 0) {
		from = (size_t)gen_below(g, n);
		to = (size_t)gen_below(g, n);
		memmove(buf + 32 * to, buf + 32 * from, 32);
	}
	return 32 * n;
}

static size_t
put_merkleblock(struct gen *g, uint8_t *buf, size_t size)
{
	size_t i, len = 0, n = 1 + (size_t)gen_below(g, 40);
	uint64_t share = 1 + gen_below(g, 10);
	struct btcwire_msg *msg = NULL;
	const struct btcwire_block *block;
	bool match[40];

	gen_reset(g);
	block = sound_block(g, n);
	for (i = 0; i < n; i++)
		match[i] = gen_below(g, share) == 0;
	FUZZ_ASSERT(btcwire_merkleblock_new(&msg, block, match, NULL) == 0);
	FUZZ_ASSERT(btcwire_body_encode(buf, &len, size, BTCWIRE_MERKLEBLOCK,
	    btcwire_msg_body(msg), BTCWIRE_PVER_NEWEST, 0, NULL) == 0);
	btcwire_msg_unref(msg);
	return len;
}

/* Sizes that make sense, and words of all lengths. */
static void
put_bits(struct gen *g, uint8_t *buf)
{
	uint32_t word = (uint32_t)gen_u64(g) >> 8 >> gen_below(g, 24);

	xf_set_le32(buf, (uint32_t)gen_below(g, 36) << 24 | word);
}

size_t
fuzz_seed(struct gen *g, uint8_t *buf, size_t size)
{
	unsigned what = (unsigned)gen_below(g, N_TODO);

	*buf++ = (uint8_t)what;
	gen_fill(g, buf, 64);
	switch (what) {
	case MERKLE:
		return 1 + put_hashes(g, buf);
	case MERKLEBLOCK:
		return 1 + put_merkleblock(g, buf, size - 1);
	case WORK:
		put_bits(g, buf);
		return 1 + 36;
	case BITS:
		memset(buf, 0, (size_t)gen_below(g, 33));
		memset(buf + 32 - gen_below(g, 33), 0, 32);
		return 1 + 32;
	case HEADER:
		xf_set_le32(buf, 0x207fffff);
		return 1 + 40;
	default:
		xf_set_le32(buf, (uint32_t)gen_u64(g) >> gen_below(g, 32));
		xf_set_le32(buf + 4, 0);
		return 1 + 8;
	}
}
