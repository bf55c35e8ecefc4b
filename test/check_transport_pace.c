/*
 * How fast a remote must send, at invented times.
 */
#include "config.h"

#include "runner.h"
#include "transport/pace.h"
#include "util/clock.h"

#define T0 INT64_C(1000000)
#define MIN_MS INT64_C(60000)

enum what { GOT, REST, REST_BEGUN };

/* What happens when, and what holds then. */
struct event {
	int64_t ms;		/* after T0; the first zero row ends the list */
	enum what what;
	size_t bytes;
	int64_t deadline;	/* after T0; -1: never */
	bool too_slow;		/* at that deadline */
};

/* clang-format off */
static const struct {
	const char *name;
	int64_t idle_ms;
	struct event event[8];
} cases[] = {
	{ "idle only, between messages", 300000, {
		{   1000, REST,          0, 301000, false },
		{   9000, REST,          0, 309000, false } } },
	{ "a message begins: the slow window", 300000, {
		{   1000, REST,          0, 301000, false },
		{   2000, GOT,          24,  62000, true },
		{   3000, GOT,        1000,  62000, true },
		{  61999, GOT,           1,  62000, true } } },
	{ "the window is met exactly", 300000, {
		{   1000, GOT,           1,  61000, true },
		{  30000, GOT,       61438,  61000, true },
		{  40000, GOT,           1, 100000, true },
		{  50000, GOT,       61440, 110000, true },
		{  50001, GOT,       61439, 110000, true } } },
	{ "one large piece", 300000, {
		{   1000, GOT,     4000000,  61000, true },
		{   1500, GOT,           0,  61000, true } } },
	{ "what is over does not count for the next window", 300000, {
		{   1000, GOT,      122879,  61000, true },
		{   2000, GOT,       61439,  61000, true },
		{   3000, GOT,           1,  63000, true } } },
	{ "rest ends the message", 300000, {
		{   1000, GOT,         100,  61000, true },
		{   2000, REST,          0, 302000, false },
		{   3000, GOT,           1,  63000, true } } },
	{ "rest forgets what the window had", 300000, {
		{   1000, GOT,       61439,  61000, true },
		{   2000, REST,          0, 302000, false },
		{   3000, GOT,           1,  63000, true },
		{   4000, GOT,       61438,  63000, true },
		{   5000, GOT,           1,  65000, true } } },
	{ "rest with a message begun: its window begins now", 300000, {
		{   1000, GOT,       61439,  61000, true },
		{   9000, REST_BEGUN,    0,  69000, true },
		{  10000, GOT,       61439,  69000, true },
		{  11000, GOT,           1,  71000, true } } },
	{ "time in callbacks before a rest does not count", 300000, {
		{   1000, GOT,         100,  61000, true },
		{ 900000, REST_BEGUN,    0, 960000, true },
		{ 900001, GOT,           1, 960000, true } } },
	{ "short idle time: idle, not slow", 5000, {
		{   1000, GOT,         100,   6000, false },
		{   2000, GOT,         100,   7000, false },
		{  58000, GOT,         100,  61000, true } } },
	{ "idle and slow at once: slow", 60000, {
		{   1000, GOT,         100,  61000, true } } },
	{ "idle just before slow", 59999, {
		{   1000, GOT,         100,  60999, false } } },
	{ "no idle bound", -1, {
		{   1000, REST,          0,     -1, false },
		{   2000, GOT,         100,  62000, true },
		{   3000, REST,          0,     -1, false } } },
	{ "no idle bound at all", INT64_MIN, {
		{   1000, REST,          0,     -1, false } } },
	{ "idle times past the end of time", INT64_MAX, {
		{   1000, REST,          0,     -1, false },
		{   2000, GOT,           1,  62000, true } } },
};
/* clang-format on */

START_TEST(events)
{
	const struct event *e = cases[_i].event;
	struct btct_pace p;
	int64_t want;

	btct_pace_init(&p, cases[_i].idle_ms, T0);
	for (; e < cases[_i].event + 8 && e->ms != 0; e++) {
		if (e->what == GOT)
			btct_pace_got(&p, e->bytes, T0 + e->ms);
		else
			btct_pace_rest(&p, e->what == REST_BEGUN, T0 + e->ms);
		want = e->deadline < 0 ? BTCU_NEVER : T0 + e->deadline;
		ck_assert_msg(btct_pace_deadline(&p) == want,
		    "%s, %lld: deadline %lld", cases[_i].name, (long long)e->ms,
		    (long long)(btct_pace_deadline(&p) - T0));
		if (want != BTCU_NEVER)
			ck_assert_msg(btct_pace_too_slow(&p) == e->too_slow,
			    "%s, %lld", cases[_i].name, (long long)e->ms);
	}
}
END_TEST

START_TEST(from_the_start)
{
	struct btct_pace p;

	btct_pace_init(&p, 300000, T0);
	ck_assert_int_eq(btct_pace_deadline(&p), T0 + 300000);
	ck_assert(!btct_pace_too_slow(&p));
	btct_pace_init(&p, -1, T0);
	ck_assert_int_eq(btct_pace_deadline(&p), BTCU_NEVER);
}
END_TEST

/* The whole of the longest message at a steady pace: a little over 60 KiB a
 * window it comes through, a little under it does not. */
START_TEST(steady_pace)
{
	const size_t len = 4000000, per_s = _i == 0 ? 1060 : 1023;
	int64_t now = T0;
	struct btct_pace p;
	size_t got = 0;

	btct_pace_init(&p, 300000, now);
	btct_pace_rest(&p, false, now);
	while (got < len && now < btct_pace_deadline(&p)) {
		btct_pace_got(&p, per_s, now);
		got += per_s;
		now += 1000;
	}
	if (_i == 0) {
		ck_assert_uint_ge(got, len);
	} else {
		ck_assert_uint_lt(got, len);
		ck_assert_int_eq(now, T0 + MIN_MS);
		ck_assert(btct_pace_too_slow(&p));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("transport_pace");
	TCase *tc = add_tcase(s, "pace");

	tcase_add_test(tc, from_the_start);
	tcase_add_loop_test(tc, events, 0, N_ROWS(cases));
	tcase_add_loop_test(tc, steady_pace, 0, 2);
	return run_suite(s);
}
