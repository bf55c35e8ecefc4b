/*
 * Counts allocations and makes chosen ones fail.  For programs linked with
 *	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
 * The counters belong to the calling thread.  Check is linked statically and
 * its own allocations come here too: stop before any ck_ call.
 */
#ifndef TEST_ALLOCS_H
#define TEST_ALLOCS_H

#include <stddef.h>

struct allocs {
	unsigned long count;	/* calls */
	size_t bytes;		/* asked for, in sum */
};

/* Count from zero. */
void allocs_start(void);

/* Count no longer, fail no longer; what was counted. */
struct allocs allocs_stop(void);

/* Start counting, and let the call after the next nth ones fail, once. */
void allocs_start_failing(long nth);

#endif
