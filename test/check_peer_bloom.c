/*
 * Bloom filter commands, by whether we offer to obey them (BIP 111), and what
 * they do to announcements (BIP 37).
 */
#include "config.h"

#include "peer/peer.h"
#include "stage.h"

static void
send_command(struct stage *st, enum btcwire_type type)
{
	static const uint8_t data[] = { 0xb5, 0x0f, 0x01 };
	struct btcwire_filterload load = { .filter = { data, sizeof(data) },
	    .hash_funcs = 11 };
	struct btcwire_filteradd add = { .data = { data, sizeof(data) } };
	const void *body = NULL;

	if (type == BTCWIRE_FILTERLOAD)
		body = &load;
	else if (type == BTCWIRE_FILTERADD)
		body = &add;
	remote_msg(&st->r, type, body);
}

/* ---- Offered or not ---------------------------------------------------- */

static const enum btcwire_type commands[] = { BTCWIRE_FILTERLOAD,
    BTCWIRE_FILTERADD, BTCWIRE_FILTERCLEAR };

/* clang-format off */
static const struct {
	uint64_t services;	/* ours */
	int32_t version;	/* the remote's */
	enum { HEARD, IGNORED, ENDED } fate;
} rows[] = {
	{ 0,                                          70001, IGNORED },
	{ 0,                                          70010, IGNORED },
	{ 0,                                          70011, ENDED },
	{ 0,                                          70017, ENDED },
	{ 0,                                       INT32_MAX, ENDED },
	{ ~BTCWIRE_NODE_BLOOM,                        70010, IGNORED },
	{ ~BTCWIRE_NODE_BLOOM,                        70016, ENDED },
	{ BTCWIRE_NODE_BLOOM,                         70001, HEARD },
	{ BTCWIRE_NODE_BLOOM,                         70011, HEARD },
	{ BTCWIRE_NODE_BLOOM | BTCWIRE_NODE_NETWORK,  70017, HEARD },
};
/* clang-format on */

START_TEST(fate_of_commands)
{
	enum btcwire_type type = commands[_i % 3];
	unsigned heard = rows[_i / 3].fate == HEARD ? 1 : 0, read;
	struct stage st;

	stage_init(&st);
	st.config.services = rows[_i / 3].services;
	stage_start(&st);
	stage_handshake(&st, rows[_i / 3].version, true);
	stage_settle(&st);
	read = probe_get(&st.pr, &st.pr.read);
	send_command(&st, type);
	if (rows[_i / 3].fate == ENDED) {
		remote_drain(&st.r);
		ck_assert(probe_wait(&st.pr, &st.pr.ended, 1));
		ck_assert_ptr_nonnull(strstr(st.pr.why, btcwire_command(type)));
	} else {
		stage_settle(&st);
	}
	ck_assert_uint_eq(stage_stats(&st).ignored_received,
	    rows[_i / 3].fate == IGNORED ? 1 : 0);
	ck_assert_uint_ge(probe_get(&st.pr, &st.pr.read), read + 1);
	ck_assert_uint_eq(probe_get(&st.pr, &st.pr.seen[type]), heard);
	if (rows[_i / 3].fate == ENDED)
		stage_end(&st, BTCPEER_REASON_BLOOM);
	else
		stage_disconnect(&st);
}
END_TEST

/* Too early they are what every message is then, and change nothing. */
START_TEST(before_verack)
{
	struct stage st;

	stage_init(&st);
	st.config.services = _i < 3 ? 0 : BTCWIRE_NODE_BLOOM;
	stage_start(&st);
	remote_version(&st.r, 70016, 4711, false);
	send_command(&st, commands[_i % 3]);
	remote_expect(&st.r, "verack");
	remote_msg(&st.r, BTCWIRE_VERACK, NULL);
	stage_settle(&st);
	ck_assert_uint_eq(stage_stats(&st).ignored_received, 1);
	ck_assert_uint_eq(probe_get(&st.pr, &st.pr.seen[commands[_i % 3]]), 0);
	ck_assert(!stage_stats(&st).relay);
	stage_disconnect(&st);
}
END_TEST

/* ---- relay=0 ----------------------------------------------------------- */

enum { TXS = 2500 };		/* more than one inv has */

static struct btcwire_hash
hash_of(uint32_t n)
{
	struct btcwire_hash h = { .b = { (uint8_t)n, (uint8_t)(n >> 8), 0xb1 } };

	return h;
}

static void
announce(struct stage *st, uint32_t first, uint32_t n)
{
	struct btcwire_hash h;
	uint32_t i;

	for (i = first; i < first + n; i++) {
		h = hash_of(i);
		ck_assert_int_eq(btcpeer_queue_inventory(st->p, BTCWIRE_INV_TX,
		    &h, NULL), 0);
	}
}

/* The peer's own pings, many times as long apart as transactions trickle. */
static void
expect_no_txs(struct stage *st)
{
	static uint32_t blocks = 60000;
	struct btcwire_hash block = hash_of(blocks++);
	int i;

	for (i = 0; i < 20; i++) {
		ck_assert_int_eq(btcpeer_ping(st->p), 0);
		do {
			ck_assert(remote_read(&st->r));
			ck_assert_str_ne(st->r.command, "inv");
		} while (strcmp(st->r.command, "ping") != 0);
		stage_settle(st);
	}
	ck_assert_uint_eq(stage_stats(st).msgs_failed, 0);
	/* Blocks go at once all the same. */
	ck_assert_int_eq(btcpeer_queue_inventory(st->p, BTCWIRE_INV_BLOCK,
	    &block, NULL), 0);
	remote_expect(&st->r, "inv");
	ck_assert_uint_eq(st->r.len, 1 + 36);
	ck_assert_uint_eq(st->r.payload[1], BTCWIRE_INV_BLOCK);
}

