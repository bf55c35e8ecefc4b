/*
 * Pushing requests: what is sent once only, and that a list is queued whole or
 * not at all.
 */
#include "config.h"

#include <pthread.h>
#include <sched.h>

#include "pushes.h"

/* ---- Locators ---------------------------------------------------------- */

typedef int push_fn(struct btcpeer *, const struct btcwire_hash *, size_t,
    const struct btcwire_hash *);

static int
push_locator(enum btcwire_type type, const struct btcwire_hash *h, size_t len,
    const struct btcwire_hash *stop)
{
	push_fn *fn = type == BTCWIRE_GETBLOCKS ? btcpeer_push_getblocks :
	    btcpeer_push_getheaders;

	return fn(p, h, len, stop);
}

static const struct btcwire_locator *
locator_of(const struct btcwire_msg *msg)
{
	return btcwire_msg_body(msg);
}

static const size_t lengths[] = { 0, 1, 2, 100, 101, 102, 500, 501, 3000 };

START_TEST(locator_is_cut)
{
	enum btcwire_type type = _i % 2 == 0 ? BTCWIRE_GETBLOCKS :
	    BTCWIRE_GETHEADERS;
	size_t len = lengths[_i / 2], i, n = len > 101 ? 101 : len;
	struct btcwire_hash *h = calloc(len + 1, sizeof(*h)), want;
	const struct btcwire_locator *l;
	struct btcwire_msg *msg;

	for (i = 0; i < len; i++)
		h[i] = hash_of((uint32_t)i + 1);
	start(70016, false);
	want = hash_of(77);
	ck_assert_int_eq(push_locator(type, h, len, &want), 0);
	msg = next(type);
	l = locator_of(msg);
	ck_assert_uint_eq(l->version, BTCWIRE_PVER_NEWEST);
	ck_assert(btcwire_hash_equal(&l->stop, &want));
	ck_assert_uint_eq(l->hash_len, n);
	for (i = 0; i < n; i++) {
		want = hash_of((uint32_t)(i < 100 ? i + 1 : len));
		ck_assert(btcwire_hash_equal(&l->hash[i], &want));
	}
	btcwire_msg_unref(msg);
	ck_assert_int_eq(push_locator(type, h, len, NULL), 0);
	msg = next(type);
	ck_assert(btcwire_hash_is_null(&locator_of(msg)->stop));
	btcwire_msg_unref(msg);
	nothing_more();
	free(h);
	finish();
}
END_TEST

enum { B = BTCWIRE_GETBLOCKS, H = BTCWIRE_GETHEADERS, ANSWER = -1 };

/* clang-format off */
static const struct {
	int what;		/* B, H, or an answer */
	enum btcwire_type type;	/* of that */
	uint32_t first, stop;	/* 0: zeroes; of an inv the type of its item */
	size_t len;
	bool sent;
} steps[] = {
	{ H, 0, 1, 0, 3, true },
	{ H, 0, 1, 0, 3, false },
	{ H, 0, 1, 0, 1, false },	/* the rest of it does not matter */
	{ B, 0, 1, 0, 3, true },	/* the two know nothing of each other */
	{ B, 0, 1, 0, 3, false },
	{ H, 0, 1, 5, 3, true },
	{ H, 0, 1, 5, 3, false },
	{ H, 0, 1, 6, 3, true },
	{ H, 0, 2, 6, 3, true },
	{ H, 0, 1, 6, 3, true },	/* only the last one counts */
	{ H, 0, 0, 6, 0, true },
	{ H, 0, 0, 6, 0, false },
	{ H, 0, 0, 6, 1, true },	/* zeroes are not the same as none */
	{ H, 0, 0, 6, 1, false },
	{ B, 0, 1, 0, 3, false },
	{ ANSWER, BTCWIRE_HEADERS, 0, 0, 0, false },
	{ B, 0, 1, 0, 3, false },
	{ H, 0, 0, 6, 1, true },
	{ H, 0, 0, 6, 1, false },
	{ ANSWER, BTCWIRE_INV, BTCWIRE_INV_TX, 0, 0, false },
	{ B, 0, 1, 0, 3, false },
	{ ANSWER, BTCWIRE_INV, BTCWIRE_INV_BLOCK, 0, 0, false },
	{ H, 0, 0, 6, 1, false },
	{ B, 0, 1, 0, 3, true },
	{ B, 0, 1, 0, 3, false },
	{ B, 0, 1, 9, 3, true },
	{ B, 0, 0, 0, 0, true },
	{ B, 0, 0, 0, 0, false },
	{ ANSWER, BTCWIRE_PONG, 0, 0, 0, false },
	{ B, 0, 0, 0, 0, false },
};
/* clang-format on */

