/*
 * What every suite needs: running it, and finding and reading test data.
 */
#ifndef TEST_RUNNER_H
#define TEST_RUNNER_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEST_SKIP 77	/* what automake takes for "skipped" */
#define N_ROWS(a) ((int)(sizeof(a) / sizeof((a)[0])))

/* A sanitizer costs a factor of 5 to 20: the long loops run shorter then. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
# define TEST_SLOW 1
#elif defined(__has_feature)
# if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(undefined_behavior_sanitizer)
#  define TEST_SLOW 1
# endif
#endif
#ifndef TEST_SLOW
# define TEST_SLOW 0
#endif

static inline int
run_suite(Suite *s)
{
	SRunner *sr = srunner_create(s);
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A suite of one case that may take minutes on a slow machine. */
static inline TCase *
add_tcase(Suite *s, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 120);
	suite_add_tcase(s, tc);
	return tc;
}

/* Path of a file of the test data, in static storage. */
static inline const char *
data_path(const char *name)
{
	static char path[4096];
	const char *dir = getenv("BTCPEER_TEST_DATA");
	const char *src = getenv("abs_top_srcdir");

	if (src == NULL)
		src = getenv("top_srcdir");
	if (dir != NULL && dir[0] != '\0')
		snprintf(path, sizeof(path), "%s/%s", dir, name);
	else
		snprintf(path, sizeof(path), "%s/../shared/data/%s",
		    src != NULL ? src : ".", name);
	return path;
}

/* Whether there is test data; says so when there is none. */
static inline bool
have_data(void)
{
	if (access(data_path("."), R_OK) == 0)
		return true;
	puts("skipped: no test data (set BTCPEER_TEST_DATA)");
	return false;
}

/* A whole file of the test data, in memory of exactly its size; free() it. */
static inline uint8_t *
read_data(const char *name, size_t *len)
{
	FILE *f = fopen(data_path(name), "rb");
	uint8_t *buf;
	long size;

	ck_assert_msg(f != NULL, "cannot open %s", data_path(name));
	ck_assert_int_eq(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	ck_assert_int_gt(size, 0);
	rewind(f);
	buf = malloc((size_t)size);
	ck_assert_ptr_nonnull(buf);
	ck_assert_uint_eq(fread(buf, 1, (size_t)size, f), (size_t)size);
	fclose(f);
	*len = (size_t)size;
	return buf;
}

/* A copy in memory of exactly len bytes, so that reading past it is seen. */
static inline uint8_t *
exact_copy(const void *data, size_t len)
{
	uint8_t *p = malloc(len > 0 ? len : 1);

	ck_assert_ptr_nonnull(p);
	if (len > 0)
		memcpy(p, data, len);
	return p;
}

static inline int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Hex to bytes, blanks skipped; free() what is returned. */
static inline uint8_t *
unhex(const char *hex, size_t *len)
{
	uint8_t *buf = malloc(strlen(hex) / 2 + 1), *p;
	int high = -1, digit;

	ck_assert_ptr_nonnull(buf);
	*len = 0;
	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		digit = hex_digit(*hex);
		ck_assert_msg(digit >= 0, "not hex: '%c'", *hex);
		if (high >= 0)
			buf[(*len)++] = (uint8_t)(high << 4 | digit);
		high = high >= 0 ? -1 : digit;
	}
	ck_assert_int_eq(high, -1);
	p = exact_copy(buf, *len);
	free(buf);
	return p;
}

#endif
