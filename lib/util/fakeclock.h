/*
 * A clock that moves only when it is told to, for tests: who sleeps until a
 * time of it is woken when that may have come.
 */
#ifndef BTC_UTIL_FAKECLOCK_H
#define BTC_UTIL_FAKECLOCK_H

#include <stdatomic.h>
#include <stdint.h>

#include "util/thread.h"

struct btcu_sleeper {
	struct btcu_sleeper *next, *prev;
	void (*wake)(void *arg);
	void *arg;
};

/* Members are protected by:  I  nobody writes   a  atomic   m  mtx */
struct btcu_fakeclock {
	atomic_int_least64_t us;	/* [a] since it was made */
	int64_t wall_s;			/* [I] what wall clocks showed then */
	struct btcu_mutex mtx;
	struct btcu_sleeper *sleepers;	/* [m] */
};

/* Returns 0 or BTCPEER_E_NOMEM. */
int btcu_fakeclock_init(struct btcu_fakeclock *c, int64_t wall_s);
void btcu_fakeclock_clear(struct btcu_fakeclock *c);	/* nobody sleeps by it */

/*
 * Let ms pass and wake everybody.  wake is called on this thread with mtx held:
 * so whoever adds or removes a sleeper holds nothing that wake takes.
 */
void btcu_fakeclock_advance(struct btcu_fakeclock *c, int64_t ms);

/* s is borrowed until it is removed; after that wake does not run any more. */
void btcu_fakeclock_add(struct btcu_fakeclock *c, struct btcu_sleeper *s);
void btcu_fakeclock_remove(struct btcu_fakeclock *c, struct btcu_sleeper *s);

/* What time it is by c, or, if that is NULL, really; as in clock.h. */
int64_t btcu_clock_us(const struct btcu_fakeclock *c);
int64_t btcu_clock_ms(const struct btcu_fakeclock *c);
int64_t btcu_clock_wall_s(const struct btcu_fakeclock *c);

#endif
