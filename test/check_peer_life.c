#include "config.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "allocs.h"
#include "probe.h"
#include "remote.h"
#include "runner.h"

/* Starting, ending, waiting and letting go. */

static struct probe pr;
static struct btcpeer_listeners on;
static struct btcpeer_config config;

static void
setup(void)
{
	probe_init(&pr, &config, &on);
}

static void
teardown(void)
{
	ck_assert_uint_eq(pr.wrong, 0);
	probe_clear(&pr);
}

static struct btcpeer *
new_peer(void)
{
	struct btcpeer *p;

	ck_assert_int_eq(btcpeer_new_outbound(&p, &config, NULL, NULL), 0);
	return p;
}

START_TEST(never_started)
{
	struct btcpeer *p = new_peer();

	ck_assert_int_eq(btcpeer_wait(p, -1), 0);
	ck_assert_str_eq(btcpeer_addr(p), "");
	ck_assert_ptr_eq(btcpeer_user(p), &pr);
	btcpeer_unref(p);
	btcpeer_unref(NULL);
	ck_assert_uint_eq(pr.ended, 0);
}
END_TEST

START_TEST(disconnect_before_start)
{
	struct btcpeer *p = new_peer();
	int fd[2];

	btcpeer_disconnect(p);
	btcpeer_disconnect(p);
	ck_assert_int_eq(btcpeer_reason(p), BTCPEER_REASON_LOCAL);
	socket_pair(fd, false);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), BTCPEER_E_CLOSED);
	/* The descriptor was taken all the same. */
	ck_assert_int_eq(close(fd[0]), -1);
	close(fd[1]);
	ck_assert_int_eq(btcpeer_wait(p, -1), 0);
	btcpeer_unref(p);
	ck_assert_uint_eq(pr.ended, 0);
}
END_TEST

START_TEST(start_only_once)
{
	struct btcpeer *p = new_peer();
	int fd[2], more[2];

	socket_pair(fd, false);
	socket_pair(more, false);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), 0);
	ck_assert_int_eq(btcpeer_start(p, more[0]), BTCPEER_E_STATE);
	ck_assert_int_eq(btcpeer_wait(p, 0), BTCPEER_E_TIMEOUT);
	btcpeer_disconnect(p);
	ck_assert_int_eq(btcpeer_wait(p, -1), 0);
	close(fd[1]);
	close(more[1]);
	socket_pair(fd, false);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), BTCPEER_E_STATE);
	close(fd[1]);
	btcpeer_unref(p);
	ck_assert_uint_eq(pr.ended, 1);
}
END_TEST

static void
count_done(struct btcpeer *p, struct btcwire_msg *msg, int result, void *arg)
{
	int *last = arg;

	(void)p;
	(void)msg;
	*last = result;
}

/* What was queued is settled with the code of the failure, no listener runs. */
START_TEST(start_on_something_else)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcpeer *p = new_peer();
	int fd[2], last = 1;

	send.done = count_done;
	send.done_arg = &last;
	ck_assert_int_eq(btcpeer_queue_message_take(p,
	    new_msg(BTCWIRE_GETADDR, NULL), &send), 0);
	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), BTCPEER_E_IO);
	close(fd[1]);
	ck_assert_int_eq(last, BTCPEER_E_IO);
	ck_assert_int_eq(btcpeer_wait(p, -1), 0);
	ck_assert_int_eq(btcpeer_reason(p), BTCPEER_REASON_IO);
	socket_pair(fd, false);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), BTCPEER_E_STATE);
	close(fd[1]);
	btcpeer_unref(p);
	ck_assert_uint_eq(pr.ended, 0);
	ck_assert_uint_eq(pr.write_bad, 0);
}
END_TEST

START_TEST(no_threads_to_be_had)
{
	struct btcpeer *p;
	int fd[2];

	config.stack_size = (size_t)1 << 46;	/* more than there is */
	p = new_peer();
	socket_pair(fd, false);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), BTCPEER_E_THREAD);
	close(fd[1]);
	btcpeer_unref(p);
	ck_assert_uint_eq(pr.ended, 0);
}
END_TEST

/* The last reference goes while messages wait that never went out. */
static void
keep_peer(struct btcpeer *p, struct btcwire_msg *msg, int result, void *arg)
{
	struct btcpeer **kept = arg;

	(void)msg;
	(void)result;
	*kept = btcpeer_ref(p);
}

START_TEST(done_may_keep_the_peer)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcpeer *p = new_peer(), *kept = NULL;

	send.done = keep_peer;
	send.done_arg = &kept;
	ck_assert_int_eq(btcpeer_queue_message_take(p,
	    new_msg(BTCWIRE_GETADDR, NULL), &send), 0);
	btcpeer_unref(p);
	ck_assert_ptr_eq(kept, p);
	ck_assert_int_eq(btcpeer_reason(kept), BTCPEER_REASON_LOCAL);
	btcpeer_unref(kept);
}
END_TEST

