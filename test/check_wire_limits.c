/*
 * Counts at their limits and one over, and counts that lie: refused before
 * memory is taken for them.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "allocs.h"
#include "runner.h"

#define NEWEST BTCWIRE_PVER_NEWEST

/* CompactSize of n, written here once more. */
static size_t
put_count(uint8_t *p, uint64_t n)
{
	size_t width = n < 0xfd ? 0 : n <= 0xffff ? 2 : n <= 0xffffffff ? 4 : 8;
	size_t i;

	if (width == 0) {
		p[0] = (uint8_t)n;
		return 1;
	}
	p[0] = width == 2 ? 0xfd : width == 4 ? 0xfe : 0xff;
	for (i = 0; i < width; i++)
		p[1 + i] = (uint8_t)(n >> 8 * i);
	return 1 + width;
}

/* A payload: head bytes, a count, so many items, tail bytes; all zero. */
static const struct {
	const char *name;
	enum btcwire_type type;
	size_t head, item, tail;
	size_t max;		/* items */
	size_t longest;		/* the payload then */
} lists[] = {
	{ "inv",        BTCWIRE_INV,        0, 36,  0, 50000, 1800003 },
	{ "getdata",    BTCWIRE_GETDATA,    0, 36,  0, 50000, 1800003 },
	{ "notfound",   BTCWIRE_NOTFOUND,   0, 36,  0, 50000, 1800003 },
	{ "getblocks",  BTCWIRE_GETBLOCKS,  4, 32, 32,   500,   16039 },
	{ "getheaders", BTCWIRE_GETHEADERS, 4, 32, 32,   500,   16039 },
	{ "headers",    BTCWIRE_HEADERS,    0, 81,  0,  2000,  162003 },
	{ "addr",       BTCWIRE_ADDR,       0, 30,  0,  1000,   30003 },
	{ "agent",      BTCWIRE_VERSION,   80,  1,  5,   256,     344 },
	{ "command",    BTCWIRE_REJECT,     0,  1,  2,    12,      15 },
	{ "reason",     BTCWIRE_REJECT,     2,  1,  0,   111,     114 },
};

static uint8_t *
list_payload(int i, size_t n, size_t *len)
{
	uint8_t *p = calloc(1, lists[i].head + 9 + n * lists[i].item +
	    lists[i].tail);

	ck_assert_ptr_nonnull(p);
	*len = lists[i].head;
	*len += put_count(p + *len, n);
	*len += n * lists[i].item + lists[i].tail;
	return p;
}

START_TEST(max_items)
{
	struct btcpeer_error err = { .text = "" };
	struct btcwire_bytes again;
	struct btcwire_msg *msg;
	size_t len;
	uint8_t *p = list_payload(_i, lists[_i].max, &len);

	ck_assert_uint_eq(len, lists[_i].longest);
	ck_assert_msg(btcwire_decode(&msg, lists[_i].type, p, len, NEWEST,
	    BTCWIRE_STRICT, &err) == 0, "%s: %s", lists[_i].name, err.text);
	ck_assert_int_eq(btcwire_msg_payload(&again, msg, NEWEST, 0), 0);
	ck_assert_uint_eq(again.len, len);
	ck_assert_mem_eq(again.data, p, len);
	btcwire_msg_unref(msg);
	free(p);
}
END_TEST

START_TEST(one_item_more)
{
	struct btcpeer_error err = { .text = "" };
	struct btcwire_msg *msg = NULL;
	size_t len;
	uint8_t *p = list_payload(_i, lists[_i].max + 1, &len);

	ck_assert_int_eq(btcwire_decode(&msg, lists[_i].type, p, len, NEWEST, 0,
	    &err), BTCPEER_E_TOOBIG);
	ck_assert_uint_eq(err.offset, lists[_i].head);
	ck_assert_ptr_null(msg);
	free(p);
}
END_TEST

/*
 * A count that the bytes cannot bear costs no memory that goes by it: no more
 * is taken than for as many bytes of an honest message.
 */
START_TEST(lying_count)
{
	static const uint64_t counts[] = { 100, 255, 500, 1000, 2000, 50000,
		65535, 65536, 0x1ffffff, 0x2000000, 0x2000001, UINT32_MAX,
		UINT64_C(1) << 32, INT64_MAX, UINT64_MAX };
	struct btcpeer_error err;
	struct btcwire_msg *msg = NULL;
	struct allocs taken;
	uint8_t p[128] = { 0 };
	size_t i, len;
	int rc;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		len = lists[_i].head + put_count(p + lists[_i].head, counts[i]);
		len += 8;
		allocs_start();
		rc = btcwire_decode(&msg, lists[_i].type, p, len, NEWEST, 0,
		    &err);
		taken = allocs_stop();
		ck_assert_int_eq(rc, counts[i] > lists[_i].max ?
		    BTCPEER_E_TOOBIG : BTCPEER_E_SHORT);
		ck_assert_msg(taken.bytes <= 4096, "%s: %zu bytes",
		    lists[_i].name, taken.bytes);
	}
}
END_TEST

