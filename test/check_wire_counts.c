/*
 * Every CompactSize of every message: taken in its shortest form only, and
 * when it lies, refused before memory is taken for it.
 */
#include "config.h"

#include "allocs.h"
#include "layout.h"
#include "runner.h"
#include "samples.h"

struct probe {
	const struct sample *s;
	struct layout layout;
	uint8_t *p;
	size_t len;
};

static void
probe_init(struct probe *b, const struct sample *s)
{
	b->s = s;
	b->p = unhex(s->hex, &b->len);
	layout_init(&b->layout, s->type, b->p, b->len, s->pver, s->flags);
	ck_assert_uint_eq(b->layout.end, b->len);
}

static void
probe_clear(struct probe *b)
{
	layout_clear(&b->layout);
	free(b->p);
}

/* "COMMAND: FIELD ..." */
static bool
is_about(const struct btcpeer_error *err, const struct probe *b,
    const struct field *f)
{
	const char *command = btcwire_command(b->s->type), *text = err->text;
	size_t n = strlen(command), m = strlen(f->name);

	return strncmp(text, command, n) == 0 &&
	    strncmp(text + n, ": ", 2) == 0 &&
	    strncmp(text + n + 2, f->name, m) == 0 && text[n + 2 + m] == ' ';
}

/* ---- Forms that are not the shortest ----------------------------------- */

static void
refuse_wide(const struct probe *b, const struct field *f, uint64_t n,
    size_t width)
{
	struct btcpeer_error err;
	struct btcwire_msg *msg = NULL;
	uint8_t wide[9], *p, *exact;
	size_t len, at;
	int rc;

	put_compact_wide(wide, n, width);
	p = layout_replace(&b->layout, f, b->p, b->len, wide, width, &len, &at);
	exact = exact_copy(p, len);
	free(p);
	rc = btcwire_decode(&msg, b->s->type, exact, len, b->s->pver,
	    b->s->flags, &err);
	ck_assert_msg(rc == BTCPEER_E_NONCANON, "%s: %s %llu in %zu bytes: %d",
	    b->s->name, f->name, (unsigned long long)n, width, rc);
	ck_assert_ptr_null(msg);
	ck_assert_int_eq(err.code, rc);
	ck_assert_msg(err.offset == at, "%s: %s at %zu, not %zu", b->s->name,
	    f->name, err.offset, at);
	ck_assert_msg(is_about(&err, b, f), "\"%s\"", err.text);
	free(exact);
}

START_TEST(shortest_form_only)
{
	static const struct {
		uint64_t n;
		size_t least;	/* bytes that are too many */
	} values[] = { { 0, 3 }, { 1, 3 }, { 252, 3 }, { 253, 5 },
		{ 65535, 5 }, { 65536, 9 }, { UINT32_MAX, 9 } };
	static const size_t widths[] = { 3, 5, 9 };
	struct probe b;
	const struct field *f;
	int i, j, w;

	probe_init(&b, &samples[_i]);
	for (i = 0; i < b.layout.n; i++) {
		f = &b.layout.field[i];
		if (!is_compact(f))
			continue;
		for (w = 0; w < N_ROWS(widths); w++) {
			if (widths[w] > f->width)
				refuse_wide(&b, f, f->n, widths[w]);
			for (j = 0; j < N_ROWS(values); j++)
				if (widths[w] >= values[j].least)
					refuse_wide(&b, f, values[j].n,
					    widths[w]);
		}
	}
	probe_clear(&b);
}
END_TEST

/* ---- Lies -------------------------------------------------------------- */

/*
 * The payload up to field f, a lie in its place, and so many bytes that are
 * there.  Out: at, where the lie stands; free() what is returned.
 */
static uint8_t *
put_lie(const struct probe *b, const struct field *f, uint64_t lie,
    size_t honest, size_t *len, size_t *at)
{
	const struct field *outer = f->inside >= 0 ?
	    &b->layout.field[f->inside] : NULL;
	uint8_t *p = calloc(1, b->len + honest + 20), *q = p, number[9];
	size_t from = 0, width = put_compact(number, lie);

	ck_assert_ptr_nonnull(p);
	if (outer != NULL) {
		memcpy(q, b->p, outer->offset);
		q += outer->offset;
		from = outer->offset + outer->width;
		q += put_compact(q, f->offset - from + width + honest);
	}
	memcpy(q, b->p + from, f->offset - from);
	q += f->offset - from;
	*at = (size_t)(q - p);
	memcpy(q, number, width);
	q += width + honest;
	if (outer != NULL)
		q++;		/* an empty signature */
	*len = (size_t)(q - p);
	return p;
}

