/*
 * Where the fields of a payload stand: the forms of all messages written down
 * once more, from the protocol and not from the codecs, so that a test knows
 * without them which field a byte belongs to.
 */
#ifndef TEST_LAYOUT_H
#define TEST_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <btcpeer/wire.h>

enum field_kind {
	FIELD_FIXED,	/* as many bytes as it always has */
	FIELD_BYTES,	/* as many as the length before it says */
	FIELD_LENGTH,	/* CompactSize: bytes that follow */
	FIELD_COUNT,	/* CompactSize: items that follow */
	FIELD_NUMBER	/* CompactSize: a value that sizes nothing */
};

/* Whether a payload that ends in a field is still a message. */
enum field_end {
	END_NEVER,
	END_BEFORE,	/* when it ends where the field begins */
	END_WITHIN	/* and in the middle: what is there is trailing bytes */
};

struct field {
	const char *name;	/* as error messages call it */
	enum field_kind kind;
	enum field_end end;
	size_t offset, width;
	int inside;		/* of the string with fields of its own that
				 * this FIELD_LENGTH begins, or -1 */

	/* A CompactSize. */
	uint64_t n;
	uint64_t max;		/* greatest legal n */
	size_t min_item;	/* FIELD_COUNT: least bytes of an item ... */
	size_t item_size;	/* ... and what one takes in memory */
};

struct layout {
	struct field *field;
	int n;
	size_t end;		/* of the body */
};

/* Fails the test when the payload does not have that form; what follows the
 * body is not looked at. */
void layout_init(struct layout *l, enum btcwire_type type, const uint8_t *p,
    size_t len, uint32_t pver, uint32_t flags);
void layout_clear(struct layout *l);

static inline bool
is_compact(const struct field *f)
{
	return f->kind == FIELD_LENGTH || f->kind == FIELD_COUNT ||
	    f->kind == FIELD_NUMBER;
}

/*
 * The field that a payload cut to that length has no longer whole: the one
 * whose bytes are missing, or the count of items that cannot all be there.
 * NULL: none.
 */
const struct field *layout_cut(const struct layout *l, size_t cut);

/* CompactSize of n in the form of width 1, 3, 5 or 9; gives width. */
static inline size_t
put_compact_wide(uint8_t *p, uint64_t n, size_t width)
{
	size_t i;

	p[0] = width == 1 ? (uint8_t)n : width == 3 ? 0xfd : width == 5 ? 0xfe :
	    0xff;
	for (i = 1; i < width; i++)
		p[i] = (uint8_t)(n >> 8 * (i - 1));
	return width;
}

/* In the shortest form; gives how many bytes it has. */
static inline size_t
put_compact(uint8_t *p, uint64_t n)
{
	return put_compact_wide(p, n, n < 0xfd ? 1 : n <= 0xffff ? 3 :
	    n <= 0xffffffff ? 5 : 9);
}

/*
 * The payload with other bytes in place of the field f, and with the lengths
 * adjusted that f is inside of; free() it.  Out: at, where they stand.
 */
uint8_t *layout_replace(const struct layout *l, const struct field *f,
    const uint8_t *p, size_t len, const uint8_t *with, size_t n,
    size_t *new_len, size_t *at);

#endif
