/*
 * One of our peers against a remote that does as the test says.
 */
#ifndef TEST_STAGE_H
#define TEST_STAGE_H

#include "probe.h"
#include "remote.h"
#include "runner.h"

struct stage {
	struct probe pr;
	struct btcpeer_listeners on;
	struct btcpeer_config config;	/* may be changed before the start */
	struct btcpeer *p;
	struct remote r;
};

static inline void
stage_init(struct stage *st)
{
	probe_init(&st->pr, &st->config, &st->on);
}

/* An inbound peer, for which there is no handshake yet. */
static inline void
stage_start(struct stage *st)
{
	int fd[2];

	socket_pair(fd, false);
	remote_init(&st->r, fd[1]);
	ck_assert_int_eq(btcpeer_new_inbound(&st->p, &st->config, NULL, NULL),
	    0);
	ck_assert_int_eq(btcpeer_start(st->p, fd[0]), 0);
}

static inline void
stage_handshake(struct stage *st, int32_t version, bool relay)
{
	remote_version(&st->r, version, 4711, relay);
	remote_expect(&st->r, "verack");
	remote_msg(&st->r, BTCWIRE_VERACK, NULL);
	ck_assert(probe_wait(&st->pr, &st->pr.ready, 1));
}

/* Everything that the remote sent before has been handled, and what was due
 * to it then is read. */
static inline void
stage_settle(struct stage *st)
{
	static uint64_t nonce;
	struct btcwire_ping ping = { ++nonce };

	remote_msg(&st->r, BTCWIRE_PING, &ping);
	do
		remote_expect(&st->r, "pong");
	while (memcmp(st->r.payload, (uint8_t[]){ (uint8_t)nonce,
	    (uint8_t)(nonce >> 8), 0, 0, 0, 0, 0, 0 }, 8) != 0);
}

static inline struct btcpeer_stats
stage_stats(struct stage *st)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;

	ck_assert_int_eq(btcpeer_stats(st->p, &s), 0);
	return s;
}

static inline void
stage_end(struct stage *st, enum btcpeer_reason reason)
{
	ck_assert_int_eq(btcpeer_wait(st->p, -1), 0);
	ck_assert_msg(st->pr.reason == reason, "ended by %s: %s",
	    btcpeer_reason_text(st->pr.reason), st->pr.why);
	ck_assert_uint_eq(st->pr.ended, 1);
	ck_assert_uint_eq(st->pr.wrong, 0);
	btcpeer_unref(st->p);
	remote_clear(&st->r);
	probe_clear(&st->pr);
}

static inline void
stage_disconnect(struct stage *st)
{
	btcpeer_disconnect(st->p);
	stage_end(st, BTCPEER_REASON_LOCAL);
}

#endif
