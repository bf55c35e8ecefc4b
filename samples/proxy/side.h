/*
 * One connection: its two sides, and what passes from one to the other.
 *
 * Members are protected by:
 *   I  immutable once made     l  the mtx of all links     m  the link's mtx
 *   a  atomic     i  only the input thread of the side's own peer uses it
 *   c  set by the input thread of the node's peer before the client's is
 *      started; the link's own thread looks when both are gone
 * No lock is held while another is taken, or while the library is called.
 */
#ifndef SAMPLES_PROXY_SIDE_H
#define SAMPLES_PROXY_SIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include <btcpeer/peer.h>

#include "facts.h"
#include "proxy_args.h"

struct links {
	const struct proxy_args *args;	/* [I] */
	pthread_mutex_t mtx;
	pthread_cond_t over;		/* a link has left the list */
	struct link *first;		/* [l] */
	unsigned count;			/* [l] */
	unsigned made;			/* [l] so far */
	atomic_bool passed;		/* [a] some client was ready */
};

struct side {
	struct link *link;		/* [I] */
	struct side *other;		/* [I] */
	const char *name;		/* [I] "client" or "node" */
	const char *way;		/* [I] what it sends goes "in", "out" */
	FILE *capture;			/* [i] of what it sends; or NULL */
	struct facts facts;		/* of the client [I]; of the node [c] */
	struct btcpeer *p;		/* of the node [I]; of the client [c] */
	int shut;			/* [m] its socket again, or -1 */
	bool ready;			/* [i] the handshake is done */
	struct btcwire_msg *msg;	/* [i] what has just come */
	int64_t msg_us;			/* [i] when */
	unsigned late;			/* [i] came when the other had ended */
	bool started;			/* [m] */
	bool ended;			/* [m] */
	uint64_t waiting;		/* [m] queued for it and not written */
	char why[160];			/* [m] of its end */
};

struct link {
	struct links *all;		/* [I] */
	struct link *next, *prev;	/* [l] */
	unsigned n;			/* [I] its number */
	int fd;				/* [m] the client's; -1: given away */
	char addr[NET_TEXT];		/* [I] the client's */
	char local[NET_TEXT];		/* [l] our end of that to the node */
	pthread_mutex_t mtx;
	pthread_cond_t moved;		/* monotonic clock */
	struct side client, node;
};

/*
 * Make the peer of a side and start it.  What its version says is what the
 * facts of the other side are.
 *
 * Returns: whether it runs; a side that does not has ended, and says why.
 */
bool side_start(struct side *s, int fd BTCPEER_TAKES);

/* It will not be started, or ended before it was: why, unless there is a
 * reason already. */
void side_give_up(struct side *s, const char *why);

#endif
