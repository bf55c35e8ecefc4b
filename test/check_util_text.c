/*
 * Text into fixed buffers, and remote bytes made harmless.
 */
#include "config.h"

#include "runner.h"
#include "util/text.h"

#define BYTES(s) s, sizeof(s) - 1

/* clang-format off */
static const struct {
	const char *data;
	size_t len, max;
	const char *want;
} escapes[] = {
	{ BYTES(""),                    100, "" },
	{ BYTES("/Satoshi:28.1.0/"),    100, "/Satoshi:28.1.0/" },
	{ BYTES(" !\"#$%&'()*+,-./:;<=>?@[]^_`{|}~"), 100, " !\"#$%&'()*+,-./:;<=>?@[]^_`{|}~" },
	{ BYTES("\\"),                  100, "\\\\" },
	{ BYTES("\\x41"),               100, "\\\\x41" },
	{ BYTES("a\0b"),                100, "a\\x00b" },
	{ BYTES("\n\r\t\x1b[2J"),       100, "\\x0a\\x0d\\x09\\x1b[2J" },
	{ BYTES("\x1f\x20\x7e\x7f\x80\xff"), 100, "\\x1f ~\\x7f\\x80\\xff" },
	{ BYTES("%s%n%d"),              100, "%s%n%d" },
	{ BYTES("\xc3\xa9"),            100, "\\xc3\\xa9" },
	{ BYTES("abc"),                   3, "abc" },
	{ BYTES("abcd"),                  3, "abc..." },
	{ BYTES("\n\n\n"),                1, "\\x0a..." },
	{ BYTES("abc"),                   0, "..." },
	{ BYTES(""),                      0, "" },
};
/* clang-format on */

START_TEST(escape)
{
	struct btcu_text t;
	char buf[200];

	btcu_text_init(&t, buf, sizeof(buf));
	btcu_text_escape(&t, escapes[_i].data, escapes[_i].len, escapes[_i].max);
	ck_assert_str_eq(buf, escapes[_i].want);
	ck_assert_uint_eq(t.len, strlen(escapes[_i].want));
}
END_TEST

/* Any byte: printable ASCII comes out, and different bytes differently. */
START_TEST(every_byte)
{
	char text[256][8];
	struct btcu_text t;
	uint8_t byte;
	int i, j;

	for (i = 0; i < 256; i++) {
		byte = (uint8_t)i;
		btcu_text_init(&t, text[i], sizeof(text[i]));
		btcu_text_escape(&t, &byte, 1, 1);
		for (j = 0; text[i][j] != '\0'; j++)
			ck_assert(text[i][j] >= 0x20 && text[i][j] <= 0x7e);
		ck_assert_int_gt(j, 0);
		for (j = 0; j < i; j++)
			ck_assert_str_ne(text[i], text[j]);
	}
}
END_TEST

static void
write_all(struct btcu_text *t)
{
	btcu_text_printf(t, "version %d, ", 70016);
	btcu_text_escape(t, "a\nb\\c", 5, 4);
	btcu_text_printf(t, "%s", "");
	btcu_text_printf(t, " at %s:%u", "10.0.0.1", 8333u);
}

/* In every size of buffer: what fits, terminated, nothing past it, and the
 * length that the whole would have. */
START_TEST(every_size)
{
	static const char want[] = "version 70016, a\\x0ab\\\\... at 10.0.0.1:8333";
	struct btcu_text t;
	char *buf;
	size_t size;

	for (size = 0; size <= sizeof(want) + 2; size++) {
		buf = malloc(size + 1);
		ck_assert_ptr_nonnull(buf);
		memset(buf, '#', size + 1);
		btcu_text_init(&t, buf, size);
		write_all(&t);
		ck_assert_uint_eq(t.len, strlen(want));
		ck_assert_int_eq(buf[size], '#');
		if (size > 0) {
			ck_assert_ptr_nonnull(memchr(buf, '\0', size));
			ck_assert_uint_eq(strlen(buf), size <= strlen(want) ?
			    size - 1 : strlen(want));
			ck_assert_int_eq(strncmp(buf, want, strlen(buf)), 0);
		}
		free(buf);
	}
	btcu_text_init(&t, NULL, 0);
	write_all(&t);
	ck_assert_uint_eq(t.len, strlen(want));
}
END_TEST

START_TEST(empty)
{
	struct btcu_text t;
	char buf[4] = "abc";

	btcu_text_init(&t, buf, sizeof(buf));
	ck_assert_str_eq(buf, "");
	ck_assert_uint_eq(t.len, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("util_text");
	TCase *tc = add_tcase(s, "text");

	tcase_add_loop_test(tc, escape, 0, N_ROWS(escapes));
	tcase_add_test(tc, every_byte);
	tcase_add_test(tc, every_size);
	tcase_add_test(tc, empty);
	return run_suite(s);
}
