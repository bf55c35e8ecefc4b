/*
 * Network addresses as text.
 */
#include "config.h"

#include <arpa/inet.h>

#include <btcpeer/wire.h>

#include "gen.h"
#include "runner.h"

enum {
	IPV4 = BTCWIRE_NET_IPV4, IPV6 = BTCWIRE_NET_IPV6,
	TORV2 = BTCWIRE_NET_TORV2, TORV3 = BTCWIRE_NET_TORV3,
	I2P = BTCWIRE_NET_I2P, CJDNS = BTCWIRE_NET_CJDNS,
	YGG = BTCWIRE_NET_YGGDRASIL,
	ROUNDS = 10000,
	PORT = 18333	/* where the text has none */
};

/* clang-format off */
/* Names from Bitcoin Core's documentation and tests, and what they encode. */
#define ONION_A "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd"
#define KEY_A   "79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f"
#define ONION_B "kpgvmscirrdqpekbqjsvw5teanhatztpp2gl6eee4zkowvwfxwenqaid"
#define KEY_B   "53cd5648488c4707914182655b7664034e09e66f7e8cbf1084e654eb56c5bd88"
#define I2P_A   "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq"
#define HASH_A  "a2894dabaec08c0051a481a6dac88b64f98232ae42d4b6fd2fa81952dfe36a87"
#define I2P_B   "udhdrtrcetjm5sxzskjyr5ztpeszydbh4dpl3pl4utgqqw2v4jna"
#define I2P_B_UPPER "UDHDRTRCETJM5SXZSKJYR5ZTPESZYDBH4DPL3PL4UTGQQW2V4JNA"
#define HASH_B  "a0ce38ce2224d2cecaf9929388f73379259c0c27e0debdbd7ca4cd085b55e25a"
#define I2P_C   "c4gfnttsuwqomiygupdqqqyy5y5emnk5c73hrfvatri67prd7vyq"
#define HASH_C  "170c56ce72a5a0e62306a3c7084318ee3a46355d17f67896a09c51efbe23fd71"
/* Sites of a search engine and of the Tor project. */
#define ONION_C "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad"
#define ONION_C_MIXED "DuckDuckGoGG42XJOC72X3SJASOWOARFBGCMVFIMAFTT6TWAGSWZCZAD"
#define KEY_C   "1d04a1d04a338c6e6ae970bfabee49049d6702250984ca950c01673f4ec034ad"
#define ONION_D "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid"
#define KEY_D   "d1b38b83a83b3ed918c5bb69dd444ad56bc8d5835a914de73447474e5f02591b"
/* The key of A with another version and the checksum that goes with it. */
#define VERSION_2 "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4p2jxyc"
#define VERSION_4 "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pwaqae"
#define TORV2_A "6hzph5hv6337r6p2"

#define A_51 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define S_51 "777777777777777777777777777777777777777777777777777"
#define Z4  "00000000"
#define Z8  Z4 Z4
#define Z32 Z8 Z8 Z8 Z8
#define F8  "ffffffffffffffff"
#define F32 F8 F8 F8 F8
#define ONE Z4 "00000001"

