/*
 * Counts, lengths and payloads at their limits, and one over.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "layout.h"
#include "runner.h"

#define NEWEST BTCWIRE_PVER_NEWEST
#define CAP BTCWIRE_MAX_PAYLOAD

#define Z8 "00000000" "00000000"
#define Z32 Z8 Z8 Z8 Z8
#define HEADER Z32 Z32 Z8 Z8
/* What an alert begins with, up to its comment, when all of it is zero. */
#define ALERT_42 Z32 Z8 "0000"

/*
 * A payload: head, a count or length, so many items of that many bytes, tail.
 * Wrapped: that is a string, and an empty one follows (alert).
 */
/* clang-format off */
static const struct {
	const char *name;
	enum btcwire_type type;
	const char *head;
	size_t item;
	uint8_t fill;		/* what items consist of */
	const char *tail;
	size_t max;		/* items */
	size_t longest;		/* the payload then */
	bool wrapped;
} lists[] = {
	{ "inv",         BTCWIRE_INV,         "",                36, 0,   "",         50000, 1800003, false },
	{ "getdata",     BTCWIRE_GETDATA,     "",                36, 0,   "",         50000, 1800003, false },
	{ "notfound",    BTCWIRE_NOTFOUND,    "",                36, 0,   "",         50000, 1800003, false },
	{ "getblocks",   BTCWIRE_GETBLOCKS,   "00000000",        32, 0,   Z32,          500,   16039, false },
	{ "getheaders",  BTCWIRE_GETHEADERS,  "00000000",        32, 0,   Z32,          500,   16039, false },
	{ "headers",     BTCWIRE_HEADERS,     "",                81, 0,   "",          2000,  162003, false },
	{ "addr",        BTCWIRE_ADDR,        "",                30, 0,   "",          1000,   30003, false },
	{ "agent",       BTCWIRE_VERSION,     Z32 Z32 Z8 Z8,      1, 0,   "0000000000", 256,     344, false },
	{ "command",     BTCWIRE_REJECT,      "",                 1, 0,   "0000",        12,      15, false },
	{ "feature id",  BTCWIRE_FEATURE,     "",                 1, 'a', "00",          80,      82, false },
	{ "data",        BTCWIRE_FEATURE,     "04 61616161",      1, 0,   "",           512,     520, false },
	{ "addrv2",      BTCWIRE_ADDRV2,      "",                 9, 0,   "",          1000,    9003, false },
	{ "address",     BTCWIRE_ADDRV2,      "01 00000000 00 aa", 1, 0,  "0000",       512,     524, false },
	{ "tree",        BTCWIRE_MERKLEBLOCK, HEADER "2c010000", 32, 0,   "00",         300,    9688, false },
	{ "filterload",  BTCWIRE_FILTERLOAD,  "",                 1, 0,   Z8 "00",    36000,   36012, false },
	{ "filteradd",   BTCWIRE_FILTERADD,   "",                 1, 0,   "",           520,     523, false },
	{ "short ids",   BTCWIRE_CMPCTBLOCK,  HEADER Z8,          6, 0,   "00",       65535,  393302, false },
	{ "prefilled",   BTCWIRE_CMPCTBLOCK,  HEADER Z8 "00",    11, 0,   "",         65535,  720977, false },
	{ "3, prefilled", BTCWIRE_CMPCTBLOCK, HEADER Z8 "03" Z8 Z8 "0000", 11, 0, "", 65532,  720962, false },
	{ "getblocktxn", BTCWIRE_GETBLOCKTXN, Z32,                1, 0,   "",         65535,   65570, false },
	{ "cfheaders",   BTCWIRE_CFHEADERS,   "00" Z32 Z32,      32, 0,   "",          2000,   64068, false },
	{ "cfcheckpt",   BTCWIRE_CFCHECKPT,   "00" Z32,          32, 0,   "",        100000, 3200038, false },
	{ "ancpkginfo",  BTCWIRE_ANCPKGINFO,  "",                32, 0,   "",         65535, 2097123, false },
	{ "getpkgtxns",  BTCWIRE_GETPKGTXNS,  "",                32, 0,   "",           100,    3201, false },
	{ "comment",     BTCWIRE_ALERT,       ALERT_42,           1, 0,   "0000",     65536,   65591, true },
	{ "status bar",  BTCWIRE_ALERT,       ALERT_42 "00",      1, 0,   "00",         256,     307, true },
	{ "reserved",    BTCWIRE_ALERT,       ALERT_42 "0000",    1, 0,   "",           256,     307, true },
};
/* clang-format on */

