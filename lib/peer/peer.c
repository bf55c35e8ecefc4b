#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "peer/options.h"
#include "peer/peer.h"
#include "util/err.h"
#include "util/rand.h"

_Thread_local struct btcpeer *btcp_self;

static atomic_uint_least64_t last_id;

/* ---- Making and freeing ------------------------------------------------ */

static void
free_peer(struct btcpeer *p)
{
	btcp_options_clear(&p->config);
	free(p->host);
	free(p->addr);
	free(p);
}

static void
destroy(struct btcpeer *p)
{
	bool join;

	btcu_lock(&p->mtx);
	join = p->threads_made && !p->joined;
	btcp_unlock(p);
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
	btcp_nonce_make(&p->nonce);
}

/* The name in logs, as long as stats have room for it, or room for that of a
 * socket. */
static int
init_addr(struct btcpeer *p, const char *addr)
{
	size_t len = addr != NULL ? strnlen(addr, BTCPEER_MAX_ADDR)
	    : BTCP_SOCKET_ADDR;

	p->addr = calloc(len + 1, 1);
	if (p->addr == NULL)
		return BTCPEER_E_NOMEM;
	if (addr != NULL)
		memcpy(p->addr, addr, len);
	return 0;
}

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

static int
cannot(struct btcpeer_error *err, int code)
{
	return btcu_error(err, code, 0, "%s", btcpeer_strerror(code));
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
	rc = init_addr(p, addr);
	if (rc == 0)
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
