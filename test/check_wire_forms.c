/*
 * One message, many forms: by protocol version and witness, each kept.
 */
#include "config.h"

#include "allocs.h"
#include "gen.h"
#include "runner.h"
#include "same.h"
#include "samples.h"
#include "wire/msg.h"

#define NEWEST BTCWIRE_PVER_NEWEST

static const struct sample *
sample_named(const char *name)
{
	int i;

	for (i = 0; i < n_samples; i++)
		if (strcmp(samples[i].name, name) == 0)
			return &samples[i];
	ck_abort_msg("no sample %s", name);
	return NULL;
}

static struct btcwire_msg *
new_msg(const struct sample *s)
{
	struct btcwire_msg *msg = NULL;

	ck_assert_int_eq(btcwire_msg_new(&msg, s->type, s->body, NULL), 0);
	return msg;
}

static struct btcwire_msg *
decode_hex(const struct sample *s)
{
	struct btcwire_msg *msg = NULL;
	size_t len;
	uint8_t *p = unhex(s->hex, &len);

	ck_assert_int_eq(btcwire_decode(&msg, s->type, p, len, s->pver, s->flags,
	    NULL), 0);
	free(p);
	return msg;
}

static void
assert_bytes(struct btcwire_bytes got, const char *hex, const char *what)
{
	size_t len;
	uint8_t *p = unhex(hex, &len);

	ck_assert_msg(got.len == len && (len == 0 ||
	    memcmp(got.data, p, len) == 0), "%s: %zu bytes, not %zu", what,
	    got.len, len);
	free(p);
}

#define MAPPED "00000000000000000000ffff"
#define VERSION_TO_HEIGHT \
	"80110100 0904000000000000 00f1536500000000" \
	"0100000000000000" MAPPED "0a000001 208d" \
	"0904000000000000 20010db8000000000000000000000001 479d" \
	"8877665544332211 05 2f783a312f 00350c00"

/* What goes to a peer of some version. */
static const struct {
	const char *sample;
	uint32_t pver;
	const char *hex;
} sent[] = {
	{ "ping", 209, "" },
	{ "ping", 60000, "" },
	{ "ping", 60001, "efcdab8967452301" },
	{ "ping", 70017, "efcdab8967452301" },
	{ "pong", 60001, "efcdab8967452301" },
	{ "addr without time", 31401,
	  "01 0100000000000000" MAPPED "c0a80102 208d" },
	{ "addr without time", 31402,
	  "01 00000000 0100000000000000" MAPPED "c0a80102 208d" },
	{ "version relay", 70001, VERSION_TO_HEIGHT "01" },
	{ "version", 70001, VERSION_TO_HEIGHT "00" },
	{ "version", 209, VERSION_TO_HEIGHT "00" },
};

START_TEST(by_version)
{
	const struct sample *s = sample_named(sent[_i].sample);
	struct btcwire_msg *msg = new_msg(s);
	struct btcwire_bytes payload, newest;
	size_t size = 0, len = 0;
	uint8_t buf[256];

	/* The newest form first: another form must not be taken for it. */
	ck_assert_int_eq(btcwire_msg_payload(&newest, msg, NEWEST, 0), 0);
	ck_assert_int_eq(btcwire_msg_payload(&payload, msg, sent[_i].pver, 0),
	    0);
	assert_bytes(payload, sent[_i].hex, s->name);
	ck_assert_int_eq(btcwire_body_size(&size, s->type, s->body,
	    sent[_i].pver, 0, NULL), 0);
	ck_assert_uint_eq(size, payload.len);
	ck_assert_int_eq(btcwire_body_encode(buf, &len, sizeof(buf), s->type,
	    s->body, sent[_i].pver, 0, NULL), 0);
	assert_bytes((struct btcwire_bytes){ buf, len }, sent[_i].hex, "body");
	btcwire_msg_unref(msg);
}
END_TEST

/*
 * The relay flag goes with the version that the message itself names (BIP 37);
 * it is read from anyone who sends it.
 */
