#include "emit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char digits[] = "0123456789abcdef";

void
emit_init(struct emit *e, const struct emit_ops *ops)
{
	*e = (struct emit){ .ops = ops };
}

void
emit_clear(struct emit *e)
{
	free(e->buf);
	e->buf = NULL;
}

char *
emit_room(struct emit *e, size_t n)
{
	char *p;

	if (n <= e->room)
		return e->buf;
	p = realloc(e->buf, n);
	if (p == NULL) {
		e->failed = true;
		return NULL;
	}
	e->buf = p;
	e->room = n;
	return p;
}

void
emit_object(struct emit *e, const char *name)
{
	e->ops->begin(e, name, false, 0);
}

void
emit_array(struct emit *e, const char *name, size_t n)
{
	e->ops->begin(e, name, true, n);
}

void
emit_end(struct emit *e)
{
	e->ops->end(e);
}

void
emit_int(struct emit *e, const char *name, int64_t v)
{
	e->ops->integer(e, name, v, NULL);
}

void
emit_label(struct emit *e, const char *name, int64_t v, const char *label)
{
	e->ops->integer(e, name, v, label);
}

void
emit_bool(struct emit *e, const char *name, bool v, const char *label)
{
	e->ops->boolean(e, name, v, label);
}

void
emit_choice(struct emit *e, const char *name, int64_t v,
    const struct emit_choice *choices, size_t n)
{
	size_t i = 0;

	while (i < n && choices[i].v != v)
		i++;
	emit_label(e, name, v, i < n ? choices[i].label : NULL);
}

void
emit_string(struct emit *e, const char *name, const char *text)
{
	e->ops->string(e, name, text, NULL);
}

void
emit_time(struct emit *e, const char *name, int64_t v)
{
	time_t t = (time_t)v;
	char label[64] = "";
	struct tm tm;

	if (v != 0 && t == v && gmtime_r(&t, &tm) != NULL &&
	    strftime(label, sizeof(label), "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		label[0] = '\0';
	e->ops->integer(e, name, v, label);
}

void
emit_hex(struct emit *e, const char *name, uint64_t v, int n,
    const char *label)
{
	char text[20];

	(void)snprintf(text, sizeof(text), "%0*" PRIx64, n, v);
	e->ops->string(e, name, text, label);
}

void
emit_hash(struct emit *e, const char *name, const struct btcwire_hash *h)
{
	char hex[BTCWIRE_HASH_HEX];

	e->ops->string(e, name, btcwire_hash_to_hex(hex, h), NULL);
}

void
emit_hashes(struct emit *e, const char *name, const struct btcwire_hash *h,
    size_t n)
{
	size_t i;

	emit_array(e, name, n);
	for (i = 0; i < n; i++)
		emit_hash(e, NULL, &h[i]);
	emit_end(e);
}

void
emit_bytes(struct emit *e, const char *name, struct btcwire_bytes b)
{
	char *hex = emit_room(e, 2 * b.len + 1);
	size_t i;

	if (hex == NULL)
		return;
	for (i = 0; i < b.len; i++) {
		hex[2 * i] = digits[b.data[i] >> 4];
		hex[2 * i + 1] = digits[b.data[i] & 15];
	}
	hex[2 * b.len] = '\0';
	e->ops->string(e, name, hex, NULL);
}

/* Printable ASCII as it is, backslash doubled, anything else as \xNN. */
static void
escaped(struct emit *e, const char *name, struct btcwire_bytes b)
{
	char *text = emit_room(e, 4 * b.len + 1), *w = text;
	size_t i;

	if (text == NULL)
		return;
	for (i = 0; i < b.len; i++) {
		uint8_t c = b.data[i];

		if (c == '\\')
			*w++ = '\\';
		if (c >= 0x20 && c <= 0x7e) {
			*w++ = (char)c;
			continue;
		}
		*w++ = '\\';
		*w++ = 'x';
		*w++ = digits[c >> 4];
		*w++ = digits[c & 15];
	}
	*w = '\0';
	e->ops->escaped(e, name, text);
}

static const char *
hex_name(char *buf, size_t size, const char *name)
{
	(void)snprintf(buf, size, "%s_hex", name);
	return buf;
}

void
emit_remote(struct emit *e, const char *name, struct btcwire_bytes b)
{
	char key[32];

	escaped(e, name, b);
	if (e->ops->exact)
		emit_bytes(e, hex_name(key, sizeof(key), name), b);
}

void
emit_remotes(struct emit *e, const char *name, const struct btcwire_bytes *b,
    size_t n)
{
	char key[32];
	size_t i;

	emit_array(e, name, n);
	for (i = 0; i < n; i++)
		escaped(e, NULL, b[i]);
	emit_end(e);
	if (!e->ops->exact)
		return;
	emit_array(e, hex_name(key, sizeof(key), name), n);
	for (i = 0; i < n; i++)
		emit_bytes(e, NULL, b[i]);
	emit_end(e);
}
