/*
 * Text: a line for each member, what is in it below and further in, the values
 * of one object below each other.  Items of arrays are numbered.
 */
#include "emit.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define INDENT     2
#define NAME_WIDTH 14	/* set_user_agent */
#define ITEM_WIDTH 6	/* [1234] */

/* The beginning of a line; wide when a value follows. */
static void
line(struct emit *e, const char *name, bool wide)
{
	unsigned in = e->depth - 1;
	char item[24];

	if (e->level[in].array) {
		(void)snprintf(item, sizeof(item), "[%zu]",
		    e->level[in].next++);
		name = item;
	}
	printf("%*s%-*s%s", (int)(in * INDENT), "", !wide ? 0 :
	    e->level[in].array ? ITEM_WIDTH : NAME_WIDTH, name,
	    wide ? " " : "");
}

static void
finish(const char *label)
{
	if (label != NULL && label[0] != '\0')
		printf(" (%s)", label);
	(void)putchar('\n');
}

static void
begin(struct emit *e, const char *name, bool array, size_t n)
{
	assert(e->depth < EMIT_DEPTH);
	if (e->depth > 0) {
		line(e, name, array);
		if (array)
			printf("%zu", n);
		finish(NULL);
	} else if (e->objects > 0) {
		finish(NULL);
	}
	e->level[e->depth].array = array;
	e->level[e->depth++].next = 0;
}

static void
end(struct emit *e)
{
	if (--e->depth == 0)
		e->objects++;
}

static void
integer(struct emit *e, const char *name, int64_t v, const char *label)
{
	line(e, name, true);
	printf("%" PRId64, v);
	finish(label);
}

static void
boolean(struct emit *e, const char *name, bool v, const char *label)
{
	line(e, name, true);
	(void)fputs(v ? "yes" : "no", stdout);
	finish(label);
}

static void
string(struct emit *e, const char *name, const char *text, const char *label)
{
	line(e, name, true);
	(void)fputs(text[0] != '\0' ? text : "-", stdout);
	finish(label);
}

static void
escaped(struct emit *e, const char *name, const char *text)
{
	line(e, name, true);
	printf("\"%s\"\n", text);
}

const struct emit_ops emit_text = {
	.begin = begin,
	.end = end,
	.integer = integer,
	.boolean = boolean,
	.string = string,
	.escaped = escaped,
};
