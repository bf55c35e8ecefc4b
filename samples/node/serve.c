#include "serve.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "note.h"
#include "remote.h"

#define USER_AGENT "/btcpeer-node:" BTCPEER_VERSION_STRING "/"
#define REGTEST_TRICKLE_MS 500	/* no privacy to lose, and tests do not wait */

/* ---- Listeners --------------------------------------------------------- */

/* Our height, for the version message; later blocks are announced. */
static int32_t
newest_block(void *user)
{
	struct remote *r = user;
	int32_t height;

	(void)pthread_mutex_lock(&r->mtx);
	r->announced = height = chain_tip(r->srv->chain, NULL);
	(void)pthread_mutex_unlock(&r->mtx);
	return height;
}

static void
on_version(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_version *version, void *user)
{
	struct remote *r = user;

	(void)p;
	(void)msg;
	r->witness = (version->services & BTCWIRE_NODE_WITNESS) != 0;
}

static void
on_ready(struct btcpeer *p, void *user)
{
	struct btcpeer_stats st = BTCPEER_STATS_INIT;
	struct remote *r = user;

	if (btcpeer_stats(p, &st) == 0)
		note("peer %llu %s: connected, version %u, height %d, %.256s",
		    (unsigned long long)st.id, st.addr,
		    (unsigned)st.remote_version, (int)st.start_height,
		    st.user_agent);
	atomic_store(&r->ready, true);
	answer_announce(r);
}

/* ---- Life of a remote -------------------------------------------------- */

static void
remote_free(struct remote *r)
{
	btcpeer_unref(r->p);
	ring_clear(&r->wants);
	(void)pthread_mutex_destroy(&r->mtx);
	free(r);
}

static void
enlist(struct remote *r)
{
	struct server *srv = r->srv;

	(void)pthread_mutex_lock(&srv->mtx);
	r->next = srv->first;
	if (r->next != NULL)
		r->next->prev = r;
	srv->first = r;
	srv->count++;
	(void)pthread_mutex_unlock(&srv->mtx);
}

static void
delist(struct remote *r)
{
	struct server *srv = r->srv;

	(void)pthread_mutex_lock(&srv->mtx);
	if (r->prev != NULL)
		r->prev->next = r->next;
	else
		srv->first = r->next;
	if (r->next != NULL)
		r->next->prev = r->prev;
	srv->count--;
	(void)pthread_mutex_unlock(&srv->mtx);
}

static void
on_disconnect(struct btcpeer *p, enum btcpeer_reason reason, const char *why,
    void *user)
{
	const char *text = btcpeer_reason_text(reason);
	bool more = strcmp(text, why) != 0;
	struct remote *r = user;

	note("peer %llu %s: gone: %s%s%s%s", (unsigned long long)btcpeer_id(p),
	    btcpeer_addr(p), text, more ? " (" : "", more ? why : "",
	    more ? ")" : "");
	delist(r);
	remote_free(r);
}

static int
remote_new(struct remote **out, struct server *srv, const char *addr,
    struct btcpeer_error *err)
{
	struct btcpeer_config config = srv->config;
	struct remote *r = calloc(1, sizeof(*r));
	int rc;

	if (r == NULL)
		return BTCPEER_E_NOMEM;
	r->srv = srv;
	r->wants = answer_wants();
	if (pthread_mutex_init(&r->mtx, NULL) != 0) {
		free(r);
		return BTCPEER_E_NOMEM;
	}
	config.user = r;
	rc = btcpeer_new_inbound(&r->p, &config, addr, err);
	if (rc != 0) {
		remote_free(r);
		return rc;
	}
	*out = r;
	return 0;
}

void
server_add(struct server *srv, int fd, const char *addr)
{
	struct btcpeer_error err = { 0 };
	struct remote *r;
	int rc;

	rc = remote_new(&r, srv, addr, &err);
	if (rc != 0) {
		note("%s: refused: %s", addr,
		    err.text[0] != '\0' ? err.text : btcpeer_strerror(rc));
		(void)close(fd);
		return;
	}
	enlist(r);
	rc = btcpeer_start(r->p, fd);
	if (rc == 0)
		return;		/* r may be gone already */
	note("%s: refused: %s", addr, btcpeer_strerror(rc));
	delist(r);
	remote_free(r);
}

/* ---- Life of the server ------------------------------------------------ */

