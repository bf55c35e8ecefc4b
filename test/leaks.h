/*
 * What a process holds: descriptors, threads, memory.  Counted before and
 * after, they show what was left behind.
 */
#ifndef TEST_LEAKS_H
#define TEST_LEAKS_H

#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "runner.h"

struct holdings {
	unsigned descriptors, threads;
	size_t heap;	/* bytes; 0 where the allocator does not tell */
};

static inline unsigned
entries_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	if (dir == NULL)
		return 0;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static inline void *
leaks_thread(void *arg)
{
	return arg;
}

/* The first thread starts one of a sanitizer's own: wait for the first to go,
 * the second stays. */
static inline void
leaks_warm_up(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	unsigned most = entries_in("/proc/self/task") + TEST_SLOW;
	pthread_t t;
	int i;

	if (pthread_create(&t, NULL, leaks_thread, NULL) != 0)
		return;
	pthread_join(t, NULL);
	for (i = 0; i < 1000 && entries_in("/proc/self/task") > most; i++)
		nanosleep(&ms, NULL);
}

static inline struct holdings
holdings(void)
{
	struct holdings h = { .descriptors = entries_in("/proc/self/fd"),
	    .threads = entries_in("/proc/self/task") };

#if defined(__GLIBC__) && defined(__GLIBC_PREREQ) && !TEST_SLOW
# if __GLIBC_PREREQ(2, 33)
	h.heap = mallinfo2().uordblks;
# endif
#endif
	return h;
}

/* Wait until no more descriptors and threads are left than before, and at most
 * slack more bytes; false after 20 s.  A thread that was joined is still listed
 * for a moment. */
static inline bool
nothing_left(const struct holdings *before, size_t slack)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	struct holdings h = { 0 };
	int i;

	for (i = 0; i < 20000; i++) {
		h = holdings();
		if (h.descriptors <= before->descriptors &&
		    h.threads <= before->threads &&
		    h.heap <= before->heap + slack)
			return true;
		nanosleep(&ms, NULL);
	}
	printf("left: %u descriptors for %u, %u threads for %u, %zu bytes for "
	    "%zu\n", h.descriptors, before->descriptors, h.threads,
	    before->threads, h.heap, before->heap);
	return false;
}

#endif
