/*
 * Configurations: what they point to is checked, and copied.
 */
#include "config.h"

#include "allocs.h"
#include "peer/options.h"
#include "runner.h"

#define YEAR_MS (INT64_C(1000) * 86400 * 365)
#define LIBRARY "/libbtcpeer:" BTCPEER_VERSION_STRING "/"

static struct btcpeer_config loaded;
static struct btcpeer_listeners on;
static struct btcpeer_error err;

static int
load(const struct btcpeer_config *src)
{
	memset(&loaded, 0x5a, sizeof(loaded));
	err = (struct btcpeer_error){ .code = 0 };
	return btcp_options_load(&loaded, &on, src, &err);
}

/* Loading fails, and err begins with the name of the field. */
static void
refused(const struct btcpeer_config *src, const char *field)
{
	int rc = load(src);

	ck_assert_msg(rc == BTCPEER_E_INVAL, "%s: %d", field, rc);
	ck_assert_int_eq(err.code, rc);
	ck_assert_msg(strncmp(err.text, field, strlen(field)) == 0 &&
	    err.text[strlen(field)] == ':', "%s, not %s", err.text, field);
	ck_assert_uint_gt(strlen(err.text), strlen(field) + 2);
	ck_assert_int_eq(btcp_options_load(&loaded, &on, src, NULL), rc);
}

/* ---- User agent -------------------------------------------------------- */

#define UA_NAME    "user_agent_name"
#define UA_VERSION "user_agent_version"
#define UA_COMMENT "user_agent_comments"

/* clang-format off */
static const struct {
	const char *name, *version;
	const char *comment[3];
	size_t comments;
	const char *want;	/* after the library's part; or NULL: refused, */
	const char *field;	/* and this field is named */
} agents[] = {
	{ "node", NULL, { 0 },                0, "node/", NULL },
	{ "node", "1.0", { 0 },               0, "node:1.0/", NULL },
	{ "node", "1.0", { "a" },             1, "node:1.0(a)/", NULL },
	{ "node", "1.0", { "a", "b c", "d" }, 3, "node:1.0(a; b c; d)/", NULL },
	{ "node", NULL, { "a", "b" },         2, "node(a; b)/", NULL },
	{ "n;o ~", "1;%s", { "%d" },          1, "n;o ~:1;%s(%d)/", NULL },
	{ "", NULL, { 0 },                    0, NULL, UA_NAME },
	{ "no/de", NULL, { 0 },               0, NULL, UA_NAME },
	{ "no:de", NULL, { 0 },               0, NULL, UA_NAME },
	{ "no(de", NULL, { 0 },               0, NULL, UA_NAME },
	{ "no)de", NULL, { 0 },               0, NULL, UA_NAME },
	{ "node\n", NULL, { 0 },              0, NULL, UA_NAME },
	{ "n\xc3\xb6""de", NULL, { 0 },       0, NULL, UA_NAME },
	{ "node", "", { 0 },                  0, NULL, UA_VERSION },
	{ "node", "1/", { 0 },                0, NULL, UA_VERSION },
	{ "node", "1:", { 0 },                0, NULL, UA_VERSION },
	{ "node", "(1", { 0 },                0, NULL, UA_VERSION },
	{ "node", "1)", { 0 },                0, NULL, UA_VERSION },
	{ "node", "\x7f", { 0 },              0, NULL, UA_VERSION },
	{ "node", "1", { "a", "" },           2, NULL, UA_COMMENT },
	{ "node", "1", { "a", NULL },         2, NULL, UA_COMMENT },
	{ "node", "1", { "a", "b/" },         2, NULL, UA_COMMENT },
	{ "node", "1", { "a", "b:" },         2, NULL, UA_COMMENT },
	{ "node", "1", { "a", "(b" },         2, NULL, UA_COMMENT },
	{ "node", "1", { "a", "b)" },         2, NULL, UA_COMMENT },
	{ "node", "1", { "a", "b", "c;" },    3, NULL, UA_COMMENT },
	{ "node", "1", { "\t" },              1, NULL, UA_COMMENT },
	{ NULL, "1", { 0 },                   0, NULL, UA_VERSION },
	{ NULL, NULL, { "a" },                1, NULL, UA_COMMENT },
};
/* clang-format on */

