/*
 * Configurations: defaults, ranges, and structs of other ages.
 */
#include "config.h"

#include "allocs.h"
#include "peer/options.h"
#include "runner.h"

#define YEAR_MS (INT64_C(1000) * 86400 * 365)

static struct btcpeer_config loaded;
static struct btcpeer_listeners on;
static struct btcpeer_error err;

static int
load(const struct btcpeer_config *src)
{
	memset(&loaded, 0x5a, sizeof(loaded));
	memset(&on, 0x5a, sizeof(on));
	err = (struct btcpeer_error){ .code = 0 };
	return btcp_options_load(&loaded, &on, src, &err);
}

static void
unload(void)
{
	btcp_options_clear(&loaded);
}

/* ---- Defaults ---------------------------------------------------------- */

START_TEST(defaults)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	static const struct btcpeer_listeners none = BTCPEER_LISTENERS_INIT;

	ck_assert_int_eq(load(_i == 0 ? NULL : &c), 0);
	ck_assert_ptr_eq(loaded.chain, btcwire_chain(BTCWIRE_MAINNET));
	ck_assert_ptr_null(loaded.listeners);
	ck_assert_ptr_null(loaded.user);
	ck_assert_uint_eq(loaded.services, 0);
	ck_assert_str_eq(loaded.user_agent,
	    "/libbtcpeer:" BTCPEER_VERSION_STRING "/");
	ck_assert(loaded.user_agent_name == NULL &&
	    loaded.user_agent_version == NULL &&
	    loaded.user_agent_comments == NULL && loaded.proxy == NULL);
	ck_assert(loaded.best_local_addr == NULL &&
	    loaded.host_to_netaddr == NULL);
	ck_assert(loaded.features == NULL && loaded.features_len == 0);
	ck_assert(loaded.stall_rules == NULL && loaded.stall_rules_len == 0);
	ck_assert_uint_eq(loaded.required_services, 0);
	ck_assert_uint_eq(loaded.protocol_version, 70017);
	ck_assert_uint_eq(loaded.min_protocol_version, 209);
	ck_assert(loaded.newest_block == NULL && loaded.log == NULL);
	ck_assert(!loaded.disable_relay && !loaded.disable_wtxid_relay &&
	    !loaded.disable_addrv2 && !loaded.allow_self && !loaded.strict &&
	    !loaded.exact_trickle);
	ck_assert_int_eq(loaded.malformed, BTCPEER_MALFORMED_DISCONNECT);
	ck_assert_int_eq(loaded.handshake_timeout_ms, 30000);
	ck_assert_int_eq(loaded.idle_timeout_ms, 300000);
	ck_assert_int_eq(loaded.ping_interval_ms, 120000);
	ck_assert_int_eq(loaded.ping_timeout_ms, 1200000);
	ck_assert_int_eq(loaded.stall_timeout_ms, 30000);
	ck_assert_int_eq(loaded.write_timeout_ms, 20000);
	ck_assert_int_eq(loaded.trickle_ms, 10000);
	ck_assert_uint_eq(loaded.queue_max_bytes, 16 << 20);
	ck_assert_uint_eq(loaded.queue_max_msgs, 10000);
	ck_assert_uint_eq(loaded.known_inventory_max, 5000);
	ck_assert_uint_eq(loaded.stack_size, 256 << 10);
	ck_assert_int_eq(loaded.log_level, BTCPEER_LOG_OFF);
	ck_assert_mem_eq(&on, &none, sizeof(on));
	ck_assert_int_eq(err.code, 0);	/* left alone */
	ck_assert_str_eq(err.text, "");
	unload();
}
END_TEST

/* ---- Values ------------------------------------------------------------ */

