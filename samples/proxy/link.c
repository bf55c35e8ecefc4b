#include "link.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../common/dial.h"
#include "../common/progress.h"
#include "proxy_report.h"
#include "side.h"

#define LINKS_MAX   125
#define TICK_MS     50		/* how long a signal may wait to be seen */
#define HELLO_MS    30000	/* for a client's version */
#define DIAL_MS     10000
#define DRAIN_MS    30000	/* without a message written */
#define FAREWELL_MS 5000	/* for the remote to close as well */
#define LEFT_EARLY  "it left before the node answered"

/* ---- Waiting ----------------------------------------------------------- */

/* One tick, or less when something moved. */
static void
tick(struct link *l)
{
	int64_t until = progress_now_ms() + TICK_MS;
	struct timespec ts = { .tv_sec = (time_t)(until / 1000),
	    .tv_nsec = (long)(until % 1000) * 1000000 };

	(void)pthread_cond_timedwait(&l->moved, &l->mtx, &ts);
}

static bool
is_over_locked(const struct side *s)
{
	return !s->started || s->ended;
}

/* It closed its end before there was a peer to notice. */
static bool
client_left_locked(const struct link *l)
{
	return l->fd >= 0 && net_hung_up(l->fd);
}

/* Until one side ends. */
static void
await_end(struct link *l)
{
	bool left = false;

	pthread_mutex_lock(&l->mtx);
	while (!l->node.ended && !l->client.ended && !report_ending() &&
	    !(left = client_left_locked(l)))
		tick(l);
	pthread_mutex_unlock(&l->mtx);
	if (left)
		side_give_up(&l->client, LEFT_EARLY);
}

/* Until everything queued for the side was written, as long as that goes on.
 * Returns whether it was, and there is still time. */
static bool
await_written(struct side *s)
{
	struct link *l = s->link;
	int64_t until = progress_now_ms() + DRAIN_MS;
	uint64_t left;

	pthread_mutex_lock(&l->mtx);
	left = s->waiting;
	while (s->waiting > 0 && !is_over_locked(s) && !report_ending() &&
	    progress_now_ms() < until) {
		tick(l);
		if (s->waiting < left)
			until = progress_now_ms() + DRAIN_MS;
		left = s->waiting;
	}
	left = s->waiting;
	pthread_mutex_unlock(&l->mtx);
	return left == 0 && !report_ending();
}

/*
 * The remote is told that nothing more comes, and closes its side.  To close
 * ours at once could take back what is still under way to it.
 */
static void
say_farewell(struct side *s)
{
	struct link *l = s->link;
	int64_t until = progress_now_ms() + FAREWELL_MS;

	pthread_mutex_lock(&l->mtx);
	if (!is_over_locked(s) && s->shut >= 0)
		(void)shutdown(s->shut, SHUT_WR);
	while (!is_over_locked(s) && !report_ending() &&
	    progress_now_ms() < until)
		tick(l);
	pthread_mutex_unlock(&l->mtx);
}

/* ---- The end of a side ------------------------------------------------- */

static void
side_end(struct side *s)
{
	struct link *l = s->link;
	bool running, over;
	int rc;

	pthread_mutex_lock(&l->mtx);
	running = s->started;
	over = is_over_locked(s);
	pthread_mutex_unlock(&l->mtx);
	if (!over && await_written(s))
		say_farewell(s);
	if (running) {
		btcpeer_disconnect(s->p);
		rc = btcpeer_wait(s->p, -1);
		(void)rc;	/* this is none of its threads */
	}
}

static void
side_clear(struct side *s)
{
	btcpeer_unref(s->p);
	if (s->shut >= 0)
		(void)close(s->shut);
	capture_close(s->capture);
}

/* ---- One connection ---------------------------------------------------- */

/* The client is another end of ours: each would call the next for ever. */
static bool
is_ourselves(struct link *l)
{
	const struct link *k;

	pthread_mutex_lock(&l->all->mtx);
	for (k = l->all->first; k != NULL; k = k->next)
		if (strcmp(k->local, l->addr) == 0)
			break;
	pthread_mutex_unlock(&l->all->mtx);
	return k != NULL;
}

static bool
open_capture(struct side *s)
{
	const char *name = s->link->all->args->capture;
	char why[NET_WHY];

	if (name == NULL)
		return true;
	s->capture = capture_open(name, s->link->n, s->way);
	if (s->capture != NULL)
		return true;
	(void)snprintf(why, sizeof(why), "cannot write %.300s.%u.%s: %s", name,
	    s->link->n, s->way, strerror(errno));
	side_give_up(s, why);
	return false;
}

/* Whether to call the node has no use any more. */
static bool
is_useless(void *arg)
{
	struct link *l = arg;
	bool left;

	pthread_mutex_lock(&l->mtx);
	left = client_left_locked(l);
	pthread_mutex_unlock(&l->mtx);
	if (left)
		side_give_up(&l->client, LEFT_EARLY);
	return left || report_ending();
}

