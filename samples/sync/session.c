#include "session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/dial.h"
#include "../common/interrupt.h"
#include "sync_report.h"

#define TICK_MS    100
#define DOUBT_MS   5000		/* for another answer than one that is no use */
#define SILENCE_MS 1000		/* for an answer, where there may be none */
#define PING_MS    2000		/* for the round trip that the report shows */
#define QUIET_MS   120000	/* without news: see that the remote is there */

int
session_init(struct session *s, const struct sync_args *args)
{
	pthread_condattr_t attr;

	*s = (struct session){ .args = args, .file = { .fd = -1 },
	    .stats = BTCPEER_STATS_INIT, .window = { .next = 1 },
	    .tip = TREE_NONE };
	(void)net_format(s->remote, &args->remote);
	progress_init(&s->progress);
	(void)pthread_mutex_init(&s->mtx, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&s->cond, &attr);
	(void)pthread_condattr_destroy(&attr);
	return tree_init(&s->tree, args->chain);
}

void
session_clear(struct session *s)
{
	btcpeer_unref(s->peer);
	blocks_clear(s);
	blkfile_close(&s->file);
	tree_clear(&s->tree);
	loose_clear(&s->loose);
	free(s->tips);
	(void)pthread_cond_destroy(&s->cond);
	(void)pthread_mutex_destroy(&s->mtx);
}

/* ---- Shared state ------------------------------------------------------- */

static bool
ended(enum session_phase phase)
{
	return phase == PHASE_REACHED || phase == PHASE_FAILED;
}

static void
enter_locked(struct session *s, enum session_phase phase)
{
	s->view.phase = phase;
	s->view.progress_ms = progress_now_ms();
	if (phase == PHASE_HEADERS) {
		s->view.asked_ms = s->view.progress_ms;
		s->view.doubt = DOUBT_NONE;
		s->view.pinged = false;
	}
	if (ended(phase))
		pthread_cond_signal(&s->cond);
}

void
session_enter(struct session *s, enum session_phase phase)
{
	pthread_mutex_lock(&s->mtx);
	if (!ended(s->view.phase))
		enter_locked(s, phase);
	pthread_mutex_unlock(&s->mtx);
}

void
session_fail(struct session *s, const char *fmt, ...)
{
	va_list ap;

	pthread_mutex_lock(&s->mtx);
	if (!ended(s->view.phase)) {
		va_start(ap, fmt);
		(void)vsnprintf(s->error, sizeof(s->error), fmt, ap);
		va_end(ap);
		enter_locked(s, PHASE_FAILED);
	}
	pthread_mutex_unlock(&s->mtx);
}

struct session_view
session_view(struct session *s)
{
	struct session_view view;

	pthread_mutex_lock(&s->mtx);
	view = s->view;
	pthread_mutex_unlock(&s->mtx);
	return view;
}

enum session_phase
session_phase(struct session *s)
{
	return session_view(s).phase;
}

void
session_progress(struct session *s)
{
	pthread_mutex_lock(&s->mtx);
	s->view.headers = tree_height(&s->tree);
	s->view.height = s->window.next - 1;
	s->view.progress_ms = progress_now_ms();
	pthread_mutex_unlock(&s->mtx);
}

void
session_send(struct session *s, enum btcwire_type type, const void *body)
{
	struct btcpeer_error err = { .code = 0 };
	struct btcwire_msg *msg;
	int rc = btcwire_msg_new(&msg, type, body, &err);

	if (rc == 0)
		rc = btcpeer_queue_message_take(s->peer, msg, NULL);
	/* When the connection is gone, on_disconnect knows why. */
	if (rc != 0 && rc != BTCPEER_E_CLOSED)
		session_fail(s, "cannot send %s: %s", btcwire_command(type),
		    btcpeer_strerror(rc));
}

/* ---- Listeners ---------------------------------------------------------- */

/* If it fails there will be no pong, which is looked after elsewhere. */
static void
ping(struct btcpeer *p)
{
	int rc = btcpeer_ping(p);

	(void)rc;
}

