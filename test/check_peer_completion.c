/*
 * Completions: one message at a time, and waiting for it.
 */
#include "config.h"

#include "allocs.h"
#include "peer/completion.h"
#include "peer/peer.h"
#include "runner.h"

enum { THREADS = 4, ROUNDS = TEST_SLOW ? 200 : 2000 };

/* Only its address is looked at. */
static struct btcpeer peer, other_peer;

static struct btcpeer_completion *
new_completion(void)
{
	struct btcpeer_completion *c = NULL;

	ck_assert_int_eq(btcpeer_completion_new(&c), 0);
	ck_assert_ptr_nonnull(c);
	return c;
}

START_TEST(states)
{
	struct btcpeer_completion *c = new_completion();
	int result = 77;

	/* Nothing was queued with it. */
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, 0),
	    BTCPEER_E_STATE);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, -1),
	    BTCPEER_E_STATE);
	ck_assert_int_eq(result, 77);

	ck_assert_int_eq(btcp_completion_bind(c, &peer), 0);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, 0),
	    BTCPEER_E_TIMEOUT);
	ck_assert_int_eq(btcp_completion_bind(c, &peer), BTCPEER_E_STATE);
	ck_assert_int_eq(btcp_completion_bind(c, &other_peer), BTCPEER_E_STATE);
	ck_assert_int_eq(result, 77);

	/* Settled stays settled, for all who ask. */
	btcp_completion_settle(c, BTCPEER_E_CLOSED);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, 0), 0);
	ck_assert_int_eq(result, BTCPEER_E_CLOSED);
	result = 77;
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, -1), 0);
	ck_assert_int_eq(result, BTCPEER_E_CLOSED);

	/* It can be used again. */
	ck_assert_int_eq(btcp_completion_bind(c, &other_peer), 0);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, 0),
	    BTCPEER_E_TIMEOUT);
	btcp_completion_settle(c, 0);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, 1000000), 0);
	ck_assert_int_eq(result, 0);
	btcpeer_completion_unref(c);
}
END_TEST

/* What was not queued leaves no trace. */
START_TEST(unbind)
{
	struct btcpeer_completion *c = new_completion();
	int result = 77;

	ck_assert_int_eq(btcp_completion_bind(c, &peer), 0);
	btcp_completion_unbind(c);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, -1),
	    BTCPEER_E_STATE);
	ck_assert_int_eq(btcp_completion_bind(c, &peer), 0);
	btcp_completion_settle(c, BTCPEER_E_TIMEOUT);

	/* The result of the message before stays. */
	ck_assert_int_eq(btcp_completion_bind(c, &peer), 0);
	btcp_completion_unbind(c);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, -1), 0);
	ck_assert_int_eq(result, BTCPEER_E_TIMEOUT);
	btcpeer_completion_unref(c);
}
END_TEST

/* A thread of the peer cannot wait for its own work, but may look. */
START_TEST(deadlock)
{
	struct btcpeer_completion *c = new_completion();
	int result = 77;

	ck_assert_int_eq(btcp_completion_bind(c, &peer), 0);
	btcp_self = &peer;
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, -1),
	    BTCPEER_E_DEADLOCK);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, 1000000),
	    BTCPEER_E_DEADLOCK);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, 0),
	    BTCPEER_E_TIMEOUT);
	btcp_self = &other_peer;
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, 1),
	    BTCPEER_E_TIMEOUT);
	btcp_self = &peer;
	btcp_completion_settle(c, 0);
	ck_assert_int_eq(btcpeer_completion_wait(&result, c, -1), 0);
	ck_assert_int_eq(result, 0);
	btcp_self = NULL;
	btcpeer_completion_unref(c);
}
END_TEST

START_TEST(references)
{
	struct btcpeer_completion *c = new_completion();

	ck_assert_ptr_eq(btcpeer_completion_ref(c), c);
	btcpeer_completion_unref(c);
	ck_assert_int_eq(btcp_completion_bind(c, &peer), 0);
	btcpeer_completion_unref(c);
	btcpeer_completion_unref(NULL);
}
END_TEST