START_TEST(user_agent_parts)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	char want[300];

	c.user_agent_name = agents[_i].name;
	c.user_agent_version = agents[_i].version;
	c.user_agent_comments = agents[_i].comment;
	c.user_agent_comments_len = agents[_i].comments;
	if (agents[_i].want == NULL) {
		refused(&c, agents[_i].field);
		return;
	}
	ck_assert_int_eq(load(&c), 0);
	snprintf(want, sizeof(want), LIBRARY "%s", agents[_i].want);
	ck_assert_str_eq(loaded.user_agent, want);
	ck_assert(loaded.user_agent_name == NULL &&
	    loaded.user_agent_version == NULL &&
	    loaded.user_agent_comments == NULL &&
	    loaded.user_agent_comments_len == 0);
	btcp_options_clear(&loaded);
	ck_assert_ptr_null(loaded.user_agent);
}
END_TEST

START_TEST(user_agent_either_way)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;

	c.user_agent = "/x:1/";
	c.user_agent_name = "node";
	refused(&c, UA_NAME);
	c.user_agent = NULL;
	c.user_agent_comments_len = 1;
	refused(&c, UA_COMMENT);
}
END_TEST

/* 256 bytes in all, whichever part it is that is long. */
START_TEST(user_agent_bound)
{
	static const char *const fields[] = { UA_NAME, UA_NAME, UA_COMMENT };
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	size_t room = 256 - strlen(LIBRARY) - strlen("n/") -
	    (_i == 1 ? 1 : _i == 2 ? 2 : 0);
	char text[300] = { 0 };
	const char *comment = text;

	memset(text, 'x', room);
	c.user_agent_name = "n";
	if (_i == 0) {
		text[room] = 'x';	/* it is the name itself */
		c.user_agent_name = text;
	} else if (_i == 1) {
		c.user_agent_version = text;
	} else {
		c.user_agent_comments = &comment;
		c.user_agent_comments_len = 1;
	}
	ck_assert_int_eq(load(&c), 0);
	ck_assert_uint_eq(strlen(loaded.user_agent), 256);
	ck_assert_int_eq(loaded.user_agent[255], '/');
	btcp_options_clear(&loaded);
	text[strlen(text)] = 'x';
	refused(&c, fields[_i]);
}
END_TEST

/* ---- Features ---------------------------------------------------------- */

static const char id80[] = "abcdefgh abcdefgh abcdefgh abcdefgh "
    "abcdefgh abcdefgh abcdefgh abcdefgh 01234567";
static const uint8_t bytes[513] = { 1, 2, 3 };

/* clang-format off */
static const struct {
	struct btcpeer_feature f[2];
	size_t len;
	bool fine;
} features[] = {
	{ { { "abcd", NULL, 0 } },                           1, true },
	{ { { id80, bytes, 512 }, { "~ !a", bytes, 1 } },    2, true },
	{ { { "abcd", bytes, 3 }, { "abce", bytes, 3 } },    2, true },
	{ { { "abcd", bytes, 0 } },                          1, true },
	{ { { "abcd", bytes, 3 }, { "abcd", NULL, 0 } },     2, false },
	{ { { "abc", NULL, 0 } },                            1, false },
	{ { { "", NULL, 0 } },                               1, false },
	{ { { "abcd", NULL, 0 }, { NULL, NULL, 0 } },        2, false },
	{ { { "abc\n", NULL, 0 } },                          1, false },
	{ { { "abcd\x7f", NULL, 0 } },                       1, false },
	{ { { "caf\xc3\xa9", NULL, 0 } },                    1, false },
	{ { { "abcd", bytes, 513 } },                        1, false },
	{ { { "abcd", NULL, 1 } },                           1, false },
};
/* clang-format on */

