/*
 * A peer from inside: what its threads share and who guards what.
 *
 * Members of struct btcpeer are protected by:
 *   I  written before the threads start, then by nobody
 *   m  mtx
 *   i  input thread only      o  output thread only      s  stall handler only
 *   a  atomic
 * mtx is the monitor in which the three threads meet: the outgoing queue, the
 * inventory batch, the pending responses and all facts about the remote.  It
 * is the only mutex of a peer.  Order: that of config.clock, mtx, then a
 * completion's or the nonce table's.  Nobody holds one while a callback runs or while a thread sleeps
 * in the kernel for anything but the condition variables below.
 */
#ifndef BTC_PEER_PEER_H
#define BTC_PEER_PEER_H

#include <pthread.h>
#include <stdatomic.h>

#include <btcpeer/peer.h>
#include "peer/features.h"
#include "peer/handshake.h"
#include "peer/inventory.h"
#include "peer/nonces.h"
#include "peer/pending.h"
#include "peer/queue.h"
#include "transport/transport.h"
#include "util/clock.h"
#include "util/fakeclock.h"
#include "util/thread.h"

/* Most characters of a name that is taken from the socket. */
#define BTCP_SOCKET_ADDR 63

enum btcp_state {
	BTCP_NEW,	/* not started */
	BTCP_RUNNING,
	BTCP_FLUSHING,	/* ends as soon as the last reject is written */
	BTCP_CLOSED,	/* socket shut down, threads are leaving */
	BTCP_GONE	/* threads left, on_disconnect returned */
};

/* The getblocks or getheaders that was pushed last. */
struct btcp_asked {
	bool waiting;			/* no answer has come since */
	bool located;			/* its locator had a first hash */
	struct btcwire_hash first, stop;
};

struct btcpeer {
	atomic_uint refs;		/* [a] */
	uint64_t id;			/* [I] */
	bool inbound;			/* [I] */
	struct btcpeer_config config;	/* [I] defaults filled in; see options.h */
	struct btcpeer_listeners on;	/* [I] */
	char *addr;			/* [I] once named is set; owned */
	atomic_bool named;		/* [a] */
	char *host;			/* [I] owned; of the name that the caller gave; */
	uint16_t port;			/* [I] NULL: none, or it is not host:port */
	atomic_bool refused;		/* [a] messages reach no listener any more */
	struct btcp_nonce nonce;	/* of our version message; see nonces.h */
	struct btct_fd fd_io;		/* [I] and see io.h */
	struct btcu_sleeper sleeper;	/* of config.clock, whose mutex guards it */
	struct btct_transport transport; /* see transport.h */
	pthread_t input, output, stall;	/* [I] */

	struct btcu_mutex mtx;
	struct btcu_cond out_cond;	/* output thread: there is something to do */
	struct btcu_cond stall_cond;	/* stall handler: a deadline moved forward */
	struct btcu_cond room_cond;	/* callers who wait for room in the queue */
	struct btcu_cond gone_cond;	/* btcpeer_wait() */

	enum btcp_state state;		/* [m] */
	bool start_tried;		/* [m] there is only one start */
	bool start_failed;		/* [m] threads leave at once, nothing is reported */
	bool threads_made;		/* [m] there is a stall thread to join */
	bool joining, joined;		/* [m] the stall thread */
	int fd;				/* [m] -1 once closed */

	struct btcp_queue queue;	/* [m] */
	struct btcp_inventory inventory; /* [m] */
	struct btcp_pending pending;	/* [m] */
	struct btcp_asked asked_blocks, asked_headers; /* [m] */
	int64_t out_wake_ms;		/* [m] until when the output thread sleeps */
	int64_t stall_wake_ms;		/* [m] the stall handler likewise */
	bool wake_out, wake_stall;	/* [m] they are to be woken on unlocking */

	int64_t handshake_deadline_ms;	/* [m] BTCU_NEVER once done */
	int64_t flush_deadline_ms;	/* [m] in BTCP_FLUSHING */
	int64_t ping_due_ms;		/* [m] next ping; BTCU_NEVER before ready */
	int64_t ping_deadline_ms;	/* [m] for the oldest unanswered ping */
	int64_t ping_sent_us;		/* [m] */
	uint64_t ping_nonce;		/* [m] 0: none outstanding */
	uint64_t ping_oldest;		/* [m] of the ping that the deadline is for */
	int64_t ping_sum_us;		/* [m] for the average */

	struct btcpeer_stats stats;	/* [m] also the facts about the remote */
	struct btcpeer_command_stats by_type[BTCWIRE_NTYPES]; /* [m] 0: unknown ones */

	struct btcp_handshake handshake; /* [i] after start */
	struct btcp_features features;	/* [i] until stats.verack_received is set,
					 * then written by nobody */
	struct btcwire_rx rx;		/* [i] */
	uint32_t pver;			/* [i] common version */
	uint32_t out_pver;		/* [o] common version as of this turn */
	struct btcp_batch batch;	/* [o] the rest of the queue, taken, */
	size_t batch_pos;		/* [o] written up to here */
};

