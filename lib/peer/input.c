#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "peer/log.h"
#include "peer/peer.h"
#include "util/text.h"

/* A message that stays within this leaves its memory for the next one. */
#define KEEP 262144

/* What the monitor says about a message that has just arrived. */
struct arrival {
	bool open;		/* else the peer is ending: leave */
	bool want_tx;		/* a request waits for transactions by hash */
	bool want_block;
	bool asked;		/* some request waits */
};

/* ---- The connection's end ---------------------------------------------- */

static void
end_by_timeout(struct btcpeer *p)
{
	const struct btct_pace *pace = &p->transport.reader.pace;

	if (btct_pace_too_slow(pace))
		btcp_end(p, BTCPEER_REASON_SLOW,
		    "less than %d bytes of a message in %d s", BTCT_PACE_BYTES,
		    BTCT_PACE_WINDOW_MS / 1000);
	else
		btcp_end(p, BTCPEER_REASON_IDLE,
		    "nothing received for %" PRId64 " s", pace->idle_ms / 1000);
}

/* Reading is over: rc is why. */
static void
end_reading(struct btcpeer *p, int rc, const struct btcpeer_error *err)
{
	switch (rc) {
	case BTCPEER_E_EOF:
		btcp_end(p, BTCPEER_REASON_REMOTE_CLOSED, "%s",
		    btcpeer_reason_text(BTCPEER_REASON_REMOTE_CLOSED));
		break;
	case BTCPEER_E_TIMEOUT:
		end_by_timeout(p);
		break;
	case BTCPEER_E_MAGIC:
		btcp_end(p, BTCPEER_REASON_WRONG_NETWORK, "%s", err->text);
		break;
	case BTCPEER_E_OVERSIZE:
		btcp_end(p, BTCPEER_REASON_OVERSIZE, "%s", err->text);
		break;
	case BTCPEER_E_NOMEM:
		btcp_end(p, BTCPEER_REASON_NOMEM, "out of memory for a message");
		break;
	default:
		btcp_end(p, BTCPEER_REASON_IO, "receiving: %s",
		    strerror(p->fd_io.recv_errno));
		break;
	}
}

/* ---- Bookkeeping around the callbacks ---------------------------------- */

static struct arrival
received(struct btcpeer *p, const struct btct_head *head)
{
	struct btcpeer_command_stats *c = &p->by_type[head->type];
	int64_t now = btcp_tick_ms(p);
	struct arrival a;

	btcu_lock(&p->mtx);
	p->stats.last_recv_s = btcp_wall_s(p);
	p->stats.bytes_received += head->wire_len;
	p->stats.msgs_received++;
	c->bytes_received += head->wire_len;
	c->msgs_received++;
	btcp_pending_callback_began(&p->pending, now);
	a = (struct arrival){ .open = p->state == BTCP_RUNNING,
	    .want_tx = btcp_pending_wants_tx(&p->pending),
	    .want_block = btcp_pending_wants_block(&p->pending),
	    .asked = p->pending.first != NULL };
	btcp_unlock(p);
	return a;
}

/* The requests that a message answers are settled before its callbacks: what
 * they ask for anew is not answered by it. */
static void
answered(struct btcpeer *p, const struct btcp_arrival *a)
{
	btcu_lock(&p->mtx);
	btcp_pending_arrived(&p->pending, a, btcp_now_ms(p));
	btcp_unlock(p);
}

/* Everything about the message is done: what waits for the remote gets the
 * time back that this took. */
static void
handled(struct btcpeer *p)
{
	int64_t now = btcp_tick_ms(p);

	btcu_lock(&p->mtx);
	p->ping_deadline_ms = btcu_after(p->ping_deadline_ms,
	    now - p->pending.callback_ms);
	btcp_pending_callback_ended(&p->pending, now);
	/* Meanwhile nothing was overdue, and time that stands still does not
	 * bring the stall handler back to look. */
	if (p->config.clock != NULL)
		btcp_stall_wake_locked(p, INT64_MIN);
	btcp_unlock(p);
}

static void
count(struct btcpeer *p, uint64_t *counter)
{
	btcu_lock(&p->mtx);
	(*counter)++;
	btcp_unlock(p);
}

