#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "peer/features.h"
#include "peer/peer.h"

/* One block holds id and data: what id points to is what is freed. */
static int
copy(struct btcpeer_feature *out, const struct btcwire_feature *f)
{
	char *id = malloc(f->id.len + 1 + f->data.len);

	if (id == NULL)
		return BTCPEER_E_NOMEM;
	memcpy(id, f->id.data, f->id.len);
	id[f->id.len] = '\0';
	*out = (struct btcpeer_feature){ .id = id, .data_len = f->data.len };
	if (f->data.len > 0)
		out->data = memcpy(id + f->id.len + 1, f->data.data,
		    f->data.len);
	return 0;
}

static bool
is(const struct btcpeer_feature *f, const struct btcwire_bytes *id)
{
	return strlen(f->id) == id->len &&
	    memcmp(f->id, id->data, id->len) == 0;
}

int
btcp_features_add(struct btcp_features *fs, const struct btcwire_feature *f)
{
	size_t i = 0;
	int rc;

	while (i < fs->len && !is(&fs->v[i], &f->id))
		i++;
	if (i < fs->len || i == BTCPEER_MAX_FEATURES)
		return 0;
	if (fs->v == NULL)
		fs->v = calloc(BTCPEER_MAX_FEATURES, sizeof(*fs->v));
	if (fs->v == NULL)
		return BTCPEER_E_NOMEM;
	rc = copy(&fs->v[i], f);
	if (rc == 0)
		fs->len++;
	return rc;
}

void
btcp_features_clear(struct btcp_features *fs)
{
	size_t i;

	for (i = 0; i < fs->len; i++)
		free((void *)(uintptr_t)fs->v[i].id);
	free(fs->v);
	*fs = (struct btcp_features){ 0 };
}

/* Nothing is lent before the remote's verack: until then the input thread may
 * still add to them. */
size_t
btcpeer_features(struct btcpeer *p, struct btcpeer_feature *out, size_t room)
{
	bool complete;
	size_t n;

	btcu_lock(&p->mtx);
	complete = p->stats.verack_received;
	btcp_unlock(p);
	if (!complete)
		return 0;
	n = p->features.len < room ? p->features.len : room;
	if (n > 0)
		memcpy(out, p->features.v, n * sizeof(*out));
	return p->features.len;
}
