/*
 * Prints what the library computes from the messages of a stream, for
 * comparison with another implementation.
 *
 * usage: wire_facts KIND < STREAM
 *        wire_facts newbloom ELEMENTS RATE
 *
 * block    Of each block
 *              block HASH WEIGHT ROOT MUTATED COMPUTED HELD
 *          the last two being witness commitments, in the order of their bytes.
 * tree     Of each block the merkleblock that proves every transaction whose
 *          txid begins with a byte that 3 divides:
 *              proof PAYLOAD
 *          and of each merkleblock what it proves:
 *              tree INDEX:TXID ...    or   tree bad
 * cfilter  Of each block, its inputs (not the first transaction's) taken to
 *          spend outputs whose scripts are their own:
 *              cfilter FILTER HASH HEADER MATCH
 *          The header follows that of the block before.  MATCH has a 1 for the
 *          last output's script and one for the hashes in the block's header.
 * bloom    filterload sets a filter, filteradd adds to it, tx is matched:
 *              load HASH    add WAS HASH    tx MATCH HASH
 *          WAS tells whether it was contained before; HASH is of the filter.
 * compact  Of each block the compact block, the nonce being the first 8 bytes
 *          of its hash:
 *              compact PAYLOAD
 *          cmpctblock begins a block, each tx is offered for it, mempool asks
 *          what is missing, blocktxn brings that:
 *              begin    tx WANTED    missing INDEX ...    block HASH
 *          the hash being the whole block's; "begin bad", "block bad".
 * newbloom The size of a filter for that many elements:
 *              BYTES FUNCTIONS
 *
 * Hashes of the library's own are in the usual reversed order.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "msgstream.h"

static void
print_hex(const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i < len; i++)
		printf("%02x", p[i]);
}

static void
print_hash(const struct btcwire_hash *h)
{
	char hex[BTCWIRE_HASH_HEX];

	fputs(btcwire_hash_to_hex(hex, h), stdout);
}

static void
check(int rc, const struct btcpeer_error *err)
{
	if (rc != 0)
		stream_fail("%s: %s", btcpeer_strerror(rc),
		    err != NULL ? err->text : "");
}

static void *
alloc(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (p == NULL)
		stream_fail("out of memory");
	return p;
}

/* ---- block, tree ------------------------------------------------------- */

static void
block_facts(const struct btcwire_msg *msg)
{
	const struct btcwire_block *b = btcwire_block_of(msg);
	struct btcwire_hash hash, root, computed, held;
	bool mutated, found;

	if (b == NULL)
		return;
	btcwire_header_hash(&hash, &b->header);
	check(btcwire_block_merkle_root(&root, &mutated, b), NULL);
	check(btcwire_block_witness_commitment(&computed, &found, &held, b),
	    NULL);
	printf("block ");
	print_hash(&hash);
	printf(" %zu ", btcwire_block_weight(b));
	print_hash(&root);
	printf(" %d ", mutated);
	print_hex(computed.b, sizeof(computed.b));
	printf(" ");
	if (found)
		print_hex(held.b, sizeof(held.b));
	else
		printf("-");
	printf("\n");
}

static void
print_payload(const char *what, struct btcwire_msg *msg)
{
	struct btcwire_bytes raw = btcwire_msg_raw(msg, NULL);

	printf("%s ", what);
	print_hex(raw.data, raw.len);
	printf("\n");
	btcwire_msg_unref(msg);
}

static void
prove(const struct btcwire_block *b)
{
	struct btcpeer_error err = { .text = "" };
	bool *match = alloc(b->tx_len, sizeof(*match));
	struct btcwire_msg *out;
	struct btcwire_hash id;
	size_t i;

	for (i = 0; i < b->tx_len; i++) {
		btcwire_txid(&id, &b->tx[i]);
		match[i] = id.b[0] % 3 == 0;
	}
	check(btcwire_merkleblock_new(&out, b, match, &err), &err);
	print_payload("proof", out);
	free(match);
}

static void
tree_facts(const struct btcwire_msg *msg)
{
	const struct btcwire_merkleblock *m = btcwire_merkleblock_of(msg);
	const struct btcwire_block *b = btcwire_block_of(msg);
	struct btcwire_match *match;
	size_t n, i;

	if (b != NULL && b->tx_len > 0)
		prove(b);
	if (m == NULL)
		return;
	match = alloc(m->hash_len, sizeof(*match));
	printf("tree");
	if (btcwire_merkleblock_check(match, &n, m->hash_len, m, NULL) != 0) {
		printf(" bad");
		n = 0;
	}
	for (i = 0; i < n; i++) {
		printf(" %" PRIu32 ":", match[i].index);
		print_hash(&match[i].txid);
	}
	printf("\n");
	free(match);
}

