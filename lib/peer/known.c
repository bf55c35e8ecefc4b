#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <btcpeer/error.h>
#include "peer/known.h"
#include "util/rand.h"

#define CAP_MIN 16

void
btcp_known_init(struct btcp_known *k, uint32_t max)
{
	*k = (struct btcp_known){ .max = max };
}

void
btcp_known_clear(struct btcp_known *k)
{
	free(k->young.slot);
	free(k->old.slot);
	k->young = k->old = (struct btcp_known_table){ 0 };
}

/* Sums of products with random numbers, of which the high half is kept: any two
 * hashes that were chosen without those meet with a probability of 2^-32. */
static uint32_t
place_of(const struct btcp_known *k, const struct btcwire_hash *h)
{
	uint64_t sum = k->seed[8];
	uint32_t w[8];
	int i;

	memcpy(w, h->b, sizeof(w));
	for (i = 0; i < 8; i += 2)
		sum += (k->seed[i] + w[i + 1]) * (k->seed[i + 1] + w[i]);
	return (uint32_t)(sum >> 32);
}

/* Where h stands, or would; NULL in a table that has no slots. */
static struct btcp_known_slot *
find(const struct btcp_known_table *t, uint32_t place,
    const struct btcwire_hash *h)
{
	uint32_t i;

	if (t->cap == 0)
		return NULL;
	for (i = place & (t->cap - 1); t->slot[i].kinds != 0 &&
	    memcmp(t->slot[i].hash.b, h->b, sizeof(h->b)) != 0;
	    i = (i + 1) & (t->cap - 1))
		;
	return &t->slot[i];
}

static bool
is_in(const struct btcp_known_table *t, uint32_t place,
    const struct btcwire_hash *h, unsigned kinds)
{
	const struct btcp_known_slot *at = find(t, place, h);

	return at != NULL && (at->kinds & kinds) != 0;
}

bool
btcp_known_has(const struct btcp_known *k, const struct btcwire_hash *h,
    unsigned kinds)
{
	uint32_t place;

	if (k->young.cap == 0 && k->old.cap == 0)
		return false;
	place = place_of(k, h);
	return is_in(&k->young, place, h, kinds) ||
	    is_in(&k->old, place, h, kinds);
}

/* Room for one more, at most three quarters full. */
static int
grow(struct btcp_known *k)
{
	struct btcp_known_table *t = &k->young, more;
	uint32_t i;

	if (t->len < t->cap / 4 * 3)
		return 0;
	more = (struct btcp_known_table){ .len = t->len,
	    .cap = t->cap == 0 ? CAP_MIN : t->cap * 2 };
	if (more.cap <= t->cap)
		return BTCPEER_E_NOMEM;
	more.slot = calloc(more.cap, sizeof(*more.slot));
	if (more.slot == NULL)
		return BTCPEER_E_NOMEM;
	if (t->cap == 0 && k->old.cap == 0)
		btcu_rand_bytes(k->seed, sizeof(k->seed));
	for (i = 0; i < t->cap; i++)
		if (t->slot[i].kinds != 0)
			*find(&more, place_of(k, &t->slot[i].hash),
			    &t->slot[i].hash) = t->slot[i];
	free(t->slot);
	*t = more;
	return 0;
}

/* The young generation becomes the old one, whose slots are used again. */
static void
age(struct btcp_known *k)
{
	struct btcp_known_table t = k->old;

	k->old = k->young;
	if (t.cap > 0)
		memset(t.slot, 0, t.cap * sizeof(*t.slot));
	t.len = 0;
	k->young = t;
}

int
btcp_known_add(struct btcp_known *k, const struct btcwire_hash *h,
    unsigned kinds)
{
	struct btcp_known_slot *at;
	int rc;

	if (k->young.len == k->max)
		age(k);
	rc = grow(k);
	if (rc != 0)
		return rc;
	at = find(&k->young, place_of(k, h), h);
	if (at->kinds == 0) {
		at->hash = *h;
		k->young.len++;
	}
	at->kinds |= kinds;
	return 0;
}
