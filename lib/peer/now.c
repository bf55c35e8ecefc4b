#include "config.h"

#include <stdlib.h>

#include "peer/options.h"
#include "peer/peer.h"

struct btcpeer_clock {
	atomic_uint refs;		/* [a] */
	struct btcu_fakeclock fake;
};

/* ---- The clock that a program moves ------------------------------------ */

int
btcpeer_clock_new(struct btcpeer_clock **out, int64_t wall_s)
{
	const int64_t year_9999 = INT64_C(253402300799);
	struct btcpeer_clock *c;

	if (wall_s < 0 || wall_s > year_9999)
		return BTCPEER_E_INVAL;
	c = malloc(sizeof(*c));
	if (c == NULL)
		return BTCPEER_E_NOMEM;
	atomic_init(&c->refs, 1);
	if (btcu_fakeclock_init(&c->fake, wall_s) != 0) {
		free(c);
		return BTCPEER_E_NOMEM;
	}
	*out = c;
	return 0;
}

struct btcpeer_clock *
btcpeer_clock_ref(struct btcpeer_clock *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void
btcpeer_clock_unref(struct btcpeer_clock *c)
{
	if (c == NULL || atomic_fetch_sub_explicit(&c->refs, 1,
	    memory_order_acq_rel) != 1)
		return;
	btcu_fakeclock_clear(&c->fake);
	free(c);
}

int
btcpeer_clock_advance(struct btcpeer_clock *c, int64_t ms)
{
	if (ms < 0 || ms > BTCP_YEAR_MS)
		return BTCPEER_E_INVAL;
	btcu_fakeclock_advance(&c->fake, ms);
	return 0;
}

/* ---- Inside ------------------------------------------------------------ */

const struct btcu_fakeclock *
btcp_fakeclock(const struct btcpeer *p)
{
	return p->config.clock != NULL ? &p->config.clock->fake : NULL;
}

int64_t
btcp_now_ms(const struct btcpeer *p)
{
	return btcu_clock_ms(btcp_fakeclock(p));
}

int64_t
btcp_tick_ms(const struct btcpeer *p)
{
	return p->config.clock != NULL ? btcp_now_ms(p) : btcu_tick_ms();
}

int64_t
btcp_now_us(const struct btcpeer *p)
{
	return btcu_clock_us(btcp_fakeclock(p));
}

int64_t
btcp_wall_s(const struct btcpeer *p)
{
	int64_t s = btcu_clock_wall_s(btcp_fakeclock(p));

	return s > 0 ? s : 0;
}

static void
wake(void *peer)
{
	struct btcpeer *p = peer;

	btcu_lock(&p->mtx);
	p->out_wake_ms = p->stall_wake_ms = INT64_MIN;
	p->wake_out = p->wake_stall = true;
	btcp_unlock(p);
	btct_fd_wake(&p->fd_io);
}

void
btcp_clock_join(struct btcpeer *p)
{
	if (p->config.clock == NULL)
		return;
	p->sleeper = (struct btcu_sleeper){ .wake = wake, .arg = p };
	btcu_fakeclock_add(&p->config.clock->fake, &p->sleeper);
}

void
btcp_clock_leave(struct btcpeer *p)
{
	if (p->config.clock != NULL)
		btcu_fakeclock_remove(&p->config.clock->fake, &p->sleeper);
}

void
btcp_wake_locked(struct btcpeer *p)
{
	if (p->wake_out)
		btcu_signal(&p->out_cond);
	if (p->wake_stall)
		btcu_signal(&p->stall_cond);
	p->wake_out = p->wake_stall = false;
}

void
btcp_unlock(struct btcpeer *p)
{
	bool out = p->wake_out, stall = p->wake_stall;

	p->wake_out = p->wake_stall = false;
	btcu_unlock(&p->mtx);
	if (out)
		btcu_signal(&p->out_cond);
	if (stall)
		btcu_signal(&p->stall_cond);
}

void
btcp_sleep_locked(struct btcpeer *p, struct btcu_cond *c, int64_t until_ms)
{
	btcp_wake_locked(p);
	btcu_wait_until(c, &p->mtx, p->config.clock == NULL ? until_ms
	    : BTCU_NEVER);
}
