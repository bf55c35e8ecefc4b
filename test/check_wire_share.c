/*
 * One message in many threads: whoever comes first encodes it, all get that.
 */
#include "config.h"

#include <pthread.h>

#include "gen.h"
#include "runner.h"
#include "wire/msg.h"

enum { THREADS = 4, MSGS = TEST_SLOW ? 100 : 1000, FORMS = 6 };

static struct btcwire_msg *msgs[MSGS];
static pthread_barrier_t start;

static const struct { uint32_t pver, flags; } forms[FORMS] = {
	{ BTCWIRE_PVER_NEWEST, 0 }, { BTCWIRE_PVER_NEWEST, BTCWIRE_NO_WITNESS },
	{ 60000, 0 }, { 60000, BTCWIRE_NO_WITNESS }, { 31401, 0 }, { 70000, 0 },
};

struct worker {
	pthread_t thread;
	unsigned n;
	int failed;
	struct {
		const uint8_t *data;
		size_t len;
		uint8_t sum[4];
	} got[MSGS][FORMS];
};

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct btcwire_bytes payload;
	struct btcwire_msg *msg;
	unsigned i, f, form;

	pthread_barrier_wait(&start);
	for (i = 0; i < MSGS; i++) {
		msg = btcwire_msg_ref(msgs[i]);
		for (f = 0; f < FORMS; f++) {
			form = (f + w->n) % FORMS;	/* not all at 0 */
			if (w->n & 1)
				w->failed |= btcwire_msg_payload(&payload, msg,
				    forms[form].pver, forms[form].flags);
			w->failed |= btcwire_msg_frame(&payload,
			    w->got[i][form].sum, msg, forms[form].pver,
			    forms[form].flags);
			w->got[i][form].data = payload.data;
			w->got[i][form].len = payload.len;
		}
		btcwire_msg_unref(msg);
	}
	return NULL;
}

static void
make_messages(void)
{
	static const enum btcwire_type types[] = { BTCWIRE_TX, BTCWIRE_BLOCK,
		BTCWIRE_PING, BTCWIRE_ADDR, BTCWIRE_VERSION };
	struct btcwire_msg *made;
	struct btcwire_bytes raw;
	enum btcwire_type type;
	struct gen g;
	int i;

	gen_init(&g, 7);
	for (i = 0; i < MSGS; i++) {
		type = types[i % 5];
		ck_assert_int_eq(btcwire_msg_new(&msgs[i], type,
		    gen_body(&g, type), NULL), 0);
		if (gen_below(&g, 2) == 0)
			continue;
		/* Half of them as if they had come from a peer. */
		made = msgs[i];
		raw = btcwire_msg_raw(made, NULL);
		ck_assert_int_eq(btcwire_decode(&msgs[i], type, raw.data,
		    raw.len, BTCWIRE_PVER_NEWEST, 0, NULL), 0);
		btcwire_msg_unref(made);
	}
	gen_clear(&g);
}

static void
compare(const struct worker *a, const struct worker *b)
{
	struct btcwire_hash hash;
	int i, f;

	for (i = 0; i < MSGS; i++)
		for (f = 0; f < FORMS; f++) {
			ck_assert(a->got[i][f].len == b->got[i][f].len);
			if (a->got[i][f].len > 0)
				ck_assert(a->got[i][f].data ==
				    b->got[i][f].data);
			btcwire_sha256d(&hash, a->got[i][f].data,
			    a->got[i][f].len);
			ck_assert(memcmp(a->got[i][f].sum, hash.b, 4) == 0);
			ck_assert(memcmp(b->got[i][f].sum, hash.b, 4) == 0);
		}
}

START_TEST(payloads_are_shared)
{
	struct worker *w = calloc(THREADS, sizeof(*w));
	unsigned i;

	ck_assert_ptr_nonnull(w);
	make_messages();
	ck_assert_int_eq(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (i = 0; i < THREADS; i++) {
		w[i].n = i;
		ck_assert_int_eq(pthread_create(&w[i].thread, NULL, work, &w[i]),
		    0);
	}
	for (i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(w[i].thread, NULL), 0);
		ck_assert_int_eq(w[i].failed, 0);
	}
	for (i = 1; i < THREADS; i++)
		compare(&w[0], &w[i]);
	for (i = 0; i < MSGS; i++)
		btcwire_msg_unref(msgs[i]);
	pthread_barrier_destroy(&start);
	free(w);
}
END_TEST

static void *
drop(void *arg)
{
	pthread_barrier_wait(&start);
	btcwire_msg_unref(arg);
	return NULL;
}

/* The last of many to let go frees it, whichever that is. */
START_TEST(last_reference)
{
	const struct btcwire_ping body = { 1 };
	struct btcwire_msg *msg;
	pthread_t t[THREADS];
	int round, i;

	ck_assert_int_eq(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (round = 0; round < 100; round++) {
		ck_assert_int_eq(btcwire_msg_new(&msg, BTCWIRE_PING, &body,
		    NULL), 0);
		for (i = 1; i < THREADS; i++)
			btcwire_msg_ref(msg);
		for (i = 0; i < THREADS; i++)
			ck_assert_int_eq(pthread_create(&t[i], NULL, drop, msg),
			    0);
		for (i = 0; i < THREADS; i++)
			ck_assert_int_eq(pthread_join(t[i], NULL), 0);
	}
	pthread_barrier_destroy(&start);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_share");
	TCase *tc = add_tcase(s, "threads");

	tcase_add_test(tc, payloads_are_shared);
	tcase_add_test(tc, last_reference);
	return run_suite(s);
}
