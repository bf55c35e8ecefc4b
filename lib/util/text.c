#include "config.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "util/text.h"

void
btcu_text_init(struct btcu_text *t, char *buf, size_t size)
{
	*t = (struct btcu_text){ .buf = buf, .size = size };
	if (size > 0)
		buf[0] = '\0';
}

void
btcu_text_printf(struct btcu_text *t, const char *fmt, ...)
{
	size_t room = t->len < t->size ? t->size - t->len : 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room > 0 ? t->buf + t->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->len += (size_t)n;
}

void
btcu_text_escape(struct btcu_text *t, const void *data, size_t len, size_t max)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i < len && i < max; i++) {
		if (p[i] == '\\')
			btcu_text_printf(t, "\\\\");
		else if (p[i] >= 0x20 && p[i] <= 0x7e)
			btcu_text_printf(t, "%c", p[i]);
		else
			btcu_text_printf(t, "\\x%02x", p[i]);
	}
	if (len > max)
		btcu_text_printf(t, "...");
}
