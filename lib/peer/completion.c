#include "config.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "peer/completion.h"
#include "peer/peer.h"

/* Members are protected by:  a  atomic   m  mtx */
struct btcpeer_completion {
	atomic_uint refs;		/* [a] */
	struct btcu_mutex mtx;
	struct btcu_cond settled;
	enum { IDLE, QUEUED, SETTLED } state;	/* [m] */
	bool had_result;		/* [m] it was SETTLED before it was QUEUED */
	int result;			/* [m] when SETTLED, or then */
	const struct btcpeer *peer;	/* [m] when QUEUED; only compared */
};

int
btcpeer_completion_new(struct btcpeer_completion **out)
{
	struct btcpeer_completion *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return BTCPEER_E_NOMEM;
	if (btcu_mutex_init(&c->mtx) != 0) {
		free(c);
		return BTCPEER_E_NOMEM;
	}
	if (btcu_cond_init(&c->settled) != 0) {
		btcu_mutex_destroy(&c->mtx);
		free(c);
		return BTCPEER_E_NOMEM;
	}
	atomic_init(&c->refs, 1);
	*out = c;
	return 0;
}

struct btcpeer_completion *
btcpeer_completion_ref(struct btcpeer_completion *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void
btcpeer_completion_unref(struct btcpeer_completion *c)
{
	if (c == NULL ||
	    atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	btcu_cond_destroy(&c->settled);
	btcu_mutex_destroy(&c->mtx);
	free(c);
}

int
btcp_completion_bind(struct btcpeer_completion *c, const struct btcpeer *p)
{
	int rc = BTCPEER_E_STATE;

	btcu_lock(&c->mtx);
	if (c->state != QUEUED) {
		c->had_result = c->state == SETTLED;
		c->state = QUEUED;
		c->peer = p;
		rc = 0;
	}
	btcu_unlock(&c->mtx);
	return rc;
}

void
btcp_completion_unbind(struct btcpeer_completion *c)
{
	btcu_lock(&c->mtx);
	c->state = c->had_result ? SETTLED : IDLE;
	btcu_broadcast(&c->settled);
	btcu_unlock(&c->mtx);
}

void
btcp_completion_settle(struct btcpeer_completion *c, int result)
{
	btcu_lock(&c->mtx);
	c->state = SETTLED;
	c->result = result;
	btcu_broadcast(&c->settled);
	btcu_unlock(&c->mtx);
}

int
btcpeer_completion_wait(int *result, struct btcpeer_completion *c,
    int64_t timeout_ms)
{
	int64_t deadline = btcu_after(btcu_now_ms(), timeout_ms);
	bool late = timeout_ms == 0;
	int rc = 0;

	btcu_lock(&c->mtx);
	while (rc == 0 && c->state == QUEUED) {
		if (late)
			rc = BTCPEER_E_TIMEOUT;
		else if (c->peer == btcp_self)
			rc = BTCPEER_E_DEADLOCK;
		else
			late = !btcu_wait_until(&c->settled, &c->mtx, deadline);
	}
	if (rc == 0 && c->state == IDLE)
		rc = BTCPEER_E_STATE;
	if (rc == 0)
		*result = c->result;
	btcu_unlock(&c->mtx);
	return rc;
}
