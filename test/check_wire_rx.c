/*
 * Receiving into memory that becomes the message: growth, pieces, reuse.
 */
#include "config.h"

#include "allocs.h"
#include "gen.h"
#include "runner.h"
#include "same.h"
#include "samples.h"
#include "wire/msg.h"

#define NEWEST BTCWIRE_PVER_NEWEST
#define KEEP (8u << 20)

/* What has arrived stays when room is made for more. */
START_TEST(growth_keeps_bytes)
{
	struct btcwire_rx rx = { NULL };
	size_t have = 0, need, i;
	uint8_t *p;

	for (need = 1; need < 3000000; need = need * 3 / 2 + 1) {
		p = btcwire_rx_space(&rx, have, need);
		ck_assert_ptr_nonnull(p);
		for (i = 0; i < have; i++)
			if (p[i] != (uint8_t)(i * 31))
				ck_abort_msg("byte %zu of %zu", i, have);
		for (i = have; i < need; i++)
			p[i] = (uint8_t)(i * 31);
		have = need;
	}
	btcwire_rx_clear(&rx);
	ck_assert_ptr_null(rx.block);
	btcwire_rx_clear(&rx);
}
END_TEST

/* Room for what is asked for, not for what a header only promises. */
START_TEST(growth_is_bounded)
{
	static const size_t needs[] = { 1, 100, 65536, 262144, 4000000 };
	struct btcwire_rx rx = { NULL };
	struct allocs taken;
	uint8_t *p, *q, *r;
	size_t i;

	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		allocs_start();
		p = btcwire_rx_space(&rx, 0, needs[i]);
		taken = allocs_stop();
		ck_assert_ptr_nonnull(p);
		ck_assert_uint_le(taken.count, 1);
		ck_assert_uint_le(taken.bytes, needs[i] + 1024);
	}
	allocs_start();
	q = btcwire_rx_space(&rx, 4000000, 4000000);
	r = btcwire_rx_space(&rx, 0, 10);
	taken = allocs_stop();
	ck_assert_uint_eq(taken.count, 0);
	ck_assert_ptr_eq(q, p);
	ck_assert_ptr_eq(r, p);
	btcwire_rx_clear(&rx);
}
END_TEST

/* Hand over len bytes in pieces of step. */
static void
feed(struct btcwire_rx *rx, const uint8_t *data, size_t len, size_t step)
{
	size_t have, n;
	uint8_t *p;

	for (have = 0; have < len; have += n) {
		n = len - have < step ? len - have : step;
		p = btcwire_rx_space(rx, have, have + n);
		ck_assert_ptr_nonnull(p);
		memcpy(p + have, data + have, n);
	}
}

START_TEST(in_pieces)
{
	const struct sample *s = &samples[_i];
	struct btcwire_rx rx = { NULL };
	struct btcwire_msg *msg;
	struct btcpeer_error err = { .text = "" };
	struct btcwire_bytes raw;
	size_t len, step;
	uint8_t *payload = unhex(s->hex, &len);

	for (step = 1; step <= len + 1; step += step < 10 ? 1 : 37) {
		feed(&rx, payload, len, step);
		msg = NULL;
		ck_assert_msg(btcwire_rx_decode(&msg, &rx, s->type, len, s->pver,
		    s->flags | BTCWIRE_STRICT, &err) == 0, "%s: %s", s->name,
		    err.text);
		ck_assert_ptr_null(rx.block);
		ck_assert(same_body(s->type, btcwire_msg_body(msg), s->body));
		raw = btcwire_msg_raw(msg, NULL);
		ck_assert_uint_eq(raw.len, len);
		ck_assert(len == 0 || memcmp(raw.data, payload, len) == 0);
		btcwire_rx_recycle(&rx, msg, KEEP);
	}
	btcwire_rx_clear(&rx);
	free(payload);
}
END_TEST

