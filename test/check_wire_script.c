/*
 * What scripts push, and which of them are pay-to-pubkey or multisig.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "gen.h"
#include "runner.h"
#include "wire/script.h"

/* What a script does, as text: a push as its bytes, "-" for anything else,
 * "!" where the rest makes no sense. */
static void
describe(char *text, size_t size, const uint8_t *script, size_t len)
{
	struct btcwire_bytes rest = { script, len };
	struct script_op op;
	size_t i, n = 0;

	text[0] = '\0';
	while (btcwire_script_next(&op, &rest)) {
		ck_assert_uint_lt(n + 2 * op.push.len + 4, size);
		if (n > 0)
			text[n++] = ' ';
		if (op.push.len == 0)
			text[n++] = '-';
		for (i = 0; i < op.push.len; i++)
			n += (size_t)snprintf(text + n, 3, "%02x",
			    op.push.data[i]);
		text[n] = '\0';
	}
	if (rest.len > 0)
		snprintf(text + n, size - n, n > 0 ? " !" : "!");
}

static const struct {
	const char *name;
	const char *script;
	const char *want;
} walks[] = {
	{ "empty",               "",                      "" },
	{ "zero",                "00",                    "-" },
	{ "a byte",              "01aa",                  "aa" },
	{ "two pushes",          "01aa02bbcc",            "aa bbcc" },
	{ "pushdata1",           "4c02aabb",              "aabb" },
	{ "pushdata2",           "4d0300aabbcc51",        "aabbcc -" },
	{ "pushdata4",           "4e02000000aabb01cc",    "aabb cc" },
	{ "pushdata1 of none",   "4c0001aa",              "- aa" },
	{ "pushdata2 of none",   "4d000001aa",            "- aa" },
	{ "pushdata4 of none",   "4e0000000001aa",        "- aa" },
	{ "numbers",             "4f515260",              "- - - -" },
	{ "any other",           "50616aac01aaaeffba",    "- - - - aa - - -" },
	{ "hash",                "76a903aabbcc88ac",      "- - aabbcc - -" },
	{ "push too short",      "01",                    "!" },
	{ "late",                "51034142",              "- !" },
	{ "75 of 74",            "014b4b4b",              "4b !" },
	{ "no length 1",         "4c",                    "!" },
	{ "no length 2",         "4d",                    "!" },
	{ "half of length 2",    "4d01",                  "!" },
	{ "no length 4",         "51" "4e",               "- !" },
	{ "part of length 4",    "51" "4e010000",         "- !" },
	{ "pushdata1 too short", "01aa" "4c03aabb",       "aa !" },
	{ "pushdata2 too short", "01aa" "4d0200aa",       "aa !" },
	{ "pushdata2, order",    "01aa" "4d0001aa",       "aa !" },
	{ "pushdata4 too short", "01aa" "4e02000000aa",   "aa !" },
	{ "pushdata4, most",     "4effffffffaabb",        "!" },
	{ "pushdata4, order",    "4e00000001aabb",        "!" },
};

START_TEST(walking)
{
	size_t len;
	uint8_t *script = unhex(walks[_i].script, &len);
	char text[256];

	describe(text, sizeof(text), script, len);
	ck_assert_str_eq(text, walks[_i].want);
	free(script);
}
END_TEST

/* The longest push of each form. */
START_TEST(long_pushes)
{
	static const struct { size_t head, len; const char *start; } row[] = {
		{ 1, 75, "\x4b" }, { 2, 76, "\x4c\x4c" },
		{ 2, 255, "\x4c\xff" },
		{ 3, 256, "\x4d\x00\x01" }, { 3, 65535, "\x4d\xff\xff" },
		{ 5, 65536, "\x4e\x00\x00\x01\x00" },
		{ 5, 0x030201, "\x4e\x01\x02\x03\x00" } };
	struct btcwire_bytes rest;
	struct script_op op;
	uint8_t *p;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		p = calloc(1, row[i].head + row[i].len);
		ck_assert_ptr_nonnull(p);
		memcpy(p, row[i].start, row[i].head);
		rest = (struct btcwire_bytes){ p, row[i].head + row[i].len };
		ck_assert(btcwire_script_next(&op, &rest));
		ck_assert_uint_eq(op.code, p[0]);
		ck_assert_ptr_eq(op.push.data, p + row[i].head);
		ck_assert_uint_eq(op.push.len, row[i].len);
		ck_assert_uint_eq(rest.len, 0);
		ck_assert(!btcwire_script_next(&op, &rest));
		rest = (struct btcwire_bytes){ p,
			row[i].head + row[i].len - 1 };
		ck_assert(!btcwire_script_next(&op, &rest));
		ck_assert_uint_eq(rest.len, row[i].head + row[i].len - 1);
		free(p);
	}
}
END_TEST