START_TEST(relay_flag)
{
	static const struct {
		int32_t version;
		size_t size;
	} rows[] = { { 209, 85 }, { 70000, 85 }, { 70001, 86 }, { 70017, 86 },
		{ INT32_MAX, 86 }, { INT32_MIN, 85 } };
	struct btcwire_version body = { .version = rows[_i].version };
	const struct btcwire_version *got;
	struct btcwire_msg *msg = NULL;
	uint8_t buf[100] = { 0 };
	size_t len = 0;

	ck_assert_int_eq(btcwire_body_encode(buf, &len, sizeof(buf),
	    BTCWIRE_VERSION, &body, NEWEST, 0, NULL), 0);
	ck_assert_uint_eq(len, rows[_i].size);
	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_VERSION, buf, 85, NEWEST,
	    BTCWIRE_STRICT, NULL), 0);
	ck_assert(btcwire_version_of(msg)->relay);
	btcwire_msg_unref(msg);
	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_VERSION, buf, 86, NEWEST,
	    BTCWIRE_STRICT, NULL), 0);
	got = btcwire_version_of(msg);
	ck_assert(!got->relay);
	ck_assert_int_eq(got->version, rows[_i].version);
	btcwire_msg_unref(msg);
}
END_TEST

/* What comes from a peer of some version and is sent on to the newest. */
static const struct {
	const char *name;
	enum btcwire_type type;
	uint32_t pver;
	const char *hex;
	size_t trailing;
	const char *newest;
} received[] = {
	{ "old ping", BTCWIRE_PING, 60000, "", 0, "0000000000000000" },
	{ "old ping with a nonce", BTCWIRE_PING, 60000, "0102030405060708", 8,
	  "0000000000000000" },
	{ "old addr", BTCWIRE_ADDR, 31401,
	  "01 0904000000000000" MAPPED "0a000001 208d", 0,
	  "01 00000000 0904000000000000" MAPPED "0a000001 208d" },
};

START_TEST(from_old_peers)
{
	struct btcwire_bytes payload, again;
	struct btcwire_msg *msg = NULL;
	size_t len, trailing = 99;
	uint8_t *p = unhex(received[_i].hex, &len);

	ck_assert_int_eq(btcwire_decode(&msg, received[_i].type, p, len,
	    received[_i].pver, 0, NULL), 0);
	assert_bytes(btcwire_msg_raw(msg, &trailing), received[_i].hex, "raw");
	ck_assert_uint_eq(trailing, received[_i].trailing);
	ck_assert_int_eq(btcwire_msg_payload(&again, msg, received[_i].pver, 0),
	    0);
	ck_assert_uint_eq(again.len, len - trailing);
	ck_assert_int_eq(btcwire_msg_payload(&payload, msg, NEWEST, 0), 0);
	assert_bytes(payload, received[_i].newest, received[_i].name);
	btcwire_msg_unref(msg);
	free(p);
}
END_TEST

/* With witnesses and without, whichever of the two was there first. */
START_TEST(witness_forms)
{
	static const char *const names[][2] = {
		{ "tx", "tx bare" }, { "block", "block bare" },
		{ "cmpctblock", "cmpctblock bare" },
		{ "blocktxn", "blocktxn bare" },
		{ "pkgtxns", "pkgtxns bare" } };
	const struct sample *full = sample_named(names[_i / 4][0]);
	const struct sample *bare = sample_named(names[_i / 4][1]);
	struct btcwire_msg *msg = _i & 1 ? decode_hex(full) : new_msg(full);
	struct btcwire_bytes p, q, p2, q2;

	if (_i & 2)
		ck_assert_int_eq(btcwire_msg_payload(&p, msg, NEWEST, 0), 0);
	ck_assert_int_eq(btcwire_msg_payload(&q, msg, NEWEST,
	    BTCWIRE_NO_WITNESS), 0);
	ck_assert_int_eq(btcwire_msg_payload(&p, msg, NEWEST, 0), 0);
	assert_bytes(p, full->hex, "with witnesses");
	assert_bytes(q, bare->hex, "without");
	ck_assert_int_eq(btcwire_msg_payload(&p2, msg, NEWEST, 0), 0);
	ck_assert_int_eq(btcwire_msg_payload(&q2, msg, NEWEST,
	    BTCWIRE_NO_WITNESS), 0);
	ck_assert_ptr_eq(p2.data, p.data);
	ck_assert_ptr_eq(q2.data, q.data);
	btcwire_msg_unref(msg);

	/* What came without has none to give. */
	msg = decode_hex(bare);
	ck_assert_int_eq(btcwire_msg_payload(&p, msg, NEWEST, 0), 0);
	assert_bytes(p, bare->hex, "bare");
	btcwire_msg_unref(msg);
}
END_TEST

