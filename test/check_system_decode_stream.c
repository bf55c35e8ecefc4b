#include "config.h"

#include <jansson.h>

#include "blocks.h"
#include "frames.h"
#include "gen.h"
#include "runner.h"
#include "samples.h"
#include "system.h"

/* btcpeer-decode stream: good ones and damaged ones. */

#define CHAINS BTCWIRE_NCHAINS

static char path[1024];	/* of the file it reads */

static void
setup(void)
{
	snprintf(path, sizeof(path), "%s", scratch("stream"));
}

/* ---- Helpers ----------------------------------------------------------- */

static void
use_chain(struct frames *f, enum btcwire_chain_id id)
{
	memcpy(f->magic, btcwire_chain(id)->magic, sizeof(f->magic));
}

/* The file as JSON, or as text; chain or NULL. */
static void
run(struct proc *p, const char *json, const char *chain, int status)
{
	if (chain != NULL)
		proc_start(p, "btcpeer-decode", json, "stream", path, "--chain",
		    chain, NULL);
	else
		proc_start(p, "btcpeer-decode", json, "stream", path, NULL);
	ck_assert_msg(proc_end(p) == status, "status %d: %s", p->status,
	    p->err.text);
	ck_assert_msg((p->err.len == 0) == (status == 0), "%s", p->err.text);
}

static void
run_on(struct proc *p, struct frames *f, const char *json, const char *chain,
    int status)
{
	file_write(path, f->b != NULL ? (const void *)f->b : "", f->len);
	run(p, json, chain, status);
}

/*
 * The lines of JSON as "ping@0 CHECKSUM@32 ": the command, or the code of the
 * error, and the offset.
 */
static void
outline(char *buf, size_t size, const struct proc *p)
{
	const char *at = p->out.text, *end;
	json_error_t error;
	size_t len = 0;

	buf[0] = '\0';
	for (; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		json_t *o = json_loadb(at, (size_t)(end - at),
		    JSON_REJECT_DUPLICATES, &error);
		json_t *err = json_object_get(o, "error");

		ck_assert_msg(o != NULL, "%s: %s", error.text, at);
		len += (size_t)snprintf(buf + len, size - len,
		    "%s@%" JSON_INTEGER_FORMAT " ", json_string_value(
		    err != NULL ? json_object_get(err, "code")
		    : json_object_get(o, "command")),
		    json_integer_value(json_object_get(o, "offset")));
		ck_assert_uint_lt(len, size);
		json_decref(o);
	}
}

/* ---- Good streams ------------------------------------------------------ */

static bool
is_newest(const struct sample *s)
{
	return s->pver == BTCWIRE_PVER_NEWEST && s->flags == 0;
}

static void
all_samples(struct frames *f)
{
	size_t len;
	int i;

	for (i = 0; i < n_samples; i++) {
		uint8_t *payload = unhex(samples[i].hex, &len);

		if (is_newest(&samples[i]))
			frames_msg(f, btcwire_command(samples[i].type), payload,
			    len, 0);
		free(payload);
	}
}

static void
summary_of(char *buf, size_t size, enum btcwire_type type, const char *hex)
{
	struct btcwire_msg *msg;
	size_t len;
	uint8_t *payload = unhex(hex, &len);

	ck_assert_int_eq(btcwire_decode(&msg, type, payload, len,
	    BTCWIRE_PVER_NEWEST, 0, NULL), 0);
	ck_assert_uint_lt(btcwire_summary(buf, size, msg), size);
	btcwire_msg_unref(msg);
	free(payload);
}

/* Offset and summary of each. */
START_TEST(summaries)
{
	struct frames f = FRAMES_MAINNET;
	char want[2048], summary[1024], *line;
	size_t at = 0, len;
	struct proc p;
	int i;

	all_samples(&f);
	run_on(&p, &f, "--strict", NULL, 0);
	for (i = 0; i < n_samples; i++) {
		if (!is_newest(&samples[i]))
			continue;
		free(unhex(samples[i].hex, &len));
		summary_of(summary, sizeof(summary), samples[i].type,
		    samples[i].hex);
		snprintf(want, sizeof(want), "%10zu  %s", at, summary);
		line = proc_line(&p, "");
		ck_assert_str_eq(line, want);
		free(line);
		at += BTCWIRE_FRAME_HEADER + len;
	}
	ck_assert_uint_eq(at, f.len);
	ck_assert_uint_eq(p.out.taken, p.out.len);
	proc_free(&p);
	frames_clear(&f);
}
END_TEST

