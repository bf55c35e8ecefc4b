/*
 * A connection over memory.  What the remote does is a script, what we send is
 * recorded, and time is a number that moves only with them: a test of slow
 * remotes takes no time.
 */
#ifndef TEST_MEMIO_H
#define TEST_MEMIO_H

#include <stdbool.h>

#include "gen.h"
#include "transport/io.h"

/* One thing that the remote does. */
struct memio_step {
	const uint8_t *data;	/* borrowed; NULL: no bytes */
	size_t len;
	int64_t ms;		/* without data: how long it is silent, */
	int code;		/* and what receiving gives then, if not 0 */
};

/* What becomes of one call of send. */
struct memio_turn {
	int64_t ms;		/* until something could be written */
	size_t max;		/* bytes taken at most; 0: all */
	int code;		/* what sending gives, if not 0 */
};

struct memio {
	int64_t now_ms;

	struct memio_step *step;	/* the script */
	size_t steps, step_cap, at;
	size_t taken;			/* of the step at hand */
	int at_end;			/* received after the last step: EOF */
	int recv_calls;
	int64_t recv_deadline;		/* of the last call */

	const struct memio_turn *turn;	/* borrowed; after them all is taken */
	size_t turns, turn_at;
	size_t send_max;		/* bytes taken by any call; 0: all */
	uint8_t *sent;
	size_t sent_len, sent_cap;
	int send_calls;
	int iov_most;			/* longest iov that was seen */
	int64_t send_deadline;
};

void memio_init(struct memio *m, int64_t now_ms);
void memio_clear(struct memio *m);
struct btct_io memio_io(struct memio *m);

/* Bytes that arrive at once; data is borrowed.  One receive gives no more than
 * one such piece. */
void memio_bytes(struct memio *m, const void *data, size_t len);

/* The same in pieces of one size, and of random sizes, small ones mostly. */
void memio_pieces(struct memio *m, const void *data, size_t len, size_t size);
void memio_random(struct memio *m, const void *data, size_t len, struct gen *g);

/* Nothing for a time. */
void memio_pause(struct memio *m, int64_t ms);

/* A receive that gives this code. */
void memio_code(struct memio *m, int code);

/* What the calls of send do, one after the other. */
void memio_turns(struct memio *m, const struct memio_turn *turn, size_t n);

#endif
