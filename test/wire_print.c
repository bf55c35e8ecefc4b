/*
 * Prints what the blocks or transactions in files are, for comparison with
 * another implementation:
 *
 *	block HASH MERKLE_ROOT TXCOUNT WITNESS_ROOT COMMITMENT
 *	tx TXID WTXID SIZE
 *
 * A block's line is followed by those of its transactions.  The roots are
 * computed; WITNESS_ROOT is "-" when nothing in the block has a witness.
 * COMMITMENT is the one that the coinbase holds, in the order of its bytes, or
 * "-".  SIZE counts the witnesses.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <btcpeer/wire.h>

static uint8_t buf[BTCWIRE_MAX_PAYLOAD + 1];

static int
print_tx(const struct btcwire_tx *tx)
{
	char txid[BTCWIRE_HASH_HEX], wtxid[BTCWIRE_HASH_HEX];
	struct btcwire_hash id, wid;
	size_t size;
	int rc = btcwire_body_size(&size, BTCWIRE_TX, tx, BTCWIRE_PVER_NEWEST, 0,
	    NULL);

	if (rc != 0)
		return rc;
	btcwire_txid(&id, tx);
	btcwire_wtxid(&wid, tx);
	printf("tx %s %s %zu\n", btcwire_hash_to_hex(txid, &id),
	    btcwire_hash_to_hex(wtxid, &wid), size);
	return 0;
}

static bool
has_witness(const struct btcwire_block *b)
{
	size_t i, j;

	for (i = 0; i < b->tx_len; i++)
		for (j = 0; j < b->tx[i].in_len; j++)
			if (b->tx[i].in[j].witness_len > 0)
				return true;
	return false;
}

/* The root over the wtxids; the coinbase's counts as zero (BIP 141). */
static int
print_witness_root(const struct btcwire_block *b)
{
	struct btcwire_hash *ids, root;
	char text[BTCWIRE_HASH_HEX];
	size_t i;

	if (!has_witness(b)) {
		fputs(" -", stdout);
		return 0;
	}
	if ((ids = calloc(b->tx_len, sizeof(*ids))) == NULL)
		return BTCPEER_E_NOMEM;
	for (i = 1; i < b->tx_len; i++)
		btcwire_wtxid(&ids[i], &b->tx[i]);
	btcwire_merkle_root(&root, ids, b->tx_len);
	free(ids);
	printf(" %s", btcwire_hash_to_hex(text, &root));
	return 0;
}

/* Refused when it is not the one that the contents call for. */
static int
print_commitment(const struct btcwire_block *b)
{
	struct btcwire_hash computed, held;
	bool found;
	size_t i;
	int rc = btcwire_block_witness_commitment(&computed, &found, &held, b);

	if (rc != 0)
		return rc;
	if (has_witness(b) && !(found && btcwire_hash_equal(&computed, &held)))
		return BTCPEER_E_PROOF;
	fputs(found ? " " : " -", stdout);
	for (i = 0; found && i < sizeof(held.b); i++)
		printf("%02x", held.b[i]);
	printf("\n");
	return 0;
}

static int
print_block(const struct btcwire_block *b)
{
	char hash[BTCWIRE_HASH_HEX], merkle[BTCWIRE_HASH_HEX];
	struct btcwire_hash id, root;
	size_t i;
	int rc = btcwire_block_merkle_root(&root, NULL, b);

	if (rc != 0)
		return rc;
	btcwire_header_hash(&id, &b->header);
	printf("block %s %s %zu", btcwire_hash_to_hex(hash, &id),
	    btcwire_hash_to_hex(merkle, &root), b->tx_len);
	if ((rc = print_witness_root(b)) != 0)
		return rc;
	rc = print_commitment(b);
	for (i = 0; i < b->tx_len && rc == 0; i++)
		rc = print_tx(&b->tx[i]);
	return rc;
}

static int
print_file(const char *path, enum btcwire_type type)
{
	struct btcpeer_error err = { .text = "" };
	struct btcwire_msg *msg;
	FILE *f = fopen(path, "rb");
	size_t len;
	int rc;

	if (f == NULL) {
		perror(path);
		return EXIT_FAILURE;
	}
	len = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	if (btcwire_decode(&msg, type, buf, len, BTCWIRE_PVER_NEWEST,
	    BTCWIRE_STRICT, &err) != 0) {
		fprintf(stderr, "%s: byte %zu: %s\n", path, err.offset, err.text);
		return EXIT_FAILURE;
	}
	rc = type == BTCWIRE_BLOCK ? print_block(btcwire_block_of(msg)) :
	    print_tx(btcwire_tx_of(msg));
	btcwire_msg_unref(msg);
	if (rc != 0)
		fprintf(stderr, "%s: %s\n", path, btcpeer_strerror(rc));
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	enum btcwire_type type;
	int rc = EXIT_SUCCESS, i;

	type = argc > 2 ? btcwire_type_of(argv[1]) : BTCWIRE_UNKNOWN;
	if (type != BTCWIRE_BLOCK && type != BTCWIRE_TX) {
		fputs("usage: wire_print block|tx FILE...\n", stderr);
		return 2;
	}
	for (i = 2; i < argc && rc == EXIT_SUCCESS; i++)
		rc = print_file(argv[i], type);
	return rc;
}