/*
 * Scripts are written here as words: hex, or a push of a key whose first byte
 * is the digit after the k; a star and a number repeat a word.
 */
static uint8_t *
assemble(const char *words, size_t *len)
{
	uint8_t *buf = malloc(4096), *piece;
	char word[80];
	unsigned times;
	size_t n, used;

	ck_assert_ptr_nonnull(buf);
	for (*len = 0; *words != '\0'; words += used) {
		used = strcspn(words, " ");
		ck_assert_uint_lt(used, sizeof(word));
		memcpy(word, words, used);
		word[used] = '\0';
		used += words[used] == ' ';
		times = strchr(word, '*') != NULL ?
		    (unsigned)strtoul(strchr(word, '*') + 1, NULL, 10) : 1;
		word[strcspn(word, "*")] = '\0';
		for (; times > 0; times--) {
			if (word[0] == 'k') {
				n = word[1] == '2' || word[1] == '3' ? 33 : 65;
				memset(buf + *len, 0xee, n + 1);
				buf[*len] = (uint8_t)n;
				buf[*len + 1] = (uint8_t)(word[1] - '0');
				*len += n + 1;
				continue;
			}
			piece = unhex(word, &n);
			memcpy(buf + *len, piece, n);
			*len += n;
			free(piece);
		}
		ck_assert_uint_lt(*len, 4000);
	}
	piece = exact_copy(buf, *len);
	free(buf);
	return piece;
}

enum { OTHER, PUBKEY, MULTISIG };

static const struct {
	const char *name;
	int kind;
	const char *words;
} forms[] = {
	{ "empty",                 OTHER,    "" },
	{ "one byte",              OTHER,    "ac" },
	{ "two bytes",             OTHER,    "00 ac" },
	{ "only checkmultisig",    OTHER,    "ae" },
	{ "key 2",                 PUBKEY,   "k2 ac" },
	{ "key 3",                 PUBKEY,   "k3 ac" },
	{ "key 4",                 PUBKEY,   "k4 ac" },
	{ "key 6",                 PUBKEY,   "k6 ac" },
	{ "key 7",                 PUBKEY,   "k7 ac" },
	{ "key 5",                 OTHER,    "k5 ac" },
	{ "key 8",                 OTHER,    "k8 ac" },
	{ "key 0",                 OTHER,    "k0 ac" },
	{ "short key 4",           OTHER,    "21 04 ee*32 ac" },
	{ "long key 2",            OTHER,    "41 02 ee*64 ac" },
	{ "32 bytes",              OTHER,    "20 02 ee*31 ac" },
	{ "34 bytes",              OTHER,    "22 02 ee*33 ac" },
	{ "length 1 less",         OTHER,    "20 02 ee*32 ac" },
	{ "key by pushdata1",      OTHER,    "4c k2 ac" },
	{ "other operation",       OTHER,    "k2 ad" },
	{ "no operation",          OTHER,    "k2" },
	{ "one more",              OTHER,    "k2 ac ac" },
	{ "key hash",              OTHER,    "76a9 14 ee*20 88ac" },
	{ "script hash",           OTHER,    "a9 14 ee*20 87" },
	{ "witness program",       OTHER,    "00 20 ee*32" },
	{ "1 of 1",                MULTISIG, "51 k2 51 ae" },
	{ "1 of 2",                MULTISIG, "51 k2 k3 52 ae" },
	{ "2 of 3, mixed",         MULTISIG, "52 k2 k4 k7 53 ae" },
	{ "3 of 3",                MULTISIG, "53 k2*3 53 ae" },
	{ "16 of 16",              MULTISIG, "60 k2*16 60 ae" },
	{ "1 of 17",               MULTISIG, "51 k2*17 0111 ae" },
	{ "20 of 20",              MULTISIG, "0114 k4*20 0114 ae" },
	{ "keys by pushdata",      MULTISIG, "51 4c k2 4d2100 03 ee*32 52 ae" },
	{ "4 of 3",                OTHER,    "54 k2*3 53 ae" },
	{ "0 of 1",                OTHER,    "00 k2 51 ae" },
	{ "0 of 0",                OTHER,    "00 00 ae" },
	{ "1 of 0",                OTHER,    "51 00 ae" },
	{ "1 of nothing",          OTHER,    "51 ae" },
	{ "count too low",         OTHER,    "51 k2*3 52 ae" },
	{ "count too high",        OTHER,    "51 k2*3 54 ae" },
	{ "21 keys",               OTHER,    "51 k2*21 0115 ae" },
	{ "40 keys",               OTHER,    "51 k2*40 0114 ae" },
	{ "16 as a byte",          OTHER,    "51 k2*16 0110 ae" },
	{ "1 as a byte",           OTHER,    "0101 k2 51 ae" },
	{ "17 by pushdata1",       OTHER,    "51 k2*17 4c0111 ae" },
	{ "17 in two bytes",       OTHER,    "51 k2*17 021100 ae" },
	{ "minus 1",               OTHER,    "4f k2 51 ae" },
	{ "reserved",              OTHER,    "50 k2 51 ae" },
	{ "after 16",              OTHER,    "61 k2 51 ae" },
	{ "no key",                OTHER,    "51 k2 k5 52 ae" },
	{ "other operation (m)",   OTHER,    "51 k2 51 af" },
	{ "no operation (m)",      OTHER,    "51 k2 51" },
	{ "one more (m)",          OTHER,    "51 k2 51 ae ae" },
	{ "ends among keys",       OTHER,    "51 k2 ae" },
	{ "key cut short",         OTHER,    "51 21 02 ee*31 ae" },
};

