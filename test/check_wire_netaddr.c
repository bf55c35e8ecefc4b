/*
 * Network addresses in both forms, and which of them to use.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "gen.h"
#include "runner.h"

enum {
	IPV4 = BTCWIRE_NET_IPV4, IPV6 = BTCWIRE_NET_IPV6,
	TORV2 = BTCWIRE_NET_TORV2, TORV3 = BTCWIRE_NET_TORV3,
	I2P = BTCWIRE_NET_I2P, CJDNS = BTCWIRE_NET_CJDNS,
	YGG = BTCWIRE_NET_YGGDRASIL,
	ROUNDS = 10000
};

/* clang-format off */
/* Names from Bitcoin Core's tests, and what they encode. */
#define ONION_A "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd"
#define KEY_A   "79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f"
#define I2P_A   "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq"
#define HASH_A  "a2894dabaec08c0051a481a6dac88b64f98232ae42d4b6fd2fa81952dfe36a87"
#define TORV2_A "6hzph5hv6337r6p2"

#define Z4  "00000000"
#define Z8  Z4 Z4
#define Z32 Z8 Z8 Z8 Z8
#define F8  "ffffffffffffffff"
#define ONE Z4 "00000001"

/* Both forms of one address. */
static const struct {
	const char *text;	/* from the old form */
	uint8_t net;
	const char *old, *new;
} forms[] = {
	{ "1.2.3.4:5",             IPV4,  Z8 "0000ffff01020304",  "01020304" },
	{ "[::1:0:102:304]:5",     IPV6,  Z8 "0001000001020304",  NULL },
	{ "[::fffe:102:304]:5",    IPV6,  Z8 "0000fffe01020304",  NULL },
	{ "[::ff7f:102:304]:5",    IPV6,  Z8 "0000ff7f01020304",  NULL },
	{ "[8000::ffff:102:304]:5", IPV6, "80000000" Z4 "0000ffff01020304", NULL },
	{ TORV2_A ".onion:5",      TORV2, "fd87d87eeb43" "f1f2f3f4f5f6f7f8f9fa",
	  "f1f2f3f4f5f6f7f8f9fa" },
	{ "[fd87:d87e:eb42::1]:5", IPV6,  "fd87d87eeb420000" ONE, NULL },
	{ "[fc00::1]:5",           CJDNS, "fc000000" Z4 ONE,      NULL },
	{ "[fd00::1]:5",           IPV6,  "fd000000" Z4 ONE,      NULL },
	{ "[200::1]:5",            YGG,   "02000000" Z4 ONE,      NULL },
	{ "[3ff::1]:5",            YGG,   "03ff0000" Z4 ONE,      NULL },
	{ "[400::1]:5",            IPV6,  "04000000" Z4 ONE,      NULL },
	{ "[1ff::1]:5",            IPV6,  "01ff0000" Z4 ONE,      NULL },
	{ "[::]:5",                IPV6,  Z8 Z8,                  NULL },
};