static void
drop_all(struct btcpeer *p, struct btcwire_msg *msg, int result, void *arg)
{
	int *rc = arg;

	(void)msg;
	(void)result;
	*rc = btcpeer_wait(p, -1);
	btcpeer_unref(p);	/* the caller's only reference */
}

/* A done that ends a peer which never ran: by disconnecting, by a failed start. */
START_TEST(done_may_drop_the_peer)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	struct btcpeer *p = new_peer();
	int fd[2], rc = 0;

	send.done = drop_all;
	send.done_arg = &rc;
	ck_assert_int_eq(btcpeer_queue_message_take(p,
	    new_msg(BTCWIRE_GETADDR, NULL), &send), 0);
	if (_i == 0) {
		btcpeer_disconnect(p);
	} else {
		ck_assert_int_eq(pipe(fd), 0);
		ck_assert_int_eq(btcpeer_start(p, fd[0]), BTCPEER_E_IO);
		close(fd[1]);
	}
	ck_assert_int_eq(rc, BTCPEER_E_DEADLOCK);
}
END_TEST

static void *
timed_queuer(void *arg)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	int rc;

	send.wait_ms = INT64_MAX;
	do
		rc = btcpeer_queue_message_take(arg,
		    new_msg(BTCWIRE_GETADDR, NULL), &send);
	while (rc == 0);
	return (void *)(intptr_t)rc;
}

/* Whoever waits for room learns that there will be none. */
START_TEST(waiting_for_room_ends)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;
	struct btcpeer *p;
	pthread_t t;
	void *rc;

	config.queue_max_msgs = 2;
	p = new_peer();
	ck_assert_int_eq(pthread_create(&t, NULL, timed_queuer, p), 0);
	while (s.queue_msgs < 2)
		ck_assert_int_eq(btcpeer_stats(p, &s), 0);
	btcpeer_disconnect(p);
	pthread_join(t, &rc);
	ck_assert_int_eq((int)(intptr_t)rc, BTCPEER_E_CLOSED);
	btcpeer_unref(p);
}
END_TEST

static void *
disconnecter(void *arg)
{
	btcpeer_disconnect(arg);
	return NULL;
}

START_TEST(disconnect_races_with_start)
{
	struct btcpeer *p;
	pthread_t t;
	int fd[2], rc, i;

	for (i = 0; i < (TEST_SLOW ? 50 : 500); i++) {
		p = new_peer();
		socket_pair(fd, false);
		ck_assert_int_eq(pthread_create(&t, NULL, disconnecter, p), 0);
		rc = btcpeer_start(p, fd[0]);
		ck_assert(rc == 0 || rc == BTCPEER_E_CLOSED);
		pthread_join(t, NULL);
		ck_assert_int_eq(btcpeer_wait(p, -1), 0);
		btcpeer_unref(p);
		close(fd[1]);
	}
}
END_TEST

/* ---- From inside callbacks --------------------------------------------- */

static atomic_int wait_rc, completion_rc, timed_rc;
static struct btcpeer_completion *completion;

static void
let_go(struct btcpeer *p, struct btcwire_msg *msg, struct probe *unused)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	int result;

	(void)unused;
	if (btcwire_msg_type(msg) != BTCWIRE_VERSION)
		return;
	wait_rc = btcpeer_wait(p, -1);
	send.completion = completion;
	(void)!btcpeer_queue_message_take(p, new_msg(BTCWIRE_GETADDR, NULL),
	    &send);
	completion_rc = btcpeer_completion_wait(&result, completion, -1);
	send.completion = NULL;
	send.wait_ms = 1000;
	timed_rc = btcpeer_queue_message_take(p, new_msg(BTCWIRE_GETADDR, NULL),
	    &send);
	btcpeer_disconnect(p);
	btcpeer_unref(p);		/* the caller's only reference */
}

START_TEST(everything_from_a_callback)
{
	struct btcpeer *p = new_peer();
	struct remote r;
	int fd[2], result;

	ck_assert_int_eq(btcpeer_completion_new(&completion), 0);
	pr.on_message = let_go;
	socket_pair(fd, false);
	remote_init(&r, fd[1]);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), 0);
	remote_version(&r, 70016, 1, true);
	ck_assert(probe_wait(&pr, &pr.ended, 1));
	ck_assert_int_eq(wait_rc, BTCPEER_E_DEADLOCK);
	ck_assert_int_eq(completion_rc, BTCPEER_E_DEADLOCK);
	ck_assert_int_eq(timed_rc, BTCPEER_E_DEADLOCK);
	ck_assert_int_eq(btcpeer_completion_wait(&result, completion, -1), 0);
	ck_assert_int_eq(result, BTCPEER_E_CLOSED);
	btcpeer_completion_unref(completion);
	remote_clear(&r);
}
END_TEST