/* clang-format off */
static const struct {
	const char *name;	/* what err must begin with */
	size_t offset, size;
	int64_t value;
	int want;
	int64_t becomes;	/* where it is fine */
} settings[] = {
#define ROW(member, value, want, becomes) \
	{ #member, offsetof(struct btcpeer_config, member), \
	    sizeof(((struct btcpeer_config *)0)->member), value, want, becomes }
	ROW(protocol_version,     70017,            0, 70017),
	ROW(protocol_version,     70018,            BTCPEER_E_INVAL, 0),
	ROW(protocol_version,     UINT32_MAX,       BTCPEER_E_INVAL, 0),
	ROW(protocol_version,     209,              0, 209),
	ROW(min_protocol_version, 70017,            0, 70017),
	ROW(min_protocol_version, 70018,            BTCPEER_E_INVAL, 0),
	ROW(min_protocol_version, 1,                0, 1),
	ROW(handshake_timeout_ms, 1,                0, 1),
	ROW(handshake_timeout_ms, -1,               0, -1),
	ROW(handshake_timeout_ms, YEAR_MS,          0, YEAR_MS),
	ROW(handshake_timeout_ms, YEAR_MS + 1,      BTCPEER_E_INVAL, 0),
	ROW(idle_timeout_ms,      INT64_MIN,        0, INT64_MIN),
	ROW(idle_timeout_ms,      INT64_MAX,        BTCPEER_E_INVAL, 0),
	ROW(ping_interval_ms,     5,                0, 5),
	ROW(ping_interval_ms,     YEAR_MS + 1,      BTCPEER_E_INVAL, 0),
	ROW(ping_timeout_ms,      -7,               0, -7),
	ROW(ping_timeout_ms,      YEAR_MS + 1,      BTCPEER_E_INVAL, 0),
	ROW(stall_timeout_ms,     100,              0, 100),
	ROW(stall_timeout_ms,     YEAR_MS + 1,      BTCPEER_E_INVAL, 0),
	ROW(write_timeout_ms,     -1,               0, -1),
	ROW(write_timeout_ms,     YEAR_MS + 1,      BTCPEER_E_INVAL, 0),
	ROW(trickle_ms,           1,                0, 1),
	ROW(trickle_ms,           INT64_MAX,        BTCPEER_E_INVAL, 0),
	ROW(queue_max_bytes,      1,                0, 1),
	ROW(queue_max_msgs,       1,                0, 1),
	ROW(known_inventory_max,  1,                0, 1),
	ROW(known_inventory_max,  UINT32_MAX / 2,   0, UINT32_MAX / 2),
	ROW(known_inventory_max,  (int64_t)UINT32_MAX / 2 + 1, BTCPEER_E_INVAL, 0),
	ROW(stack_size,           65536,            0, 65536),
	ROW(stack_size,           65535,            BTCPEER_E_INVAL, 0),
	ROW(stack_size,           1,                BTCPEER_E_INVAL, 0),
	ROW(malformed,            1,                0, 1),
	ROW(malformed,            2,                BTCPEER_E_INVAL, 0),
	ROW(malformed,            -1,               BTCPEER_E_INVAL, 0),
	ROW(log_level,            6,                BTCPEER_E_INVAL, 0),
	ROW(log_level,            -1,               BTCPEER_E_INVAL, 0),
	ROW(reserved,             1,                BTCPEER_E_INVAL, 0),
#undef ROW
};
/* clang-format on */

/* Store into a member of 4 or 8 bytes, of whatever type. */
static void
set(void *member, size_t size, int64_t value)
{
	uint32_t small = (uint32_t)value;

	if (size == sizeof(value))
		memcpy(member, &value, size);
	else
		memcpy(member, &small, size);
}

START_TEST(values)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	int64_t becomes = 0;
	int rc;

	ck_assert(settings[_i].size == 4 || settings[_i].size == 8);
	set((char *)&c + settings[_i].offset, settings[_i].size,
	    settings[_i].value);
	rc = load(&c);
	ck_assert_msg(rc == settings[_i].want, "%s = %lld: %d",
	    settings[_i].name, (long long)settings[_i].value, rc);
	ck_assert_int_eq(err.code, rc);
	if (rc != 0) {
		ck_assert_int_eq(strncmp(err.text, settings[_i].name,
		    strlen(settings[_i].name)), 0);
		ck_assert_int_eq(err.text[strlen(settings[_i].name)], ':');
		ck_assert_int_eq(btcp_options_load(&loaded, &on, &c, NULL), rc);
		return;
	}
	set(&becomes, settings[_i].size, settings[_i].becomes);
	ck_assert_mem_eq((char *)&loaded + settings[_i].offset, &becomes,
	    settings[_i].size);
	unload();
}
END_TEST

static void
log_line(void *user, enum btcpeer_log_level level, const char *line)
{
	(void)user;
	(void)level;
	(void)line;
}

START_TEST(log_needs_function)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;

	c.log_level = BTCPEER_LOG_TRACE;
	ck_assert_int_eq(load(&c), BTCPEER_E_INVAL);
	ck_assert_int_eq(strncmp(err.text, "log:", 4), 0);
	c.log = log_line;
	ck_assert_int_eq(load(&c), 0);
	ck_assert(loaded.log == log_line);
	unload();
	c.log_level = BTCPEER_LOG_OFF;
	ck_assert_int_eq(load(&c), 0);
	unload();
}
END_TEST

