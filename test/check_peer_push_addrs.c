/*
 * Pushing addresses: in the form that the remote wants, and of too many a fair
 * choice.
 */
#include "config.h"

#include <btcpeer/netaddr.h>

#include "pushes.h"

static const uint8_t fc[32] = { 0xfc, 1 }, y2[16] = { 2, 1 },
    v6[16] = { 0x20, 1 }, mapped[16] = { [10] = 0xff, [11] = 0xff };

/* clang-format off */
static const struct {
	uint8_t net;
	struct btcwire_bytes addr;
	bool usable, old;
} nets[] = {
	{ BTCWIRE_NET_TORV3,     { fc, 32 },     true,  false },
	{ BTCWIRE_NET_IPV4,      { fc, 4 },      true,  true },
	{ BTCWIRE_NET_TORV2,     { fc, 10 },     false, true },
	{ BTCWIRE_NET_IPV6,      { v6, 16 },     true,  true },
	{ BTCWIRE_NET_IPV6,      { mapped, 16 }, false, true },
	{ BTCWIRE_NET_I2P,       { fc, 32 },     true,  false },
	{ BTCWIRE_NET_CJDNS,     { fc, 16 },     true,  true },
	{ BTCWIRE_NET_IPV4,      { fc, 5 },      false, false },
	{ BTCWIRE_NET_YGGDRASIL, { y2, 16 },     true,  true },
	{ 99,                    { fc, 16 },     false, false },
};
/* clang-format on */

enum { N_NETS = N_ROWS(nets) };

static void
fill_addrs(struct btcwire_netaddr2 *a, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		a[i] = (struct btcwire_netaddr2){ .services = i % 7,
		    .time = 1000 + (uint32_t)i, .port = 8333,
		    .net = BTCWIRE_NET_IPV4, .addr = { fc, 4 } };
}

/* The message that comes holds what sent says, in that order. */
static void
check_addrs(const struct btcwire_netaddr2 *a, const size_t *sent, size_t n,
    bool v2)
{
	struct btcwire_msg *msg = next(v2 ? BTCWIRE_ADDRV2 : BTCWIRE_ADDR);
	struct btcwire_netaddr2 got;
	struct btcwire_netaddr old;
	size_t i;

	ck_assert_uint_eq(v2 ? btcwire_addrv2_of(msg)->addr_len :
	    btcwire_addr_of(msg)->addr_len, n);
	for (i = 0; i < n; i++) {
		if (v2) {
			got = btcwire_addrv2_of(msg)->addr[i];
		} else {
			old = btcwire_addr_of(msg)->addr[i];
			btcwire_netaddr_to_v2(&got, &old);
		}
		ck_assert_uint_eq(got.net, a[sent[i]].net);
		ck_assert_uint_eq(got.time, a[sent[i]].time);
		ck_assert_uint_eq(got.services, a[sent[i]].services);
		ck_assert_uint_eq(got.port, a[sent[i]].port);
		ck_assert_uint_eq(got.addr.len, a[sent[i]].addr.len);
		ck_assert_mem_eq(got.addr.data, a[sent[i]].addr.data,
		    got.addr.len);
	}
	btcwire_msg_unref(msg);
}

/* Each remote gets the form it wants, of the addresses that fit it. */
START_TEST(addrs_by_form)
{
	struct btcwire_netaddr2 a[N_NETS];
	size_t sent[BTCWIRE_MAX_ADDR], len = 99, i, n = 0;
	bool v2 = _i == 1;

	start(_i == 2 ? 60002 : 70016, v2);
	fill_addrs(a, N_NETS);
	for (i = 0; i < N_NETS; i++) {
		a[i].net = nets[i].net;
		a[i].addr = nets[i].addr;
	}
	ck_assert_int_eq(btcpeer_push_addrs(p, sent, &len, a, N_NETS), 0);
	for (i = 0; i < N_NETS; i++)
		if (nets[i].usable && (v2 || nets[i].old))
			ck_assert_uint_eq(sent[n++], i);
	ck_assert_uint_eq(len, n);
	ck_assert_uint_eq(n, v2 ? 6 : 4);
	check_addrs(a, sent, n, v2);
	ck_assert_int_eq(btcpeer_push_addrs(p, NULL, NULL, a, N_NETS), 0);
	check_addrs(a, sent, n, v2);
	nothing_more();
	finish();
}
END_TEST

START_TEST(addrs_none)
{
	struct btcwire_netaddr2 a[2];
	size_t sent[BTCWIRE_MAX_ADDR], len = 99;

	start(70016, false);
	fill_addrs(a, 2);
	a[0].net = a[1].net = BTCWIRE_NET_TORV3;
	a[0].addr.len = 32;
	ck_assert_int_eq(btcpeer_push_addrs(p, sent, &len, a, 2), 0);
	ck_assert_uint_eq(len, 0);
	len = 99;
	ck_assert_int_eq(btcpeer_push_addrs(p, sent, &len, NULL, 0), 0);
	ck_assert_uint_eq(len, 0);
#if SIZE_MAX > UINT32_MAX
	/* Not looked at. */
	ck_assert_int_eq(btcpeer_push_addrs(p, sent, &len, a,
	    (size_t)UINT32_MAX + 1), BTCPEER_E_INVAL);
#endif
	nothing_more();
	finish();
}
END_TEST

