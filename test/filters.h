/*
 * Making and asking compact block filters, for the tests of these.
 */
#ifndef TEST_FILTERS_H
#define TEST_FILTERS_H

#include <btcpeer/wire.h>

#include "runner.h"

static inline struct btcwire_bytes
build(const struct btcwire_hash *block, const struct btcwire_bytes *items,
    size_t n)
{
	struct btcwire_bytes f;
	uint8_t *p = NULL;

	ck_assert_int_eq(btcwire_cfilter_build_items(&p, &f.len, block, items,
	    n), 0);
	f.data = p;
	return f;
}

static inline void
drop(struct btcwire_bytes b)
{
	free((void *)(uintptr_t)b.data);
}

/* Whether an item is in a filter that is in order. */
static inline bool
has(const struct btcwire_bytes *f, const struct btcwire_hash *block,
    const struct btcwire_bytes *items, size_t n)
{
	struct btcpeer_error err = { .code = 1 };
	bool match = false;

	ck_assert_int_eq(btcwire_cfilter_match(&match, f, block, items, n,
	    &err), 0);
	ck_assert_int_eq(err.code, 1);
	return match;
}

static inline struct btcwire_bytes
text(const char *s)
{
	return (struct btcwire_bytes){ (const uint8_t *)s, strlen(s) };
}

#endif
