#include "config.h"

#include <signal.h>

#include <jansson.h>

#include "blocks.h"
#include "proxy.h"
#include "runner.h"
#include "system.h"

/* btcpeer-sync --follow: what it says of each tip, and how it ends. */

#define BLOCKS 200
#define MANY   700	/* more than are asked for at once */

static struct node node;

static void
setup(void)
{
	node_start(&node, "--mine", "200", "--txs", "3", "--quiet", NULL);
}

static void
teardown(void)
{
	node_quit(&node);
}

/* Mine, and remember where the node is then. */
static void
mine(int count)
{
	char text[32], want[32], *line;

	snprintf(text, sizeof(text), "mine %d\n", count);
	node.height += count;
	snprintf(want, sizeof(want), "mined %d height %d tip ", count,
	    node.height);
	line = proc_ask(&node.proc, text, want);
	snprintf(node.tip, sizeof(node.tip), "%s", strrchr(line, ' ') + 1);
	free(line);
}

/* The next line must tell of a node's tip. */
static void
expect_node_tip(struct proc *p, const struct node *n, int blocks)
{
	char want[160], *line;

	snprintf(want, sizeof(want), "tip %s height %d left 0 blocks %d",
	    n->tip, n->height, blocks);
	line = proc_line(p, "");
	ck_assert_str_eq(line, want);
	free(line);
}

static void
expect_tip(struct proc *p, int blocks)
{
	expect_node_tip(p, &node, blocks);
}

/* End by a signal: the last line stands behind the tips. */
static void
expect_end(struct proc *p, int signo, unsigned blocks)
{
	char tip[BTCWIRE_HASH_HEX];
	unsigned height, n;
	char *line;

	proc_signal(p, signo);
	line = proc_line(p, "");
	ck_assert_int_eq(sscanf(line, "height %u tip %64[0-9a-f] blocks %u "
	    "bytes ", &height, tip, &n), 3);
	free(line);
	ck_assert_uint_eq(height, (unsigned)node.height);
	ck_assert_str_eq(tip, node.tip);
	ck_assert_uint_eq(n, blocks);
	ck_assert_int_eq(proc_end(p), 0);
	ck_assert_uint_eq(p->out.taken, p->out.len);
	ck_assert_ptr_null(strstr(p->err.text, "btcpeer-sync: "));
	proc_free(p);
}

/* Announcements of one header, of as many as are announced so, and of more,
 * which comes as an inv. */
static const int counts[] = { 1, 1, 8, 9, 1, MANY, 2 };

START_TEST(each_tip)
{
	static const int signals[] = { SIGINT, SIGTERM };
	const char *out = scratch("follow");
	int blocks = BLOCKS;
	struct blocks b;
	struct proc p;
	size_t i;

	(void)unlink(out);
	sync_start(&p, node.port, "--follow", "--out", out, NULL);
	expect_tip(&p, blocks);
	for (i = 0; i < N_ROWS(counts); i++) {
		mine(counts[i]);
		blocks += counts[i];
		expect_tip(&p, blocks);
	}
	expect_end(&p, signals[_i], (unsigned)blocks);
	blocks_read(&b, out);
	ck_assert_uint_eq(b.whole, b.len);
	ck_assert_uint_eq(b.n, (size_t)blocks);
	blocks_clear(&b);
	sync_all(&node, out, 0);
}
END_TEST

/* A file that is continued: its blocks are not counted. */
START_TEST(goes_on)
{
	const char *out = scratch("goes_on");
	struct proc p;

	(void)unlink(out);
	sync_all(&node, out, BLOCKS);
	sync_start(&p, node.port, "--follow", "--out", out, NULL);
	expect_tip(&p, 0);
	mine(3);
	expect_tip(&p, 3);
	expect_end(&p, SIGINT, 3);
	sync_all(&node, out, 0);
}
END_TEST

START_TEST(headers_alone)
{
	struct proc p;

	sync_start(&p, node.port, "--follow", "--headers-only", NULL);
	expect_tip(&p, 0);
	mine(1);
	expect_tip(&p, 0);
	mine(20);
	expect_tip(&p, 0);
	expect_end(&p, SIGTERM, 0);
}
END_TEST

static void
expect_json_tip(struct proc *p, int blocks)
{
	char *line = proc_line(p, "{"), *event, *tip;
	json_error_t error;
	json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	int height, left, n;

	ck_assert_msg(o != NULL, "%s: %s", error.text, line);
	ck_assert_int_eq(json_unpack(o, "{ss si ss si si !}", "event", &event,
	    "height", &height, "tip", &tip, "left", &left, "blocks", &n), 0);
	ck_assert_str_eq(event, "tip");
	ck_assert_int_eq(height, node.height);
	ck_assert_str_eq(tip, node.tip);
	ck_assert_int_eq(left, 0);
	ck_assert_int_eq(n, blocks);
	json_decref(o);
	free(line);
}

