#ifndef _FILE_OFFSET_BITS
# define _FILE_OFFSET_BITS 64
#endif

#include "load.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/blkfile.h"

#define NAMED_MAX 10	/* blocks left out that are named one by one */
#define NONE SIZE_MAX

/* One block of the file.  The links are indices into the array of records. */
struct record {
	struct btcwire_hash hash;
	struct btcwire_msg *block;	/* owned until the chain has it */
	int64_t offset;
	double work;			/* since genesis; 0: not connected */
	size_t parent;
	size_t child;			/* the first */
	size_t sibling;			/* the next child of the parent */
};

struct loader {
	struct chain *chain;
	const char *path;
	struct record *rec;		/* the first stands for genesis */
	size_t len;
	size_t room;
	bool genesis_seen;
	size_t refused;
	size_t doubled;
};

/* ---- Reading ----------------------------------------------------------- */

/* For reading only: neither made, nor locked, nor written. */
static bool
open_file(struct blkfile *f, const char *path,
    const struct btcwire_chain *chain)
{
	struct stat st;

	*f = (struct blkfile){ .chain = chain };
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (f->fd < 0 || fstat(f->fd, &st) != 0) {
		fprintf(stderr, "btcpeer-node: %s: %s\n", path, strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		fprintf(stderr, "btcpeer-node: %s: not a regular file\n", path);
		return false;
	}
	f->size = (int64_t)st.st_size;
	return true;
}

/* Append a record that is not connected to anything yet. */
static int
add_record(struct loader *l, const struct btcwire_hash *hash,
    struct btcwire_msg *block, int64_t offset)
{
	size_t room = l->room > 0 ? 2 * l->room : 1024;
	struct record *rec;

	if (l->len == l->room) {
		rec = realloc(l->rec, room * sizeof(*rec));
		if (rec == NULL) {
			btcwire_msg_unref(block);
			return BTCPEER_E_NOMEM;
		}
		l->rec = rec;
		l->room = room;
	}
	l->rec[l->len++] = (struct record){ .hash = *hash, .block = block,
		.offset = offset, .parent = NONE, .child = NONE,
		.sibling = NONE };
	return 0;
}

static int
refuse(struct loader *l, int64_t offset, const struct btcwire_hash *hash,
    const char *text)
{
	char hex[BTCWIRE_HASH_HEX] = "?";

	if (hash != NULL)
		(void)btcwire_hash_to_hex(hex, hash);
	fprintf(stderr, "btcpeer-node: %s: offset %lld: block %s: %s\n", l->path,
	    (long long)offset, hex, text);
	l->refused++;
	return 0;
}

/* Decode and check one block.  Returns: 0, also when it is refused; _NOMEM. */
static int
take_block(struct loader *l, const struct btcwire_bytes *raw, int64_t offset)
{
	const struct btcwire_chain *params = chain_params(l->chain);
	const struct btcwire_block *block;
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg;
	struct btcwire_hash hash;
	int rc;

	rc = btcwire_decode(&msg, BTCWIRE_BLOCK, raw->data, raw->len,
	    BTCWIRE_PVER_NEWEST, BTCWIRE_STRICT, &err);
	if (rc == BTCPEER_E_NOMEM)
		return rc;
	if (rc != 0)
		return refuse(l, offset, NULL, err.text);
	block = btcwire_block_of(msg);
	btcwire_header_hash(&hash, &block->header);
	if (btcwire_hash_equal(&hash, &params->genesis_hash)) {
		l->genesis_seen = true;
		btcwire_msg_unref(msg);
		return 0;
	}
	rc = btcwire_header_check(&block->header, params, &err);
	if (rc == 0)
		rc = btcwire_block_check(block, &err);
	if (rc == 0)
		return add_record(l, &hash, msg, offset);
	btcwire_msg_unref(msg);
	return rc == BTCPEER_E_NOMEM ? rc : refuse(l, offset, &hash, err.text);
}

/* Every record of the file.  Returns 0, BTCPEER_E_IO or _NOMEM. */
static int
read_blocks(struct loader *l)
{
	enum blkfile_result result = BLKFILE_END;
	struct btcwire_bytes raw;
	struct blkfile f;
	int64_t offset;
	int rc = 0;

	if (!open_file(&f, l->path, chain_params(l->chain)))
		rc = BTCPEER_E_IO;
	while (rc == 0) {
		offset = f.end;
		result = blkfile_next(&f, &raw);
		if (result != BLKFILE_RECORD)
			break;
		rc = take_block(l, &raw, offset);
	}
	if (rc == 0 && result == BLKFILE_TORN)
		fprintf(stderr, "btcpeer-node: %s: offset %lld: the last record is not "
		    "complete, or zeroes follow\n", l->path, (long long)f.end);
	if (rc == 0 && result == BLKFILE_BAD)
		fprintf(stderr, "btcpeer-node: %s: %s; what follows is left out\n", l->path,
		    f.error);
	blkfile_close(&f);
	return rc;
}

/* ---- Linking ----------------------------------------------------------- */

static int
compare_hashes(const void *a, const void *b)
{
	const struct record *x = *(const struct record *const *)a;
	const struct record *y = *(const struct record *const *)b;
	int order = memcmp(x->hash.b, y->hash.b, sizeof(x->hash.b));

	/* Of equal ones the first in the file comes first. */
	return order != 0 ? order : (x > y) - (x < y);
}

/* The first record with that hash, or NULL. */
static struct record *
find_record(struct record *const *sorted, size_t n,
    const struct btcwire_hash *hash)
{
	size_t low = 0, high = n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (memcmp(sorted[mid]->hash.b, hash->b, sizeof(hash->b)) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == n || !btcwire_hash_equal(&sorted[low]->hash, hash))
		return NULL;
	return sorted[low];
}

/* Enter every record as a child of its parent; second copies are not. */
static int
link_records(struct loader *l)
{
	const struct btcwire_header *header;
	struct record **sorted = malloc(l->len * sizeof(struct record *));
	struct record *r, *parent;
	size_t i;

	if (sorted == NULL)
		return BTCPEER_E_NOMEM;
	for (i = 0; i < l->len; i++)
		sorted[i] = &l->rec[i];
	qsort(sorted, l->len, sizeof(struct record *), compare_hashes);
	for (i = l->len - 1; i > 0; i--) {
		r = &l->rec[i];
		header = &btcwire_block_of(r->block)->header;
		parent = find_record(sorted, l->len, &header->prev);
		if (find_record(sorted, l->len, &r->hash) != r) {
			btcwire_msg_unref(r->block);
			r->block = NULL;
			l->doubled++;
		} else if (parent != NULL) {
			r->parent = (size_t)(parent - l->rec);
			r->sibling = parent->child;
			parent->child = i;
		}
	}
	free(sorted);
	return 0;
}

/* How many hashes a block stands for on average. */
static double
block_work(const struct btcwire_msg *block)
{
	uint8_t target[32];
	double t = 0;
	int i;

	if (btcwire_target_from_bits(target,
	    btcwire_block_of(block)->header.bits) != 0)
		return 0;
	for (i = 31; i >= 0; i--)
		t = t * 256 + target[i];
	return 0x1p256 / (t + 1);
}

/* Walk the tree from genesis; the end of the branch with the most work. */
static size_t
find_best(struct loader *l)
{
	size_t i, at = 0, best = 0;

	l->rec[0].work = 1;
	for (;;) {
		if (l->rec[at].work > l->rec[best].work)
			best = at;
		i = l->rec[at].child;
		while (i == NONE && at != 0) {
			i = l->rec[at].sibling;
			at = l->rec[at].parent;
		}
		if (i == NONE)
			return best;
		l->rec[i].work = l->rec[l->rec[i].parent].work +
		    block_work(l->rec[i].block);
		at = i;
	}
}

/* Hand the branch that ends there to the chain. */
static int
append_branch(struct loader *l, size_t best)
{
	size_t i, parent, next = 0;
	int rc = 0;

	/* From here on child is the next block of this branch. */
	l->rec[best].child = NONE;
	for (i = best; i != 0; i = parent) {
		parent = l->rec[i].parent;
		l->rec[parent].child = i;
	}
	for (next = l->rec[0].child; next != NONE && rc == 0;
	    next = l->rec[next].child) {
		rc = chain_append(l->chain, l->rec[next].block);
		l->rec[next].block = NULL;
	}
	return rc;
}

/* Say what is not on the chain, and free it. */
static void
report_rest(struct loader *l)
{
	char hex[BTCWIRE_HASH_HEX];
	size_t i, named = 0, loose = 0, side = 0;

	for (i = 1; i < l->len; i++) {
		if (l->rec[i].block == NULL)
			continue;
		if (l->rec[i].work > 0)
			side++;
		else if (l->rec[i].parent == NONE && named++ < NAMED_MAX)
			fprintf(stderr, "btcpeer-node: %s: offset %lld: block %s: the block "
			    "before it is not in the file\n", l->path,
			    (long long)l->rec[i].offset,
			    btcwire_hash_to_hex(hex, &l->rec[i].hash));
		loose += l->rec[i].work > 0 ? 0 : 1;
	}
	if (l->refused + loose + side + l->doubled > 0)
		fprintf(stderr, "btcpeer-node: %s: left out: %zu bad, %zu not connected, "
		    "%zu on side branches, %zu second copies\n", l->path,
		    l->refused, loose, side, l->doubled);
}

int32_t
load_file(struct chain *c, const char *path)
{
	struct loader l = { .chain = c, .path = path };
	int32_t loaded = -1;
	size_t i;
	int rc;

	rc = add_record(&l, &chain_params(c)->genesis_hash, NULL, -1);
	if (rc == 0)
		rc = read_blocks(&l);
	if (rc == 0)
		rc = link_records(&l);
	if (rc == 0)
		rc = append_branch(&l, find_best(&l));
	if (rc == 0) {
		report_rest(&l);
		loaded = chain_tip(c, NULL) + (l.genesis_seen ? 1 : 0);
	} else if (rc != BTCPEER_E_IO)
		fprintf(stderr, "btcpeer-node: %s: %s\n", path, btcpeer_strerror(rc));
	for (i = 0; i < l.len; i++)
		btcwire_msg_unref(l.rec[i].block);
	free(l.rec);
	return loaded;
}