static void
progress(void *peer, int64_t now_ms)
{
	struct btcpeer *p = peer;

	if (p->transport.arriving == BTCWIRE_UNKNOWN)
		return;
	btcu_lock(&p->mtx);
	btcp_pending_progress(&p->pending, p->transport.arriving, now_ms);
	btcp_unlock(p);
}

/* ---- What the library does with a message itself ----------------------- */

static void
version_came(struct btcpeer *p, const struct btcwire_version *v)
{
	struct btcpeer_stats *s = &p->stats;
	int64_t now_s = btcp_wall_s(p);	/* not before 1970 */
	struct btcu_text t;

	p->pver = p->handshake.version;
	btcu_lock(&p->mtx);
	s->version_known = true;
	s->protocol_version = p->pver;
	s->remote_version = (uint32_t)v->version;
	s->services = s->netaddr.services = v->services;
	s->start_height = v->start_height;
	/* Unless the program knows of a higher one already. */
	if (s->last_block == 0 || v->start_height > s->last_block)
		s->last_block = v->start_height;
	s->time_offset_s = v->timestamp < INT64_MIN + now_s ? INT64_MIN
	    : v->timestamp - now_s;
	s->relay = v->relay;
	btcu_text_init(&t, s->user_agent, sizeof(s->user_agent));
	btcu_text_escape(&t, v->user_agent.data, v->user_agent.len,
	    v->user_agent.len);
	btcp_unlock(p);
}

static void
pong_came(struct btcpeer *p, uint64_t nonce)
{
	struct btcpeer_stats *s = &p->stats;
	int64_t us = btcp_now_us(p);

	btcu_lock(&p->mtx);
	if (p->ping_nonce == 0 || nonce != p->ping_nonce) {
		s->pongs_unmatched++;
		/* Late, but an answer: the ceiling counts from a later ping. */
		if (p->ping_nonce != 0 && nonce == p->ping_oldest) {
			p->ping_oldest = p->ping_nonce;
			p->ping_deadline_ms = btcu_after(us / 1000,
			    p->config.ping_timeout_ms);
		}
	} else {
		us -= p->ping_sent_us;
		if (us < 1)
			us = 1;
		p->ping_nonce = 0;
		p->ping_deadline_ms = BTCU_NEVER;
		p->ping_sum_us += us;
		s->pings_answered++;
		s->ping_last_us = us;
		if (s->ping_min_us == 0 || us < s->ping_min_us)
			s->ping_min_us = us;
		s->ping_avg_us = p->ping_sum_us / (int64_t)s->pings_answered;
	}
	btcp_unlock(p);
}

static void
inv_came(struct btcpeer *p, const struct btcwire_inv *inv)
{
	size_t i;

	btcu_lock(&p->mtx);
	for (i = 0; i < inv->vec_len; i++) {
		btcp_inventory_known(&p->inventory, inv->vec[i].type,
		    &inv->vec[i].hash);
		if (inv->vec[i].type == BTCWIRE_INV_BLOCK)
			p->asked_blocks.waiting = false;
	}
	btcp_unlock(p);
}

static void
note_facts(struct btcpeer *p, struct btcwire_msg *msg)
{
	const struct btcwire_feefilter *ff = btcwire_feefilter_of(msg);

	switch (btcwire_msg_type(msg)) {
	case BTCWIRE_VERSION:
		version_came(p, btcwire_version_of(msg));
		break;
	case BTCWIRE_PING:
		if (p->pver >= BTCWIRE_PVER_BIP31)
			btcp_control_ping(p, BTCWIRE_PONG,
			    btcwire_ping_of(msg)->nonce);
		break;
	case BTCWIRE_PONG:
		pong_came(p, btcwire_pong_of(msg)->nonce);
		break;
	case BTCWIRE_INV:
		inv_came(p, btcwire_inv_of(msg));
		break;
	case BTCWIRE_HEADERS:
		btcu_lock(&p->mtx);
		p->asked_headers.waiting = false;
		btcp_unlock(p);
		break;
	case BTCWIRE_FEATURE:
		if (btcp_features_add(&p->features,
		    btcwire_feature_of(msg)) != 0)
			btcp_end(p, BTCPEER_REASON_NOMEM,
			    "out of memory for a feature");
		break;
	case BTCWIRE_SENDHEADERS:
		btcu_lock(&p->mtx);
		p->stats.wants_headers = true;
		btcp_unlock(p);
		break;
	case BTCWIRE_FEEFILTER:
		/* Amounts that cannot exist are ignored, as Bitcoin Core does. */
		btcu_lock(&p->mtx);
		if (ff->feerate >= 0 && ff->feerate <= INT64_C(2100000000000000))
			p->stats.fee_filter = ff->feerate;
		btcp_unlock(p);
		break;
	default:
		break;
	}
}

