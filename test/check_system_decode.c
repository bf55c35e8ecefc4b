#include "config.h"

#include <jansson.h>

#include <btcpeer/version.h>

#include "runner.h"
#include "system.h"

/* btcpeer-decode as its manual page has it: arguments, text and JSON, blocks,
 * transactions and headers. */

/* ---- Running it -------------------------------------------------------- */

/* Give it what it is to read, and wait for its end. */
static void
run(struct proc *p, int status, const char *input)
{
	proc_say(p, input);
	proc_hang_up(p);
	ck_assert_msg(proc_end(p) == status, "status %d: %s", p->status,
	    p->err.text);
	ck_assert_msg((p->err.len == 0) == (status == 0), "%s", p->err.text);
}

/* The next line of its output as an object. */
static json_t *
next_object(struct proc *p)
{
	char *line = proc_line(p, "");
	json_error_t error;
	json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &error);

	ck_assert_msg(o != NULL, "%s: %s", error.text, line);
	free(line);
	return o;
}

static size_t
lines(const struct proc *p)
{
	const char *at = p->out.text;
	size_t n = 0;

	while ((at = strchr(at, '\n')) != NULL) {
		at++;
		n++;
	}
	return n;
}

static json_int_t
integer(const json_t *o, const char *name)
{
	ck_assert_msg(json_is_integer(json_object_get(o, name)), "%s", name);
	return json_integer_value(json_object_get(o, name));
}

static const char *
string(const json_t *o, const char *name)
{
	ck_assert_msg(json_is_string(json_object_get(o, name)), "%s", name);
	return json_string_value(json_object_get(o, name));
}

/* ---- Arguments --------------------------------------------------------- */

static const struct {
	const char *arg[6];
	int status;
	const char *text;	/* on standard error; if 0, on output */
} args[] = {
	{ { "--help" }, 0, "--no-witness" },
	{ { "--help" }, 0, "mainnet testnet3 " },
	{ { "--version" }, 0, "btcpeer-decode " BTCPEER_VERSION_STRING },
	{ { NULL }, 2, "what is to be decoded is missing." },
	{ { "--json" }, 2, "what is to be decoded is missing." },
	{ { "blocks" }, 2, "'blocks' cannot be decoded." },
	{ { "message" }, 2, "message needs a command." },
	{ { "message", "nonsense" }, 2, "no message is called 'nonsense'." },
	{ { "message", "" }, 2, "no message is called ''." },
	{ { "tx", "a", "b" }, 2, "'b' is one argument too many." },
	{ { "message", "tx", "a", "b" }, 2, "'b' is one argument too many." },
	{ { "tx", "--nonsense" }, 2, "--nonsense is not an option" },
	{ { "tx", "-x" }, 2, "-x is not an option." },
	{ { "tx", "--json=1" }, 2, "--json=1 is not an option" },
	{ { "tx", "--chain" }, 2, "--chain needs a value." },
	{ { "tx", "--chain", "nonet" }, 2, "no chain is called 'nonet'." },
	{ { "tx", "--pver" }, 2, "--pver needs a value." },
	{ { "tx", "--pver", "" }, 2, "'' is no number between 0 and " },
	{ { "tx", "--pver", "-1" }, 2, "'-1' is no number between 0 and " },
	{ { "tx", "--pver", "7x" }, 2, "'7x' is no number between 0 and " },
	{ { "tx", "--pver", "4294967296" }, 2, "no number between 0 and 4294" },
	{ { "tx", "--pver", "99999999999" }, 2, "no number between 0 and " },
};

/* A sentence, and the usage after it. */
START_TEST(arguments)
{
	const char *const *a = args[_i].arg;
	char *end;
	struct proc p;

	proc_start(&p, "btcpeer-decode", a[0], a[1], a[2], a[3], a[4], NULL);
	ck_assert_int_eq(proc_end(&p), args[_i].status);
	if (args[_i].status == 0) {
		ck_assert_uint_eq(p.err.len, 0);
		ck_assert_ptr_nonnull(strstr(p.out.text, args[_i].text));
	} else {
		ck_assert_uint_eq(p.out.len, 0);
		ck_assert_msg(strncmp(p.err.text, "btcpeer-decode: ", 16) == 0
		    && strstr(p.err.text, args[_i].text) != NULL, "%s",
		    p.err.text);
		end = strchr(p.err.text, '\n');
		ck_assert(end[-1] == '.' && strncmp(end, "\nusage: ", 8) == 0);
	}
	proc_free(&p);
}
END_TEST

