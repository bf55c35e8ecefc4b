#include "config.h"

#include <netdb.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer/log.h"
#include "peer/options.h"
#include "peer/peer.h"
#include "peer/send.h"
#include "util/rand.h"

_Thread_local struct btcpeer *btcp_self;

static atomic_uint_least64_t last_id;

/* ---- Making and freeing ------------------------------------------------ */

static void
free_peer(struct btcpeer *p)
{
	btcp_options_clear(&p->config);
	free(p->host);
	free(p);
}

static void
destroy(struct btcpeer *p)
{
	bool join;

	btcu_lock(&p->mtx);
	join = p->threads_made && !p->joined;
	btcu_unlock(&p->mtx);
	/* The stall thread itself may be dropping the last reference. */
	if (join && btcp_self == p)
		pthread_detach(p->stall);
	else if (join)
		pthread_join(p->stall, NULL);
	btcp_nonce_release(&p->nonce);
	btcp_inventory_clear(&p->inventory);
	btcp_pending_clear(&p->pending);
	btcp_batch_clear(&p->queue.first);
	btcp_batch_clear(&p->queue.rest);
	btcp_batch_clear(&p->batch);
	btcwire_rx_clear(&p->rx);
	btct_transport_clear(&p->transport);
	btcu_cond_destroy(&p->gone_cond);
	btcu_cond_destroy(&p->room_cond);
	btcu_cond_destroy(&p->stall_cond);
	btcu_cond_destroy(&p->out_cond);
	btcu_mutex_destroy(&p->mtx);
	btcp_features_clear(&p->features);
	free_peer(p);
}

static int
init_sync(struct btcpeer *p)
{
	if (btcu_mutex_init(&p->mtx) != 0)
		return BTCPEER_E_NOMEM;
	if (btcu_cond_init(&p->out_cond) != 0)
		goto no_out;
	if (btcu_cond_init(&p->stall_cond) != 0)
		goto no_stall;
	if (btcu_cond_init(&p->room_cond) != 0)
		goto no_room;
	if (btcu_cond_init(&p->gone_cond) == 0)
		return 0;
	btcu_cond_destroy(&p->room_cond);
no_room:
	btcu_cond_destroy(&p->stall_cond);
no_stall:
	btcu_cond_destroy(&p->out_cond);
no_out:
	btcu_mutex_destroy(&p->mtx);
	return BTCPEER_E_NOMEM;
}

static void
init_state(struct btcpeer *p, const char *addr)
{
	const struct btcpeer_config *c = &p->config;

	atomic_init(&p->refs, 1);
	p->id = atomic_fetch_add(&last_id, 1) + 1;
	p->fd = -1;
	p->pver = c->protocol_version;
	p->handshake = (struct btcp_handshake){ .inbound = p->inbound,
	    .allow_self = c->allow_self,
	    .offer_wtxid_relay = !c->disable_wtxid_relay,
	    .offer_addrv2 = !c->disable_addrv2,
	    .offer_features = c->features_len > 0,
	    .required_services = c->required_services,
	    .min_version = c->min_protocol_version,
	    .version = c->protocol_version };
	p->handshake_deadline_ms = p->flush_deadline_ms = BTCU_NEVER;
	p->ping_due_ms = p->ping_deadline_ms = BTCU_NEVER;
	p->out_wake_ms = p->stall_wake_ms = BTCU_NEVER;
	btcp_queue_init(&p->queue, c->queue_max_bytes, c->queue_max_msgs);
	btcp_inventory_init(&p->inventory, (uint32_t)c->known_inventory_max,
	    c->trickle_ms, c->exact_trickle);
	btcp_pending_init(&p->pending, c->stall_timeout_ms, c->stall_rules,
	    c->stall_rules_len);
	p->stats = (struct btcpeer_stats)BTCPEER_STATS_INIT;
	p->stats.id = p->id;
	p->stats.inbound = p->inbound;
	p->stats.protocol_version = c->protocol_version;
	p->stats.relay = true;
	atomic_init(&p->refused, false);
	atomic_init(&p->named, addr != NULL);
	if (addr != NULL)
		snprintf(p->addr, sizeof(p->addr), "%s", addr);
	btcp_nonce_make(&p->nonce);
}

