#include "pinger.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "../common/dial.h"
#include "../common/interrupt.h"
#include "../common/progress.h"
#include "ping_report.h"

#define TICK_MS 50	/* how long a signal may wait to be seen */

void
pinger_init(struct pinger *g, const struct ping_args *args)
{
	pthread_condattr_t attr;

	*g = (struct pinger){ .args = args };
	(void)net_format(g->remote, &args->remote);
	(void)pthread_mutex_init(&g->mtx, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&g->cond, &attr);
	(void)pthread_condattr_destroy(&attr);
}

void
pinger_clear(struct pinger *g)
{
	btcpeer_unref(g->peer);
	(void)pthread_cond_destroy(&g->cond);
	(void)pthread_mutex_destroy(&g->mtx);
}

static void fail(struct pinger *g, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The first reason stays. */
static void
fail(struct pinger *g, const char *fmt, ...)
{
	va_list ap;

	if (g->error[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(g->error, sizeof(g->error), fmt, ap);
	va_end(ap);
}

/* ---- Listeners ---------------------------------------------------------- */

static void
on_ready(struct btcpeer *p, void *user)
{
	struct pinger *g = user;

	(void)p;
	pthread_mutex_lock(&g->mtx);
	g->view.ready = true;
	pthread_cond_signal(&g->cond);
	pthread_mutex_unlock(&g->mtx);
}

/* The library knows which ping a pong answers, and has timed it. */
static void
on_pong(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_ping *pong, void *user)
{
	struct btcpeer_stats stats = BTCPEER_STATS_INIT;
	struct pinger *g = user;

	(void)msg;
	(void)pong;
	if (btcpeer_stats(p, &stats) != 0)
		return;
	pthread_mutex_lock(&g->mtx);
	g->view.answered = stats.pings_answered;
	g->view.last_us = stats.ping_last_us;
	g->view.sent_ms = progress_now_ms() - stats.ping_last_us / 1000;
	pthread_cond_signal(&g->cond);
	pthread_mutex_unlock(&g->mtx);
}

static void
on_disconnect(struct btcpeer *p, enum btcpeer_reason reason, const char *why,
    void *user)
{
	struct pinger *g = user;

	(void)p;
	pthread_mutex_lock(&g->mtx);
	g->view.ended = true;
	(void)snprintf(g->view.why, sizeof(g->view.why), "%s",
	    why[0] != '\0' ? why : btcpeer_reason_text(reason));
	pthread_cond_signal(&g->cond);
	pthread_mutex_unlock(&g->mtx);
}

/* ---- Waiting ------------------------------------------------------------ */

static bool
is_ready(const struct pinger *g, const struct pinger_view *view)
{
	(void)g;
	return view->ready;
}

/* The answer to the last ping, not a late one to a ping before it. */
static bool
is_answered(const struct pinger *g, const struct pinger_view *view)
{
	return view->answered > g->answered && view->sent_ms >= g->asked_ms;
}

/* For the time alone. */
static bool
is_never(const struct pinger *g, const struct pinger_view *view)
{
	(void)g;
	(void)view;
	return false;
}

static struct timespec
timespec_of(int64_t ms)
{
	return (struct timespec){ .tv_sec = (time_t)(ms / 1000),
	    .tv_nsec = (long)(ms % 1000) * 1000000 };
}

/* Wait until what is waited for is there, or that time comes, or the
 * connection ends, or a signal comes.  Returns what was seen last. */
static struct pinger_view
await(struct pinger *g, bool (*is)(const struct pinger *,
    const struct pinger_view *), int64_t until_ms)
{
	int64_t now, wake;
	struct pinger_view view;
	struct timespec ts;

	pthread_mutex_lock(&g->mtx);
	while (!is(g, &g->view) && !g->view.ended && !interrupted() &&
	    (now = progress_now_ms()) < until_ms) {
		wake = until_ms < now + TICK_MS ? until_ms : now + TICK_MS;
		ts = timespec_of(wake);
		(void)pthread_cond_timedwait(&g->cond, &g->mtx, &ts);
	}
	view = g->view;
	pthread_mutex_unlock(&g->mtx);
	return view;
}

/* ---- The main thread ---------------------------------------------------- */

/* Make a peer on a connected socket. */
static bool
start(struct pinger *g, int fd)
{
	struct btcpeer_listeners listeners = BTCPEER_LISTENERS_INIT;
	struct btcpeer_config config = BTCPEER_CONFIG_INIT;
	struct btcpeer_error err = { .code = 0 };
	int rc;

	listeners.on_ready = on_ready;
	listeners.on_pong = on_pong;
	listeners.on_disconnect = on_disconnect;
	config.chain = g->args->chain;
	config.listeners = &listeners;
	config.user = g;
	config.user_agent = "/btcpeer-ping:" BTCPEER_VERSION_STRING "/";
	config.disable_relay = true;
	config.handshake_timeout_ms = g->args->timeout_ms;
	/* The pings and their times are ours, and silence is no failure. */
	config.ping_interval_ms = -1;
	config.ping_timeout_ms = -1;
	config.idle_timeout_ms = -1;
	rc = btcpeer_new_outbound(&g->peer, &config, NULL, &err);
	if (rc != 0) {
		(void)close(fd);
		fail(g, "cannot make a peer: %s", err.text);
		return false;
	}
	rc = btcpeer_start(g->peer, fd);
	if (rc != 0)
		fail(g, "cannot start the peer: %s", btcpeer_strerror(rc));
	return rc == 0;
}

/* The library ends a handshake that takes too long. */
static bool
shake_hands(struct pinger *g)
{
	struct btcpeer_stats stats = BTCPEER_STATS_INIT;
	struct pinger_view view = await(g, is_ready, INT64_MAX);

	if (!view.ready) {
		if (view.ended)
			fail(g, "%s: handshake failed: %s", g->remote,
			    view.why);
		return false;
	}
	if (btcpeer_stats(g->peer, &stats) != 0)
		return false;
	g->unwritten = !report_handshake(g->args, &stats);
	if (stats.protocol_version < BTCWIRE_PVER_BIP31) {
		fail(g, "%s: its protocol version %u has no answer to pings",
		    g->remote, (unsigned)stats.remote_version);
		return false;
	}
	return !g->unwritten;
}

/* One ping and what became of it.  Returns whether to go on. */
static bool
ping(struct pinger *g)
{
	struct ping_answer answer = { .ms = -1 };
	struct pinger_view view = await(g, is_never, 0);
	int rc;

	g->answered = view.answered;
	g->asked_ms = progress_now_ms();
	rc = btcpeer_ping(g->peer);
	if (rc == BTCPEER_E_CLOSED)
		(void)await(g, is_never, INT64_MAX);
	else if (rc != 0)
		fail(g, "cannot send a ping: %s", btcpeer_strerror(rc));
	if (rc != 0)
		return false;
	view = await(g, is_answered, g->asked_ms + g->args->timeout_ms);
	if (is_answered(g, &view)) {
		answer.ms = (double)view.last_us / 1000;
		tally_add(&g->tally, answer.ms);
	} else if (!view.ended && interrupted()) {
		/* It is too early to call it lost. */
		return false;
	}
	answer.seq = ++g->tally.sent;
	if (answer.ms < 0 && view.ended)
		return false;
	g->unwritten = !report_ping(g->args, &answer);
	return !g->unwritten;
}

/*
 * Only the latest ping is timed, so the next one waits for the answer, or
 * until there can be none any more.
 */
static void
ping_all(struct pinger *g)
{
	const struct ping_args *a = g->args;
	struct pinger_view view = { .ended = false };
	int64_t next_ms = progress_now_ms();

	while (!view.ended && !interrupted() && ping(g)) {
		if (a->count != 0 && g->tally.sent == a->count)
			return;
		next_ms += a->interval_ms;
		if (next_ms < progress_now_ms())
			next_ms = progress_now_ms();
		view = await(g, is_never, next_ms);
	}
	view = await(g, is_never, 0);
	if (view.ended)
		fail(g, "%s: %s", g->remote, view.why);
}

void
pinger_run(struct pinger *g)
{
	int64_t timeout_ms = g->args->timeout_ms;
	char why[NET_WHY];
	int fd;

	fd = dial(&g->args->remote, (int)timeout_ms, why);
	if (fd < 0)
		fail(g, "%s%s", interrupted() ? "" : "cannot connect: ", why);
	else if (start(g, fd)) {
		if (shake_hands(g))
			ping_all(g);
		btcpeer_disconnect(g->peer);
		if (btcpeer_wait(g->peer, -1) != 0)
			fail(g, "cannot end the connection");
	}
	if (g->tally.answered > 0 || g->unwritten)
		return;
	if (interrupted())
		fail(g, "interrupted");
	else
		fail(g, "%s: no ping was answered", g->remote);
}
