#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <btcpeer/wire.h>

#include "sound.h"

#define COMMITMENT 6	/* bytes of script before it */

static void
need(bool ok)
{
	if (!ok) {
		fputs("out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
}

void
sound_root(struct btcwire_block *block)
{
	need(btcwire_block_merkle_root(&block->header.merkle_root, NULL,
	    block) == 0);
}

/* The input of a coinbase; with what its commitment is computed from. */
static struct btcwire_txin *
coinbase_input(struct gen *g, bool witness)
{
	struct btcwire_txin *in = gen_take(g, sizeof(*in));
	struct btcwire_bytes *item = gen_take(g, sizeof(*item));
	uint8_t *reserved = gen_take(g, 32);

	in->prev.index = UINT32_MAX;
	in->sequence = UINT32_MAX;
	in->script = gen_bytes(g, 100);
	if (witness) {
		gen_fill(g, reserved, 32);
		*item = (struct btcwire_bytes){ reserved, 32 };
		in->witness = item;
		in->witness_len = 1;
	}
	return in;
}

/* Returns where the commitment has to go; NULL: there is none. */
static uint8_t *
make_coinbase(struct gen *g, struct btcwire_tx *tx, bool witness)
{
	static const uint8_t prefix[COMMITMENT] = { 0x6a, 0x24, 0xaa, 0x21,
	    0xa9, 0xed };
	struct btcwire_txout *out = gen_take(g, 3 * sizeof(*out));
	uint8_t *script = gen_take(g, sizeof(prefix) + 32);

	memcpy(script, prefix, sizeof(prefix));
	out[0].value = INT64_C(5000000000);
	out[0].script = gen_bytes(g, 40);
	out[2].script = gen_bytes(g, 40);
	if (witness)
		out[1].script = (struct btcwire_bytes){ script,
		    sizeof(prefix) + 32 };
	*tx = (struct btcwire_tx){ .version = 2, .out = out, .out_len = 3,
	    .in = coinbase_input(g, witness), .in_len = 1 };
	return witness ? script + sizeof(prefix) : NULL;
}

static struct btcwire_block *
make_block(struct gen *g, struct btcwire_tx *tx, size_t n, bool witness)
{
	struct btcwire_block *block = gen_take(g, sizeof(*block));
	uint8_t *commitment = make_coinbase(g, &tx[0], witness);
	struct btcwire_hash computed, held;
	bool found;

	gen_header(g, &block->header);
	block->tx = tx;
	block->tx_len = n;
	if (commitment != NULL) {
		need(btcwire_block_witness_commitment(&computed, &found, &held,
		    block) == 0);
		memcpy(commitment, computed.b, sizeof(computed.b));
	}
	sound_root(block);
	return block;
}

struct btcwire_block *
sound_block_of(struct gen *g, struct btcwire_tx *tx, size_t n)
{
	return make_block(g, tx, n, true);
}

static bool
has_witness(const struct btcwire_tx *tx)
{
	size_t i;

	for (i = 0; i < tx->in_len; i++)
		if (tx->in[i].witness_len > 0)
			return true;
	return false;
}

struct btcwire_block *
sound_block(struct gen *g, size_t n)
{
	struct btcwire_tx *tx = gen_take(g, n * sizeof(*tx));
	bool witness = false;
	size_t i;

	for (i = 1; i < n; i++) {
		gen_tx(g, &tx[i]);
		witness |= has_witness(&tx[i]);
	}
	return make_block(g, tx, n, witness || gen_below(g, 2) == 1);
}
