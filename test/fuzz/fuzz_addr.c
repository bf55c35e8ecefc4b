/*
 * Network addresses.  The same bytes are taken for a text, for an address in
 * the form of BIP 155 (network, port, address) and for one in the old form.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include <btcpeer/wire.h>

#include "fuzz/fuzz.h"

const unsigned fuzz_n_seeds = 50000;

enum { PORT = 18333, HEAD = 3 };

static bool
same(const struct btcwire_netaddr2 *a, const struct btcwire_netaddr2 *b)
{
	return a->net == b->net && a->addr.len == b->addr.len &&
	    memcmp(a->addr.data, b->addr.data, a->addr.len) == 0;
}

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

/* ---- Texts ------------------------------------------------------------- */

/* From the text it is written as comes the same address, and the same text. */
static void
check_again(const struct btcwire_netaddr2 *a)
{
	char text[BTCWIRE_NETADDR_TEXT], again[BTCWIRE_NETADDR_TEXT];
	uint8_t room[BTCWIRE_NETADDR_BYTES];
	struct btcwire_netaddr2 b;

	FUZZ_ASSERT(btcwire_netaddr2_to_text(text, sizeof(text), a) == 0);
	FUZZ_ASSERT(is_line(text, sizeof(text)));
	FUZZ_ASSERT(btcwire_netaddr2_from_text(&b, room, text, PORT, NULL) ==
	    0);
	FUZZ_ASSERT(same(a, &b));
	FUZZ_ASSERT(a->net == BTCWIRE_NET_I2P ? b.port == 0 :
	    a->port == b.port);
	FUZZ_ASSERT(btcwire_netaddr2_to_text(again, sizeof(again), &b) == 0);
	FUZZ_ASSERT(a->port != b.port || strcmp(text, again) == 0);
}

/* A name has one spelling, so no two of them are the same address. */
static void
check_spelling(const struct btcwire_netaddr2 *a, const char *text)
{
	char again[BTCWIRE_NETADDR_TEXT];

	if (a->net != BTCWIRE_NET_TORV3 && a->net != BTCWIRE_NET_I2P)
		return;
	FUZZ_ASSERT(btcwire_netaddr2_to_text(again, sizeof(again), a) == 0);
	FUZZ_ASSERT(strncasecmp(text, again, strcspn(again, ":")) == 0);
}

static int
check_reading(const char *text)
{
	uint8_t room[BTCWIRE_NETADDR_BYTES] = { 0x5a }, before = room[0];
	struct btcpeer_error err = { .code = 1 };
	struct btcwire_netaddr2 a = { .time = 1, .net = 200 };
	int rc = btcwire_netaddr2_from_text(&a, room, text, PORT, &err);

	if (rc == 0) {
		FUZZ_ASSERT(err.code == 1);
		FUZZ_ASSERT(a.time == 0 && a.services == 0);
		FUZZ_ASSERT(a.addr.data == room);
		FUZZ_ASSERT(a.addr.len == btcwire_net_len(a.net));
		FUZZ_ASSERT(btcwire_netaddr2_is_usable(&a));
		FUZZ_ASSERT(a.net != BTCWIRE_NET_I2P || a.port == 0);
		check_again(&a);
		check_spelling(&a, text);
	} else {
		FUZZ_ASSERT(rc == BTCPEER_E_BADVALUE && err.code == rc);
		FUZZ_ASSERT(err.offset <= strlen(text));
		FUZZ_ASSERT(is_line(err.text, sizeof(err.text)));
		FUZZ_ASSERT(a.net == 200 && room[0] == before);
	}
	return rc;
}

/* Put together again, the parts are the same two parts. */
static void
check_joined(const char *host, uint16_t port, size_t size)
{
	char *joined = malloc(size + 9), *again = malloc(size);
	uint16_t port_again;

	FUZZ_ASSERT(joined != NULL && again != NULL);
	snprintf(joined, size + 9, strchr(host, ':') != NULL ? "[%s]:%u" :
	    "%s:%u", host, port);
	FUZZ_ASSERT(btcwire_split_host_port(again, size, &port_again, joined,
	    0) == 0);
	FUZZ_ASSERT(strcmp(host, again) == 0 && port == port_again);
	free(again);
	free(joined);
}