START_TEST(objects)
{
	struct frames f = FRAMES_MAINNET;
	size_t at = 0, len;
	char want[160], *line;
	struct proc p;
	int i;

	all_samples(&f);
	run_on(&p, &f, "--json", "main", 0);
	for (i = 0; i < n_samples; i++) {
		if (!is_newest(&samples[i]))
			continue;
		free(unhex(samples[i].hex, &len));
		snprintf(want, sizeof(want), "{\"command\":\"%s\",\"offset\":"
		    "%zu,\"payload_len\":%zu,\"trailing\":0,\"body\":{",
		    btcwire_command(samples[i].type), at, len);
		line = proc_line(&p, "");
		ck_assert_msg(strncmp(line, want, strlen(want)) == 0, "%s",
		    line);
		free(line);
		at += BTCWIRE_FRAME_HEADER + len;
	}
	ck_assert_uint_eq(p.out.taken, p.out.len);
	proc_free(&p);
	frames_clear(&f);
}
END_TEST

/* ---- Damaged streams --------------------------------------------------- */

/*
 * A stream is made from letters.  A ping (32 bytes): p good, x with a wrong
 * checksum, w of another network, c with a command that is not clean, l with a
 * length that is 1 too high, o over the limit, h cut within its header, t cut
 * within its payload.  i: an inv that lies (25 bytes); u: an unknown command
 * (27 bytes); m: a feefilter with 2 bytes too many (34); g: 5 bytes of garbage;
 * z: a zero; 1 to 3: the first bytes of a magic.
 */