/* The peer on whose thread we are; NULL elsewhere. */
extern _Thread_local struct btcpeer *btcp_self;

/* ---- end.c: how peers end ---- */

/* The first reason stays. */
void btcp_note_reason_locked(struct btcpeer *p, enum btcpeer_reason reason,
    const char *why) REQUIRES(p->mtx);

/* A peer that never ran is over: its queue is settled here and now, with rc.
 * p may be gone afterwards. */
void btcp_bury(struct btcpeer *p, int rc);

/* End the peer now: the first reason stays, the socket is shut down,
 * everybody wakes. */
void btcp_end(struct btcpeer *p, enum btcpeer_reason reason,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same after a reject that is queued was written. */
void btcp_end_after_flush(struct btcpeer *p, enum btcpeer_reason reason,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

void btcp_flush_locked(struct btcpeer *p, enum btcpeer_reason reason,
    const char *why) REQUIRES(p->mtx);
void btcp_end_locked(struct btcpeer *p, enum btcpeer_reason reason,
    const char *why) REQUIRES(p->mtx);

/* start.c: each thread begins with this; false when start failed. */
bool btcp_thread_enter(struct btcpeer *p, const char *name);

/* How long the last reject may take to go out. */
#define BTCP_FLUSH_MS 5000

/* ---- input.c, output.c, stall.c: the threads ---- */

void *btcp_input_main(void *peer);
void *btcp_output_main(void *peer);
void *btcp_stall_main(void *peer);

/* output.c: wake the output thread if it would sleep past due_ms. */
void btcp_output_wake_locked(struct btcpeer *p, int64_t due_ms)
    REQUIRES(p->mtx);

/* stall.c: wake the stall handler if it would sleep past due_ms. */
void btcp_stall_wake_locked(struct btcpeer *p, int64_t due_ms)
    REQUIRES(p->mtx);

/* ---- now.c: what time it is, sleeping and waking ---- */

int64_t btcp_now_ms(const struct btcpeer *p);	/* as in util/clock.h */
int64_t btcp_tick_ms(const struct btcpeer *p);
int64_t btcp_now_us(const struct btcpeer *p);
int64_t btcp_wall_s(const struct btcpeer *p);	/* at least 0 */

/* The configuration's clock as the transport takes it, or NULL. */
const struct btcu_fakeclock *btcp_fakeclock(const struct btcpeer *p);

/* Between these two, time that is made to pass wakes the peer's threads.  mtx
 * is not held. */
void btcp_clock_join(struct btcpeer *p);
void btcp_clock_leave(struct btcpeer *p);

/* Let go of mtx, then wake whom that was asked for: who is woken before finds
 * it taken and sleeps again.  p is alive: the caller has a reference. */
void btcp_unlock(struct btcpeer *p) RELEASES(p->mtx);

/* The same wake-up before a sleep, which lets go of mtx too. */
void btcp_wake_locked(struct btcpeer *p) REQUIRES(p->mtx);

/* Sleep until signalled, or until that time. */
void btcp_sleep_locked(struct btcpeer *p, struct btcu_cond *c,
    int64_t until_ms) REQUIRES(p->mtx);

/* ---- control.c: the library's own messages ---- */

/* Queue the library's own message (or the reject it ends with); over their
 * bound the peer is ended.  Uses up msg, which may be NULL: out of memory. */
void btcp_control_take(struct btcpeer *p, struct btcwire_msg *msg);
void btcp_control_empty(struct btcpeer *p, enum btcwire_type type);
void btcp_control_ping(struct btcpeer *p, enum btcwire_type type,
    uint64_t nonce);
void btcp_control_version(struct btcpeer *p);
void btcp_control_features(struct btcpeer *p);	/* all that are configured */

/* Where the socket's other end is, in the old form; na stays as it is when that
 * is nowhere on the net. */
void btcp_control_remote(struct btcwire_netaddr *na, int fd);
void btcp_control_reject(struct btcpeer *p, const char *command, uint8_t code,
    const char *reason);

/* A reject, its reason cut to what one may hold; hash or NULL.
 * Returns: 0, BTCPEER_E_NOMEM, or _INVAL: no command, or no code. */
#define BTCP_REJECT_TEXT 111
int btcp_control_make_reject(struct btcwire_msg **out, const char *command,
    unsigned code, const char *reason, const struct btcwire_hash *hash);

/* ---- push.c ---- */

/* A getblocks or getheaders that had no answer may be pushed again. */
void btcp_unask_locked(struct btcpeer *p, enum btcwire_type request)
    REQUIRES(p->mtx);

/* ---- relay.c: what the remote wants announced (BIP 37, BIP 111) ---- */

/* Judge a Bloom filter command that step lets pass, by whether we offer to
 * obey it.  Input thread only. */
void btcp_relay_message(struct btcp_handshake_step *step, struct btcpeer *p,
    enum btcwire_type type);

/* ---- dispatch.c ---- */

/* Call the typed listener of a message. */
void btcp_dispatch(struct btcpeer *p, struct btcwire_msg *msg);

#endif
