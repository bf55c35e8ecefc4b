/*
 * Filters that are damaged: each is refused, as by a plain decoder, without
 * reading past its end and without memory for what is not there.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "allocs.h"
#include "gen.h"
#include "runner.h"

static const struct btcwire_hash block = { { 0x42 } };

static int
match(bool *found, const uint8_t *p, size_t len, struct btcpeer_error *err)
{
	static const uint8_t data[] = "item";
	struct btcwire_bytes f = { p, len }, item = { data, 4 };

	return btcwire_cfilter_match(found, &f, &block, &item, 1, err);
}

/* ---- Rows -------------------------------------------------------------- */

static const struct {
	const char *name;
	const char *hex;
	int want;
	size_t offset;
	const char *text;	/* of the error, a part */
} damaged[] = {
	{ "zero items",  "00",            0, 0, "" },
	{ "one item",    "019dfca8",      0, 0, "" },
	{ "greatest",    "019fd110",      0, 0, "" },
	{ "equal items", "020000000000",  0, 0, "" },
	{ "two items",   "0200005dfd1000", 0, 0, "" },
	{ "whole bytes", "0200005dfd10",  BTCPEER_E_SHORT, 3,
	    "item 2 of 2 runs past the end" },

	{ "nothing",     "",              BTCPEER_E_SHORT, 0, "item count" },
	{ "part of count", "fd00",        BTCPEER_E_SHORT, 0, "item count" },
	{ "part of long", "ff00000000010000", BTCPEER_E_SHORT, 0,
	    "item count" },
	{ "no items",    "01",            BTCPEER_E_SHORT, 0,
	    "item count 1 needs at least 3 bytes, 0 remain" },
	{ "too short",   "019dfc",        BTCPEER_E_SHORT, 0,
	    "item count 1 needs at least 3 bytes, 2 remain" },
	{ "20 bits each", "0300000000000000", BTCPEER_E_SHORT, 0,
	    "item count 3 needs at least 8 bytes, 7 remain" },
	{ "lies",        "fdffff0000",    BTCPEER_E_SHORT, 0,
	    "item count 65535 needs" },
	{ "lies most",   "feffffffff000000", BTCPEER_E_SHORT, 0,
	    "item count 4294967295 needs" },
	{ "253 as 3",    "fdfc00",        BTCPEER_E_NONCANON, 0,
	    "shortest form" },
	{ "as 5",        "feffff0000",    BTCPEER_E_NONCANON, 0,
	    "shortest form" },
	{ "as 9",        "ffffffffff00000000", BTCPEER_E_NONCANON, 0,
	    "shortest form" },
	{ "2^32",        "ff0000000001000000", BTCPEER_E_TOOBIG, 0,
	    "4294967296 is over the limit of 4294967295" },
	{ "2^64 - 1",    "ffffffffffffffffff", BTCPEER_E_TOOBIG, 0,
	    "18446744073709551615 is over" },

	{ "ones only",   "01ffffff",      BTCPEER_E_SHORT, 1,
	    "item 1 of 1 runs past the end" },
	{ "64 ones",     "01ffffffffffffffff", BTCPEER_E_SHORT, 1,
	    "item 1 of 1 runs past the end" },
	{ "72 ones",     "01ffffffffffffffffff", BTCPEER_E_SHORT, 1,
	    "item 1 of 1 runs past the end" },
	{ "18 bits",     "01fc0000",      BTCPEER_E_SHORT, 1,
	    "item 1 of 1 runs past the end" },
	{ "ends with 0", "01fffffe",      BTCPEER_E_SHORT, 1,
	    "item 1 of 1 runs past the end" },
	{ "second",      "0200000fffff",  BTCPEER_E_SHORT, 3,
	    "item 2 of 2 runs past the end" },

	{ "over range",  "019fd118",      BTCPEER_E_TOOBIG, 1,
	    "item 1 of 1 is out of range" },
	{ "far over",    "01f8000000",    BTCPEER_E_TOOBIG, 1,
	    "item 1 of 1 is out of range" },
	{ "63 ones",     "01fffffffffffffffe000000", BTCPEER_E_TOOBIG, 1,
	    "item 1 of 1 is out of range" },
	{ "64 ones, 0",  "01ffffffffffffffff000000", BTCPEER_E_TOOBIG, 1,
	    "item 1 of 1 is out of range" },
	{ "sum over",    "0200005dfd1040", BTCPEER_E_TOOBIG, 3,
	    "item 2 of 2 is out of range" },

	{ "after none",  "0000",          BTCPEER_E_TRAILING, 1,
	    "1 bytes left" },
	{ "two bytes",   "000000",        BTCPEER_E_TRAILING, 1,
	    "2 bytes left" },
	{ "zero byte",   "019dfca800",    BTCPEER_E_TRAILING, 4,
	    "1 bytes left" },
	{ "more bytes",  "019dfca8112233445566778899", BTCPEER_E_TRAILING, 4,
	    "9 bytes left" },
	{ "byte after whole", "02000000000000", BTCPEER_E_TRAILING, 6,
	    "1 bytes left" },
	{ "last bit",    "019dfca9",      BTCPEER_E_TRAILING, 3, "bits set" },
	{ "first bit",   "019dfcac",      BTCPEER_E_TRAILING, 3, "bits set" },
};

