#include "config.h"

#include <stddef.h>

#include "util/clock.h"
#include "util/fakeclock.h"

int
btcu_fakeclock_init(struct btcu_fakeclock *c, int64_t wall_s)
{
	atomic_init(&c->us, 0);
	c->wall_s = wall_s;
	c->sleepers = NULL;
	return btcu_mutex_init(&c->mtx);
}

void
btcu_fakeclock_clear(struct btcu_fakeclock *c)
{
	btcu_mutex_destroy(&c->mtx);
}

void
btcu_fakeclock_advance(struct btcu_fakeclock *c, int64_t ms)
{
	struct btcu_sleeper *s;

	btcu_lock(&c->mtx);
	atomic_fetch_add(&c->us, ms * 1000);
	for (s = c->sleepers; s != NULL; s = s->next)
		s->wake(s->arg);
	btcu_unlock(&c->mtx);
}

void
btcu_fakeclock_add(struct btcu_fakeclock *c, struct btcu_sleeper *s)
{
	btcu_lock(&c->mtx);
	s->prev = NULL;
	s->next = c->sleepers;
	if (s->next != NULL)
		s->next->prev = s;
	c->sleepers = s;
	btcu_unlock(&c->mtx);
}

void
btcu_fakeclock_remove(struct btcu_fakeclock *c, struct btcu_sleeper *s)
{
	btcu_lock(&c->mtx);
	*(s->prev != NULL ? &s->prev->next : &c->sleepers) = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
	btcu_unlock(&c->mtx);
}

int64_t
btcu_clock_us(const struct btcu_fakeclock *c)
{
	return c == NULL ? btcu_now_us() : atomic_load(&c->us);
}

int64_t
btcu_clock_ms(const struct btcu_fakeclock *c)
{
	return btcu_clock_us(c) / 1000;
}

int64_t
btcu_clock_wall_s(const struct btcu_fakeclock *c)
{
	return c == NULL ? btcu_wall_s()
	    : c->wall_s + btcu_clock_us(c) / 1000000;
}