static int
check_splitting(const char *text)
{
	size_t size = strlen(text) + 1, len;
	char *host = malloc(size), *exact;
	uint16_t port = 0, exact_port = 0;
	int rc;

	FUZZ_ASSERT(host != NULL);
	host[0] = '#';
	rc = btcwire_split_host_port(host, size, &port, text, PORT);
	if (rc == 0) {
		len = strlen(host);
		FUZZ_ASSERT(len > 0 && port > 0);
		FUZZ_ASSERT(strstr(text, host) != NULL);
		FUZZ_ASSERT(strpbrk(host, "[] \t\r\n") == NULL);
		FUZZ_ASSERT((exact = malloc(len + 1)) != NULL);
		FUZZ_ASSERT(btcwire_split_host_port(exact, len, &exact_port,
		    text, PORT) == BTCPEER_E_BUFFER && exact_port == 0);
		FUZZ_ASSERT(btcwire_split_host_port(exact, len + 1,
		    &exact_port, text, PORT) == 0 && exact_port == port);
		FUZZ_ASSERT(strcmp(host, exact) == 0);
		free(exact);
		check_joined(host, port, size);
		/* An address is one with its port and without. */
		FUZZ_ASSERT(check_reading(host) == 0 ||
		    check_reading(text) != 0);
	} else {
		FUZZ_ASSERT(rc == BTCPEER_E_BADVALUE);
		FUZZ_ASSERT(host[0] == '#' && port == 0);
	}
	free(host);
	return rc;
}

static bool
ends_in_port_0(const char *text)
{
	size_t len = strlen(text);

	return len > 2 && strcmp(text + len - 2, ":0") == 0;
}

/* ---- Bytes ------------------------------------------------------------- */

/* What has a text but is not to be used reads as something else, or not. */
static void
check_unusable(const struct btcwire_netaddr2 *a, const char *text)
{
	uint8_t room[BTCWIRE_NETADDR_BYTES];
	struct btcwire_netaddr2 b;

	if (btcwire_netaddr2_from_text(&b, room, text, PORT, NULL) == 0)
		FUZZ_ASSERT(a->net != b.net && a->port == b.port);
}

static void
check_form(const struct btcwire_netaddr2 *a)
{
	struct btcwire_netaddr old, back;
	struct btcwire_netaddr2 b;
	bool fits = btcwire_net_len(a->net) == a->addr.len &&
	    a->addr.len > 0 && a->addr.len <= sizeof(old.ip);

	if (btcwire_netaddr_from_v2(&old, a) != 0) {
		FUZZ_ASSERT(!fits);
		return;
	}
	FUZZ_ASSERT(fits);
	btcwire_netaddr_to_v2(&b, &old);
	FUZZ_ASSERT(b.port == a->port && b.time == a->time &&
	    b.services == a->services);
	FUZZ_ASSERT(same(a, &b) == (btcwire_netaddr2_is_usable(a) ||
	    a->net == BTCWIRE_NET_TORV2));
	FUZZ_ASSERT(btcwire_netaddr_from_v2(&back, &b) == 0);
	FUZZ_ASSERT(memcmp(old.ip, back.ip, sizeof(old.ip)) == 0);
}

static void
check_address(const uint8_t *data, size_t size)
{
	struct btcwire_netaddr2 a = {
		.services = 1, .time = 2,
		.port = (uint16_t)(data[1] << 8 | data[2]), .net = data[0],
		.addr = { data + HEAD, size - HEAD },
	};
	char text[BTCWIRE_NETADDR_TEXT] = "#", again[BTCWIRE_NETADDR_TEXT];
	bool has_text = size > HEAD && size - HEAD == btcwire_net_len(data[0]);
	int rc = btcwire_netaddr2_to_text(text, sizeof(text), &a);

	FUZZ_ASSERT(rc == (has_text ? 0 : BTCPEER_E_BADVALUE));
	FUZZ_ASSERT(is_line(btcwire_net_name(data[0]), 16));
	if (!has_text) {
		FUZZ_ASSERT(strcmp(text, "#") == 0);
		FUZZ_ASSERT(!btcwire_netaddr2_is_usable(&a));
	} else {
		FUZZ_ASSERT(btcwire_netaddr2_to_text(again, strlen(text), &a) ==
		    BTCPEER_E_BUFFER);
		if (btcwire_netaddr2_is_usable(&a))
			check_again(&a);
		else
			check_unusable(&a, text);
	}
	check_form(&a);
}