/* ---- cfilter ----------------------------------------------------------- */

static size_t
own_scripts(struct btcwire_bytes **out, const struct btcwire_block *b)
{
	size_t n = 0, i, j;

	for (i = 1; i < b->tx_len; i++)
		n += b->tx[i].in_len;
	*out = alloc(n, sizeof(**out));
	n = 0;
	for (i = 1; i < b->tx_len; i++)
		for (j = 0; j < b->tx[i].in_len; j++)
			(*out)[n++] = b->tx[i].in[j].script;
	return n;
}

static struct btcwire_bytes
last_script(const struct btcwire_block *b)
{
	const struct btcwire_tx *tx = b->tx_len > 0 ? &b->tx[b->tx_len - 1] :
	    NULL;

	if (tx == NULL || tx->out_len == 0)
		return (struct btcwire_bytes){ .data = NULL };
	return tx->out[tx->out_len - 1].script;
}

static int
matches(const struct btcwire_bytes *filter, const struct btcwire_hash *hash,
    const struct btcwire_bytes *item, size_t n)
{
	struct btcpeer_error err = { .text = "" };
	bool match;

	check(btcwire_cfilter_match(&match, filter, hash, item, n, &err), &err);
	return match;
}

static void
cfilter_facts(const struct btcwire_msg *msg)
{
	static struct btcwire_hash header;
	const struct btcwire_block *b = btcwire_block_of(msg);
	struct btcpeer_error err = { .text = "" };
	struct btcwire_bytes *spent, filter, item[2];
	struct btcwire_hash hash, filter_hash, prev = header;
	uint8_t *data;
	size_t n;

	if (b == NULL)
		return;
	n = own_scripts(&spent, b);
	check(btcwire_cfilter_build(&data, &filter.len, b, spent, n, &err),
	    &err);
	filter.data = data;
	btcwire_header_hash(&hash, &b->header);
	btcwire_cfilter_hash(&filter_hash, &filter);
	btcwire_cfilter_header(&header, &filter_hash, &prev);
	printf("cfilter ");
	print_hex(filter.data, filter.len);
	printf(" ");
	print_hash(&filter_hash);
	printf(" ");
	print_hash(&header);
	item[0] = last_script(b);
	printf(" %d", matches(&filter, &hash, item, 1));
	item[0] = (struct btcwire_bytes){ b->header.prev.b, sizeof(hash.b) };
	item[1] = (struct btcwire_bytes){ b->header.merkle_root.b,
	    sizeof(hash.b) };
	printf("%d\n", matches(&filter, &hash, item, 2));
	free(spent);
	free(data);
}

/* ---- bloom ------------------------------------------------------------- */

static void
print_bloom(const struct btcwire_bloom *bloom)
{
	struct btcwire_filterload m;
	struct btcwire_hash hash;

	btcwire_bloom_filterload(&m, bloom);
	btcwire_sha256d(&hash, m.filter.data, m.filter.len);
	printf(" ");
	print_hash(&hash);
	printf("\n");
}

static void
bloom_facts(const struct btcwire_msg *msg)
{
	static struct btcwire_bloom *bloom;
	const struct btcwire_filterload *load = btcwire_filterload_of(msg);
	const struct btcwire_filteradd *add = btcwire_filteradd_of(msg);
	const struct btcwire_tx *tx = btcwire_tx_of(msg);

	if (load != NULL) {
		btcwire_bloom_free(bloom);
		check(btcwire_bloom_from_filterload(&bloom, load), NULL);
		printf("load");
	} else if (add != NULL && bloom != NULL) {
		printf("add %d", btcwire_bloom_contains(bloom, add->data.data,
		    add->data.len));
		btcwire_bloom_insert(bloom, add->data.data, add->data.len);
	} else if (tx != NULL && bloom != NULL) {
		printf("tx %d", btcwire_bloom_match_tx(bloom, tx));
	} else {
		return;
	}
	print_bloom(bloom);
}

