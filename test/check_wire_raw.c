/*
 * Messages that are passed on without looking into them.
 */
#include "config.h"

#include "allocs.h"
#include "runner.h"
#include "wire/msg.h"

static struct btcwire_msg *
new_raw(const char *command, const void *payload, size_t len)
{
	struct btcwire_msg *msg = NULL;

	ck_assert_int_eq(btcwire_msg_new_raw(&msg, command, payload, len,
	    NULL), 0);
	return msg;
}

/* ---- Commands ----------------------------------------------------------- */

static const struct {
	const char *command;
	int want;
	enum btcwire_type type;	/* of a message with this command */
} commands[] = {
	{ "x", 0, BTCWIRE_UNKNOWN },
	{ "twelve chars", 0, BTCWIRE_UNKNOWN },
	{ "  ", 0, BTCWIRE_UNKNOWN },
	{ "~!", 0, BTCWIRE_UNKNOWN },
	{ "PING", 0, BTCWIRE_UNKNOWN },
	{ "ping ", 0, BTCWIRE_UNKNOWN },
	{ "ping", 0, BTCWIRE_PING },
	{ "version", 0, BTCWIRE_VERSION },
	{ "getcfcheckpt", 0, BTCWIRE_GETCFCHECKPT },
	{ "", BTCPEER_E_INVAL, 0 },
	{ "thirteen char", BTCPEER_E_INVAL, 0 },
	{ "much more than thirteen", BTCPEER_E_INVAL, 0 },
	{ "tab\there", BTCPEER_E_INVAL, 0 },
	{ "\x1f", BTCPEER_E_INVAL, 0 },
	{ "del\x7f", BTCPEER_E_INVAL, 0 },
	{ "caf\xc3\xa9", BTCPEER_E_INVAL, 0 }
};

START_TEST(command)
{
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;

	ck_assert_int_eq(btcwire_msg_new_raw(&msg, commands[_i].command, "pay",
	    3, &err), commands[_i].want);
	ck_assert_int_eq(err.code, commands[_i].want);
	if (commands[_i].want != 0) {
		ck_assert_ptr_null(msg);
		ck_assert_ptr_nonnull(strstr(err.text, "command"));
		return;
	}
	ck_assert_str_eq(btcwire_msg_command(msg), commands[_i].command);
	ck_assert_int_eq(btcwire_msg_command_type(msg), commands[_i].type);
	ck_assert_int_eq(btcwire_msg_type(msg), BTCWIRE_UNKNOWN);
	ck_assert_ptr_null(btcwire_msg_body(msg));
	ck_assert_ptr_null(btcwire_ping_of(msg));
	btcwire_msg_unref(msg);
}
END_TEST

/* Of other messages it is that of the type. */
START_TEST(command_of_others)
{
	static const struct btcwire_ping ping = { 7 };
	struct btcwire_msg *msg;

	ck_assert_int_eq(btcwire_msg_new(&msg, BTCWIRE_PONG, &ping, NULL), 0);
	ck_assert_str_eq(btcwire_msg_command(msg), "pong");
	ck_assert_int_eq(btcwire_msg_command_type(msg), BTCWIRE_PONG);
	btcwire_msg_unref(msg);
}
END_TEST

/* ---- Payloads ----------------------------------------------------------- */

/* What other messages change when they are sent. */
static const struct { uint32_t pver, flags; } forms[] = {
	{ BTCWIRE_PVER_NEWEST, 0 }, { BTCWIRE_PVER_NEWEST, BTCWIRE_NO_WITNESS },
	{ 209, 0 }, { 209, BTCWIRE_NO_WITNESS }
};

static void
check_kept(struct btcwire_msg *msg, const uint8_t *payload, size_t len)
{
	struct btcwire_bytes raw, got;
	struct btcwire_hash sum;
	size_t trailing = 99;
	uint8_t checksum[4];
	int i;

	raw = btcwire_msg_raw(msg, &trailing);
	ck_assert_uint_eq(trailing, 0);
	ck_assert_uint_eq(raw.len, len);
	ck_assert(len == 0 || memcmp(raw.data, payload, len) == 0);
	btcwire_sha256d(&sum, payload, len);
	for (i = 0; i < N_ROWS(forms); i++) {
		ck_assert_uint_eq(btcwire_msg_encoded_size(msg, forms[i].pver,
		    forms[i].flags), len);
		ck_assert_int_eq(btcwire_msg_payload(&got, msg, forms[i].pver,
		    forms[i].flags), 0);
		ck_assert_ptr_eq(got.data, raw.data);
		ck_assert_uint_eq(got.len, len);
		ck_assert_int_eq(btcwire_msg_frame(&got, checksum, msg,
		    forms[i].pver, forms[i].flags), 0);
		ck_assert_ptr_eq(got.data, raw.data);
		ck_assert_mem_eq(checksum, sum.b, 4);
	}
}

