/*
 * Decoding from memory, and encoding into memory that is there.  The limit of
 * each is one SHA-256d of the same bytes.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define HEADERS 2000
#define INVS    50000

struct subject {
	const char *name;
	enum btcwire_type type;
	const char *file;	/* NULL: made here */
	const char *goal;	/* of decoding */
};

static uint8_t *
encode_new(size_t *len, enum btcwire_type type, const void *body)
{
	uint8_t *data = NULL;

	need(btcwire_body_encode_new(&data, len, type, body,
	    BTCWIRE_PVER_NEWEST, 0, NULL) == 0, "cannot encode");
	return data;
}

static uint8_t *
make_headers(size_t *len)
{
	struct btcwire_header *h = need_memory(HEADERS * sizeof(*h));
	struct btcwire_headers body = { .header = h, .header_len = HEADERS };
	uint8_t *data;
	uint32_t i;

	for (i = 0; i < HEADERS; i++) {
		h[i].version = 0x20000000;
		h[i].time = 1231006505 + 600 * i;
		h[i].nonce = i * 2654435761u;
		memcpy(h[i].prev.b, &i, sizeof(i));
		memcpy(h[i].merkle_root.b, &i, sizeof(i));
	}
	data = encode_new(len, BTCWIRE_HEADERS, &body);
	free(h);
	return data;
}

static uint8_t *
make_invs(size_t *len)
{
	struct btcwire_invvect *v = need_memory(INVS * sizeof(*v));
	struct btcwire_inv body = { .vec = v, .vec_len = INVS };
	uint8_t *data;
	uint32_t i;

	for (i = 0; i < INVS; i++) {
		v[i].type = BTCWIRE_INV_TX;
		memcpy(v[i].hash.b, &i, sizeof(i));
	}
	data = encode_new(len, BTCWIRE_INV, &body);
	free(v);
	return data;
}

static void
decode_row(const struct subject *s, const uint8_t *data, size_t len, size_t n)
{
	char name[64];
	struct row r = { .name = name, .unit = "us", .goal = s->goal };
	struct btcwire_msg *msg = NULL;
	struct span span;
	size_t i;
	int k;

	snprintf(name, sizeof(name), "decode_%s", s->name);
	for (k = -1; k < reps(); k++) {
		double limit = limit_sha256d(len);

		span_begin(&span);
		for (i = 0; i < n; i++) {
			need(btcwire_decode(&msg, s->type, data, len,
			    BTCWIRE_PVER_NEWEST, 0, NULL) == 0,
			    "cannot decode %s", s->name);
			btcwire_msg_unref(msg);
		}
		span_end(&span);
		if (k >= 0) {
			row_span(&r, &span, (double)n);
			sample(&r.limit, limit);
		}
	}
	snprintf(r.note, sizeof(r.note), "%.0f MB/s; copying them: %.1f us",
	    (double)len / median(&r.value), limit_copy(len));
	row_emit(&r);
}

static void
encode_row(const struct subject *s, const struct btcwire_msg *msg, size_t len,
    size_t n)
{
	char name[64];
	struct row r = { .name = name, .unit = "us", .goal = "ratio <= 0.15" };
	uint8_t *buf = need_memory(len);
	struct span span;
	size_t i, got;
	int k;

	snprintf(name, sizeof(name), "encode_%s", s->name);
	for (k = -1; k < reps(); k++) {
		double limit = limit_sha256d(len);

		span_begin(&span);
		for (i = 0; i < n; i++)
			need(btcwire_body_encode(buf, &got, len, s->type,
			    btcwire_msg_body(msg), BTCWIRE_PVER_NEWEST, 0,
			    NULL) == 0 && got == len,
			    "cannot encode %s", s->name);
		span_end(&span);
		if (k >= 0) {
			row_span(&r, &span, (double)n);
			sample(&r.limit, limit);
		}
	}
	snprintf(r.note, sizeof(r.note), "%.0f MB/s; copying them: %.1f us",
	    (double)len / median(&r.value), limit_copy(len));
	row_emit(&r);
	free(buf);
}

static void
subject_run(const struct subject *s)
{
	struct btcwire_msg *msg = NULL;
	uint8_t *data;
	char name[64];
	size_t len, n;

	if (s->file != NULL)
		data = read_data(s->file, &len);
	else
		data = s->type == BTCWIRE_INV ? make_invs(&len)
		    : make_headers(&len);
	if (data == NULL) {
		snprintf(name, sizeof(name), "decode_%s", s->name);
		row_not_run(name, "no test data (BTCPEER_TEST_DATA)");
		snprintf(name, sizeof(name), "encode_%s", s->name);
		row_not_run(name, "no test data (BTCPEER_TEST_DATA)");
		return;
	}
	n = scaled(200000000 / len);
	decode_row(s, data, len, n);
	need(btcwire_decode(&msg, s->type, data, len, BTCWIRE_PVER_NEWEST, 0,
	    NULL) == 0, "cannot decode %s", s->name);
	encode_row(s, msg, len, n);
	btcwire_msg_unref(msg);
	free(data);
}

void
bench_codecs(void)
{
	static const struct subject subjects[] = {
		{ "block928848", BTCWIRE_BLOCK, "blocks/block928848.raw",
		    "ratio <= 0.20" },
		{ "block300025", BTCWIRE_BLOCK, "blocks/block300025.raw",
		    "ratio <= 0.35" },
		{ "headers2000", BTCWIRE_HEADERS, NULL, "ratio <= 0.15" },
		{ "inv50000", BTCWIRE_INV, NULL, "ratio <= 0.15" },
	};
	size_t i;

	for (i = 0; i < COUNT_OF(subjects); i++)
		subject_run(&subjects[i]);
}