static uint8_t
net_of(const uint8_t *ip)
{
	if (memcmp(ip, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0)
		return BTCWIRE_NET_IPV4;
	if (memcmp(ip, "\xfd\x87\xd8\x7e\xeb\x43", 6) == 0)
		return BTCWIRE_NET_TORV2;
	if (ip[0] == 2 || ip[0] == 3)
		return BTCWIRE_NET_YGGDRASIL;
	return ip[0] == 0xfc ? BTCWIRE_NET_CJDNS : BTCWIRE_NET_IPV6;
}

static void
check_old(const uint8_t *data)
{
	struct btcwire_netaddr old = { .time = 1, .services = 2, .port = 3 };
	struct btcwire_netaddr2 a;
	char text[BTCWIRE_NETADDR_TEXT], again[BTCWIRE_NETADDR_TEXT];

	memcpy(old.ip, data, sizeof(old.ip));
	btcwire_netaddr_to_v2(&a, &old);
	FUZZ_ASSERT(a.net == net_of(old.ip));
	FUZZ_ASSERT(a.addr.data >= old.ip &&
	    a.addr.data + a.addr.len == old.ip + sizeof(old.ip));
	FUZZ_ASSERT(btcwire_netaddr2_is_usable(&a) ==
	    (a.net != BTCWIRE_NET_TORV2));
	FUZZ_ASSERT(btcwire_netaddr_to_text(text, sizeof(text), &old) == 0);
	FUZZ_ASSERT(btcwire_netaddr2_to_text(again, sizeof(again), &a) == 0);
	FUZZ_ASSERT(strcmp(text, again) == 0);
	check_form(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = size > 0 ? strnlen((const char *)data, size) : 0;
	char *text = malloc(len + 1);

	FUZZ_ASSERT(text != NULL);
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	if (check_reading(text) == 0)
		FUZZ_ASSERT(check_splitting(text) == 0 || ends_in_port_0(text));
	else
		check_splitting(text);
	free(text);
	if (size >= HEAD)
		check_address(data, size);
	if (size >= HEAD + 16)
		check_old(data + HEAD);
	return 0;
}

static size_t
seed_bytes(struct gen *g, uint8_t *buf)
{
	static const uint8_t begin[][12] = {
		{ 0 }, { [10] = 0xff, [11] = 0xff }, { 0xfc }, { 0x02 },
		{ 0xfd, 0x87, 0xd8, 0x7e, 0xeb, 0x43 }, { 0x20, 0x01 } };
	uint8_t net = (uint8_t)(1 + gen_below(g, BTCWIRE_NET_YGGDRASIL));
	size_t len = btcwire_net_len(net);

	gen_fill(g, buf, HEAD + len);
	buf[0] = net;
	if (len == 16)
		memcpy(buf + HEAD, begin[gen_below(g, 6)],
		    (size_t)gen_below(g, 13));
	return HEAD + len;
}

/* Half of them texts: as written, in capitals, or without the port. */
size_t
fuzz_seed(struct gen *g, uint8_t *buf, size_t size)
{
	uint8_t bytes[HEAD + BTCWIRE_NETADDR_BYTES];
	struct btcwire_netaddr2 a;
	char text[BTCWIRE_NETADDR_TEXT];
	size_t len = seed_bytes(g, bytes), i;

	FUZZ_ASSERT(size >= sizeof(text));
	if (gen_below(g, 2) == 0) {
		memcpy(buf, bytes, len);
		return len;
	}
	a = (struct btcwire_netaddr2){ .port = (uint16_t)gen_u64(g),
	    .net = bytes[0], .addr = { bytes + HEAD, len - HEAD } };
	FUZZ_ASSERT(btcwire_netaddr2_to_text(text, sizeof(text), &a) == 0);
	len = strlen(text);
	if (gen_below(g, 4) == 0)
		len = (size_t)(strrchr(text, ':') - text);
	if (gen_below(g, 4) == 0)
		for (i = 0; i < len; i++)
			if (text[i] >= 'a' && text[i] <= 'z')
				text[i] = (char)(text[i] - 'a' + 'A');
	memcpy(buf, text, len);
	return len;
}
