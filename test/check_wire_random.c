/*
 * Random messages of every type, from seeds: made, encoded, decoded, compared
 * field by field, encoded again.
 */
#include "config.h"

#include "gen.h"
#include "in_place.h"
#include "runner.h"
#include "same.h"

#include <btcpeer/wire.h>

enum { ROUNDS = TEST_SLOW ? 500 : 10000 };

static const uint64_t seed = UINT64_C(0x20151001);

/* Bytes in exactly their own memory, so that reading past them is seen. */
static struct btcwire_msg *
decode_exact(enum btcwire_type type, struct btcwire_bytes payload,
    uint32_t flags)
{
	uint8_t *p = exact_copy(payload.data, payload.len);
	struct btcpeer_error err = { .text = "" };
	struct btcwire_msg *msg = NULL;
	size_t end = 0;
	int rc = btcwire_decode(&msg, type, p, payload.len, BTCWIRE_PVER_NEWEST,
	    flags | BTCWIRE_STRICT, &err);

	ck_assert_msg(rc == 0, "%d: %s", rc, err.text);
	ck_assert(decode_in_place(type, p, payload.len, BTCWIRE_PVER_NEWEST,
	    flags, NULL, &end) == 0 && end == payload.len);
	free(p);
	return msg;
}

static void
round_trip(enum btcwire_type type, const void *body, uint32_t flags)
{
	struct btcwire_msg *made = NULL, *read;
	struct btcwire_bytes out, back, raw;
	struct btcpeer_error err = { .text = "" };
	size_t size = 0;
	int rc = btcwire_msg_new(&made, type, body, &err);

	ck_assert_msg(rc == 0, "%d: %s", rc, err.text);
	if (!same_body(type, btcwire_msg_body(made), body))
		ck_abort_msg("the copy differs");
	ck_assert(btcwire_msg_payload(&out, made, BTCWIRE_PVER_NEWEST, flags) ==
	    0);
	ck_assert(btcwire_body_size(&size, type, body, BTCWIRE_PVER_NEWEST,
	    flags, NULL) == 0);
	ck_assert_uint_eq(size, out.len);

	read = decode_exact(type, out, flags);
	if (flags == 0 && !same_body(type, btcwire_msg_body(read), body))
		ck_abort_msg("what was decoded differs");
	raw = btcwire_msg_raw(read, NULL);
	ck_assert(raw.len == out.len &&
	    (raw.len == 0 || memcmp(raw.data, out.data, raw.len) == 0));
	ck_assert(btcwire_msg_payload(&back, read, BTCWIRE_PVER_NEWEST, flags) ==
	    0);
	ck_assert(back.len == out.len &&
	    (back.len == 0 || memcmp(back.data, out.data, back.len) == 0));
	btcwire_msg_unref(read);
	btcwire_msg_unref(made);
}

START_TEST(newest_form)
{
	struct gen g;
	int i;

	gen_init(&g, seed + (uint64_t)_i);
	for (i = 0; i < ROUNDS; i++)
		round_trip((enum btcwire_type)_i,
		    gen_body(&g, (enum btcwire_type)_i), 0);
	gen_clear(&g);
}
END_TEST

START_TEST(without_witnesses)
{
	static const enum btcwire_type types[] = { BTCWIRE_TX, BTCWIRE_BLOCK,
		BTCWIRE_CMPCTBLOCK, BTCWIRE_BLOCKTXN, BTCWIRE_PKGTXNS };
	struct gen g;
	int i;

	gen_init(&g, ~seed);
	for (i = 0; i < ROUNDS / 10; i++)
		round_trip(types[_i], gen_body(&g, types[_i]),
		    BTCWIRE_NO_WITNESS);
	gen_clear(&g);
}
END_TEST