/* What may come in addrv2. */
static const struct {
	uint8_t net;
	const char *hex;
	bool usable;
	const char *host;	/* its text; NULL: it has none */
} remote[] = {
	{ IPV4,  "01020304",             true,  "1.2.3.4" },
	{ IPV4,  "00000000",             true,  "0.0.0.0" },
	{ IPV4,  "010203",               false, NULL },
	{ IPV4,  "0102030405",           false, NULL },
	{ IPV4,  "",                     false, NULL },
	{ IPV6,  "20010db8" Z4 ONE,      true,  "[2001:db8::1]" },
	{ IPV6,  "20010db8" Z4 Z4 "0000", false, NULL },
	{ IPV6,  Z8 "0000ffff01020304",  false, "[::ffff:1.2.3.4]" },
	{ IPV6,  Z8 "0000fffe01020304",  true,  "[::fffe:102:304]" },
	{ IPV6,  "fd87d87eeb43f1f2f3f4f5f6f7f8f9fa", false,
	  "[fd87:d87e:eb43:f1f2:f3f4:f5f6:f7f8:f9fa]" },
	{ IPV6,  "fd87d87eeb420000" ONE, true,  "[fd87:d87e:eb42::1]" },
	{ IPV6,  "fc000000" Z4 ONE,      false, "[fc00::1]" },
	{ IPV6,  "03000000" Z4 ONE,      false, "[300::1]" },
	{ TORV2, "f1f2f3f4f5f6f7f8f9fa", false, TORV2_A ".onion" },
	{ TORV3, KEY_A,                  true,  ONION_A ".onion" },
	{ TORV3, "f1f2f3f4f5f6f7f8f9fa", false, NULL },
	{ I2P,   HASH_A,                 true,  I2P_A ".b32.i2p" },
	{ I2P,   HASH_A "00",            false, NULL },
	{ CJDNS, "fc000000" Z4 ONE,      true,  "[fc00::1]" },
	{ CJDNS, "fd000000" Z4 ONE,      false, "[fd00::1]" },
	{ CJDNS, "20010db8" Z4 ONE,      false, "[2001:db8::1]" },
	{ CJDNS, Z8 "0000ffff01020304",  false, "[::ffff:1.2.3.4]" },
	{ CJDNS, "fc",                   false, NULL },
	{ YGG,   "02000000" Z4 ONE,      true,  "[200::1]" },
	{ YGG,   "03ffffff" F8 "ffffffff", true, "[3ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]" },
	{ YGG,   "04000000" Z4 ONE,      false, "[400::1]" },
	{ YGG,   "01000000" Z4 ONE,      false, "[100::1]" },
	{ 0,     "",                     false, NULL },
	{ 0,     "01020304",             false, NULL },
	{ 8,     "01020304",             false, NULL },
	{ 255,   Z32,                    false, NULL },
};
/* clang-format on */

