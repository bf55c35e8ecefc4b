/*
 * What an earlier run left: every block in the file is verified again, so that
 * damage is noticed before anything is built on it.
 */
#include <stdio.h>

#include "../common/interrupt.h"
#include "session.h"

/* Add a block that is good in itself and stands at that offset. */
static int
add(struct session *s, const struct btcwire_block *block, int64_t at)
{
	struct btcwire_hash hash;
	uint32_t node;
	int rc;

	btcwire_header_hash(&hash, &block->header);
	rc = tree_add(&node, &s->tree, &hash, &block->header);
	if (rc == 0)
		s->tree.node[node].have = true;
	else if (rc == BTCPEER_E_STATE)
		rc = loose_keep(&s->loose, &hash, &block->header, at);
	return rc;
}

/* Verify one record.  Returns false with text in err. */
static bool
verify(struct session *s, const struct btcwire_bytes *raw, int64_t at,
    struct btcpeer_error *err)
{
	const struct btcwire_block *block;
	struct btcwire_msg *msg;
	int rc;

	rc = btcwire_decode(&msg, BTCWIRE_BLOCK, raw->data, raw->len,
	    BTCWIRE_PVER_NEWEST, BTCWIRE_STRICT, err);
	if (rc != 0)
		return false;
	block = btcwire_block_of(msg);
	rc = btcwire_header_check(&block->header, s->args->chain, err);
	if (rc == 0)
		rc = btcwire_block_check(block, err);
	if (rc == 0) {
		rc = add(s, block, at);
		if (rc != 0)
			(void)snprintf(err->text, sizeof(err->text), "%s",
			    btcpeer_strerror(rc));
	}
	btcwire_msg_unref(msg);
	return rc == 0;
}

/* The file ends within a record: the program that wrote it was killed. */
static bool
cut(struct session *s)
{
	int64_t gone = blkfile_cut(&s->file);

	if (gone < 0) {
		session_fail(s, "%s: %s", s->args->out, s->file.error);
		return false;
	}
	progress_clear(&s->progress);
	fprintf(stderr, "btcpeer-sync: %s: cut %lld bytes of an unfinished "
	    "record at byte %lld\n", s->args->out, (long long)gone,
	    (long long)s->file.end);
	return true;
}

static void
show(struct session *s)
{
	struct progress_state state = { .label = "bytes read",
	    .only_bytes = true, .done = (uint64_t)s->file.end,
	    .total = (uint64_t)s->file.size, .bytes = (uint64_t)s->file.end };

	progress_show(&s->progress, &state, progress_now_ms());
}

/* Returns false after session_fail().  Out: torn  the file ends in a record. */
static bool
read_records(struct session *s, bool *torn)
{
	enum blkfile_result result;
	struct btcwire_bytes raw;

	for (;;) {
		struct btcpeer_error err = { .code = 0 };
		int64_t at = s->file.end;

		result = blkfile_next(&s->file, &raw);
		if (result != BLKFILE_RECORD)
			break;
		if (!verify(s, &raw, at, &err)) {
			session_fail(s, "%s: at byte %lld it is damaged: %s",
			    s->args->out, (long long)at, err.text);
			return false;
		}
		s->records++;
		show(s);
		if (interrupted()) {
			session_fail(s, "interrupted");
			return false;
		}
	}
	if (result == BLKFILE_BAD)
		session_fail(s, "%s: %s", s->args->out, s->file.error);
	*torn = result == BLKFILE_TORN;
	return result != BLKFILE_BAD;
}

/* Blocks that stood before their parents. */
static bool
link_loose(struct session *s)
{
	int64_t at;
	int rc = loose_link(&at, &s->loose, &s->tree);

	loose_clear(&s->loose);
	if (rc != 0)
		session_fail(s, "%s: at byte %lld it is damaged: %s",
		    s->args->out, (long long)at, rc == BTCPEER_E_STATE
		    ? "the block links to no other" : btcpeer_strerror(rc));
	return rc == 0;
}

bool
resume_load(struct session *s)
{
	uint32_t h = 1;
	bool torn;

	if (!blkfile_open(&s->file, s->args->out, s->args->chain)) {
		session_fail(s, "%s: %s", s->args->out, s->file.error);
		return false;
	}
	/* A file that turns out to be damaged is left as it is. */
	if (!read_records(s, &torn) || !link_loose(s) || (torn && !cut(s)))
		return false;
	progress_clear(&s->progress);
	while (h <= tree_height(&s->tree) &&
	    s->tree.node[s->tree.chain[h]].have)
		h++;
	s->window.next = h;
	s->remote_tip = s->tree.best;
	session_progress(s);
	return true;
}
