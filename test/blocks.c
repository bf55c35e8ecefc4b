#include "config.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blocks.h"

static char folder[512];

void
scratch_make(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/btcpeer-test-XXXXXX",
	    tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

void
scratch_remove(void)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			(void)unlink(scratch(entry->d_name));
	if (dir != NULL)
		closedir(dir);
	(void)rmdir(folder);
}

const char *
scratch(const char *name)
{
	static char path[4][sizeof(folder) + 300];
	static unsigned turn;
	char *p = path[turn++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
	return p;
}

uint8_t *
file_read(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	long size;

	*len = 0;
	if (f == NULL)
		return NULL;
	ck_assert_int_eq(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	ck_assert_int_ge(size, 0);
	rewind(f);
	data = malloc((size_t)size + 1);
	ck_assert_ptr_nonnull(data);
	*len = (size_t)size;
	ck_assert_uint_eq(fread(data, 1, *len, f), *len);
	fclose(f);
	return data;
}

void
file_write(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "wb");

	ck_assert_msg(f != NULL, "cannot make %s", path);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

static size_t
le32(const uint8_t *p)
{
	return (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 |
	    (size_t)p[3] << 24;
}

/* Verify a block, and replace prev by its hash. */
static void
verify(struct btcwire_hash *prev, const uint8_t *data, size_t len)
{
	struct btcpeer_error err = { .text = "" };
	const struct btcwire_block *block;
	struct btcwire_msg *msg;

	ck_assert_msg(btcwire_decode(&msg, BTCWIRE_BLOCK, data, len,
	    BTCWIRE_PVER_NEWEST, BTCWIRE_STRICT, &err) == 0, "%s", err.text);
	block = btcwire_block_of(msg);
	ck_assert_msg(btcwire_hash_equal(&block->header.prev, prev),
	    "a block does not follow the one before");
	ck_assert_msg(btcwire_header_check(&block->header,
	    btcwire_chain(BTCWIRE_REGTEST), &err) == 0, "%s", err.text);
	ck_assert_msg(btcwire_block_check(block, &err) == 0, "%s", err.text);
	btcwire_header_hash(prev, &block->header);
	btcwire_msg_unref(msg);
}

void
blocks_read(struct blocks *b, const char *path)
{
	const struct btcwire_chain *chain = btcwire_chain(BTCWIRE_REGTEST);
	struct btcwire_hash prev = chain->genesis_hash;
	size_t room = 0, len;

	*b = (struct blocks){ .data = file_read(path, &len) };
	b->len = len;
	while (b->len - b->whole >= 8) {
		const uint8_t *p = b->data + b->whole;

		ck_assert_mem_eq(p, chain->magic, 4);
		len = le32(p + 4);
		if (len > b->len - b->whole - 8)
			break;
		verify(&prev, p + 8, len);
		if (b->n == room) {
			room = room * 2 + 64;
			b->rec = realloc(b->rec, room * sizeof(*b->rec));
			ck_assert_ptr_nonnull(b->rec);
		}
		b->rec[b->n].at = b->whole;
		b->rec[b->n].len = len;
		b->rec[b->n++].hash = prev;
		b->whole += 8 + len;
	}
}

void
blocks_clear(struct blocks *b)
{
	free(b->data);
	free(b->rec);
	*b = (struct blocks){ .data = NULL };
}

const uint8_t *
blocks_data(const struct blocks *b, size_t i)
{
	return b->data + b->rec[i].at + 8;
}
