#include "config.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

enum {
	POOL = 4 << 20,
	BUDGET = 300000		/* of wire bytes, about; in memory it fits POOL */
};

void
gen_init(struct gen *g, uint64_t seed)
{
	*g = (struct gen){ .state = seed, .pool = malloc(POOL) };
	if (g->pool == NULL) {
		fputs("out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	gen_reset(g);
}

void
gen_reset(struct gen *g)
{
	g->used = 0;
	g->budget = BUDGET;
}

void
gen_clear(struct gen *g)
{
	free(g->pool);
	g->pool = NULL;
}

/* SplitMix64: a counter put through a mixing function. */
uint64_t
gen_u64(struct gen *g)
{
	uint64_t z = g->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t
gen_below(struct gen *g, uint64_t n)
{
	return gen_u64(g) % n;
}

void
gen_fill(struct gen *g, void *p, size_t n)
{
	uint8_t *b = p;
	uint64_t r = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (i % 8 == 0)
			r = gen_u64(g);
		b[i] = (uint8_t)(r >> i % 8 * 8);
	}
}

void *
gen_take(struct gen *g, size_t n)
{
	void *p = g->pool + g->used;

	g->used += (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (g->used > POOL) {
		fputs("gen.c: POOL is too small\n", stderr);
		exit(EXIT_FAILURE);
	}
	memset(p, 0, n);
	return p;
}

size_t
gen_len(struct gen *g, size_t max, size_t item)
{
	static const size_t edges[] = { 252, 253, 254, 255, 256, 65535, 65536 };
	uint64_t dice = gen_below(g, 256);
	size_t n;

	if (dice == 0)
		n = edges[gen_below(g, 7)];
	else if (dice < 3)
		n = edges[gen_below(g, 5)];
	else
		n = (size_t)gen_below(g, dice < 16 ? 60 : 5);
	if (n > max)
		n = max;
	if (n > g->budget / item)
		n = g->budget / item;
	g->budget -= n * item;
	return n;
}

struct btcwire_bytes
gen_bytes(struct gen *g, size_t max)
{
	size_t len = gen_len(g, max, 1);
	uint8_t *data = gen_take(g, len);

	gen_fill(g, data, len);
	return (struct btcwire_bytes){ .data = data, .len = len };
}

struct btcwire_hash *
gen_hashes(struct gen *g, size_t n)
{
	struct btcwire_hash *h = gen_take(g, n * sizeof(*h));

	gen_fill(g, h, n * sizeof(*h));
	return h;
}

/* What is left to skip is spent a little at a time, or soon. */
static size_t
gap(struct gen *g, size_t left)
{
	static const size_t sizes[] = { 1, 2, 300, 70000 };
	size_t n = sizes[gen_below(g, 4)];

	return (size_t)gen_below(g, (n <= left ? n : left + 1));
}

void
gen_ascending(struct gen *g, uint16_t *v, size_t n, size_t end)
{
	size_t left = end - n, next = 0, skip, i;

	for (i = 0; i < n; i++) {
		skip = gap(g, left);
		left -= skip;
		next += skip;
		v[i] = (uint16_t)next++;
	}
}

const void *
gen_body(struct gen *g, enum btcwire_type type)
{
	static const void *(*const make[BTCWIRE_NTYPES])(struct gen *) = {
#define XX(upper, name, body) [BTCWIRE_##upper] = gen_make_##body,
		BTCWIRE_MSG_MAP(XX)
#undef XX
	};

	gen_reset(g);
	return make[type](g);
}

size_t
gen_mutate(struct gen *g, uint8_t *buf, size_t len, size_t size)
{
	size_t rounds = 1 + (size_t)gen_below(g, 4), at, n;

	while (rounds-- > 0 && len > 0) {
		at = (size_t)gen_below(g, len);
		n = 1 + (size_t)gen_below(g, len - at < 9 ? len - at : 9);
		switch (gen_below(g, 6)) {
		case 0:
			buf[at] ^= (uint8_t)(1 << gen_below(g, 8));
			break;
		case 1:
			buf[at] = (uint8_t)gen_u64(g);
			break;
		case 2:
			memset(buf + at, 0xff, n);
			break;
		case 3:
			memset(buf + at, 0, n);
			break;
		case 4:
			len = at;
			break;
		default:	/* the bytes at the place, once more at the end */
			if (n > size - len)
				n = size - len;
			memmove(buf + len, buf + at, n);
			len += n;
			break;
		}
	}
	return len;
}