static const struct {
	const char *text, *again;	/* as it is written; NULL: the same */
	uint8_t net;
	uint16_t port;
	const char *hex;
} sound[] = {
	{ "1.2.3.4:8333",             NULL,                 IPV4,  8333, "01020304" },
	{ "1.2.3.4",                  "1.2.3.4:18333",      IPV4,  PORT, "01020304" },
	{ "0.0.0.0:0",                NULL,                 IPV4,     0, "00000000" },
	{ "255.255.255.255:65535",    NULL,                 IPV4, 65535, "ffffffff" },
	{ "[::ffff:1.2.3.4]:80",      "1.2.3.4:80",         IPV4,    80, "01020304" },
	{ "::FFFF:102:304",           "1.2.3.4:18333",      IPV4,  PORT, "01020304" },
	{ "0:0:0:0:0:ffff:1.2.3.0",   "1.2.3.0:18333",      IPV4,  PORT, "01020300" },
	{ "[2001:db8::1]:8333",       NULL,                 IPV6,  8333, "20010db8" Z4 ONE },
	{ "[2001:db8::1]",            "[2001:db8::1]:18333", IPV6, PORT, "20010db8" Z4 ONE },
	{ "2001:db8::1",              "[2001:db8::1]:18333", IPV6, PORT, "20010db8" Z4 ONE },
	/* Without brackets there is no port. */
	{ "2001:db8::1:8333",         "[2001:db8::1:8333]:18333",
	  IPV6, PORT, "20010db8" Z8 "00018333" },
	{ "[::]:1",                   NULL,                 IPV6, 1, Z8 Z8 },
	{ "[::1]:1",                  NULL,                 IPV6, 1, Z8 ONE },
	{ "[1::]:1",                  NULL,                 IPV6, 1, "00010000" Z4 Z8 },
	{ "[::1.2.3.4]:1",            "[::102:304]:1",      IPV6, 1, Z8 Z4 "01020304" },
	{ "[64:ff9b::1.2.3.4]:1",     "[64:ff9b::102:304]:1",
	  IPV6, 1, "0064ff9b" Z8 "01020304" },
	/* One zero stays, the longest run goes, the first of two. */
	{ "[2001:db8::1:1:1:1:1]:1",  "[2001:db8:0:1:1:1:1:1]:1",
	  IPV6, 1, "20010db8000000010001000100010001" },
	{ "[2001:0:0:1:0:0:0:1]:1",   "[2001:0:0:1::1]:1",
	  IPV6, 1, "20010000000000010000000000000001" },
	{ "[2001:0DB8:0:0:1:0:0:1]:1", "[2001:db8::1:0:0:1]:1",
	  IPV6, 1, "20010db8000000000001000000000001" },
	{ "[0:0:1:0:0:1:1:1]:1",      "[::1:0:0:1:1:1]:1",
	  IPV6, 1, "00000000000100000000000100010001" },
	{ "[1:1:1:1:1:1:0:0]:1",      "[1:1:1:1:1:1::]:1",
	  IPV6, 1, "00010001000100010001000100000000" },
	{ "[1:2:3:4:5:6:7:0]:1",      NULL, IPV6, 1, "00010002000300040005000600070000" },
	{ "[0:2:3:4:5:6:7:8]:1",      NULL, IPV6, 1, "00000002000300040005000600070008" },
	{ "[ABCD:ef01:2345:6789:aBcD:Ef01:2345:6789]:8333",
	  "[abcd:ef01:2345:6789:abcd:ef01:2345:6789]:8333",
	  IPV6, 8333, "abcdef0123456789abcdef0123456789" },
	/* Beside the ranges of other networks. */
	{ "[::fffe:1:2]:1",           NULL, IPV6, 1, Z8 "0000fffe00010002" },
	{ "[::1:ffff:1:2]:1",         NULL, IPV6, 1, Z8 "0001ffff00010002" },
	{ "[fd87:d87e:eb42::1]:1",    NULL, IPV6, 1, "fd87d87eeb420000" ONE },
	{ "[fd87:d87e:eb44::1]:1",    NULL, IPV6, 1, "fd87d87eeb440000" ONE },
	{ "[fd00::1]:1",              NULL, IPV6, 1, "fd000000" Z4 ONE },
	{ "[fbff::1]:1",              NULL, IPV6, 1, "fbff0000" Z4 ONE },
	{ "[1ff::1]:1",               NULL, IPV6, 1, "01ff0000" Z4 ONE },
	{ "[400::1]:1",               NULL, IPV6, 1, "04000000" Z4 ONE },
	{ "[fc00:1:2:3::4]:8333",     NULL, CJDNS, 8333, "fc00000100020003" Z4 "00000004" },
	{ "FCFF::1",                  "[fcff::1]:18333", CJDNS, PORT, "fcff0000" Z4 ONE },
	{ "[200::1]:9",               NULL, YGG, 9, "02000000" Z4 ONE },
	{ "3ff:1::",                  "[3ff:1::]:18333", YGG, PORT, "03ff0001" Z4 Z8 },
	{ ONION_A ".onion:8333",      NULL, TORV3, 8333, KEY_A },
	{ ONION_B ".onion",           ONION_B ".onion:18333", TORV3, PORT, KEY_B },
	{ ONION_C ".onion:443",       NULL, TORV3, 443, KEY_C },
	{ ONION_D ".onion:80",        NULL, TORV3, 80, KEY_D },
	{ ONION_C_MIXED ".OniON:1",   ONION_C ".onion:1", TORV3, 1, KEY_C },
	{ A_51 "m2dqd.onion:1",       NULL, TORV3, 1, Z32 },
	{ S_51 "vpaqd.onion:1",       NULL, TORV3, 1, F32 },
	{ I2P_A ".b32.i2p:0",         NULL, I2P, 0, HASH_A },
	{ I2P_B ".b32.i2p",           I2P_B ".b32.i2p:0", I2P, 0, HASH_B },
	{ I2P_C ".b32.i2p:8333",      I2P_C ".b32.i2p:0", I2P, 0, HASH_C },
	{ I2P_B_UPPER ".B32.I2P",     I2P_B ".b32.i2p:0", I2P, 0, HASH_B },
	{ A_51 "a.b32.i2p:0",         NULL, I2P, 0, Z32 },
	{ S_51 "q.b32.i2p:0",         NULL, I2P, 0, F32 },
};