START_TEST(recognising)
{
	size_t len, cut;
	uint8_t *p = assemble(forms[_i].words, &len), *part;
	struct btcwire_bytes script = { p, len };

	ck_assert_int_eq(btcwire_script_is_pubkey(&script),
	    forms[_i].kind == PUBKEY);
	ck_assert_int_eq(btcwire_script_is_multisig(&script),
	    forms[_i].kind == MULTISIG);

	/* No part of a script is one of these forms. */
	for (cut = 0; cut < len && forms[_i].kind != OTHER; cut++) {
		part = exact_copy(p, cut);
		script = (struct btcwire_bytes){ part, cut };
		ck_assert(!btcwire_script_is_pubkey(&script));
		ck_assert(!btcwire_script_is_multisig(&script));
		free(part);
	}
	free(p);
}
END_TEST

/* Any bytes are walked to the end or to where they make no sense. */
START_TEST(random_bytes)
{
	struct btcwire_bytes rest, script;
	struct script_op op;
	struct gen g;
	uint8_t *p;
	int i;

	gen_init(&g, 1);
	for (i = 0; i < (TEST_SLOW ? 5000 : 50000); i++) {
		script.len = (size_t)gen_below(&g, 40);
		p = malloc(script.len + 1);
		ck_assert_ptr_nonnull(p);
		gen_fill(&g, p, script.len);
		if (script.len > 0 && i % 2 == 0)
			p[0] = (uint8_t)(SCRIPT_PUSHDATA1 + i / 2 % 3);
		script.data = rest.data = exact_copy(p, script.len);
		rest.len = script.len;
		while (btcwire_script_next(&op, &rest)) {
			ck_assert_ptr_eq(op.push.data + op.push.len, rest.data);
			ck_assert_ptr_eq(rest.data + rest.len,
			    script.data + script.len);
		}
		ck_assert(!btcwire_script_is_multisig(&script));
		free((void *)(uintptr_t)script.data);
		free(p);
	}
	gen_clear(&g);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_script");
	TCase *tc = add_tcase(s, "script");

	tcase_add_loop_test(tc, walking, 0, N_ROWS(walks));
	tcase_add_test(tc, long_pushes);
	tcase_add_loop_test(tc, recognising, 0, N_ROWS(forms));
	tcase_add_test(tc, random_bytes);
	return run_suite(s);
}
