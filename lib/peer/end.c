#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

#include "peer/peer.h"
#include "peer/send.h"

void
btcp_note_reason_locked(struct btcpeer *p, enum btcpeer_reason reason,
    const char *why)
{
	if (p->stats.reason != BTCPEER_REASON_NONE)
		return;
	p->stats.reason = reason;
	snprintf(p->stats.why, sizeof(p->stats.why), "%s", why);
}

/* This thread counts as one of the peer's own meanwhile. */
void
btcp_bury(struct btcpeer *p, int rc)
{
	struct btcpeer *outer = btcp_self;

	btcpeer_ref(p);		/* a callback may drop the caller's */
	btcp_self = p;
	btcp_send_abandon(p, rc, false);
	btcp_self = outer;
	btcu_lock(&p->mtx);
	p->state = BTCP_GONE;
	btcu_broadcast(&p->gone_cond);
	btcp_unlock(p);
	btcpeer_unref(p);
}

void
btcp_end_locked(struct btcpeer *p, enum btcpeer_reason reason, const char *why)
{
	btcp_note_reason_locked(p, reason, why);
	if (p->state != BTCP_RUNNING && p->state != BTCP_FLUSHING)
		return;
	p->state = BTCP_CLOSED;
	/* The descriptor is closed when no thread can touch it any more. */
	shutdown(p->fd, SHUT_RDWR);
	btcu_broadcast(&p->out_cond);
	btcu_broadcast(&p->stall_cond);
	btcu_broadcast(&p->room_cond);
}

void
btcp_end(struct btcpeer *p, enum btcpeer_reason reason, const char *fmt, ...)
{
	char why[sizeof(p->stats.why)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	btcu_lock(&p->mtx);
	btcp_end_locked(p, reason, why);
	btcp_unlock(p);
}

void
btcp_flush_locked(struct btcpeer *p, enum btcpeer_reason reason,
    const char *why)
{
	btcp_note_reason_locked(p, reason, why);
	if (p->state != BTCP_RUNNING)
		return;
	p->state = BTCP_FLUSHING;
	p->flush_deadline_ms = btcu_after(btcp_now_ms(p), BTCP_FLUSH_MS);
	btcp_output_wake_locked(p, INT64_MIN);
	btcp_stall_wake_locked(p, p->flush_deadline_ms);
	btcu_broadcast(&p->room_cond);
}

void
btcp_end_after_flush(struct btcpeer *p, enum btcpeer_reason reason,
    const char *fmt, ...)
{
	char why[sizeof(p->stats.why)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	btcu_lock(&p->mtx);
	btcp_flush_locked(p, reason, why);
	btcp_unlock(p);
}

/* By the program's wish. */
static void
leave(struct btcpeer *p, enum btcpeer_reason reason, const char *why)
{
	bool never_started;

	btcu_lock(&p->mtx);
	never_started = p->state == BTCP_NEW;
	if (never_started) {
		p->state = BTCP_CLOSED;
		btcu_broadcast(&p->room_cond);
	}
	btcp_end_locked(p, reason, why);
	btcp_unlock(p);
	if (never_started)
		btcp_bury(p, BTCPEER_E_CLOSED);
}

void
btcpeer_disconnect(struct btcpeer *p)
{
	leave(p, BTCPEER_REASON_LOCAL,
	    btcpeer_reason_text(BTCPEER_REASON_LOCAL));
}

/* Whether a remote that is there knows reject, and the last one is queued. */
static bool say_why_locked(struct btcpeer *p, const struct btcp_entry *last)
    REQUIRES(p->mtx);

static bool
say_why_locked(struct btcpeer *p, const struct btcp_entry *last)
{
	return p->state == BTCP_RUNNING && p->stats.version_known &&
	    p->stats.protocol_version >= BTCWIRE_PVER_REJECT &&
	    last->msg != NULL && btcp_queue_push(&p->queue, last) == 0;
}

void
btcpeer_refuse(struct btcpeer *p, const char *command,
    enum btcwire_reject_code code, const char *text)
{
	struct btcp_entry last = { .control = true, .urgent = true };
	char why[BTCP_REJECT_TEXT + 1];
	bool flushing;

	snprintf(why, sizeof(why), "%s", text);
	if (btcp_control_make_reject(&last.msg, command, (unsigned)code, why,
	    NULL) == 0)
		last.size = btcp_send_size(last.msg);
	btcu_lock(&p->mtx);
	if (say_why_locked(p, &last)) {
		last.msg = NULL;
		btcp_flush_locked(p, BTCPEER_REASON_REFUSED, why);
	}
	/* Not before: the input thread, which leaves on this, must then see
	 * that the last reject is going out. */
	atomic_store(&p->refused, true);
	flushing = p->state == BTCP_FLUSHING;
	btcp_unlock(p);
	btcwire_msg_unref(last.msg);
	if (!flushing)
		leave(p, BTCPEER_REASON_REFUSED, why);
}

/* ---- Waiting ----------------------------------------------------------- */

/* One waiter joins the stall thread, the others wait for him. */
static void join_locked(struct btcpeer *p)
    REQUIRES(p->mtx);

static void
join_locked(struct btcpeer *p)
{
	if (!p->joining) {
		p->joining = true;
		btcp_unlock(p);
		pthread_join(p->stall, NULL);
		btcu_lock(&p->mtx);
		p->joined = true;
		btcu_broadcast(&p->gone_cond);
	}
	while (!p->joined)
		btcu_wait_until(&p->gone_cond, &p->mtx, BTCU_NEVER);
}

int
btcpeer_wait(struct btcpeer *p, int64_t timeout_ms)
{
	int64_t deadline = btcu_after(btcu_now_ms(), timeout_ms);
	bool late = timeout_ms == 0;
	int rc = 0;

	if (btcp_self == p)
		return BTCPEER_E_DEADLOCK;
	btcu_lock(&p->mtx);
	while (rc == 0 && p->state != BTCP_NEW && p->state != BTCP_GONE) {
		if (late)
			rc = BTCPEER_E_TIMEOUT;
		else
			late = !btcu_wait_until(&p->gone_cond, &p->mtx,
			    deadline);
	}
	if (rc == 0 && p->threads_made)
		join_locked(p);
	btcp_unlock(p);
	return rc;
}