/* Both sides know each other: what was held may go. */
static void
become_ready(struct btcpeer *p)
{
	int64_t now = btcp_now_ms(p);

	btcp_nonce_release(&p->nonce);
	btcu_lock(&p->mtx);
	p->stats.verack_received = true;
	p->stats.ready = true;
	p->stats.wtxid_relay = btcp_handshake_wtxid_relay(&p->handshake);
	p->stats.wants_addrv2 = p->handshake.addrv2_received;
	p->handshake_deadline_ms = BTCU_NEVER;
	p->ping_due_ms = btcu_after(now, p->config.ping_interval_ms);
	p->queue.held = false;
	btcp_output_wake_locked(p, INT64_MIN);
	btcp_unlock(p);
	BTCP_LOG(p, BTCPEER_LOG_INFO, "ready, protocol version %u", p->pver);
}

/* ---- One message ------------------------------------------------------- */

static void
on_read(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btct_head *head, int result)
{
	if (p->on.on_read != NULL)
		p->on.on_read(p, msg, head->wire_len, result, p->config.user);
}

static void
ignored(struct btcpeer *p, const struct btct_head *head)
{
	BTCP_LOG(p, BTCPEER_LOG_DEBUG, "ignored %s", head->command);
	count(p, &p->stats.ignored_received);
}

/* Returns false: the peer ends.  What would be ignored in any case may have
 * any form. */
static bool
malformed(struct btcpeer *p, const struct btct_head *head, int rc,
    const struct btcpeer_error *err)
{
	on_read(p, NULL, head, rc);
	if (rc != BTCPEER_E_CHECKSUM && rc != BTCPEER_E_COMMAND &&
	    btcp_handshake_ignores(&p->handshake, head->type)) {
		ignored(p, head);
		return true;
	}
	count(p, &p->stats.malformed_received);
	BTCP_LOG(p, BTCPEER_LOG_WARN, "malformed message: %s (byte %zu)",
	    err->text, err->offset);
	if (p->config.malformed == BTCPEER_MALFORMED_IGNORE)
		return true;
	btcp_control_reject(p, head->command[0] != '\0' ? head->command
	    : "header", BTCWIRE_REJECT_MALFORMED, "malformed message");
	btcp_end_after_flush(p, BTCPEER_REASON_MALFORMED, "%s (byte %zu)",
	    err->text, err->offset);
	return false;
}

/* v is the body when it was a version message, else NULL. */
static bool
end_handshake(struct btcpeer *p, const struct btct_head *head,
    const struct btcp_handshake_step *step, const struct btcwire_version *v)
{
	if (step->reject != 0 && (v == NULL || v->version >= BTCWIRE_PVER_REJECT))
		btcp_control_reject(p, head->command, step->reject, step->text);
	if (step->reason == BTCPEER_REASON_OBSOLETE && v != NULL)
		btcp_end_after_flush(p, step->reason, "%s (%d, at least %u is "
		    "needed)", step->text, v->version,
		    p->config.min_protocol_version);
	else if (step->reason == BTCPEER_REASON_SERVICES && v != NULL)
		btcp_end_after_flush(p, step->reason, "%s (0x%" PRIx64 ")",
		    step->text, p->config.required_services & ~v->services);
	else
		btcp_end_after_flush(p, step->reason, "%s (%s)", step->text,
		    head->command);
	return false;
}

static void
send_step(struct btcpeer *p, const struct btcp_handshake_step *step)
{
	size_t i;

	for (i = 0; i < step->send_len; i++)
		if (step->send[i] == BTCWIRE_VERSION)
			btcp_control_version(p);
		else if (step->send[i] == BTCWIRE_FEATURE)
			btcp_control_features(p);
		else
			btcp_control_empty(p, step->send[i]);
}

/* A listener, or somebody else, refuses the remote: the others hear nothing. */
static bool
is_refused(struct btcpeer *p)
{
	return atomic_load_explicit(&p->refused, memory_order_relaxed);
}