static void
answer(enum btcwire_type type, uint32_t item)
{
	struct btcwire_invvect vec = { .type = item };
	struct btcwire_inv inv = { &vec, 1 };
	struct btcwire_headers headers = { NULL, 0 };
	struct btcwire_ping pong = { 1 };
	unsigned n = probe_get(&pr, &pr.seen[type]);

	remote_msg(&r, type, type == BTCWIRE_INV ? (const void *)&inv :
	    type == BTCWIRE_HEADERS ? (const void *)&headers : &pong);
	ck_assert(probe_wait(&pr, &pr.seen[type], n + 1));
}

START_TEST(asked_once)
{
	struct btcwire_hash h[3], stop;
	struct btcwire_msg *msg;
	int i;

	start(70016, false);
	for (i = 0; i < N_ROWS(steps); i++) {
		if (steps[i].what == ANSWER) {
			answer(steps[i].type, steps[i].first);
			continue;
		}
		h[0] = hash_of(steps[i].first);
		h[1] = hash_of(1000 + (uint32_t)i);
		h[2] = hash_of(2000);
		stop = hash_of(steps[i].stop);
		ck_assert_int_eq(push_locator((enum btcwire_type)steps[i].what,
		    h, steps[i].len, steps[i].stop == 0 ? NULL : &stop), 0);
		if (!steps[i].sent)
			continue;
		msg = next((enum btcwire_type)steps[i].what);
		ck_assert_msg(locator_of(msg)->hash_len == steps[i].len &&
		    btcwire_hash_equal(&locator_of(msg)->stop, &stop) &&
		    (steps[i].len < 2 || btcwire_hash_equal(&h[1],
		    &locator_of(msg)->hash[1])), "step %d", i);
		btcwire_msg_unref(msg);
	}
	nothing_more();
	btcpeer_disconnect(p);
	ck_assert_int_eq(btcpeer_push_getblocks(p, NULL, 0, NULL),
	    BTCPEER_E_CLOSED);
	finish();
}
END_TEST

/* What could not be queued has not been asked. */
START_TEST(asked_in_vain)
{
	struct btcwire_hash h = hash_of(1);

	config.queue_max_msgs = 1;
	start(0, false);
	ck_assert_int_eq(btcpeer_queue_message_take(p,
	    new_msg(BTCWIRE_GETADDR, NULL), NULL), 0);
	ck_assert_int_eq(btcpeer_push_getheaders(p, &h, 1, NULL),
	    BTCPEER_E_FULL);
	ck_assert_int_eq(btcpeer_push_getblocks(p, &h, 1, NULL),
	    BTCPEER_E_FULL);
	remote_handshake(&r, 70016);
	ck_assert(probe_wait(&pr, &pr.low, 1));
	btcwire_msg_unref(next(BTCWIRE_GETADDR));
	ck_assert_int_eq(btcpeer_push_getheaders(p, &h, 1, NULL), 0);
	btcwire_msg_unref(next(BTCWIRE_GETHEADERS));
	finish();
}
END_TEST