START_TEST(versions_together)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;

	c.protocol_version = 31402;
	c.min_protocol_version = 31403;
	ck_assert_int_eq(load(&c), BTCPEER_E_INVAL);
	ck_assert_int_eq(strncmp(err.text, "min_protocol_version:", 21), 0);
	c.min_protocol_version = 31402;
	ck_assert_int_eq(load(&c), 0);
	unload();
	/* The default minimum counts too. */
	c.protocol_version = 208;
	c.min_protocol_version = 0;
	ck_assert_int_eq(load(&c), BTCPEER_E_INVAL);
}
END_TEST

START_TEST(kept_as_given)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;

	c.chain = btcwire_chain(BTCWIRE_REGTEST);
	c.user = &c;
	c.services = BTCWIRE_NODE_NETWORK | BTCWIRE_NODE_WITNESS;
	c.required_services = UINT64_MAX;
	c.disable_relay = c.disable_wtxid_relay = c.disable_addrv2 = true;
	c.allow_self = c.strict = c.exact_trickle = true;
	ck_assert_int_eq(load(&c), 0);
	ck_assert_ptr_eq(loaded.chain, btcwire_chain(BTCWIRE_REGTEST));
	ck_assert_ptr_eq(loaded.user, &c);
	ck_assert_uint_eq(loaded.services, 9);
	ck_assert_uint_eq(loaded.required_services, UINT64_MAX);
	ck_assert(loaded.disable_relay && loaded.disable_wtxid_relay &&
	    loaded.disable_addrv2 && loaded.allow_self && loaded.strict &&
	    loaded.exact_trickle);
	unload();
}
END_TEST

/* ---- User agent -------------------------------------------------------- */

static const struct {
	const char *text;
	int want;
} agents[] = {
	{ "", 0 },
	{ "/Satoshi:28.1.0/", 0 },
	{ "/a:1/b:2(x; y)/", 0 },
	{ " ~", 0 },
	{ "/a\n/", BTCPEER_E_INVAL },
	{ "\x1f", BTCPEER_E_INVAL },
	{ "\x7f", BTCPEER_E_INVAL },
	{ "/caf\xc3\xa9/", BTCPEER_E_INVAL },
};

START_TEST(user_agent)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	char *text = strdup(agents[_i].text);
	int rc;

	ck_assert_ptr_nonnull(text);
	c.user_agent = text;
	rc = load(&c);
	free(text);		/* it was copied */
	ck_assert_int_eq(rc, agents[_i].want);
	if (rc == 0) {
		ck_assert_str_eq(loaded.user_agent, agents[_i].text);
		unload();
	} else {
		ck_assert_int_eq(strncmp(err.text, "user_agent:", 11), 0);
	}
}
END_TEST

START_TEST(user_agent_length)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	char text[258];

	memset(text, 'x', sizeof(text));
	text[257] = '\0';
	c.user_agent = text;
	ck_assert_int_eq(load(&c), BTCPEER_E_INVAL);
	ck_assert_int_eq(strncmp(err.text, "user_agent:", 11), 0);
	text[256] = '\0';
	ck_assert_int_eq(load(&c), 0);
	ck_assert_uint_eq(strlen(loaded.user_agent), 256);
	unload();
}
END_TEST

START_TEST(no_memory)
{
	int rc;

	err = (struct btcpeer_error){ .code = 0 };
	allocs_start_failing(0);
	rc = btcp_options_load(&loaded, &on, NULL, &err);
	allocs_stop();
	ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
	ck_assert_int_eq(err.code, BTCPEER_E_NOMEM);
}
END_TEST

/* ---- Structs of other ages --------------------------------------------- */

/* A struct of the given size: what is known, then bytes of one value. */
static void *
resized(const void *src, size_t known, size_t size, uint8_t tail)
{
	uint8_t *p = malloc(size > known ? size : known);

	ck_assert_ptr_nonnull(p);
	memcpy(p, src, known);
	if (size > known)
		memset(p + known, tail, size - known);
	memcpy(p, &size, sizeof(size));
	return p;
}

/* clang-format off */
static const struct {
	long delta;		/* against this library's size */
	uint8_t tail;
	int want;
} ages[] = {
	{     0, 0, 0 },
	{     1, 0, 0 },
	{    64, 0, 0 },
	{  4096, 0, 0 },
	{     1, 1, BTCPEER_E_UNSUPP },
	{    64, 1, BTCPEER_E_UNSUPP },
	{    -1, 0, BTCPEER_E_INVAL },
	{    -8, 0, BTCPEER_E_INVAL },
	{ -9999, 0, BTCPEER_E_INVAL },	/* nothing at all */
};
/* clang-format on */