START_TEST(features_of_ours)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	const struct btcpeer_feature *f, *want = features[_i].f;
	size_t i;

	c.features = want;
	c.features_len = features[_i].len;
	if (!features[_i].fine) {
		refused(&c, "features");
		return;
	}
	ck_assert_int_eq(load(&c), 0);
	ck_assert_uint_eq(loaded.features_len, features[_i].len);
	for (i = 0; i < features[_i].len; i++) {
		f = &loaded.features[i];
		ck_assert(f->id != want[i].id);
		ck_assert_str_eq(f->id, want[i].id);
		ck_assert_uint_eq(f->data_len, want[i].data_len);
		if (f->data_len == 0) {
			ck_assert_ptr_null(f->data);
			continue;
		}
		ck_assert_ptr_ne(f->data, want[i].data);
		ck_assert_mem_eq(f->data, want[i].data, f->data_len);
	}
	btcp_options_clear(&loaded);
	ck_assert(loaded.features == NULL && loaded.features_len == 0);
}
END_TEST

START_TEST(features_bound)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	struct btcpeer_feature f[BTCPEER_MAX_FEATURES + 1] = { { 0 } };
	char id[BTCPEER_MAX_FEATURES + 1][96];
	size_t i;

	for (i = 0; i <= BTCPEER_MAX_FEATURES; i++) {
		snprintf(id[i], sizeof(id[i]), "%04zu", i);
		f[i].id = id[i];
	}
	c.features = f;
	c.features_len = BTCPEER_MAX_FEATURES;
	ck_assert_int_eq(load(&c), 0);
	ck_assert_str_eq(loaded.features[63].id, "0063");
	btcp_options_clear(&loaded);
	c.features_len++;
	refused(&c, "features_len");
	c.features_len = 1;
	memset(id[0], 'x', 81);
	id[0][81] = '\0';
	refused(&c, "features");
	c.features = NULL;
	refused(&c, "features");
}
END_TEST

/* ---- Stall rules ------------------------------------------------------- */

/* clang-format off */
static const struct {
	struct btcpeer_stall_rule r[2];
	bool fine;
} rules[] = {
	{ { { BTCWIRE_GETDATA, true, 0 },      { BTCWIRE_GETHEADERS, false, -1 } },     true },
	{ { { BTCWIRE_GETBLOCKS, true, 1 },    { BTCWIRE_MEMPOOL, true, YEAR_MS } },    true },
	{ { { BTCWIRE_GETADDR, true, INT64_MIN }, { BTCWIRE_GETBLOCKTXN, false, 7 } },  true },
	{ { { BTCWIRE_GETCFILTERS, true, 1 },  { BTCWIRE_GETCFHEADERS, true, 1 } },     true },
	{ { { BTCWIRE_GETCFCHECKPT, true, 1 }, { BTCWIRE_GETDATA, true, 1 } },          true },
	{ { { BTCWIRE_GETDATA, true, 1 },      { BTCWIRE_GETDATA, false, 2 } },         false },
	{ { { BTCWIRE_GETDATA, true, 1 },      { BTCWIRE_PING, true, 1 } },             false },
	{ { { BTCWIRE_UNKNOWN, true, 1 },      { BTCWIRE_GETDATA, true, 1 } },          false },
	{ { { (enum btcwire_type)9999, true, 1 }, { BTCWIRE_GETDATA, true, 1 } },       false },
	{ { { BTCWIRE_GETDATA, true, 1 },      { BTCWIRE_GETADDR, true, YEAR_MS + 1 } }, false },
};
/* clang-format on */