/* Nor has what the remote is too old for. */
START_TEST(asked_too_old_a_remote)
{
	struct btcwire_hash h = hash_of(1);
	unsigned i;

	start(31799, false);
	for (i = 1; i <= 2; i++) {
		ck_assert_int_eq(btcpeer_push_getheaders(p, &h, 1, NULL), 0);
		ck_assert(probe_wait(&pr, &pr.write_bad, i));
	}
	finish();
}
END_TEST

START_TEST(asked_without_memory)
{
	struct btcwire_hash h = hash_of(1);

	ck_assert_int_eq(btcpeer_new_outbound(&p, &config, "x:1", NULL), 0);
	ck_assert_int_ge(EACH_OOM(btcpeer_push_getheaders(p, &h, 1, NULL)), 2);
	ck_assert_uint_eq(queued(), 1);
	btcpeer_unref(p);
	probe_clear(&pr);
}
END_TEST

/* ---- getdata ----------------------------------------------------------- */

static struct btcwire_invvect *
things(size_t n)
{
	struct btcwire_invvect *v = calloc(n + 1, sizeof(*v));
	size_t i;

	ck_assert_ptr_nonnull(v);
	for (i = 0; i < n; i++) {
		v[i].type = i % 3 == 0 ? BTCWIRE_INV_WITNESS_BLOCK :
		    BTCWIRE_INV_TX;
		v[i].hash = hash_of((uint32_t)i);
	}
	return v;
}

static const size_t counts[] = { 0, 1, 999, 1000, 1001, 2500, 50001 };

START_TEST(getdata_in_parts)
{
	size_t n = counts[_i], seen = 0, i, want;
	struct btcwire_invvect *v = things(n);
	const struct btcwire_inv *inv;
	struct btcwire_msg *msg;

	start(70016, false);
	ck_assert_int_eq(btcpeer_push_getdata(p, v, n), 0);
	while (seen < n) {
		msg = next(BTCWIRE_GETDATA);
		inv = btcwire_getdata_of(msg);
		want = n - seen < 1000 ? n - seen : 1000;
		ck_assert_uint_eq(inv->vec_len, want);
		for (i = 0; i < want; i++, seen++) {
			ck_assert_uint_eq(inv->vec[i].type, v[seen].type);
			ck_assert(btcwire_hash_equal(&inv->vec[i].hash,
			    &v[seen].hash));
		}
		btcwire_msg_unref(msg);
	}
	nothing_more();
	free(v);
	finish();
}
END_TEST

/* 1,000 things take 24 + 3 + 36,000 bytes. */
/* clang-format off */
static const struct {
	const char *name;
	size_t max_msgs, max_bytes, before, len;
	int rc;
} wholes[] = {
	{ "one message too many",        5, 1 << 20, 3, 2001, BTCPEER_E_FULL },
	{ "as many messages as fit",     5, 1 << 20, 3, 2000, 0 },
	{ "no room for any",             3, 1 << 20, 3, 1,    BTCPEER_E_FULL },
	{ "nothing fits always",         3, 1 << 20, 3, 0,    0 },
	{ "bytes, exactly", 99, 24 + 2 * 36027, 1, 2000, 0 },
	{ "bytes, one too many", 99, 23 + 2 * 36027, 1, 2000, BTCPEER_E_FULL },
	{ "an empty queue takes all",    2, 1 << 20, 0, 9000, 0 },
	{ "and bytes likewise",         99, 100,     0, 9000, 0 },
};
/* clang-format on */

