/*
 * A peer under test: listeners that count what they see, and waiting for it.
 */
#ifndef TEST_PROBE_H
#define TEST_PROBE_H

#include <pthread.h>
#include <stdbool.h>

#include <btcpeer/peer.h>

/* Counters are guarded by mtx.  Listeners do not use ck_: they run on the
 * peer's threads. */
struct probe {
	pthread_mutex_t mtx;
	pthread_cond_t moved;
	unsigned seen[BTCWIRE_NTYPES];	/* typed listeners */
	unsigned ready, raw, read, read_bad, write, write_bad, stall, ended;
	unsigned high, low;		/* in turns */
	unsigned wrong;			/* a listener was called with nonsense */
	size_t raw_bytes, read_bytes, write_bytes;
	unsigned inv_items, inv_longest;
	enum btcpeer_reason reason;
	char why[160];
	enum btcpeer_stall_action stall_action;	/* what on_stall answers */
	/* Called by the listeners, unlocked; or NULL. */
	void (*on_message)(struct btcpeer *p, struct btcwire_msg *msg,
	    struct probe *pr);
	void *arg;
};

/* Sets up listeners and user of config; regtest, self connections allowed. */
void probe_init(struct probe *pr, struct btcpeer_config *config,
    struct btcpeer_listeners *on);
void probe_clear(struct probe *pr);

/* Wait until *counter, a member of pr, is at least n; false after 60 s. */
bool probe_wait(struct probe *pr, const unsigned *counter, unsigned n);

/* Read a counter. */
unsigned probe_get(struct probe *pr, const unsigned *counter);

/* Two peers on a socketpair, started; a is inbound. */
struct pair {
	struct probe pa, pb;
	struct btcpeer_listeners la, lb;
	struct btcpeer_config ca, cb;
	struct btcpeer *a, *b;
};

void pair_init(struct pair *pair);	/* configs may be changed after this */
void pair_start(struct pair *pair);	/* and waits until both are ready */
void pair_stop(struct pair *pair);	/* disconnects, waits, frees */

/* A connected pair of stream sockets, Unix or TCP over loopback. */
void socket_pair(int fd[2], bool tcp);

struct btcwire_msg *new_msg(enum btcwire_type type, const void *body);

#endif
