#include "config.h"

#include <assert.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "peer/options.h"

#define END_OF(type, member) \
	(offsetof(type, member) + sizeof(((type *)0)->member))

/* What each struct was in release 0.1: callers built against it stay welcome.
 * No hidden padding at an end: a later field could land in it unzeroed. */
#define CONFIG_0_1    END_OF(struct btcpeer_config, reserved)
#define LISTENERS_0_1 END_OF(struct btcpeer_listeners, on_pkgtxns)
static_assert(CONFIG_0_1 == sizeof(struct btcpeer_config),
    "pad struct btcpeer_config by hand");
static_assert(LISTENERS_0_1 == sizeof(struct btcpeer_listeners),
    "pad struct btcpeer_listeners by hand");
static_assert(END_OF(struct btcpeer_send, reserved) ==
    sizeof(struct btcpeer_send), "pad struct btcpeer_send by hand");
static_assert(END_OF(struct btcpeer_stats, why) ==
    sizeof(struct btcpeer_stats), "pad struct btcpeer_stats by hand");

static int
bad(struct btcpeer_error *err, const char *field, const char *why)
{
	return btcp_options_bad(err, BTCPEER_E_INVAL, field, why);
}

int
btcp_sized_copy(void *dst, size_t dst_size, const void *src, size_t min)
{
	const unsigned char *p = src;
	size_t size, i;

	memcpy(&size, src, sizeof(size));
	if (size < min || size > BTCP_SIZE_SANE)
		return BTCPEER_E_INVAL;
	for (i = dst_size; i < size; i++)
		if (p[i] != 0)
			return BTCPEER_E_UNSUPP;
	memcpy(dst, src, size < dst_size ? size : dst_size);
	return 0;
}

/* Times: 0 becomes the default, negative stays "never". */
static const struct {
	const char *name;
	size_t offset;
	int64_t value;
} times[] = {
#define TIME(field, ms) { #field, offsetof(struct btcpeer_config, field), ms }
	TIME(handshake_timeout_ms, 30000),
	TIME(idle_timeout_ms, 300000),
	TIME(ping_interval_ms, 120000),
	TIME(ping_timeout_ms, 1200000),
	TIME(stall_timeout_ms, 30000),
	TIME(write_timeout_ms, 20000),
	TIME(trickle_ms, 10000),
#undef TIME
};

static int
load_times(struct btcpeer_config *c, struct btcpeer_error *err)
{
	int64_t *t;
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(*times); i++) {
		t = (int64_t *)(void *)((char *)c + times[i].offset);
		if (*t == 0)
			*t = times[i].value;
		if (*t > BTCP_YEAR_MS)
			return bad(err, times[i].name,
			    "longer than a year");
	}
	return 0;
}

static void
load_bounds(struct btcpeer_config *c)
{
	if (c->queue_max_bytes == 0)
		c->queue_max_bytes = 16 << 20;
	if (c->queue_max_msgs == 0)
		c->queue_max_msgs = 10000;
	if (c->known_inventory_max == 0)
		c->known_inventory_max = 5000;
	if (c->stack_size == 0)
		c->stack_size = 256 << 10;
}

static int
load_versions(struct btcpeer_config *c, struct btcpeer_error *err)
{
	if (c->protocol_version == 0)
		c->protocol_version = BTCWIRE_PVER_NEWEST;
	if (c->min_protocol_version == 0)
		c->min_protocol_version = 209;
	if (c->protocol_version > BTCWIRE_PVER_NEWEST)
		return bad(err, "protocol_version",
		    "newer than this library speaks");
	if (c->min_protocol_version > c->protocol_version)
		return bad(err, "min_protocol_version",
		    "above protocol_version");
	return 0;
}

static int
check_ranges(const struct btcpeer_config *c, struct btcpeer_error *err)
{
	if (c->known_inventory_max > UINT32_MAX / 2)
		return bad(err, "known_inventory_max", "too large");
	if (c->stack_size < 65536)
		return bad(err, "stack_size", "below 65536 bytes");
	if ((unsigned)c->malformed > BTCPEER_MALFORMED_IGNORE)
		return bad(err, "malformed", "no such policy");
	if ((unsigned)c->log_level > BTCPEER_LOG_TRACE)
		return bad(err, "log_level", "no such level");
	if (c->log_level > BTCPEER_LOG_OFF && c->log == NULL)
		return bad(err, "log", "needed for log_level");
	if (c->reserved != 0)
		return bad(err, "reserved", "not 0");
	return 0;
}

int
btcp_options_load(struct btcpeer_config *config, struct btcpeer_listeners *on,
    const struct btcpeer_config *src, struct btcpeer_error *err)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;
	int rc = 0;

	*on = (struct btcpeer_listeners)BTCPEER_LISTENERS_INIT;
	if (src != NULL)
		rc = btcp_sized_copy(&c, sizeof(c), src, CONFIG_0_1);
	if (rc != 0)
		return btcp_options_bad(err, rc, "size", rc == BTCPEER_E_INVAL ?
		    "begin with BTCPEER_CONFIG_INIT" :
		    "a field is set that this library does not know");
	if (c.listeners != NULL)
		rc = btcp_sized_copy(on, sizeof(*on), c.listeners,
		    LISTENERS_0_1);
	if (rc != 0)
		return btcp_options_bad(err, rc, "listeners",
		    rc == BTCPEER_E_INVAL ?
		    "begin with BTCPEER_LISTENERS_INIT" :
		    "a listener is set that this library does not know");
	if (c.chain == NULL)
		c.chain = btcwire_chain(BTCWIRE_MAINNET);
	c.listeners = NULL;
	load_bounds(&c);
	if ((rc = load_times(&c, err)) != 0 ||
	    (rc = load_versions(&c, err)) != 0 ||
	    (rc = check_ranges(&c, err)) != 0 ||
	    (rc = btcp_options_copy(&c, err)) != 0)
		return rc;
	*config = c;
	return 0;
}
