/*
 * A compact block, the block that it has to become, and steps on the way.
 */
#ifndef TEST_PARTIALS_H
#define TEST_PARTIALS_H

#include "runner.h"
#include "sound.h"
#include "wire/msgpriv.h"

#define NEWEST BTCWIRE_PVER_NEWEST
#define NONCE UINT64_C(0x1122334455667788)

static inline struct btcwire_msg *
new_msg(enum btcwire_type type, const void *body)
{
	struct btcwire_msg *msg = NULL;

	ck_assert_int_eq(btcwire_msg_new(&msg, type, body, NULL), 0);
	return msg;
}

static inline unsigned
refs(const struct btcwire_msg *msg)
{
	return atomic_load(&msg->refs);
}

/* A block that is being put together, and what it has to become. */
struct scene {
	struct gen g;
	struct btcwire_msg *whole;
	const struct btcwire_block *block;	/* in whole */
	struct btcwire_msg *compact;
	struct btcwire_partial *p;
};

/* The generator stays the caller's to begin. */
static inline void
scene_of(struct scene *s, const struct btcwire_block *block)
{
	s->whole = new_msg(BTCWIRE_BLOCK, block);
	s->block = btcwire_block_of(s->whole);
	s->compact = NULL;
	s->p = NULL;
}

/* Begin with the compact block that is there, or one of the block. */
static inline void
begin(struct scene *s)
{
	if (s->compact == NULL)
		ck_assert_int_eq(btcwire_cmpctblock_new(&s->compact, s->block,
		    NONCE, NULL, 0, NULL), 0);
	ck_assert_int_eq(btcwire_partial_new(&s->p, s->compact, NULL), 0);
}

/* A random block of 12 transactions. */
static inline void
open_scene(struct scene *s, uint64_t seed)
{
	gen_init(&s->g, seed);
	scene_of(s, sound_block(&s->g, 12));
	begin(s);
}

static inline void
close_scene(struct scene *s)
{
	btcwire_partial_free(s->p);
	if (s->compact != NULL)
		ck_assert_uint_eq(refs(s->compact), 1);
	ck_assert_uint_eq(refs(s->whole), 1);
	btcwire_msg_unref(s->compact);
	btcwire_msg_unref(s->whole);
	gen_clear(&s->g);
}

static inline bool
wants(struct scene *s, const struct btcwire_tx *tx)
{
	struct btcwire_hash wtxid;

	btcwire_wtxid(&wtxid, tx);
	return btcwire_partial_wants(s->p, &wtxid);
}

static inline void
add(struct scene *s, const struct btcwire_tx *tx, struct btcwire_msg *owner)
{
	ck_assert_int_eq(btcwire_partial_add(s->p, tx, owner), 0);
}

/* Transactions of the block itself. */
static inline void
add_range(struct scene *s, size_t from, size_t to)
{
	for (; from < to; from++)
		add(s, &s->block->tx[from], s->whole);
}

static inline void
check_missing(struct scene *s, const uint16_t *want, size_t want_len)
{
	size_t i, n = 12345;
	const uint16_t *list = btcwire_partial_missing(s->p, &n);

	ck_assert_uint_eq(n, want_len);
	for (i = 0; i < n; i++)
		ck_assert_uint_eq(list[i], want[i]);
}

static inline void
check_text(const char *name, const struct btcpeer_error *err, const char *text)
{
	ck_assert_msg(memchr(err->text, '\0', sizeof(err->text)) != NULL &&
	    strstr(err->text, text) != NULL, "%s: \"%s\"", name, err->text);
}

/* No block comes of it, for this reason. */
static inline void
check_refused(struct scene *s, int want, const char *text)
{
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;

	ck_assert_int_eq(btcwire_partial_block(&msg, s->p, &err), want);
	ck_assert_ptr_null(msg);
	ck_assert_int_eq(err.code, want);
	check_text("block", &err, text);
	ck_assert_int_eq(btcwire_partial_block(&msg, s->p, NULL), want);
}

/* The block is there, byte for byte, and stands on its own. */
static inline void
check_whole(struct scene *s)
{
	struct btcwire_bytes want = btcwire_msg_raw(s->whole, NULL), got;
	struct btcwire_msg *msg = NULL;

	check_missing(s, NULL, 0);
	ck_assert_int_eq(btcwire_partial_block(&msg, s->p, NULL), 0);
	btcwire_partial_free(s->p);
	s->p = NULL;
	ck_assert_int_eq(btcwire_msg_type(msg), BTCWIRE_BLOCK);
	ck_assert_uint_eq(refs(msg), 1);
	got = btcwire_msg_raw(msg, NULL);
	ck_assert_uint_eq(got.len, want.len);
	ck_assert_mem_eq(got.data, want.data, want.len);
	btcwire_msg_unref(msg);
}

/* What a remote answers when asked for these. */
static inline struct btcwire_msg *
answer(const struct scene *s, const uint16_t *index, size_t n)
{
	struct btcwire_blocktxn m = { .tx_len = n };
	struct btcwire_tx *tx = calloc(n + 1, sizeof(*tx));
	struct btcwire_msg *msg;
	size_t i;

	ck_assert_ptr_nonnull(tx);
	for (i = 0; i < n; i++)
		tx[i] = s->block->tx[index[i]];
	m.tx = tx;
	btcwire_header_hash(&m.block, &s->block->header);
	msg = new_msg(BTCWIRE_BLOCKTXN, &m);
	free(tx);
	return msg;
}

/* Ask for what is missing, and get it. */
static inline void
fill(struct scene *s)
{
	size_t n;
	const uint16_t *list = btcwire_partial_missing(s->p, &n);
	struct btcwire_msg *msg = answer(s, list, n);

	ck_assert_int_eq(btcwire_partial_fill(s->p, msg, NULL), 0);
	ck_assert_uint_eq(refs(msg), 1 + n);
	btcwire_msg_unref(msg);
}

static inline struct btcwire_msg *
read_msg(const char *file, enum btcwire_type type)
{
	struct btcwire_msg *msg = NULL;
	size_t len;
	uint8_t *p = read_data(file, &len);

	ck_assert_int_eq(btcwire_decode(&msg, type, p, len, NEWEST,
	    BTCWIRE_STRICT, NULL), 0);
	free(p);
	return msg;
}

#endif
