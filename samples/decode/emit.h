/*
 * What is printed, described once: whoever knows what an object has in it
 * calls these functions, and JSON or text for people comes out.
 *
 * name is the member's; NULL for the items of an array and for an object that
 * stands in nothing else, which is printed when it ends.  A label is an
 * explanation that only people get; "" or NULL: none.
 */
#ifndef SAMPLES_DECODE_EMIT_H
#define SAMPLES_DECODE_EMIT_H

#include <btcpeer/wire.h>

struct emit;
struct json_t;

/* What is different in JSON and in text. */
struct emit_ops {
	void (*begin)(struct emit *e, const char *name, bool array, size_t n);
	void (*end)(struct emit *e);
	void (*integer)(struct emit *e, const char *name, int64_t v,
	    const char *label);
	void (*boolean)(struct emit *e, const char *name, bool v,
	    const char *label);
	void (*string)(struct emit *e, const char *name, const char *text,
	    const char *label);
	void (*escaped)(struct emit *e, const char *name, const char *text);
	bool exact;	/* remote text is repeated in hex */
};

extern const struct emit_ops emit_json, emit_text;

#define EMIT_DEPTH 16	/* a witness of a compact block is at 8 */

struct emit {
	const struct emit_ops *ops;
	bool failed;		/* out of memory: the object is not whole */
	char *buf;		/* owned: strings that are being made */
	size_t room;
	size_t objects;		/* that ended and stood in nothing else */
	unsigned depth;
	struct {
		bool array;
		size_t next;		/* number of the next item */
		struct json_t *json;	/* of emit_json */
	} level[EMIT_DEPTH];
};

void emit_init(struct emit *e, const struct emit_ops *ops);
void emit_clear(struct emit *e);

void emit_object(struct emit *e, const char *name);
void emit_array(struct emit *e, const char *name, size_t n);
void emit_end(struct emit *e);

void emit_int(struct emit *e, const char *name, int64_t v);
void emit_label(struct emit *e, const char *name, int64_t v,
    const char *label);
void emit_bool(struct emit *e, const char *name, bool v, const char *label);

/* A number that stands for something; what, is its label. */
struct emit_choice {
	int64_t v;
	const char *label;
};

void emit_choice(struct emit *e, const char *name, int64_t v,
    const struct emit_choice *choices, size_t n);

/* Printable ASCII. */
void emit_string(struct emit *e, const char *name, const char *text);

/* Seconds since 1970. */
void emit_time(struct emit *e, const char *name, int64_t v);

/* A number that has the given number of hex digits. */
void emit_hex(struct emit *e, const char *name, uint64_t v, int digits,
    const char *label);

void emit_hash(struct emit *e, const char *name, const struct btcwire_hash *h);
void emit_hashes(struct emit *e, const char *name,
    const struct btcwire_hash *h, size_t n);
void emit_bytes(struct emit *e, const char *name, struct btcwire_bytes b);

/* Text from a remote: escaped, and exactly, in hex, as name_hex. */
void emit_remote(struct emit *e, const char *name, struct btcwire_bytes b);
void emit_remotes(struct emit *e, const char *name,
    const struct btcwire_bytes *b, size_t n);

/* Room for that many characters, in which strings are made; NULL and failed
 * set when there is none. */
char *emit_room(struct emit *e, size_t n);

#endif
