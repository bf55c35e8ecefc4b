/*
 * Text into a fixed buffer, always terminated, never overrun; and the one way
 * in which bytes from a remote become text.
 */
#ifndef BTC_UTIL_TEXT_H
#define BTC_UTIL_TEXT_H

#include <stddef.h>

struct btcu_text {
	char *buf;
	size_t size;	/* of buf */
	size_t len;	/* what the whole text needs, NUL not counted */
};

void btcu_text_init(struct btcu_text *t, char *buf, size_t size);

void btcu_text_printf(struct btcu_text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Printable ASCII as it is, backslash doubled, anything else as \xNN; at most
 * max bytes of data are shown, then "...". */
void btcu_text_escape(struct btcu_text *t, const void *data, size_t len,
    size_t max);

#endif
