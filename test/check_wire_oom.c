/*
 * Every allocation fails in turn: the code says so, nothing is lost.
 */
#include "config.h"

#include "allocs.h"
#include "gen.h"
#include "runner.h"
#include "same.h"
#include "samples.h"
#include "wire/msg.h"

#define NEWEST BTCWIRE_PVER_NEWEST

/*
 * Run call with the 1st, 2nd, 3rd ... allocation failing until it succeeds;
 * failed says after each failure what must hold.  Gives how often it failed.
 */
#define EACH_OOM(call, failed) __extension__ ({ \
	long n_ = 0; \
	int rc_; \
\
	for (;; n_++) { \
		allocs_start_failing(n_); \
		rc_ = (call); \
		allocs_stop(); \
		if (rc_ == 0) \
			break; \
		ck_assert_int_eq(rc_, BTCPEER_E_NOMEM); \
		ck_assert(failed); \
	} \
	n_; \
})

static struct btcwire_msg *
new_msg(enum btcwire_type type, const void *body)
{
	struct btcwire_msg *msg = NULL;

	ck_assert_int_eq(btcwire_msg_new(&msg, type, body, NULL), 0);
	return msg;
}

static bool
says_nomem(const struct btcpeer_error *err)
{
	return err->code == BTCPEER_E_NOMEM &&
	    memchr(err->text, '\0', sizeof(err->text)) != NULL &&
	    strstr(err->text, "memory") != NULL;
}

START_TEST(making)
{
	const struct sample *s = &samples[_i];
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;
	long failures;

	failures = EACH_OOM(btcwire_msg_new(&msg, s->type, s->body, &err),
	    msg == NULL && says_nomem(&err));
	ck_assert_int_gt(failures, 0);
	ck_assert(same_body(s->type, btcwire_msg_body(msg), s->body));
	btcwire_msg_unref(msg);
}
END_TEST

START_TEST(decoding)
{
	const struct sample *s = &samples[_i];
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;
	size_t len;
	uint8_t *payload = unhex(s->hex, &len);
	long failures;

	failures = EACH_OOM(btcwire_decode(&msg, s->type, payload, len, s->pver,
	    s->flags, &err), msg == NULL && says_nomem(&err));
	ck_assert_int_gt(failures, 0);
	ck_assert(same_body(s->type, btcwire_msg_body(msg), s->body));
	btcwire_msg_unref(msg);
	free(payload);
}
END_TEST

/* A form that could not be made leaves the others, and can be made later. */
START_TEST(payloads)
{
	static const struct { uint32_t pver, flags; } forms[] = {
		{ NEWEST, 0 }, { NEWEST, BTCWIRE_NO_WITNESS }, { 60000, 0 },
		{ 31401, BTCWIRE_NO_WITNESS } };
	const struct sample *s = &samples[_i];
	struct btcwire_msg *msg = new_msg(s->type, s->body);
	struct btcwire_bytes p, untouched;
	uint8_t sum[4];
	size_t size, i;

	for (i = 0; i < 4; i++) {
		untouched = p = (struct btcwire_bytes){ sum, 4321 };
		EACH_OOM(btcwire_msg_frame(&p, sum, msg, forms[i].pver,
		    forms[i].flags), p.len == untouched.len &&
		    p.data == untouched.data);
		EACH_OOM(btcwire_msg_payload(&p, msg, forms[i].pver,
		    forms[i].flags), true);
		ck_assert_int_eq(btcwire_body_size(&size, s->type, s->body,
		    forms[i].pver, forms[i].flags, NULL), 0);
		ck_assert_uint_eq(p.len, size);
	}
	btcwire_msg_unref(msg);
}
END_TEST

/* Nothing is written on failure. */
START_TEST(encoding)
{
	const struct sample *s = &samples[_i];
	struct btcpeer_error err = { 0 };
	uint8_t *p = NULL;
	size_t n = 4321, size;

	ck_assert_int_eq(EACH_OOM(btcwire_body_encode_new(&p, &n, s->type,
	    s->body, s->pver, s->flags, &err), p == NULL && n == 4321 &&
	    says_nomem(&err)), 1);
	ck_assert_int_eq(btcwire_body_size(&size, s->type, s->body, s->pver,
	    s->flags, NULL), 0);
	ck_assert_uint_eq(n, size);
	free(p);
}
END_TEST

/* Random messages are larger, and take more allocations than one. */
START_TEST(large_messages)
{
	enum btcwire_type type = (enum btcwire_type)_i;
	struct btcwire_msg *made, *msg;
	struct btcwire_bytes raw, p;
	struct gen g;
	int i;

	gen_init(&g, 3);
	for (i = 0; i < (TEST_SLOW ? 30 : 300); i++) {
		const void *body = gen_body(&g, type);

		made = msg = NULL;
		EACH_OOM(btcwire_msg_new(&made, type, body, NULL), made == NULL);
		raw = btcwire_msg_raw(made, NULL);
		EACH_OOM(btcwire_decode(&msg, type, raw.data, raw.len, NEWEST, 0,
		    NULL), msg == NULL);
		ck_assert(same_body(type, btcwire_msg_body(msg), body));
		EACH_OOM(btcwire_msg_payload(&p, msg, 60000, BTCWIRE_NO_WITNESS),
		    true);
		btcwire_msg_unref(msg);
		btcwire_msg_unref(made);
	}
	gen_clear(&g);
}
END_TEST