/* Transactions without inputs are only sayable without witnesses. */
START_TEST(no_inputs)
{
	static const char bare[] = "01000000 00 01 0100000000000000 00 07000000";
	struct btcwire_msg *msg = NULL;
	struct btcwire_bytes p;
	size_t len;
	uint8_t *payload = unhex(bare, &len);

	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_TX, payload, len, NEWEST,
	    BTCWIRE_NO_WITNESS | BTCWIRE_STRICT, NULL), 0);
	ck_assert_uint_eq(btcwire_tx_of(msg)->in_len, 0);
	ck_assert_uint_eq(btcwire_tx_of(msg)->out_len, 1);
	ck_assert_uint_eq(btcwire_tx_of(msg)->locktime, 7);
	ck_assert_int_eq(btcwire_msg_payload(&p, msg, NEWEST,
	    BTCWIRE_NO_WITNESS), 0);
	assert_bytes(p, bare, "no inputs");
	btcwire_msg_unref(msg);
	free(payload);
}
END_TEST

/* The second call gives what the first one made; other forms do not disturb. */
START_TEST(kept)
{
	static const uint32_t pvers[] = { 209, 31401, 31402, 60000, 60001, 70000,
		70001, 70017 };
	const struct sample *s = &samples[_i];
	struct btcwire_msg *msgs[2] = { new_msg(s), decode_hex(s) };
	struct btcwire_bytes first[16], again;
	int m, i;

	for (m = 0; m < 2; m++) {
		for (i = 0; i < 16; i++)
			ck_assert_int_eq(btcwire_msg_payload(&first[i], msgs[m],
			    pvers[i / 2], i & 1 ? BTCWIRE_NO_WITNESS : 0), 0);
		for (i = 16; i-- > 0;) {
			ck_assert_int_eq(btcwire_msg_payload(&again, msgs[m],
			    pvers[i / 2], i & 1 ? BTCWIRE_NO_WITNESS : 0), 0);
			ck_assert_uint_eq(again.len, first[i].len);
			if (again.len > 0)
				ck_assert_ptr_eq(again.data, first[i].data);
		}
		btcwire_msg_unref(msgs[m]);
	}
}
END_TEST

static const uint32_t versions[] = { 209, 31401, 31402, 60000, 60001, 70000,
	70001, NEWEST };

/* What is to be sent is as long as it was said to be, which costs nothing. */
static void
check_sizes(struct btcwire_msg *msg, bool partial)
{
	struct btcwire_bytes payload;
	struct allocs taken;
	size_t size, again, alone;
	uint32_t flags;
	int i;

	for (i = 0; i < 2 * N_ROWS(versions); i++) {
		flags = i & 1 ? BTCWIRE_NO_WITNESS : 0;
		allocs_start();
		size = btcwire_msg_encoded_size(msg, versions[i / 2], flags);
		taken = allocs_stop();
		ck_assert_uint_eq(taken.count, 0);
		ck_assert_int_eq(btcwire_msg_payload(&payload, msg,
		    versions[i / 2], flags), 0);
		ck_assert_msg(size == payload.len,
		    "%s for %u: %zu bytes, not %zu",
		    btcwire_command(btcwire_msg_type(msg)),
		    (unsigned)versions[i / 2], payload.len, size);
		again = btcwire_msg_encoded_size(msg, versions[i / 2], flags);
		ck_assert_uint_eq(again, size);
		ck_assert_int_eq(btcwire_body_size(&alone,
		    btcwire_msg_type(msg), btcwire_msg_body(msg),
		    versions[i / 2], flags, NULL), 0);
		ck_assert(partial ? alone > size : alone == size);
	}
}

START_TEST(encoded_size)
{
	struct btcwire_msg *made = new_msg(&samples[_i]);
	struct btcwire_msg *read = decode_hex(&samples[_i]);

	check_sizes(made, false);
	check_sizes(read, samples[_i].partial);
	btcwire_msg_unref(made);
	btcwire_msg_unref(read);
}
END_TEST

