/*
 * Payloads written by hand: what they decode to, and back to the same bytes.
 */
#include "config.h"

#include "runner.h"
#include "same.h"
#include "samples.h"

static struct btcwire_msg *
decode_sample(const struct sample *s, const uint8_t *payload, size_t len,
    uint32_t more_flags)
{
	struct btcwire_msg *msg = NULL;
	struct btcpeer_error err = { .text = "" };
	int rc = btcwire_decode(&msg, s->type, payload, len, s->pver,
	    s->flags | more_flags, &err);

	ck_assert_msg(rc == 0, "%s: %d at %zu: %s", s->name, rc, err.offset,
	    err.text);
	return msg;
}

START_TEST(fields)
{
	const struct sample *s = &samples[_i];
	struct btcwire_msg *msg;
	struct btcwire_bytes raw;
	size_t len, trailing = 99;
	uint8_t *payload = unhex(s->hex, &len);

	msg = decode_sample(s, payload, len, BTCWIRE_STRICT);
	memset(payload, 0xee, len);	/* the message has its own copy */
	free(payload);
	payload = unhex(s->hex, &len);

	ck_assert_msg(same_body(s->type, btcwire_msg_body(msg), s->body),
	    "%s: fields differ", s->name);
	ck_assert_int_eq(btcwire_msg_type(msg), s->type);
	raw = btcwire_msg_raw(msg, &trailing);
	ck_assert_uint_eq(trailing, 0);
	ck_assert_uint_eq(raw.len, len);
	ck_assert(len == 0 || memcmp(raw.data, payload, len) == 0);
	btcwire_msg_unref(msg);
	free(payload);
}
END_TEST

/* The struct encodes to the payload, both alone and as a message. */
START_TEST(encode)
{
	const struct sample *s = &samples[_i];
	struct btcwire_msg *msg = NULL;
	struct btcwire_bytes got;
	size_t len, size = 0, n = 0;
	uint8_t *payload = unhex(s->hex, &len), *buf, *copy = NULL;

	ck_assert_int_eq(btcwire_body_size(&size, s->type, s->body, s->pver,
	    s->flags, NULL), 0);
	ck_assert_msg(s->partial ? size > len : size == len, "%s: size %zu",
	    s->name, size);
	buf = malloc(size + 1);
	ck_assert_ptr_nonnull(buf);
	ck_assert_int_eq(btcwire_body_encode(buf, &n, size, s->type, s->body,
	    s->pver, s->flags, NULL), 0);
	ck_assert_uint_eq(n, size);
	ck_assert_msg(memcmp(buf, payload, len) == 0, "%s: bytes", s->name);
	ck_assert_int_eq(btcwire_body_encode_new(&copy, &n, s->type, s->body,
	    s->pver, s->flags, NULL), 0);
	ck_assert_uint_eq(n, size);
	ck_assert(size == 0 || memcmp(copy, buf, size) == 0);
	free(copy);

	ck_assert_int_eq(btcwire_msg_new(&msg, s->type, s->body, NULL), 0);
	ck_assert(same_body(s->type, btcwire_msg_body(msg), s->body));
	ck_assert_int_eq(btcwire_msg_payload(&got, msg, s->pver, s->flags), 0);
	ck_assert_uint_eq(got.len, size);
	ck_assert(size == 0 || memcmp(got.data, buf, size) == 0);
	btcwire_msg_unref(msg);
	free(buf);
	free(payload);
}
END_TEST

/* One byte too few is refused, whatever is missing; none is written past it. */
START_TEST(encode_buffer)
{
	const struct sample *s = &samples[_i];
	size_t size = 0, n, room;
	uint8_t buf[1024];

	ck_assert_int_eq(btcwire_body_size(&size, s->type, s->body, s->pver,
	    s->flags, NULL), 0);
	ck_assert_uint_lt(size, sizeof(buf));
	for (room = 0; room < size; room++) {
		memset(buf, 0xa5, sizeof(buf));
		n = 12345;
		ck_assert_int_eq(btcwire_body_encode(buf, &n, room, s->type,
		    s->body, s->pver, s->flags, NULL), BTCPEER_E_BUFFER);
		ck_assert_uint_eq(n, 12345);
		ck_assert_uint_eq(buf[room], 0xa5);
	}
}
END_TEST

