/*
 * Mutexes that clang can check, condition variables on the monotonic clock,
 * threads with small stacks, names and no signals.
 */
#ifndef BTC_UTIL_THREAD_H
#define BTC_UTIL_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/tsa.h"

struct CAPABILITY btcu_mutex {
	pthread_mutex_t m;
};

struct btcu_cond {
	pthread_cond_t c;
};

/* Return 0 or BTCPEER_E_NOMEM. */
int  btcu_mutex_init(struct btcu_mutex *m);
void btcu_mutex_destroy(struct btcu_mutex *m);
int  btcu_cond_init(struct btcu_cond *c);
void btcu_cond_destroy(struct btcu_cond *c);

void btcu_lock(struct btcu_mutex *m) ACQUIRES(*m);
void btcu_unlock(struct btcu_mutex *m) RELEASES(*m);
void btcu_signal(struct btcu_cond *c);
void btcu_broadcast(struct btcu_cond *c);

/* Sleep until signalled or until the deadline, spurious wake-ups included.
 * Returns false when the deadline has passed. */
bool btcu_wait_until(struct btcu_cond *c, struct btcu_mutex *m,
    int64_t deadline_ms) REQUIRES(*m);

/*
 * Start a joinable thread with all signals blocked.
 * Returns: 0 or BTCPEER_E_THREAD.
 */
int btcu_thread_start(pthread_t *t, size_t stack_size, void *(*run)(void *),
    void *arg);

/* Name the calling thread; cut to the 15 characters that Linux keeps.  To name
 * another one costs ten times as much. */
void btcu_thread_name(const char *name);

#endif