/* msg is NULL for a command without a codec. */
static bool
handle(struct btcpeer *p, struct btcwire_msg *msg, const struct btct_head *head)
{
	const struct btcwire_version *v =
	    msg != NULL ? btcwire_version_of(msg) : NULL;
	struct btcp_handshake_step step;

	btcp_handshake_message(&step, &p->handshake, head->type, v,
	    v != NULL && btcp_nonce_is_ours(v->nonce));
	btcp_relay_message(&step, p, head->type);
	on_read(p, msg, head, msg != NULL ? 0 : BTCPEER_E_UNKNOWN);
	if (msg == NULL)
		count(p, &p->stats.unknown_received);
	if (is_refused(p))
		return false;
	if (step.verdict == BTCP_END)
		return end_handshake(p, head, &step, v);
	if (step.verdict == BTCP_IGNORE) {
		ignored(p, head);
		return true;
	}
	if (msg == NULL)
		return true;
	BTCP_LOG_MESSAGE(p, "received", msg);
	note_facts(p, msg);
	if (step.ready)
		become_ready(p);
	btcp_dispatch(p, msg);
	if (is_refused(p))
		return false;
	send_step(p, &step);
	if (step.ready && p->on.on_ready != NULL)
		p->on.on_ready(p, p->config.user);
	return true;
}

static bool
decode_and_handle(struct btcpeer *p, const struct btct_head *head,
    const struct arrival *want)
{
	struct btcp_arrival a;
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg;
	struct btcwire_hash h[2];
	size_t trailing;
	bool go;
	int rc;

	if (head->type == BTCWIRE_UNKNOWN) {
		go = handle(p, NULL, head);
		handled(p);
		return go;
	}
	rc = btcwire_rx_decode(&msg, &p->rx, head->type, head->payload_len,
	    p->pver, p->config.strict ? BTCWIRE_STRICT : 0, &err);
	if (rc == BTCPEER_E_NOMEM) {
		end_reading(p, rc, &err);
		return false;
	}
	if (rc != 0) {
		go = malformed(p, head, rc, &err);
		handled(p);
		return go;
	}
	btcwire_msg_raw(msg, &trailing);
	if (trailing > 0)
		count(p, &p->stats.trailing_received);
	btcp_arrival_describe(&a, h, msg, want->want_tx, want->want_block);
	if (want->asked)
		answered(p, &a);
	go = handle(p, msg, head);
	handled(p);
	btcwire_rx_recycle(&p->rx, msg, KEEP);
	return go;
}

static bool
read_one(struct btcpeer *p)
{
	struct btcpeer_error err = { 0 };
	struct btct_head head = { 0 };
	struct arrival a;
	bool go;
	int rc;

	rc = btct_recv(&p->transport, &head, &p->rx, &err);
	if (rc != 0 && rc != BTCPEER_E_CHECKSUM && rc != BTCPEER_E_COMMAND) {
		end_reading(p, rc, &err);
		return false;
	}
	a = received(p, &head);
	if (!a.open)
		return false;
	if (rc == 0) {
		if (p->on.on_raw != NULL)
			p->on.on_raw(p, head.command, btcwire_rx_space(&p->rx,
			    head.payload_len, head.payload_len),
			    head.payload_len, p->config.user);
		go = !is_refused(p) && decode_and_handle(p, &head, &a);
	} else {
		go = malformed(p, &head, rc, &err);
		handled(p);
	}
	/* What did not become a message leaves no more than others do. */
	if (head.payload_len > KEEP)
		btcwire_rx_clear(&p->rx);
	return go;
}

/*
 * While the last reject goes out, what still comes is thrown away: closing a
 * socket with unread bytes in it would take the reject back.
 */
static void
discard(struct btcpeer *p)
{
	const struct btct_io *io = &p->transport.io;
	uint8_t buf[4096];
	bool flushing;

	do {
		btcu_lock(&p->mtx);
		flushing = p->state == BTCP_FLUSHING;
		btcp_unlock(p);
	} while (flushing &&
	    io->recv(io->ctx, buf, sizeof(buf), BTCU_NEVER) > 0);
}

void *
btcp_input_main(void *peer)
{
	struct btcpeer *p = peer;

	if (!btcp_thread_enter(p, "btcpeer-in"))
		return NULL;
	p->transport.reader.on_progress = progress;
	p->transport.reader.progress_ctx = p;
	while (read_one(p))
		;
	discard(p);
	return NULL;
}
