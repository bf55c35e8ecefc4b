/*
 * Random bodies from a seed: the same seed gives the same bodies everywhere.
 */
#ifndef TEST_GEN_H
#define TEST_GEN_H

#include <stddef.h>
#include <stdint.h>

#include <btcpeer/msgs.h>

struct gen {
	uint64_t state;
	uint8_t *pool;		/* what bodies are made of */
	size_t used;
	size_t budget;		/* bytes that the body may still take */
};

/* Ends the program when out of memory. */
void gen_init(struct gen *g, uint64_t seed);
void gen_clear(struct gen *g);

uint64_t gen_u64(struct gen *g);
uint64_t gen_below(struct gen *g, uint64_t n);	/* 0 to n - 1 */
void gen_fill(struct gen *g, void *p, size_t n);

/*
 * A body of that type, legal and mostly small; borrowed until the next call.
 * Lengths at which the form of a CompactSize changes come up often.
 */
const void *gen_body(struct gen *g, enum btcwire_type type);

/* Change bytes in buf: flips, runs of 0x00 and 0xff, a cut, a repeated piece.
 * Returns the new length, at most size. */
size_t gen_mutate(struct gen *g, uint8_t *buf, size_t len, size_t size);

/* ---- Parts of bodies --------------------------------------------------- */

/* Take back all memory that was handed out; gen_body() begins so. */
void gen_reset(struct gen *g);

/* Memory of g, cleared; borrowed until the next gen_reset(). */
void *gen_take(struct gen *g, size_t n);

/* How many items, at most max, of that many bytes each on the wire. */
size_t gen_len(struct gen *g, size_t max, size_t item);

struct btcwire_bytes gen_bytes(struct gen *g, size_t max);
struct btcwire_hash *gen_hashes(struct gen *g, size_t n);
void gen_header(struct gen *g, struct btcwire_header *h);

/* Always with an input: the form with witnesses cannot say "outputs only". */
void gen_tx(struct gen *g, struct btcwire_tx *tx);

/* n numbers in ascending order, all below end. */
void gen_ascending(struct gen *g, uint16_t *v, size_t n, size_t end);

/* What makes the bodies of each struct: const void *gen_make_ping(g) ... */
#define XX(upper, name, body) const void *gen_make_##body(struct gen *g);
BTCWIRE_MSG_MAP(XX)
#undef XX

#endif