static const struct {
	const char *text;
	size_t offset;
	const char *why;
} refused[] = {
	{ "",                       0, "no host" },
	{ ":8333",                  0, "no host" },
	{ "[]:8333",                1, "no host" },
	{ "[",                      0, "bracket" },
	{ "[::1",                   0, "bracket" },
	{ "[::1]x",                 5, "after the bracket" },
	{ "[::1]]",                 5, "after the bracket" },
	{ "[::1]8333",              5, "after the bracket" },
	{ "[[::1]]:8333",           6, "after the bracket" },
	{ "::1]:8333",              0, "not an IPv6" },
	{ "1.2.3.4:",               8, "no port" },
	{ "1.2.3.4:65536",         12, "over 65535" },
	{ "1.2.3.4:99999999999",   12, "over 65535" },
	{ "1.2.3.4:08333",          8, "zero" },
	{ "1.2.3.4:00",             8, "zero" },
	{ "1.2.3.4:+1",             8, "not a number" },
	{ "1.2.3.4:-1",             8, "not a number" },
	{ "1.2.3.4: 1",             8, "not a number" },
	{ "1.2.3.4:8333 ",         12, "not a number" },
	{ "1.2.3.4:http",           8, "not a number" },
	{ "[::1]:",                 6, "no port" },
	{ "[::1]:0x10",             6, "zero" },
	{ "localhost",              0, "not an address" },
	{ "example.com:8333",       0, "not an address" },
	{ " 1.2.3.4",               0, "not an address" },
	{ "1.2.3.4 ",               0, "not an address" },
	{ "1.2.3",                  0, "not an address" },
	{ "1.2.3.4.5",              0, "not an address" },
	{ "1.2.3.256",              0, "not an address" },
	{ "1.2.3.04",               0, "not an address" },
	{ "001.002.003.004",        0, "not an address" },
	{ "1.2.3.0x4",              0, "not an address" },
	{ "16909060",               0, "not an address" },
	{ "1.2.3.4.",               0, "not an address" },
	{ "1..3.4",                 0, "not an address" },
	{ "255.255.255.2555",       0, "not an address" },
	{ "[1.2.3.4]:8333",         1, "not an IPv6" },
	{ "1.2.3.4:8333:1",         0, "not an IPv6" },
	{ ":::",                    0, "not an IPv6" },
	{ "1:2:3:4:5:6:7",          0, "not an IPv6" },
	{ "1:2:3:4:5:6:7:8:9",      0, "not an IPv6" },
	{ "1::2::3",                0, "not an IPv6" },
	{ "[12345::]:1",            1, "not an IPv6" },
	{ "[g::]:1",                1, "not an IPv6" },
	{ "[::ffff:1.2.3.04]:1",    1, "not an IPv6" },
	{ "[::ffff:1.2.3]:1",       1, "not an IPv6" },
	{ "[fe80::1%eth0]:1",       1, "not an IPv6" },
	{ "[::1 ]:1",               1, "not an IPv6" },
	{ "0000:0000:0000:0000:0000:0000:255.255.255.2555", 0, "not an IPv6" },
	{ "[fd87:d87e:eb43::1]:1",  1, "Tor v2" },
	{ TORV2_A ".onion:8333",    0, "Tor v2" },
	{ ".onion",                 0, "56 letters" },
	{ "a" ONION_A ".onion:1",   0, "56 letters" },
	{ "www." ONION_A ".onion",  0, "56 letters" },
	{ ONION_A ".onion.:1",      0, "not an address" },
	{ ONION_A "onion:1",        0, "not an address" },
	{ ONION_A,                  0, "not an address" },
	{ "[" ONION_A ".onion]:1",  1, "not an IPv6" },
	{ VERSION_2 ".onion:1",    54, "version" },
	{ VERSION_4 ".onion:1",    54, "version" },
	{ A_51 "m3dqd.onion:1",    51, "checksum" },
	{ A_51 "m2dqe.onion:1",    54, "version" },
	{ "1" A_51 "2dqd.onion:1",  0, "base32" },
	{ A_51 "m2d8d.onion:1",    54, "base32" },
	{ ".b32.i2p",               0, "52 letters" },
	{ "stats.i2p",              0, "not an address" },
	{ A_51 ".b32.i2p",          0, "52 letters" },
	{ A_51 "aaaaa.b32.i2p",     0, "52 letters" },
	{ A_51 "b.b32.i2p",        51, "base32" },	/* a bit beyond the hash */
	{ A_51 "p.b32.i2p",        51, "base32" },
	{ S_51 "7.b32.i2p",        51, "base32" },
	{ "0" A_51 ".b32.i2p",      0, "base32" },
	{ A_51 "\xe9.b32.i2p",     51, "base32" },
	{ "[" I2P_A ".b32.i2p]:0",  1, "not an IPv6" },
};

