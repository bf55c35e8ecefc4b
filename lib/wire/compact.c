/*
 * Compact blocks (BIP 152): short ids, and the message made from a block.
 */
#include "config.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "wire/codecs.h"
#include "wire/msgpriv.h"

#define SHORT_ID_MASK ((UINT64_C(1) << 48) - 1)

static_assert(crypto_shorthash_KEYBYTES ==
    sizeof(((struct btcwire_short_id_key *)0)->k), "SipHash-2-4");

/* BIP 152: a single SHA-256, of which half is the key. */
void
btcwire_short_id_key(struct btcwire_short_id_key *out,
    const struct btcwire_header *header, uint64_t nonce)
{
	uint8_t data[BTCWIRE_HEADER_BYTES + 8], hash[crypto_hash_sha256_BYTES];

	btcwire_header_encode(data, header);
	xf_set_le64(data + BTCWIRE_HEADER_BYTES, nonce);
	crypto_hash_sha256(hash, data, sizeof(data));
	memcpy(out->k, hash, sizeof(out->k));
}

uint64_t
btcwire_short_id(const struct btcwire_short_id_key *key,
    const struct btcwire_hash *wtxid)
{
	uint8_t hash[crypto_shorthash_BYTES];

	crypto_shorthash(hash, wtxid->b, sizeof(wtxid->b), key->k);
	return xf_le64(hash) & SHORT_ID_MASK;
}

static const char *
check(const struct btcwire_block *block, const uint16_t *prefill,
    size_t prefill_len)
{
	size_t i, next = 0;

	if (block->tx_len == 0)
		return "block without transactions";
	for (i = 0; i < prefill_len; i++) {
		if (prefill[i] < next)
			return "transactions to send along are not ascending";
		if (prefill[i] >= block->tx_len)
			return "a transaction to send along is not in the block";
		next = (size_t)prefill[i] + 1;
	}
	return NULL;
}

/* Each transaction goes to one of the lists; m has room for all in both. */
static void
divide(struct btcwire_cmpctblock *m, uint64_t *id,
    struct btcwire_prefilled *prefilled, const struct btcwire_block *block,
    const uint16_t *prefill, size_t prefill_len)
{
	struct btcwire_short_id_key key;
	struct btcwire_hash wtxid;
	size_t i, at = 0;
	bool chosen;

	btcwire_short_id_key(&key, &m->header, m->nonce);
	for (i = 0; i < block->tx_len; i++) {
		chosen = at < prefill_len && prefill[at] == i;
		if (chosen)
			at++;
		if (chosen || i == 0) {
			prefilled[m->prefilled_len++] =
			    (struct btcwire_prefilled){ .index = (uint16_t)i,
			    .tx = block->tx[i] };
		} else {
			btcwire_wtxid(&wtxid, &block->tx[i]);
			id[m->short_id_len++] = btcwire_short_id(&key, &wtxid);
		}
	}
	m->short_id = id;
	m->prefilled = prefilled;
}

int
btcwire_blocktxn_new(struct btcwire_msg **out,
    const struct btcwire_block *block, const struct btcwire_getblocktxn *m,
    struct btcpeer_error *err)
{
	struct btcwire_blocktxn body = { .block = m->block,
	    .tx_len = m->index_len };
	struct btcwire_tx *tx;
	size_t i;
	int rc;

	for (i = 0; i < m->index_len; i++)
		if (m->index[i] >= block->tx_len)
			return btcwire_fail(err, BTCPEER_E_BADVALUE,
			    "getblocktxn: index past the block's end");
	if ((tx = malloc((m->index_len + 1) * sizeof(*tx))) == NULL)
		return btcwire_fail(err, BTCPEER_E_NOMEM, "out of memory");
	for (i = 0; i < m->index_len; i++)
		tx[i] = block->tx[m->index[i]];
	body.tx = tx;
	rc = btcwire_msg_new(out, BTCWIRE_BLOCKTXN, &body, err);
	free(tx);
	return rc;
}

int
btcwire_cmpctblock_new(struct btcwire_msg **out,
    const struct btcwire_block *block, uint64_t nonce, const uint16_t *prefill,
    size_t prefill_len, struct btcpeer_error *err)
{
	struct btcwire_cmpctblock m = { .header = block->header,
	    .nonce = nonce };
	const char *why = check(block, prefill, prefill_len);
	struct btcwire_prefilled *prefilled;
	uint64_t *id;
	int rc;

	if (why != NULL)
		return btcwire_fail(err, BTCPEER_E_INVAL, why);
	if (block->tx_len > BTCWIRE_MAX_CMPCT_TXS)
		return btcwire_fail(err, BTCPEER_E_TOOBIG,
		    "block has more than 65535 transactions");
	id = calloc(block->tx_len, sizeof(*id));
	prefilled = calloc(prefill_len + 1, sizeof(*prefilled));
	if (id == NULL || prefilled == NULL) {
		rc = btcwire_fail(err, BTCPEER_E_NOMEM, "out of memory");
	} else {
		divide(&m, id, prefilled, block, prefill, prefill_len);
		rc = btcwire_msg_new(out, BTCWIRE_CMPCTBLOCK, &m, err);
	}
	free(prefilled);
	free(id);
	return rc;
}
