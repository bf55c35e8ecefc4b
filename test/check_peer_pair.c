#include "config.h"

#include <stdlib.h>

#include "probe.h"
#include "runner.h"

/* Two of our peers against each other. */

static struct btcpeer_stats
stats_of(struct btcpeer *p)
{
	struct btcpeer_stats s = BTCPEER_STATS_INIT;

	ck_assert_int_eq(btcpeer_stats(p, &s), 0);
	return s;
}

START_TEST(handshake_facts)
{
	struct btcpeer_stats a, b;
	struct pair pair;

	pair_init(&pair);
	pair.ca.services = BTCWIRE_NODE_NETWORK | BTCWIRE_NODE_WITNESS;
	pair.ca.user_agent = "/one:1/";
	pair.cb.protocol_version = 70016;
	pair.cb.disable_relay = true;
	pair_start(&pair);
	a = stats_of(pair.a);
	b = stats_of(pair.b);
	ck_assert(a.inbound && !b.inbound && a.ready && b.ready);
	ck_assert(a.verack_received && b.verack_received);
	ck_assert_uint_eq(a.protocol_version, 70016);
	ck_assert_uint_eq(b.protocol_version, 70016);
	ck_assert_uint_eq(a.remote_version, 70016);
	ck_assert_uint_eq(b.remote_version, 70017);
	ck_assert_uint_eq(b.services, 9);
	ck_assert_uint_eq(a.services, 0);
	ck_assert_str_eq(b.user_agent, "/one:1/");
	ck_assert_str_eq(a.user_agent, "/libbtcpeer:" BTCPEER_VERSION_STRING "/");
	ck_assert(!a.relay && b.relay);
	ck_assert(a.wtxid_relay && b.wtxid_relay);
	ck_assert(a.wants_addrv2 && b.wants_addrv2);
	ck_assert_str_eq(b.addr, "b:1");
	ck_assert_int_ge(a.time_offset_s, -5);
	ck_assert_int_le(a.time_offset_s, 5);
	pair_stop(&pair);
	ck_assert_uint_eq(pair.pa.seen[BTCWIRE_VERSION], 1);
	ck_assert_uint_eq(pair.pa.seen[BTCWIRE_VERACK], 1);
	ck_assert_uint_eq(pair.pa.seen[BTCWIRE_WTXIDRELAY], 1);
	ck_assert_uint_eq(pair.pa.ready, 1);
}
END_TEST

START_TEST(offers_can_be_declined)
{
	struct btcpeer_stats a;
	struct pair pair;

	pair_init(&pair);
	pair.ca.disable_wtxid_relay = true;
	pair.cb.disable_addrv2 = true;
	pair_start(&pair);
	a = stats_of(pair.a);
	ck_assert(!a.wtxid_relay);
	ck_assert(!a.wants_addrv2);
	ck_assert(!stats_of(pair.b).wtxid_relay);
	ck_assert(stats_of(pair.b).wants_addrv2);
	pair_stop(&pair);
}
END_TEST