static const struct {
	const char *text, *host;	/* NULL: refused */
	uint16_t port;
} splits[] = {
	{ "1.2.3.4:8333",          "1.2.3.4",      8333 },
	{ "1.2.3.4",               "1.2.3.4",      PORT },
	{ "seed.example.com:1",    "seed.example.com", 1 },
	{ "seed.example.com",      "seed.example.com", PORT },
	{ "h:65535",               "h",           65535 },
	{ "b\xc3\xbc" "cher.example:5", "b\xc3\xbc" "cher.example", 5 },
	{ "[::1]:8333",            "::1",          8333 },
	{ "[::1]",                 "::1",          PORT },
	{ "::1",                   "::1",          PORT },
	{ "::",                    "::",           PORT },
	{ "2001:db8::1:8333",      "2001:db8::1:8333", PORT },
	{ "[fe80::1%eth0]:8333",   "fe80::1%eth0", 8333 },
	{ "fe80::1%1",             "fe80::1%1",    PORT },
	{ "::ffff:1.2.3.4",        "::ffff:1.2.3.4", PORT },
	{ ONION_A ".onion:8333",   ONION_A ".onion", 8333 },
	{ I2P_A ".b32.i2p",        I2P_A ".b32.i2p", PORT },
	{ "", NULL, 0 },           { ":", NULL, 0 },
	{ ":8333", NULL, 0 },      { "[]", NULL, 0 },
	{ "[]:8333", NULL, 0 },    { "h:", NULL, 0 },
	{ "h:0", NULL, 0 },        { "h:65536", NULL, 0 },
	{ "h:01", NULL, 0 },       { "h:-1", NULL, 0 },
	{ "h:1x", NULL, 0 },       { "h: 1", NULL, 0 },
	{ "h:1 ", NULL, 0 },       { "h:1:2", NULL, 0 },
	{ "h 1", NULL, 0 },        { "h\n", NULL, 0 },
	{ "\x7fh", NULL, 0 },      { "h]", NULL, 0 },
	{ "h[", NULL, 0 },         { "[h]:1", NULL, 0 },
	{ "[1.2.3.4]:1", NULL, 0 }, { "[::1", NULL, 0 },
	{ "[::1]1", NULL, 0 },     { "[::1]:", NULL, 0 },
	{ "[::1]:0", NULL, 0 },    { "[::g]:1", NULL, 0 },
	{ "fe80::1%", NULL, 0 },   { "[%eth0]:1", NULL, 0 },
	{ "[fe80::1%e h]:1", NULL, 0 }, { "http://h:80/", NULL, 0 },
};
/* clang-format on */