/*
 * Memory for a message of that length that tells the truth, whatever it is:
 * the payload, what it decodes to, and what the room for that is guessed too
 * large.
 */
static size_t
honest_memory(size_t len)
{
	return 4096 + 6 * len;
}

/* What is to come of it: 0 when the lie may be the truth. */
struct outcome {
	int code;
	size_t at;
	const struct field *about;
};

/*
 * Counts that stand before f, and are honest, come first: their items may not
 * fit any more, now that the payload ends early.
 */
static bool
count_before(struct outcome *o, const struct probe *b, const struct field *f,
    size_t left, size_t at)
{
	const struct field *g;
	size_t between;

	for (g = b->layout.field; g < f; g++) {
		between = f->offset - g->offset - g->width;
		if (g->kind != FIELD_COUNT || g->inside != f->inside ||
		    g->n * g->min_item <= between + left)
			continue;
		*o = (struct outcome){ BTCPEER_E_SHORT,
			at - (f->offset - g->offset), g };
		return true;
	}
	return false;
}

static struct outcome
outcome_of(const struct probe *b, const struct field *f, uint64_t lie,
    size_t honest, size_t at)
{
	struct outcome o = { 0, at, f };
	uint8_t number[9];
	size_t width = put_compact(number, lie);

	if (count_before(&o, b, f, width + honest, at))
		return o;
	if (lie > f->max) {
		o.code = BTCPEER_E_TOOBIG;
	} else if (f->kind == FIELD_COUNT && lie * f->min_item > honest) {
		o.code = BTCPEER_E_SHORT;
	} else if (f->kind == FIELD_LENGTH && lie > honest) {
		o.code = BTCPEER_E_SHORT;
		o.at += width;
	}
	return o;
}

static void
tell_lie(const struct probe *b, const struct field *f, uint64_t lie,
    size_t honest)
{
	struct btcpeer_error err = { .offset = SIZE_MAX };
	struct btcwire_msg *msg = NULL;
	size_t len, at, bound;
	uint8_t *p = put_lie(b, f, lie, honest, &len, &at);
	struct outcome want = outcome_of(b, f, lie, honest, at);
	struct allocs taken;
	int rc;

	bound = honest_memory(len);
	if (want.code == 0 && f->kind == FIELD_COUNT)
		bound += 2 * (size_t)lie * f->item_size;
	allocs_start();
	rc = btcwire_decode(&msg, b->s->type, p, len, b->s->pver, b->s->flags,
	    &err);
	taken = allocs_stop();
	ck_assert_msg(taken.bytes <= bound,
	    "%s: %s %llu with %zu bytes: took %zu", b->s->name, f->name,
	    (unsigned long long)lie, honest, taken.bytes);
	/* What may be true is not refused where it stands. */
	ck_assert(want.code != 0 || err.offset != at ||
	    (rc != BTCPEER_E_TOOBIG && rc != BTCPEER_E_SHORT));
	if (want.code != 0) {
		ck_assert_msg(rc == want.code && err.offset == want.at,
		    "%s: %s %llu with %zu bytes: %d at %zu, not %d at %zu: %s",
		    b->s->name, f->name, (unsigned long long)lie, honest, rc,
		    err.offset, want.code, want.at, rc != 0 ? err.text : "");
		ck_assert_msg(is_about(&err, b, want.about), "\"%s\"",
		    err.text);
	}
	if (rc == 0)
		btcwire_msg_unref(msg);
	free(p);
}

START_TEST(lies)
{
	static const uint64_t numbers[] = { 200, 252, 253, 1000, 2000, 50000,
		65535, 65536, 100000, 1000000, 4000000, 0x1ffffff, 0x2000000,
		0x2000001, UINT32_MAX, UINT64_C(1) << 32, INT64_MAX,
		UINT64_MAX };
	static const size_t honest[] = { 0, 1, 100, 200000 };
	struct probe b;
	const struct field *f;
	size_t fit;
	int i, j, k;

	probe_init(&b, &samples[_i]);
	for (i = 0; i < b.layout.n; i++) {
		f = &b.layout.field[i];
		if (!is_compact(f))
			continue;
		for (k = 0; k < N_ROWS(honest); k++) {
			for (j = 0; j < N_ROWS(numbers); j++)
				tell_lie(&b, f, numbers[j], honest[k]);
			/* All that fit, and one more. */
			fit = honest[k] / (f->min_item > 0 ? f->min_item : 1);
			tell_lie(&b, f, fit, honest[k]);
			tell_lie(&b, f, fit + 1, honest[k]);
			if (f->max < UINT64_MAX) {
				tell_lie(&b, f, f->max, honest[k]);
				tell_lie(&b, f, f->max + 1, honest[k]);
			}
		}
	}
	probe_clear(&b);
}
END_TEST