START_TEST(stall_rules)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	size_t i;

	c.stall_rules = rules[_i].r;
	c.stall_rules_len = 2;
	if (!rules[_i].fine) {
		refused(&c, "stall_rules");
		return;
	}
	ck_assert_int_eq(load(&c), 0);
	ck_assert_uint_eq(loaded.stall_rules_len, 2);
	ck_assert_ptr_ne(loaded.stall_rules, rules[_i].r);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(loaded.stall_rules[i].request,
		    rules[_i].r[i].request);
		ck_assert_int_eq(loaded.stall_rules[i].disconnect,
		    rules[_i].r[i].disconnect);
		ck_assert_int_eq(loaded.stall_rules[i].timeout_ms,
		    rules[_i].r[i].timeout_ms);
	}
	btcp_options_clear(&loaded);
	ck_assert(loaded.stall_rules == NULL && loaded.stall_rules_len == 0);
	c.stall_rules = NULL;
	refused(&c, "stall_rules");
}
END_TEST

/* ---- Proxy ------------------------------------------------------------- */

static const struct {
	const char *text;
	bool fine;
} proxies[] = {
	{ "127.0.0.1:9050", true },
	{ "[::1]:9050", true },
	{ "tor.example:1", true },
	{ "127.0.0.1", false },
	{ "[::1]", false },
	{ "127.0.0.1:0", false },
	{ "127.0.0.1:65536", false },
	{ ":9050", false },
	{ "", false },
};

START_TEST(proxy)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;

	c.proxy = proxies[_i].text;
	if (!proxies[_i].fine) {
		refused(&c, "proxy");
		return;
	}
	ck_assert_int_eq(load(&c), 0);
	ck_assert_ptr_ne(loaded.proxy, c.proxy);
	ck_assert_str_eq(loaded.proxy, c.proxy);
	btcp_options_clear(&loaded);
	ck_assert_ptr_null(loaded.proxy);
}
END_TEST

/* A host that no name can have. */
START_TEST(proxy_length)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	char text[300];

	memset(text, 'x', sizeof(text));
	memcpy(text + 256, ":1", 3);
	c.proxy = text;
	refused(&c, "proxy");
	memcpy(text + 255, ":1", 3);
	ck_assert_int_eq(load(&c), 0);
	btcp_options_clear(&loaded);
}
END_TEST

/* ---- Memory ------------------------------------------------------------ */

/* Each allocation fails in turn; what was had before is given back. */
START_TEST(no_memory)
{
	static const char *const fields[] = { "user_agent:", "proxy:",
	    "features:", "stall_rules:" };
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	int rc;
	long n;

	c.user_agent_name = "node";
	c.proxy = "127.0.0.1:9050";
	c.features = features[1].f;
	c.features_len = 2;
	c.stall_rules = rules[0].r;
	c.stall_rules_len = 2;
	for (n = 0; n < 4; n++) {
		err = (struct btcpeer_error){ .code = 0 };
		allocs_start_failing(n);
		rc = btcp_options_load(&loaded, &on, &c, &err);
		allocs_stop();
		ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
		ck_assert_int_eq(err.code, BTCPEER_E_NOMEM);
		ck_assert_int_eq(strncmp(err.text, fields[n],
		    strlen(fields[n])), 0);
	}
	allocs_start();
	rc = btcp_options_load(&loaded, &on, &c, &err);
	ck_assert_uint_eq(allocs_stop().count, 4);
	ck_assert_int_eq(rc, 0);
	btcp_options_clear(&loaded);
	btcp_options_clear(&loaded);	/* zeroes by now */
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_config");
	TCase *tc = add_tcase(s, "config");

	tcase_add_loop_test(tc, user_agent_parts, 0, N_ROWS(agents));
	tcase_add_test(tc, user_agent_either_way);
	tcase_add_loop_test(tc, user_agent_bound, 0, 3);
	tcase_add_loop_test(tc, features_of_ours, 0, N_ROWS(features));
	tcase_add_test(tc, features_bound);
	tcase_add_loop_test(tc, stall_rules, 0, N_ROWS(rules));
	tcase_add_loop_test(tc, proxy, 0, N_ROWS(proxies));
	tcase_add_test(tc, proxy_length);
	tcase_add_test(tc, no_memory);
	return run_suite(s);
}
