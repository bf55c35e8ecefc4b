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
	k->null = false;
}

static bool
is_free(const struct btcwire_hash *h)
{
	uint64_t w[4];

	memcpy(w, h->b, sizeof(w));
	return (w[0] | w[1] | w[2] | w[3]) == 0;
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
static struct btcwire_hash *
find(const struct btcp_known_table *t, uint32_t place,
    const struct btcwire_hash *h)
{
	uint32_t i;

	if (t->cap == 0)
		return NULL;
	for (i = place & (t->cap - 1); !is_free(&t->slot[i]) &&
	    memcmp(t->slot[i].b, h->b, sizeof(h->b)) != 0; i = (i + 1) & (t->cap - 1))
		;
	return &t->slot[i];
}

static bool
is_in(const struct btcp_known_table *t, uint32_t place,
    const struct btcwire_hash *h)
{
	const struct btcwire_hash *at = find(t, place, h);

	return at != NULL && !is_free(at);
}

bool
btcp_known_has(const struct btcp_known *k, const struct btcwire_hash *h)
{
	uint32_t place;

	if (is_free(h))
		return k->null;
	if (k->young.cap == 0 && k->old.cap == 0)
		return false;
	place = place_of(k, h);
	return is_in(&k->young, place, h) || is_in(&k->old, place, h);
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
	more.slot = calloc(more.cap, sizeof(*more.slot));
	if (more.slot == NULL)
		return BTCPEER_E_NOMEM;
	if (t->cap == 0 && k->old.cap == 0)
		btcu_rand_bytes(k->seed, sizeof(k->seed));
	for (i = 0; i < t->cap; i++)
		if (!is_free(&t->slot[i]))
			*find(&more, place_of(k, &t->slot[i]), &t->slot[i]) =
			    t->slot[i];
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
btcp_known_add(struct btcp_known *k, const struct btcwire_hash *h)
{
	struct btcwire_hash *at;
	int rc;

	if (is_free(h)) {
		k->null = true;
		return 0;
	}
	if (k->young.len == k->max)
		age(k);
	rc = grow(k);
	if (rc != 0)
		return rc;
	at = find(&k->young, place_of(k, h), h);
	if (is_free(at)) {
		*at = *h;
		k->young.len++;
	}
	return 0;
}
