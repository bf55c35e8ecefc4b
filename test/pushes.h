/*
 * What tests of pushing share: one peer, its probe and its scripted remote.
 */
#ifndef TEST_PUSHES_H
#define TEST_PUSHES_H

#include "allocs.h"
#include "probe.h"
#include "remote.h"
#include "runner.h"

static struct probe pr;
static struct btcpeer_listeners on;
static struct btcpeer_config config;
static struct btcpeer *p;
static struct remote r;

static inline void
setup(void)
{
	probe_init(&pr, &config, &on);
}

/* version 0: no handshake. */
static inline void
start(int32_t version, bool addrv2)
{
	int fd[2];

	socket_pair(fd, false);
	remote_init(&r, fd[1]);
	ck_assert_int_eq(btcpeer_new_inbound(&p, &config, NULL, NULL), 0);
	ck_assert_int_eq(btcpeer_start(p, fd[0]), 0);
	if (version == 0)
		return;
	remote_version(&r, version, 4711, true);
	remote_expect(&r, "verack");
	if (addrv2)
		remote_msg(&r, BTCWIRE_SENDADDRV2, NULL);
	remote_msg(&r, BTCWIRE_VERACK, NULL);
	ck_assert(probe_wait(&pr, &pr.ready, 1));
}

static inline void
finish(void)
{
	btcpeer_disconnect(p);
	ck_assert_int_eq(btcpeer_wait(p, -1), 0);
	btcpeer_unref(p);
	remote_clear(&r);
	ck_assert_uint_eq(pr.wrong, 0);
	probe_clear(&pr);
}

/* The very next message that comes. */
static inline struct btcwire_msg *
next(enum btcwire_type type)
{
	struct btcwire_msg *msg;

	ck_assert(remote_read(&r));
	ck_assert_str_eq(r.command, btcwire_command(type));
	ck_assert_int_eq(btcwire_decode(&msg, type, r.payload, r.len,
	    BTCWIRE_PVER_NEWEST, BTCWIRE_STRICT, NULL), 0);
	return msg;
}

/* Nothing has been sent that was not read. */
static inline void
nothing_more(void)
{
	struct btcwire_ping ping = { 99 };

	ck_assert_int_eq(btcpeer_queue_message_take(p,
	    new_msg(BTCWIRE_PING, &ping), NULL), 0);
	btcwire_msg_unref(next(BTCWIRE_PING));
}

static inline uint64_t
queued(void)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;

	ck_assert_int_eq(btcpeer_stats(p, &s), 0);
	return s.queue_msgs;
}

static inline struct btcwire_hash
hash_of(uint32_t n)
{
	struct btcwire_hash h = { { 0 } };

	memcpy(h.b, &n, sizeof(n));
	return h;
}

/* As in check_wire_oom.c: how often call failed for want of memory. */
#define EACH_OOM(call) __extension__ ({ \
	long n_ = 0; \
	int rc_; \
\
	for (;; n_++) { \
		allocs_start_failing(n_); \
		rc_ = (call); \
		allocs_stop(); \
		if (rc_ == 0) \
			break; \
		ck_assert_int_eq(rc_, BTCPEER_E_NOMEM); \
	} \
	n_; \
})

#endif
