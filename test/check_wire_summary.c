/*
 * One line a message.
 */
#include "config.h"

#include "gen.h"
#include "runner.h"
#include "samples.h"
#include "wire/msgtab.h"

static struct btcwire_msg *
new_msg(enum btcwire_type type, const void *body)
{
	struct btcwire_msg *msg = NULL;

	ck_assert_int_eq(btcwire_msg_new(&msg, type, body, NULL), 0);
	return msg;
}

/* The command comes first, and the line is printable from end to end. */
static void
check_line(const char *line, enum btcwire_type type)
{
	const char *command = btcwire_command(type);
	size_t n = strlen(command), i;

	ck_assert_msg(strncmp(line, command, n) == 0 &&
	    strchr(" :(", line[n]) != NULL, "\"%s\"", line);
	for (i = 0; line[i] != '\0'; i++)
		ck_assert_msg(line[i] >= 0x20 && line[i] <= 0x7e, "\"%s\"",
		    line);
}

START_TEST(facts)
{
	const struct sample *s = &samples[_i];
	struct btcwire_msg *msg = new_msg(s->type, s->body);
	char line[2048];
	size_t len = btcwire_summary(line, sizeof(line), msg);

	ck_assert_uint_eq(len, strlen(line));
	check_line(line, s->type);
	ck_assert_msg(strstr(line, s->summary) != NULL, "\"%s\" has no \"%s\"",
	    line, s->summary);
	if (btcwire_defs[s->type].size == sizeof(struct btcwire_empty))
		ck_assert_str_eq(line, btcwire_command(s->type));
	btcwire_msg_unref(msg);
}
END_TEST

/* Buffers of every size up to the whole line. */
START_TEST(every_size)
{
	const struct sample *s = &samples[_i];
	struct btcwire_msg *msg = new_msg(s->type, s->body);
	char whole[2048], *buf;
	size_t len = btcwire_summary(whole, sizeof(whole), msg), size;

	for (size = 0; size <= len + 2; size++) {
		buf = malloc(size + 1);
		ck_assert_ptr_nonnull(buf);
		memset(buf, '#', size + 1);
		ck_assert_uint_eq(btcwire_summary(buf, size, msg), len);
		ck_assert_int_eq(buf[size], '#');
		if (size > 0) {
			ck_assert_ptr_nonnull(memchr(buf, '\0', size));
			ck_assert_uint_eq(strlen(buf),
			    size <= len ? size - 1 : len);
			ck_assert(strncmp(buf, whole, strlen(buf)) == 0);
		}
		free(buf);
	}
	ck_assert_uint_eq(btcwire_summary(NULL, 0, msg), len);
	btcwire_msg_unref(msg);
}
END_TEST

/* Whatever bytes a remote sends, none of them reaches the terminal as it is. */
START_TEST(random_bodies)
{
	enum btcwire_type type = (enum btcwire_type)_i;
	struct btcwire_msg *msg;
	char line[4096];
	struct gen g;
	int i;

	gen_init(&g, 99);
	for (i = 0; i < (TEST_SLOW ? 20 : 200); i++) {
		msg = new_msg(type, gen_body(&g, type));
		ck_assert_uint_lt(btcwire_summary(line, sizeof(line), msg),
		    sizeof(line));
		check_line(line, type);
		btcwire_msg_unref(msg);
	}
	gen_clear(&g);
}
END_TEST

START_TEST(remote_text)
{
	static const uint8_t evil[] = "\x1b]0;x\a\n\\%n\0\xff";
	const struct btcwire_version version = {
		.user_agent = { evil, sizeof(evil) - 1 } };
	const struct btcwire_reject reject = { .command = { evil, 7 },
		.reason = { evil, sizeof(evil) - 1 } };
	const struct btcwire_alert alert = {
		.status_bar = { evil, sizeof(evil) - 1 } };
	const struct btcwire_feature feature = {
		.id = { (const uint8_t *)"a\\b ", 4 } };
	const char *want = "\\x1b]0;x\\x07\\x0a\\\\%n\\x00\\xff";
	struct btcwire_msg *msg;
	char line[1024];

	msg = new_msg(BTCWIRE_VERSION, &version);
	btcwire_summary(line, sizeof(line), msg);
	ck_assert_ptr_nonnull(strstr(line, want));
	btcwire_msg_unref(msg);

	msg = new_msg(BTCWIRE_REJECT, &reject);
	btcwire_summary(line, sizeof(line), msg);
	ck_assert_ptr_nonnull(strstr(line, want));
	ck_assert_ptr_nonnull(strstr(line, "\\x1b]0;x\\x07\\x0a,"));
	btcwire_msg_unref(msg);

	msg = new_msg(BTCWIRE_ALERT, &alert);
	btcwire_summary(line, sizeof(line), msg);
	ck_assert_ptr_nonnull(strstr(line, want));
	btcwire_msg_unref(msg);

	msg = new_msg(BTCWIRE_FEATURE, &feature);
	btcwire_summary(line, sizeof(line), msg);
	ck_assert_msg(strstr(line, "a\\\\b ,") != NULL, "\"%s\"", line);
	btcwire_msg_unref(msg);
}
END_TEST