/* ---- What it says ------------------------------------------------------ */

#define S4(s)  s s s s
#define S16(s) S4(S4(s))
#define S32(s) S16(s) S16(s)

/* All of the output, and of standard error; with an err of NULL, the beginning
 * of the output. */
static const struct {
	const char *arg[4];
	const char *input;
	int status;
	const char *out;
	const char *err;
} texts[] = {
	{ { "tx" }, "02000000 01 000102030405060708090a0b0c0d0e0f\r\n"
	    "101112131415161718191A1B1C1D1E1F 07000000 01 51 fdffffff\n"
	    "01 00f2052a01000000 00 00000000 ffff\n", 0,
	    "txid           c1c409ed71278d1c84fc3cb1aa4f4fdcab71b4294f94d2b561"
	    "bcf452e6849c15\n"
	    "wtxid          c1c409ed71278d1c84fc3cb1aa4f4fdcab71b4294f94d2b561"
	    "bcf452e6849c15\n"
	    "weight         244\n"
	    "version        2\n"
	    "locktime       0\n"
	    "in             1\n"
	    "  [0]\n"
	    "    prev\n"
	    "      hash           1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a"
	    "09080706050403020100\n"
	    "      index          7\n"
	    "    script         51\n"
	    "    sequence       4294967293\n"
	    "    witness        0\n"
	    "out            1\n"
	    "  [0]\n"
	    "    value          5000000000 (satoshi)\n"
	    "    script         -\n"
	    "trailing       2\n", "" },
	{ { "message", "version" },
	    "80110100" "0904000000000000" "00f1536500000000"
	    "0100000000000000" "00000000000000000000ffff0a000001" "208d"
	    "0000000000000000" "20010db8000000000000000000000001" "479d"
	    "8877665544332211" "05" "2f5c0a222f" "00350c00" "01" "4142", 0,
	    "command        version\n"
	    "payload_len    93\n"
	    "trailing       2\n"
	    "body\n"
	    "  version        70016\n"
	    "  services       0000000000000409 "
	    "(NETWORK WITNESS NETWORK_LIMITED)\n"
	    "  timestamp      1700000000 (2023-11-14 22:13:20 UTC)\n"
	    "  addr_recv\n"
	    "    time           0\n"
	    "    services       0000000000000001 (NETWORK)\n"
	    "    ip             10.0.0.1\n"
	    "    port           8333\n"
	    "  addr_from\n"
	    "    time           0\n"
	    "    services       0000000000000000\n"
	    "    ip             2001:db8::1\n"
	    "    port           18333\n"
	    "  nonce          1122334455667788\n"
	    "  user_agent     \"/\\\\\\x0a\"/\"\n"
	    "  start_height   800000\n"
	    "  relay          yes\n", "" },
	{ { "--strict", "message", "ping" }, "efcdab896745230100", 1, "",
	    "standard input: offset 8: ping: 1 byte left after the body.\n" },
	{ { "--json", "--strict", "message", "ping" }, "efcdab896745230100", 1,
	    "{\"command\":\"ping\",\"error\":{\"code\":\"TRAILING\",\"offset\""
	    ":8,\"text\":\"ping: 1 byte left after the body\"}}\n",
	    "standard input: offset 8: ping: 1 byte left after the body.\n" },
	{ { "--json", "message", "inv", "-" }, "fd0100", 1,
	    "{\"command\":\"inv\",\"error\":{\"code\":\"NONCANON\"," , NULL },
	{ { "--json", "block" }, "", 1,
	    "{\"command\":\"block\",\"error\":{\"code\":\"SHORT\",\"offset\":0",
	    NULL },
	{ { "--json", "--no-witness", "tx" },
	    "02000000 00 01 0100000000000000 01 51 00000000", 0,
	    "{\"txid\":\"6085cc4e6a5d985112d08d14a72ddc3772e06540bc221f4f907c"
	    "83305b813b92\",\"wtxid\":\"6085cc4e6a5d985112d08d14a72ddc3772e0"
	    "6540bc221f4f907c83305b813b92\",\"weight\":80,\"version\":2,"
	    "\"locktime\":0,\"in\":[],\"out\":[{\"value\":1,\"script\":\"51\"}]"
	    "}\n", "" },
	{ { "--json", "message", "sendcmpct" }, "00feffffffffffffff", 0,
	    "{\"command\":\"sendcmpct\",\"payload_len\":9,\"trailing\":0,"
	    "\"body\":{\"announce\":false,\"version\":\"fffffffffffffffe\"}}\n",
	    "" },
	{ { "--json", "message", "sendcmpct" }, "00ffffffffffffff7f", 0,
	    "{\"command\":\"sendcmpct\",\"payload_len\":9,\"trailing\":0,"
	    "\"body\":{\"announce\":false,\"version\":9223372036854775807}}\n",
	    "" },
	{ { "--json", "message", "feefilter" }, "00000000000000800102", 0,
	    "{\"command\":\"feefilter\",\"payload_len\":10,\"trailing\":2,"
	    "\"body\":{\"feerate\":-9223372036854775808}}\n", "" },
	{ { "--json", "message", "reject" }, "04" "22275c7f" "99" "02" "c3a9",
	    0, "{\"command\":\"reject\",\"payload_len\":9,\"trailing\":0,"
	    "\"body\":{\"command\":\"\\\"'\\\\\\\\\\\\x7f\",\"command_hex\":"
	    "\"22275c7f\",\"code\":153,\"reason\":\"\\\\xc3\\\\xa9\","
	    "\"reason_hex\":\"c3a9\",\"has_hash\":false,\"hash\":\""
	    S32("00") "\"}}\n", "" },
};