static bool
same_old(const struct btcwire_netaddr *a, const struct btcwire_netaddr *b)
{
	return a->time == b->time && a->services == b->services &&
	    a->port == b->port && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

START_TEST(networks)
{
	static const struct { const char *name; size_t len; } want[] = {
		{ "unknown", 0 }, { "ipv4", 4 }, { "ipv6", 16 },
		{ "torv2", 10 }, { "onion", 32 }, { "i2p", 32 },
		{ "cjdns", 16 }, { "yggdrasil", 16 } };
	int net;

	for (net = 0; net < 256; net++) {
		int row = net < N_ROWS(want) ? net : 0;

		ck_assert_str_eq(btcwire_net_name((uint8_t)net), want[row].name);
		ck_assert_uint_eq(btcwire_net_len((uint8_t)net), want[row].len);
		ck_assert_uint_le(want[row].len, BTCWIRE_NETADDR_BYTES);
	}
}
END_TEST

START_TEST(both_forms)
{
	struct btcwire_netaddr old = { .time = 7, .services = 6, .port = 5 };
	struct btcwire_netaddr back;
	struct btcwire_netaddr2 a;
	char text[BTCWIRE_NETADDR_TEXT], exact[BTCWIRE_NETADDR_TEXT];
	size_t len, new_len;
	uint8_t *ip = unhex(forms[_i].old, &len);
	uint8_t *data = unhex(forms[_i].new != NULL ? forms[_i].new :
	    forms[_i].old, &new_len);

	ck_assert_uint_eq(len, sizeof(old.ip));
	memcpy(old.ip, ip, len);
	btcwire_netaddr_to_v2(&a, &old);
	ck_assert_uint_eq(a.net, forms[_i].net);
	ck_assert_uint_eq(a.time, 7);
	ck_assert_uint_eq(a.services, 6);
	ck_assert_uint_eq(a.port, 5);
	ck_assert_uint_eq(a.addr.len, new_len);
	ck_assert_mem_eq(a.addr.data, data, new_len);
	ck_assert_ptr_eq(a.addr.data, old.ip + sizeof(old.ip) - new_len);
	ck_assert_int_eq(btcwire_netaddr_from_v2(&back, &a), 0);
	ck_assert(same_old(&back, &old));
	/* Onto itself. */
	ck_assert_int_eq(btcwire_netaddr_from_v2(&old, &a), 0);
	ck_assert(same_old(&back, &old));

	ck_assert_int_eq(btcwire_netaddr_to_text(text, sizeof(text), &old), 0);
	ck_assert_str_eq(text, forms[_i].text);
	len = strlen(text);
	ck_assert_int_eq(btcwire_netaddr_to_text(exact, len, &old),
	    BTCPEER_E_BUFFER);
	ck_assert_int_eq(btcwire_netaddr_to_text(exact, len + 1, &old), 0);
	free(data);
	free(ip);
}
END_TEST

START_TEST(from_remote)
{
	struct btcwire_netaddr old, untouched;
	struct btcwire_netaddr2 a;
	char text[BTCWIRE_NETADDR_TEXT] = "#", want[BTCWIRE_NETADDR_TEXT];
	size_t len;
	uint8_t *data = unhex(remote[_i].hex, &len);
	bool has_text = remote[_i].host != NULL;

	a = (struct btcwire_netaddr2){
		.services = 9, .time = 8, .port = 65535, .net = remote[_i].net,
		.addr = { len > 0 ? data : NULL, len },
	};
	ck_assert_int_eq(btcwire_netaddr2_is_usable(&a), remote[_i].usable);
	if (has_text) {
		snprintf(want, sizeof(want), "%s:65535", remote[_i].host);
		ck_assert_int_eq(btcwire_netaddr2_to_text(text, sizeof(text),
		    &a), 0);
		ck_assert_str_eq(text, want);
	} else {
		ck_assert_int_eq(btcwire_netaddr2_to_text(text, sizeof(text),
		    &a), BTCPEER_E_BADVALUE);
		ck_assert_str_eq(text, "#");
	}
	memset(&old, 0x5a, sizeof(old));
	memcpy(&untouched, &old, sizeof(old));
	if (has_text && len <= sizeof(old.ip)) {
		ck_assert_int_eq(btcwire_netaddr_from_v2(&old, &a), 0);
		ck_assert_uint_eq(old.port, 65535);
		ck_assert_uint_eq(old.services, 9);
		ck_assert_uint_eq(old.time, 8);
		ck_assert_mem_eq(old.ip + sizeof(old.ip) - len, data, len);
	} else {
		ck_assert_int_eq(btcwire_netaddr_from_v2(&old, &a),
		    BTCPEER_E_BADVALUE);
		ck_assert_mem_eq(&old, &untouched, sizeof(old));
	}
	free(data);
}
END_TEST

/* Random but for how it begins, until each network has come up often. */
START_TEST(random_forms)
{
	struct btcwire_netaddr old = { .time = 1 }, back;
	struct btcwire_netaddr2 a;
	uint8_t begin[N_ROWS(forms)][16];
	int seen[YGG + 1] = { 0 }, i;
	struct gen g;
	size_t len;

	for (i = 0; i < N_ROWS(forms); i++) {
		uint8_t *ip = unhex(forms[i].old, &len);

		memcpy(begin[i], ip, sizeof(begin[i]));
		free(ip);
	}
	gen_init(&g, 155);
	while (seen[IPV4] < ROUNDS || seen[IPV6] < ROUNDS ||
	    seen[TORV2] < ROUNDS || seen[CJDNS] < ROUNDS ||
	    seen[YGG] < ROUNDS) {
		gen_fill(&g, old.ip, sizeof(old.ip));
		memcpy(old.ip, begin[gen_below(&g, N_ROWS(forms))],
		    (size_t)gen_below(&g, sizeof(old.ip) + 1));
		old.services = gen_u64(&g);
		old.port = (uint16_t)gen_u64(&g);
		btcwire_netaddr_to_v2(&a, &old);
		ck_assert(btcwire_netaddr2_is_usable(&a) == (a.net != TORV2));
		ck_assert(btcwire_netaddr_from_v2(&back, &a) == 0);
		ck_assert(same_old(&old, &back));
		seen[a.net]++;
	}
	gen_clear(&g);
	ck_assert_int_eq(seen[TORV3] + seen[I2P] + seen[0], 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_netaddr");
	TCase *tc = add_tcase(s, "addresses");

	tcase_add_test(tc, networks);
	tcase_add_loop_test(tc, both_forms, 0, N_ROWS(forms));
	tcase_add_loop_test(tc, from_remote, 0, N_ROWS(remote));
	tcase_add_test(tc, random_forms);
	return run_suite(s);
}
