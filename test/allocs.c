#include "config.h"

#include <stdbool.h>
#include <stdlib.h>

#include "allocs.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

static _Thread_local struct allocs seen;
static _Thread_local bool counting;
static _Thread_local long left = -1;	/* until one fails; -1: none does */

void
allocs_start_failing(long nth)
{
	seen = (struct allocs){ 0 };
	left = nth;
	counting = true;
}

void
allocs_start(void)
{
	allocs_start_failing(-1);
}

struct allocs
allocs_stop(void)
{
	counting = false;
	left = -1;
	return seen;
}

static bool
refuse(size_t size)
{
	if (!counting)
		return false;
	seen.count++;
	seen.bytes += size;
	return left >= 0 && left-- == 0;
}

void *
__wrap_malloc(size_t size)
{
	return refuse(size) ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return refuse(n * size) ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return refuse(size) ? NULL : __real_realloc(p, size);
}
