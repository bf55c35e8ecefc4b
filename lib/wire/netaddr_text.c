/*
 * Network addresses as text: read strictly, and written in one way only, on
 * every system the same (RFC 5952 for IPv6).
 */
#include "config.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include <btcpeer/wire.h>
#include "util/err.h"
#include "util/text.h"
#include "wire/base32.h"

enum {
	KEY = 32,		/* bytes: Tor v3's public key, I2P's hash */
	ONION_BYTES = KEY + 3,	/* key, checksum, version */
	ONION_VERSION = 3,
	ONION_LEN = BTCWIRE_BASE32_LEN(ONION_BYTES),
	I2P_LEN = BTCWIRE_BASE32_LEN(KEY),
	TORV2_BYTES = 10,
	TORV2_LEN = BTCWIRE_BASE32_LEN(TORV2_BYTES)
};

/* "host:port" in its parts. */
struct parts {
	const char *host;
	size_t host_len;
	bool v6;	/* it has colons, so nothing else may be meant */
	bool has_port;
	uint16_t port;
};

static int
fail(struct btcpeer_error *err, int code, size_t offset, const char *what)
{
	return btcu_error(err, code, offset, "address: %s", what);
}

static int
bad(struct btcpeer_error *err, size_t offset, const char *what)
{
	return fail(err, BTCPEER_E_BADVALUE, offset, what);
}

/* ---- Tor v3 ------------------------------------------------------------ */

/*
 * From a key its name in bytes: the checksum covers a label, the key and the
 * version.  False when libcrypto has no memory; its queue of errors, which is
 * the program's, stays as it was.
 */
static bool
onion_from_key(uint8_t out[ONION_BYTES], const uint8_t key[KEY])
{
	static const char label[] = ".onion checksum";
	enum { LABEL = sizeof(label) - 1 };
	uint8_t in[LABEL + KEY + 1], sum[EVP_MAX_MD_SIZE];
	int ok;

	memcpy(in, label, LABEL);
	memcpy(in + LABEL, key, KEY);
	in[sizeof(in) - 1] = ONION_VERSION;
	ERR_set_mark();
	ok = EVP_Digest(in, sizeof(in), sum, NULL, EVP_sha3_256(), NULL);
	ERR_pop_to_mark();
	if (ok != 1)
		return false;
	memcpy(out, key, KEY);
	memcpy(out + KEY, sum, 2);
	out[KEY + 2] = ONION_VERSION;
	return true;
}

/* ---- Writing ----------------------------------------------------------- */

