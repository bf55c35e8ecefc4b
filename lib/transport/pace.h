/*
 * How fast a remote must send: a byte now and then, and a message that has
 * begun must come along.  Pure: time is passed in.
 */
#ifndef BTC_TRANSPORT_PACE_H
#define BTC_TRANSPORT_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BTCT_PACE_WINDOW_MS 60000	/* a message that has begun brings */
#define BTCT_PACE_BYTES     61440	/* this much in each such window, or ends */

struct btct_pace {
	int64_t idle_ms;	/* longest time without a byte; negative: for ever */
	int64_t last_ms;	/* when the last byte came */
	int64_t window_ms;	/* when the present window began */
	size_t window_bytes;
	bool in_message;
};

void btct_pace_init(struct btct_pace *p, int64_t idle_ms, int64_t now_ms);

/* About to wait for more of a new message, of which some has come (begun) or
 * nothing yet: time before now does not count. */
void btct_pace_rest(struct btct_pace *p, bool begun, int64_t now_ms);

/* n bytes of a message came. */
void btct_pace_got(struct btct_pace *p, size_t n, int64_t now_ms);

/* When to give up; BTCU_NEVER where there is no bound. */
int64_t btct_pace_deadline(const struct btct_pace *p);

/* At the deadline: whether it was a message that came too slowly. */
bool btct_pace_too_slow(const struct btct_pace *p);

#endif
