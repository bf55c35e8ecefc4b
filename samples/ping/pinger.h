/*
 * One run of btcpeer-ping: the connection, and the pings one after the other.
 * The main thread sends and prints; the listeners only tell it what has
 * happened.
 */
#ifndef SAMPLES_PING_PINGER_H
#define SAMPLES_PING_PINGER_H

#include <pthread.h>

#include <btcpeer/peer.h>

#include "ping_args.h"
#include "tally.h"

#define PINGER_ERROR 512	/* room for a sentence */

/* What the listeners have seen. */
struct pinger_view {
	bool ready;		/* the handshake is done */
	bool ended;		/* the connection; why says why */
	uint64_t answered;	/* pings; of the one answered last: */
	int64_t last_us;	/* its round trip */
	int64_t sent_ms;	/* when it was sent */
	char why[160];
};

/*
 * Members are protected by:
 *   I  immutable once the peer runs      m  mtx      t  the main thread
 */
struct pinger {
	const struct ping_args *args;	/* [I] */
	struct btcpeer *peer;		/* [I] NULL before there is one */
	char remote[NET_TEXT];		/* [I] as the user named it */
	struct tally tally;		/* [t] */
	uint64_t answered;		/* [t] in all, before the last ping */
	int64_t asked_ms;		/* [t] when that was asked for */
	char error[PINGER_ERROR];	/* [t] "" while nothing is wrong */
	bool unwritten;			/* [t] standard output takes no more */
	pthread_mutex_t mtx;
	pthread_cond_t cond;		/* the view has changed */
	struct pinger_view view;	/* [m] */
};

void pinger_init(struct pinger *g, const struct ping_args *args);
void pinger_clear(struct pinger *g);

/* Connect, ping, disconnect, printing all but the summary.  Afterwards tally
 * and error are complete. */
void pinger_run(struct pinger *g);

#endif