static struct btcwire_netaddr2
address(uint8_t net, const uint8_t *data, size_t len, uint16_t port)
{
	return (struct btcwire_netaddr2){
		.services = 9, .time = 8, .port = port, .net = net,
		.addr = { data, len },
	};
}

static bool
same_address(const struct btcwire_netaddr2 *a, const struct btcwire_netaddr2 *b)
{
	return a->net == b->net && a->port == b->port &&
	    a->addr.len == b->addr.len &&
	    memcmp(a->addr.data, b->addr.data, a->addr.len) == 0;
}

/* Into room of each size: all of the text, or nothing. */
static void
check_text(const struct btcwire_netaddr2 *a, const char *want)
{
	size_t len = strlen(want), size;
	char *buf, untouched[BTCWIRE_NETADDR_TEXT];

	ck_assert_uint_lt(len, BTCWIRE_NETADDR_TEXT);
	memset(untouched, '#', sizeof(untouched));
	for (size = 0; size <= sizeof(untouched); size++) {
		buf = (char *)exact_copy(untouched, size);
		if (size > len) {
			ck_assert_int_eq(btcwire_netaddr2_to_text(buf, size, a),
			    0);
			ck_assert_str_eq(buf, want);
		} else {
			ck_assert_int_eq(btcwire_netaddr2_to_text(buf, size, a),
			    BTCPEER_E_BUFFER);
			ck_assert_mem_eq(buf, untouched, size);
		}
		free(buf);
	}
}

START_TEST(reading)
{
	const char *again = sound[_i].again;
	uint8_t room[BTCWIRE_NETADDR_BYTES];
	struct btcpeer_error err = { .code = 1 };
	struct btcwire_netaddr2 a, want;
	size_t len;
	uint8_t *data = unhex(sound[_i].hex, &len);
	char *text = (char *)exact_copy(sound[_i].text,
	    strlen(sound[_i].text) + 1);

	memset(&a, 0x5a, sizeof(a));
	ck_assert_int_eq(btcwire_netaddr2_from_text(&a, room, text, PORT, &err),
	    0);
	free(text);
	ck_assert_int_eq(err.code, 1);
	want = address(sound[_i].net, data, len, sound[_i].port);
	ck_assert(same_address(&a, &want));
	ck_assert_ptr_eq(a.addr.data, room);
	ck_assert_uint_eq(a.time, 0);
	ck_assert_uint_eq(a.services, 0);
	ck_assert(btcwire_netaddr2_is_usable(&a));
	check_text(&want, again != NULL ? again : sound[_i].text);
	free(data);
}
END_TEST