/* Everything up to the node's handshake.  Returns whether that has begun. */
static bool
call_node(struct link *l)
{
	struct links *all = l->all;
	char why[NET_WHY], local[NET_TEXT];
	int fd;

	if (facts_peek(&l->client.facts, l->fd, all->args->chain, HELLO_MS,
	    why) != 0) {
		side_give_up(&l->client, why);
		return false;
	}
	if (is_ourselves(l)) {
		side_give_up(&l->client, "it is this proxy");
		return false;
	}
	if (!open_capture(&l->client) || !open_capture(&l->node))
		return false;
	fd = dial_unless(&all->args->connect, DIAL_MS, is_useless, l, why);
	if (fd < 0) {
		side_give_up(&l->node, why);
		return false;
	}
	if (net_local(fd, local) != 0)
		local[0] = '\0';
	pthread_mutex_lock(&all->mtx);
	memcpy(l->local, local, sizeof(l->local));
	pthread_mutex_unlock(&all->mtx);
	return side_start(&l->node, fd);
}

static void
tell_end(struct link *l)
{
	char client[sizeof(l->client.why)], node[sizeof(l->node.why)];

	pthread_mutex_lock(&l->mtx);
	memcpy(client, l->client.why, sizeof(client));
	memcpy(node, l->node.why, sizeof(node));
	pthread_mutex_unlock(&l->mtx);
	report_notice("connection %u: over%s%s%s%s", l->n,
	    client[0] != '\0' ? "; the client: " : "", client,
	    node[0] != '\0' ? "; the node: " : "", node);
	if (l->client.late + l->node.late > 0)
		report_notice("connection %u: came too late to be passed on: "
		    "%u from the client, %u from the node", l->n,
		    l->client.late, l->node.late);
}

static void
link_free(struct link *l)
{
	side_clear(&l->client);
	side_clear(&l->node);
	if (l->fd >= 0)
		(void)close(l->fd);
	(void)pthread_cond_destroy(&l->moved);
	(void)pthread_mutex_destroy(&l->mtx);
	free(l);
}

static void
delist(struct link *l)
{
	struct links *all = l->all;

	pthread_mutex_lock(&all->mtx);
	if (l->prev != NULL)
		l->prev->next = l->next;
	else
		all->first = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	pthread_mutex_unlock(&all->mtx);
	link_free(l);
	pthread_mutex_lock(&all->mtx);
	all->count--;
	pthread_cond_signal(&all->over);
	pthread_mutex_unlock(&all->mtx);
}

static void *
run(void *arg)
{
	struct link *l = arg;

	if (call_node(l))
		await_end(l);
	/* The node first: while it is there it may still start the client.  Of
	 * the side that has ended already this finds nothing to do. */
	side_end(&l->node);
	side_end(&l->client);
	tell_end(l);
	delist(l);
	return NULL;
}

static struct link *
link_new(struct links *all, int fd, const char *addr)
{
	struct link *l = calloc(1, sizeof(*l));
	pthread_condattr_t attr;

	if (l == NULL)
		return NULL;
	l->all = all;
	l->fd = fd;
	(void)snprintf(l->addr, sizeof(l->addr), "%s", addr);
	(void)pthread_mutex_init(&l->mtx, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&l->moved, &attr);
	(void)pthread_condattr_destroy(&attr);
	l->client = (struct side){ .link = l, .other = &l->node,
	    .name = "client", .way = "in", .shut = -1 };
	l->node = (struct side){ .link = l, .other = &l->client,
	    .name = "node", .way = "out", .shut = -1 };
	return l;
}

/* ---- All of them ------------------------------------------------------- */

struct links *
links_new(const struct proxy_args *args)
{
	struct links *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return NULL;
	all->args = args;
	(void)pthread_mutex_init(&all->mtx, NULL);
	(void)pthread_cond_init(&all->over, NULL);
	return all;
}

/* Returns false when there are too many already. */
static bool
enlist(struct link *l)
{
	struct links *all = l->all;
	bool room;

	pthread_mutex_lock(&all->mtx);
	room = all->count < LINKS_MAX;
	if (room) {
		l->n = all->made++;
		l->next = all->first;
		if (l->next != NULL)
			l->next->prev = l;
		all->first = l;
		all->count++;
	}
	pthread_mutex_unlock(&all->mtx);
	return room;
}

void
links_add(struct links *all, int fd, const char *addr)
{
	struct link *l = link_new(all, fd, addr);
	pthread_t thread;

	if (l == NULL) {
		report_notice("%s: out of memory", addr);
		(void)close(fd);
		return;
	}
	if (!enlist(l)) {
		report_notice("%s: refused: %d connections are open", addr,
		    LINKS_MAX);
		link_free(l);
		return;
	}
	if (pthread_create(&thread, NULL, run, l) != 0) {
		report_notice("%s: cannot create a thread", addr);
		delist(l);
		return;
	}
	(void)pthread_detach(thread);
}

void
links_wait(struct links *all)
{
	pthread_mutex_lock(&all->mtx);
	while (all->count > 0)
		(void)pthread_cond_wait(&all->over, &all->mtx);
	pthread_mutex_unlock(&all->mtx);
}

bool
links_passed(struct links *all)
{
	return atomic_load(&all->passed);
}

void
links_free(struct links *all)
{
	(void)pthread_cond_destroy(&all->over);
	(void)pthread_mutex_destroy(&all->mtx);
	free(all);
}
