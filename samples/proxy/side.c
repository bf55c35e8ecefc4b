#include "side.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proxy_report.h"

#define LOOK_MS 200	/* how long the end may wait to be seen */

/* ---- From one side to the other ---------------------------------------- */

/* Each side has its own handshake, and its pings are answered here. */
static bool
is_own(const char *command)
{
	static const enum btcwire_type own[] = { BTCWIRE_VERSION,
	    BTCWIRE_VERACK, BTCWIRE_WTXIDRELAY, BTCWIRE_SENDADDRV2,
	    BTCWIRE_FEATURE, BTCWIRE_SENDTXRCNCL, BTCWIRE_SENDPACKAGES,
	    BTCWIRE_PING, BTCWIRE_PONG };
	enum btcwire_type type = btcwire_type_of(command);
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (type == own[i])
			return true;
	return false;
}

/* One message less, or with by 1 one more, waits for a side. */
static void
count_waiting(struct side *s, int by)
{
	pthread_mutex_lock(&s->link->mtx);
	s->waiting += (uint64_t)(int64_t)by;
	if (s->waiting == 0 && s->other->ended)
		pthread_cond_signal(&s->link->moved);
	pthread_mutex_unlock(&s->link->mtx);
}

static void
written(struct btcpeer *p, struct btcwire_msg *msg, int result, void *arg)
{
	(void)p;
	(void)msg;
	(void)result;
	count_waiting(arg, -1);
}

/* While there is no room for it nothing more is read from its sender, unless the
 * end is due.  Refused is what comes when the other side has ended. */
static bool
pass(struct side *to, struct btcwire_msg *msg)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	int rc;

	send.done = written;
	send.done_arg = to;
	send.wait_ms = LOOK_MS;
	count_waiting(to, 1);
	do
		rc = btcpeer_queue_message(to->p, msg, &send);
	while (rc == BTCPEER_E_FULL && !report_ending());
	if (rc != 0)
		count_waiting(to, -1);
	if (rc != 0 && rc != BTCPEER_E_CLOSED && rc != BTCPEER_E_FULL) {
		/* What is lost must not look as if it had never been. */
		side_give_up(to, btcpeer_strerror(rc));
		btcpeer_disconnect(to->p);
	}
	return rc == 0;
}

/* ---- Listeners --------------------------------------------------------- */

static void
on_raw(struct btcpeer *p, const char *command, const uint8_t *payload,
    size_t len, void *user)
{
	struct side *s = user;
	struct timespec ts;

	if (!s->ready || is_own(command))
		return;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	s->msg_us = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
	if (btcwire_msg_new_raw(&s->msg, command, payload, len, NULL) != 0) {
		side_give_up(s, "out of memory for a message");
		btcpeer_disconnect(p);
	}
}

/* on_raw() had the message before; now it is known what it says, and that is
 * shown before anybody can answer it. */
static void
on_read(struct btcpeer *p, struct btcwire_msg *msg, size_t wire_len, int result,
    void *user)
{
	struct side *s = user;
	const struct proxy_args *args = s->link->all->args;
	char summary[PASSAGE_TEXT];
	struct passage passage = { .time_us = s->msg_us,
	    .connection = s->link->n, .way = s->way, .wire_len = wire_len,
	    .summary = summary };

	if (s->msg == NULL) {
		/* Its checksum or command is wrong: it cannot be sent again. */
		if (s->ready && msg == NULL && result != BTCPEER_E_UNKNOWN)
			report_notice("connection %u: from the %s, not passed "
			    "on: %s", s->link->n, s->name,
			    btcpeer_strerror(result));
		return;
	}
	(void)p;
	passage.command = btcwire_msg_command(s->msg);
	(void)btcwire_summary(summary, sizeof(summary),
	    msg != NULL ? msg : s->msg);
	if (result != 0 && result != BTCPEER_E_UNKNOWN)
		passage.error = btcpeer_strerror(result);
	report_passage(args, &passage);
	if (!pass(s->other, s->msg))
		s->late++;
	else if (s->capture != NULL)
		capture_message(s->capture, args->chain, s->msg);
	btcwire_msg_unref(s->msg);
	s->msg = NULL;
}