/* Whether more bytes would be read as a further field. */
static bool
may_go_on(const struct sample *s)
{
	const struct btcwire_reject *r = s->body;

	return s->partial || (s->type == BTCWIRE_REJECT && !r->has_hash &&
	    r->command.len == 2);
}

static void
check_trailing(const struct sample *s, size_t more)
{
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg, *none = NULL;
	struct btcwire_bytes raw, clean;
	size_t len, trailing = 0;
	uint8_t *payload = unhex(s->hex, &len), *longer = malloc(len + more);
	char text[32];

	ck_assert_ptr_nonnull(longer);
	memcpy(longer, payload, len);
	memset(longer + len, 0xa5, more);

	msg = decode_sample(s, longer, len + more, 0);
	ck_assert(same_body(s->type, btcwire_msg_body(msg), s->body));
	raw = btcwire_msg_raw(msg, &trailing);
	ck_assert_uint_eq(trailing, more);
	ck_assert_uint_eq(raw.len, len + more);
	ck_assert_mem_eq(raw.data, longer, len + more);
	/* What we send has them not. */
	ck_assert_int_eq(btcwire_msg_payload(&clean, msg, s->pver, s->flags),
	    0);
	ck_assert_uint_eq(clean.len, len);
	ck_assert(len == 0 || memcmp(clean.data, payload, len) == 0);
	btcwire_msg_unref(msg);

	ck_assert_int_eq(btcwire_decode(&none, s->type, longer, len + more,
	    s->pver, s->flags | BTCWIRE_STRICT, &err), BTCPEER_E_TRAILING);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(err.code, BTCPEER_E_TRAILING);
	ck_assert_uint_eq(err.offset, len);
	snprintf(text, sizeof(text), ": %zu byte%s left", more,
	    more == 1 ? "" : "s");
	ck_assert_msg(strstr(err.text, text) != NULL &&
	    strstr(err.text, btcwire_command(s->type)) == err.text, "\"%s\"",
	    err.text);
	free(longer);
	free(payload);
}

START_TEST(trailing_bytes)
{
	if (may_go_on(&samples[_i]))
		return;
	check_trailing(&samples[_i], 1);
	check_trailing(&samples[_i], 3);
	check_trailing(&samples[_i], 31);
}
END_TEST

/* A message is one thing under one type's name only. */
START_TEST(typed_access)
{
	const struct sample *s = &samples[_i];
	size_t len;
	uint8_t *payload = unhex(s->hex, &len);
	struct btcwire_msg *msg = decode_sample(s, payload, len, 0);
	const void *body = btcwire_msg_body(msg);

	free(payload);
#define XX(upper, name, kind) \
	ck_assert_ptr_eq(btcwire_##name##_of(msg), \
	    s->type == BTCWIRE_##upper ? body : NULL);
	BTCWIRE_MSG_MAP(XX)
#undef XX
	btcwire_msg_unref(msg);
}
END_TEST

/* One that more bytes can follow, too. */
START_TEST(every_type_has_a_sample)
{
	int i;

	for (i = 0; i < n_samples; i++)
		if (samples[i].type == (enum btcwire_type)_i &&
		    !may_go_on(&samples[i]))
			return;
	ck_abort_msg("%s", btcwire_command((enum btcwire_type)_i));
}
END_TEST

START_TEST(no_such_type)
{
	static const int types[] = { BTCWIRE_UNKNOWN, BTCWIRE_NTYPES,
		BTCWIRE_NTYPES + 1, 255, -1 };
	enum btcwire_type type = (enum btcwire_type)types[_i];
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;
	uint8_t body[512] = { 0 }, buf[8], *copy = NULL;
	size_t n = 7;

	ck_assert_int_eq(btcwire_decode(&msg, type, "", 0, 70016, 0, &err),
	    BTCPEER_E_INVAL);
	ck_assert_int_eq(err.code, BTCPEER_E_INVAL);
	ck_assert_int_eq(btcwire_msg_new(&msg, type, body, &err),
	    BTCPEER_E_INVAL);
	ck_assert_int_eq(btcwire_body_size(&n, type, body, 70016, 0, &err),
	    BTCPEER_E_INVAL);
	ck_assert_int_eq(btcwire_body_encode(buf, &n, sizeof(buf), type, body,
	    70016, 0, &err), BTCPEER_E_INVAL);
	ck_assert_int_eq(btcwire_body_encode_new(&copy, &n, type, body, 70016,
	    0, &err), BTCPEER_E_INVAL);
	ck_assert_ptr_null(copy);
	ck_assert_ptr_null(msg);
	ck_assert_uint_eq(n, 7);
}
END_TEST

START_TEST(error_is_left_alone)
{
	struct btcpeer_error err, before;
	struct btcwire_msg *msg = NULL;

	memset(&err, 0x5a, sizeof(err));
	memcpy(&before, &err, sizeof(err));
	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_VERACK, NULL, 0, 70016, 0,
	    &err), 0);
	ck_assert_mem_eq(&err, &before, sizeof(err));
	btcwire_msg_unref(msg);
	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_PING, "", 0, 70016, 0,
	    NULL), BTCPEER_E_SHORT);
	ck_assert_int_eq(btcwire_msg_new(&msg, BTCWIRE_PING, NULL, NULL),
	    BTCPEER_E_INVAL);
}
END_TEST