/* After a failure the bytes are still there. */
START_TEST(failure_keeps_memory)
{
	static const uint8_t ping[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct btcwire_rx rx = { NULL };
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;

	feed(&rx, ping, sizeof(ping), 3);
	ck_assert_int_eq(btcwire_rx_decode(&msg, &rx, BTCWIRE_TX, sizeof(ping),
	    NEWEST, 0, &err), BTCPEER_E_SHORT);
	ck_assert_int_eq(err.code, BTCPEER_E_SHORT);
	ck_assert_int_eq(btcwire_rx_decode(&msg, &rx, BTCWIRE_UNKNOWN,
	    sizeof(ping), NEWEST, 0, &err), BTCPEER_E_INVAL);
	ck_assert_int_eq(btcwire_rx_decode(&msg, &rx, BTCWIRE_PING, 7, NEWEST, 0,
	    &err), BTCPEER_E_SHORT);
	ck_assert_ptr_null(msg);
	ck_assert_ptr_nonnull(rx.block);
	ck_assert_int_eq(btcwire_rx_decode(&msg, &rx, BTCWIRE_PING, 8, NEWEST, 0,
	    &err), 0);
	ck_assert_uint_eq(btcwire_ping_of(msg)->nonce,
	    UINT64_C(0x0807060504030201));
	btcwire_msg_unref(msg);
	btcwire_rx_clear(&rx);
}
END_TEST

/* One round of a reader: receive, decode, look, give back. */
static int
receive(struct btcwire_rx *rx, enum btcwire_type type, const uint8_t *data,
    size_t len, uint32_t pver, uint32_t flags)
{
	struct btcwire_msg *msg;
	uint8_t *p = btcwire_rx_space(rx, 0, len);
	int rc;

	if (p == NULL)
		return BTCPEER_E_NOMEM;
	if (len > 0)
		memcpy(p, data, len);
	rc = btcwire_rx_decode(&msg, rx, type, len, pver, flags, NULL);
	if (rc == 0)
		btcwire_rx_recycle(rx, msg, KEEP);
	return rc;
}

START_TEST(steady_state)
{
	const struct sample *s = &samples[_i];
	struct btcwire_rx rx = { NULL };
	struct allocs taken;
	size_t len;
	uint8_t *payload = unhex(s->hex, &len);
	int i, rc = 0;

	ck_assert_int_eq(receive(&rx, s->type, payload, len, s->pver, s->flags),
	    0);
	allocs_start();
	for (i = 0; i < 100; i++)
		rc |= receive(&rx, s->type, payload, len, s->pver, s->flags);
	taken = allocs_stop();
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(taken.count, 0);
	btcwire_rx_clear(&rx);
	free(payload);
}
END_TEST

/* Messages of all types and sizes in turn: soon the memory suffices for all. */
START_TEST(steady_state_mixed)
{
	enum { N = 200 };
	struct btcwire_rx rx = { NULL };
	struct btcwire_msg *msgs[N];
	struct btcwire_bytes raw;
	struct allocs taken;
	enum btcwire_type type;
	struct gen g;
	int i, round, rc = 0;

	gen_init(&g, 5);
	for (i = 0; i < N; i++) {
		type = (enum btcwire_type)(1 + i % (BTCWIRE_NTYPES - 1));
		ck_assert_int_eq(btcwire_msg_new(&msgs[i], type,
		    gen_body(&g, type), NULL), 0);
	}
	for (round = 0; round < 4; round++) {
		allocs_start();
		for (i = 0; i < N; i++) {
			raw = btcwire_msg_raw(msgs[i], NULL);
			rc |= receive(&rx, btcwire_msg_type(msgs[i]), raw.data,
			    raw.len, NEWEST, 0);
		}
		taken = allocs_stop();
		ck_assert_int_eq(rc, 0);
	}
	ck_assert_uint_eq(taken.count, 0);
	for (i = 0; i < N; i++)
		btcwire_msg_unref(msgs[i]);
	btcwire_rx_clear(&rx);
	gen_clear(&g);
}
END_TEST

static struct btcwire_msg *
receive_tx(struct btcwire_rx *rx)
{
	struct btcwire_msg *msg = NULL;
	size_t len;
	uint8_t *payload = NULL;
	int i;

	for (i = 0; i < n_samples && payload == NULL; i++)
		if (samples[i].type == BTCWIRE_TX)
			payload = unhex(samples[i].hex, &len);
	ck_assert_ptr_nonnull(payload);
	feed(rx, payload, len, len);
	ck_assert_int_eq(btcwire_rx_decode(&msg, rx, BTCWIRE_TX, len, NEWEST, 0,
	    NULL), 0);
	free(payload);
	return msg;
}

/* A listener kept the message: its memory is its own from then on. */
START_TEST(kept_message)
{
	struct btcwire_rx rx = { NULL };
	struct btcwire_msg *msg = receive_tx(&rx), *other;
	struct btcwire_hash before, after;
	uint8_t *p;

	btcwire_wtxid(&before, btcwire_tx_of(msg));
	btcwire_msg_ref(msg);
	btcwire_rx_recycle(&rx, msg, KEEP);
	ck_assert_ptr_null(rx.block);

	p = btcwire_rx_space(&rx, 0, 4096);
	ck_assert_ptr_nonnull(p);
	memset(p, 0xee, 4096);
	other = receive_tx(&rx);
	ck_assert_ptr_ne(other, msg);
	btcwire_wtxid(&after, btcwire_tx_of(msg));
	ck_assert(btcwire_hash_equal(&before, &after));
	btcwire_msg_unref(msg);
	btcwire_rx_recycle(&rx, other, KEEP);
	btcwire_rx_clear(&rx);
}
END_TEST

/* A message that was encoded in other forms too leaves nothing of them. */
START_TEST(recycled_after_use)
{
	struct btcwire_rx rx = { NULL };
	struct btcwire_bytes p, q;
	struct btcwire_msg *msg;
	uint8_t sum[4], sum2[4];
	int i;

	for (i = 0; i < 5; i++) {
		msg = receive_tx(&rx);
		ck_assert_int_eq(btcwire_msg_frame(&p, sum, msg, NEWEST, 0), 0);
		ck_assert_int_eq(btcwire_msg_frame(&q, sum2, msg, NEWEST,
		    BTCWIRE_NO_WITNESS), 0);
		ck_assert(p.len > q.len);
		ck_assert(memcmp(sum, sum2, 4) != 0);
		btcwire_rx_recycle(&rx, msg, KEEP);
		ck_assert_int_eq(receive(&rx, BTCWIRE_PING,
		    (const uint8_t *)"12345678", 8, NEWEST, 0), 0);
	}
	feed(&rx, (const uint8_t *)"12345678", 8, 8);
	ck_assert_int_eq(btcwire_rx_decode(&msg, &rx, BTCWIRE_PING, 8, NEWEST, 0,
	    NULL), 0);
	ck_assert_int_eq(btcwire_msg_frame(&p, sum2, msg, NEWEST,
	    BTCWIRE_NO_WITNESS), 0);
	ck_assert_uint_eq(p.len, 8);
	ck_assert(memcmp(sum, sum2, 4) != 0);
	btcwire_msg_unref(msg);
	btcwire_rx_clear(&rx);
}
END_TEST

/* Memory past the bound is given up. */
START_TEST(keep_is_a_bound)
{
	struct btcwire_rx rx = { NULL };
	struct btcwire_msg *msg;
	uint8_t *p;

	p = btcwire_rx_space(&rx, 0, 100000);
	ck_assert_ptr_nonnull(p);
	memset(p, 0, 100000);
	ck_assert_int_eq(btcwire_rx_decode(&msg, &rx, BTCWIRE_PING, 100000,
	    NEWEST, 0, NULL), 0);
	btcwire_rx_recycle(&rx, msg, 50000);
	ck_assert_ptr_null(rx.block);
	msg = receive_tx(&rx);
	btcwire_rx_recycle(&rx, msg, 50000);
	ck_assert_ptr_nonnull(rx.block);
	btcwire_rx_recycle(&rx, NULL, 50000);
	ck_assert_ptr_nonnull(rx.block);
	btcwire_rx_clear(&rx);
}
END_TEST

/* The reader may have begun with the next message already. */
START_TEST(recycle_while_receiving)
{
	struct btcwire_rx rx = { NULL };
	struct btcwire_msg *msg = receive_tx(&rx), *next;
	uint8_t *p = btcwire_rx_space(&rx, 0, 8);

	ck_assert_ptr_nonnull(p);
	memcpy(p, "\1\0\0\0\0\0\0\0", 8);
	btcwire_rx_recycle(&rx, msg, KEEP);
	ck_assert_int_eq(btcwire_rx_decode(&next, &rx, BTCWIRE_PING, 8, NEWEST,
	    0, NULL), 0);
	ck_assert_uint_eq(btcwire_ping_of(next)->nonce, 1);
	btcwire_rx_recycle(&rx, next, KEEP);
	btcwire_rx_clear(&rx);
}
END_TEST

/* An empty payload needs no space. */
START_TEST(nothing_to_read)
{
	struct btcwire_rx rx = { NULL };
	struct btcwire_msg *msg = NULL;

	ck_assert_int_eq(btcwire_rx_decode(&msg, &rx, BTCWIRE_VERACK, 0, NEWEST,
	    BTCWIRE_STRICT, NULL), 0);
	ck_assert_int_eq(btcwire_msg_type(msg), BTCWIRE_VERACK);
	btcwire_rx_recycle(&rx, msg, KEEP);
	ck_assert_int_eq(btcwire_rx_decode(&msg, &rx, BTCWIRE_PING, 0, NEWEST, 0,
	    NULL), BTCPEER_E_SHORT);
	btcwire_rx_clear(&rx);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_rx");
	TCase *tc = add_tcase(s, "receiving");

	tcase_add_test(tc, growth_keeps_bytes);
	tcase_add_test(tc, growth_is_bounded);
	tcase_add_loop_test(tc, in_pieces, 0, n_samples);
	tcase_add_test(tc, failure_keeps_memory);
	tcase_add_test(tc, nothing_to_read);
	tc = add_tcase(s, "reuse");
	tcase_add_loop_test(tc, steady_state, 0, n_samples);
	tcase_add_test(tc, steady_state_mixed);
	tcase_add_test(tc, kept_message);
	tcase_add_test(tc, recycled_after_use);
	tcase_add_test(tc, keep_is_a_bound);
	tcase_add_test(tc, recycle_while_receiving);
	return run_suite(s);
}