int
server_new(struct server **out, struct chain *chain, struct pool *pool)
{
	struct server *srv = calloc(1, sizeof(*srv));

	if (srv == NULL)
		return BTCPEER_E_NOMEM;
	if (pthread_mutex_init(&srv->mtx, NULL) != 0) {
		free(srv);
		return BTCPEER_E_NOMEM;
	}
	srv->chain = chain;
	srv->pool = pool;
	srv->listeners = (struct btcpeer_listeners)BTCPEER_LISTENERS_INIT;
	srv->listeners.on_version = on_version;
	srv->listeners.on_ready = on_ready;
	srv->listeners.on_getheaders = answer_getheaders;
	srv->listeners.on_getblocks = answer_getblocks;
	srv->listeners.on_getdata = answer_getdata;
	srv->listeners.on_low_water = answer_low_water;
	srv->listeners.on_inv = relay_inv;
	srv->listeners.on_tx = relay_tx;
	srv->listeners.on_disconnect = on_disconnect;
	srv->config = (struct btcpeer_config)BTCPEER_CONFIG_INIT;
	srv->config.chain = chain_params(chain);
	srv->config.listeners = &srv->listeners;
	srv->config.services = BTCWIRE_NODE_NETWORK | BTCWIRE_NODE_WITNESS;
	srv->config.user_agent = USER_AGENT;
	srv->config.newest_block = newest_block;
	if (srv->config.chain->id == BTCWIRE_REGTEST)
		srv->config.trickle_ms = REGTEST_TRICKLE_MS;
	*out = srv;
	return 0;
}

/* References to all peers, which stay good without the server's lock; NULL
 * when there are none or memory ran out. */
static struct btcpeer **
hold_all(struct server *srv, size_t *n)
{
	struct btcpeer **all = NULL;
	struct remote *r;

	*n = 0;
	(void)pthread_mutex_lock(&srv->mtx);
	if (srv->count > 0)
		all = calloc(srv->count, sizeof(*all));
	for (r = srv->first; r != NULL && all != NULL; r = r->next)
		all[(*n)++] = btcpeer_ref(r->p);
	(void)pthread_mutex_unlock(&srv->mtx);
	return all;
}

void
server_announce(struct server *srv)
{
	struct remote *r;

	(void)pthread_mutex_lock(&srv->mtx);
	for (r = srv->first; r != NULL; r = r->next)
		answer_announce(r);
	(void)pthread_mutex_unlock(&srv->mtx);
}

static void
disconnect_all(struct server *srv)
{
	struct remote *r;

	(void)pthread_mutex_lock(&srv->mtx);
	for (r = srv->first; r != NULL; r = r->next)
		btcpeer_disconnect(r->p);
	(void)pthread_mutex_unlock(&srv->mtx);
}

/* A reference to the first of the list, or NULL. */
static struct btcpeer *
hold_first(struct server *srv)
{
	struct btcpeer *p = NULL;

	(void)pthread_mutex_lock(&srv->mtx);
	if (srv->first != NULL)
		p = btcpeer_ref(srv->first->p);
	(void)pthread_mutex_unlock(&srv->mtx);
	return p;
}

void
server_free(struct server *srv)
{
	struct btcpeer *p;
	int rc;

	if (srv == NULL)
		return;
	disconnect_all(srv);
	while ((p = hold_first(srv)) != NULL) {
		/* When its last callback is over it is off the list. */
		rc = btcpeer_wait(p, -1);
		btcpeer_unref(p);
		if (rc != 0)
			return;	/* called from a listener, which must not be */
	}
	(void)pthread_mutex_destroy(&srv->mtx);
	free(srv);
}

/* ---- The table --------------------------------------------------------- */

static void
print_peer(FILE *out, const struct btcpeer_stats *st)
{
	char ping[24] = "-";

	if (st->ping_last_us > 0)
		(void)snprintf(ping, sizeof(ping), "%.1f",
		    (double)st->ping_last_us / 1000);
	fprintf(out, "%5llu %-22s %-3s %7u %8d %12llu %12llu %9llu %9llu "
	    "%8s %6llu %s\n",
	    (unsigned long long)st->id, st->addr, st->inbound ? "in" : "out",
	    (unsigned)st->remote_version, (int)st->start_height,
	    (unsigned long long)st->bytes_received,
	    (unsigned long long)st->bytes_sent,
	    (unsigned long long)st->msgs_received,
	    (unsigned long long)st->msgs_sent, ping,
	    (unsigned long long)st->queue_msgs,
	    st->user_agent[0] != '\0' ? st->user_agent : "-");
}

void
server_print(struct server *srv, FILE *out)
{
	struct btcpeer_stats st;
	struct btcpeer **all;
	size_t i, n;

	all = hold_all(srv, &n);
	fprintf(out, "%5s %-22s %-3s %7s %8s %12s %12s %9s %9s %8s %6s %s\n",
	    "id", "address", "dir", "version", "height", "bytes-in",
	    "bytes-out", "msgs-in", "msgs-out", "ping-ms", "queue",
	    "user-agent");
	for (i = 0; i < n; i++) {
		st = (struct btcpeer_stats)BTCPEER_STATS_INIT;
		if (btcpeer_stats(all[i], &st) == 0)
			print_peer(out, &st);
		btcpeer_unref(all[i]);
	}
	free(all);
	fprintf(out, "%zu peers\n", n);
}