static size_t
aged(size_t size, int row)
{
	return ages[row].delta == -9999 ? 0
	    : (size_t)((long)size + ages[row].delta);
}

START_TEST(config_size)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	struct btcpeer_config *other;

	c.stack_size = 123456;
	other = resized(&c, sizeof(c), aged(sizeof(c), _i), ages[_i].tail);
	ck_assert_int_eq(load(other), ages[_i].want);
	ck_assert_int_eq(err.code, ages[_i].want);
	if (ages[_i].want != 0) {
		ck_assert_int_eq(strncmp(err.text, "size:", 5), 0);
	} else {
		ck_assert_uint_eq(loaded.stack_size, 123456);
		unload();
	}
	free(other);
}
END_TEST

static void
ready(struct btcpeer *p, void *user)
{
	(void)p;
	(void)user;
}

static void
sendaddrv2(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_empty *body, void *user)
{
	(void)p;
	(void)msg;
	(void)body;
	(void)user;
}

START_TEST(listeners_size)
{
	struct btcpeer_listeners l = BTCPEER_LISTENERS_INIT;
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	struct btcpeer_listeners *other;

	l.on_ready = ready;
	l.on_sendaddrv2 = sendaddrv2;
	other = resized(&l, sizeof(l), aged(sizeof(l), _i), ages[_i].tail);
	c.listeners = other;
	ck_assert_int_eq(load(&c), ages[_i].want);
	ck_assert_int_eq(err.code, ages[_i].want);
	free(other);		/* it was copied */
	if (ages[_i].want != 0) {
		ck_assert_int_eq(strncmp(err.text, "listeners:", 10), 0);
		return;
	}
	ck_assert(on.on_ready == ready && on.on_sendaddrv2 == sendaddrv2);
	ck_assert(on.on_tx == NULL);
	ck_assert_ptr_null(loaded.listeners);
	unload();
}
END_TEST

/* A set member beyond what is known is seen wherever it stands. */
START_TEST(last_byte_of_the_tail)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	uint8_t *other = resized(&c, sizeof(c), sizeof(c) + 40, 0);

	other[sizeof(c) + (size_t)_i] = 0x80;
	ck_assert_int_eq(load((void *)other), BTCPEER_E_UNSUPP);
	free(other);
}
END_TEST

START_TEST(sized_copy)
{
	struct { size_t size; uint64_t a, b; } src = { sizeof(src), 1, 2 },
	    dst = { sizeof(dst), 8, 9 };

	src.size = 16;
	ck_assert_int_eq(btcp_sized_copy(&dst, sizeof(dst), &src, 16), 0);
	ck_assert_uint_eq(dst.a, 1);
	ck_assert_uint_eq(dst.b, 9);	/* shorter: the rest stays */
	src.a = 7;
	ck_assert_int_eq(btcp_sized_copy(&dst, sizeof(dst), &src, 17),
	    BTCPEER_E_INVAL);
	src.size = sizeof(src);
	ck_assert_int_eq(btcp_sized_copy(&dst, 16, &src, 16), BTCPEER_E_UNSUPP);
	ck_assert_uint_eq(dst.a, 1);	/* failure writes nothing */
	src.b = 0;
	ck_assert_int_eq(btcp_sized_copy(&dst, 16, &src, 16), 0);
	ck_assert_uint_eq(dst.a, 7);
	ck_assert_uint_eq(dst.b, 9);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_options");
	TCase *tc = add_tcase(s, "options");

	tcase_add_loop_test(tc, defaults, 0, 2);
	tcase_add_loop_test(tc, values, 0, N_ROWS(settings));
	tcase_add_test(tc, log_needs_function);
	tcase_add_test(tc, versions_together);
	tcase_add_test(tc, kept_as_given);
	tcase_add_loop_test(tc, user_agent, 0, N_ROWS(agents));
	tcase_add_test(tc, user_agent_length);
	tcase_add_test(tc, no_memory);
	tc = add_tcase(s, "ages");
	tcase_add_loop_test(tc, config_size, 0, N_ROWS(ages));
	tcase_add_loop_test(tc, listeners_size, 0, N_ROWS(ages));
	tcase_add_loop_test(tc, last_byte_of_the_tail, 0, 40);
	tcase_add_test(tc, sized_copy);
	return run_suite(s);
}