/* The whole name: addr of the peer may have no room for it. */
static int
init_host(struct btcpeer *p, const char *addr)
{
	size_t size;

	if (addr == NULL)
		return 0;
	size = strlen(addr) + 1;
	p->host = malloc(size);
	if (p->host == NULL)
		return BTCPEER_E_NOMEM;
	if (btcwire_split_host_port(p->host, size, &p->port, addr,
	    p->config.chain->port) != 0) {
		free(p->host);
		p->host = NULL;
	}
	return 0;
}

/* Returns code, told to err as well. */
static int
cannot(struct btcpeer_error *err, int code)
{
	if (err != NULL) {
		err->code = code;
		err->offset = 0;
		snprintf(err->text, sizeof(err->text), "%s",
		    btcpeer_strerror(code));
	}
	return code;
}

static int
peer_new(struct btcpeer **out, const struct btcpeer_config *config, bool inbound,
    const char *addr, struct btcpeer_error *err)
{
	struct btcpeer *p;
	int rc;

	rc = btcu_rand_init();
	if (rc != 0)
		return cannot(err, rc);
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return cannot(err, BTCPEER_E_NOMEM);
	rc = btcp_options_load(&p->config, &p->on, config, err);
	if (rc != 0)
		goto fail;
	p->inbound = inbound;
	rc = init_host(p, addr);
	if (rc == 0)
		rc = init_sync(p);
	if (rc != 0) {
		cannot(err, rc);
		goto fail;
	}
	init_state(p, addr);
	*out = p;
	return 0;
fail:
	free_peer(p);
	return rc;
}

int
btcpeer_new_inbound(struct btcpeer **out, const struct btcpeer_config *config,
    const char *addr, struct btcpeer_error *err)
{
	return peer_new(out, config, true, addr, err);
}

int
btcpeer_new_outbound(struct btcpeer **out, const struct btcpeer_config *config,
    const char *addr, struct btcpeer_error *err)
{
	return peer_new(out, config, false, addr, err);
}

struct btcpeer *
btcpeer_ref(struct btcpeer *p)
{
	atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	return p;
}

static bool
drop_ref(struct btcpeer *p)
{
	return atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1;
}

void
btcpeer_unref(struct btcpeer *p)
{
	if (p == NULL || !drop_ref(p))
		return;
	/* Never started, and messages are queued: their callbacks get the peer
	 * alive, and may even keep it. */
	if (p->state == BTCP_NEW) {
		atomic_store(&p->refs, 1);
		btcpeer_disconnect(p);
		if (!drop_ref(p))
			return;
	}
	destroy(p);
}

static void note_reason_locked(struct btcpeer *p, enum btcpeer_reason reason,
    const char *why)
    REQUIRES(p->mtx);

static void
note_reason_locked(struct btcpeer *p, enum btcpeer_reason reason,
    const char *why)
{
	if (p->stats.reason != BTCPEER_REASON_NONE)
		return;
	p->stats.reason = reason;
	snprintf(p->stats.why, sizeof(p->stats.why), "%s", why);
}

/* ---- Starting ---------------------------------------------------------- */

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
		snprintf(p->addr, sizeof(p->addr), "local");
	else
		snprintf(p->addr, sizeof(p->addr),
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
	btcu_unlock(&p->mtx);
}

/* All three, or none: they wait for mtx, which the caller holds, and leave at
 * once when start_failed is set. */
static int make_threads_locked(struct btcpeer *p)
    REQUIRES(p->mtx);