static int
space(uint8_t **p, struct btcwire_rx *rx, size_t have, size_t need)
{
	*p = btcwire_rx_space(rx, have, need);
	return *p != NULL ? 0 : BTCPEER_E_NOMEM;
}

START_TEST(receiving)
{
	const struct sample *s = &samples[_i];
	struct btcpeer_error err = { 0 };
	struct btcwire_rx rx = { NULL };
	struct btcwire_msg *msg = NULL;
	size_t len, half;
	uint8_t *payload = unhex(s->hex, &len), *p;

	half = len / 2;
	EACH_OOM(space(&p, &rx, 0, half), true);
	if (half > 0)
		memcpy(p, payload, half);
	EACH_OOM(space(&p, &rx, half, len + 5000), true);
	ck_assert(half == 0 || memcmp(p, payload, half) == 0);
	if (len > half)
		memcpy(p + half, payload + half, len - half);
	EACH_OOM(btcwire_rx_decode(&msg, &rx, s->type, len, s->pver, s->flags,
	    &err), msg == NULL && rx.block != NULL && says_nomem(&err));
	ck_assert(same_body(s->type, btcwire_msg_body(msg), s->body));
	btcwire_rx_recycle(&rx, msg, 1 << 20);
	btcwire_rx_clear(&rx);
	free(payload);
}
END_TEST

/* What had arrived is there when more room could not be had. */
START_TEST(space_keeps_bytes)
{
	struct btcwire_rx rx = { NULL };
	uint8_t *p;
	long failures;

	failures = EACH_OOM(space(&p, &rx, 0, 4), rx.block == NULL);
	ck_assert_int_gt(failures, 0);
	memcpy(p, "data", 4);
	failures = EACH_OOM(space(&p, &rx, 4, 1000000), rx.block != NULL &&
	    memcmp(btcwire_rx_space(&rx, 4, 4), "data", 4) == 0);
	ck_assert_int_gt(failures, 0);
	ck_assert_mem_eq(p, "data", 4);
	btcwire_rx_clear(&rx);
}
END_TEST

START_TEST(block_functions)
{
	struct btcwire_hash zero = { { 0 } }, root, computed, held;
	struct btcpeer_error err = { 0 };
	const struct btcwire_chain *chain = btcwire_chain(BTCWIRE_MAINNET);
	const struct btcwire_block *block;
	struct btcwire_msg *msg = NULL;
	struct btcwire_tx tx;
	struct btcwire_txin in;
	struct btcwire_block marked;
	struct btcwire_bytes item = { zero.b, 32 };
	bool mutated, found;
	int rc;

	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_BLOCK, chain->genesis.data,
	    chain->genesis.len, NEWEST, 0, NULL), 0);
	block = btcwire_block_of(msg);
	EACH_OOM(btcwire_block_merkle_root(&root, &mutated, block), true);
	ck_assert(btcwire_hash_equal(&root, &block->header.merkle_root));
	EACH_OOM(btcwire_block_check(block, &err), says_nomem(&err));

	/* The same with a witness, so that a commitment is computed. */
	marked = *block;
	tx = block->tx[0];
	in = tx.in[0];
	in.witness = &item;
	in.witness_len = 1;
	tx.in = &in;
	marked.tx = &tx;
	EACH_OOM(btcwire_block_witness_commitment(&computed, &found, &held,
	    &marked), true);
	ck_assert(!btcwire_hash_is_null(&computed));
	ck_assert(!found);
	allocs_start_failing(1);	/* the root is computed, the other is not */
	rc = btcwire_block_check(&marked, &err);
	allocs_stop();
	ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
	ck_assert(says_nomem(&err));
	ck_assert_int_eq(btcwire_block_check(&marked, &err), BTCPEER_E_PROOF);
	btcwire_msg_unref(msg);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_oom");
	TCase *tc = add_tcase(s, "oom");

	tcase_add_loop_test(tc, making, 0, n_samples);
	tcase_add_loop_test(tc, decoding, 0, n_samples);
	tcase_add_loop_test(tc, encoding, 0, n_samples);
	tcase_add_loop_test(tc, payloads, 0, n_samples);
	tcase_add_loop_test(tc, large_messages, BTCWIRE_UNKNOWN + 1,
	    BTCWIRE_NTYPES);
	tcase_add_loop_test(tc, receiving, 0, n_samples);
	tcase_add_test(tc, space_keeps_bytes);
	tcase_add_test(tc, block_functions);
	return run_suite(s);
}