/* What the remote wants is not known before the handshake is done. */
START_TEST(addrs_too_early)
{
	struct btcwire_netaddr2 a[1];
	size_t sent[BTCWIRE_MAX_ADDR], len = 99;
	uint64_t before;

	fill_addrs(a, 1);
	start(0, false);
	ck_assert_int_eq(btcpeer_push_addrs(p, sent, &len, a, 1),
	    BTCPEER_E_STATE);
	remote_version(&r, 70016, 4711, true);
	remote_expect(&r, "verack");
	ck_assert_int_eq(btcpeer_push_addrs(p, sent, &len, a, 1),
	    BTCPEER_E_STATE);
	ck_assert_uint_eq(len, 99);
	before = queued();
	remote_msg(&r, BTCWIRE_SENDADDRV2, NULL);
	remote_msg(&r, BTCWIRE_VERACK, NULL);
	ck_assert(probe_wait(&pr, &pr.ready, 1));
	ck_assert_uint_eq(before, 0);
	ck_assert_int_eq(btcpeer_push_addrs(p, sent, &len, a, 1), 0);
	ck_assert_uint_eq(len, 1);
	check_addrs(a, sent, 1, true);
	btcpeer_disconnect(p);
	ck_assert_int_eq(btcpeer_push_addrs(p, sent, &len, a, 1),
	    BTCPEER_E_CLOSED);
	finish();
}
END_TEST

/* clang-format off */
static const struct {
	size_t len, usable;
} many[] = {
	{ 999, 999 }, { 1000, 1000 }, { 1001, 1001 }, { 1500, 1500 },
	{ 5000, 1000 }, { 5000, 1001 }, { 20000, 20000 },
};
/* clang-format on */

/* Of many a thousand, none of them twice. */
START_TEST(addrs_many)
{
	size_t len = many[_i].len, n = 0, sent[BTCWIRE_MAX_ADDR], i;
	size_t step = len / many[_i].usable, sorted = 0;
	struct btcwire_netaddr2 *a = calloc(len, sizeof(*a));
	bool *seen = calloc(len, sizeof(*seen));

	ck_assert(a != NULL && seen != NULL);
	start(70016, _i % 2 == 0);
	fill_addrs(a, len);
	for (i = 0; i < len; i++)
		if (i % step != 0 || i / step >= many[_i].usable)
			a[i].addr.len = 3;
	ck_assert_int_eq(btcpeer_push_addrs(p, sent, &n, a, len), 0);
	ck_assert_uint_eq(n, many[_i].usable < 1000 ? many[_i].usable : 1000);
	for (i = 0; i < n; i++) {
		ck_assert_uint_lt(sent[i], len);
		ck_assert(!seen[sent[i]]);
		seen[sent[i]] = true;
		sorted += i > 0 && sent[i] > sent[i - 1];
	}
	/* They stay in order only when there is nothing to choose. */
	ck_assert((sorted == n - 1) == (many[_i].usable <= 1000));
	check_addrs(a, sent, n, _i % 2 == 0);
	free(a);
	free(seen);
	finish();
}
END_TEST

/* Half of 2,000, over and over: how often each was sent is spread as chance
 * has it.  The sum has mean 2,000 and a standard deviation of 63. */
START_TEST(addrs_uniform)
{
	enum { N = 2000, RUNS = TEST_SLOW ? 100 : 400 };
	static struct btcwire_netaddr2 a[N];
	static size_t count[N], sent[BTCWIRE_MAX_ADDR];
	double sum = 0, first = 0, off;
	size_t n, i, stayed = 0;
	int run;

	start(70016, false);
	fill_addrs(a, N);
	for (run = 0; run < RUNS; run++) {
		ck_assert_int_eq(btcpeer_push_addrs(p, sent, &n, a, N), 0);
		ck_assert_uint_eq(n, 1000);
		for (i = 0; i < n; i++) {
			count[sent[i]]++;
			stayed += sent[i] == i;
		}
		first += (double)sent[0] / RUNS;
		remote_expect(&r, "addr");
	}
	for (i = 0; i < N; i++) {
		off = (double)count[i] - RUNS / 2.0;
		sum += off * off / (RUNS / 4.0);
	}
	ck_assert_double_gt(sum, 1500);
	ck_assert_double_lt(sum, 2500);
	/* Any of them may be the first: mean 1,000, at most 58 off by chance. */
	ck_assert_double_gt(first, 600);
	ck_assert_double_lt(first, 1400);
	/* And any may keep its place, as one does in every other run. */
	ck_assert_uint_gt(stayed, RUNS / 8);
	ck_assert_uint_lt(stayed, RUNS);
	finish();
}
END_TEST

START_TEST(addrs_no_memory)
{
	static struct btcwire_netaddr2 a[1500];
	size_t sent[BTCWIRE_MAX_ADDR], n;

	start(70016, _i == 1);
	fill_addrs(a, 1500);
	ck_assert_int_ge(EACH_OOM(btcpeer_push_addrs(p, sent, &n, a, 1500)),
	    3);
	check_addrs(a, sent, n, _i == 1);
	nothing_more();
	finish();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_push_addrs");
	TCase *tc = add_tcase(s, "addrs");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, addrs_by_form, 0, 3);
	tcase_add_test(tc, addrs_none);
	tcase_add_test(tc, addrs_too_early);
	tcase_add_loop_test(tc, addrs_many, 0, N_ROWS(many));
	tcase_add_test(tc, addrs_uniform);
	tcase_add_loop_test(tc, addrs_no_memory, 0, 2);
	return run_suite(s);
}