static struct btcpeer *asked;

static int32_t
wait_when_asked(void *user)
{
	(void)user;
	wait_rc = btcpeer_wait(asked, -1);
	btcpeer_disconnect(asked);
	return 7;
}

/* Whoever starts a peer is one of its threads while he is asked for facts. */
START_TEST(from_start)
{
	int fd[2], rc;

	config.newest_block = wait_when_asked;
	asked = new_peer();
	socket_pair(fd, false);
	rc = btcpeer_start(asked, fd[0]);
	ck_assert_int_eq(wait_rc, BTCPEER_E_DEADLOCK);
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(btcpeer_wait(asked, -1), 0);
	ck_assert_int_eq(pr.ended, 1);
	btcpeer_unref(asked);
	close(fd[1]);
}
END_TEST

static void *
waiter(void *arg)
{
	return (void *)(intptr_t)btcpeer_wait(arg, -1);
}

START_TEST(many_wait)
{
	struct btcpeer *p = new_peer();
	pthread_t t[4];
	void *rc;
	int fd[2], i;

	socket_pair(fd, false);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), 0);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, waiter, p), 0);
	close(fd[1]);
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], &rc);
		ck_assert_ptr_null(rc);
	}
	ck_assert_int_eq(btcpeer_wait(p, 0), 0);
	btcpeer_unref(p);
	ck_assert_int_eq(pr.reason, BTCPEER_REASON_REMOTE_CLOSED);
}
END_TEST

static unsigned
open_descriptors(void)
{
	unsigned n = 0;
	int fd;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

START_TEST(cycles_leak_nothing)
{
	unsigned before = open_descriptors();
	struct btcpeer *p;
	int fd[2], i;

	for (i = 0; i < (TEST_SLOW ? 200 : 2000); i++) {
		p = new_peer();
		socket_pair(fd, false);
		ck_assert_int_eq(btcpeer_start(p, fd[0]), 0);
		if (i % 3 == 0)
			close(fd[1]);
		else
			btcpeer_disconnect(p);
		if (i % 2 == 0)
			ck_assert_int_eq(btcpeer_wait(p, -1), 0);
		btcpeer_unref(p);
		if (i % 3 != 0)
			close(fd[1]);
	}
	ck_assert(probe_wait(&pr, &pr.ended, (unsigned)i));
	ck_assert_uint_eq(open_descriptors(), before);
}
END_TEST

/* Every allocation that making and starting a peer needs, failing in turn. */
START_TEST(out_of_memory)
{
	struct allocs seen;
	struct btcpeer *p;
	bool failed = true;
	int fd[2], rc;
	long n;

	for (n = 0; failed; n++) {
		socket_pair(fd, false);
		p = NULL;
		allocs_start_failing(n);
		rc = btcpeer_new_outbound(&p, &config, NULL, NULL);
		if (rc == 0)
			rc = btcpeer_start(p, fd[0]);
		else
			close(fd[0]);
		seen = allocs_stop();
		failed = seen.count > (unsigned long)n;
		ck_assert(rc == 0 || (failed && rc == BTCPEER_E_NOMEM));
		/* The one for our version message ends the connection. */
		if (rc == 0 && failed)
			ck_assert_int_eq(btcpeer_reason(p),
			    BTCPEER_REASON_NOMEM);
		if (rc == 0)
			btcpeer_disconnect(p);
		if (p != NULL)
			ck_assert_int_eq(btcpeer_wait(p, -1), 0);
		btcpeer_unref(p);
		close(fd[1]);
	}
	ck_assert_int_gt(n, 3);
}
END_TEST

START_TEST(config_errors_name_the_field)
{
	struct btcpeer_error err;
	struct btcpeer *p;

	config.min_protocol_version = 80000;
	ck_assert_int_eq(btcpeer_new_inbound(&p, &config, NULL, &err),
	    BTCPEER_E_INVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "min_protocol_version"));
	ck_assert_int_eq(err.code, BTCPEER_E_INVAL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_life");
	TCase *tc = add_tcase(s, "life");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, never_started);
	tcase_add_test(tc, disconnect_before_start);
	tcase_add_test(tc, start_only_once);
	tcase_add_test(tc, start_on_something_else);
	tcase_add_test(tc, no_threads_to_be_had);
	tcase_add_test(tc, done_may_keep_the_peer);
	tcase_add_loop_test(tc, done_may_drop_the_peer, 0, 2);
	tcase_add_test(tc, waiting_for_room_ends);
	tcase_add_test(tc, disconnect_races_with_start);
	tcase_add_test(tc, everything_from_a_callback);
	tcase_add_test(tc, from_start);
	tcase_add_test(tc, many_wait);
	tcase_add_test(tc, cycles_leak_nothing);
	tcase_add_test(tc, out_of_memory);
	tcase_add_test(tc, config_errors_name_the_field);
	return run_suite(s);
}
