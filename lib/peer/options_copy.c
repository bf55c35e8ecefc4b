/*
 * What a configuration points to: checked, and copied so that it is the
 * peer's own.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "peer/options.h"
#include "util/err.h"
#include "util/text.h"

#define LIBRARY "/libbtcpeer:" BTCPEER_VERSION_STRING "/"
#define NO_MEMORY "out of memory"
#define TOO_LONG "the user agent would be longer than 256 bytes"

int
btcp_options_bad(struct btcpeer_error *err, int code, const char *field,
    const char *why)
{
	return btcu_error(err, code, 0, "%s: %s", field, why);
}

static int
bad(struct btcpeer_error *err, const char *field, const char *why)
{
	return btcp_options_bad(err, BTCPEER_E_INVAL, field, why);
}

static bool
is_printable(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

/* NULL when there is no memory. */
static void *
copy_bytes(const void *src, size_t len)
{
	void *p = malloc(len);

	return p != NULL ? memcpy(p, src, len) : NULL;
}

/* ---- User agent (BIP 14) ----------------------------------------------- */

/* One part of it; reserved are the characters that end such a part. */
static int
check_part(const char *part, const char *field, const char *reserved,
    struct btcpeer_error *err)
{
	if (part == NULL)
		return bad(err, field, "one of them is NULL");
	if (*part == '\0')
		return bad(err, field, "empty");
	if (!is_printable(part))
		return bad(err, field, "not printable ASCII");
	if (part[strcspn(part, reserved)] != '\0')
		return bad(err, field, "a character that BIP 14 reserves");
	return 0;
}

static int
check_name(const struct btcpeer_config *c, struct btcpeer_error *err)
{
	int rc;

	if (c->user_agent_name == NULL) {
		if (c->user_agent_version != NULL)
			return bad(err, "user_agent_version",
			    "only with user_agent_name");
		if (c->user_agent_comments_len > 0)
			return bad(err, "user_agent_comments",
			    "only with user_agent_name");
		return 0;
	}
	if (c->user_agent != NULL)
		return bad(err, "user_agent_name", "not with user_agent");
	rc = check_part(c->user_agent_name, "user_agent_name", "/:()", err);
	if (rc == 0 && c->user_agent_version != NULL)
		rc = check_part(c->user_agent_version, "user_agent_version",
		    "/:()", err);
	if (rc == 0 && c->user_agent_comments_len > 0 &&
	    c->user_agent_comments == NULL)
		rc = bad(err, "user_agent_comments", "NULL");
	return rc;
}

/* Write name, version and comments after the library's own part. */
static int
compose(struct btcu_text *t, const struct btcpeer_config *c,
    struct btcpeer_error *err)
{
	size_t i;
	int rc;

	btcu_text_printf(t, LIBRARY "%s", c->user_agent_name);
	if (c->user_agent_version != NULL)
		btcu_text_printf(t, ":%s", c->user_agent_version);
	if (t->len >= BTCWIRE_MAX_USER_AGENT)
		return bad(err, "user_agent_name", TOO_LONG);
	for (i = 0; i < c->user_agent_comments_len; i++) {
		rc = check_part(c->user_agent_comments[i],
		    "user_agent_comments", "/:();", err);
		if (rc != 0)
			return rc;
		btcu_text_printf(t, "%s%s", i == 0 ? "(" : "; ",
		    c->user_agent_comments[i]);
		/* What ends it, ")/", has to fit as well. */
		if (t->len + 2 > BTCWIRE_MAX_USER_AGENT)
			return bad(err, "user_agent_comments", TOO_LONG);
	}
	btcu_text_printf(t, "%s/", i > 0 ? ")" : "");
	return 0;
}

static int
copy_user_agent(struct btcpeer_config *c, const struct btcpeer_config *src,
    struct btcpeer_error *err)
{
	char composed[BTCWIRE_MAX_USER_AGENT + 1];
	const char *ua = src->user_agent;
	struct btcu_text t;
	int rc = check_name(src, err);

	if (rc == 0 && src->user_agent_name != NULL) {
		btcu_text_init(&t, composed, sizeof(composed));
		rc = compose(&t, src, err);
		ua = composed;
	} else if (ua == NULL) {
		ua = LIBRARY;
	}
	if (rc != 0)
		return rc;
	if (strlen(ua) > BTCWIRE_MAX_USER_AGENT)
		return bad(err, "user_agent", "longer than 256 bytes");
	if (!is_printable(ua))
		return bad(err, "user_agent", "not printable ASCII");
	c->user_agent = copy_bytes(ua, strlen(ua) + 1);
	return c->user_agent != NULL ? 0 : btcp_options_bad(err,
	    BTCPEER_E_NOMEM, "user_agent", NO_MEMORY);
}

/* ---- Proxy ------------------------------------------------------------- */

static int
copy_proxy(struct btcpeer_config *c, const struct btcpeer_config *src,
    struct btcpeer_error *err)
{
	char host[BTCP_PROXY_HOST];
	uint16_t port;

	if (src->proxy == NULL)
		return 0;
	if (btcwire_split_host_port(host, sizeof(host), &port, src->proxy,
	    0) != 0 || port == 0)
		return bad(err, "proxy", "not host:port");
	c->proxy = copy_bytes(src->proxy, strlen(src->proxy) + 1);
	return c->proxy != NULL ? 0 : btcp_options_bad(err, BTCPEER_E_NOMEM,
	    "proxy", NO_MEMORY);
}

/* ---- Features (BIP 434) ------------------------------------------------ */