/* Neither right nor wrong payloads are looked at, and they are copied. */
static const struct { const char *command, *payload; } payloads[] = {
	{ "ping", "" },
	{ "ping", "0100000000000000" },
	{ "version", "00" },
	{ "getdata", "ffffffffffffffffff" },
	{ "tx", "02000000000101" },
	{ "somenew", "0001020304fdfeff" }
};

START_TEST(payload)
{
	struct btcwire_msg *msg;
	size_t len;
	uint8_t *data = unhex(payloads[_i].payload, &len);
	uint8_t *kept = exact_copy(data, len);

	msg = new_raw(payloads[_i].command, data, len);
	memset(data, 0x55, len);
	free(data);
	check_kept(msg, kept, len);
	ck_assert_ptr_eq(btcwire_msg_ref(msg), msg);
	btcwire_msg_unref(msg);
	check_kept(msg, kept, len);
	btcwire_msg_unref(msg);
	free(kept);
}
END_TEST

START_TEST(no_payload)
{
	struct btcwire_msg *msg = new_raw("verack", NULL, 0);

	check_kept(msg, NULL, 0);
	btcwire_msg_unref(msg);
}
END_TEST

START_TEST(longest)
{
	uint8_t *data = calloc(1, BTCWIRE_MAX_PAYLOAD + 1);
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;

	ck_assert_ptr_nonnull(data);
	ck_assert_int_eq(btcwire_msg_new_raw(&msg, "block", data,
	    BTCWIRE_MAX_PAYLOAD + 1, &err), BTCPEER_E_TOOBIG);
	ck_assert_int_eq(err.code, BTCPEER_E_TOOBIG);
	ck_assert_ptr_nonnull(strstr(err.text, "4000000"));
	ck_assert_int_eq(btcwire_msg_new_raw(&msg, "block", data, SIZE_MAX,
	    NULL), BTCPEER_E_TOOBIG);
	ck_assert_ptr_null(msg);
	data[BTCWIRE_MAX_PAYLOAD - 1] = 1;
	msg = new_raw("block", data, BTCWIRE_MAX_PAYLOAD);
	check_kept(msg, data, BTCWIRE_MAX_PAYLOAD);
	btcwire_msg_unref(msg);
	free(data);
}
END_TEST

/* ---- The line, and memory ----------------------------------------------- */

START_TEST(summary)
{
	static const char want[] = "some new (3 bytes)";
	struct btcwire_msg *msg = new_raw("some new", "abc", 3);
	char line[64];
	size_t size;

	for (size = 0; size <= sizeof(want); size++) {
		memset(line, '#', sizeof(line));
		ck_assert_uint_eq(btcwire_summary(line, size, msg),
		    sizeof(want) - 1);
		if (size > 0)
			ck_assert_uint_lt(strlen(line), size);
		ck_assert_int_eq(line[size], '#');
	}
	ck_assert_str_eq(line, want);
	btcwire_msg_unref(msg);
}
END_TEST

START_TEST(out_of_memory)
{
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;
	struct allocs n;
	int rc;

	allocs_start_failing(0);
	rc = btcwire_msg_new_raw(&msg, "ping", "12345678", 8, &err);
	allocs_stop();
	ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
	ck_assert_int_eq(err.code, BTCPEER_E_NOMEM);
	ck_assert_ptr_nonnull(strstr(err.text, "memory"));
	ck_assert_ptr_null(msg);
	/* One piece of memory, and none more for sending it. */
	allocs_start();
	rc = btcwire_msg_new_raw(&msg, "ping", "12345678", 8, NULL);
	n = allocs_stop();
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(n.count, 1);
	allocs_start_failing(0);
	rc = btcwire_msg_payload(&(struct btcwire_bytes){ 0 }, msg, 209,
	    BTCWIRE_NO_WITNESS);
	n = allocs_stop();
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(n.count, 0);
	btcwire_msg_unref(msg);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_raw");
	TCase *tc = add_tcase(s, "raw");

	tcase_add_loop_test(tc, command, 0, N_ROWS(commands));
	tcase_add_test(tc, command_of_others);
	tcase_add_loop_test(tc, payload, 0, N_ROWS(payloads));
	tcase_add_test(tc, no_payload);
	tcase_add_test(tc, longest);
	tcase_add_test(tc, summary);
	tcase_add_test(tc, out_of_memory);
	return run_suite(s);
}