START_TEST(every_listener)
{
	static const uint8_t script[] = { 0x51 };
	struct btcwire_hash h = { { 1, 2, 3 } };
	struct btcwire_invvect v = { BTCWIRE_INV_BLOCK, h };
	struct btcwire_inv inv = { &v, 1 };
	struct btcwire_locator loc = { 70016, &h, 1, h };
	struct btcwire_txin in = { .prev = { h, 0 }, .script = { script, 1 } };
	struct btcwire_txout out = { 5, { script, 1 } };
	struct btcwire_tx tx = { 2, 0, &in, 1, &out, 1 };
	struct btcwire_block block = { .tx = &tx, .tx_len = 1 };
	struct btcwire_headers headers = { &block.header, 1 };
	struct btcwire_netaddr na = { .port = 8333 };
	struct btcwire_addr addr = { &na, 1 };
	struct btcwire_reject rej = { .command = { (const uint8_t *)"tx", 2 },
	    .code = BTCWIRE_REJECT_DUST, .has_hash = true, .hash = h };
	struct btcwire_feefilter fee = { 1000 };
	struct btcwire_ping ping = { 99 };
	const struct {
		enum btcwire_type type;
		const void *body;
	} rows[] = {
		{ BTCWIRE_PING, &ping }, { BTCWIRE_PONG, &ping },
		{ BTCWIRE_INV, &inv }, { BTCWIRE_GETDATA, &inv },
		{ BTCWIRE_NOTFOUND, &inv }, { BTCWIRE_GETBLOCKS, &loc },
		{ BTCWIRE_GETHEADERS, &loc }, { BTCWIRE_HEADERS, &headers },
		{ BTCWIRE_BLOCK, &block }, { BTCWIRE_TX, &tx },
		{ BTCWIRE_ADDR, &addr }, { BTCWIRE_GETADDR, NULL },
		{ BTCWIRE_REJECT, &rej }, { BTCWIRE_MEMPOOL, NULL },
		{ BTCWIRE_SENDHEADERS, NULL }, { BTCWIRE_FEEFILTER, &fee },
	};
	struct btcpeer_command_stats cs;
	struct btcpeer_stats a, b;
	struct pair pair;
	int i;

	pair_init(&pair);
	pair_start(&pair);
	for (i = 0; i < N_ROWS(rows); i++) {
		ck_assert_int_eq(btcpeer_queue_message_take(pair.b,
		    new_msg(rows[i].type, rows[i].body), NULL), 0);
		ck_assert_msg(probe_wait(&pair.pa, &pair.pa.seen[rows[i].type],
		    1), "no %s", btcwire_command(rows[i].type));
	}
	ck_assert(btcpeer_wants_headers(pair.a));
	ck_assert_int_eq(stats_of(pair.a).fee_filter, 1000);
	ck_assert_uint_eq(stats_of(pair.a).pongs_unmatched, 1);
	/* The ping was answered by the library. */
	ck_assert(probe_wait(&pair.pb, &pair.pb.seen[BTCWIRE_PONG], 1));
	ck_assert_int_eq(btcpeer_command_stats(&cs, pair.a, BTCWIRE_INV), 0);
	ck_assert_uint_eq(cs.msgs_received, 1);
	ck_assert_uint_eq(cs.bytes_received, 24 + 37);
	btcpeer_disconnect(pair.b);
	ck_assert_int_eq(btcpeer_wait(pair.b, -1), 0);
	ck_assert_int_eq(btcpeer_wait(pair.a, -1), 0);
	a = stats_of(pair.a);
	b = stats_of(pair.b);
	ck_assert_uint_eq(a.bytes_received, b.bytes_sent);
	ck_assert_uint_eq(a.msgs_received, b.msgs_sent);
	ck_assert_uint_eq(a.bytes_received, pair.pa.read_bytes);
	ck_assert_uint_eq(b.bytes_sent, pair.pb.write_bytes);
	ck_assert_uint_eq(pair.pa.raw, a.msgs_received);
	ck_assert_uint_eq(pair.pa.raw_bytes, a.bytes_received -
	    24 * a.msgs_received);
	ck_assert_int_eq(a.reason, BTCPEER_REASON_REMOTE_CLOSED);
	ck_assert_int_eq(b.reason, BTCPEER_REASON_LOCAL);
	ck_assert_int_eq(pair.pa.reason, BTCPEER_REASON_REMOTE_CLOSED);
	ck_assert_str_eq(pair.pa.why, a.why);
	pair_stop(&pair);
}
END_TEST