/* The counts inside transactions and blocks, which only the bytes bound. */
static const struct {
	const char *name;
	enum btcwire_type type;
	const char *head;	/* what stands before the count */
	size_t item;		/* least bytes of one */
} counts[] = {
	{ "inputs", BTCWIRE_TX, "01000000", 41 },
	{ "inputs, marked", BTCWIRE_TX, "01000000 0001", 41 },
	{ "script", BTCWIRE_TX, "01000000 01"
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    "00000000", 1 },
	{ "outputs", BTCWIRE_TX, "01000000 01"
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    "00000000 00 00000000", 9 },
	{ "output script", BTCWIRE_TX, "01000000 01"
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    "00000000 00 00000000 01 0000000000000000", 1 },
	{ "witness", BTCWIRE_TX, "01000000 0001 01"
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    "00000000 00 00000000 00", 1 },
	{ "witness item", BTCWIRE_TX, "01000000 0001 01"
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    "00000000 00 00000000 00 01", 1 },
	{ "transactions", BTCWIRE_BLOCK, "01000000"
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    "00000000 00000000 00000000", 10 },
};

START_TEST(lying_inner_count)
{
	static const uint64_t lies[] = { 60, 252, 253, 65535, 65536, 1000000,
		4000000, 0x1ffffff, 0x2000000, UINT32_MAX, UINT64_C(1) << 32,
		INT64_MAX, UINT64_MAX };
	struct btcwire_msg *msg = NULL;
	struct allocs taken;
	uint8_t *head, p[256] = { 0 };
	size_t i, len, head_len;
	int rc;

	head = unhex(counts[_i].head, &head_len);
	memcpy(p, head, head_len);
	free(head);
	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		len = head_len + put_count(p + head_len, lies[i]) + 16;
		allocs_start();
		rc = btcwire_decode(&msg, counts[_i].type, p, len, NEWEST, 0,
		    NULL);
		taken = allocs_stop();
		ck_assert_msg(rc == BTCPEER_E_SHORT || (rc == BTCPEER_E_TOOBIG &&
		    lies[i] > BTCWIRE_MAX_PAYLOAD), "%s: %d", counts[_i].name,
		    rc);
		ck_assert_msg(taken.bytes <= 8192, "%s: %zu bytes",
		    counts[_i].name, taken.bytes);
	}
}
END_TEST

/*
 * A lie that a smaller item would make true: so many bytes are there, but not
 * so many items.
 */
START_TEST(lying_by_the_item)
{
	const size_t len = 200000;
	struct btcwire_msg *msg = NULL;
	struct allocs taken;
	uint8_t *p = calloc(1, len), *head;
	size_t head_len;
	int rc;

	ck_assert_ptr_nonnull(p);
	head = unhex(counts[_i].head, &head_len);
	memcpy(p, head, head_len);
	free(head);
	put_count(p + head_len, counts[_i].item > 1 ?
	    len / counts[_i].item + 1 : len);
	allocs_start();
	rc = btcwire_decode(&msg, counts[_i].type, p, len, NEWEST, 0, NULL);
	taken = allocs_stop();
	ck_assert_int_eq(rc, BTCPEER_E_SHORT);
	ck_assert_msg(taken.bytes <= 3 * len, "%s: %zu bytes", counts[_i].name,
	    taken.bytes);
	free(p);
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
	put_count(p + 4, inputs);
	allocs_start();
	rc = btcwire_decode(&msg, BTCWIRE_TX, p, len, NEWEST, 0, NULL);
	taken = allocs_stop();
	ck_assert_int_eq(rc, BTCPEER_E_SHORT);	/* no outputs follow */
	ck_assert_uint_le(taken.bytes, 8 * len);
	free(p);
}
END_TEST

static int
new_tx(struct btcwire_msg **msg, struct btcpeer_error *err, size_t script_len)
{
	uint8_t *script = calloc(1, script_len);
	struct btcwire_txin in = { .script = { script, script_len } };
	struct btcwire_tx tx = { .in = &in, .in_len = 1 };
	int rc;

	ck_assert_ptr_nonnull(script);
	rc = btcwire_msg_new(msg, BTCWIRE_TX, &tx, err);
	free(script);
	return rc;
}