/* Out: at, where the count stands. */
static uint8_t *
list_payload(int i, size_t n, size_t *len, size_t *at)
{
	size_t head_len, tail_len, inner;
	uint8_t *head = unhex(lists[i].head, &head_len);
	uint8_t *tail = unhex(lists[i].tail, &tail_len);
	uint8_t *p = calloc(1, head_len + 20 + n * lists[i].item + tail_len);
	uint8_t number[9], *q = p;

	ck_assert_ptr_nonnull(p);
	inner = head_len + put_compact(number, n) + n * lists[i].item +
	    tail_len;
	if (lists[i].wrapped)
		q += put_compact(q, inner);
	memcpy(q, head, head_len);
	q += head_len;
	*at = (size_t)(q - p);
	q += put_compact(q, n);
	memset(q, lists[i].fill, n * lists[i].item);
	q += n * lists[i].item;
	memcpy(q, tail, tail_len);
	q += tail_len;
	*len = (size_t)(q - p) + (lists[i].wrapped ? 1 : 0);
	free(head);
	free(tail);
	return p;
}

START_TEST(max_items)
{
	struct btcpeer_error err = { .text = "" };
	struct btcwire_bytes again;
	struct btcwire_msg *msg;
	size_t len, at;
	uint8_t *p = list_payload(_i, lists[_i].max, &len, &at);

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
	size_t len, at;
	uint8_t *p = list_payload(_i, lists[_i].max + 1, &len, &at);
	char limit[24];

	ck_assert_int_eq(btcwire_decode(&msg, lists[_i].type, p, len, NEWEST, 0,
	    &err), BTCPEER_E_TOOBIG);
	ck_assert_uint_eq(err.offset, at);
	snprintf(limit, sizeof(limit), "limit of %zu", lists[_i].max);
	ck_assert_msg(strstr(err.text, limit) != NULL, "%s: \"%s\"",
	    lists[_i].name, err.text);
	ck_assert_ptr_null(msg);
	free(p);
}
END_TEST

/* ---- What only the payload's cap bounds -------------------------------- */

/* Bodies around so many bytes, or items, of padding. */
static const void *
pad_tx(struct btcwire_bytes pad)
{
	static struct btcwire_txin in;
	static struct btcwire_tx tx = { .in = &in, .in_len = 1 };

	in = (struct btcwire_txin){ .script = pad };
	return &tx;
}

static const void *
pad_witness(struct btcwire_bytes pad)
{
	static struct btcwire_bytes item;
	static struct btcwire_txin in = { .witness = &item, .witness_len = 1 };
	static struct btcwire_tx tx = { .in = &in, .in_len = 1 };

	item = pad;
	return &tx;
}

static const void *
pad_block(struct btcwire_bytes pad)
{
	static struct btcwire_block block = { .tx_len = 1 };

	block.tx = pad_witness(pad);
	return &block;
}

static const void *
pad_cmpctblock(struct btcwire_bytes pad)
{
	static struct btcwire_prefilled prefilled;
	static struct btcwire_cmpctblock m = { .prefilled = &prefilled,
		.prefilled_len = 1 };

	prefilled.tx = *(const struct btcwire_tx *)pad_tx(pad);
	return &m;
}

static const void *
pad_blocktxn(struct btcwire_bytes pad)
{
	static struct btcwire_blocktxn m = { .tx_len = 1 };

	m.tx = pad_tx(pad);
	return &m;
}

static const void *
pad_pkgtxns(struct btcwire_bytes pad)
{
	static struct btcwire_pkgtxns m = { .tx_len = 1 };

	m.tx = pad_tx(pad);
	return &m;
}

static const void *
pad_merkleblock(struct btcwire_bytes pad)
{
	static struct btcwire_merkleblock m;

	m.flags = pad;
	return &m;
}

static const void *
pad_cfilter(struct btcwire_bytes pad)
{
	static struct btcwire_cfilter m;

	m.filter = pad;
	return &m;
}

static const void *
pad_alert(struct btcwire_bytes pad)
{
	static struct btcwire_alert m;

	m.extra = pad;
	return &m;
}

