#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "peer/log.h"
#include "peer/peer.h"

void
btcp_stall_wake_locked(struct btcpeer *p, int64_t due_ms)
{
	if (due_ms < p->stall_wake_ms) {
		p->stall_wake_ms = due_ms;
		p->wake_stall = true;
	}
}

static int64_t check_limits_locked(struct btcpeer *p, int64_t now)
    REQUIRES(p->mtx);

/* The deadlines that end the peer, whoever is to blame.  Returns the earliest. */
static int64_t
check_limits_locked(struct btcpeer *p, int64_t now)
{
	/* While a callback runs no pong can be read; handled() moves this on. */
	int64_t ping = p->pending.callback_ms != BTCU_NEVER &&
	    p->ping_deadline_ms <= now ? now + 1000 : p->ping_deadline_ms;
	const struct {
		int64_t at;
		enum btcpeer_reason reason;
	} limit[] = {
		{ p->handshake_deadline_ms, BTCPEER_REASON_HANDSHAKE_TIMEOUT },
		{ ping, BTCPEER_REASON_PING_TIMEOUT },
		/* The reason is set already. */
		{ p->flush_deadline_ms, BTCPEER_REASON_LOCAL },
	};
	int64_t next = BTCU_NEVER;
	size_t i;

	for (i = 0; i < sizeof(limit) / sizeof(*limit); i++) {
		if (limit[i].at <= now)
			btcp_end_locked(p, limit[i].reason,
			    btcpeer_reason_text(limit[i].reason));
		else if (limit[i].at < next)
			next = limit[i].at;
	}
	return next;
}

/* Ask the caller, then do as he, or else the rule, says. */
static void
stalled(struct btcpeer *p, const struct btcpeer_stall *s, uint64_t handle)
{
	enum btcpeer_stall_action act = BTCPEER_STALL_DEFAULT;

	BTCP_LOG(p, BTCPEER_LOG_INFO, "%s not answered in %" PRId64 " ms",
	    btcwire_command(s->request), s->waited_ms);
	if (p->on.on_stall != NULL)
		act = p->on.on_stall(p, s, p->config.user);
	if (act == BTCPEER_STALL_DEFAULT)
		act = s->disconnect ? BTCPEER_STALL_DISCONNECT
		    : BTCPEER_STALL_IGNORE;
	if (act == BTCPEER_STALL_DISCONNECT) {
		btcp_end(p, BTCPEER_REASON_STALL,
		    "%s not answered in %" PRId64 " ms (%zu outstanding)",
		    btcwire_command(s->request), s->waited_ms, s->outstanding);
	} else if (act == BTCPEER_STALL_IGNORE) {
		btcu_lock(&p->mtx);
		btcp_pending_settle(&p->pending, handle);
		btcp_unlock(p);
	}
}

static void
watch_deadlines(struct btcpeer *p)
{
	struct btcpeer_stall s;
	int64_t now, next, pending;
	uint64_t handle;

	btcu_lock(&p->mtx);
	while (p->state != BTCP_CLOSED) {
		now = btcp_now_ms(p);
		p->stall_wake_ms = INT64_MIN;
		next = check_limits_locked(p, now);
		if (p->state == BTCP_CLOSED)
			break;
		handle = btcp_pending_overdue(&s, &p->pending, now);
		if (handle != 0) {
			/* In on_stall it may be asked again. */
			btcp_unask_locked(p, s.request);
			btcp_unlock(p);
			stalled(p, &s, handle);
			btcu_lock(&p->mtx);
			continue;
		}
		pending = btcp_pending_deadline(&p->pending, now);
		p->stall_wake_ms = pending < next ? pending : next;
		btcp_sleep_locked(p, &p->stall_cond, p->stall_wake_ms);
	}
	btcp_unlock(p);
}

static void
report_end(struct btcpeer *p)
{
	char why[sizeof(p->stats.why)];
	enum btcpeer_reason reason;

	btcu_lock(&p->mtx);
	reason = p->stats.reason;
	snprintf(why, sizeof(why), "%s", p->stats.why);
	btcp_unlock(p);
	BTCP_LOG(p, BTCPEER_LOG_INFO, "ended: %s", why);
	if (p->on.on_disconnect != NULL)
		p->on.on_disconnect(p, reason, why, p->config.user);
}

/* The stall handler is the last thread out: it sees the other two leave. */
void *
btcp_stall_main(void *peer)
{
	struct btcpeer *p = peer;
	int fd;

	if (!btcp_thread_enter(p, "btcpeer-stl"))
		return NULL;
	watch_deadlines(p);
	pthread_join(p->input, NULL);
	pthread_join(p->output, NULL);
	btcp_clock_leave(p);
	btct_fd_clear(&p->fd_io);
	btcu_lock(&p->mtx);
	fd = p->fd;
	p->fd = -1;
	btcp_unlock(p);
	close(fd);
	btcp_nonce_release(&p->nonce);
	report_end(p);
	btcu_lock(&p->mtx);
	p->state = BTCP_GONE;
	btcu_broadcast(&p->gone_cond);
	btcp_unlock(p);
	btcpeer_unref(p);
	return NULL;
}
