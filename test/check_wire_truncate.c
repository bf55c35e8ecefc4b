/*
 * Payloads cut at every byte: refused with the field that is not whole any
 * more, unless the protocol lets a message end there.
 */
#include "config.h"

#include "gen.h"
#include "in_place.h"
#include "layout.h"
#include "runner.h"
#include "same.h"
#include "samples.h"

enum { LONGEST = 4096 };	/* payloads that are cut everywhere */

/* A payload and what is known of it. */
struct whole {
	const char *name;
	enum btcwire_type type;
	uint32_t pver, flags;
	uint8_t *p;
	size_t len;
	struct layout layout;
};

static void
whole_init(struct whole *w, const char *name, enum btcwire_type type,
    uint32_t pver, uint32_t flags, uint8_t *p, size_t len)
{
	*w = (struct whole){ .name = name, .type = type, .pver = pver,
		.flags = flags, .p = p, .len = len };
	layout_init(&w->layout, type, p, len, pver, flags);
	ck_assert_msg(w->layout.end == len, "%s: %zu of %zu bytes", name,
	    w->layout.end, len);
}

static void
whole_clear(struct whole *w)
{
	layout_clear(&w->layout);
	free(w->p);
}

static int
decode(struct btcwire_msg **msg, const struct whole *w, size_t cut,
    struct btcpeer_error *err)
{
	uint8_t *p = exact_copy(w->p, cut);
	struct btcpeer_error direct;
	size_t end;
	int rc;

	*msg = NULL;
	memset(err, 0x7f, sizeof(*err));
	memset(&direct, 0x7f, sizeof(direct));
	rc = btcwire_decode(msg, w->type, p, cut, w->pver, w->flags, err);
	ck_assert_int_eq(rc, decode_in_place(w->type, p, cut, w->pver,
	    w->flags, &direct, &end));
	if (rc != 0)
		ck_assert(direct.code == err->code &&
		    direct.offset == err->offset &&
		    strcmp(direct.text, err->text) == 0);
	free(p);
	return rc;
}

/* What a version that ends before field f says, given all that it could. */
static struct btcwire_version
version_to(const struct btcwire_version *all, const struct field *f)
{
	struct btcwire_version v = *all;

	v.relay = true;
	if (strcmp(f->name, "relay flag") == 0)
		return v;
	v.start_height = 0;
	if (strcmp(f->name, "start height") == 0)
		return v;
	v.user_agent = (struct btcwire_bytes){ NULL, 0 };
	if (strcmp(f->name, "user agent") == 0)
		return v;
	v.addr_from = (struct btcwire_netaddr){ 0 };
	v.nonce = 0;
	return v;
}

static void
check_legal_end(const struct whole *w, size_t cut, const struct field *f,
    const struct btcwire_msg *msg)
{
	struct btcpeer_error err;
	struct btcwire_msg *all = NULL;
	struct btcwire_version version;
	struct btcwire_reject reject;
	const void *want = &version;
	size_t trailing = 99;

	ck_assert_int_eq(decode(&all, w, w->len, &err), 0);
	if (w->type == BTCWIRE_VERSION) {
		version = version_to(btcwire_version_of(all), f);
	} else {
		ck_assert_int_eq(w->type, BTCWIRE_REJECT);
		reject = *btcwire_reject_of(all);
		reject.has_hash = false;
		want = &reject;
	}
	ck_assert(same_body(w->type, btcwire_msg_body(msg), want));
	ck_assert_uint_eq(btcwire_msg_raw(msg, &trailing).len, cut);
	ck_assert_uint_eq(trailing, cut - f->offset);
	btcwire_msg_unref(all);
}

static bool
may_end(const struct field *f, size_t cut)
{
	return f->end == END_WITHIN ||
	    (f->end == END_BEFORE && cut == f->offset);
}

/* "COMMAND: FIELD ..." */
static void
check_sentence(const struct whole *w, size_t cut, const struct field *f,
    const struct btcpeer_error *err)
{
	char opening[64];

	snprintf(opening, sizeof(opening), "%s: %s ", btcwire_command(w->type),
	    f->name);
	ck_assert_msg(strncmp(err->text, opening, strlen(opening)) == 0,
	    "%s at %zu: \"%s\" is not about %s", w->name, cut, err->text,
	    f->name);
	ck_assert(memchr(err->text, '\0', sizeof(err->text)) != NULL);
}