static const void *
pad_alert_agent(struct btcwire_bytes pad)
{
	static struct btcwire_bytes agent;
	static struct btcwire_alert m = { .set_user_agent = &agent,
		.set_user_agent_len = 1 };

	agent = pad;
	return &m;
}

static const void *
pad_sketch(struct btcwire_bytes pad)
{
	static struct btcwire_sketch m;

	m.data = pad;
	return &m;
}

static const void *
pad_reconcildiff(struct btcwire_bytes pad)
{
	static const uint32_t zero[CAP / 4 + 1];
	static struct btcwire_reconcildiff m = { .ask = zero };

	m.ask_len = pad.len / 4;
	return &m;
}

static const struct {
	const char *name;
	enum btcwire_type type;
	const void *(*body)(struct btcwire_bytes pad);
	size_t unit;		/* bytes that padding comes in */
	size_t longest;		/* bytes of payload, at most */
} capped[] = {
	{ "tx", BTCWIRE_TX, pad_tx, 1, CAP },
	{ "witness", BTCWIRE_TX, pad_witness, 1, CAP },
	{ "block", BTCWIRE_BLOCK, pad_block, 1, CAP },
	{ "cmpctblock", BTCWIRE_CMPCTBLOCK, pad_cmpctblock, 1, CAP },
	{ "blocktxn", BTCWIRE_BLOCKTXN, pad_blocktxn, 1, CAP },
	{ "pkgtxns", BTCWIRE_PKGTXNS, pad_pkgtxns, 1, CAP },
	{ "merkleblock", BTCWIRE_MERKLEBLOCK, pad_merkleblock, 1, CAP },
	{ "cfilter", BTCWIRE_CFILTER, pad_cfilter, 1, CAP },
	{ "alert", BTCWIRE_ALERT, pad_alert, 1, CAP },
	{ "alert agent", BTCWIRE_ALERT, pad_alert_agent, 1, CAP },
	{ "sketch", BTCWIRE_SKETCH, pad_sketch, 4, 5 + CAP - 8 },
	{ "reconcildiff", BTCWIRE_RECONCILDIFF, pad_reconcildiff, 4,
	  6 + CAP - 8 },
};

static const uint8_t zeroes[CAP + 4];

/* The length of padding that gives the longest payload. */
static size_t
pad_len(int i)
{
	const size_t some = 3900000;
	size_t size = 0;

	ck_assert_int_eq(btcwire_body_size(&size, capped[i].type,
	    capped[i].body((struct btcwire_bytes){ zeroes, some }), NEWEST, 0,
	    NULL), 0);
	return some + capped[i].longest - size;
}

static void
check_over(const struct btcpeer_error *err, enum btcwire_type type)
{
	const char *command = btcwire_command(type);

	ck_assert_int_eq(err->code, BTCPEER_E_TOOBIG);
	ck_assert_uint_eq(err->offset, CAP);
	ck_assert(strncmp(err->text, command, strlen(command)) == 0);
	ck_assert_msg(strstr(err->text, "body") != NULL &&
	    strstr(err->text, "4000000") != NULL, "\"%s\"", err->text);
}

START_TEST(longest_payload)
{
	enum btcwire_type type = capped[_i].type;
	struct btcwire_bytes pad = { zeroes, pad_len(_i) }, payload;
	struct btcwire_msg *made = NULL, *read = NULL;
	struct btcpeer_error err = { 0 };
	size_t size = 0;

	ck_assert_int_eq(btcwire_msg_new(&made, type, capped[_i].body(pad),
	    NULL), 0);
	ck_assert_int_eq(btcwire_msg_payload(&payload, made, NEWEST, 0), 0);
	ck_assert_uint_eq(payload.len, capped[_i].longest);
	ck_assert_int_eq(btcwire_decode(&read, type, payload.data, payload.len,
	    NEWEST, BTCWIRE_STRICT, NULL), 0);
	btcwire_msg_unref(read);
	btcwire_msg_unref(made);

	made = NULL;
	pad.len += capped[_i].unit;
	ck_assert_int_eq(btcwire_msg_new(&made, type, capped[_i].body(pad),
	    &err), BTCPEER_E_TOOBIG);
	ck_assert_ptr_null(made);
	check_over(&err, type);
	ck_assert_int_eq(btcwire_body_size(&size, type, capped[_i].body(pad),
	    NEWEST, 0, &err), BTCPEER_E_TOOBIG);
	ck_assert_uint_eq(size, 0);
}
END_TEST