START_TEST(text)
{
	const char *const *a = texts[_i].arg, *out = texts[_i].out;
	struct proc p;

	proc_start(&p, "btcpeer-decode", a[0], a[1], a[2], a[3], NULL);
	run(&p, texts[_i].status, texts[_i].input);
	if (texts[_i].err == NULL) {
		ck_assert_msg(strncmp(p.out.text, out, strlen(out)) == 0, "%s",
		    p.out.text);
	} else {
		ck_assert_str_eq(p.out.text, out);
		ck_assert_str_eq(p.err.text, texts[_i].err);
	}
	proc_free(&p);
}
END_TEST

/* ---- Real data --------------------------------------------------------- */

static const struct {
	const char *file;
	const char *hash;	/* of the block, or the transaction's id */
	json_int_t weight;	/* 0: a block */
	size_t txs;
} files[] = {
	{ "blocks/block1.raw", "00000000839a8e6886ab5951d76f411475428afc90947e"
	    "e320161bbf18eb6048", 0, 1 },
	{ "blocks/block300025.raw", "0000000000000000821c4e0acc40f88bedbce3b73"
	    "ba2358b5ade58a9022cc78c", 0, 461 },
	{ "blocks/block482683.raw", "000000000000000000c238240ef6dcb26c37e75e1"
	    "6514e6ffc0aef7eee73e747", 0, 12 },
	{ "blocks/block898352.raw", "00000000c269ad542ed9ac684cb5fa6df340d5fee"
	    "e0e040590225c7332b98fca", 0, 10 },
	{ "blocks/block928848.raw", "00000000000001dc1c2cbd9c2419e9fd396449be1"
	    "2176b3b7c78c2784eb2f5e7", 0, 676 },
	{ "messages/tx1.raw", "ff80fe4937e2de16411c3a2bc534d661dc8b4f8aad75e6f"
	    "bc4b1ec6060d9ef1c", 1924, 0 },
	{ "messages/tx5.raw", "c532af06b9a81d9171618fb0b30075ddb3a6fca68c9b895"
	    "36e6e34b0beddcc23", 247250, 0 },
};

START_TEST(data_file)
{
	const json_t *tx, *header;
	struct proc p;
	json_t *o;
	bool is_tx = strstr(files[_i].file, "tx") != NULL;

	if (!have_data())
		return;
	proc_start(&p, "btcpeer-decode", "--json", "--strict",
	    is_tx ? "tx" : "block", data_path(files[_i].file), NULL);
	run(&p, 0, "");
	ck_assert_uint_eq(lines(&p), 1);
	o = next_object(&p);
	ck_assert_ptr_null(json_object_get(o, "trailing"));
	tx = json_object_get(o, "tx");
	header = is_tx ? o : json_object_get(o, "header");
	ck_assert_str_eq(string(header, is_tx ? "txid" : "hash"),
	    files[_i].hash);
	ck_assert_uint_eq(json_array_size(tx), files[_i].txs);
	if (files[_i].weight != 0)
		ck_assert_int_eq(integer(o, "weight"), files[_i].weight);
	/* A block without witnesses. */
	if (files[_i].txs == 1)
		ck_assert_str_eq(string(json_array_get(tx, 0), "txid"),
		    string(header, "merkle_root"));
	json_decref(o);
	proc_free(&p);
}
END_TEST

