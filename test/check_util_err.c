/*
 * The list of error codes.
 */
#include "config.h"

#include <btcpeer/error.h>

#include "runner.h"

static const struct {
	int code;
	int number;
	const char *text;
} codes[] = {
	{ BTCPEER_OK, 0, "success" },
#define XX(name, num, text) { BTCPEER_E_##name, num, text },
	BTCPEER_ERR_MAP(XX)
#undef XX
};

START_TEST(text_of_code)
{
	int j;

	ck_assert_int_eq(codes[_i].code, codes[_i].number);
	ck_assert_str_eq(btcpeer_strerror(codes[_i].code), codes[_i].text);
	ck_assert(codes[_i].text[0] != '\0');
	for (j = 0; j < _i; j++) {
		ck_assert_int_ne(codes[_i].code, codes[j].code);
		ck_assert_str_ne(codes[_i].text, codes[j].text);
	}
	/* Negative, and in the range of some layer. */
	ck_assert(codes[_i].code <= 0);
	ck_assert(codes[_i].code > -100);
}
END_TEST

START_TEST(unknown_code)
{
	static const int unknown[] = { 1, 22, -9, -29, -99, 2147483647,
		-2147483647 - 1 };

	ck_assert_str_eq(btcpeer_strerror(unknown[_i]), "unknown error");
}
END_TEST

/* The numbers are part of the interface: programs were compiled with them. */
START_TEST(numbers_never_change)
{
	ck_assert_int_eq(BTCPEER_E_NOMEM, -1);
	ck_assert_int_eq(BTCPEER_E_SHORT, -10);
	ck_assert_int_eq(BTCPEER_E_PROOF, -17);
	ck_assert_int_eq(BTCPEER_E_EOF, -30);
	ck_assert_int_eq(BTCPEER_E_CLOSED, -50);
	ck_assert_int_eq(BTCPEER_E_STATE, -53);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("util_err");
	TCase *tc = add_tcase(s, "codes");

	tcase_add_loop_test(tc, text_of_code, 0, N_ROWS(codes));
	tcase_add_loop_test(tc, unknown_code, 0, 7);
	tcase_add_test(tc, numbers_never_change);
	return run_suite(s);
}