/* What says how much padding there is: the last of the large numbers. */
static const struct field *
padding_field(const struct layout *l)
{
	const struct field *f = l->field + l->n;

	while (f-- > l->field)
		if (is_compact(f) && f->n > 900000)
			return f;
	ck_abort_msg("no padding");
	return NULL;
}

/* The same payload with one more at the front of the padding. */
START_TEST(longer_payload)
{
	enum btcwire_type type = capped[_i].type;
	struct btcwire_bytes pad = { zeroes, pad_len(_i) };
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;
	const struct field *f;
	struct layout layout;
	uint8_t *p, *longer, more[9 + 4] = { 0 };
	size_t len, n, at;

	ck_assert_int_eq(btcwire_body_encode_new(&p, &len, type,
	    capped[_i].body(pad), NEWEST, 0, NULL), 0);
	layout_init(&layout, type, p, len, NEWEST, 0);
	f = padding_field(&layout);
	n = put_compact(more, f->n + (f->kind == FIELD_COUNT ? 1 :
	    capped[_i].unit)) + capped[_i].unit;
	longer = layout_replace(&layout, f, p, len, more, n, &n, &at);
	ck_assert_uint_eq(n, len + capped[_i].unit);
	ck_assert_int_eq(btcwire_decode(&msg, type, longer, n, NEWEST, 0, &err),
	    BTCPEER_E_TOOBIG);
	ck_assert_ptr_null(msg);
	check_over(&err, type);
	layout_clear(&layout);
	free(longer);
	free(p);
}
END_TEST

/* Bytes after a body that is at its limit are trailing bytes as elsewhere. */
START_TEST(longest_and_trailing)
{
	struct btcwire_bytes pad = { zeroes, pad_len(_i) };
	struct btcwire_msg *msg = NULL;
	size_t len, trailing = 0;
	uint8_t *p, *longer;

	ck_assert_int_eq(btcwire_body_encode_new(&p, &len, capped[_i].type,
	    capped[_i].body(pad), NEWEST, 0, NULL), 0);
	longer = calloc(1, len + 7);
	ck_assert_ptr_nonnull(longer);
	memcpy(longer, p, len);
	ck_assert_int_eq(btcwire_decode(&msg, capped[_i].type, longer, len + 7,
	    NEWEST, 0, NULL), 0);
	btcwire_msg_raw(msg, &trailing);
	ck_assert_uint_eq(trailing, 7);
	btcwire_msg_unref(msg);
	free(longer);
	free(p);
}
END_TEST

/* ---- Encoding ---------------------------------------------------------- */

/* Bodies with one more than may be sent; the items are all the same zeroes. */
static const uint8_t zero[81 * 50001];
static const uint8_t letters[81] = "012345678901234567890123456789012345678901"
    "23456789012345678901234567890123456789";
static const uint64_t few_ids[3];
static const struct btcwire_netaddr2 long_address = { .net = 99,
	.addr = { zero, 513 } };
static const struct btcwire_inv inv = { (const void *)zero, 50001 };
static const struct btcwire_locator locator = { .hash = (const void *)zero,
	.hash_len = 501 };
static const struct btcwire_headers headers = { (const void *)zero, 2001 };
static const struct btcwire_addr addr = { (const void *)zero, 1001 };
static const struct btcwire_version version = { .user_agent = { zero, 257 } };
static const struct btcwire_reject command = { .command = { zero, 13 } };
static const struct btcwire_feature id = { .id = { letters, 81 } },
    data = { { letters, 80 }, { zero, 513 } };
static const struct btcwire_addrv2 addrv2 = { (const void *)zero, 1001 },
    address = { &long_address, 1 };
static const struct btcwire_merkleblock merkleblock = { .total = 2,
	.hash = (const void *)zero, .hash_len = 3 };
static const struct btcwire_filterload filterload = {
	.filter = { zero, 36001 } }, functions = { .hash_funcs = 51 };
static const struct btcwire_filteradd filteradd = { { zero, 521 } };
static const struct btcwire_cmpctblock
    cmpct_ids = { .short_id = (const void *)zero, .short_id_len = 65536 },
    cmpct_txs = { .prefilled = (const void *)zero, .prefilled_len = 65536 },
    cmpct_both = { .short_id = few_ids, .short_id_len = 3,
	.prefilled = (const void *)zero, .prefilled_len = 65533 };
