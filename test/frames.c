#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "gen.h"

void
frames_head(uint8_t head[BTCWIRE_FRAME_HEADER], const uint8_t magic[4],
    const char *command, size_t len, const uint8_t checksum[4])
{
	struct btcwire_frame f = { .payload_len = (uint32_t)len };

	memcpy(f.magic, magic, sizeof(f.magic));
	memcpy(f.command, command, strnlen(command, sizeof(f.command) - 1));
	memcpy(f.checksum, checksum, sizeof(f.checksum));
	btcwire_frame_encode(head, &f);
}

void
frames_clear(struct frames *f)
{
	free(f->b);
	f->b = NULL;
	f->len = 0;
}

void
frames_bytes(struct frames *f, const void *data, size_t len)
{
	f->b = realloc(f->b, f->len + len + 1);
	if (f->b == NULL)
		abort();
	if (len > 0)
		memcpy(f->b + f->len, data, len);
	f->len += len;
}

void
frames_msg(struct frames *f, const char *command, const void *payload,
    size_t len, uint8_t spoil)
{
	uint8_t head[BTCWIRE_FRAME_HEADER];
	struct btcwire_hash sum;

	btcwire_sha256d(&sum, payload, len);
	sum.b[3] ^= spoil;
	frames_head(head, f->magic, command, len, sum.b);
	frames_bytes(f, head, sizeof(head));
	frames_bytes(f, payload, len);
}

void
frames_random(struct frames *f, const char *command, size_t len, uint64_t seed)
{
	uint8_t *p = malloc(len + 1);
	struct gen g;

	if (p == NULL)
		abort();
	gen_init(&g, seed);
	gen_fill(&g, p, len);
	frames_msg(f, command, p, len, 0);
	gen_clear(&g);
	free(p);
}
