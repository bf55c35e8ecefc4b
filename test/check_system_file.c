#include "config.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "blocks.h"
#include "gen.h"
#include "runner.h"
#include "system.h"

/* The file of btcpeer-sync --out: torn, damaged, locked, and served again. */

#define OFFSETS 50
#define BLOCKS  460	/* witnesses begin at 432 */
#define CHAIN   "--mine", "460", "--txs", "3", "--quiet"

static const char *whole, *work;
static struct blocks good;	/* what is in whole */
static struct node node;

static void
setup(void)
{
	whole = scratch("whole");
	work = scratch("work");
	(void)unlink(whole);
	(void)unlink(work);
	node_start(&node, CHAIN, NULL);
	sync_all(&node, whole, BLOCKS);
	blocks_read(&good, whole);
	ck_assert_uint_eq(good.n, BLOCKS);
	ck_assert_uint_eq(good.whole, good.len);
}

static void
teardown(void)
{
	blocks_clear(&good);
	node_quit(&node);
}

/* The record in which that byte of the file is. */
static size_t
record_at(size_t at)
{
	size_t i = 0;

	while (i + 1 < good.n && good.rec[i + 1].at <= at)
		i++;
	return i;
}

static void
is_whole(void)
{
	size_t len;
	uint8_t *data = file_read(work, &len);

	ck_assert_uint_eq(len, good.len);
	ck_assert_mem_eq(data, good.data, len);
	free(data);
}

START_TEST(torn_file_is_finished)
{
	struct gen g;
	int i;

	gen_init(&g, 4);
	for (i = 0; i < OFFSETS; i++) {
		size_t part = good.len / OFFSETS;
		size_t at = part * (size_t)i + (size_t)gen_below(&g, part);
		size_t kept = record_at(at);

		printf("number %d: cut at byte %zu\n", i, at);
		fflush(stdout);
		file_write(work, good.data, at);
		sync_all(&node, work, (unsigned)(BLOCKS - kept));
		is_whole();
	}
	gen_clear(&g);
}
END_TEST

/* What is cut off a torn file is said; a whole one has nothing cut off. */
START_TEST(cut_is_announced)
{
	size_t at = good.rec[7].at;
	struct sync_result r;
	struct proc p;
	char want[128], *line;

	file_write(work, good.data, at + 3);
	sync_start(&p, node.port, "--out", work, NULL);
	line = proc_err_line(&p, "btcpeer-sync: ");
	snprintf(want, sizeof(want), ": cut 3 bytes of an unfinished record at "
	    "byte %zu", at);
	ck_assert_msg(strstr(line, want) != NULL, "%s", line);
	free(line);
	sync_success(&r, &p);
	is_whole();
}
END_TEST

/* Sync to a file with a wrong byte; what it says. */
static char *
sync_damaged(size_t at, uint8_t flip)
{
	struct proc p;
	char *sentence;
	uint8_t *data;
	size_t len;

	good.data[at] ^= flip;
	file_write(work, good.data, good.len);
	sync_start(&p, node.port, "--out", work, NULL);
	ck_assert_int_eq(proc_end(&p), 1);
	sentence = sync_sentence(&p);
	ck_assert_uint_eq(p.out.len, 0);
	proc_free(&p);
	data = file_read(work, &len);
	ck_assert_uint_eq(len, good.len);
	ck_assert_msg(memcmp(data, good.data, len) == 0,
	    "the file was changed");
	free(data);
	good.data[at] ^= flip;
	return sentence;
}

/*
 * A wrong byte is noticed in the record that it is in; one in a header may
 * make another good header, and then it is noticed in the next record, whose
 * parent is missing.  That is why it is not in the last record here.
 */
START_TEST(damaged_file_is_left_alone)
{
	char here[32], next[32], *sentence;
	struct gen g;
	int i;

	gen_init(&g, 5);
	for (i = 0; i < OFFSETS; i++) {
		size_t part = good.rec[good.n - 1].at / OFFSETS, record;
		size_t at = part * (size_t)i + (size_t)gen_below(&g, part);
		uint8_t flip = (uint8_t)(1u << gen_below(&g, 8));

		record = record_at(at);
		snprintf(here, sizeof(here), "at byte %zu ",
		    good.rec[record].at);
		snprintf(next, sizeof(next), "at byte %zu ",
		    good.rec[record + 1].at);
		sentence = sync_damaged(at, flip);
		printf("number %d: byte %zu, %02x: %s\n", i, at, flip,
		    sentence);
		fflush(stdout);
		ck_assert(strstr(sentence, here) != NULL ||
		    (at - good.rec[record].at < 88 &&
		    strstr(sentence, next) != NULL));
		free(sentence);
	}
	gen_clear(&g);
	/* Nothing of that was worse than the damage itself. */
	file_write(work, good.data, good.len);
	sync_all(&node, work, 0);
	is_whole();
}
END_TEST

/* In the last record it may look like a torn one, or make another block of the
 * same height: then it is good for nothing but does no harm. */
