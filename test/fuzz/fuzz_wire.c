/*
 * Every decoder, through the table.  An input is a type, a form, a payload.
 */
#include "config.h"

#include <string.h>

#include "fuzz/fuzz.h"
#include "in_place.h"
#include "same.h"
#include "wire/msg.h"
#include "wire/msgtab.h"

const unsigned fuzz_n_seeds = 50000;

static const struct { uint32_t pver, flags; } forms[] = {
	{ BTCWIRE_PVER_NEWEST, 0 }, { BTCWIRE_PVER_NEWEST, BTCWIRE_NO_WITNESS },
	{ 70000, 0 }, { 60000, 0 }, { 31401, 0 }, { 209, BTCWIRE_NO_WITNESS },
};
enum { N_FORMS = sizeof(forms) / sizeof(forms[0]) };

struct input {
	enum btcwire_type type;
	uint32_t pver, flags;
	const uint8_t *payload;
	size_t len;
};

static bool
is_line(const char *s, size_t size)
{
	const char *end = memchr(s, '\0', size);

	if (end == NULL || end == s)
		return false;
	for (; s < end; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

static void
check_error(const struct input *in, int rc, const struct btcpeer_error *err)
{
	FUZZ_ASSERT(rc < 0 && err->code == rc);
	FUZZ_ASSERT(err->offset <= in->len || rc == BTCPEER_E_TOOBIG);
	FUZZ_ASSERT(is_line(err->text, sizeof(err->text)));
}

static uint8_t *
encode(size_t *len, const struct input *in, const void *body)
{
	uint8_t *buf;
	size_t n;

	FUZZ_ASSERT(btcwire_body_size(len, in->type, body, in->pver, in->flags,
	    NULL) == 0);
	FUZZ_ASSERT(btcwire_body_encode_new(&buf, &n, in->type, body, in->pver,
	    in->flags, NULL) == 0);
	FUZZ_ASSERT(n == *len);
	return buf;
}

/*
 * version may stop early, and its flag be any byte but 0, as that of sendcmpct;
 * the counts within headers may be anything.  There another encoding may mean
 * the same.
 */
static bool
has_one_encoding(enum btcwire_type type)
{
	return type != BTCWIRE_VERSION && type != BTCWIRE_HEADERS &&
	    type != BTCWIRE_SENDCMPCT;
}

/* What is encoded from the body is what was read, or means the same. */
static void
check_encoding(const struct input *in, const struct btcwire_msg *msg,
    size_t consumed)
{
	const void *body = btcwire_msg_body(msg);
	struct btcwire_msg *again;
	size_t len;
	uint8_t *buf = encode(&len, in, body);

	if (has_one_encoding(in->type))
		FUZZ_ASSERT(len == consumed &&
		    memcmp(buf, in->payload, len) == 0);
	FUZZ_ASSERT(btcwire_decode(&again, in->type, buf, len, in->pver,
	    in->flags | BTCWIRE_STRICT, NULL) == 0);
	FUZZ_ASSERT(in->type == BTCWIRE_VERSION ||
	    same_body(in->type, body, btcwire_msg_body(again)));
	btcwire_msg_unref(again);
	free(buf);
}

static void
check_message(const struct input *in, struct btcwire_msg *msg)
{
	struct btcwire_bytes raw, payload;
	struct btcwire_msg *strict = NULL;
	uint8_t sum[4];
	size_t trailing, size;
	char line[65536];
	unsigned i;

	raw = btcwire_msg_raw(msg, &trailing);
	FUZZ_ASSERT(raw.len == in->len && trailing <= in->len);
	FUZZ_ASSERT(in->len == 0 || memcmp(raw.data, in->payload, in->len) == 0);
	FUZZ_ASSERT(in->len - trailing <= btcwire_defs[in->type].max_payload);
	check_encoding(in, msg, in->len - trailing);

	FUZZ_ASSERT((btcwire_decode(&strict, in->type, in->payload, in->len,
	    in->pver, in->flags | BTCWIRE_STRICT, NULL) == 0) ==
	    (trailing == 0));
	btcwire_msg_unref(strict);

	for (i = 0; i < N_FORMS; i++) {
		size = btcwire_msg_encoded_size(msg, forms[i].pver,
		    forms[i].flags);
		FUZZ_ASSERT(btcwire_msg_frame(&payload, sum, msg, forms[i].pver,
		    forms[i].flags) == 0);
		FUZZ_ASSERT(payload.len == size);
	}
	FUZZ_ASSERT(btcwire_summary(line, sizeof(line), msg) < sizeof(line));
	FUZZ_ASSERT(is_line(line, sizeof(line)));
}

/* The same payload as it comes from a socket. */
static void
check_receiving(const struct input *in, const struct btcwire_msg *msg)
{
	struct btcwire_rx rx = { NULL };
	struct btcwire_msg *got = NULL;
	uint8_t *p = btcwire_rx_space(&rx, 0, in->len);
	int rc;

	FUZZ_ASSERT(p != NULL);
	if (in->len > 0)
		memcpy(p, in->payload, in->len);
	rc = btcwire_rx_decode(&got, &rx, in->type, in->len, in->pver, in->flags,
	    NULL);
	FUZZ_ASSERT((rc == 0) == (msg != NULL));
	if (rc == 0)
		FUZZ_ASSERT(same_body(in->type, btcwire_msg_body(msg),
		    btcwire_msg_body(got)));
	btcwire_rx_recycle(&rx, got, SIZE_MAX);
	btcwire_rx_clear(&rx);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btcpeer_error err = { .code = 1 };
	struct btcwire_msg *msg = NULL;
	struct input in;
	int rc, in_place;

	if (size < 2)
		return 0;
	in.type = (enum btcwire_type)(1 + data[0] % (BTCWIRE_NTYPES - 1));
	in.pver = forms[data[1] % N_FORMS].pver;
	in.flags = forms[data[1] % N_FORMS].flags;
	in.payload = data + 2;
	in.len = size - 2;

	rc = btcwire_decode(&msg, in.type, in.payload, in.len, in.pver, in.flags,
	    &err);
	/* The cap on whole bodies is not the codec's. */
	in_place = decode_in_place(in.type, in.payload, in.len, in.pver,
	    in.flags, NULL, NULL);
	FUZZ_ASSERT(in_place == rc || rc == BTCPEER_E_TOOBIG);
	if (rc != 0) {
		FUZZ_ASSERT(msg == NULL);
		check_error(&in, rc, &err);
	} else {
		check_message(&in, msg);
	}
	check_receiving(&in, msg);
	btcwire_msg_unref(msg);
	return 0;
}

size_t
fuzz_seed(struct gen *g, uint8_t *buf, size_t size)
{
	uint8_t kind = (uint8_t)gen_below(g, BTCWIRE_NTYPES - 1);
	uint8_t form = (uint8_t)gen_below(g, N_FORMS);
	enum btcwire_type type = (enum btcwire_type)(1 + kind);
	size_t len;

	buf[0] = kind;
	buf[1] = form;
	FUZZ_ASSERT(btcwire_body_encode(buf + 2, &len, size - 2, type,
	    gen_body(g, type), forms[form].pver, forms[form].flags, NULL) == 0);
	return 2 + len;
}
