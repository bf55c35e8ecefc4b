#include "config.h"

#include <signal.h>

#include "client.h"
#include "proxy.h"
#include "runner.h"
#include "system.h"

/*
 * 200 peers at one node, all connected before the first of them gets a header;
 * each reaches the tip, and then the node ends and leaves nothing behind.
 */

#define PEERS  200
#define BLOCKS 500

static struct node node;

static void
setup(void)
{
	system_many_files();
	node_start(&node, "--mine", "500", "--txs", "2", NULL);
}

/* End it, while peers are connected or not: it is to say which one ended why,
 * and nothing else. */
static void
end_node(bool by_signal)
{
	if (by_signal)
		proc_signal(&node.proc, SIGTERM);
	else
		proc_say(&node.proc, "quit\n");
	ck_assert_int_eq(proc_end(&node.proc), 0);
	proc_free(&node.proc);
}

/*
 * Programs: a proxy holds every connection in the middle of the handshake,
 * until the node has them all.
 */
START_TEST(programs)
{
	static struct proc p[PEERS];
	struct sync_result r;
	struct proxy *px;
	int i;

	px = proxy_start(node.port);
	proxy_hold(px, PROXY_DOWN, 150);
	for (i = 0; i < PEERS; i++) {
		sync_start(&p[i], proxy_port(px), NULL);
		proc_hang_up(&p[i]);
	}
	ck_assert_int_eq(proxy_wait(px, PEERS), PEERS);
	ck_assert_int_eq(node_peers(&node), PEERS);
	proxy_release(px);
	for (i = 0; i < PEERS; i++) {
		sync_success(&r, &p[i]);
		ck_assert_str_eq(r.tip, node.tip);
		ck_assert_uint_eq(r.blocks, BLOCKS);
	}
	node_await_peers(&node, 0);
	proxy_stop(px);
	end_node(_i == 1);
}
END_TEST

/* ---- Peers of the library ---------------------------------------------- */

struct syncer {
	struct btcwire_hash tip;	/* input thread */
	unsigned got;			/* guarded by the probe's mtx */
	bool wrong;			/* likewise */
};

static struct client client[PEERS];
static struct syncer syncer[PEERS];

/* Ask for all the blocks that these headers name. */
static void
get_all(struct btcpeer *p, const struct btcwire_headers *headers)
{
	struct btcwire_invvect vec[BLOCKS];
	struct btcwire_inv inv = { .vec = vec };
	struct btcwire_msg *msg;

	for (; inv.vec_len < headers->header_len && inv.vec_len < BLOCKS;
	    inv.vec_len++) {
		vec[inv.vec_len].type = BTCWIRE_INV_WITNESS_BLOCK;
		btcwire_header_hash(&vec[inv.vec_len].hash,
		    &headers->header[inv.vec_len]);
	}
	if (btcwire_msg_new(&msg, BTCWIRE_GETDATA, &inv, NULL) != 0 ||
	    btcpeer_queue_message_take(p, msg, NULL) != 0)
		btcpeer_disconnect(p);
}

static void
sync_listener(struct btcpeer *p, struct btcwire_msg *msg, struct probe *pr)
{
	struct syncer *s = pr->arg;
	const struct btcwire_block *block;
	bool good;

	if (btcwire_msg_type(msg) == BTCWIRE_HEADERS)
		get_all(p, btcwire_headers_of(msg));
	block = btcwire_block_of(msg);
	if (block == NULL)
		return;
	good = btcwire_hash_equal(&block->header.prev, &s->tip) &&
	    btcwire_block_check(block, NULL) == 0;
	btcwire_header_hash(&s->tip, &block->header);
	pthread_mutex_lock(&pr->mtx);
	s->got++;
	s->wrong |= !good;
	pthread_mutex_unlock(&pr->mtx);
}

static void
start_syncer(int i)
{
	client_init(&client[i]);
	syncer[i].tip = btcwire_chain(BTCWIRE_REGTEST)->genesis_hash;
	client[i].probe.on_message = sync_listener;
	client[i].probe.arg = &syncer[i];
	client_start(&client[i], node.port);
}

/* The node ends while all of them are still connected. */
START_TEST(library_peers)
{
	char tip[BTCWIRE_HASH_HEX];
	int i;

	for (i = 0; i < PEERS; i++)
		start_syncer(i);
	ck_assert_int_eq(node_peers(&node), PEERS);
	for (i = 0; i < PEERS; i++)
		client_ask_chain(&client[i], BTCWIRE_GETHEADERS, NULL, NULL);
	for (i = 0; i < PEERS; i++) {
		struct probe *pr = &client[i].probe;

		ck_assert(probe_wait(pr, &syncer[i].got, BLOCKS));
		ck_assert(!syncer[i].wrong);
		ck_assert_str_eq(btcwire_hash_to_hex(tip, &syncer[i].tip),
		    node.tip);
	}
	ck_assert_int_eq(node_peers(&node), PEERS);
	end_node(_i == 1);
	for (i = 0; i < PEERS; i++) {
		ck_assert(probe_wait(&client[i].probe, &client[i].probe.ended,
		    1));
		ck_assert_int_eq(client[i].probe.reason,
		    BTCPEER_REASON_REMOTE_CLOSED);
		client_stop(&client[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_many");
	TCase *tc = add_tcase(s, "many");

	tcase_set_timeout(tc, 300);
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, programs, 0, 2);
	tcase_add_loop_test(tc, library_peers, 0, 2);
	return run_suite(s);
}