START_TEST(damaged_end_does_no_harm)
{
	size_t begin = good.rec[good.n - 1].at;
	struct sync_result r;
	struct proc p;
	struct gen g;
	int i;

	gen_init(&g, 6);
	for (i = 0; i < OFFSETS / 2; i++) {
		size_t at = begin + (size_t)gen_below(&g, good.len - begin);
		uint8_t flip = (uint8_t)(1u << gen_below(&g, 8));

		if (i < 8)
			at = begin + (size_t)i;	/* magic and length */
		printf("number %d: byte %zu, %02x\n", i, at, flip);
		fflush(stdout);
		good.data[at] ^= flip;
		file_write(work, good.data, good.len);
		good.data[at] ^= flip;
		sync_start(&p, node.port, "--out", work, NULL);
		if (proc_end(&p) == 1) {
			free(sync_sentence(&p));
			proc_free(&p);
			continue;
		}
		sync_success(&r, &p);
		ck_assert_str_eq(r.tip, node.tip);
		ck_assert_uint_eq(r.blocks, 1);
	}
	gen_clear(&g);
}
END_TEST

/* In particular: bytes that only some part of the verification covers. */
START_TEST(each_kind_of_damage_is_named)
{
	static const struct {
		size_t record;
		size_t at;		/* in the record; from its end if end */
		bool end;
		const char *text;
	} cases[] = {
		{ 3, 0, false, "no record begins there" },
		{ 3, 7, false, "a block cannot be " },
		{ 3, 4, false, "damaged" },		/* length */
		{ 3, 8 + 72 + 3, false, "not a target" },	/* bits */
		{ BLOCKS - 2, 1, true, "damaged" },	/* lock time */
	};
	int i;

	for (i = 0; i < N_ROWS(cases); i++) {
		size_t at = good.rec[cases[i].record].at;
		char where[32], *sentence;

		snprintf(where, sizeof(where), "at byte %zu ", at);
		at = cases[i].end ? good.rec[cases[i].record + 1].at -
		    cases[i].at : at + cases[i].at;
		sentence = sync_damaged(at, 0x40);
		printf("%s\n", sentence);
		ck_assert_msg(strstr(sentence, where) != NULL &&
		    strstr(sentence, cases[i].text) != NULL, "case %d: %s", i,
		    sentence);
		free(sentence);
	}
}
END_TEST

START_TEST(other_chain_is_refused)
{
	struct proc p;

	file_write(work, good.data, good.len);
	proc_start(&p, "btcpeer-sync", "--chain", "simnet", "--connect",
	    "127.0.0.1:1", "--out", work, NULL);
	sync_failure(&p, "at byte 0 it has a block of regtest, not of simnet");
	is_whole();
}
END_TEST

/* While one program has the file no other touches it. */
START_TEST(locked_file_is_left_alone)
{
	struct proc p;
	int fd;

	file_write(work, good.data, good.len / 2);
	fd = open(work, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	sync_start(&p, node.port, "--out", work, NULL);
	sync_failure(&p, "another program is using it");
	close(fd);
	sync_all(&node, work, BLOCKS - (unsigned)record_at(good.len / 2));
	is_whole();
}
END_TEST

START_TEST(file_that_cannot_be_written)
{
	struct proc p;

	sync_start(&p, node.port, "--out", scratch("no/such/folder"), NULL);
	sync_failure(&p, "cannot open it: No such file or directory");
	sync_start(&p, node.port, "--out", "/dev/null", NULL);
	sync_failure(&p, "it is not a regular file");
	sync_start(&p, node.port, "--out", "/", NULL);
	sync_failure(&p, "cannot open it: Is a directory");
	if (geteuid() == 0)
		return;		/* who may write to anything */
	file_write(work, good.data, 100);
	ck_assert_int_eq(chmod(work, 0400), 0);
	sync_start(&p, node.port, "--out", work, NULL);
	sync_failure(&p, "cannot open it: Permission denied");
}
END_TEST

/* A node that loads the file serves the same chain, and so does one that
 * loads a torn one: the blocks that are whole. */
START_TEST(file_is_served)
{
	struct node other;
	char start[256];
	struct proc p;

	node_start(&other, "--blocks", whole, NULL);
	ck_assert_int_eq(other.height, BLOCKS);
	ck_assert_str_eq(other.tip, node.tip);
	sync_all(&other, NULL, BLOCKS);
	node_quit(&other);
	file_write(work, good.data, good.rec[100].at + 50);
	node_start(&other, "--blocks", work, NULL);
	ck_assert_int_eq(other.height, 100);
	snprintf(start, sizeof(start), "btcpeer-node: %s: offset ", work);
	free(proc_err_line(&other.proc, start));
	/* And more can be mined on it. */
	free(proc_ask(&other.proc, "mine 2\n", "mined 2 height 102 tip "));
	node_quit(&other);
	file_write(work, "rubbish", 7);
	proc_start(&p, "btcpeer-node", "--listen", "127.0.0.1:0", "--blocks",
	    work, NULL);
	ck_assert_int_eq(proc_end(&p), 1);
	ck_assert(strstr(p.err.text, "holds no block of the chain regtest"));
	proc_free(&p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_file");
	TCase *tc = add_tcase(s, "file");

	tcase_set_timeout(tc, 300);
	tcase_add_unchecked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, torn_file_is_finished);
	tcase_add_test(tc, cut_is_announced);
	tcase_add_test(tc, damaged_file_is_left_alone);
	tcase_add_test(tc, damaged_end_does_no_harm);
	tcase_add_test(tc, each_kind_of_damage_is_named);
	tcase_add_test(tc, other_chain_is_refused);
	tcase_add_test(tc, locked_file_is_left_alone);
	tcase_add_test(tc, file_that_cannot_be_written);
	tcase_add_test(tc, file_is_served);
	return run_suite(s);
}