/* What a peer of an old version sends, and is sent back. */
START_TEST(old_forms)
{
	static const uint32_t pvers[] = { 209, 31401, 60000, 70001 };
	enum btcwire_type type = (enum btcwire_type)_i;
	struct btcwire_msg *msg;
	struct gen g;
	uint8_t *p, *q;
	size_t len, again;
	int i;

	gen_init(&g, seed + 1000 + (uint64_t)_i);
	for (i = 0; i < ROUNDS / 10; i++) {
		ck_assert_int_eq(btcwire_body_encode_new(&p, &len, type,
		    gen_body(&g, type), pvers[i % 4], 0, NULL), 0);
		ck_assert_int_eq(btcwire_decode(&msg, type, p, len,
		    pvers[i % 4], BTCWIRE_STRICT, NULL), 0);
		ck_assert_int_eq(btcwire_body_encode_new(&q, &again, type,
		    btcwire_msg_body(msg), pvers[i % 4], 0, NULL), 0);
		ck_assert(again == len && memcmp(p, q, len) == 0);
		btcwire_msg_unref(msg);
		free(p);
		free(q);
	}
	gen_clear(&g);
}
END_TEST

/* Encodings with bytes changed are refused or decode to something sound. */
START_TEST(mutated)
{
	enum btcwire_type type = (enum btcwire_type)_i;
	enum { SIZE = 1 << 20 };
	uint8_t *buf = malloc(SIZE), *p;
	struct btcwire_msg *msg;
	struct btcpeer_error err;
	size_t len, size;
	struct gen g;
	int i, rc;

	ck_assert_ptr_nonnull(buf);
	gen_init(&g, seed ^ (uint64_t)_i << 32);
	for (i = 0; i < ROUNDS / 4; i++) {
		rc = btcwire_body_encode(buf, &len, SIZE, type,
		    gen_body(&g, type), BTCWIRE_PVER_NEWEST, 0, NULL);
		ck_assert_int_eq(rc, 0);
		len = gen_mutate(&g, buf, len, SIZE);
		p = exact_copy(buf, len);
		rc = btcwire_decode(&msg, type, p, len, BTCWIRE_PVER_NEWEST, 0,
		    &err);
		ck_assert(decode_in_place(type, p, len, BTCWIRE_PVER_NEWEST, 0,
		    NULL, NULL) == rc);
		free(p);
		if (rc != 0) {
			ck_assert(rc == err.code && err.offset <= len &&
			    err.text[0] != '\0');
			continue;
		}
		ck_assert(btcwire_body_size(&size, type, btcwire_msg_body(msg),
		    BTCWIRE_PVER_NEWEST, 0, NULL) == 0);
		btcwire_msg_unref(msg);
	}
	gen_clear(&g);
	free(buf);
}
END_TEST

/* The generator is what it says: the same seed, the same bodies. */
START_TEST(same_seed)
{
	enum btcwire_type type;
	struct gen a, b;
	int i;

	gen_init(&a, seed);
	gen_init(&b, seed);
	for (i = 0; i < 50 * (BTCWIRE_NTYPES - 1); i++) {
		type = (enum btcwire_type)(1 + i / 50);
		ck_assert(same_body(type, gen_body(&a, type),
		    gen_body(&b, type)));
	}
	ck_assert(!same_body(BTCWIRE_INV, gen_body(&a, BTCWIRE_INV),
	    (gen_u64(&b), gen_body(&b, BTCWIRE_INV))));
	gen_clear(&a);
	gen_clear(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_random");
	TCase *tc = add_tcase(s, "random");

	tcase_add_test(tc, same_seed);
	tcase_add_loop_test(tc, newest_form, BTCWIRE_UNKNOWN + 1,
	    BTCWIRE_NTYPES);
	tcase_add_loop_test(tc, without_witnesses, 0, 5);
	tcase_add_loop_test(tc, old_forms, BTCWIRE_UNKNOWN + 1, BTCWIRE_NTYPES);
	tcase_add_loop_test(tc, mutated, BTCWIRE_UNKNOWN + 1, BTCWIRE_NTYPES);
	return run_suite(s);
}