static void
put_ip4(struct btcu_text *t, const uint8_t *ip)
{
	btcu_text_printf(t, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
}

/* The first of the longest runs of two groups or more that are zero. */
static size_t
find_zeroes(size_t *len, const uint8_t *ip)
{
	size_t i, run = 0, best = 8;

	*len = 1;
	for (i = 0; i < 8; i++) {
		run = ip[2 * i] == 0 && ip[2 * i + 1] == 0 ? run + 1 : 0;
		if (run > *len) {
			*len = run;
			best = i + 1 - run;
		}
	}
	return best;
}

static void
put_ip6(struct btcu_text *t, const uint8_t *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	size_t skip_len, skip = find_zeroes(&skip_len, ip), i = 0;

	if (memcmp(ip, mapped, sizeof(mapped)) == 0) {
		btcu_text_printf(t, "::ffff:");
		put_ip4(t, ip + sizeof(mapped));
		return;
	}
	while (i < 8) {
		if (i == skip) {
			btcu_text_printf(t, "::");
			i += skip_len;
			continue;
		}
		btcu_text_printf(t, "%s%x", i == 0 || i == skip + skip_len ?
		    "" : ":", (unsigned)(ip[2 * i] << 8 | ip[2 * i + 1]));
		i++;
	}
}

static void
put_base32(struct btcu_text *t, const uint8_t *data, size_t len,
    const char *suffix)
{
	char letters[ONION_LEN + 1];

	btcwire_base32_encode(letters, data, len);
	btcu_text_printf(t, "%s%s", letters, suffix);
}

static int
put_host(struct btcu_text *t, const struct btcwire_netaddr2 *a)
{
	uint8_t onion[ONION_BYTES];

	switch (a->net) {
	case BTCWIRE_NET_IPV4:
		put_ip4(t, a->addr.data);
		break;
	case BTCWIRE_NET_TORV2:
		put_base32(t, a->addr.data, TORV2_BYTES, ".onion");
		break;
	case BTCWIRE_NET_TORV3:
		if (!onion_from_key(onion, a->addr.data))
			return BTCPEER_E_NOMEM;
		put_base32(t, onion, sizeof(onion), ".onion");
		break;
	case BTCWIRE_NET_I2P:
		put_base32(t, a->addr.data, KEY, ".b32.i2p");
		break;
	default:
		btcu_text_printf(t, "[");
		put_ip6(t, a->addr.data);
		btcu_text_printf(t, "]");
	}
	return 0;
}

int
btcwire_netaddr2_to_text(char *buf, size_t size,
    const struct btcwire_netaddr2 *a)
{
	char text[BTCWIRE_NETADDR_TEXT];
	struct btcu_text t;
	int rc;

	if (a->addr.len == 0 || a->addr.len != btcwire_net_len(a->net))
		return BTCPEER_E_BADVALUE;
	btcu_text_init(&t, text, sizeof(text));
	if ((rc = put_host(&t, a)) != 0)
		return rc;
	btcu_text_printf(&t, ":%u", a->port);
	if (t.len >= size)
		return BTCPEER_E_BUFFER;
	memcpy(buf, text, t.len + 1);
	return 0;
}

int
btcwire_netaddr_to_text(char *buf, size_t size,
    const struct btcwire_netaddr *a)
{
	struct btcwire_netaddr2 v2;

	btcwire_netaddr_to_v2(&v2, a);
	return btcwire_netaddr2_to_text(buf, size, &v2);
}

/* ---- Host and port ----------------------------------------------------- */

static const char *
split_port(struct parts *p, const char **at, const char *digits)
{
	uint32_t port = 0;
	const char *s;

	*at = digits;
	if (digits[0] == '0' && digits[1] != '\0')
		return "the port begins with a zero";
	for (s = digits; *s != '\0'; s++) {
		*at = s;
		if (*s < '0' || *s > '9')
			return "the port is not a number";
		port = port * 10 + (uint32_t)(*s - '0');
		if (port > UINT16_MAX)
			return "the port is over 65535";
	}
	if (s == digits)
		return "no port after the colon";
	*at = digits;
	p->has_port = true;
	p->port = (uint16_t)port;
	return NULL;
}

/* What is wrong, and at what; or NULL. */
static const char *
split(struct parts *p, const char **at, const char *text)
{
	const char *end, *colon;

	*p = (struct parts){ .host = text };
	if (text[0] == '[') {
		p->host++;
		p->v6 = true;
		end = strchr(p->host, ']');
	} else {
		colon = strchr(text, ':');
		p->v6 = colon != NULL && strchr(colon + 1, ':') != NULL;
		end = colon != NULL && !p->v6 ? colon : text + strlen(text);
	}
	*at = text;
	if (end == NULL)
		return "no bracket closes the first";
	*at = p->host;
	p->host_len = (size_t)(end - p->host);
	if (p->host_len == 0)
		return "no host";
	if (*end == ']') {
		end++;
		*at = end;
		if (*end != '\0' && *end != ':')
			return "more than a port after the bracket";
	}
	return *end == ':' ? split_port(p, at, end + 1) : NULL;
}

/* Whether the text is that of the four bytes; some systems read more forms. */
static bool
is_ip4_of(const uint8_t *ip, const char *text)
{
	char again[sizeof("255.255.255.255")];
	struct btcu_text t;

	btcu_text_init(&t, again, sizeof(again));
	put_ip4(&t, ip);
	return strcmp(again, text) == 0;
}

static bool
read_ip4(uint8_t ip[4], const char *host, size_t len)
{
	char text[sizeof("255.255.255.255")];

	if (len >= sizeof(text))
		return false;
	memcpy(text, host, len);
	text[len] = '\0';
	return inet_pton(AF_INET, text, ip) == 1 && is_ip4_of(ip, text);
}

static bool
read_ip6(uint8_t ip[16], const char *host, size_t len)
{
	char text[INET6_ADDRSTRLEN];
	const char *tail;

	if (len >= sizeof(text))
		return false;
	memcpy(text, host, len);
	text[len] = '\0';
	if (inet_pton(AF_INET6, text, ip) != 1)
		return false;
	tail = strrchr(text, ':');
	return tail == NULL || strchr(tail, '.') == NULL ||
	    is_ip4_of(ip + 12, tail + 1);
}

/* An IPv6 address, perhaps with a zone: fe80::1%eth0. */
static bool
is_v6_host(const char *host, size_t len)
{
	const char *zone = memchr(host, '%', len);
	size_t ip_len = zone != NULL ? (size_t)(zone - host) : len;
	uint8_t ip[16];

	return ip_len + 1 != len && read_ip6(ip, host, ip_len);
}

/* Leaves it to the resolver what names there are. */
static bool
is_clean(const char *host, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		uint8_t c = (uint8_t)host[i];

		if (c <= ' ' || c == 0x7f || c == '[' || c == ']')
			return false;
	}
	return true;
}