/* Hashes stand in the order in which people read them. */
START_TEST(hash_order)
{
	const struct btcwire_invvect vec = { BTCWIRE_INV_BLOCK,
		{ { 0xef, 0xbe, [30] = 0x34, 0x12 } } };
	const struct btcwire_inv inv = { &vec, 1 };
	struct btcwire_msg *msg = new_msg(BTCWIRE_INV, &inv);
	char line[1024];

	btcwire_summary(line, sizeof(line), msg);
	ck_assert_ptr_nonnull(strstr(line, "1234000000000000000000000000000000"
	    "00000000000000000000000000beef"));
	ck_assert_ptr_nonnull(strstr(line, "block"));
	btcwire_msg_unref(msg);
}
END_TEST

static const struct {
	uint32_t type;
	const char *text;
} inv_types[] = {
	{ BTCWIRE_INV_ERROR, "(error " }, { BTCWIRE_INV_TX, "(tx " },
	{ BTCWIRE_INV_BLOCK, "(block " },
	{ BTCWIRE_INV_FILTERED_BLOCK, "(filtered block " },
	{ BTCWIRE_INV_CMPCT_BLOCK, "(compact block " },
	{ BTCWIRE_INV_WTX, "(wtx " }, { BTCWIRE_INV_PKGTXNS, "(pkgtxns " },
	{ BTCWIRE_INV_ANCPKGINFO, "(ancpkginfo " },
	{ BTCWIRE_INV_WITNESS_TX, "(witness tx " },
	{ BTCWIRE_INV_WITNESS_BLOCK, "(witness block " },
	{ 8, "(type 8 " }, { 0x40000063, "(type 1073741923 " },
	{ 0x80000001, "(type 2147483649 " },
};

/* Each kind is named, and comes back as it was sent. */
START_TEST(inventory_types)
{
	const struct btcwire_invvect vec = { .type = inv_types[_i].type };
	const struct btcwire_inv inv = { &vec, 1 };
	struct btcwire_msg *msg = new_msg(BTCWIRE_GETDATA, &inv);
	char line[1024];

	btcwire_summary(line, sizeof(line), msg);
	ck_assert_msg(strstr(line, inv_types[_i].text) != NULL, "\"%s\"",
	    line);
	ck_assert_uint_eq(btcwire_getdata_of(msg)->vec[0].type,
	    inv_types[_i].type);
	btcwire_msg_unref(msg);
}
END_TEST

START_TEST(ids)
{
	static const struct btcwire_txin in;
	const struct btcwire_tx tx = { .version = 1, .in = &in, .in_len = 1 };
	const struct btcwire_block block = { .header = { .version = 1 },
		.tx = &tx, .tx_len = 1 };
	const struct btcwire_cmpctblock cmpctblock = {
		.header = { .version = 1 } };
	const struct btcwire_merkleblock merkleblock = {
		.header = { .version = 1 } };
	char line[1024], text[BTCWIRE_HASH_HEX];
	struct btcwire_msg *msg;
	struct btcwire_hash id;

	msg = new_msg(BTCWIRE_TX, &tx);
	btcwire_summary(line, sizeof(line), msg);
	btcwire_txid(&id, &tx);
	ck_assert_ptr_nonnull(strstr(line, btcwire_hash_to_hex(text, &id)));
	btcwire_msg_unref(msg);
	msg = new_msg(BTCWIRE_BLOCK, &block);
	btcwire_summary(line, sizeof(line), msg);
	btcwire_header_hash(&id, &block.header);
	ck_assert_ptr_nonnull(strstr(line, btcwire_hash_to_hex(text, &id)));
	btcwire_msg_unref(msg);
	msg = new_msg(BTCWIRE_CMPCTBLOCK, &cmpctblock);
	btcwire_summary(line, sizeof(line), msg);
	ck_assert_ptr_nonnull(strstr(line, text));
	btcwire_msg_unref(msg);
	msg = new_msg(BTCWIRE_MERKLEBLOCK, &merkleblock);
	btcwire_summary(line, sizeof(line), msg);
	ck_assert_ptr_nonnull(strstr(line, text));
	btcwire_msg_unref(msg);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_summary");
	TCase *tc = add_tcase(s, "lines");

	tcase_add_loop_test(tc, facts, 0, n_samples);
	tcase_add_loop_test(tc, every_size, 0, n_samples);
	tcase_add_loop_test(tc, random_bodies, BTCWIRE_UNKNOWN + 1,
	    BTCWIRE_NTYPES);
	tcase_add_test(tc, remote_text);
	tcase_add_test(tc, hash_order);
	tcase_add_loop_test(tc, inventory_types, 0, N_ROWS(inv_types));
	tcase_add_test(tc, ids);
	return run_suite(s);
}