START_TEST(no_memory)
{
	struct btcpeer_completion *c = NULL;
	int rc;

	allocs_start_failing(0);
	rc = btcpeer_completion_new(&c);
	allocs_stop();
	ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
	ck_assert_ptr_null(c);
}
END_TEST

/* ---- Threads ----------------------------------------------------------- */

struct waiter {
	struct btcpeer_completion *c;
	int64_t timeout_ms;
	int rc, result;
};

static void *
wait_for_it(void *waiter)
{
	struct waiter *w = waiter;

	w->rc = btcpeer_completion_wait(&w->result, w->c, w->timeout_ms);
	return NULL;
}

/* Threads that wait, and the end of their waiting. */
static void
wake_all(void (*end)(struct btcpeer_completion *c), int rc, int result)
{
	struct btcpeer_completion *c = new_completion();
	struct waiter w[THREADS];
	pthread_t t[THREADS];
	int i;

	ck_assert_int_eq(btcp_completion_bind(c, &peer), 0);
	for (i = 0; i < THREADS; i++) {
		w[i] = (struct waiter){ c, i % 2 == 0 ? -1 : 3600000, 1, 77 };
		ck_assert_int_eq(btcu_thread_start(&t[i], 256 << 10,
		    wait_for_it, &w[i]), 0);
	}
	end(c);
	for (i = 0; i < THREADS; i++) {
		pthread_join(t[i], NULL);
		ck_assert_int_eq(w[i].rc, rc);
		ck_assert_int_eq(w[i].result, result);
	}
	btcpeer_completion_unref(c);
}

static void
settle_closed(struct btcpeer_completion *c)
{
	btcp_completion_settle(c, BTCPEER_E_CLOSED);
}

START_TEST(wakes_waiters)
{
	int i;

	for (i = 0; i < 20; i++) {
		wake_all(settle_closed, 0, BTCPEER_E_CLOSED);
		wake_all(btcp_completion_unbind, BTCPEER_E_STATE, 77);
	}
}
END_TEST

/* One thread binds and waits, another settles what is bound; each settling is
 * seen once, with its own result.  turn is guarded by mtx. */
struct pingpong {
	struct btcpeer_completion *c;
	struct btcu_mutex mtx;
	struct btcu_cond cond;
	int turn;
};

static void *
settle_rounds(void *pingpong)
{
	struct pingpong *p = pingpong;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		btcu_lock(&p->mtx);
		while (p->turn <= i)
			btcu_wait_until(&p->cond, &p->mtx, BTCU_NEVER);
		btcu_unlock(&p->mtx);
		btcp_completion_settle(p->c, -i);
	}
	btcpeer_completion_unref(p->c);
	return NULL;
}

START_TEST(many_rounds)
{
	struct pingpong p = { .c = new_completion() };
	pthread_t t;
	int i, result;

	ck_assert_int_eq(btcu_mutex_init(&p.mtx), 0);
	ck_assert_int_eq(btcu_cond_init(&p.cond), 0);
	btcpeer_completion_ref(p.c);
	ck_assert_int_eq(btcu_thread_start(&t, 256 << 10,
	    settle_rounds, &p), 0);
	for (i = 0; i < ROUNDS; i++) {
		ck_assert_int_eq(btcp_completion_bind(p.c, &peer), 0);
		btcu_lock(&p.mtx);
		p.turn = i + 1;
		btcu_signal(&p.cond);
		btcu_unlock(&p.mtx);
		result = 77;
		ck_assert_int_eq(btcpeer_completion_wait(&result, p.c, -1), 0);
		ck_assert_int_eq(result, -i);
	}
	pthread_join(t, NULL);
	btcpeer_completion_unref(p.c);
	btcu_cond_destroy(&p.cond);
	btcu_mutex_destroy(&p.mtx);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_completion");
	TCase *tc = add_tcase(s, "completion");

	tcase_add_test(tc, states);
	tcase_add_test(tc, unbind);
	tcase_add_test(tc, deadlock);
	tcase_add_test(tc, references);
	tcase_add_test(tc, no_memory);
	tc = add_tcase(s, "threads");
	tcase_add_test(tc, wakes_waiters);
	tcase_add_test(tc, many_rounds);
	return run_suite(s);
}
