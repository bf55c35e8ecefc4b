/*
 * Filters over blocks: Bloom filters that a client sets (BIP 37), compact
 * block filters that a server offers (BIP 158).  The rules of
 * <btcpeer/wire.h>, which includes this, hold.
 */
#ifndef BTCPEER_FILTER_H
#define BTCPEER_FILTER_H

#include <btcpeer/error.h>
#include <btcpeer/msgs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Bloom filters (BIP 37) -------------------------------------------- */

/* Opaque.  Belongs to one thread at a time; but any number may ask what it
 * contains while none changes it. */
struct btcwire_bloom;

/* MurmurHash3, 32 bits, of its x86 variant. */
BTCPEER_API uint32_t btcwire_murmur3(uint32_t seed, const void *data,
    size_t len);

/*
 * An empty filter, with size and hash functions as BIP 37 computes them, within
 * its limits.
 *
 * Returns: 0, or BTCPEER_E_INVAL (rate not between 0 and 1, or no element),
 *          _NOMEM.
 * Out:     out       free with btcwire_bloom_free().
 * In:      elements  how many will be inserted.
 *          rate      of false positives, once they are; 0 < rate < 1.
 *          tweak     random, and another for each filter.
 *          update    enum btcwire_bloom_update.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_bloom_new(struct btcwire_bloom **out,
    size_t elements, double rate, uint32_t tweak, uint8_t update);

/* The filter that a remote has sent, copied.  Returns 0, or BTCPEER_E_TOOBIG
 * (over the limits of the message), _NOMEM. */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_bloom_from_filterload(
    struct btcwire_bloom **out, const struct btcwire_filterload *m);

/* b or NULL. */
BTCPEER_API void btcwire_bloom_free(struct btcwire_bloom *b);

/* The message that sets this filter; its bytes are borrowed from b. */
BTCPEER_API void btcwire_bloom_filterload(struct btcwire_filterload *out,
    const struct btcwire_bloom *b);

/* Data as it is pushed in scripts: a public key or its hash; what filteradd
 * brings. */
BTCPEER_API void btcwire_bloom_insert(struct btcwire_bloom *b,
    const void *data, size_t len);
BTCPEER_API void btcwire_bloom_insert_outpoint(struct btcwire_bloom *b,
    const struct btcwire_outpoint *o);

/* A filter without bytes or hash functions, or all of ones, contains
 * everything. */
BTCPEER_API bool btcwire_bloom_contains(const struct btcwire_bloom *b,
    const void *data, size_t len);
BTCPEER_API bool btcwire_bloom_contains_outpoint(
    const struct btcwire_bloom *b, const struct btcwire_outpoint *o);

/*
 * Whether a transaction is relevant: its txid, data pushed by its outputs,
 * outpoints it spends, data pushed by its inputs.  Outputs that match are
 * inserted as outpoints, as far as the filter's update asks for it.
 */
BTCPEER_API bool btcwire_bloom_match_tx(struct btcwire_bloom *b,
    const struct btcwire_tx *tx);

/* ---- Compact block filters (BIP 157, BIP 158) -------------------------- */

/*
 * The basic filter of a block: the scripts of its outputs, but for those that
 * begin with OP_RETURN, and of the outputs it spends; empty ones left out.
 *
 * Returns: 0, or BTCPEER_E_INVAL (not one spent script for each input but
 *          those of the first transaction), _TOOBIG (over 2^32 - 1 scripts),
 *          _NOMEM.
 * Out:     filter  the bytes of cfilter; free(3) them.
 * In:      spent   the scripts of the outputs spent, in the order of the
 *                  inputs, the first transaction (the coinbase) left out.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_cfilter_build(uint8_t **filter,
    size_t *filter_len, const struct btcwire_block *block,
    const struct btcwire_bytes *spent, size_t spent_len,
    struct btcpeer_error *err);

/* The basic filter of any items, as for the block of that hash.  Items that
 * are equal count once, empty ones not at all.
 * Returns 0, or BTCPEER_E_TOOBIG (over 2^32 - 1 items), _NOMEM. */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_cfilter_build_items(uint8_t **filter,
    size_t *filter_len, const struct btcwire_hash *block,
    const struct btcwire_bytes *items, size_t items_len);

/*
 * Whether a basic filter contains one of the items at least; by BIP 158, one
 * in 784,931 that it does not contain is found all the same.
 *
 * Returns: 0, or BTCPEER_E_SHORT, _NONCANON, _TOOBIG (count or item out of
 *          range), _TRAILING (the filter is damaged; err: where), _NOMEM.
 * In:      items  scripts; empty ones never match.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_cfilter_match(bool *match,
    const struct btcwire_bytes *filter, const struct btcwire_hash *block,
    const struct btcwire_bytes *items, size_t items_len,
    struct btcpeer_error *err);

/* The hash of a filter, as in cfheaders. */
BTCPEER_API void btcwire_cfilter_hash(struct btcwire_hash *out,
    const struct btcwire_bytes *filter);

/* The filter header: of a filter's hash and the header before it.  Before the
 * genesis block's it is all zero. */
BTCPEER_API void btcwire_cfilter_header(struct btcwire_hash *out,
    const struct btcwire_hash *filter_hash, const struct btcwire_hash *prev);

#ifdef __cplusplus
}
#endif
#endif
