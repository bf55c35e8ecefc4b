#include "config.h"

#include <stddef.h>

#include "peer/nonces.h"
#include "util/rand.h"
#include "util/thread.h"

enum { BUCKETS = 1024, RECENT = 1024 };

/* All guarded by mtx. */
static struct btcu_mutex mtx = { PTHREAD_MUTEX_INITIALIZER };
static struct btcp_nonce *live[BUCKETS];
static uint64_t recent[RECENT];
static size_t recent_next;

void
btcp_nonce_make(struct btcp_nonce *n)
{
	struct btcp_nonce **b;

	do
		n->value = btcu_rand_u64();
	while (n->value == 0);
	btcu_lock(&mtx);
	b = &live[n->value % BUCKETS];
	n->next = *b;
	n->live = true;
	*b = n;
	btcu_unlock(&mtx);
}

void
btcp_nonce_release(struct btcp_nonce *n)
{
	struct btcp_nonce **at;

	btcu_lock(&mtx);
	if (n->live) {
		for (at = &live[n->value % BUCKETS]; *at != n; at = &(*at)->next)
			;
		*at = n->next;
		n->live = false;
		recent[recent_next++ % RECENT] = n->value;
	}
	btcu_unlock(&mtx);
}

bool
btcp_nonce_is_ours(uint64_t value)
{
	const struct btcp_nonce *n;
	bool found;
	size_t i;

	if (value == 0)
		return false;
	btcu_lock(&mtx);
	for (n = live[value % BUCKETS]; n != NULL && n->value != value;)
		n = n->next;
	found = n != NULL;
	for (i = 0; i < RECENT && !found; i++)
		found = recent[i] == value;
	btcu_unlock(&mtx);
	return found;
}