static const struct btcwire_getblocktxn getblocktxn = {
	.index = (const void *)zero, .index_len = 65536 };
static const struct btcwire_cfheaders cfheaders = {
	.hash = (const void *)zero, .hash_len = 2001 };
static const struct btcwire_cfcheckpt cfcheckpt = {
	.header = (const void *)zero, .header_len = 100001 };
static const struct btcwire_alert comment = { .comment = { zero, 65537 } },
    status_bar = { .status_bar = { zero, 257 } },
    reserved = { .reserved = { zero, 257 } };
static const struct btcwire_wtxids ancpkginfo = { (const void *)zero, 65536 },
    getpkgtxns = { (const void *)zero, 101 };

static const struct {
	enum btcwire_type type;
	const void *body;
} over[] = {
	{ BTCWIRE_INV, &inv }, { BTCWIRE_GETDATA, &inv },
	{ BTCWIRE_NOTFOUND, &inv }, { BTCWIRE_GETBLOCKS, &locator },
	{ BTCWIRE_GETHEADERS, &locator }, { BTCWIRE_HEADERS, &headers },
	{ BTCWIRE_ADDR, &addr }, { BTCWIRE_VERSION, &version },
	{ BTCWIRE_REJECT, &command },
	{ BTCWIRE_FEATURE, &id }, { BTCWIRE_FEATURE, &data },
	{ BTCWIRE_ADDRV2, &addrv2 }, { BTCWIRE_ADDRV2, &address },
	{ BTCWIRE_MERKLEBLOCK, &merkleblock },
	{ BTCWIRE_FILTERLOAD, &filterload }, { BTCWIRE_FILTERLOAD, &functions },
	{ BTCWIRE_FILTERADD, &filteradd }, { BTCWIRE_CMPCTBLOCK, &cmpct_ids },
	{ BTCWIRE_CMPCTBLOCK, &cmpct_txs }, { BTCWIRE_CMPCTBLOCK, &cmpct_both },
	{ BTCWIRE_GETBLOCKTXN, &getblocktxn },
	{ BTCWIRE_CFHEADERS, &cfheaders }, { BTCWIRE_CFCHECKPT, &cfcheckpt },
	{ BTCWIRE_ALERT, &comment }, { BTCWIRE_ALERT, &status_bar },
	{ BTCWIRE_ALERT, &reserved },
	{ BTCWIRE_ANCPKGINFO, &ancpkginfo },
	{ BTCWIRE_GETPKGTXNS, &getpkgtxns },
};

START_TEST(bodies_over_the_limit)
{
	const char *name = btcwire_command(over[_i].type);
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;
	uint8_t *p = NULL;
	size_t size = 77;

	ck_assert_int_eq(btcwire_msg_new(&msg, over[_i].type, over[_i].body,
	    &err), BTCPEER_E_TOOBIG);
	ck_assert_ptr_null(msg);
	ck_assert_int_eq(err.code, BTCPEER_E_TOOBIG);
	ck_assert_msg(strncmp(err.text, name, strlen(name)) == 0 &&
	    strstr(err.text, "limit") != NULL, "\"%s\"", err.text);
	ck_assert_int_eq(btcwire_body_size(&size, over[_i].type, over[_i].body,
	    NEWEST, 0, NULL), BTCPEER_E_TOOBIG);
	ck_assert_int_eq(btcwire_body_encode_new(&p, &size, over[_i].type,
	    over[_i].body, NEWEST, 0, NULL), BTCPEER_E_TOOBIG);
	ck_assert_uint_eq(size, 77);
	ck_assert_ptr_null(p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_limits");
	TCase *tc = add_tcase(s, "decoding");

	tcase_add_loop_test(tc, max_items, 0, N_ROWS(lists));
	tcase_add_loop_test(tc, one_item_more, 0, N_ROWS(lists));
	tc = add_tcase(s, "cap");
	tcase_add_loop_test(tc, longest_payload, 0, N_ROWS(capped));
	tcase_add_loop_test(tc, longer_payload, 0, N_ROWS(capped));
	tcase_add_loop_test(tc, longest_and_trailing, 0, N_ROWS(capped));
	tc = add_tcase(s, "encoding");
	tcase_add_loop_test(tc, bodies_over_the_limit, 0, N_ROWS(over));
	return run_suite(s);
}