static const enum btcwire_type without_body[] = { BTCWIRE_VERACK,
	BTCWIRE_GETADDR, BTCWIRE_MEMPOOL, BTCWIRE_SENDHEADERS,
	BTCWIRE_WTXIDRELAY, BTCWIRE_SENDADDRV2, BTCWIRE_FILTERCLEAR,
	BTCWIRE_REQSKETCHEXT };

START_TEST(empty_without_body)
{
	struct btcwire_bytes payload = { NULL, 9 };
	struct btcwire_msg *msg = NULL;

	ck_assert_int_eq(btcwire_msg_new(&msg, without_body[_i], NULL, NULL),
	    0);
	ck_assert_int_eq(btcwire_msg_type(msg), without_body[_i]);
	ck_assert_int_eq(btcwire_msg_payload(&payload, msg, 70016, 0), 0);
	ck_assert_uint_eq(payload.len, 0);
	ck_assert_ptr_nonnull(btcwire_msg_body(msg));
	btcwire_msg_unref(msg);
}
END_TEST

/* What msg_new() took stays as it was when the caller's memory changes. */
START_TEST(body_is_copied)
{
	uint8_t script[] = { 1, 2, 3 }, item[] = { 4, 5 };
	struct btcwire_bytes stack = { item, sizeof(item) };
	struct btcwire_txin in = { .script = { script, sizeof(script) },
		.witness = &stack, .witness_len = 1 };
	struct btcwire_txout out = { 7, { script, sizeof(script) } };
	struct btcwire_tx tx = { .in = &in, .in_len = 1, .out = &out,
		.out_len = 1 };
	const struct btcwire_tx *got;
	struct btcwire_msg *msg;

	ck_assert_int_eq(btcwire_msg_new(&msg, BTCWIRE_TX, &tx, NULL), 0);
	memset(script, 0xff, sizeof(script));
	memset(item, 0xff, sizeof(item));
	memset(&stack, 0, sizeof(stack));
	memset(&in, 0, sizeof(in));
	memset(&out, 0, sizeof(out));
	memset(&tx, 0, sizeof(tx));
	got = btcwire_tx_of(msg);
	ck_assert_uint_eq(got->in_len, 1);
	ck_assert_mem_eq(got->in[0].script.data, "\1\2\3", 3);
	ck_assert_mem_eq(got->in[0].witness[0].data, "\4\5", 2);
	ck_assert_int_eq(got->out[0].value, 7);
	btcwire_msg_unref(msg);
}
END_TEST

/*
 * Values that have more than one form on the wire are taken in any and
 * encoded in one: the count of transactions in headers, which nobody looks at,
 * the relay flag and the announce flag.
 */