static void
add(struct frames *f, char what)
{
	static const uint8_t ping[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	size_t at = f->len;
	struct frames other = { .b = NULL };

	switch (what) {
	case 'i':
		frames_msg(f, "inv", "\xfc", 1, 0);
		return;
	case 'u':
		frames_msg(f, "un\\kno\"wn", "\1\2\xff", 3, 0);
		return;
	case 'm':
		frames_msg(f, "feefilter", "\1\0\0\0\0\0\0\0\2\3", 10, 0);
		return;
	case 'g':
		frames_bytes(f, "\xf9\xbe\xb4\x00\xd9", 5);
		return;
	case 'z':
		frames_bytes(f, "", 1);
		return;
	case '1':
	case '2':
	case '3':
		frames_bytes(f, f->magic, (size_t)(what - '0'));
		return;
	case 'w':
		use_chain(&other, BTCWIRE_TESTNET4);
		frames_msg(&other, "ping", ping, sizeof(ping), 0);
		frames_bytes(f, other.b, other.len);
		frames_clear(&other);
		return;
	default:
		break;
	}
	frames_msg(f, "ping", ping, sizeof(ping), what == 'x' ? 1 : 0);
	if (what == 'c')
		f->b[at + 4] = 0x1b;
	else if (what == 'l')
		f->b[at + 16] = 9;
	else if (what == 'o')
		memcpy(f->b + at + 16, "\x01\x09\x3d\x00", 4);
	else if (what == 'h')
		f->len = at + 23;
	else if (what == 't')
		f->len = at + 31;
}

static const struct {
	const char *stream;
	const char *chain;
	int status;
	const char *want;
} damaged[] = {
	{ "", NULL, 0, "" },
	{ "pup", NULL, 0, "ping@0 un\\kno\"wn@32 ping@59 " },
	{ "pmp", NULL, 0, "ping@0 feefilter@32 ping@66 " },
	{ "pip", NULL, 1, "ping@0 SHORT@32 ping@57 " },
	{ "pxp", NULL, 1, "ping@0 CHECKSUM@32 ping@64 " },
	{ "xp", NULL, 1, "CHECKSUM@0 ping@32 " },
	{ "x", NULL, 1, "CHECKSUM@0 " },
	{ "pcp", NULL, 1, "ping@0 COMMAND@32 ping@64 " },
	{ "pop", NULL, 1, "ping@0 OVERSIZE@32 ping@64 " },
	{ "pgp", NULL, 1, "ping@0 MAGIC@32 ping@37 " },
	{ "gp", NULL, 1, "MAGIC@0 ping@5 " },
	{ "g", NULL, 1, "MAGIC@0 " },
	{ "pz", NULL, 1, "ping@0 MAGIC@32 " },
	{ "p1", NULL, 1, "ping@0 SHORT@32 " },
	{ "p3", NULL, 1, "ping@0 SHORT@32 " },
	{ "p2p", NULL, 1, "ping@0 MAGIC@32 ping@34 " },
	{ "pgzzgp", NULL, 1, "ping@0 MAGIC@32 ping@44 " },
	/* The length swallows the next frame's first byte. */
	{ "plp", NULL, 1, "ping@0 CHECKSUM@32 ping@64 " },
	{ "pl", NULL, 1, "ping@0 SHORT@32 " },
	{ "plzp", NULL, 1, "ping@0 CHECKSUM@32 ping@65 " },
	{ "pxgp", NULL, 1, "ping@0 CHECKSUM@32 MAGIC@64 ping@69 " },
	{ "php", NULL, 1, "ping@0 CHECKSUM@32 ping@55 " },
	{ "ph", NULL, 1, "ping@0 SHORT@32 " },
	{ "pt", NULL, 1, "ping@0 SHORT@32 " },
	{ "ptp", NULL, 1, "ping@0 CHECKSUM@32 ping@63 " },
	{ "ooo", NULL, 1, "OVERSIZE@0 OVERSIZE@32 OVERSIZE@64 " },
	{ "oph", NULL, 1, "OVERSIZE@0 ping@32 SHORT@64 " },
	{ "pwp", NULL, 1, "ping@0 MAGIC@32 ping@64 " },
	{ "wpw", NULL, 1, "ping@0 MAGIC@32 ping@64 " },
	{ "gwp", NULL, 1, "MAGIC@0 ping@5 MAGIC@37 " },
	{ "xwp", NULL, 1, "CHECKSUM@0 ping@32 MAGIC@64 " },
	{ "wpw", "mainnet", 1, "MAGIC@0 ping@32 MAGIC@64 " },
	{ "wpw", "testnet4", 1, "ping@0 MAGIC@32 ping@64 " },
	{ "ppp", "signet", 1, "MAGIC@0 " },
	{ "cup", NULL, 1, "COMMAND@0 un\\kno\"wn@32 ping@59 " },
};

/* As objects, and the sentences that go with them. */
START_TEST(damage)
{
	struct frames f = FRAMES_MAINNET;
	const char *c;
	char got[256];
	struct proc p;
	unsigned errors = 0, sentences = 0;

	printf("%s\n", damaged[_i].stream);
	for (c = damaged[_i].stream; *c != '\0'; c++)
		add(&f, *c);
	run_on(&p, &f, "--json", damaged[_i].chain, damaged[_i].status);
	outline(got, sizeof(got), &p);
	ck_assert_str_eq(got, damaged[_i].want);
	for (c = p.out.text; (c = strstr(c, "\"error\":")) != NULL; c++)
		errors++;
	for (c = p.err.text; *c != '\0'; c = strchr(c, '\n') + 1) {
		ck_assert_int_eq(strncmp(c, path, strlen(path)), 0);
		ck_assert_int_eq(strncmp(c + strlen(path), ": offset ", 9), 0);
		ck_assert_int_eq(strchr(c, '\n')[-1], '.');
		sentences++;
	}
	ck_assert_uint_eq(errors, sentences);
	proc_free(&p);
	frames_clear(&f);
}
END_TEST

/* Check takes only short messages, so only where they differ is shown. */
static void
expect_text(const char *got, const char *want)
{
	size_t i = 0;

	while (want[i] != '\0' && got[i] == want[i])
		i++;
	ck_assert_msg(got[i] == want[i], "at %zu: '%.60s', not '%.60s'", i,
	    got + i, want + i);
}

/* Every member, and every sentence. */
START_TEST(in_words)
{
	struct frames f = FRAMES_MAINNET;
	char want[8192], ping[128], fee[128];
	struct proc p;
	const char *c;

	for (c = "puimcxwgo"; *c != '\0'; c++)
		add(&f, *c);
	add(&f, 't');
	run_on(&p, &f, "--json", NULL, 1);
	expect_text(p.out.text,
	    "{\"command\":\"ping\",\"offset\":0,\"payload_len\":8,\"trailing\":"
	    "0,\"body\":{\"nonce\":\"0807060504030201\"}}\n"
	    "{\"command\":\"un\\\\kno\\\"wn\",\"offset\":32,\"payload_len\":3,"
	    "\"payload\":\"0102ff\"}\n"
	    "{\"command\":\"inv\",\"offset\":59,\"error\":{\"code\":\"SHORT\","
	    "\"offset\":0,\"text\":\"inv: inventory count 252 needs at least "
	    "9072 bytes, 0 remain\"}}\n"
	    "{\"command\":\"feefilter\",\"offset\":84,\"payload_len\":10,"
	    "\"trailing\":2,\"body\":{\"feerate\":1}}\n"
	    "{\"offset\":118,\"error\":{\"code\":\"COMMAND\",\"offset\":0,"
	    "\"text\":\"the command is not printable text padded with zeroes\""
	    "}}\n"
	    "{\"command\":\"ping\",\"offset\":150,\"error\":{\"code\":"
	    "\"CHECKSUM\",\"offset\":0,\"text\":\"the payload of 8 bytes does "
	    "not match its checksum\"}}\n"
	    "{\"offset\":182,\"error\":{\"code\":\"MAGIC\",\"offset\":0,"
	    "\"text\":\"a frame of another network, testnet4: 37 bytes are "
	    "passed over\"}}\n"
	    "{\"command\":\"ping\",\"offset\":219,\"error\":{\"code\":"
	    "\"OVERSIZE\",\"offset\":0,\"text\":\"a payload of 4000001 bytes "
	    "is over the limit of 4000000\"}}\n"
	    "{\"command\":\"ping\",\"offset\":251,\"error\":{\"code\":"
	    "\"SHORT\",\"offset\":7,\"text\":\"the input ends within the "
	    "payload of a message: 7 of 8 bytes are there\"}}\n");
	proc_free(&p);
	run_on(&p, &f, "--no-witness", NULL, 1);
	summary_of(ping, sizeof(ping), BTCWIRE_PING, "0102030405060708");
	summary_of(fee, sizeof(fee), BTCWIRE_FEEFILTER, "0100000000000000");
	snprintf(want, sizeof(want), "         0  %s\n"
	    "        32  un\\kno\"wn (unknown, 3 bytes) 0102ff\n"
	    "        84  %s and 2 more bytes\n", ping, fee);
	expect_text(p.out.text, want);
	snprintf(want, sizeof(want),
	    "%s: offset 59: inv: inventory count 252 needs at least 9072 "
	    "bytes, 0 remain, at byte 0 of the payload.\n"
	    "%s: offset 118: the command is not printable text padded with "
	    "zeroes.\n"
	    "%s: offset 150: the payload of 8 bytes does not match its "
	    "checksum.\n"
	    "%s: offset 182: a frame of another network, testnet4: 37 bytes "
	    "are passed over.\n"
	    "%s: offset 219: a payload of 4000001 bytes is over the limit of "
	    "4000000.\n"
	    "%s: offset 251: the input ends within the payload of a message: "
	    "7 of 8 bytes are there.\n", path, path, path, path, path, path);
	expect_text(p.err.text, want);
	proc_free(&p);
	frames_clear(&f);
}
END_TEST

/* A network that is not known here, and every one that is. */
START_TEST(networks)
{
	struct frames f = { .magic = { 'm', 'i', 'n', 'e' } };
	char got[256];
	struct proc p;

	if (_i < CHAINS)
		use_chain(&f, (enum btcwire_chain_id)_i);
	add(&f, 'p');
	add(&f, 'w');
	add(&f, 'x');
	add(&f, 'p');
	run_on(&p, &f, "--json", NULL, 1);
	outline(got, sizeof(got), &p);
	ck_assert_str_eq(got, _i == BTCWIRE_TESTNET4
	    ? "ping@0 ping@32 CHECKSUM@64 ping@96 "
	    : "ping@0 MAGIC@32 CHECKSUM@64 ping@96 ");
	proc_free(&p);
	frames_clear(&f);
}
END_TEST

/* A stream in hex: offsets are of the bytes that it stands for. */
START_TEST(in_hex)
{
	struct frames f = FRAMES_MAINNET, hex = { .b = NULL };
	char digits[4], got[256];
	struct proc p;
	size_t i;

	add(&f, 'p');
	add(&f, 'g');
	add(&f, 'p');
	for (i = 0; i < f.len; i++) {
		snprintf(digits, sizeof(digits), "%02x%c", f.b[i],
		    i % 16 == 15 ? '\n' : ' ');
		frames_bytes(&hex, digits, 3);
	}
	run_on(&p, &hex, "--json", NULL, 1);
	outline(got, sizeof(got), &p);
	ck_assert_str_eq(got, "ping@0 MAGIC@32 ping@37 ");
	proc_free(&p);
	frames_clear(&f);
	frames_clear(&hex);
}
END_TEST

/* Cut at every byte: what was whole is shown, the rest reported once. */
START_TEST(cut_anywhere)
{
	struct frames f = FRAMES_MAINNET;
	static const char *const want[] = { "ping@0 ", "ping@0 SHORT@32 ",
	    "ping@0 un\\kno\"wn@32 ", "ping@0 un\\kno\"wn@32 SHORT@59 " };
	size_t step = TEST_SLOW ? 3 : 1, len;
	char got[256];
	struct proc p;

	add(&f, 'p');
	add(&f, 'u');
	add(&f, 'p');
	for (len = 32; len < f.len; len += step) {
		int i = len == 32 ? 0 : len < 59 ? 1 : len == 59 ? 2 : 3;

		file_write(path, f.b, len);
		run(&p, "--json", NULL, i & 1);
		outline(got, sizeof(got), &p);
		ck_assert_str_eq(got, want[i]);
		proc_free(&p);
	}
	frames_clear(&f);
}
END_TEST

/* Frames within frames, none of them good: at some point their lengths are
 * believed, or the work would grow with the square of the input. */
#define NESTED 1100

START_TEST(nested_frames)
{
	static const uint8_t none[4] = { 0 };
	struct frames f = FRAMES_MAINNET;
	uint8_t head[BTCWIRE_FRAME_HEADER];
	const char *c, *garbage;
	struct proc p;
	int i, n = 0;

	frames_head(head, f.magic, "ping", 100, none);
	for (i = 0; i < NESTED; i++)
		frames_bytes(&f, head, sizeof(head));
	run_on(&p, &f, "--json", NULL, 1);
	garbage = strstr(p.out.text, "\"MAGIC\"");
	ck_assert_ptr_nonnull(garbage);
	for (c = p.out.text; (c = strstr(c, "\"CHECKSUM\"")) != NULL &&
	    c < garbage; c++)
		n++;
	ck_assert_int_gt(n, 900);
	ck_assert_int_lt(n, 1050);
	proc_free(&p);
	frames_clear(&f);
}
END_TEST

/* Rubbish never ends it before its time, nor otherwise than it should. */
START_TEST(mutated)
{
	static const char *const what[] = { "--json", "--no-witness" };
	struct gen g;
	int i, rounds = TEST_SLOW ? 5 : 25;

	gen_init(&g, (uint64_t)_i);
	for (i = 0; i < rounds; i++) {
		struct frames f = FRAMES_MAINNET;
		struct proc p;

		all_samples(&f);
		f.len = gen_mutate(&g, f.b, f.len, f.len);
		file_write(path, f.b, f.len);
		proc_start(&p, "btcpeer-decode", what[i % 2], "stream", path,
		    NULL);
		ck_assert_int_ge(proc_end(&p), 0);
		ck_assert_int_le(p.status, 1);
		ck_assert_int_eq(p.status, p.err.len > 0);
		ck_assert(f.len == 0 || p.out.len + p.err.len > 0);
		proc_free(&p);
		frames_clear(&f);
	}
	gen_clear(&g);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_decode_stream");
	TCase *tc = add_tcase(s, "stream");

	tcase_add_unchecked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, summaries);
	tcase_add_test(tc, objects);
	tcase_add_loop_test(tc, damage, 0, N_ROWS(damaged));
	tcase_add_test(tc, in_words);
	tcase_add_loop_test(tc, networks, 0, CHAINS + 1);
	tcase_add_test(tc, in_hex);
	tcase_add_test(tc, cut_anywhere);
	tcase_add_test(tc, nested_frames);
	tcase_add_loop_test(tc, mutated, 0, 4);
	return run_suite(s);
}