/* Gives how many places there are to stop at before the end. */
static int
cut_everywhere(const struct whole *w)
{
	const struct field *f;
	struct btcpeer_error err;
	struct btcwire_msg *msg;
	int legal = 0, rc;
	size_t cut;

	for (cut = 0; cut < w->len; cut++) {
		rc = decode(&msg, w, cut, &err);
		f = layout_cut(&w->layout, cut);
		ck_assert_ptr_nonnull(f);
		if (may_end(f, cut)) {
			ck_assert_msg(rc == 0, "%s: %d at %zu", w->name, rc,
			    cut);
			check_legal_end(w, cut, f, msg);
			btcwire_msg_unref(msg);
			legal++;
			continue;
		}
		ck_assert_msg(rc == BTCPEER_E_SHORT, "%s: %d at %zu", w->name,
		    rc, cut);
		ck_assert_ptr_null(msg);
		ck_assert_int_eq(err.code, rc);
		ck_assert_msg(err.offset == f->offset,
		    "%s cut to %zu: %zu, not %zu: %s", w->name, cut,
		    err.offset, f->offset, err.text);
		check_sentence(w, cut, f, &err);
	}
	rc = decode(&msg, w, w->len, &err);
	ck_assert_msg(rc == 0, "%s: %d", w->name, rc);
	btcwire_msg_unref(msg);
	return legal;
}

static void
whole_of_sample(struct whole *w, const struct sample *s)
{
	size_t len;
	uint8_t *p = unhex(s->hex, &len);

	whole_init(w, s->name, s->type, s->pver, s->flags, p, len);
}

START_TEST(written_by_hand)
{
	struct whole w;

	whole_of_sample(&w, &samples[_i]);
	cut_everywhere(&w);
	whole_clear(&w);
}
END_TEST

/* How many places there are to stop at before the end. */
static const struct {
	const char *sample;
	int places;
} stops[] = {
	{ "version", 4 }, { "version to height", 3 },
	{ "version to agent", 2 }, { "version to nonce", 1 },
	{ "version to addr_recv", 0 }, { "reject tx", 1 },
	{ "reject no hash", 0 }, { "reject version", 0 },
	{ "reject version hash", 32 }, { "headers", 0 }, { "alert", 0 },
};

START_TEST(places_to_stop_at)
{
	struct whole w;
	int i, found = 0;

	for (i = 0; i < n_samples; i++) {
		if (strcmp(samples[i].name, stops[_i].sample) != 0)
			continue;
		found++;
		whole_of_sample(&w, &samples[i]);
		ck_assert_int_eq(cut_everywhere(&w), stops[_i].places);
		whole_clear(&w);
	}
	ck_assert_int_eq(found, 1);
}
END_TEST

static const struct {
	uint32_t pver, flags;
} forms[] = {
	{ BTCWIRE_PVER_NEWEST, 0 },	/* the others are held against this */
	{ BTCWIRE_PVER_NEWEST, BTCWIRE_NO_WITNESS },
	{ BTCWIRE_PVER_BIP31 - 1, 0 },
	{ BTCWIRE_PVER_ADDR_TIME - 1, BTCWIRE_NO_WITNESS },
};
enum { N_FORMS = sizeof(forms) / sizeof(forms[0]), TRIES = 500 };

/* The longest body that fits, of a number of random ones; borrowed from g. */
static const void *
pick_body(struct gen *g, enum btcwire_type type)
{
	uint64_t state, best = 0;
	size_t size, longest = 0;
	int i;

	for (i = 0; i < TRIES; i++) {
		state = g->state;
		ck_assert_int_eq(btcwire_body_size(&size, type,
		    gen_body(g, type), BTCWIRE_PVER_NEWEST, 0, NULL), 0);
		if (size <= LONGEST && size >= longest) {
			longest = size;
			best = state;
		}
	}
	g->state = best;
	return gen_body(g, type);
}

/* Each form that differs from the newest. */
START_TEST(generated)
{
	enum btcwire_type type = (enum btcwire_type)_i;
	uint8_t *p, *newest = NULL;
	size_t len, newest_len = 0;
	const void *body;
	struct whole w;
	struct gen g;
	int i;

	gen_init(&g, 1000 + (uint64_t)_i);
	body = pick_body(&g, type);
	for (i = 0; i < N_FORMS; i++) {
		ck_assert_int_eq(btcwire_body_encode_new(&p, &len, type, body,
		    forms[i].pver, forms[i].flags, NULL), 0);
		if (i == 0) {
			newest = exact_copy(p, len);
			newest_len = len;
		} else if (len == newest_len && memcmp(p, newest, len) == 0) {
			free(p);
			continue;
		}
		whole_init(&w, btcwire_command(type), type, forms[i].pver,
		    forms[i].flags, p, len);
		cut_everywhere(&w);
		whole_clear(&w);
	}
	free(newest);
	gen_clear(&g);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_truncate");
	TCase *tc = add_tcase(s, "samples");

	tcase_add_loop_test(tc, written_by_hand, 0, n_samples);
	tcase_add_loop_test(tc, places_to_stop_at, 0, N_ROWS(stops));
	tc = add_tcase(s, "generated");
	tcase_add_loop_test(tc, generated, BTCWIRE_UNKNOWN + 1, BTCWIRE_NTYPES);
	return run_suite(s);
}