static void
on_ready(struct btcpeer *p, void *user)
{
	struct session *s = user;
	struct btcpeer_stats stats = BTCPEER_STATS_INIT;

	if (btcpeer_stats(p, &stats) != 0)
		return;
	s->services = stats.services;
	pthread_mutex_lock(&s->mtx);
	s->view.ready = true;
	s->view.remote_height = stats.start_height > 0
	    ? (uint32_t)stats.start_height : 0;
	pthread_mutex_unlock(&s->mtx);
	ping(p);
	headers_ask(s);
}

/*
 * Some nodes do not answer getheaders when they have nothing new.  Messages
 * are answered in order: so a pong without headers before it is an answer.
 */
static void
on_pong(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_ping *pong, void *user)
{
	struct session *s = user;
	struct session_view view = session_view(s);

	(void)p;
	(void)msg;
	(void)pong;
	if (view.phase == PHASE_HEADERS && view.pinged)
		headers_end(s);
}

static void
on_disconnect(struct btcpeer *p, enum btcpeer_reason reason, const char *why,
    void *user)
{
	struct session *s = user;
	struct session_view view = session_view(s);
	const char *hint = view.phase == PHASE_BLOCKS &&
	    (s->services & BTCWIRE_NODE_NETWORK) == 0
	    ? " (it does not offer old blocks)" : "";

	(void)p;
	if (reason == BTCPEER_REASON_STALL && view.phase == PHASE_BLOCKS)
		session_fail(s, "%s: no blocks came for %g seconds%s",
		    s->remote, (double)s->args->timeout_ms / 1000, hint);
	else
		session_fail(s, "%s: %s%s%s", s->remote,
		    view.ready ? "" : "handshake failed: ",
		    why[0] != '\0' ? why : btcpeer_reason_text(reason), hint);
}

/* The height that our version message names. */
static int32_t
newest_block(void *user)
{
	struct session *s = user;

	return (int32_t)(s->window.next - 1);
}

/* ---- The main thread ---------------------------------------------------- */

static void
show(struct session *s, const struct session_view *view)
{
	struct progress_state state = { .bytes = s->stats.bytes_received };

	if (view->phase == PHASE_HEADERS) {
		state.label = "headers";
		state.done = view->headers;
		state.total = view->remote_height > view->headers
		    ? view->remote_height : view->headers;
	} else if (view->phase == PHASE_BLOCKS) {
		state.label = "blocks";
		state.done = view->height;
		state.total = view->headers;
	} else {
		return;
	}
	if (!view->following)
		progress_show(&s->progress, &state, progress_now_ms());
}

/* The time for another answer to getheaders is over. */
static void
end_doubt(struct session *s, const struct session_view *view)
{
	if (view->doubt == DOUBT_UNLINKED)
		session_fail(s, "%s: the headers it sends link to no block "
		    "known", s->remote);
	else
		session_fail(s, "%s: it says that its chain has height %u, but "
		    "gives no headers after height %u", s->remote,
		    view->remote_height, view->headers);
}

/* No answer to getheaders, though one is not called for: see on_pong(). */
static void
probe(struct session *s, const struct session_view *view)
{
	pthread_mutex_lock(&s->mtx);
	s->view.pinged = s->view.asked_ms == view->asked_ms;
	pthread_mutex_unlock(&s->mtx);
	ping(s->peer);
}

/* Whether all that the remote said it has is here, so that its silence can
 * only mean that there is no more. */
static bool
complete(const struct session *s, const struct session_view *view)
{
	return s->stats.protocol_version < BTCWIRE_PVER_BIP31 &&
	    view->headers >= view->remote_height &&
	    (s->args->headers_only || view->height >= view->headers);
}

/*
 * The library times the handshake and the getdata: it sees the bytes of a
 * large block come in on a slow line, which is progress.  Headers are timed
 * here alone, as no answer may be an answer.
 */