START_TEST(refusing)
{
	uint8_t room[BTCWIRE_NETADDR_BYTES], old_room[sizeof(room)];
	struct btcpeer_error err = { 0 };
	struct btcwire_netaddr2 a, old;
	char *text = (char *)exact_copy(refused[_i].text,
	    strlen(refused[_i].text) + 1);

	memset(&a, 0x5a, sizeof(a));
	memset(room, 0x5a, sizeof(room));
	memcpy(&old, &a, sizeof(a));
	memcpy(old_room, room, sizeof(room));
	ck_assert_int_eq(btcwire_netaddr2_from_text(&a, room, text, PORT, &err),
	    BTCPEER_E_BADVALUE);
	ck_assert_int_eq(err.code, BTCPEER_E_BADVALUE);
	ck_assert_msg(err.offset == refused[_i].offset &&
	    strncmp(err.text, "address: ", 9) == 0 &&
	    strstr(err.text, refused[_i].why) != NULL, "%s: %zu: %s", text,
	    err.offset, err.text);
	ck_assert_mem_eq(&a, &old, sizeof(a));
	ck_assert_mem_eq(room, old_room, sizeof(room));
	ck_assert_int_eq(btcwire_netaddr2_from_text(&a, room, text, PORT, NULL),
	    BTCPEER_E_BADVALUE);
	free(text);
}
END_TEST

START_TEST(splitting)
{
	const char *want = splits[_i].host;
	char *text = (char *)exact_copy(splits[_i].text,
	    strlen(splits[_i].text) + 1), *host;
	char untouched[100];
	uint16_t port = 4321;
	size_t size;

	memset(untouched, '#', sizeof(untouched));
	for (size = 0; size < sizeof(untouched); size++) {
		int rc = BTCPEER_E_BADVALUE;

		host = (char *)exact_copy(untouched, size);
		port = 4321;
		if (want != NULL)
			rc = size > strlen(want) ? 0 : BTCPEER_E_BUFFER;
		ck_assert_int_eq(btcwire_split_host_port(host, size, &port,
		    text, PORT), rc);
		if (rc == 0)
			ck_assert_str_eq(host, want);
		else
			ck_assert_mem_eq(host, untouched, size);
		ck_assert_uint_eq(port, rc == 0 ? splits[_i].port : 4321);
		free(host);
	}
	free(text);
}
END_TEST

/* A usable address of the network. */
static struct btcwire_netaddr2
random_address(struct gen *g, uint8_t net, uint8_t *room)
{
	struct btcwire_netaddr2 a;
	size_t len = btcwire_net_len(net), i;

	do {
		gen_fill(g, room, len);
		for (i = 0; len == 16 && i < 8; i++)
			if (gen_below(g, 2) == 0)
				memset(room + 2 * i, 0, 2);
		if (net == CJDNS)
			room[0] = 0xfc;
		if (net == YGG)
			room[0] = (uint8_t)(2 + gen_below(g, 2));
		a = address(net, room, len, (uint16_t)gen_u64(g));
		if (net == I2P)
			a.port = 0;
	} while (net != TORV2 && !btcwire_netaddr2_is_usable(&a));
	return a;
}

START_TEST(random_text)
{
	char text[BTCWIRE_NETADDR_TEXT], again[BTCWIRE_NETADDR_TEXT];
	uint8_t room[BTCWIRE_NETADDR_BYTES], back[BTCWIRE_NETADDR_BYTES];
	struct btcwire_netaddr2 a, b;
	struct gen g;
	int i, rc;

	gen_init(&g, (uint64_t)_i);
	for (i = 0; i < ROUNDS; i++) {
		a = random_address(&g, (uint8_t)_i, room);
		ck_assert(btcwire_netaddr2_to_text(text, sizeof(text), &a) == 0);
		rc = btcwire_netaddr2_from_text(&b, back, text, PORT, NULL);
		if (_i == TORV2) {
			ck_assert(rc == BTCPEER_E_BADVALUE);
			continue;
		}
		ck_assert_msg(rc == 0 && same_address(&a, &b), "%s", text);
		ck_assert(btcwire_netaddr2_to_text(again, sizeof(again), &b) ==
		    0);
		ck_assert_str_eq(text, again);
	}
	gen_clear(&g);
}
END_TEST

