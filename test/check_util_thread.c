/*
 * Locks, conditions and the properties of threads.  No test waits for time to
 * pass.
 */
#include "config.h"

#include <signal.h>

#include <btcpeer/error.h>

#include "runner.h"
#include "util/clock.h"
#include "util/thread.h"

enum { STACK = 256 << 10, THREADS = 4, ROUNDS = 20000 };

/* All guarded by mtx. */
static struct btcu_mutex mtx;
static struct btcu_cond cond;
static long counter;
static int waiting, released, woken;

static void
setup(void)
{
	ck_assert_int_eq(btcu_mutex_init(&mtx), 0);
	ck_assert_int_eq(btcu_cond_init(&cond), 0);
}

static void
teardown(void)
{
	btcu_cond_destroy(&cond);
	btcu_mutex_destroy(&mtx);
}

static void
start(pthread_t *t, void *(*run)(void *), void *arg)
{
	ck_assert_int_eq(btcu_thread_start(t, STACK, run, arg), 0);
}

static void *
increment(void *arg)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		btcu_lock(&mtx);
		counter++;
		btcu_unlock(&mtx);
	}
	return arg;
}

START_TEST(exclusion)
{
	pthread_t t[THREADS];
	void *result;
	int i;

	for (i = 0; i < THREADS; i++)
		start(&t[i], increment, &t[i]);
	for (i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(t[i], &result), 0);
		ck_assert_ptr_eq(result, &t[i]);
	}
	ck_assert_int_eq(counter, (long)THREADS * ROUNDS);
}
END_TEST

/* Waits until it is let go, with or without a deadline that is far away. */
static void *
wait_for_release(void *deadline_ms)
{
	const int64_t *at = deadline_ms;
	bool in_time = true;

	btcu_lock(&mtx);
	waiting++;
	btcu_broadcast(&cond);
	while (released == 0)
		in_time = btcu_wait_until(&cond, &mtx, *at) && in_time;
	released--;
	woken += in_time;
	btcu_broadcast(&cond);
	btcu_unlock(&mtx);
	return NULL;
}

static void
wait_until_waiting(int n)
{
	btcu_lock(&mtx);
	while (waiting < n)
		btcu_wait_until(&cond, &mtx, BTCU_NEVER);
	btcu_unlock(&mtx);
}

START_TEST(wakes_all)
{
	int64_t at = _i == 0 ? BTCU_NEVER
	    : _i == 1 ? btcu_now_ms() + 3600 * 1000 : BTCU_NEVER - 1;
	pthread_t t[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		start(&t[i], wait_for_release, &at);
	wait_until_waiting(THREADS);
	btcu_lock(&mtx);
	released = THREADS;
	btcu_broadcast(&cond);
	btcu_unlock(&mtx);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	ck_assert_int_eq(woken, THREADS);
	ck_assert_int_eq(released, 0);
}
END_TEST

START_TEST(wakes_one)
{
	int64_t at = BTCU_NEVER;
	pthread_t t;

	start(&t, wait_for_release, &at);
	wait_until_waiting(1);
	btcu_lock(&mtx);
	released = 1;
	btcu_signal(&cond);
	btcu_unlock(&mtx);
	pthread_join(t, NULL);
	ck_assert_int_eq(woken, 1);
}
END_TEST

/* Deadlines that have passed, the earliest of all included. */
START_TEST(past_deadlines)
{
	const int64_t at[] = { btcu_now_ms(), btcu_now_ms() - 1, 1, 0, -1, -999,
	    -1000, -123456, INT64_MIN };
	size_t i;

	btcu_lock(&mtx);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		ck_assert_msg(!btcu_wait_until(&cond, &mtx, at[i]), "%lld",
		    (long long)at[i]);
	/* The lock is held again. */
	ck_assert_int_ne(pthread_mutex_trylock(&mtx.m), 0);
	btcu_unlock(&mtx);
	ck_assert_int_eq(pthread_mutex_trylock(&mtx.m), 0);
	pthread_mutex_unlock(&mtx.m);
}
END_TEST

/* What a thread finds out about itself once its creator has let go. */
struct facts {
	const char *want;
	char name[32];
	size_t stack;
	sigset_t blocked;
};

static void *
look(void *arg)
{
	struct facts *f = arg;
	pthread_attr_t attr;

	btcu_thread_name(f->want);
	btcu_lock(&mtx);
	while (released == 0)
		btcu_wait_until(&cond, &mtx, BTCU_NEVER);
	btcu_unlock(&mtx);
	pthread_getname_np(pthread_self(), f->name, sizeof(f->name));
	pthread_sigmask(SIG_SETMASK, NULL, &f->blocked);
	if (pthread_getattr_np(pthread_self(), &attr) == 0) {
		pthread_attr_getstacksize(&attr, &f->stack);
		pthread_attr_destroy(&attr);
	}
	return NULL;
}

static const struct {
	const char *name, *want;
} names[] = {
	{ "btcpeer-in/42", "btcpeer-in/42" },
	{ "btcpeer-stall/1", "btcpeer-stall/1" },
	{ "btcpeer-stall/12", "btcpeer-stall/1" },
	{ "%s%n", "%s%n" },
};

START_TEST(thread_facts)
{
	struct facts f = { .want = names[_i].name };
	sigset_t before, after;
	pthread_t t;
	int sig;

	sigemptyset(&before);
	sigaddset(&before, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	start(&t, look, &f);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	btcu_lock(&mtx);
	released = 1;
	btcu_broadcast(&cond);
	btcu_unlock(&mtx);
	pthread_join(t, NULL);

	ck_assert_str_eq(f.name, names[_i].want);
	ck_assert_uint_ge(f.stack, STACK);
	for (sig = 1; sig < 32; sig++) {
		ck_assert(sig == SIGKILL || sig == SIGSTOP ||
		    sigismember(&f.blocked, sig) == 1);
		ck_assert_int_eq(sigismember(&after, sig), sig == SIGUSR1);
	}
}
END_TEST

/* What the system refuses; the caller's signals are as before. */
START_TEST(refused)
{
	sigset_t after;
	pthread_t t;

	ck_assert_int_eq(btcu_thread_start(&t, _i == 0 ? 1 : SIZE_MAX / 4,
	    increment, NULL), BTCPEER_E_THREAD);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	ck_assert_int_eq(sigismember(&after, SIGTERM), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("util_thread");
	TCase *tc = add_tcase(s, "thread");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, exclusion);
	tcase_add_loop_test(tc, wakes_all, 0, 3);
	tcase_add_test(tc, wakes_one);
	tcase_add_test(tc, past_deadlines);
	tcase_add_loop_test(tc, thread_facts, 0, N_ROWS(names));
	tcase_add_loop_test(tc, refused, 0, 2);
	return run_suite(s);
}