static void
keep_time(struct session *s, const struct session_view *view)
{
	int64_t timeout_ms = s->args->timeout_ms;
	int64_t silent_ms = progress_now_ms() - view->progress_ms;
	int64_t half_ms = timeout_ms / 2;

	if (view->phase != PHASE_HEADERS)
		return;
	if (view->doubt != DOUBT_NONE && silent_ms >= (half_ms < DOUBT_MS
	    ? half_ms : DOUBT_MS))
		end_doubt(s, view);
	else if (view->headers >= view->remote_height && !view->pinged &&
	    silent_ms >= (half_ms < SILENCE_MS ? half_ms : SILENCE_MS))
		probe(s, view);
	if (silent_ms < timeout_ms)
		return;
	if (complete(s, view))
		session_enter(s, PHASE_REACHED);
	else
		session_fail(s, "%s: no headers came for %g seconds",
		    s->remote, (double)timeout_ms / 1000);
}

/* Sleep for a tick, or until the session has ended or a tip was reached. */
static struct session_view
tick(struct session *s)
{
	struct session_view view;
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_nsec += TICK_MS * 1000000L;
	if (ts.tv_nsec >= 1000000000L) {
		ts.tv_nsec -= 1000000000L;
		ts.tv_sec++;
	}
	pthread_mutex_lock(&s->mtx);
	while (!ended(s->view.phase) && s->tips_taken == s->tips_len &&
	    pthread_cond_timedwait(&s->cond, &s->mtx, &ts) != ETIMEDOUT)
		;
	view = s->view;
	pthread_mutex_unlock(&s->mtx);
	return view;
}

/* The last look at the download, which may have been too quick to see. */
static void
show_end(struct session *s, const struct session_view *view)
{
	struct progress_state state = { .label = "blocks",
	    .done = view->height, .total = view->height,
	    .bytes = s->stats.bytes_received };

	if ((view->phase != PHASE_REACHED && !view->following) ||
	    view->blocks == 0)
		progress_clear(&s->progress);
	else
		progress_finish(&s->progress, &state, view->blocks,
		    (double)(progress_now_ms() - s->start_ms) / 1000);
}

/* The tips that --follow has reached, after the bar has ended. */
static void
show_tips(struct session *s)
{
	struct session_tip tip;

	while (follow_next(s, &tip)) {
		struct session_view view = session_view(s);

		if (!s->bar_ended)
			show_end(s, &view);
		s->bar_ended = true;
		if (!sync_report_tip(s->args, &tip))
			session_fail(s, "cannot write to standard output");
	}
}

/* Wait a little for the round trip, unless it is known. */
static void
await_ping(struct session *s)
{
	int64_t until_ms = progress_now_ms() + PING_MS;
	struct timespec pause = { .tv_nsec = 10000000L };

	while (btcpeer_stats(s->peer, &s->stats) == 0 &&
	    s->stats.ping_last_us == 0 &&
	    s->stats.reason == BTCPEER_REASON_NONE &&
	    s->stats.protocol_version >= BTCWIRE_PVER_BIP31 &&
	    progress_now_ms() < until_ms && !interrupted())
		(void)nanosleep(&pause, NULL);
}

static void
watch(struct session *s)
{
	struct session_view view;

	for (;;) {
		view = tick(s);
		if (ended(view.phase))
			break;
		if (interrupted()) {
			if (view.following)
				session_enter(s, PHASE_REACHED);
			else
				session_fail(s, "interrupted");
			continue;
		}
		if (btcpeer_stats(s->peer, &s->stats) == 0) {
			keep_time(s, &view);
			show(s, &view);
		}
		show_tips(s);
	}
	if (view.phase == PHASE_REACHED)
		await_ping(s);
}

static const struct btcpeer_stall_rule headers_rule = {
	.request = BTCWIRE_GETHEADERS, .timeout_ms = -1
};

