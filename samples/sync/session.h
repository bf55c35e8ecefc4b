/*
 * A session: everything one run of btcpeer-sync knows.  The peer's input
 * thread calls the listeners, and they do the work (get_headers.c,
 * get_blocks.c, follow.c); the main thread looks on, shows progress and keeps
 * the time (session.c).
 */
#ifndef SAMPLES_SYNC_SESSION_H
#define SAMPLES_SYNC_SESSION_H

#include <pthread.h>

#include <btcpeer/peer.h>

#include "../common/blkfile.h"
#include "../common/progress.h"
#include "loose.h"
#include "sync_args.h"
#include "tree.h"

#define SESSION_ERROR 1024	/* room for a sentence */
#define WINDOW        128u	/* blocks asked for, counted from the oldest missing */

enum session_phase {
	PHASE_HANDSHAKE,
	PHASE_HEADERS,		/* a getheaders waits for its answer */
	PHASE_BLOCKS,
	PHASE_TIP,		/* --follow: all is here, until there is news */
	PHASE_REACHED,		/* the remote's tip is reached: the end */
	PHASE_FAILED		/* error says why */
};

/* A headers message that may or may not have been the answer to ours: the
 * main thread gives another one a little time to come. */
enum session_doubt {
	DOUBT_NONE,
	DOUBT_UNLINKED,		/* it linked to no block we know */
	DOUBT_BEHIND		/* it ended below the height that the remote said */
};

enum slot_state {
	SLOT_EMPTY,
	SLOT_ASKED,
	SLOT_HELD		/* here and verified, but an older one is missing */
};

struct slot {
	enum slot_state state;
	struct btcwire_msg *msg;	/* when held */
};

/* The blocks on their way.  The slot of a height is height % WINDOW. */
struct window {
	struct slot slot[WINDOW];
	uint32_t next;		/* height of the oldest block missing */
	uint32_t end;		/* no block of this height or above was asked for */
	uint32_t asked;		/* slots in that state */
	size_t held_bytes;
	double mean_bytes;	/* size of a block lately */
};

/* What the main thread shows. */
struct session_view {
	enum session_phase phase;
	uint32_t headers;	/* height of the best chain of headers */
	uint32_t height;	/* up to here all its blocks are verified */
	uint32_t remote_height;	/* as its version said */
	uint64_t blocks;	/* verified in this run */
	enum session_doubt doubt;	/* of PHASE_HEADERS */
	int64_t progress_ms;	/* when something useful came last */
	int64_t asked_ms;	/* when the getheaders was sent */
	bool pinged;		/* and a ping after it, as no answer came */
	bool ready;		/* the handshake was done */
	bool following;		/* --follow: a first tip was reached */
};

/* A tip that was reached, with --follow. */
struct session_tip {
	uint32_t height;
	uint32_t left;		/* blocks of the former tip's branch */
	uint64_t blocks;	/* verified in this run by then */
	struct btcwire_hash hash;
};

/*
 * Members are protected by:
 *   I  immutable once the peer runs      m  mtx
 *   i  the input thread while the peer runs, the main thread otherwise
 *   t  the main thread
 */
struct session {
	const struct sync_args *args;	/* [I] */
	struct btcpeer *peer;		/* [I] NULL before there is one */
	struct tree tree;		/* [i] */
	struct blkfile file;		/* [i] closed without --out */
	uint64_t records;		/* [i] blocks in the file */
	struct loose loose;		/* [t] while the file is read */
	struct window window;		/* [i] */
	uint32_t remote_tip;		/* [i] last header that the remote named */
	bool full_reply;		/* [i] the last headers message was a full one */
	uint32_t tip;			/* [i] --follow: reached last; or TREE_NONE */
	bool news;			/* [i] newest was announced since ... */
	struct btcwire_hash newest;	/* [i] ... headers were asked for */
	uint64_t services;		/* [i] of the remote */
	struct progress progress;	/* [t] */
	bool bar_ended;			/* [t] --follow: no more of it */
	char remote[NET_TEXT];		/* [I] for messages */
	int64_t start_ms;		/* [t] when dialling began; 0: not yet */
	int64_t end_ms;			/* [t] */
	struct btcpeer_stats stats;	/* [t] the last look at the peer */
	pthread_mutex_t mtx;
	pthread_cond_t cond;		/* the last phase began, or tips came */
	struct session_view view;	/* [m] */
	struct session_tip *tips;	/* [m] from tips_taken on: to be printed */
	size_t tips_len;		/* [m] */
	size_t tips_taken;		/* [m] */
	size_t tips_room;		/* [m] */
	char error[SESSION_ERROR];	/* [m] */
};

/* Returns 0 or BTCPEER_E_NOMEM; session_clear() is due in both cases. */
int session_init(struct session *s, const struct sync_args *args);
void session_clear(struct session *s);

/* Read the file, connect, sync, disconnect.  Returns whether the remote's tip
 * was reached, and with --follow a signal came after that; else error says why
 * not. */
bool session_run(struct session *s);

/* ---- For the parts that do the work ------------------------------------- */

/* End with this sentence, unless the session has ended already. */
void session_fail(struct session *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Begin a phase, unless the session has ended. */
void session_enter(struct session *s, enum session_phase phase);

enum session_phase session_phase(struct session *s);

/* Something useful has come: let the main thread see it. */
void session_progress(struct session *s);

/* A copy of what the main thread shows. */
struct session_view session_view(struct session *s);

/* Send a message.  A failure ends the session. */
void session_send(struct session *s, enum btcwire_type type, const void *body);

/* Read the file that --out names.  Returns false after session_fail(). */
bool resume_load(struct session *s);

/* Ask for the headers after remote_tip. */
void headers_ask(struct session *s);
/* The remote has no more headers. */
void headers_end(struct session *s);
void headers_arrived(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_headers *headers, void *user);

/* All that the remote is known to have is here. */
void follow_reached(struct session *s);
/* The remote says that it has this block. */
void follow_announced(struct session *s, const struct btcwire_hash *hash);
void follow_inv(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *inv, void *user);
/* The oldest tip that was not taken yet; false: there is none. */
bool follow_next(struct session *s, struct session_tip *tip);

/* All headers are here: ask for the blocks. */
void blocks_begin(struct session *s);
void blocks_arrived(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_block *block, void *user);
void blocks_not_found(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *inv, void *user);
void blocks_clear(struct session *s);

#endif
