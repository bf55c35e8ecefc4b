#include "config.h"

#include <signal.h>

#include "blocks.h"
#include "gen.h"
#include "proxy.h"
#include "runner.h"
#include "system.h"

/*
 * Synchronisations that end at any byte, because one of the programs is killed
 * or the connection breaks: what is left says what happened, and a second run
 * goes on where the first one ended.
 */

#define OFFSETS         50
#define HANDSHAKE       10	/* of them */
#define HANDSHAKE_BYTES 200	/* which is a little less than it has */
#define BLOCKS          300
#define CHAIN           "--mine", "300", "--txs", "3", "--quiet"

static const char *out;

/* How many bytes pass each way in a whole session. */
static uint64_t total[PROXY_WAYS];

static void
measure(void)
{
	struct sync_result r;
	struct proxy *px;
	struct node n;
	struct proc p;

	out = scratch("blocks");
	(void)unlink(out);
	node_start(&n, CHAIN, NULL);
	px = proxy_start(n.port);
	sync_start(&p, proxy_port(px), "--out", out, NULL);
	sync_success(&r, &p);
	ck_assert_uint_eq(r.blocks, BLOCKS);
	ck_assert_int_eq(proxy_wait(px, 1), 0);
	total[PROXY_UP] = proxy_bytes(px, PROXY_UP);
	total[PROXY_DOWN] = proxy_bytes(px, PROXY_DOWN);
	ck_assert_uint_gt(total[PROXY_UP], BLOCKS * 36);
	ck_assert_uint_gt(total[PROXY_DOWN], BLOCKS * 81);
	proxy_stop(px);
	node_quit(&n);
}

/*
 * The i-th of the offsets: the first are in the handshake, the others spread
 * over all the bytes of a session, both ways.  The connection is held there.
 */
static void
hold_at(struct proxy *px, int i, uint64_t seed)
{
	enum proxy_way way = i % 2 == 0 ? PROXY_DOWN : PROXY_UP;
	bool early = i < HANDSHAKE;
	uint64_t part = early ? 2 * HANDSHAKE_BYTES / HANDSHAKE
	    : total[way] / ((OFFSETS - HANDSHAKE) / 2);
	uint64_t at = part * (uint64_t)((early ? i : i - HANDSHAKE) / 2);
	struct gen g;

	gen_init(&g, seed * 1000 + (uint64_t)i);
	at += gen_below(&g, part);
	gen_clear(&g);
	printf("seed %u, number %d: %s byte %llu of %llu\n", (unsigned)seed, i,
	    way == PROXY_UP ? "up" : "down", (unsigned long long)at,
	    (unsigned long long)total[way]);
	fflush(stdout);
	proxy_hold(px, way, at);
	(void)unlink(out);
}

/* Wait until the connection made as number n is held; it may only escape that
 * by having been successful. */
static bool
is_held(struct proxy *px, unsigned n, struct proc *p)
{
	struct sync_result r;
	int held = proxy_wait(px, n);

	ck_assert_int_ge(held, 0);
	if (held == 0) {
		sync_success(&r, p);
		ck_assert_uint_eq(r.height, BLOCKS);
	}
	return held > 0;
}

/* The connection was cut.  All that it may have had already is success. */
static void
end_cut_off(struct proc *p)
{
	char *sentence;
	int status = proc_end(p);

	if (status != 0) {
		ck_assert_int_eq(status, 1);
		ck_assert_uint_eq(p->out.len, 0);
		sentence = sync_sentence(p);
		printf("%s\n", sentence);
		ck_assert_msg(strncmp(sentence, "127.0.0.1:", 10) == 0 &&
		    strstr(sentence, "connection") != NULL, "%s", sentence);
		free(sentence);
	}
	proc_free(p);
}

/* How many blocks are in the file. */
static unsigned
blocks_in_file(bool may_be_torn)
{
	struct blocks b;
	unsigned n;

	blocks_read(&b, out);
	if (!may_be_torn)
		ck_assert_uint_eq(b.whole, b.len);
	n = (unsigned)b.n;
	blocks_clear(&b);
	return n;
}

/* Go on with the file: nothing is fetched twice. */
static void
resume(struct node *n, bool may_be_torn)
{
	sync_all(n, out, BLOCKS - blocks_in_file(may_be_torn));
	ck_assert_uint_eq(blocks_in_file(false), BLOCKS);
}

/* Kill the node; another with the same chain then finishes the work, and is
 * the next to be killed. */
START_TEST(node_is_killed)
{
	struct proxy *px;
	struct node n;
	struct proc p;
	unsigned cut = 0;
	int i;

	measure();
	node_start(&n, CHAIN, NULL);
	for (i = 0; i < OFFSETS; i++) {
		px = proxy_start(n.port);
		hold_at(px, i, 1);
		sync_start(&p, proxy_port(px), "--out", out, NULL);
		if (is_held(px, 1, &p)) {
			proc_signal(&n.proc, SIGKILL);
			ck_assert_int_eq(proc_end(&n.proc), -SIGKILL);
			proc_free(&n.proc);
			proxy_cut(px, i % 4 < 2);
			end_cut_off(&p);
			node_start(&n, CHAIN, NULL);
			cut++;
		}
		resume(&n, false);
		proxy_stop(px);
	}
	node_quit(&n);
	ck_assert_uint_ge(cut, OFFSETS - 2);
}
END_TEST

/* Kill btcpeer-sync: the node has to outlive that 50 times. */
START_TEST(sync_is_killed)
{
	struct proxy *px;
	struct node n;
	struct proc p;
	unsigned cut = 0;
	int i;

	measure();
	node_start(&n, CHAIN, NULL);
	px = proxy_start(n.port);
	for (i = 0; i < OFFSETS; i++) {
		hold_at(px, i, 2);
		sync_start(&p, proxy_port(px), "--out", out, NULL);
		if (is_held(px, (unsigned)i + 1, &p)) {
			proc_signal(&p, SIGKILL);
			ck_assert_int_eq(proc_end(&p), -SIGKILL);
			proc_free(&p);
			proxy_cut(px, i % 4 < 2);
			cut++;
		}
		resume(&n, true);
	}
	node_await_peers(&n, 0);
	node_quit(&n);
	proxy_stop(px);
	ck_assert_uint_ge(cut, OFFSETS - 2);
}
END_TEST

/* Cut the connection, with a FIN or a RST: both programs outlive it. */
START_TEST(connection_breaks)
{
	struct proxy *px;
	struct node n;
	struct proc p;
	unsigned cut = 0;
	int i;

	measure();
	node_start(&n, CHAIN, NULL);
	px = proxy_start(n.port);
	for (i = 0; i < OFFSETS; i++) {
		hold_at(px, i, 3);
		sync_start(&p, proxy_port(px), "--out", out, NULL);
		if (is_held(px, (unsigned)i + 1, &p)) {
			proxy_cut(px, _i == 1);
			end_cut_off(&p);
			cut++;
		}
		resume(&n, false);
	}
	node_await_peers(&n, 0);
	node_quit(&n);
	proxy_stop(px);
	ck_assert_uint_ge(cut, OFFSETS - 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_kill");
	TCase *tc = add_tcase(s, "kill");

	tcase_set_timeout(tc, 300);
	tcase_add_unchecked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_test(tc, node_is_killed);
	tcase_add_test(tc, sync_is_killed);
	tcase_add_loop_test(tc, connection_breaks, 0, 2);
	return run_suite(s);
}