static int
make_threads_locked(struct btcpeer *p)
{
	static const struct {
		const char *name;
		void *(*run)(void *);
		size_t member;
	} t[] = {
		{ "btcpeer-in", btcp_input_main, offsetof(struct btcpeer, input) },
		{ "btcpeer-out", btcp_output_main, offsetof(struct btcpeer, output) },
		{ "btcpeer-stl", btcp_stall_main, offsetof(struct btcpeer, stall) },
	};
	pthread_t *id[3];
	char name[32];
	size_t i;

	for (i = 0; i < 3; i++) {
		id[i] = (pthread_t *)(void *)((char *)p + t[i].member);
		snprintf(name, sizeof(name), "%s/%llu", t[i].name,
		    (unsigned long long)p->id);
		if (btcu_thread_start(id[i], p->config.stack_size, name,
		    t[i].run, p) != 0)
			break;
	}
	if (i == 3)
		return 0;
	p->start_failed = true;
	btcu_unlock(&p->mtx);
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
	int64_t now = btcu_now_ms();
	int rc;

	p->handshake_deadline_ms = btcu_after(now, c->handshake_timeout_ms);
	p->stats.connected_at_s = btcu_wall_s();
	snprintf(p->stats.addr, sizeof(p->stats.addr), "%s", p->addr);
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
	btcu_unlock(&p->mtx);
	return rc;
}

/* A peer that never ran is over: its queue is settled on this thread, which
 * counts as one of the peer's own meanwhile.  p may be gone afterwards. */
static void
bury(struct btcpeer *p, int rc)
{
	struct btcpeer *outer = btcp_self;

	btcpeer_ref(p);		/* a callback may drop the caller's */
	btcp_self = p;
	btcp_send_abandon(p, rc, false);
	btcp_self = outer;
	btcu_lock(&p->mtx);
	p->state = BTCP_GONE;
	btcu_broadcast(&p->gone_cond);
	btcu_unlock(&p->mtx);
	btcpeer_unref(p);
}

static void
start_abort(struct btcpeer *p, int rc)
{
	int fd;

	btcu_lock(&p->mtx);
	fd = p->fd;
	p->fd = -1;
	p->state = BTCP_CLOSED;
	note_reason_locked(p, rc == BTCPEER_E_IO ? BTCPEER_REASON_IO
	    : BTCPEER_REASON_NOMEM, btcpeer_strerror(rc));
	btcu_broadcast(&p->room_cond);
	btcu_unlock(&p->mtx);
	close(fd);
	bury(p, rc);
}

int
btcpeer_start(struct btcpeer *p, int fd)
{
	int rc = claim_start(p, fd);

	if (rc != 0) {
		close(fd);
		return rc;
	}
	rc = btct_fd_init(&p->fd_io, fd);
	if (rc == 0) {
		name_remote(p, fd);
		note_netaddr(p, fd);
		btct_transport_init(&p->transport, &btct_v1,
		    btct_fd_io(&p->fd_io), p->config.chain->magic,
		    p->config.idle_timeout_ms);
		if (!p->inbound)
			btcp_control_version(p);
		btcu_lock(&p->mtx);
		rc = start_locked(p);
		btcu_unlock(&p->mtx);
	}
	if (rc != 0)
		start_abort(p, rc);
	return rc;
}

bool
btcp_thread_enter(struct btcpeer *p)
{
	bool go;

	btcp_self = p;
	btcu_lock(&p->mtx);
	go = !p->start_failed;
	btcu_unlock(&p->mtx);
	return go;
}

/* ---- Ending ------------------------------------------------------------ */

void
btcp_end_locked(struct btcpeer *p, enum btcpeer_reason reason, const char *why)
{
	note_reason_locked(p, reason, why);
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
	btcu_unlock(&p->mtx);
}

void
btcp_flush_locked(struct btcpeer *p, enum btcpeer_reason reason,
    const char *why)
{
	note_reason_locked(p, reason, why);
	if (p->state != BTCP_RUNNING)
		return;
	p->state = BTCP_FLUSHING;
	p->flush_deadline_ms = btcu_after(btcu_now_ms(), BTCP_FLUSH_MS);
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
	btcu_unlock(&p->mtx);
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
	btcu_unlock(&p->mtx);
	if (never_started)
		bury(p, BTCPEER_E_CLOSED);
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
	last.msg = btcp_control_make_reject(command, (uint8_t)code, why);
	if (last.msg != NULL)
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
	btcu_unlock(&p->mtx);
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
		btcu_unlock(&p->mtx);
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
	btcu_unlock(&p->mtx);
	return rc;
}