/* Each pattern of groups that are zero, read by another reader. */
START_TEST(zero_groups)
{
	char text[BTCWIRE_NETADDR_TEXT], host[BTCWIRE_NETADDR_TEXT];
	uint8_t ip[16], back[16], net;
	struct btcwire_netaddr2 a;
	uint16_t port;
	unsigned bits, i;

	for (bits = 0; bits < 256; bits++) {
		for (i = 0; i < 8; i++) {
			ip[2 * i] = 0;
			ip[2 * i + 1] = bits >> i & 1 ? 0 : (uint8_t)(i + 1);
		}
		for (net = IPV6; net <= YGG; net++) {
			if (btcwire_net_len(net) != 16)
				continue;
			a = address(net, ip, 16, 5);
			ck_assert(btcwire_netaddr2_to_text(text, sizeof(text),
			    &a) == 0);
			ck_assert(btcwire_split_host_port(host, sizeof(host),
			    &port, text, PORT) == 0);
			ck_assert_msg(inet_pton(AF_INET6, host, back) == 1, "%s",
			    host);
			ck_assert_mem_eq(ip, back, 16);
			ck_assert_msg((strstr(host, "::") != NULL) ==
			    ((bits & bits >> 1) != 0), "%s", host);
		}
	}
}
END_TEST

/* 0, or -1 if refused; what was read is not the key of A. */
static int
read_changed(const char *text, const uint8_t *key)
{
	uint8_t room[BTCWIRE_NETADDR_BYTES];
	struct btcwire_netaddr2 a;

	if (btcwire_netaddr2_from_text(&a, room, text, PORT, NULL) != 0)
		return -1;
	ck_assert_msg(a.net != TORV3 || memcmp(room, key, 32) != 0, "%s", text);
	return 0;
}

static bool
differ_in_case(char a, char b)
{
	return (a ^ b) == 0x20 && (a | b) >= 'a' && (a | b) <= 'z';
}

START_TEST(onion_changes)
{
	static const char name[] = ONION_A ".onion";
	const size_t len = sizeof(name) - 1;
	uint8_t room[BTCWIRE_NETADDR_BYTES], *key;
	struct btcwire_netaddr2 a;
	char text[sizeof(name) + 1];
	size_t i, n;
	int c, accepted = 0;

	key = unhex(KEY_A, &n);
	for (i = 0; i < len; i++) {
		snprintf(text, sizeof(text), "%.*s", (int)i, name);
		ck_assert_int_eq(read_changed(text, key), -1);
		if (i > 0)
			ck_assert_int_eq(read_changed(name + i, key), -1);
		snprintf(text, sizeof(text), "%.*s%s", (int)i, name,
		    name + i + 1);
		ck_assert_int_eq(read_changed(text, key), -1);
		for (c = 1; c < 256; c++) {
			memcpy(text, name, sizeof(name));
			text[i] = (char)c;
			if (text[i] == name[i])
				continue;
			if (differ_in_case(text[i], name[i]))
				ck_assert(btcwire_netaddr2_from_text(&a, room,
				    text, PORT, NULL) == 0 &&
				    memcmp(room, key, 32) == 0);
			else
				accepted += read_changed(text, key) == 0;
			memmove(text + i + 1, name + i, sizeof(name) - i);
			ck_assert_int_eq(read_changed(text, key), -1);
		}
	}
	/* 56 letters become 31 others; a checksum of 16 bits passes few. */
	ck_assert_int_le(accepted, 1);
	free(key);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_netaddr_text");
	TCase *tc = add_tcase(s, "addresses");

	tcase_add_loop_test(tc, reading, 0, N_ROWS(sound));
	tcase_add_loop_test(tc, refusing, 0, N_ROWS(refused));
	tcase_add_loop_test(tc, splitting, 0, N_ROWS(splits));
	tcase_add_loop_test(tc, random_text, IPV4, YGG + 1);
	tcase_add_test(tc, zero_groups);
	tcase_add_test(tc, onion_changes);
	return run_suite(s);
}