START_TEST(json_lines)
{
	json_error_t error;
	struct proc p;
	json_t *o;
	char *line;

	sync_start(&p, node.port, "--follow", "--json", NULL);
	expect_json_tip(&p, BLOCKS);
	mine(2);
	expect_json_tip(&p, BLOCKS + 2);
	proc_signal(&p, SIGINT);
	line = proc_line(&p, "{");
	o = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(o != NULL, "%s: %s", error.text, line);
	ck_assert(json_is_true(json_object_get(o, "ok")));
	ck_assert_str_eq(json_string_value(json_object_get(o, "tip")),
	    node.tip);
	json_decref(o);
	free(line);
	ck_assert_int_eq(proc_end(&p), 0);
	proc_free(&p);
}
END_TEST

/*
 * Blocks are fetched through a proxy that holds when some of them have passed,
 * and another one is mined: its announcement comes between theirs.
 */
START_TEST(announced_between)
{
	struct proxy *px = proxy_start(node.port);
	struct node first;
	struct proc p;

	sync_start(&p, proxy_port(px), "--follow", NULL);
	expect_tip(&p, BLOCKS);
	/* So much for the start, then the headers and a few of the blocks. */
	proxy_hold(px, PROXY_DOWN, proxy_bytes(px, PROXY_DOWN) +
	    MANY * 81 + 30000);
	expect_end(&p, SIGINT, BLOCKS);
	sync_start(&p, proxy_port(px), "--follow", NULL);
	expect_tip(&p, BLOCKS);
	mine(MANY);
	ck_assert_int_eq(proxy_wait(px, 2), 1);
	first = node;
	mine(1);
	proxy_release(px);
	expect_node_tip(&p, &first, BLOCKS + MANY);
	expect_tip(&p, BLOCKS + MANY + 1);
	expect_end(&p, SIGINT, BLOCKS + MANY + 1);
	proxy_stop(px);
}
END_TEST

/* The same, before the first tip. */
START_TEST(announced_meanwhile)
{
	struct proxy *px = proxy_start(node.port);
	struct proc p;

	proxy_hold(px, PROXY_DOWN, 60000);
	sync_start(&p, proxy_port(px), "--follow", NULL);
	ck_assert_int_eq(proxy_wait(px, 1), 1);
	mine(5);
	proxy_release(px);
	expect_tip(&p, BLOCKS + 5);
	mine(1);
	expect_tip(&p, BLOCKS + 6);
	expect_end(&p, SIGINT, BLOCKS + 6);
	proxy_stop(px);
}
END_TEST

/* ---- Ends that are failures -------------------------------------------- */

/* A failure after the tip: nothing more on standard output, and a sentence. */
static void
expect_failure(struct proc *p, const char *text)
{
	char *sentence;

	ck_assert_int_eq(proc_end(p), 1);
	ck_assert_uint_eq(p->out.taken, p->out.len);
	sentence = sync_sentence(p);
	ck_assert_msg(strstr(sentence, text) != NULL, "%s", sentence);
	free(sentence);
	proc_free(p);
}

START_TEST(before_the_tip)
{
	struct proxy *px = proxy_start(node.port);
	struct proc p;

	proxy_hold(px, PROXY_DOWN, 60000);
	sync_start(&p, proxy_port(px), "--follow", NULL);
	ck_assert_int_eq(proxy_wait(px, 1), 1);
	proc_signal(&p, SIGINT);
	expect_failure(&p, "interrupted; ");
	proxy_stop(px);
}
END_TEST

START_TEST(remote_ends)
{
	struct node other;
	struct proc p;

	node_start(&other, "--mine", "10", "--quiet", NULL);
	sync_start(&p, other.port, "--follow", NULL);
	free(proc_line(&p, "tip "));
	node_quit(&other);
	expect_failure(&p, "connection closed by the remote; blocks were "
	    "verified up to height 10");
}
END_TEST

/* It is there, and silent: also when nothing was asked of it. */
START_TEST(remote_stalls)
{
	struct node other;
	struct proc p;

	node_start(&other, "--mine", "10", "--quiet", NULL);
	sync_start(&p, other.port, "--follow", "--timeout", "3", NULL);
	free(proc_line(&p, "tip "));
	proc_signal(&other.proc, SIGSTOP);
	expect_failure(&p, "ping not answered in time");
	proc_signal(&other.proc, SIGCONT);
	node_quit(&other);
}
END_TEST

START_TEST(nobody_reads)
{
	struct proc p;

	sync_start(&p, node.port, "--follow", NULL);
	expect_tip(&p, BLOCKS);
	close(p.out.fd);
	p.out.fd = -1;
	mine(1);
	expect_failure(&p, "cannot write to standard output");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_follow");
	TCase *tc = add_tcase(s, "follow");

	tcase_add_unchecked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, each_tip, 0, 2);
	tcase_add_test(tc, goes_on);
	tcase_add_test(tc, headers_alone);
	tcase_add_test(tc, json_lines);
	tcase_add_test(tc, announced_between);
	tcase_add_test(tc, announced_meanwhile);
	tcase_add_test(tc, before_the_tip);
	tcase_add_test(tc, remote_ends);
	tcase_add_test(tc, remote_stalls);
	tcase_add_test(tc, nobody_reads);
	return run_suite(s);
}
