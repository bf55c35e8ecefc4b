/*
 * Names of Tor v3 when libcrypto, which computes their checksum, fails.
 */
#include "config.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <btcpeer/wire.h>

#include "allocs.h"
#include "runner.h"

static const char name[] =
    "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333";

/* What libcrypto gets its memory from, so that none of it is had. */
static void *
crypto_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(n);
}

static void *
crypto_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return realloc(p, n);
}

static void
crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static bool crypto_is_ours;

static struct btcwire_netaddr2 known;
static uint8_t known_room[BTCWIRE_NETADDR_BYTES];

/* Has libcrypto get what it keeps, and leaves it an error of the program's. */
static void
prepare(void)
{
	ck_assert(crypto_is_ours);
	ck_assert_int_eq(btcwire_netaddr2_from_text(&known, known_room, name, 0,
	    NULL), 0);
	ERR_raise(ERR_LIB_USER, 7);
}

static void
errors_are_as_before(void)
{
	ck_assert_int_eq(ERR_GET_REASON(ERR_get_error()), 7);
	ck_assert_uint_eq(ERR_get_error(), 0);
}

static int
read_name(struct btcpeer_error *err)
{
	uint8_t room[BTCWIRE_NETADDR_BYTES] = { 0 };
	struct btcwire_netaddr2 a = { 0 };
	int rc = btcwire_netaddr2_from_text(&a, room, name, 0, err);

	if (rc != 0 && (a.net != 0 || room[0] != 0))
		return 1;
	return rc;
}

static bool
says_nomem(const struct btcpeer_error *err)
{
	return err->code == BTCPEER_E_NOMEM && err->offset == 0 &&
	    strcmp(err->text, "address: out of memory") == 0;
}

START_TEST(reading)
{
	struct btcpeer_error err = { 0 };
	long n = 0;
	int rc;

	prepare();
	for (;; n++) {
		allocs_start_failing(n);
		rc = read_name(&err);
		allocs_stop();
		if (rc == 0)
			break;
		ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
		ck_assert(says_nomem(&err));
	}
	ck_assert_int_gt(n, 0);
	errors_are_as_before();
}
END_TEST

START_TEST(writing)
{
	char text[BTCWIRE_NETADDR_TEXT] = "";
	long n = 0;
	int rc;

	prepare();
	for (;; n++) {
		allocs_start_failing(n);
		rc = btcwire_netaddr2_to_text(text, sizeof(text), &known);
		allocs_stop();
		if (rc == 0)
			break;
		ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
		ck_assert_str_eq(text, "");
	}
	ck_assert_int_gt(n, 0);
	ck_assert_str_eq(text, name);
	errors_are_as_before();
}
END_TEST

/* libcrypto is told to use no implementation that it has. */
START_TEST(no_sha3)
{
	struct btcpeer_error err = { 0 };
	char text[BTCWIRE_NETADDR_TEXT] = "";
	int rc_read, rc_write;

	prepare();
	ck_assert_int_eq(EVP_set_default_properties(NULL, "provider=none"), 1);
	rc_read = read_name(&err);
	rc_write = btcwire_netaddr2_to_text(text, sizeof(text), &known);
	ck_assert_int_eq(EVP_set_default_properties(NULL, ""), 1);
	ck_assert_int_eq(rc_read, BTCPEER_E_NOMEM);
	ck_assert(says_nomem(&err));
	ck_assert_int_eq(rc_write, BTCPEER_E_NOMEM);
	ck_assert_str_eq(text, "");
	errors_are_as_before();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_netaddr_oom");
	TCase *tc = add_tcase(s, "oom");

	crypto_is_ours = CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc,
	    crypto_free) == 1;
	tcase_add_test(tc, reading);
	tcase_add_test(tc, writing);
	tcase_add_test(tc, no_sha3);
	return run_suite(s);
}
