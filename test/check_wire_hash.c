/*
 * SHA-256d, hashes as text, ids of transactions.
 */
#include "config.h"

#include "runner.h"
#include "samples.h"

/* From another implementation. */
static const struct {
	const char *hex, *text;
} vectors[] = {
	{ "",
	  "56944c5d3f98413ef45cf54545538103cc9f298e0575820ad3591376e2e0f65d" },
	{ "616263",
	  "58636c3ec08c12d55aedda056d602d5bcca72d8df6a69b519b72d32dc2428b4f" },
};

START_TEST(known_hash)
{
	char text[BTCWIRE_HASH_HEX + 1];
	struct btcwire_hash h, back;
	size_t len;
	uint8_t *p = unhex(vectors[_i].hex, &len);

	btcwire_sha256d(&h, p, len);
	memset(text, '#', sizeof(text));
	ck_assert_ptr_eq(btcwire_hash_to_hex(text, &h), text);
	ck_assert_str_eq(text, vectors[_i].text);
	ck_assert_int_eq(text[BTCWIRE_HASH_HEX], '#');
	ck_assert_int_eq(btcwire_hash_from_hex(&back, text), 0);
	ck_assert(btcwire_hash_equal(&h, &back));
	free(p);
}
END_TEST

/*
 * Every length from 0 to 300, so each way to fill and pad the blocks of
 * SHA-256: the hash of all those hashes, from another implementation.
 */
START_TEST(every_length)
{
	struct btcwire_hash all[301], h;
	char text[BTCWIRE_HASH_HEX];
	uint8_t *p, buf[300];
	size_t n, i;

	for (n = 0; n <= 300; n++) {
		for (i = 0; i < n; i++)
			buf[i] = (uint8_t)(i * 7 + n);
		p = exact_copy(buf, n);
		btcwire_sha256d(&all[n], p, n);
		free(p);
	}
	btcwire_sha256d(&h, all, sizeof(all));
	ck_assert_str_eq(btcwire_hash_to_hex(text, &h),
	    "6480c5fe7d865c06b267c0074e63dbb12797eed9ecd1e0acdf86b095b5ae4b10");
}
END_TEST

START_TEST(million)
{
	const size_t len = 1000000;
	struct btcwire_hash h;
	char text[BTCWIRE_HASH_HEX];
	uint8_t *p = malloc(len);

	ck_assert_ptr_nonnull(p);
	memset(p, 'a', len);
	btcwire_sha256d(&h, p, len);
	ck_assert_str_eq(btcwire_hash_to_hex(text, &h),
	    "88661512a78701a68778d78b5e70e50748fe1a9f74b206521b3e56779418d180");
	free(p);
}
END_TEST

START_TEST(hex_order)
{
	struct btcwire_hash h;
	char text[BTCWIRE_HASH_HEX];
	int i;

	ck_assert_int_eq(btcwire_hash_from_hex(&h,
	    "00112233445566778899aAbBcCdDeEfF00000000000000000000000000000001"),
	    0);
	ck_assert_uint_eq(h.b[0], 1);
	ck_assert_uint_eq(h.b[1], 0);
	ck_assert_uint_eq(h.b[16], 0xff);
	ck_assert_uint_eq(h.b[17], 0xee);
	ck_assert_uint_eq(h.b[30], 0x11);
	ck_assert_uint_eq(h.b[31], 0);
	btcwire_hash_to_hex(text, &h);
	ck_assert_str_eq(text,
	    "00112233445566778899aabbccddeeff00000000000000000000000000000001");
	for (i = 0; i < 64; i++) {
		h = (struct btcwire_hash){ { 0 } };
		h.b[31 - i / 2] = i & 1 ? 0x0f : 0xf0;
		btcwire_hash_to_hex(text, &h);
		ck_assert_int_eq(text[i], 'f');
		ck_assert_uint_eq(strspn(text, "0"), (size_t)i);
	}
}
END_TEST

#define H62 "00112233445566778899aabbccddeeff001122334455667788990011223344"

START_TEST(bad_hex)
{
	static const char *const bad[] = { "", "0", H62, H62 "0", H62 "000",
		H62 "0000", H62 "0g", H62 "g0", H62 "0 ", " " H62 "0",
		"0x" H62, H62 "0/", H62 "0:", H62 "0@", H62 "0G", H62 "0`",
		H62 "\xff\xff", "\n" H62 "0" };
	struct btcwire_hash h, before;

	memset(&h, 0x5a, sizeof(h));
	before = h;
	ck_assert_int_eq(btcwire_hash_from_hex(&h, bad[_i]), BTCPEER_E_BADVALUE);
	ck_assert_mem_eq(&h, &before, sizeof(h));
}
END_TEST

START_TEST(comparing)
{
	struct btcwire_hash a = { { 0 } }, b = { { 0 } };
	size_t i;

	ck_assert(btcwire_hash_is_null(&a));
	ck_assert(btcwire_hash_equal(&a, &b));
	for (i = 0; i < 32; i++) {
		b.b[i] = 0x80;
		ck_assert(!btcwire_hash_equal(&a, &b));
		ck_assert(!btcwire_hash_is_null(&b));
		b.b[i] = 0;
	}
}
END_TEST

/* The ids are hashes of the two forms. */
START_TEST(tx_ids)
{
	struct btcwire_hash want, got;
	struct btcwire_msg *msg;
	struct btcwire_bytes p;
	int i;

	for (i = 0; i < n_samples; i++) {
		if (samples[i].type != BTCWIRE_TX)
			continue;
		ck_assert_int_eq(btcwire_msg_new(&msg, BTCWIRE_TX,
		    samples[i].body, NULL), 0);
		ck_assert_int_eq(btcwire_msg_payload(&p, msg,
		    BTCWIRE_PVER_NEWEST, 0), 0);
		btcwire_sha256d(&want, p.data, p.len);
		btcwire_wtxid(&got, samples[i].body);
		ck_assert(btcwire_hash_equal(&want, &got));
		ck_assert_int_eq(btcwire_msg_payload(&p, msg,
		    BTCWIRE_PVER_NEWEST, BTCWIRE_NO_WITNESS), 0);
		btcwire_sha256d(&want, p.data, p.len);
		btcwire_txid(&got, samples[i].body);
		ck_assert(btcwire_hash_equal(&want, &got));
		btcwire_msg_unref(msg);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_hash");
	TCase *tc = add_tcase(s, "hashes");

	tcase_add_loop_test(tc, known_hash, 0, N_ROWS(vectors));
	tcase_add_test(tc, every_length);
	tcase_add_test(tc, million);
	tcase_add_test(tc, hex_order);
	tcase_add_loop_test(tc, bad_hex, 0, 18);
	tcase_add_test(tc, comparing);
	tcase_add_test(tc, tx_ids);
	return run_suite(s);
}