/* Make a peer on a connected socket.  Returns false after session_fail(). */
static bool
start(struct session *s, int fd)
{
	struct btcpeer_listeners listeners = BTCPEER_LISTENERS_INIT;
	struct btcpeer_config config = BTCPEER_CONFIG_INIT;
	struct btcpeer_error err = { .code = 0 };
	int rc;

	listeners.on_ready = on_ready;
	listeners.on_disconnect = on_disconnect;
	listeners.on_headers = headers_arrived;
	listeners.on_block = blocks_arrived;
	listeners.on_notfound = blocks_not_found;
	listeners.on_inv = follow_inv;
	listeners.on_pong = on_pong;
	config.chain = s->args->chain;
	config.listeners = &listeners;
	config.user = s;
	config.user_agent = "/btcpeer-sync:" BTCPEER_VERSION_STRING "/";
	config.newest_block = newest_block;
	config.disable_relay = true;
	config.handshake_timeout_ms = s->args->timeout_ms;
	config.stall_timeout_ms = s->args->timeout_ms;
	config.stall_rules = &headers_rule;
	config.stall_rules_len = 1;
	if (s->args->follow) {
		config.ping_interval_ms = s->args->timeout_ms < QUIET_MS
		    ? s->args->timeout_ms : QUIET_MS;
		config.ping_timeout_ms = s->args->timeout_ms;
	}
	rc = btcpeer_new_outbound(&s->peer, &config, s->remote, &err);
	if (rc != 0) {
		(void)close(fd);
		session_fail(s, "cannot make a peer: %s", err.text);
		return false;
	}
	rc = btcpeer_start(s->peer, fd);
	if (rc != 0)
		session_fail(s, "cannot start the peer: %s",
		    btcpeer_strerror(rc));
	return rc == 0;
}

/* What was reached, behind the sentence that says why no more was. */
static void
add_reached(struct session *s)
{
	size_t len = strlen(s->error), room = sizeof(s->error) - len;
	const struct session_view *v = &s->view;

	if (!v->ready)
		return;
	if (s->args->headers_only)
		(void)snprintf(s->error + len, room,
		    "; headers were verified up to height %u", v->headers);
	else if (s->args->out == NULL)
		(void)snprintf(s->error + len, room,
		    "; blocks were verified up to height %u", v->height);
	else
		(void)snprintf(s->error + len, room, "; %llu block%s up to "
		    "height %u %s in %s", (unsigned long long)s->records,
		    s->records == 1 ? "" : "s", v->height,
		    s->records == 1 ? "is" : "are", s->args->out);
}

/* All other threads are gone: the last words. */
static bool
conclude(struct session *s)
{
	/* On the way to another tip the last one counts. */
	if (s->tip != TREE_NONE)
		s->view.headers = s->view.height = s->tree.node[s->tip].height;
	if (s->view.phase == PHASE_REACHED && s->args->out != NULL &&
	    !blkfile_sync(&s->file)) {
		s->view.phase = PHASE_FAILED;
		(void)snprintf(s->error, sizeof(s->error), "%s: %s",
		    s->args->out, s->file.error);
	}
	if (s->view.phase == PHASE_FAILED)
		add_reached(s);
	return s->view.phase == PHASE_REACHED;
}

bool
session_run(struct session *s)
{
	char why[NET_WHY];
	int fd;

	if (s->args->out != NULL && !resume_load(s))
		return false;
	s->start_ms = progress_now_ms();
	fd = dial(&s->args->remote, (int)(s->args->timeout_ms < 1000000000
	    ? s->args->timeout_ms : 1000000000), why);
	s->end_ms = progress_now_ms();
	if (fd < 0) {
		session_fail(s, "%s%s", interrupted() ? "" :
		    "cannot connect: ", why);
		return false;
	}
	if (!start(s, fd))
		return false;
	watch(s);
	s->end_ms = progress_now_ms();
	btcpeer_disconnect(s->peer);
	if (btcpeer_wait(s->peer, -1) != 0 ||
	    btcpeer_stats(s->peer, &s->stats) != 0)
		session_fail(s, "cannot end the connection");
	show_tips(s);
	if (!s->bar_ended)
		show_end(s, &s->view);
	return conclude(s);
}
