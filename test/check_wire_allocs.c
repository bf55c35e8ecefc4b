/*
 * How often memory is asked for: a message is one block of it, and a large
 * one two; encoding takes one more, and asking again none.
 */
#include "config.h"

#include "allocs.h"
#include "runner.h"
#include "wire/msg.h"

#define NEWEST BTCWIRE_PVER_NEWEST

static const struct {
	const char *file;
	enum btcwire_type type;
} files[] = {
	{ "blocks/block1.raw", BTCWIRE_BLOCK },
	{ "blocks/block300025.raw", BTCWIRE_BLOCK },
	{ "blocks/block482683.raw", BTCWIRE_BLOCK },
	{ "blocks/block898352.raw", BTCWIRE_BLOCK },
	{ "blocks/block928848.raw", BTCWIRE_BLOCK },
	{ "messages/tx1.raw", BTCWIRE_TX },
	{ "messages/tx5.raw", BTCWIRE_TX },
	{ "messages/tx10.raw", BTCWIRE_TX },
};

START_TEST(decoding)
{
	struct btcwire_msg *msg = NULL;
	struct allocs taken;
	size_t len;
	uint8_t *p = read_data(files[_i].file, &len);
	int rc;

	allocs_start();
	rc = btcwire_decode(&msg, files[_i].type, p, len, NEWEST, 0, NULL);
	taken = allocs_stop();
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_ge(taken.count, 1);
	ck_assert_uint_le(taken.count, 2);
	ck_assert_uint_le(taken.bytes, 6 * len + 1024);
	btcwire_msg_unref(msg);
	free(p);
}
END_TEST

START_TEST(encoding)
{
	struct btcwire_msg *msg = NULL;
	struct btcwire_bytes bare, whole, again;
	struct allocs first, second, size_only;
	size_t len, n = 0;
	uint8_t *p = read_data(files[_i].file, &len), sum[4];
	int rc;

	ck_assert_int_eq(btcwire_decode(&msg, files[_i].type, p, len, NEWEST, 0,
	    NULL), 0);
	allocs_start();
	rc = btcwire_msg_payload(&bare, msg, NEWEST, BTCWIRE_NO_WITNESS);
	rc |= btcwire_msg_payload(&whole, msg, NEWEST, 0);
	first = allocs_stop();
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_le(first.count, 1);	/* whole is as it came */
	ck_assert_uint_eq(whole.len, len);

	allocs_start();
	rc = btcwire_msg_payload(&again, msg, NEWEST, BTCWIRE_NO_WITNESS);
	rc |= btcwire_msg_frame(&again, sum, msg, NEWEST, BTCWIRE_NO_WITNESS);
	second = allocs_stop();
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(second.count, 0);

	allocs_start();
	rc = btcwire_body_size(&n, files[_i].type, btcwire_msg_body(msg), NEWEST,
	    0, NULL);
	rc |= btcwire_body_encode(p, &n, len, files[_i].type,
	    btcwire_msg_body(msg), NEWEST, 0, NULL);
	size_only = allocs_stop();
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(n, len);
	ck_assert_uint_eq(size_only.count, 0);
	btcwire_msg_unref(msg);
	free(p);
}
END_TEST

/* At most once for bytes of one's own, and not at all to know how many. */
START_TEST(encoding_alone)
{
	static const uint32_t flags[] = { 0, BTCWIRE_NO_WITNESS };
	struct btcwire_msg *msg = NULL;
	struct btcwire_bytes payload;
	struct allocs taken;
	size_t len, n = 0, size;
	uint8_t *p = read_data(files[_i].file, &len), *q = NULL;
	int i, rc;

	ck_assert_int_eq(btcwire_decode(&msg, files[_i].type, p, len, NEWEST, 0,
	    NULL), 0);
	for (i = 0; i < 2; i++) {
		allocs_start();
		size = btcwire_msg_encoded_size(msg, NEWEST, flags[i]);
		taken = allocs_stop();
		ck_assert_uint_eq(taken.count, 0);
		allocs_start();
		rc = btcwire_body_encode_new(&q, &n, files[_i].type,
		    btcwire_msg_body(msg), NEWEST, flags[i], NULL);
		taken = allocs_stop();
		ck_assert_int_eq(rc, 0);
		ck_assert_uint_eq(taken.count, 1);
		ck_assert_uint_eq(taken.bytes, n);
		ck_assert_uint_eq(n, size);
		ck_assert_int_eq(btcwire_msg_payload(&payload, msg, NEWEST,
		    flags[i]), 0);
		ck_assert(n == payload.len && memcmp(q, payload.data, n) == 0);
		free(q);
	}
	btcwire_msg_unref(msg);
	free(p);
}
END_TEST

/* A reader that gets its memory back asks for no more. */
START_TEST(receiving)
{
	const size_t keep = 64u << 20;
	struct btcwire_rx rx = { NULL };
	struct btcwire_msg *msg = NULL;
	struct allocs taken = { 0 };
	size_t len;
	uint8_t *data = read_data(files[_i].file, &len), *p;
	int round, rc = 0;

	for (round = 0; round < 4; round++) {
		allocs_start();
		p = btcwire_rx_space(&rx, 0, len);
		if (p != NULL)
			memcpy(p, data, len);
		rc |= btcwire_rx_decode(&msg, &rx, files[_i].type, len, NEWEST,
		    0, NULL);
		btcwire_rx_recycle(&rx, msg, keep);
		taken = allocs_stop();
		ck_assert_int_eq(rc, 0);
	}
	ck_assert_uint_eq(taken.count, 0);
	btcwire_rx_clear(&rx);
	free(data);
}
END_TEST

/* A thousand peers are sent one block: encoded once, summed once. */
START_TEST(many_peers)
{
	struct btcwire_msg *msg = NULL;
	struct btcwire_bytes first = { NULL, 0 }, p;
	struct allocs taken;
	uint8_t sum[4];
	size_t len;
	uint8_t *data = read_data("blocks/block482683.raw", &len);
	int i, rc = 0;

	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_BLOCK, data, len, NEWEST,
	    0, NULL), 0);
	allocs_start();
	for (i = 0; i < 1000; i++) {
		rc |= btcwire_msg_frame(&p, sum, msg, NEWEST - (uint32_t)i,
		    BTCWIRE_NO_WITNESS);
		if (i == 0)
			first = p;
		rc |= p.data != first.data;
	}
	taken = allocs_stop();
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(taken.count, 1);
	btcwire_msg_unref(msg);
	free(data);
}
END_TEST

int
main(void)
{
	TCase *tc;
	Suite *s;

	if (!have_data())
		return TEST_SKIP;
	s = suite_create("wire_allocs");
	tc = add_tcase(s, "allocations");
	tcase_add_loop_test(tc, decoding, 0, N_ROWS(files));
	tcase_add_loop_test(tc, encoding, 0, N_ROWS(files));
	tcase_add_loop_test(tc, encoding_alone, 0, N_ROWS(files));
	tcase_add_loop_test(tc, receiving, 0, N_ROWS(files));
	tcase_add_test(tc, many_peers);
	return run_suite(s);
}