int
btcwire_split_host_port(char *host, size_t host_size, uint16_t *port,
    const char *text, uint16_t default_port)
{
	struct parts p;
	const char *at;

	if (split(&p, &at, text) != NULL || (p.has_port && p.port == 0))
		return BTCPEER_E_BADVALUE;
	if (!is_clean(p.host, p.host_len) ||
	    (p.v6 && !is_v6_host(p.host, p.host_len)))
		return BTCPEER_E_BADVALUE;
	if (p.host_len >= host_size)
		return BTCPEER_E_BUFFER;
	memcpy(host, p.host, p.host_len);
	host[p.host_len] = '\0';
	*port = p.has_port ? p.port : default_port;
	return 0;
}

/* ---- Reading ----------------------------------------------------------- */

/* In ASCII, whatever the locale; suffix is in lower case. */
static bool
ends_with(const struct parts *p, const char *suffix)
{
	size_t len = strlen(suffix), i;

	if (p->host_len < len)
		return false;
	for (i = 0; i < len; i++) {
		char c = p->host[p->host_len - len + i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != suffix[i])
			return false;
	}
	return true;
}

static int
read_letters(uint8_t *data, size_t len, const char *text, size_t offset,
    struct btcpeer_error *err)
{
	size_t want = BTCWIRE_BASE32_LEN(len);
	size_t got = btcwire_base32_decode(data, len, text);

	return got == want ? 0 : bad(err, offset + got, "not base32");
}

static int
read_onion(uint8_t room[KEY], const struct parts *p, size_t offset,
    struct btcpeer_error *err)
{
	uint8_t got[ONION_BYTES], want[ONION_BYTES];
	size_t len = p->host_len - strlen(".onion");
	int rc;

	if (len == TORV2_LEN)
		return bad(err, offset, "Tor v2 is out of use");
	if (len != ONION_LEN)
		return bad(err, offset, "a Tor name has 56 letters");
	if ((rc = read_letters(got, sizeof(got), p->host, offset, err)) != 0)
		return rc;
	if (got[KEY + 2] != ONION_VERSION)
		return bad(err, offset + ONION_LEN - 2,
		    "the version of this Tor name is not known");
	if (!onion_from_key(want, got))
		return fail(err, BTCPEER_E_NOMEM, offset, "out of memory");
	if (memcmp(got, want, sizeof(got)) != 0)
		return bad(err, offset + KEY * 8 / 5,
		    "wrong checksum in a Tor name");
	memcpy(room, got, KEY);
	return 0;
}

static int
read_i2p(uint8_t room[KEY], const struct parts *p, size_t offset,
    struct btcpeer_error *err)
{
	if (p->host_len != I2P_LEN + strlen(".b32.i2p"))
		return bad(err, offset, "an I2P name has 52 letters");
	return read_letters(room, KEY, p->host, offset, err);
}

/* A view into old, which is room for an address of either length. */
static int
read_ip(struct btcwire_netaddr2 *a, struct btcwire_netaddr *old,
    const struct parts *p, size_t offset, struct btcpeer_error *err)
{
	if (!p->v6) {
		if (!read_ip4(old->ip, p->host, p->host_len))
			return bad(err, offset, "not an address");
		a->net = BTCWIRE_NET_IPV4;
		a->addr = (struct btcwire_bytes){ old->ip, 4 };
		return 0;
	}
	if (!read_ip6(old->ip, p->host, p->host_len))
		return bad(err, offset, "not an IPv6 address");
	btcwire_netaddr_to_v2(a, old);
	if (a->net == BTCWIRE_NET_TORV2)
		return bad(err, offset, "Tor v2 is out of use");
	return 0;
}

int
btcwire_netaddr2_from_text(struct btcwire_netaddr2 *out,
    uint8_t room[BTCWIRE_NETADDR_BYTES], const char *text, uint16_t port,
    struct btcpeer_error *err)
{
	uint8_t key[KEY];
	struct btcwire_netaddr old = { 0 };
	struct btcwire_netaddr2 a = { .addr = { key, sizeof(key) } };
	struct parts p;
	const char *at, *wrong = split(&p, &at, text);
	size_t offset = (size_t)(p.host - text);
	int rc;

	if (wrong != NULL)
		return bad(err, (size_t)(at - text), wrong);
	if (!p.v6 && ends_with(&p, ".onion")) {
		a.net = BTCWIRE_NET_TORV3;
		rc = read_onion(key, &p, offset, err);
	} else if (!p.v6 && ends_with(&p, ".b32.i2p")) {
		a.net = BTCWIRE_NET_I2P;
		rc = read_i2p(key, &p, offset, err);
	} else {
		rc = read_ip(&a, &old, &p, offset, err);
	}
	if (rc != 0)
		return rc;
	a.port = p.has_port ? p.port : port;
	if (a.net == BTCWIRE_NET_I2P)
		a.port = 0;
	memcpy(room, a.addr.data, a.addr.len);
	a.addr.data = room;
	*out = a;
	return 0;
}