static void
on_version(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_version *version, void *user)
{
	struct side *s = user;

	(void)p;
	(void)msg;
	/* The client's was read before the node was called. */
	if (s == &s->link->node)
		facts_take(&s->facts, version);
}

/* The node is there: now the client may be answered.  This is done here so that
 * whatever the node says next can be queued. */
static void
on_ready(struct btcpeer *p, void *user)
{
	struct side *s = user;
	struct link *l = s->link;
	int fd;

	s->ready = true;
	if (s == &l->client) {
		atomic_store(&l->all->passed, true);
		return;
	}
	pthread_mutex_lock(&l->mtx);
	fd = l->fd;
	l->fd = -1;
	pthread_mutex_unlock(&l->mtx);
	if (side_start(&l->client, fd))
		report_notice("connection %u: %s to %s, %s", l->n, l->addr,
		    btcpeer_addr(p), s->facts.agent);
	else
		btcpeer_disconnect(p);
}

static void
on_disconnect(struct btcpeer *p, enum btcpeer_reason reason, const char *why,
    void *user)
{
	struct side *s = user;

	(void)p;
	btcwire_msg_unref(s->msg);
	s->msg = NULL;
	side_give_up(s, why[0] != '\0' ? why : btcpeer_reason_text(reason));
	pthread_mutex_lock(&s->link->mtx);
	s->ended = true;
	pthread_cond_signal(&s->link->moved);
	pthread_mutex_unlock(&s->link->mtx);
}

static int32_t
newest_block(void *user)
{
	const struct side *s = user;

	return s->other->facts.height;
}

/* ---- Starting ---------------------------------------------------------- */

void
side_give_up(struct side *s, const char *why)
{
	pthread_mutex_lock(&s->link->mtx);
	if (s->why[0] == '\0')
		(void)snprintf(s->why, sizeof(s->why), "%.*s",
		    (int)sizeof(s->why) - 1, why);
	pthread_mutex_unlock(&s->link->mtx);
}

static int
new_peer(struct side *s, struct btcpeer_error *err)
{
	struct btcpeer_listeners on = BTCPEER_LISTENERS_INIT;
	struct btcpeer_config config = BTCPEER_CONFIG_INIT;
	struct btcpeer_stats node = BTCPEER_STATS_INIT;
	const struct facts *told = &s->other->facts;
	struct link *l = s->link;
	int rc;

	on.on_raw = on_raw;
	on.on_read = on_read;
	on.on_ready = on_ready;
	on.on_version = on_version;
	on.on_disconnect = on_disconnect;
	config.chain = l->all->args->chain;
	config.listeners = &on;
	config.user = s;
	config.services = told->services;
	config.user_agent = told->agent;
	config.protocol_version = told->version;
	config.newest_block = newest_block;
	config.disable_relay = !told->relay;
	config.malformed = BTCPEER_MALFORMED_IGNORE;
	/* Whoever does not read stops who writes, no more. */
	config.write_timeout_ms = -1;
	if (s == &l->node)
		return btcpeer_new_outbound(&s->p, &config, NULL, err);
	/* What the node did not agree to, the client must not either. */
	rc = btcpeer_stats(l->node.p, &node);
	if (rc != 0)
		return rc;
	config.disable_wtxid_relay = !node.wtxid_relay;
	config.disable_addrv2 = !node.wants_addrv2;
	return btcpeer_new_inbound(&s->p, &config, l->addr, err);
}

static void
set_started(struct side *s, bool started, int shut)
{
	pthread_mutex_lock(&s->link->mtx);
	s->started = started;
	s->shut = shut;
	pthread_mutex_unlock(&s->link->mtx);
}

bool
side_start(struct side *s, int fd)
{
	struct btcpeer_error err = { 0 };
	int rc, shut;

	rc = new_peer(s, &err);
	if (rc != 0) {
		(void)close(fd);
		side_give_up(s, err.text[0] != '\0' ? err.text
		    : btcpeer_strerror(rc));
		return false;
	}
	shut = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	set_started(s, true, shut);
	rc = btcpeer_start(s->p, fd);
	if (rc == 0)
		return true;
	side_give_up(s, btcpeer_strerror(rc));
	set_started(s, false, shut);
	return false;
}