START_TEST(encoded_size_random)
{
	enum btcwire_type type = (enum btcwire_type)_i;
	struct btcwire_msg *msg;
	struct gen g;
	int i;

	gen_init(&g, 77);
	for (i = 0; i < 50; i++) {
		ck_assert_int_eq(btcwire_msg_new(&msg, type,
		    gen_body(&g, type), NULL), 0);
		check_sizes(msg, false);
		btcwire_msg_unref(msg);
	}
	gen_clear(&g);
}
END_TEST

/* Memory of exactly the right size, in one piece. */
START_TEST(encoded_new)
{
	const struct sample *s = &samples[_i];
	struct btcwire_bytes payload;
	struct btcwire_msg *msg = new_msg(s);
	struct allocs taken;
	uint32_t flags;
	uint8_t *p;
	size_t len;
	int i, rc;

	for (i = 0; i < 2 * N_ROWS(versions); i++) {
		flags = i & 1 ? BTCWIRE_NO_WITNESS : 0;
		ck_assert_int_eq(btcwire_msg_payload(&payload, msg,
		    versions[i / 2], flags), 0);
		allocs_start();
		rc = btcwire_body_encode_new(&p, &len, s->type, s->body,
		    versions[i / 2], flags, NULL);
		taken = allocs_stop();
		ck_assert_int_eq(rc, 0);
		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq(taken.count, 1);
		ck_assert_uint_eq(taken.bytes, len > 0 ? len : 1);
		ck_assert_uint_eq(len, payload.len);
		ck_assert(len == 0 || memcmp(p, payload.data, len) == 0);
		free(p);
	}
	btcwire_msg_unref(msg);
}
END_TEST

START_TEST(raw_of_made)
{
	const struct sample *s = &samples[_i];
	struct btcwire_msg *msg = new_msg(s);
	struct btcwire_bytes newest, raw;
	size_t trailing = 99;

	raw = btcwire_msg_raw(msg, &trailing);
	ck_assert_uint_eq(trailing, 0);
	ck_assert_int_eq(btcwire_msg_payload(&newest, msg, NEWEST, 0), 0);
	ck_assert_uint_eq(raw.len, newest.len);
	ck_assert(raw.len == 0 || memcmp(raw.data, newest.data, raw.len) == 0);
	btcwire_msg_unref(msg);
}
END_TEST

START_TEST(frame)
{
	const struct sample *s = &samples[_i];
	struct btcwire_msg *msg = decode_hex(s);
	struct btcwire_bytes payload, framed;
	struct btcwire_hash hash;
	uint8_t sum[4];
	uint32_t flags;
	int i;

	for (i = 0; i < 8; i++) {
		flags = i & 1 ? BTCWIRE_NO_WITNESS : 0;
		memset(sum, 0, sizeof(sum));
		ck_assert_int_eq(btcwire_msg_frame(&framed, sum, msg,
		    i & 2 ? 209 : NEWEST, flags), 0);
		ck_assert_int_eq(btcwire_msg_payload(&payload, msg,
		    i & 2 ? 209 : NEWEST, flags), 0);
		ck_assert_uint_eq(framed.len, payload.len);
		if (payload.len > 0)
			ck_assert_ptr_eq(framed.data, payload.data);
		btcwire_sha256d(&hash, payload.data, payload.len);
		ck_assert_mem_eq(sum, hash.b, 4);
	}
	btcwire_msg_unref(msg);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_forms");
	TCase *tc = add_tcase(s, "versions");

	tcase_add_loop_test(tc, by_version, 0, N_ROWS(sent));
	tcase_add_loop_test(tc, relay_flag, 0, 6);
	tcase_add_loop_test(tc, from_old_peers, 0, N_ROWS(received));
	tc = add_tcase(s, "witness");
	tcase_add_loop_test(tc, witness_forms, 0, 20);
	tcase_add_test(tc, no_inputs);
	tc = add_tcase(s, "cache");
	tcase_add_loop_test(tc, kept, 0, n_samples);
	tcase_add_loop_test(tc, raw_of_made, 0, n_samples);
	tcase_add_loop_test(tc, frame, 0, n_samples);
	tc = add_tcase(s, "sizes");
	tcase_add_loop_test(tc, encoded_size, 0, n_samples);
	tcase_add_loop_test(tc, encoded_size_random, BTCWIRE_UNKNOWN + 1,
	    BTCWIRE_NTYPES);
	tcase_add_loop_test(tc, encoded_new, 0, n_samples);
	return run_suite(s);
}
