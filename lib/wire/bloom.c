/*
 * Bloom filters of BIP 37.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <btcpeer/wire.h>

#include "wire/bytes.h"
#include "wire/script.h"

#define LN2         0.69314718055994530942
#define LN2_SQUARED 0.48045301391820142467

#define SEED_STEP   0xfba4c795	/* between the seeds of hash functions */
#define UPDATE_MASK 3	/* bits of the flags that say what to update */

struct btcwire_bloom {
	uint32_t hash_funcs;
	uint32_t tweak;
	uint8_t update;
	size_t len;		/* of bits, in bytes */
	uint8_t bits[];		/* lowest bit of a byte first */
};

static struct btcwire_bloom *
make(size_t len, uint32_t hash_funcs, uint32_t tweak, uint8_t update)
{
	struct btcwire_bloom *b = calloc(1, sizeof(*b) + len);

	if (b != NULL) {
		b->hash_funcs = hash_funcs;
		b->tweak = tweak;
		b->update = update;
		b->len = len;
	}
	return b;
}

/*
 * BIP 37 gives real numbers; as everywhere, they are rounded down.  But a
 * filter without bytes or without hash functions would contain everything, so
 * there is at least one of each.
 */
int
btcwire_bloom_new(struct btcwire_bloom **out, size_t elements, double rate,
    uint32_t tweak, uint8_t update)
{
	struct btcwire_bloom *b;
	double bits, funcs;
	size_t len;

	if (elements == 0 || !(rate > 0 && rate < 1))
		return BTCPEER_E_INVAL;
	bits = -1 / LN2_SQUARED * (double)elements * log(rate);
	bits = fmin(fmax(bits, 8), BTCWIRE_MAX_BLOOM_FILTER * 8);
	len = (size_t)bits / 8;
	funcs = (double)(len * 8) / (double)elements * LN2;
	funcs = fmin(fmax(funcs, 1), BTCWIRE_MAX_BLOOM_HASHES);
	b = make(len, (uint32_t)funcs, tweak, update);
	if (b == NULL)
		return BTCPEER_E_NOMEM;
	*out = b;
	return 0;
}

int
btcwire_bloom_from_filterload(struct btcwire_bloom **out,
    const struct btcwire_filterload *m)
{
	struct btcwire_bloom *b;

	if (m->filter.len > BTCWIRE_MAX_BLOOM_FILTER ||
	    m->hash_funcs > BTCWIRE_MAX_BLOOM_HASHES)
		return BTCPEER_E_TOOBIG;
	b = make(m->filter.len, m->hash_funcs, m->tweak, m->update);
	if (b == NULL)
		return BTCPEER_E_NOMEM;
	if (b->len > 0)
		memcpy(b->bits, m->filter.data, b->len);
	*out = b;
	return 0;
}

void
btcwire_bloom_free(struct btcwire_bloom *b)
{
	free(b);
}

void
btcwire_bloom_filterload(struct btcwire_filterload *out,
    const struct btcwire_bloom *b)
{
	*out = (struct btcwire_filterload){
		.filter = { b->bits, b->len },
		.hash_funcs = b->hash_funcs,
		.tweak = b->tweak,
		.update = b->update,
	};
}

/* The bit that a hash function gives to data; b has bytes. */
static uint32_t
bit_of(const struct btcwire_bloom *b, uint32_t func, const void *data,
    size_t len)
{
	return btcwire_murmur3(func * SEED_STEP + b->tweak, data, len) %
	    (uint32_t)(b->len * 8);
}

void
btcwire_bloom_insert(struct btcwire_bloom *b, const void *data, size_t len)
{
	uint32_t i, bit;

	if (b->len == 0)
		return;
	for (i = 0; i < b->hash_funcs; i++) {
		bit = bit_of(b, i, data, len);
		b->bits[bit / 8] |= (uint8_t)(1 << bit % 8);
	}
}

bool
btcwire_bloom_contains(const struct btcwire_bloom *b, const void *data,
    size_t len)
{
	uint32_t i, bit;

	if (b->len == 0)
		return true;
	for (i = 0; i < b->hash_funcs; i++) {
		bit = bit_of(b, i, data, len);
		if ((b->bits[bit / 8] >> bit % 8 & 1) == 0)
			return false;
	}
	return true;
}

/* An outpoint as transactions have it. */
static void
encode_outpoint(uint8_t out[36], const struct btcwire_outpoint *o)
{
	memcpy(out, o->hash.b, sizeof(o->hash.b));
	xf_set_le32(out + sizeof(o->hash.b), o->index);
}

void
btcwire_bloom_insert_outpoint(struct btcwire_bloom *b,
    const struct btcwire_outpoint *o)
{
	uint8_t data[36];

	encode_outpoint(data, o);
	btcwire_bloom_insert(b, data, sizeof(data));
}

bool
btcwire_bloom_contains_outpoint(const struct btcwire_bloom *b,
    const struct btcwire_outpoint *o)
{
	uint8_t data[36];

	encode_outpoint(data, o);
	return btcwire_bloom_contains(b, data, sizeof(data));
}

static bool
contains_push(const struct btcwire_bloom *b, const struct btcwire_bytes *script)
{
	struct btcwire_bytes rest = *script;
	struct script_op op;

	while (btcwire_script_next(&op, &rest))
		if (op.push.len > 0 &&
		    btcwire_bloom_contains(b, op.push.data, op.push.len))
			return true;
	return false;
}

/* Whether an output of that script, which matches, is to be inserted. */
static bool
is_updating(const struct btcwire_bloom *b, const struct btcwire_bytes *script)
{
	switch (b->update & UPDATE_MASK) {
	case BTCWIRE_BLOOM_UPDATE_ALL:
		return true;
	case BTCWIRE_BLOOM_UPDATE_P2PUBKEY_ONLY:
		return btcwire_script_is_pubkey(script) ||
		    btcwire_script_is_multisig(script);
	default:
		return false;
	}
}

bool
btcwire_bloom_match_tx(struct btcwire_bloom *b, const struct btcwire_tx *tx)
{
	struct btcwire_outpoint o;
	bool found;
	size_t i;

	btcwire_txid(&o.hash, tx);
	found = btcwire_bloom_contains(b, o.hash.b, sizeof(o.hash.b));
	for (i = 0; i < tx->out_len; i++) {
		const struct btcwire_bytes *script = &tx->out[i].script;

		if (!contains_push(b, script))
			continue;
		found = true;
		if (is_updating(b, script)) {
			o.index = (uint32_t)i;
			btcwire_bloom_insert_outpoint(b, &o);
		}
	}
	for (i = 0; !found && i < tx->in_len; i++)
		found = btcwire_bloom_contains_outpoint(b, &tx->in[i].prev) ||
		    contains_push(b, &tx->in[i].script);
	return found;
}
