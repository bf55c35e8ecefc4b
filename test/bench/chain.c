#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "chain.h"

#define SCRIPT 430	/* bytes of an output's script */
#define STEP_S 600	/* from block to block */

/* One block in the making, and what its transactions point to. */
struct draft {
	struct btcwire_block block;
	struct btcwire_tx *tx;
	struct btcwire_txin *in;
	struct btcwire_txout *out;
	uint8_t *script;	/* SCRIPT bytes for each transaction */
	uint64_t random;
};

static uint64_t
next_random(struct draft *d)
{
	d->random ^= d->random << 13;
	d->random ^= d->random >> 7;
	d->random ^= d->random << 17;
	return d->random;
}

static void
draft_init(struct draft *d, size_t txs)
{
	*d = (struct draft){ .random = 88172645463325252u };
	d->tx = need_memory(txs * sizeof(*d->tx));
	d->in = need_memory(txs * sizeof(*d->in));
	d->out = need_memory(txs * sizeof(*d->out));
	d->script = need_memory(txs * SCRIPT);
	d->block.tx = d->tx;
	d->block.tx_len = txs;
}

static void
draft_clear(struct draft *d)
{
	free(d->tx);
	free(d->in);
	free(d->out);
	free(d->script);
}

/* All transactions anew; the first is a coinbase that names the height. */
static void
fill(struct draft *d, uint32_t height)
{
	static uint8_t tag[5];
	uint64_t r;
	size_t i, k;

	tag[0] = 4;
	memcpy(tag + 1, &height, sizeof(height));
	for (i = 0; i < d->block.tx_len; i++) {
		uint8_t *script = d->script + i * SCRIPT;

		for (k = 0; k + sizeof(r) <= SCRIPT; k += sizeof(r)) {
			r = next_random(d);
			memcpy(script + k, &r, sizeof(r));
		}
		script[0] = 0x6a;	/* what follows is free */
		d->in[i] = (struct btcwire_txin){ .sequence = UINT32_MAX };
		memcpy(d->in[i].prev.hash.b, script + 1, 32);
		d->out[i] = (struct btcwire_txout){ .value = 1,
		    .script = { script, SCRIPT } };
		d->tx[i] = (struct btcwire_tx){ .version = 2, .in = &d->in[i],
		    .in_len = 1, .out = &d->out[i], .out_len = 1 };
	}
	d->in[0].prev = (struct btcwire_outpoint){ .index = UINT32_MAX };
	d->in[0].script = (struct btcwire_bytes){ tag, sizeof(tag) };
}

/* The easiest target lets every other hash pass. */
static void
mine(struct btcwire_hash *hash, struct btcwire_block *block)
{
	need(btcwire_block_merkle_root(&block->header.merkle_root, NULL,
	    block) == 0, "out of memory");
	do {
		block->header.nonce++;
		btcwire_header_hash(hash, &block->header);
	} while (hash->b[31] >= 0x7f);
}

static void
append(FILE *f, const struct btcwire_chain *chain, const uint8_t *data,
    size_t len)
{
	uint8_t head[8] = { chain->magic[0], chain->magic[1], chain->magic[2],
	    chain->magic[3], (uint8_t)len, (uint8_t)(len >> 8),
	    (uint8_t)(len >> 16), (uint8_t)(len >> 24) };

	need(fwrite(head, 1, sizeof(head), f) == sizeof(head) &&
	    fwrite(data, 1, len, f) == len, "cannot write the blocks");
}

void
chain_write(const char *path, size_t n, size_t txs)
{
	const struct btcwire_chain *chain = btcwire_chain(BTCWIRE_REGTEST);
	struct btcwire_header genesis;
	FILE *f = fopen(path, "wb");
	struct btcwire_hash tip;
	struct draft d;
	uint8_t *data;
	size_t i, len;

	need(f != NULL, "cannot write %s", path);
	draft_init(&d, txs);
	append(f, chain, chain->genesis.data, chain->genesis.len);
	btcwire_header_decode(&genesis, chain->genesis.data);
	tip = chain->genesis_hash;
	for (i = 1; i <= n; i++) {
		fill(&d, (uint32_t)i);
		d.block.header = (struct btcwire_header){ .version = 4,
		    .prev = tip, .bits = genesis.bits,
		    .time = genesis.time + (uint32_t)i * STEP_S };
		mine(&tip, &d.block);
		need(btcwire_body_encode_new(&data, &len, BTCWIRE_BLOCK,
		    &d.block, BTCWIRE_PVER_NEWEST, 0, NULL) == 0,
		    "cannot encode a block");
		append(f, chain, data, len);
		free(data);
	}
	need(fclose(f) == 0, "cannot write the blocks");
	draft_clear(&d);
}
