/*
 * What the stress test knows of its peers: for both ends of a connection a book
 * of what was asked of the library and of what it told, and the rules that the
 * two must keep.
 */
#ifndef TEST_STRESS_H
#define TEST_STRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <btcpeer/peer.h>

#define STRESS_QUEUE_MAX 1000	/* messages in a send queue */
#define STRESS_HASHES    64	/* there are no more */
#define STRESS_FEATURES  2	/* that each end offers */

/* One type of message at one end. */
struct stress_tally {
	atomic_uint_least64_t tried;	/* queued, or about to be */
	atomic_uint_least64_t written, failed;	/* as on_write says */
	atomic_uint_least64_t read;	/* as on_read says */
};

struct stress_end {
	struct btcpeer *p;	/* each reference of the test has one */
	struct stress_link *link;
	atomic_bool started, ready, ended;
	atomic_bool high;		/* on_high_water came last */
	atomic_uint_least64_t confirmed;	/* queued, but for "own" */
	atomic_uint_least64_t with_done, done;	/* to be told, and told */
	atomic_uint_least64_t bytes_written, bytes_read;
	struct stress_tally by[BTCWIRE_NTYPES];	/* of the command */
};

struct stress_link {
	struct stress_end end[2];
	atomic_uint refs;	/* of the test, and one for each running peer */
};

/* In sum; all but the first of links that are gone. */
struct stress_sums {
	atomic_uint_least64_t made, links, started, ready;
	atomic_uint_least64_t queued, written, failed, read;
	atomic_uint_least64_t reason[BTCPEER_NREASONS];
};
extern struct stress_sums stress_sums;

/* The peer on whose thread we are, or whose end we bring about; else NULL. */
extern _Thread_local struct stress_end *stress_inside;

/* Aborts unless ok. */
void stress_must(bool ok, const struct stress_end *e, const char *what);

/* Below n; a sequence of its own for each thread, begun with the seed. */
extern uint64_t stress_seed;
uint32_t stress_pick(uint32_t n);
struct btcwire_hash stress_hash(void);

/* ---- stress_book.c ---- */

/* Two peers that are not started; the caller has a reference to each end. */
struct stress_link *stress_link_new(void);
struct stress_end *stress_ref(struct stress_end *e);
void stress_unref(struct stress_end *e);	/* the last one checks all */

/* Takes fd; returns as btcpeer_start() does. */
int stress_start(struct stress_end *e, int fd);

/* on_disconnect is running: the books are compared.  e may be gone then. */
void stress_ended(struct stress_end *e, enum btcpeer_reason reason,
    const char *why);

/* Whether what the calls queue of a type is not all of it. */
bool stress_is_own(int type);

/* What must hold at any time. */
void stress_check_stats(struct stress_end *e);

/* ---- stress_listen.c ---- */

/* For one end; random in what does not matter. */
void stress_configure(struct btcpeer_config *config, struct stress_end *e);

/* For struct btcpeer_send; the argument is the end. */
void stress_on_done(struct btcpeer *p, struct btcwire_msg *msg, int result,
    void *end);

/* ---- stress_calls.c ---- */

/* Queue a body; wait_ms as in struct btcpeer_send. */
int stress_queue(struct stress_end *e, enum btcwire_type type,
    const void *body, int64_t wait_ms);
void stress_push_addrs(struct stress_end *e);
void stress_calls_open(void);
void stress_calls_close(void);	/* when nobody calls any more */
void stress_calls_print(void);	/* how many there were of each */

/* One call that takes a few milliseconds at most. */
void stress_call(struct stress_end *e);

/* ---- stress_peer.c ---- */

/* Any end, referenced; NULL at the very beginning and end. */
struct stress_end *stress_any(void);

#endif
