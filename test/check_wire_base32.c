/*
 * Base32 of RFC 4648.
 */
#include "config.h"

#include "runner.h"
#include "wire/base32.h"

/* The vectors of RFC 4648, in lower case and without padding. */
static const struct {
	const char *data, *letters;
} vectors[] = {
	{ "",       "" },       { "f",      "my" },
	{ "fo",     "mzxq" },   { "foo",    "mzxw6" },
	{ "foob",   "mzxw6yq" }, { "fooba", "mzxw6ytb" },
	{ "foobar", "mzxw6ytboi" },
};

START_TEST(letters)
{
	const char *data = vectors[_i].data, *want = vectors[_i].letters;
	size_t len = strlen(data), n = strlen(want), i;
	char text[9 * 2];
	uint8_t back[16];

	ck_assert_uint_eq(BTCWIRE_BASE32_LEN(len), n);
	btcwire_base32_encode(text, (const uint8_t *)data, len);
	ck_assert_str_eq(text, want);
	ck_assert_uint_eq(btcwire_base32_decode(back, len, want), n);
	ck_assert_mem_eq(back, data, len);
	for (i = 0; i < n; i++) {
		memcpy(text, want, n + 1);
		if (text[i] >= 'a')
			text[i] = (char)(text[i] - 'a' + 'A');
		ck_assert_uint_eq(btcwire_base32_decode(back, len, text), n);
		ck_assert_mem_eq(back, data, len);
	}
}
END_TEST

/* Of the second letter's 5 bits the byte takes 3; the others must be zero. */
START_TEST(one_byte)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	char text[3] = "", again[3];
	uint8_t byte;
	int a, b, sound_pairs = 0;

	for (a = 1; a < 256; a++) {
		for (b = 1; b < 256; b++) {
			const char *first, *second;
			size_t want = 2;

			text[0] = (char)a;
			text[1] = (char)b;
			first = strchr(digits, a | (a >= '@' ? 0x20 : 0));
			second = strchr(digits, b | (b >= '@' ? 0x20 : 0));
			if (first == NULL)
				want = 0;
			else if (second == NULL || (second - digits) % 4 != 0)
				want = 1;
			ck_assert_uint_eq(btcwire_base32_decode(&byte, 1, text),
			    want);
			if (want != 2 || (a | b) >= 0x80)
				continue;
			btcwire_base32_encode(again, &byte, 1);
			ck_assert_int_eq(again[0], *first);
			ck_assert_int_eq(again[1], *second);
			sound_pairs++;
		}
	}
	ck_assert_int_eq(sound_pairs, (26 * 2 + 6) * (7 * 2 + 1));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_base32");
	TCase *tc = add_tcase(s, "base32");

	tcase_add_loop_test(tc, letters, 0, N_ROWS(vectors));
	tcase_add_test(tc, one_byte);
	return run_suite(s);
}
