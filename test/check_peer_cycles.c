#include "config.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "leaks.h"
#include "probe.h"
#include "runner.h"

/* Ten thousand lives, none of which leaves anything behind. */

#define CYCLES (TEST_SLOW ? 700 : 10000)

static struct probe pr;
static struct btcpeer_listeners on;
static struct btcpeer_config config;

static unsigned queued, started;
static atomic_uint settled;

static void
on_done(struct btcpeer *p, struct btcwire_msg *msg, int result, void *arg)
{
	(void)p;
	(void)msg;
	(void)result;
	(void)arg;
	atomic_fetch_add(&settled, 1);
}

/* One with a message that waits. */
static struct btcpeer *
new_peer(bool inbound)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcpeer *p;

	send.done = on_done;
	if (inbound)
		ck_assert_int_eq(btcpeer_new_inbound(&p, &config, NULL, NULL),
		    0);
	else
		ck_assert_int_eq(btcpeer_new_outbound(&p, &config, NULL, NULL),
		    0);
	ck_assert_int_eq(btcpeer_queue_message_take(p,
	    new_msg(BTCWIRE_GETADDR, NULL), &send), 0);
	queued++;
	return p;
}

/* Started; returns the remote's end. */
static int
start(struct btcpeer *p)
{
	int fd[2];

	socket_pair(fd, false);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), 0);
	started++;
	return fd[1];
}

static void
disconnected_by_us(void)
{
	struct btcpeer *p = new_peer(false);
	int fd = start(p);

	btcpeer_disconnect(p);
	ck_assert_int_eq(btcpeer_wait(p, 60000), 0);
	btcpeer_unref(p);
	close(fd);
}

static void
closed_by_the_remote(void)
{
	struct btcpeer *p = new_peer(true);

	close(start(p));
	btcpeer_unref(p);
}

static void
let_go_while_it_runs(void)
{
	struct btcpeer *p = new_peer(false);
	int fd = start(p);

	btcpeer_unref(p);
	close(fd);
}

static void
disconnected_before_start(void)
{
	struct btcpeer *p = new_peer(false);
	int fd[2];

	btcpeer_disconnect(p);
	socket_pair(fd, false);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), BTCPEER_E_CLOSED);
	btcpeer_unref(p);
	close(fd[1]);
}

static void *
disconnecter(void *p)
{
	btcpeer_disconnect(p);
	btcpeer_unref(p);
	return NULL;
}

static void
disconnected_while_it_starts(void)
{
	struct btcpeer *p = new_peer(true);
	pthread_t t;
	int fd[2], rc;

	socket_pair(fd, false);
	ck_assert_int_eq(pthread_create(&t, NULL, disconnecter,
	    btcpeer_ref(p)), 0);
	rc = btcpeer_start(p, fd[0]);
	ck_assert(rc == 0 || rc == BTCPEER_E_CLOSED);
	started += rc == 0;
	btcpeer_unref(p);
	pthread_join(t, NULL);
	close(fd[1]);
}

static void
never_started(void)
{
	btcpeer_unref(new_peer(true));
}

static void
two_that_talk(void)
{
	struct btcpeer *a = new_peer(true), *b = new_peer(false);
	int fd[2];

	socket_pair(fd, false);
	ck_assert_int_eq(btcpeer_start(a, fd[0]), 0);
	ck_assert_int_eq(btcpeer_start(b, fd[1]), 0);
	started += 2;
	btcpeer_unref(b);
	btcpeer_disconnect(a);
	btcpeer_unref(a);
}

static void (*const life[])(void) = {
	disconnected_by_us, closed_by_the_remote, let_go_while_it_runs,
	disconnected_before_start, disconnected_while_it_starts,
	never_started, two_that_talk
};

static void
run(int (*choose)(int), int cycles)
{
	int i;

	for (i = 0; i < cycles; i++)
		life[choose(i)]();
	ck_assert(probe_wait(&pr, &pr.ended, started));
}

static int
in_turn(int i)
{
	return i % N_ROWS(life);
}

static int
race(int i)
{
	(void)i;
	return 4;
}

static void
leaves_nothing(int (*choose)(int), int cycles)
{
	struct holdings before;

	probe_init(&pr, &config, &on);
	leaks_warm_up();
	/* What is made once, and what the allocator keeps. */
	before = holdings();
	run(choose, 50);
	ck_assert(nothing_left(&before, SIZE_MAX / 2));
	before = holdings();
	run(choose, cycles);
	ck_assert(nothing_left(&before, 65536));
	ck_assert_uint_eq(pr.ended, started);
	ck_assert_uint_eq(settled, queued);
	ck_assert_uint_eq(pr.wrong, 0);
	probe_clear(&pr);
}

START_TEST(every_kind_of_life)
{
	leaves_nothing(in_turn, CYCLES);
}
END_TEST

START_TEST(disconnect_races_with_start)
{
	leaves_nothing(race, CYCLES / 5);
	ck_assert_uint_le(started, queued);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_cycles");
	TCase *tc = add_tcase(s, "cycles");

	tcase_add_test(tc, every_kind_of_life);
	tcase_add_test(tc, disconnect_races_with_start);
	return run_suite(s);
}