START_TEST(getdata_whole)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	struct btcwire_invvect *v = things(wholes[_i].len);
	size_t i, n = (wholes[_i].len + 999) / 1000;

	config.queue_max_msgs = wholes[_i].max_msgs;
	config.queue_max_bytes = wholes[_i].max_bytes;
	start(0, false);
	for (i = 0; i < wholes[_i].before; i++)
		ck_assert_int_eq(btcpeer_queue_message_take(p,
		    new_msg(BTCWIRE_GETADDR, NULL), NULL), 0);
	ck_assert_int_eq(btcpeer_push_getdata(p, v, wholes[_i].len),
	    wholes[_i].rc);
	if (wholes[_i].rc != 0)
		n = 0;
	ck_assert_int_eq(btcpeer_stats(p, &s), 0);
	ck_assert_uint_eq(s.queue_msgs, wholes[_i].before + n);
	if (n == 0)
		ck_assert_uint_eq(s.queue_bytes, 24 * wholes[_i].before);
	remote_handshake(&r, 70016);
	for (i = 0; i < wholes[_i].before; i++)
		btcwire_msg_unref(next(BTCWIRE_GETADDR));
	for (i = 0; i < n; i++)
		btcwire_msg_unref(next(BTCWIRE_GETDATA));
	btcpeer_disconnect(p);
	ck_assert_int_eq(btcpeer_push_getdata(p, v, wholes[_i].len),
	    BTCPEER_E_CLOSED);
	free(v);
	finish();
}
END_TEST

enum { PUSHERS = 3, PUSHES = TEST_SLOW ? 40 : 200 };

static void *
pusher(void *arg)
{
	struct btcwire_invvect *v = things(2002);
	int i, rc = 0;

	for (i = 0; i < 2002; i++)
		v[i].hash = hash_of((uint32_t)(uintptr_t)arg);
	for (i = 0; i < PUSHES && rc == 0; i++)
		while ((rc = btcpeer_push_getdata(p, v, 2002)) ==
		    BTCPEER_E_FULL)
			sched_yield();
	free(v);
	return (void *)(intptr_t)rc;
}

/* The messages of one list come one after the other, whoever else pushes. */
START_TEST(getdata_together)
{
	struct btcwire_hash who = { { 0 } };
	pthread_t t[PUSHERS];
	struct btcwire_msg *msg;
	uintptr_t i;
	void *rc;

	config.queue_max_msgs = 10;
	config.stall_timeout_ms = -1;
	start(70016, false);
	for (i = 0; i < PUSHERS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, pusher,
		    (void *)(i + 1)), 0);
	for (i = 0; i < PUSHERS * PUSHES * 3; i++) {
		msg = next(BTCWIRE_GETDATA);
		ck_assert_uint_eq(btcwire_getdata_of(msg)->vec_len,
		    i % 3 == 2 ? 2 : 1000);
		if (i % 3 == 0)
			who = btcwire_getdata_of(msg)->vec[0].hash;
		ck_assert(btcwire_hash_equal(&who,
		    &btcwire_getdata_of(msg)->vec[0].hash));
		btcwire_msg_unref(msg);
	}
	for (i = 0; i < PUSHERS; i++) {
		pthread_join(t[i], &rc);
		ck_assert_ptr_null(rc);
	}
	finish();
}
END_TEST

START_TEST(getdata_without_memory)
{
	struct btcwire_invvect *v = things(20000);

	ck_assert_int_eq(btcpeer_new_outbound(&p, &config, "x:1", NULL), 0);
	ck_assert_int_ge(EACH_OOM(btcpeer_push_getdata(p, v, 20000)), 22);
	ck_assert_uint_eq(queued(), 20);
	btcpeer_unref(p);
	free(v);
	probe_clear(&pr);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_push");
	TCase *tc = add_tcase(s, "push");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, locator_is_cut, 0, 2 * N_ROWS(lengths));
	tcase_add_test(tc, asked_once);
	tcase_add_test(tc, asked_in_vain);
	tcase_add_test(tc, asked_too_old_a_remote);
	tcase_add_test(tc, asked_without_memory);
	tcase_add_loop_test(tc, getdata_in_parts, 0, N_ROWS(counts));
	tcase_add_loop_test(tc, getdata_whole, 0, N_ROWS(wholes));
	tcase_add_test(tc, getdata_together);
	tcase_add_test(tc, getdata_without_memory);
	return run_suite(s);
}
