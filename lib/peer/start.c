#include "config.h"

#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer/peer.h"

static void
name_remote(struct btcpeer *p, int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char host[48], port[8];

	if (atomic_load(&p->named))
		return;
	if (getpeername(fd, (struct sockaddr *)&ss, &len) != 0 ||
	    (ss.ss_family != AF_INET && ss.ss_family != AF_INET6) ||
	    getnameinfo((struct sockaddr *)&ss, len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		snprintf(p->addr, BTCP_SOCKET_ADDR + 1, "local");
	else
		snprintf(p->addr, BTCP_SOCKET_ADDR + 1,
		    ss.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	atomic_store(&p->named, true);
}

static void
note_netaddr(struct btcpeer *p, int fd)
{
	struct btcwire_netaddr na = { 0 };

	btcp_control_remote(&na, fd);
	btcu_lock(&p->mtx);
	p->stats.netaddr = na;
	btcp_unlock(p);
}

/* All three, or none: they wait for mtx, which the caller holds, and leave at
 * once when start_failed is set. */
static int make_threads_locked(struct btcpeer *p)
    REQUIRES(p->mtx);

static int
make_threads_locked(struct btcpeer *p)
{
	static const struct {
		void *(*run)(void *);
		size_t member;
	} t[] = {
		{ btcp_input_main, offsetof(struct btcpeer, input) },
		{ btcp_output_main, offsetof(struct btcpeer, output) },
		{ btcp_stall_main, offsetof(struct btcpeer, stall) },
	};
	pthread_t *id[3];
	size_t i;

	for (i = 0; i < 3; i++) {
		id[i] = (pthread_t *)(void *)((char *)p + t[i].member);
		if (btcu_thread_start(id[i], p->config.stack_size, t[i].run,
		    p) != 0)
			break;
	}
	if (i == 3)
		return 0;
	p->start_failed = true;
	btcp_unlock(p);
	while (i-- > 0)
		pthread_join(*id[i], NULL);
	btcu_lock(&p->mtx);
	return BTCPEER_E_THREAD;
}

static int start_locked(struct btcpeer *p)
    REQUIRES(p->mtx);

static int
start_locked(struct btcpeer *p)
{
	struct btcpeer_config *c = &p->config;
	int64_t now = btcp_now_ms(p);
	int rc;

	p->handshake_deadline_ms = btcu_after(now, c->handshake_timeout_ms);
	p->stats.connected_at_s = btcp_wall_s(p);
	btcpeer_ref(p);		/* for the threads */
	rc = make_threads_locked(p);
	if (rc == 0)
		p->threads_made = true;
	else
		btcpeer_unref(p);
	return rc;
}

/* The claim to the one start; from here on disconnecting shuts fd down. */
static int
claim_start(struct btcpeer *p, int fd)
{
	int rc = 0;

	btcu_lock(&p->mtx);
	if (p->start_tried)
		rc = BTCPEER_E_STATE;
	else if (p->state != BTCP_NEW)
		rc = BTCPEER_E_CLOSED;
	else {
		p->start_tried = true;
		p->state = BTCP_RUNNING;
		p->fd = fd;
	}
	btcp_unlock(p);
	return rc;
}

static void
start_abort(struct btcpeer *p, int rc)
{
	int fd;

	btcu_lock(&p->mtx);
	fd = p->fd;
	p->fd = -1;
	p->state = BTCP_CLOSED;
	btcp_note_reason_locked(p, rc == BTCPEER_E_IO ? BTCPEER_REASON_IO
	    : BTCPEER_REASON_NOMEM, btcpeer_strerror(rc));
	btcu_broadcast(&p->room_cond);
	btcp_unlock(p);
	close(fd);
	btcp_bury(p, rc);
}

/* Callbacks that are asked for our version count as the peer's own. */
static void
begin_handshake(struct btcpeer *p)
{
	struct btcpeer *outer = btcp_self;

	btcp_self = p;
	btcp_control_version(p);
	btcp_self = outer;
}

static int
run_on(struct btcpeer *p, int fd)
{
	int rc = btct_fd_init(&p->fd_io, fd, btcp_fakeclock(p));

	if (rc != 0)
		return rc;
	name_remote(p, fd);
	note_netaddr(p, fd);
	btct_transport_init(&p->transport, &btct_v1, btct_fd_io(&p->fd_io),
	    p->config.chain->magic, p->config.idle_timeout_ms);
	if (!p->inbound)
		begin_handshake(p);
	btcp_clock_join(p);
	btcu_lock(&p->mtx);
	rc = start_locked(p);
	btcp_unlock(p);
	if (rc != 0) {
		btcp_clock_leave(p);
		btct_fd_clear(&p->fd_io);
	}
	return rc;
}

int
btcpeer_start(struct btcpeer *p, int fd)
{
	int rc = claim_start(p, fd);

	if (rc != 0) {
		close(fd);
		return rc;
	}
	rc = run_on(p, fd);
	if (rc != 0)
		start_abort(p, rc);
	return rc;
}

bool
btcp_thread_enter(struct btcpeer *p, const char *name)
{
	char whole[32];
	bool go;

	btcp_self = p;
	snprintf(whole, sizeof(whole), "%s/%llu", name,
	    (unsigned long long)p->id);
	btcu_thread_name(whole);
	btcu_lock(&p->mtx);
	go = !p->start_failed;
	btcp_unlock(p);
	return go;
}