static const struct {
	const char *what, *command, *file, *text;
} others[] = {
	{ "message", "merkleblock", "messages/merkle300025.raw",
	    "\"total\":461,\"hash\":[\"e12dc6d41f42559f0d2f49cb92f1c8dc5bc4acc"
	    "596a3d19432bb1bce3be5227d\"," },
	{ "message", "cmpctblock", "messages/compact898352.raw",
	    ",\"nonce\":\"b2666d808bd3e5f0\",\"short_id\":[\"724ca5026be3\","
	    "\"762645c53c72\"," },
	{ "tx", "--strict", "messages/tx2.raw", "\"weight\":904" },
	{ "tx", "--strict", "messages/tx3.raw", "\"weight\":1416" },
	{ "tx", "--strict", "messages/tx4.raw", "\"weight\":1220" },
	{ "tx", "--strict", "messages/tx6.raw", "\"weight\":2836" },
	{ "tx", "--strict", "messages/tx7.raw", "\"weight\":904" },
	{ "tx", "--strict", "messages/tx8.raw", "\"weight\":4620" },
	{ "tx", "--strict", "messages/tx9.raw", "\"weight\":1180" },
	{ "tx", "--strict", "messages/tx10.raw", "\"weight\":2136" },
	{ "headers", "--chain=mainnet", "messages/headers1.raw",
	    "{\"offset\":0,\"hash\":\"00000000839a8e6886ab5951d76f411475428afc"
	    "90947ee320161bbf18eb6048\"," },
};

START_TEST(other_file)
{
	struct proc p;

	if (!have_data())
		return;
	proc_start(&p, "btcpeer-decode", "--json", others[_i].what,
	    others[_i].command, data_path(others[_i].file), NULL);
	run(&p, 0, "");
	ck_assert_uint_eq(lines(&p), 1);
	json_decref(next_object(&p));
	ck_assert_msg(strstr(p.out.text, others[_i].text) != NULL, "%s",
	    p.out.text);
	proc_free(&p);
}
END_TEST

/* ---- Headers ----------------------------------------------------------- */

/* Each has its proof of work, and all but the first of a branch name the one
 * before them. */
START_TEST(headers_of_testnet)
{
	char last[BTCWIRE_HASH_HEX] = "";
	struct proc p;
	size_t i, n, forks = 0, loose = 0;
	json_t *o;

	if (!have_data())
		return;
	proc_start(&p, "btcpeer-decode", "--json", "--chain", "testnet3",
	    "headers", data_path("headers/testnet3.hex"), NULL);
	run(&p, 0, "");
	n = lines(&p);
	ck_assert_uint_eq(n, 548);
	for (i = 0; i < n; i++) {
		o = next_object(&p);
		ck_assert_int_eq(integer(o, "offset"), (json_int_t)(80 * i));
		ck_assert(json_is_true(json_object_get(o, "pow")));
		forks += json_is_true(json_object_get(o, "fork"));
		loose += strcmp(string(o, "prev"), last) != 0;
		snprintf(last, sizeof(last), "%s", string(o, "hash"));
		json_decref(o);
	}
	ck_assert_uint_eq(forks, 2);
	ck_assert_uint_eq(loose, 2);
	proc_free(&p);
}
END_TEST

/* The headers of the samples: 80 bytes each. */
#define RAW_1 "feffffff" S32("77") S32("88") "feffffff" "ffff001d" "1dac2b7c"
#define RAW_2 "00000020" S32("99") S32("aa") "29ab5f49" "ffff7f20" "01000000"
#define S80(s) S16(s) S16(s) S16(s) S16(s) S16(s)