START_TEST(many_forms_one_meaning)
{
	const struct sample *s = &samples[_i];
	struct btcwire_msg *msg;
	size_t len, n = 0;
	uint8_t *payload = unhex(s->hex, &len), *other, buf[1024];

	other = exact_copy(payload, len);
	if (s->type == BTCWIRE_HEADERS)
		other[len - 1] = 7;
	else if (s->type == BTCWIRE_VERSION && payload[len - 1] == 1)
		other[len - 1] = 0x80;
	else if (s->type == BTCWIRE_SENDCMPCT)
		other[0] = 0x80;
	msg = decode_sample(s, other, len, BTCWIRE_STRICT);
	ck_assert(same_body(s->type, btcwire_msg_body(msg), s->body));
	ck_assert_uint_eq(btcwire_msg_raw(msg, NULL).len, len);
	ck_assert(len == 0 ||
	    memcmp(btcwire_msg_raw(msg, NULL).data, other, len) == 0);
	ck_assert_int_eq(btcwire_body_encode(buf, &n, sizeof(buf), s->type,
	    btcwire_msg_body(msg), s->pver, s->flags, NULL), 0);
	ck_assert(s->partial ? n > len : n == len);
	ck_assert_mem_eq(buf, payload, len);
	btcwire_msg_unref(msg);
	free(other);
	free(payload);
}
END_TEST

/* The bytes that the signature is for; a body does not need to have them. */
START_TEST(signed_part)
{
	const struct sample *s = NULL;
	const struct btcwire_alert *got;
	struct btcwire_alert body;
	struct btcwire_bytes raw;
	struct btcwire_msg *msg;
	size_t len;
	uint8_t *payload;
	int i;

	for (i = 0; i < n_samples; i++)
		if (strcmp(samples[i].name, "alert") == 0)
			s = &samples[i];
	ck_assert_ptr_nonnull(s);
	payload = unhex(s->hex, &len);
	if (_i == 0) {
		msg = decode_sample(s, payload, len, 0);
	} else {
		body = *(const struct btcwire_alert *)s->body;
		body.signed_part = (struct btcwire_bytes){ payload, 1 };
		ck_assert_int_eq(btcwire_msg_new(&msg, BTCWIRE_ALERT, &body,
		    NULL), 0);
	}
	got = btcwire_alert_of(msg);
	raw = btcwire_msg_raw(msg, NULL);
	ck_assert_uint_eq(got->signed_part.len, payload[0]);
	ck_assert_mem_eq(got->signed_part.data, payload + 1, payload[0]);
	ck_assert_ptr_eq(got->signed_part.data, raw.data + 1);
	ck_assert_ptr_eq(got->signature.data, raw.data + len - 3);
	btcwire_msg_unref(msg);
	free(payload);
}
END_TEST

START_TEST(references)
{
	struct btcwire_ping body = { 42 };
	struct btcwire_msg *msg;

	btcwire_msg_unref(NULL);
	ck_assert_int_eq(btcwire_msg_new(&msg, BTCWIRE_PING, &body, NULL), 0);
	ck_assert_ptr_eq(btcwire_msg_ref(msg), msg);
	btcwire_msg_unref(msg);
	ck_assert_uint_eq(btcwire_ping_of(msg)->nonce, 42);
	btcwire_msg_unref(msg);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_decode");
	TCase *tc = add_tcase(s, "samples");

	tcase_add_loop_test(tc, fields, 0, n_samples);
	tcase_add_loop_test(tc, encode, 0, n_samples);
	tcase_add_loop_test(tc, encode_buffer, 0, n_samples);
	tcase_add_loop_test(tc, trailing_bytes, 0, n_samples);
	tcase_add_loop_test(tc, many_forms_one_meaning, 0, n_samples);
	tcase_add_loop_test(tc, typed_access, 0, n_samples);
	tcase_add_loop_test(tc, every_type_has_a_sample, BTCWIRE_UNKNOWN + 1,
	    BTCWIRE_NTYPES);
	tc = add_tcase(s, "messages");
	tcase_add_loop_test(tc, no_such_type, 0, 5);
	tcase_add_test(tc, error_is_left_alone);
	tcase_add_loop_test(tc, empty_without_body, 0, N_ROWS(without_body));
	tcase_add_loop_test(tc, signed_part, 0, 2);
	tcase_add_test(tc, body_is_copied);
	tcase_add_test(tc, references);
	return run_suite(s);
}