/* "BYTES FUNCTIONS", as a new filter gets them. */
static int
new_bloom(const char *elements, const char *rate)
{
	struct btcwire_filterload m;
	struct btcwire_bloom *bloom;

	check(btcwire_bloom_new(&bloom, (size_t)strtoul(elements, NULL, 10),
	    strtod(rate, NULL), 0, BTCWIRE_BLOOM_UPDATE_NONE), NULL);
	btcwire_bloom_filterload(&m, bloom);
	printf("%zu %" PRIu32 "\n", m.filter.len, m.hash_funcs);
	btcwire_bloom_free(bloom);
	return EXIT_SUCCESS;
}

/* ---- compact ----------------------------------------------------------- */

static void
make_compact(const struct btcwire_block *b)
{
	struct btcpeer_error err = { .text = "" };
	struct btcwire_msg *out;
	struct btcwire_hash hash;
	uint64_t nonce = 0;
	int i;

	if (b->tx_len == 0)
		return;
	btcwire_header_hash(&hash, &b->header);
	for (i = 7; i >= 0; i--)
		nonce = nonce << 8 | hash.b[i];
	check(btcwire_cmpctblock_new(&out, b, nonce, NULL, 0, &err), &err);
	print_payload("compact", out);
}

static void
print_missing(struct btcwire_partial *p)
{
	size_t n, i;
	const uint16_t *index = btcwire_partial_missing(p, &n);

	printf("missing");
	for (i = 0; i < n; i++)
		printf(" %u", index[i]);
	printf("\n");
}

static void
finish(struct btcwire_partial *p, struct btcwire_msg *blocktxn)
{
	struct btcwire_bytes raw;
	struct btcwire_hash hash;
	struct btcwire_msg *out;

	if (btcwire_partial_fill(p, blocktxn, NULL) != 0 ||
	    btcwire_partial_block(&out, p, NULL) != 0) {
		printf("block bad\n");
		return;
	}
	raw = btcwire_msg_raw(out, NULL);
	btcwire_sha256d(&hash, raw.data, raw.len);
	btcwire_msg_unref(out);
	printf("block ");
	print_hash(&hash);
	printf("\n");
}

static void
offer(struct btcwire_partial *p, struct btcwire_msg *msg)
{
	const struct btcwire_tx *tx = btcwire_tx_of(msg);
	struct btcwire_hash id;

	btcwire_wtxid(&id, tx);
	printf("tx %d\n", btcwire_partial_wants(p, &id));
	check(btcwire_partial_add(p, tx, msg), NULL);
}

static void
begin(struct btcwire_partial **p, struct btcwire_msg *msg)
{
	btcwire_partial_free(*p);
	*p = NULL;
	printf("%s\n", btcwire_partial_new(p, msg, NULL) == 0 ? "begin" :
	    "begin bad");
}

static void
compact_facts(struct btcwire_msg *msg)
{
	static struct btcwire_partial *p;
	enum btcwire_type type = btcwire_msg_type(msg);

	if (type == BTCWIRE_BLOCK)
		make_compact(btcwire_block_of(msg));
	else if (type == BTCWIRE_CMPCTBLOCK)
		begin(&p, msg);
	else if (p == NULL)
		return;
	else if (type == BTCWIRE_TX)
		offer(p, msg);
	else if (type == BTCWIRE_MEMPOOL)
		print_missing(p);
	else if (type == BTCWIRE_BLOCKTXN)
		finish(p, msg);
}

static void
facts(const char *kind, struct btcwire_msg *msg)
{
	if (strcmp(kind, "block") == 0)
		block_facts(msg);
	else if (strcmp(kind, "tree") == 0)
		tree_facts(msg);
	else if (strcmp(kind, "cfilter") == 0)
		cfilter_facts(msg);
	else if (strcmp(kind, "bloom") == 0)
		bloom_facts(msg);
	else if (strcmp(kind, "compact") == 0)
		compact_facts(msg);
	else
		stream_fail("no such kind: %s", kind);
}

int
main(int argc, char **argv)
{
	struct btcwire_msg *msg;

	if (argc == 4 && strcmp(argv[1], "newbloom") == 0)
		return new_bloom(argv[2], argv[3]);
	if (argc != 2) {
		fputs("usage: wire_facts KIND < STREAM\n"
		    "       wire_facts newbloom ELEMENTS RATE\n", stderr);
		return 2;
	}
	while ((msg = stream_read(stdin)) != NULL) {
		facts(argv[1], msg);
		btcwire_msg_unref(msg);
	}
	if (fflush(stdout) != 0)
		stream_fail("cannot write");
	return EXIT_SUCCESS;
}
