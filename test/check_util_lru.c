/*
 * The set of recent keys, against a model too simple to be wrong.
 */
#include "config.h"

#include <btcpeer/error.h>

#include "allocs.h"
#include "gen.h"
#include "runner.h"
#include "util/lru.h"
#include "util/rand.h"

enum { STEPS = TEST_SLOW ? 10000 : 60000, MODEL_MAX = 64 };

/* Keys that differ in the first byte, in the last or in one between. */
static void
make_key(uint8_t key[BTCU_LRU_KEY], unsigned n)
{
	static const uint8_t at[] = { 0, 1, BTCU_LRU_KEY - 1 };

	memset(key, 0x5a, BTCU_LRU_KEY);
	key[at[n % 3]] = (uint8_t)(n / 3);
	key[8] = (uint8_t)(n % 3);
}

static bool
has(const struct btcu_lru *l, unsigned n)
{
	uint8_t key[BTCU_LRU_KEY];

	make_key(key, n);
	return btcu_lru_has(l, key);
}

static int
add(struct btcu_lru *l, unsigned n)
{
	uint8_t key[BTCU_LRU_KEY];

	make_key(key, n);
	return btcu_lru_add(l, key);
}

static void
del(struct btcu_lru *l, unsigned n)
{
	uint8_t key[BTCU_LRU_KEY];

	make_key(key, n);
	btcu_lru_remove(l, key);
}

/* Numbers, the oldest first. */
struct model {
	unsigned v[MODEL_MAX];
	size_t len, max;
};

static bool
model_del(struct model *m, unsigned n)
{
	size_t i;

	for (i = 0; i < m->len && m->v[i] != n; i++)
		;
	if (i == m->len)
		return false;
	memmove(&m->v[i], &m->v[i + 1], (m->len - i - 1) * sizeof(m->v[0]));
	m->len--;
	return true;
}

static void
model_add(struct model *m, unsigned n)
{
	if (!model_del(m, n) && m->len == m->max)
		model_del(m, m->v[0]);
	m->v[m->len++] = n;
}

static bool
model_has(const struct model *m, unsigned n)
{
	size_t i;

	for (i = 0; i < m->len && m->v[i] != n; i++)
		;
	return i < m->len;
}

/* The list of ages, both ways, is that of the model. */
static void
same_order(const struct btcu_lru *l, const struct model *m)
{
	uint8_t key[BTCU_LRU_KEY];
	uint32_t at;
	size_t i;

	ck_assert_uint_eq(l->len, m->len);
	for (i = 0, at = l->oldest; i < m->len; i++) {
		ck_assert_uint_lt(at, l->len);
		make_key(key, m->v[i]);
		ck_assert_mem_eq(l->entry[at].key, key, sizeof(key));
		ck_assert(i + 1 < m->len || at == l->newest);
		at = l->entry[at].newer;
	}
	ck_assert_uint_eq(at, UINT32_MAX);
	for (at = l->newest; i > 0; i--) {
		make_key(key, m->v[i - 1]);
		ck_assert_mem_eq(l->entry[at].key, key, sizeof(key));
		at = l->entry[at].older;
	}
	ck_assert_uint_eq(at, UINT32_MAX);
}

static const uint32_t maxima[] = { 1, 2, 3, 15, 16, 17, 40, MODEL_MAX };

START_TEST(random_operations)
{
	struct model m = { .max = maxima[_i] };
	unsigned n, range = maxima[_i] * 2 + 2, what;
	struct btcu_lru l;
	struct gen g;
	int i;

	gen_init(&g, 77 + (uint64_t)_i);
	btcu_lru_init(&l, maxima[_i]);
	for (i = 0; i < STEPS; i++) {
		n = (unsigned)gen_below(&g, range);
		what = (unsigned)gen_below(&g, 10);
		if (what < 5) {
			ck_assert(add(&l, n) == 0);
			model_add(&m, n);
		} else if (what < 7) {
			del(&l, n);
			model_del(&m, n);
		} else if (has(&l, n) != model_has(&m, n)) {
			ck_abort_msg("step %d, key %u", i, n);
		}
		if (i % 64 == 0)
			same_order(&l, &m);
	}
	same_order(&l, &m);
	for (n = 0; n < range; n++)
		ck_assert(has(&l, n) == model_has(&m, n));
	btcu_lru_clear(&l);
	gen_clear(&g);
}
END_TEST