/* Each of so many transactions in an inv, once. */
static void
expect_txs(struct stage *st, uint32_t n)
{
	static bool seen[TXS + 100];
	uint32_t got = 0, id;
	size_t at;

	memset(seen, 0, sizeof(seen));
	while (got < n) {
		remote_expect(&st->r, "inv");
		at = st->r.payload[0] == 0xfd ? 3 : 1;
		ck_assert_uint_eq((st->r.len - at) % 36, 0);
		for (; at < st->r.len; at += 36) {
			ck_assert_uint_eq(st->r.payload[at],
			    BTCWIRE_INV_TX);
			id = st->r.payload[at + 4] |
			    (uint32_t)st->r.payload[at + 5] << 8;
			ck_assert_uint_lt(id, n);
			ck_assert(!seen[id]);
			seen[id] = true;
			got++;
		}
	}
}

static void
quiet_stage(struct stage *st, uint64_t services)
{
	stage_init(st);
	st->config.services = services;
	st->config.trickle_ms = 1;
	st->config.exact_trickle = true;
	stage_start(st);
}

/* None before it may; those it did not want are not told of later either, nor
 * do they pile up: a queue that kept them would be full. */
START_TEST(none_until_wanted)
{
	enum btcwire_type opens = _i == 0 ? BTCWIRE_FILTERLOAD
	    : BTCWIRE_FILTERCLEAR;
	struct stage st;
	int i;

	quiet_stage(&st, BTCWIRE_NODE_BLOOM);
	announce(&st, 50000, 100);
	stage_handshake(&st, 70015, false);
	for (i = 0; i < 60; i++)
		announce(&st, 50000, 1000);
	ck_assert(!stage_stats(&st).relay);
	expect_no_txs(&st);
	send_command(&st, BTCWIRE_FILTERADD);
	stage_settle(&st);
	ck_assert(!stage_stats(&st).relay);
	expect_no_txs(&st);
	send_command(&st, opens);
	stage_settle(&st);
	ck_assert(stage_stats(&st).relay);
	expect_no_txs(&st);
	/* From now on as to everybody. */
	announce(&st, 0, TXS);
	expect_txs(&st, TXS);
	send_command(&st, BTCWIRE_FILTERCLEAR);
	stage_settle(&st);
	ck_assert(stage_stats(&st).relay);
	stage_disconnect(&st);
}
END_TEST

/* What was queued before the remote's version, and not dropped yet when a
 * filter came. */
START_TEST(unwanted_when_wanted)
{
	struct stage st;

	stage_init(&st);
	st.config.services = BTCWIRE_NODE_BLOOM;
	st.config.trickle_ms = 3600 * 1000;
	st.config.exact_trickle = true;
	stage_start(&st);
	announce(&st, 0, 100);
	stage_handshake(&st, 70015, false);
	send_command(&st, BTCWIRE_FILTERCLEAR);
	stage_settle(&st);
	btcu_lock(&st.p->mtx);
	ck_assert_uint_eq(st.p->inventory.txs.len, 0);
	ck_assert_int_eq(btcp_inventory_due(&st.p->inventory), BTCU_NEVER);
	btcu_unlock(&st.p->mtx);
	stage_disconnect(&st);
}
END_TEST

/* There is nothing to wait for where no filter can be loaded. */
START_TEST(never_wanted)
{
	struct btcwire_hash block = hash_of(5);
	struct stage st;

	quiet_stage(&st, 0);
	stage_handshake(&st, _i == 0 ? 70015 : 70010, false);
	announce(&st, 0, TXS);
	expect_no_txs(&st);
	if (_i == 1) {
		send_command(&st, BTCWIRE_FILTERCLEAR);
		stage_settle(&st);
		ck_assert(!stage_stats(&st).relay);
		ck_assert_int_eq(btcpeer_queue_inventory(st.p,
		    BTCWIRE_INV_BLOCK, &block, NULL), 0);
		remote_expect(&st.r, "inv");
		ck_assert_uint_eq(st.r.len, 1 + 36);
		ck_assert_uint_eq(st.r.payload[1], BTCWIRE_INV_BLOCK);
	}
	stage_disconnect(&st);
}
END_TEST

START_TEST(wanted_from_the_start)
{
	struct stage st;

	quiet_stage(&st, _i == 0 ? 0 : BTCWIRE_NODE_BLOOM);
	announce(&st, 0, 100);
	stage_handshake(&st, 70015, true);
	ck_assert(stage_stats(&st).relay);
	expect_txs(&st, 100);
	stage_disconnect(&st);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_bloom");
	TCase *tc = add_tcase(s, "commands");

	tcase_add_loop_test(tc, fate_of_commands, 0, 3 * N_ROWS(rows));
	tcase_add_loop_test(tc, before_verack, 0, 6);
	tc = add_tcase(s, "relay");
	tcase_add_loop_test(tc, none_until_wanted, 0, 2);
	tcase_add_test(tc, unwanted_when_wanted);
	tcase_add_loop_test(tc, never_wanted, 0, 2);
	tcase_add_loop_test(tc, wanted_from_the_start, 0, 2);
	return run_suite(s);
}
