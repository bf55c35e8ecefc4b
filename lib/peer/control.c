#include "config.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "peer/peer.h"
#include "peer/send.h"

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
		btcu_unlock(&p->mtx);
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

/* Where the remote is, in the old form; zeroes if it is nowhere on the net. */
static void
remote_netaddr(struct btcwire_netaddr *na, int fd)
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

void
btcp_control_version(struct btcpeer *p)
{
	const struct btcpeer_config *c = &p->config;
	struct btcwire_version v = {
		.version = (int32_t)c->protocol_version,
		.services = c->services,
		.timestamp = btcu_wall_s(),
		.addr_from = { .services = c->services },
		.nonce = p->nonce.value,
		.user_agent = { (const uint8_t *)c->user_agent,
		    strlen(c->user_agent) },
		.relay = !c->disable_relay,
	};

	remote_netaddr(&v.addr_recv, p->fd_io.fd);
	if (c->newest_block != NULL)
		v.start_height = c->newest_block(c->user);
	make_and_take(p, BTCWIRE_VERSION, &v);
}

void
btcp_control_reject(struct btcpeer *p, const char *command, uint8_t code,
    const char *reason)
{
	struct btcwire_reject r = {
		.command = { (const uint8_t *)command, strlen(command) },
		.code = code,
		.reason = { (const uint8_t *)reason, strnlen(reason, 111) },
	};

	if (p->pver >= BTCWIRE_PVER_REJECT)
		make_and_take(p, BTCWIRE_REJECT, &r);
}
