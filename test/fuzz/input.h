/*
 * Taking an input to pieces.
 */
#ifndef TEST_INPUT_H
#define TEST_INPUT_H

#include <string.h>

#include <btcpeer/wire.h>

#include "fuzz/fuzz.h"
#include "wire/bytes.h"

/* What is left of an input. */
struct input {
	const uint8_t *p;
	size_t len;
};

/* The next bytes, at most n. */
static inline struct btcwire_bytes
take(struct input *in, size_t n)
{
	struct btcwire_bytes b = { in->p, n < in->len ? n : in->len };

	in->p += b.len;
	in->len -= b.len;
	return b;
}

/* n bytes into the caller's; zero where there are none. */
static inline void
take_into(struct input *in, void *p, size_t n)
{
	struct btcwire_bytes b = take(in, n);

	memset(p, 0, n);
	if (b.len > 0)
		memcpy(p, b.data, b.len);
}

static inline uint32_t
take_u32(struct input *in)
{
	uint8_t b[4];

	take_into(in, b, sizeof(b));
	return xf_le32(b);
}

/* As many as the two bytes before them say. */
static inline struct btcwire_bytes
take_part(struct input *in)
{
	uint8_t b[2];

	take_into(in, b, sizeof(b));
	return take(in, xf_le16(b));
}

/* NULL when it cannot be decoded. */
static inline struct btcwire_msg *
take_msg(enum btcwire_type type, const struct btcwire_bytes *b)
{
	struct btcwire_msg *msg = NULL;

	return btcwire_decode(&msg, type, b->data, b->len, BTCWIRE_PVER_NEWEST,
	    0, NULL) == 0 ? msg : NULL;
}

/* Memory for n items and one more, cleared. */
static inline void *
room(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	FUZZ_ASSERT(p != NULL);
	return p;
}

static inline void
check_error(const struct btcpeer_error *err, int rc)
{
	FUZZ_ASSERT(err->code == rc);
	FUZZ_ASSERT(memchr(err->text, '\0', sizeof(err->text)) != NULL);
	FUZZ_ASSERT((err->text[0] != '\0') == (rc != 0));
}

#endif