/* 4,000,000 bytes are a transaction, one more is none. */
START_TEST(largest_payload)
{
	const size_t rest = 4 + 1 + 36 + 5 + 4 + 1 + 4;
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL, *again = NULL;
	struct btcwire_bytes payload;
	uint8_t *p;

	ck_assert_int_eq(new_tx(&msg, &err, BTCWIRE_MAX_PAYLOAD - rest), 0);
	ck_assert_int_eq(btcwire_msg_payload(&payload, msg, NEWEST, 0), 0);
	ck_assert_uint_eq(payload.len, BTCWIRE_MAX_PAYLOAD);
	ck_assert_int_eq(btcwire_decode(&again, BTCWIRE_TX, payload.data,
	    payload.len, NEWEST, BTCWIRE_STRICT, NULL), 0);
	btcwire_msg_unref(again);
	again = NULL;

	/* The same with a script one longer. */
	p = malloc(payload.len + 1);
	ck_assert_ptr_nonnull(p);
	memcpy(p, payload.data, payload.len);
	p[payload.len] = 0;
	p[42]++;
	ck_assert_int_eq(btcwire_decode(&again, BTCWIRE_TX, p, payload.len + 1,
	    NEWEST, 0, &err), BTCPEER_E_TOOBIG);
	ck_assert_ptr_null(again);
	free(p);
	btcwire_msg_unref(msg);
	msg = NULL;
	ck_assert_int_eq(new_tx(&msg, &err, BTCWIRE_MAX_PAYLOAD - rest + 1),
	    BTCPEER_E_TOOBIG);
	ck_assert_ptr_null(msg);
	ck_assert_int_eq(err.code, BTCPEER_E_TOOBIG);
}
END_TEST

/* Bodies with one more than may be sent; the items are all the same zeroes. */
START_TEST(bodies_over_the_limit)
{
	static const uint8_t zero[81 * 50001];
	const struct btcwire_inv inv = { (const void *)zero, 50001 };
	const struct btcwire_locator locator = { .hash = (const void *)zero,
		.hash_len = 501 };
	const struct btcwire_headers headers = { (const void *)zero, 2001 };
	const struct btcwire_addr addr = { (const void *)zero, 1001 };
	const struct btcwire_version version = { .user_agent = { zero, 257 } };
	const struct btcwire_reject command = { .command = { zero, 13 } },
	    reason = { .reason = { zero, 112 } };
	const struct {
		enum btcwire_type type;
		const void *body;
	} rows[] = {
		{ BTCWIRE_INV, &inv }, { BTCWIRE_GETDATA, &inv },
		{ BTCWIRE_NOTFOUND, &inv }, { BTCWIRE_GETBLOCKS, &locator },
		{ BTCWIRE_GETHEADERS, &locator }, { BTCWIRE_HEADERS, &headers },
		{ BTCWIRE_ADDR, &addr }, { BTCWIRE_VERSION, &version },
		{ BTCWIRE_REJECT, &command }, { BTCWIRE_REJECT, &reason },
	};
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;
	size_t size = 77;
	int i;

	for (i = 0; i < N_ROWS(rows); i++) {
		ck_assert_int_eq(btcwire_msg_new(&msg, rows[i].type,
		    rows[i].body, &err), BTCPEER_E_TOOBIG);
		ck_assert_ptr_null(msg);
		ck_assert_ptr_nonnull(strstr(err.text,
		    btcwire_command(rows[i].type)));
		ck_assert_int_eq(btcwire_body_size(&size, rows[i].type,
		    rows[i].body, NEWEST, 0, NULL), BTCPEER_E_TOOBIG);
		ck_assert_uint_eq(size, 77);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_limits");
	TCase *tc = add_tcase(s, "decoding");

	tcase_add_loop_test(tc, max_items, 0, N_ROWS(lists));
	tcase_add_loop_test(tc, one_item_more, 0, N_ROWS(lists));
	tcase_add_loop_test(tc, lying_count, 0, N_ROWS(lists));
	tcase_add_loop_test(tc, lying_inner_count, 0, N_ROWS(counts));
	tcase_add_loop_test(tc, lying_by_the_item, 0, N_ROWS(counts));
	tcase_add_test(tc, memory_in_proportion);
	tcase_add_test(tc, largest_payload);
	tc = add_tcase(s, "encoding");
	tcase_add_test(tc, bodies_over_the_limit);
	return run_suite(s);
}