static const struct {
	const char *name;
	const char *hex;
	size_t n;		/* headers in it */
	json_int_t first, stride;	/* their offsets */
	const char *error;	/* NULL: none */
} forms[] = {
	{ "plain", RAW_1 RAW_2, 2, 0, 80, NULL },
	{ "plain, no line ends", RAW_1, 1, 0, 80, NULL },
	{ "lines", RAW_1 "\n" RAW_2 "\n" RAW_1 "\n", 3, 0, 80, NULL },
	{ "payload", "02" RAW_1 "00" RAW_2 "00", 2, 1, 81, NULL },
	{ "payload, long count", "fd0200" RAW_1 "00" RAW_2 "00", 2, 3, 81,
	    NULL },
	{ "empty payload", "00", 0, 1, 81, NULL },
	{ "payload without its count", RAW_1 "00" RAW_2 "00", 2, 0, 81, NULL },
	{ "80 without their count", S80(RAW_1 "00"), 80, 0, 81, NULL },
	{ "80", S80(RAW_1), 80, 0, 80, NULL },
	{ "81", S80(RAW_1) RAW_1, 81, 0, 80, NULL },
	{ "one and a half", RAW_1 "0102", 1, 0, 80,
	    "standard input: offset 80: headers: a header has 80 bytes, 2 "
	    "remain.\n" },
	{ "count too high", "03" RAW_1 "00" RAW_2 "00", 2, 0, 80,
	    "standard input: offset 160: headers: a header has 80 bytes, 3 "
	    "remain.\n" },
	{ "a count that is none", "01" RAW_1 "07", 1, 0, 80,
	    "standard input: offset 80: headers: a header has 80 bytes, 2 "
	    "remain.\n" },
	{ "nothing", "", 0, 0, 80, "standard input: offset 0: headers: a header"
	    " has 80 bytes, 0 remain.\n" },
};

START_TEST(form_of_headers)
{
	struct proc p;
	size_t i;

	printf("%s\n", forms[_i].name);
	proc_start(&p, "btcpeer-decode", "--json", "--chain", "mainnet",
	    "headers", NULL);
	run(&p, forms[_i].error != NULL ? 1 : 0, forms[_i].hex);
	ck_assert_uint_eq(lines(&p), forms[_i].n + (forms[_i].error != NULL));
	for (i = 0; i < forms[_i].n; i++) {
		json_t *o = next_object(&p);

		ck_assert_int_eq(integer(o, "offset"), forms[_i].first +
		    forms[_i].stride * (json_int_t)i);
		ck_assert(json_is_false(json_object_get(o, "pow")));
		ck_assert_ptr_null(json_object_get(o, "fork"));
		json_decref(o);
	}
	if (forms[_i].error != NULL)
		ck_assert_str_eq(p.err.text, forms[_i].error);
	proc_free(&p);
}
END_TEST

/* Only at the start of a line, and only here, is it a mark. */
START_TEST(marks)
{
	static const char *const not_hex[] = { RAW_1 "fork:", "fork:fork:"
	    RAW_1, RAW_1 " fork:" RAW_2, "forks:" RAW_1 };
	struct proc p;
	char *line;
	int i;

	proc_start(&p, "btcpeer-decode", "--chain", "regtest", "headers", NULL);
	run(&p, 0, RAW_1 "\r\nfork:" RAW_2 "\n\n fork:" RAW_2);
	line = proc_line(&p, "pow");
	ck_assert_str_eq(line, "pow            no (header: bits 1d00ffff: the "
	    "hash does not meet it)");
	free(line);
	ck_assert_uint_eq(lines(&p), 9 + 1 + 10 + 1 + 10);
	free(proc_line(&p, ""));
	for (i = 0; i < 2; i++) {
		line = proc_line(&p, "fork");
		ck_assert_str_eq(line, "fork           yes");
		free(line);
	}
	proc_free(&p);
	for (i = 0; i < N_ROWS(not_hex); i++) {
		proc_start(&p, "btcpeer-decode", "headers", NULL);
		run(&p, 1, not_hex[i]);
		proc_free(&p);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_decode");
	TCase *tc = add_tcase(s, "arguments");

	tcase_add_loop_test(tc, arguments, 0, N_ROWS(args));
	tc = add_tcase(s, "text");
	tcase_add_loop_test(tc, text, 0, N_ROWS(texts));
	tc = add_tcase(s, "data");
	tcase_add_loop_test(tc, data_file, 0, N_ROWS(files));
	tcase_add_loop_test(tc, other_file, 0, N_ROWS(others));
	tc = add_tcase(s, "headers");
	tcase_add_test(tc, headers_of_testnet);
	tcase_add_loop_test(tc, form_of_headers, 0, N_ROWS(forms));
	tcase_add_test(tc, marks);
	return run_suite(s);
}
