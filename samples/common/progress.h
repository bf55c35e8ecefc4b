/*
 * Progress on standard error: a bar with rate and time left on a terminal,
 * plain lines, at most one a second, anywhere else.
 */
#ifndef SAMPLES_COMMON_PROGRESS_H
#define SAMPLES_COMMON_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* What is to be shown. */
struct progress_state {
	const char *label;	/* "blocks"; another pointer begins a new bar */
	bool only_bytes;	/* done counts bytes, so that one rate will do */
	uint64_t done;
	uint64_t total;		/* 0: not known */
	uint64_t bytes;		/* for the rate in bytes */
};

/* All zero but for terminal. */
struct progress {
	bool terminal;
	bool shown;		/* the cursor stands behind a bar */
	const char *label;
	int64_t shown_ms;	/* when something was last printed */
	int64_t rated_ms;	/* when the rates were last updated */
	uint64_t rated_done;
	uint64_t rated_bytes;
	double rate;		/* done per second, smoothed */
	double byte_rate;
};

/* Looks whether standard error is a terminal. */
void progress_init(struct progress *p);

/* Show this, unless it is too early; to be called some ten times a second. */
void progress_show(struct progress *p, const struct progress_state *s,
    int64_t now_ms);

/* Show the end, and let it stand: so much came in seconds, however short that
 * was. */
void progress_finish(struct progress *p, const struct progress_state *s,
    uint64_t came, double seconds);

/* Remove the bar, before something else is written to standard error. */
void progress_clear(struct progress *p);

/* Milliseconds of the monotonic clock. */
int64_t progress_now_ms(void);

#endif