START_TEST(oldest_goes_first)
{
	struct btcu_lru l;
	unsigned n;

	btcu_lru_init(&l, 20);
	for (n = 0; n < 20; n++)
		ck_assert_int_eq(add(&l, n), 0);
	ck_assert(has(&l, 0));		/* looking makes nothing newer */
	ck_assert_int_eq(add(&l, 1), 0);	/* adding again does */
	ck_assert_int_eq(add(&l, 20), 0);
	ck_assert(!has(&l, 0));
	ck_assert_int_eq(add(&l, 21), 0);
	ck_assert(has(&l, 1));
	ck_assert(!has(&l, 2));
	for (n = 3; n < 22; n++)
		ck_assert(has(&l, n));
	btcu_lru_clear(&l);
}
END_TEST

START_TEST(empty)
{
	struct btcu_lru l;

	btcu_lru_init(&l, 5);
	ck_assert_ptr_null(l.entry);
	ck_assert(!has(&l, 1));
	del(&l, 1);
	ck_assert_uint_eq(l.len, 0);
	btcu_lru_clear(&l);
	btcu_lru_clear(&l);
	ck_assert_int_eq(add(&l, 1), 0);	/* cleared sets can be used again */
	ck_assert(has(&l, 1));
	del(&l, 1);
	ck_assert(!has(&l, 1));
	ck_assert_uint_eq(l.len, 0);
	btcu_lru_clear(&l);
}
END_TEST

/* Every byte of the key counts. */
START_TEST(whole_key)
{
	uint8_t key[BTCU_LRU_KEY] = { 0 };
	struct btcu_lru l;

	btcu_lru_init(&l, 5);
	ck_assert_int_eq(btcu_lru_add(&l, key), 0);
	key[_i] ^= 1;
	ck_assert(!btcu_lru_has(&l, key));
	ck_assert_int_eq(btcu_lru_add(&l, key), 0);
	ck_assert_uint_eq(l.len, 2);
	key[_i] ^= 1;
	ck_assert(btcu_lru_has(&l, key));
	btcu_lru_clear(&l);
}
END_TEST

/* Nothing is taken before the first key; then with the number of keys, and
 * nothing more once the set is full. */
START_TEST(memory)
{
	struct allocs none, few, full;
	struct btcu_lru l;
	unsigned n;
	int rc = 0;

	allocs_start();
	btcu_lru_init(&l, 512);
	none = allocs_stop();
	allocs_start();
	for (n = 0; n < 10; n++)
		rc |= add(&l, n);
	few = allocs_stop();
	for (; n < 512; n++)
		rc |= add(&l, n);
	allocs_start();
	for (; n < 700; n++)
		rc |= add(&l, n);
	full = allocs_stop();
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(none.count, 0);
	ck_assert_uint_gt(few.count, 0);
	ck_assert_uint_le(few.bytes, 1024);
	ck_assert_uint_eq(full.count, 0);
	ck_assert_uint_eq(l.len, 512);
	btcu_lru_clear(&l);
}
END_TEST

/* Out of memory in the middle of growing: the set is as it was. */
START_TEST(no_memory)
{
	struct btcu_lru l;
	unsigned n, i;
	long nth;
	int rc;

	btcu_lru_init(&l, 512);
	for (n = 0; n < 200; n++) {
		for (nth = 0;; nth++) {
			allocs_start_failing(nth);
			rc = add(&l, n);
			allocs_stop();
			if (rc == 0)
				break;
			ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
			ck_assert_uint_eq(l.len, n);
			ck_assert(!has(&l, n));
			for (i = 0; i < n; i++)
				ck_assert(has(&l, i));
		}
		/* It grows at 0, 16, 32, 64 and 128, with two calls each. */
		ck_assert_int_eq(nth, n == 0 || (n >= 16 && (n & (n - 1)) == 0) ?
		    2 : 0);
	}
	btcu_lru_clear(&l);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("util_lru");
	TCase *tc = add_tcase(s, "lru");

	if (btcu_rand_init() != 0)
		return EXIT_FAILURE;
	tcase_add_test(tc, empty);
	tcase_add_test(tc, oldest_goes_first);
	tcase_add_loop_test(tc, whole_key, 0, BTCU_LRU_KEY);
	tcase_add_test(tc, memory);
	tcase_add_test(tc, no_memory);
	tcase_add_loop_test(tc, random_operations, 0, N_ROWS(maxima));
	return run_suite(s);
}
