#include "config.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "peer/options.h"
#include "peer/peer.h"
#include "peer/send.h"

#define MAX_COMMAND 12

void
btcp_control_take(struct btcpeer *p, struct btcwire_msg *msg)
{
	struct btcp_entry e = { .msg = msg, .control = true };
	int rc = BTCPEER_E_NOMEM;

	if (msg != NULL) {
		e.urgent = btcwire_msg_type(msg) == BTCWIRE_REJECT;
		e.size = btcp_send_size(msg);
		btcu_lock(&p->mtx);
		rc = p->state == BTCP_RUNNING ? btcp_queue_push(&p->queue, &e)
		    : BTCPEER_E_CLOSED;
		if (rc == 0)
			btcp_output_wake_locked(p, INT64_MIN);
		btcp_unlock(p);
	}
	if (rc == 0)
		return;
	btcwire_msg_unref(msg);
	if (rc == BTCPEER_E_FULL)
		btcp_end(p, BTCPEER_REASON_FLOOD,
		    "the remote does not read its replies: over %d bytes wait",
		    BTCP_CONTROL_MAX);
	else if (rc == BTCPEER_E_NOMEM)
		btcp_end(p, BTCPEER_REASON_NOMEM, "out of memory for a reply");
}

static void
make_and_take(struct btcpeer *p, enum btcwire_type type, const void *body)
{
	struct btcwire_msg *msg = NULL;

	(void)!btcwire_msg_new(&msg, type, body, NULL);
	btcp_control_take(p, msg);
}

void
btcp_control_empty(struct btcpeer *p, enum btcwire_type type)
{
	make_and_take(p, type, NULL);
}

void
btcp_control_ping(struct btcpeer *p, enum btcwire_type type, uint64_t nonce)
{
	struct btcwire_ping body = { .nonce = nonce };

	make_and_take(p, type, &body);
}

void
btcp_control_remote(struct btcwire_netaddr *na, int fd)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage ss;
	} u;
	socklen_t len = sizeof(u);

	if (getpeername(fd, &u.sa, &len) != 0)
		return;
	if (u.sa.sa_family == AF_INET) {
		memcpy(na->ip, mapped, sizeof(mapped));
		memcpy(na->ip + 12, &u.in.sin_addr, 4);
		na->port = ntohs(u.in.sin_port);
	} else if (u.sa.sa_family == AF_INET6) {
		memcpy(na->ip, &u.in6.sin6_addr, 16);
		na->port = ntohs(u.in6.sin6_port);
	}
}

/* ---- Our version and features ------------------------------------------ */

/* Of a host that is an address, not a name. */
static bool
literal_netaddr(struct btcwire_netaddr *na, const char *host, uint16_t port)
{
	uint8_t room[BTCWIRE_NETADDR_BYTES];
	struct btcwire_netaddr2 a;

	return btcwire_netaddr2_from_text(&a, room, host, port, NULL) == 0 &&
	    btcwire_netaddr_from_v2(na, &a) == 0;
}

/* Whether an address is the remote's and not that of the proxy.  When it is
 * not the program but the socket that told it, then in doubt it is not. */
static bool
is_beyond_proxy(const struct btcpeer *p, const struct btcwire_netaddr *na,
    bool by_program)
{
	struct btcwire_netaddr literal, proxy;
	char host[BTCP_PROXY_HOST];
	uint16_t port;

	if (!by_program && p->host != NULL &&
	    !literal_netaddr(&literal, p->host, p->port))
		return false;
	if (btcwire_split_host_port(host, sizeof(host), &port,
	    p->config.proxy, 0) != 0 || !literal_netaddr(&proxy, host, port))
		return by_program;
	return memcmp(proxy.ip, na->ip, sizeof(na->ip)) != 0;
}

/* Where the remote is, as far as that is known; else zeroes. */
static void
remote_netaddr(struct btcwire_netaddr *out, struct btcpeer *p)
{
	const struct btcpeer_config *c = &p->config;
	struct btcwire_netaddr na = { 0 };
	bool by_program = p->host != NULL && c->host_to_netaddr != NULL;
	bool found = true;

	if (by_program)
		found = c->host_to_netaddr(c->user, &na, p->host, p->port);
	else
		btcp_control_remote(&na, p->fd_io.fd);
	if (found && c->proxy != NULL)
		found = is_beyond_proxy(p, &na, by_program);
	*out = (struct btcwire_netaddr){ 0 };
	if (found) {
		memcpy(out->ip, na.ip, sizeof(out->ip));
		out->port = na.port;
	}
	btcu_lock(&p->mtx);
	out->services = p->stats.services;
	p->stats.netaddr = *out;
	btcp_unlock(p);
}

void
btcp_control_version(struct btcpeer *p)
{
	const struct btcpeer_config *c = &p->config;
	struct btcwire_netaddr local = { 0 };
	struct btcwire_version v = {
		.version = (int32_t)c->protocol_version,
		.services = c->services,
		.timestamp = btcp_wall_s(p),
		.addr_from = { .services = c->services },
		.nonce = p->nonce.value,
		.user_agent = { (const uint8_t *)c->user_agent,
		    strlen(c->user_agent) },
		.relay = !c->disable_relay,
	};

	remote_netaddr(&v.addr_recv, p);
	if (c->best_local_addr != NULL &&
	    c->best_local_addr(c->user, &local, &v.addr_recv)) {
		v.addr_from = local;
		v.addr_from.services = c->services;
	}
	if (c->newest_block != NULL)
		v.start_height = c->newest_block(c->user);
	make_and_take(p, BTCWIRE_VERSION, &v);
}

void
btcp_control_features(struct btcpeer *p)
{
	const struct btcpeer_feature *f = p->config.features;
	struct btcwire_feature body;
	size_t i;

	for (i = 0; i < p->config.features_len; i++, f++) {
		body.id = (struct btcwire_bytes){ (const uint8_t *)f->id,
		    strlen(f->id) };
		body.data = (struct btcwire_bytes){ f->data, f->data_len };
		make_and_take(p, BTCWIRE_FEATURE, &body);
	}
}

/* ---- Rejects ----------------------------------------------------------- */

int
btcp_control_make_reject(struct btcwire_msg **out, const char *command,
    unsigned code, const char *reason, const struct btcwire_hash *hash)
{
	struct btcwire_reject r = {
		.command = { (const uint8_t *)command,
		    strnlen(command, MAX_COMMAND + 1) },
		.code = (uint8_t)code,
		.reason = { (const uint8_t *)reason,
		    strnlen(reason, BTCP_REJECT_TEXT) },
	};

	if (r.command.len == 0 || r.command.len > MAX_COMMAND ||
	    code > UINT8_MAX)
		return BTCPEER_E_INVAL;
	if (hash != NULL) {
		r.has_hash = true;
		r.hash = *hash;
	}
	return btcwire_msg_new(out, BTCWIRE_REJECT, &r, NULL);
}

void
btcp_control_reject(struct btcpeer *p, const char *command, uint8_t code,
    const char *reason)
{
	struct btcwire_msg *msg = NULL;

	if (p->pver < BTCWIRE_PVER_REJECT)
		return;
	(void)!btcp_control_make_reject(&msg, command, code, reason, NULL);
	btcp_control_take(p, msg);
}
