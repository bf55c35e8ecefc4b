/*
 * JSON: an object is built whole, and is one line.  Members come in the order
 * in which they were put in.  After a failure nothing of it is printed.
 */
#include "emit.h"

#include <assert.h>
#include <stdio.h>

#include <jansson.h>

/* Everything is ASCII by now.  A value that cannot be put in is given back. */
static bool
put(struct emit *e, const char *name, json_t *v)
{
	json_t *in = e->level[e->depth - 1].json;
	int rc = name != NULL ? json_object_set_new_nocheck(in, name, v)
	    : json_array_append_new(in, v);

	if (rc != 0)
		e->failed = true;
	return rc == 0;
}

/* What is in an array or object belongs to it. */
static void
begin(struct emit *e, const char *name, bool array, size_t n)
{
	json_t *v = array ? json_array() : json_object();

	(void)n;
	assert(e->depth < EMIT_DEPTH);
	if (v == NULL || (e->depth > 0 && !put(e, name, v))) {
		e->failed = true;
		v = NULL;
	}
	e->level[e->depth++].json = v;
}

static void
end(struct emit *e)
{
	json_t *v = e->level[--e->depth].json;

	if (e->depth > 0)
		return;
	if (!e->failed) {
		e->objects++;
		if (json_dumpf(v, stdout, JSON_COMPACT |
		    JSON_PRESERVE_ORDER) != 0 && !ferror(stdout))
			e->failed = true;
		(void)putchar('\n');
	}
	json_decref(v);
}

static void
integer(struct emit *e, const char *name, int64_t v, const char *label)
{
	(void)label;
	(void)put(e, name, json_integer(v));
}

static void
boolean(struct emit *e, const char *name, bool v, const char *label)
{
	(void)label;
	(void)put(e, name, json_boolean(v));
}

static void
string(struct emit *e, const char *name, const char *text, const char *label)
{
	(void)label;
	(void)put(e, name, json_string_nocheck(text));
}

static void
escaped(struct emit *e, const char *name, const char *text)
{
	(void)put(e, name, json_string_nocheck(text));
}

const struct emit_ops emit_json = {
	.begin = begin,
	.end = end,
	.integer = integer,
	.boolean = boolean,
	.string = string,
	.escaped = escaped,
	.exact = true,
};