START_TEST(damages)
{
	struct btcwire_bytes f, none = { NULL, 0 };
	struct btcpeer_error err = { .code = 77 };
	bool found = true;
	size_t len;
	uint8_t *p = unhex(damaged[_i].hex, &len);
	int rc = match(&found, p, len, &err);

	ck_assert_int_eq(rc, damaged[_i].want);
	if (rc == 0) {
		ck_assert_int_eq(err.code, 77);
		ck_assert(!found);
	} else {
		ck_assert_int_eq(err.code, rc);
		ck_assert_uint_eq(err.offset, damaged[_i].offset);
		ck_assert_msg(strncmp(err.text, "cfilter: ", 9) == 0 &&
		    strstr(err.text, damaged[_i].text) != NULL, "%s",
		    err.text);
		ck_assert(found);
	}
	ck_assert_int_eq(match(&found, p, len, NULL), rc);

	/* It is the same whatever is looked for. */
	f = (struct btcwire_bytes){ len > 0 ? p : NULL, len };
	ck_assert_int_eq(btcwire_cfilter_match(&found, &f, &block, NULL, 0,
	    NULL), rc);
	ck_assert_int_eq(btcwire_cfilter_match(&found, &f, &block, &none, 1,
	    NULL), rc);
	free(p);
}
END_TEST

/* A count that lies costs no memory; nor does any filter, for its size. */
START_TEST(memory)
{
	static const uint8_t lie[] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0, 0 };
	size_t len = 1 << 20;
	uint8_t *zeroes = calloc(1, len);
	struct allocs a[2];
	bool found = false;
	int rc[2];

	ck_assert_ptr_nonnull(zeroes);
	memcpy(zeroes, "\xfe\x60\x66\x06\x00", 5);	/* 419,424 items */
	allocs_start();
	rc[0] = match(&found, lie, sizeof(lie), NULL);
	a[0] = allocs_stop();
	allocs_start();
	rc[1] = match(&found, zeroes, len, NULL);
	a[1] = allocs_stop();
	ck_assert_int_eq(rc[0], BTCPEER_E_SHORT);
	ck_assert_uint_eq(a[0].count, 0);
	ck_assert_int_eq(rc[1], BTCPEER_E_TRAILING);
	ck_assert_uint_le(a[1].bytes, 8);
	free(zeroes);
}
END_TEST

/* ---- Beside a plain decoder -------------------------------------------- */

struct bits {
	const uint8_t *p;
	size_t len, at;		/* in bits */
};

static int
bit(struct bits *b)
{
	int v;

	if (b->at == b->len)
		return -1;
	v = b->p[b->at / 8] >> (7 - b->at % 8) & 1;
	b->at++;
	return v;
}

/* What a filter of less than 253 items is, a bit at a time. */
static int
plain_check(const uint8_t *p, size_t len)
{
	struct bits b = { p + 1, (len - 1) * 8, 0 };
	uint64_t sum = 0, r;
	int i, k, v;

	if ((size_t)p[0] * 20 > b.len)
		return BTCPEER_E_SHORT;
	for (i = 0; i < p[0]; i++) {
		while ((v = bit(&b)) == 1)
			sum += 1 << 19;
		if (v < 0)
			return BTCPEER_E_SHORT;
		for (r = 0, k = 0; k < 19; k++) {
			if ((v = bit(&b)) < 0)
				return BTCPEER_E_SHORT;
			r = r << 1 | (uint64_t)v;
		}
		sum += r;
		if (sum >= p[0] * UINT64_C(784931))
			return BTCPEER_E_TOOBIG;
	}
	if (b.len - b.at >= 8)
		return BTCPEER_E_TRAILING;
	while ((v = bit(&b)) >= 0)
		if (v == 1)
			return BTCPEER_E_TRAILING;
	return 0;
}

/* From memory of exactly that size. */
static int
check(const uint8_t *p, size_t len)
{
	uint8_t *copy = exact_copy(p, len);
	bool found;
	int rc = match(&found, copy, len, NULL);

	if (len > 0 && copy[0] < 0xfd)
		ck_assert_int_eq(rc, plain_check(copy, len));
	else
		ck_assert(rc == BTCPEER_E_SHORT || rc == BTCPEER_E_NONCANON ||
		    rc == BTCPEER_E_TOOBIG);
	free(copy);
	return rc;
}

/* The filter of the first n numbers. */
static uint8_t *
small_filter(size_t *len, size_t n)
{
	struct btcwire_bytes items[200];
	uint8_t data[200], *p = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		data[i] = (uint8_t)i;
		items[i] = (struct btcwire_bytes){ &data[i], 1 };
	}
	ck_assert_int_eq(btcwire_cfilter_build_items(&p, len, &block, items,
	    n), 0);
	return p;
}

START_TEST(every_damage)
{
	size_t len, i;
	uint8_t *p = small_filter(&len, (size_t)_i);

	ck_assert_int_eq(check(p, len), 0);
	for (i = 0; i < len; i++)
		ck_assert_int_eq(check(p, i), BTCPEER_E_SHORT);
	for (i = 0; i < len * 8; i++) {
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		(void)check(p, len);
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	free(p);
}
END_TEST

START_TEST(random_damage)
{
	uint8_t buf[1024], *p;
	int seen[2] = { 0, 0 }, i;
	struct gen g;
	size_t len;

	gen_init(&g, 5);
	for (i = 0; i < (TEST_SLOW ? 3000 : 30000); i++) {
		p = small_filter(&len, (size_t)gen_below(&g, 100));
		memcpy(buf, p, len);
		free(p);
		len = gen_mutate(&g, buf, len, sizeof(buf));
		seen[check(buf, len) == 0]++;
	}
	ck_assert_int_gt(seen[0], 0);
	ck_assert_int_gt(seen[1], 0);
	gen_clear(&g);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_cfilter_bad");
	TCase *tc = add_tcase(s, "damage");

	tcase_add_loop_test(tc, damages, 0, N_ROWS(damaged));
	tcase_add_test(tc, memory);
	tcase_add_loop_test(tc, every_damage, 0, 30);
	tcase_add_test(tc, random_damage);
	return run_suite(s);
}