START_TEST(ping_is_timed)
{
	struct btcpeer_stats s;
	struct pair pair;

	pair_init(&pair);
	pair_start(&pair);
	ck_assert_int_eq(btcpeer_ping(pair.a), 0);
	ck_assert(probe_wait(&pair.pa, &pair.pa.seen[BTCWIRE_PONG], 1));
	ck_assert_int_eq(btcpeer_ping(pair.a), 0);
	ck_assert(probe_wait(&pair.pa, &pair.pa.seen[BTCWIRE_PONG], 2));
	s = stats_of(pair.a);
	ck_assert_uint_eq(s.pings_answered, 2);
	ck_assert_uint_eq(s.pongs_unmatched, 0);
	ck_assert_int_gt(s.ping_last_us, 0);
	ck_assert_int_le(s.ping_min_us, s.ping_avg_us);
	btcpeer_disconnect(pair.a);
	ck_assert_int_eq(btcpeer_ping(pair.a), BTCPEER_E_CLOSED);
	pair_stop(&pair);
}
END_TEST

/* Nobody stops reading because he writes (protocol.md A10). */
START_TEST(four_megabytes_both_ways)
{
	uint8_t *script = calloc(1, 3999900);
	struct btcwire_hash h = { { 7 } };
	struct btcwire_txin in = { .prev = { h, 0 }, .script = { script, 3999900 } };
	struct btcwire_txout out = { 5, { NULL, 0 } };
	struct btcwire_tx tx = { 2, 0, &in, 1, &out, 1 };
	struct btcwire_msg *msg = new_msg(BTCWIRE_TX, &tx);
	struct pair pair;
	int i;

	pair_init(&pair);
	pair_start(&pair);
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(btcpeer_queue_message(pair.a, msg, NULL), 0);
		ck_assert_int_eq(btcpeer_queue_message(pair.b, msg, NULL), 0);
	}
	ck_assert(probe_wait(&pair.pa, &pair.pa.seen[BTCWIRE_TX], 3));
	ck_assert(probe_wait(&pair.pb, &pair.pb.seen[BTCWIRE_TX], 3));
	pair_stop(&pair);
	btcwire_msg_unref(msg);
	free(script);
}
END_TEST

static struct btcwire_hash
numbered(uint32_t n)
{
	struct btcwire_hash h = { { 0 } };

	memcpy(h.b, &n, sizeof(n));
	return h;
}

START_TEST(inventory_trickles)
{
	struct btcwire_hash h, w;
	struct pair pair;
	uint32_t i;

	pair_init(&pair);
	pair.ca.trickle_ms = 20;
	pair.ca.exact_trickle = true;
	pair_start(&pair);
	/* What the remote announced itself is not announced to it. */
	h = numbered(5);
	btcpeer_add_known_inventory(pair.a, BTCWIRE_INV_WITNESS_TX, &h);
	for (i = 0; i < 2500; i++) {
		h = numbered(i);
		w = numbered(i + 1000000);
		ck_assert_int_eq(btcpeer_queue_inventory(pair.a, BTCWIRE_INV_TX,
		    &h, &w), 0);
		/* Again is not again announced. */
		ck_assert_int_eq(btcpeer_queue_inventory(pair.a, BTCWIRE_INV_TX,
		    &h, &w), 0);
	}
	ck_assert(probe_wait(&pair.pb, &pair.pb.inv_items, 2499));
	ck_assert_uint_le(pair.pb.inv_longest, 1000);
	h = numbered(77);
	ck_assert_int_eq(btcpeer_queue_inventory(pair.a, BTCWIRE_INV_BLOCK, &h,
	    NULL), 0);
	ck_assert(probe_wait(&pair.pb, &pair.pb.inv_items, 2500));
	ck_assert_int_eq(btcpeer_queue_inventory(pair.a, BTCWIRE_INV_ERROR, &h,
	    NULL), BTCPEER_E_INVAL);
	pair_stop(&pair);
	ck_assert_uint_eq(pair.pb.inv_items, 2500);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_pair");
	TCase *tc = add_tcase(s, "pair");

	tcase_add_test(tc, handshake_facts);
	tcase_add_test(tc, offers_can_be_declined);
	tcase_add_test(tc, every_listener);
	tcase_add_test(tc, ping_is_timed);
	tcase_add_test(tc, four_megabytes_both_ways);
	tcase_add_test(tc, inventory_trickles);
	return run_suite(s);
}