/* Each of them is in some sample: by command, how many different ones. */
static const struct {
	enum btcwire_type type;
	int places;
} places[] = {
	{ BTCWIRE_VERSION, 1 }, { BTCWIRE_INV, 1 }, { BTCWIRE_GETDATA, 1 },
	{ BTCWIRE_NOTFOUND, 1 }, { BTCWIRE_GETBLOCKS, 1 },
	{ BTCWIRE_GETHEADERS, 1 }, { BTCWIRE_HEADERS, 2 },
	{ BTCWIRE_BLOCK, 7 }, { BTCWIRE_TX, 6 }, { BTCWIRE_ADDR, 1 },
	{ BTCWIRE_REJECT, 2 }, { BTCWIRE_FEATURE, 2 }, { BTCWIRE_ADDRV2, 3 },
	{ BTCWIRE_MERKLEBLOCK, 2 }, { BTCWIRE_FILTERLOAD, 1 },
	{ BTCWIRE_FILTERADD, 1 }, { BTCWIRE_CMPCTBLOCK, 9 },
	{ BTCWIRE_GETBLOCKTXN, 2 }, { BTCWIRE_BLOCKTXN, 7 },
	{ BTCWIRE_CFILTER, 1 }, { BTCWIRE_CFHEADERS, 1 },
	{ BTCWIRE_CFCHECKPT, 1 }, { BTCWIRE_ALERT, 8 }, { BTCWIRE_SKETCH, 1 },
	{ BTCWIRE_RECONCILDIFF, 1 }, { BTCWIRE_ANCPKGINFO, 1 },
	{ BTCWIRE_GETPKGTXNS, 1 }, { BTCWIRE_PKGTXNS, 7 },
};

static bool
same_place(const struct field *a, const struct field *b)
{
	return is_compact(a) && is_compact(b) && a->kind == b->kind &&
	    strcmp(a->name, b->name) == 0;
}

START_TEST(all_places_are_tried)
{
	enum btcwire_type type = (enum btcwire_type)_i;
	int i, j, k, n = 0, want = 0;
	struct probe b;

	for (i = 0; i < N_ROWS(places); i++)
		if (places[i].type == type)
			want = places[i].places;
	for (i = 0; i < n_samples && n < want; i++) {
		if (samples[i].type != type)
			continue;
		probe_init(&b, &samples[i]);
		for (n = 0, j = 0; j < b.layout.n; j++) {
			for (k = 0; k < j; k++)
				if (same_place(&b.layout.field[j],
				    &b.layout.field[k]))
					break;
			n += k == j && is_compact(&b.layout.field[j]);
		}
		probe_clear(&b);
	}
	ck_assert_msg(n == want, "%s: %d of %d", btcwire_command(type), n,
	    want);
}
END_TEST

/*
 * Many nested counts that are honest up to the last: what is taken stays in
 * proportion to the payload.  An empty input is 41 bytes and a struct of
 * under three times that.
 */
START_TEST(memory_in_proportion)
{
	const size_t inputs = 24000, len = 4 + 3 + 41 * inputs;
	uint8_t *p = calloc(1, len);
	struct btcwire_msg *msg = NULL;
	struct allocs taken;
	int rc;

	ck_assert_ptr_nonnull(p);
	put_compact(p + 4, inputs);
	allocs_start();
	rc = btcwire_decode(&msg, BTCWIRE_TX, p, len, BTCWIRE_PVER_NEWEST, 0,
	    NULL);
	taken = allocs_stop();
	ck_assert_int_eq(rc, BTCPEER_E_SHORT);	/* no outputs follow */
	ck_assert_uint_le(taken.bytes, 8 * len);
	free(p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_counts");
	TCase *tc = add_tcase(s, "form");

	tcase_add_loop_test(tc, shortest_form_only, 0, n_samples);
	tc = add_tcase(s, "lies");
	tcase_add_loop_test(tc, lies, 0, n_samples);
	tcase_add_loop_test(tc, all_places_are_tried, BTCWIRE_UNKNOWN + 1,
	    BTCWIRE_NTYPES);
	tcase_add_test(tc, memory_in_proportion);
	return run_suite(s);
}