/* size grows by what the copies of the i-th one need. */
static int
check_feature(size_t *size, const struct btcpeer_feature *v, size_t i,
    struct btcpeer_error *err)
{
	const struct btcpeer_feature *f = &v[i];
	size_t j, len;

	if (f->id == NULL)
		return bad(err, "features", "one without an id");
	len = strnlen(f->id, BTCWIRE_MAX_FEATURE_ID + 1);
	if (len < BTCWIRE_MIN_FEATURE_ID || len > BTCWIRE_MAX_FEATURE_ID)
		return bad(err, "features",
		    "an id that is not 4 to 80 characters long");
	if (!is_printable(f->id))
		return bad(err, "features",
		    "an id that is not printable ASCII");
	if (f->data_len > BTCWIRE_MAX_FEATURE_DATA)
		return bad(err, "features", "data longer than 512 bytes");
	if (f->data_len > 0 && f->data == NULL)
		return bad(err, "features", "data that is NULL");
	for (j = 0; j < i; j++)
		if (strcmp(v[j].id, f->id) == 0)
			return bad(err, "features", "one id twice");
	*size += len + 1 + f->data_len;
	return 0;
}

/* One block: the array, then ids and data. */
static int
copy_features(struct btcpeer_config *c, const struct btcpeer_config *src,
    struct btcpeer_error *err)
{
	size_t i, n = src->features_len, size = n * sizeof(*src->features);
	struct btcpeer_feature *v;
	char *at;
	int rc;

	if (n == 0)
		return 0;
	if (n > BTCPEER_MAX_FEATURES)
		return bad(err, "features_len", "more than 64");
	if (src->features == NULL)
		return bad(err, "features", "NULL");
	for (i = 0; i < n; i++)
		if ((rc = check_feature(&size, src->features, i, err)) != 0)
			return rc;
	v = malloc(size);
	if (v == NULL)
		return btcp_options_bad(err, BTCPEER_E_NOMEM, "features",
		    NO_MEMORY);
	at = (char *)(v + n);
	for (i = 0; i < n; i++) {
		v[i] = src->features[i];
		size = strlen(v[i].id) + 1;
		v[i].id = memcpy(at, v[i].id, size);
		at += size;
		v[i].data = v[i].data_len == 0 ? NULL
		    : memcpy(at, v[i].data, v[i].data_len);
		at += v[i].data_len;
	}
	c->features = v;
	c->features_len = n;
	return 0;
}

/* ---- Stall rules ------------------------------------------------------- */

static int
check_rule(const struct btcpeer_stall_rule *v, size_t i,
    struct btcpeer_error *err)
{
	size_t j;

	switch (v[i].request) {
	case BTCWIRE_GETDATA:
	case BTCWIRE_GETHEADERS:
	case BTCWIRE_GETBLOCKS:
	case BTCWIRE_MEMPOOL:
	case BTCWIRE_GETADDR:
	case BTCWIRE_GETBLOCKTXN:
	case BTCWIRE_GETCFILTERS:
	case BTCWIRE_GETCFHEADERS:
	case BTCWIRE_GETCFCHECKPT:
		break;
	default:
		return bad(err, "stall_rules",
		    "for a message that is no request");
	}
	if (v[i].timeout_ms > BTCP_YEAR_MS)
		return bad(err, "stall_rules", "longer than a year");
	for (j = 0; j < i; j++)
		if (v[j].request == v[i].request)
			return bad(err, "stall_rules", "one request twice");
	return 0;
}

static int
copy_stall_rules(struct btcpeer_config *c, const struct btcpeer_config *src,
    struct btcpeer_error *err)
{
	size_t i, n = src->stall_rules_len;
	int rc;

	if (n == 0)
		return 0;
	if (src->stall_rules == NULL)
		return bad(err, "stall_rules", "NULL");
	for (i = 0; i < n; i++)
		if ((rc = check_rule(src->stall_rules, i, err)) != 0)
			return rc;
	c->stall_rules = copy_bytes(src->stall_rules,
	    n * sizeof(*src->stall_rules));
	if (c->stall_rules == NULL)
		return btcp_options_bad(err, BTCPEER_E_NOMEM, "stall_rules",
		    NO_MEMORY);
	c->stall_rules_len = n;
	return 0;
}

/* ---- All of it --------------------------------------------------------- */

static void
forget(struct btcpeer_config *c)
{
	c->user_agent = c->user_agent_name = c->user_agent_version = NULL;
	c->user_agent_comments = NULL;
	c->user_agent_comments_len = 0;
	c->proxy = NULL;
	c->features = NULL;
	c->features_len = 0;
	c->stall_rules = NULL;
	c->stall_rules_len = 0;
	c->clock = NULL;
}

int
btcp_options_copy(struct btcpeer_config *c, struct btcpeer_error *err)
{
	struct btcpeer_config src = *c;
	int rc;

	forget(c);
	if ((rc = copy_user_agent(c, &src, err)) != 0 ||
	    (rc = copy_proxy(c, &src, err)) != 0 ||
	    (rc = copy_features(c, &src, err)) != 0 ||
	    (rc = copy_stall_rules(c, &src, err)) != 0)
		btcp_options_clear(c);
	else if (src.clock != NULL)
		c->clock = btcpeer_clock_ref(src.clock);
	return rc;
}

static void
drop(const void *owned)
{
	free((void *)(uintptr_t)owned);
}

void
btcp_options_clear(struct btcpeer_config *c)
{
	drop(c->user_agent);
	drop(c->proxy);
	drop(c->features);
	drop(c->stall_rules);
	btcpeer_clock_unref(c->clock);
	forget(c);
}
