/*
 * The outgoing queue: what is admitted, in which order it comes out, and when
 * there is room again.
 */
#include "config.h"

#include "allocs.h"
#include "gen.h"
#include "peer/queue.h"
#include "runner.h"

enum { STEPS = TEST_SLOW ? 10000 : 60000 };

/* Entries are told apart by their done_arg; nothing else of them is used. */
static struct btcp_entry
entry(uintptr_t id, uint32_t size, bool control)
{
	return (struct btcp_entry){ .done_arg = (void *)id, .size = size,
	    .control = control, .urgent = control };
}

static int
push(struct btcp_queue *q, uintptr_t id, uint32_t size, bool control)
{
	struct btcp_entry e = entry(id, size, control);

	return btcp_queue_push(q, &e);
}

static uintptr_t
id_of(const struct btcp_batch *b, size_t i)
{
	return (uintptr_t)b->v[i].done_arg;
}

/* As the output thread does once it has written them. */
static void
release_all(struct btcp_queue *q, struct btcp_batch *b)
{
	size_t i;

	for (i = 0; i < b->len; i++)
		btcp_queue_release(q, &b->v[i]);
	b->len = 0;
}

static void
clear(struct btcp_queue *q, struct btcp_batch *b)
{
	do {
		release_all(q, b);
		btcp_queue_take_rest(b, q);
	} while (b->len > 0);
	ck_assert_uint_eq(q->bytes, 0);
	ck_assert_uint_eq(q->msgs, 0);
	ck_assert_uint_eq(q->control_bytes, 0);
	btcp_batch_clear(b);
	btcp_batch_clear(&q->rest);
	btcp_batch_clear(&q->first);
}

/* ---- Bounds ------------------------------------------------------------ */

/* clang-format off */
static const struct {
	const char *name;
	size_t max_bytes, max_msgs;
	uint32_t size[6];	/* pushed one after the other; 0 ends the list */
	size_t admitted;
} bounds[] = {
	{ "messages",                        1000,  3, { 10, 10, 10, 10 },      3 },
	{ "one message",                     1000,  1, { 10, 10 },              1 },
	{ "bytes, exactly",                  1000, 99, { 400, 600, 1 },         2 },
	{ "bytes, one too many",             1000, 99, { 400, 601 },            1 },
	{ "a single one over the bound",     1000, 99, { 4000000, 1 },          1 },
	{ "a single one of the longest",        1,  1, { UINT32_MAX, 1 },       1 },
	{ "over the bound, but not the first", 1000, 99, { 1, 1001 },           1 },
	{ "as much as fits beside another",  1000, 99, { 1, 999, 1 },           2 },
	{ "no room left for an empty one",     10, 99, { 10, 1 },               1 },
};
/* clang-format on */

START_TEST(bound)
{
	struct btcp_batch b = { 0 };
	struct btcp_queue q;
	bool fits, high = false;
	size_t i, sum = 0;

	btcp_queue_init(&q, bounds[_i].max_bytes, bounds[_i].max_msgs);
	ck_assert(q.held);
	for (i = 0; i < 6 && bounds[_i].size[i] != 0; i++) {
		fits = i < bounds[_i].admitted;
		ck_assert_msg(btcp_queue_has_room(&q, bounds[_i].size[i]) == fits,
		    "%s: %zu", bounds[_i].name, i);
		ck_assert_int_eq(push(&q, i, bounds[_i].size[i], false),
		    fits ? 0 : BTCPEER_E_FULL);
		sum += fits ? bounds[_i].size[i] : 0;
		ck_assert_uint_eq(q.bytes, sum);
		ck_assert_uint_eq(q.msgs, fits ? i + 1 : bounds[_i].admitted);
		high = high || !fits || 2 * sum >= bounds[_i].max_bytes ||
		    2 * (i + 1) >= bounds[_i].max_msgs;
		ck_assert_int_eq(q.high, high);
	}
	ck_assert_uint_eq(q.peak_msgs, bounds[_i].admitted);
	clear(&q, &b);
	ck_assert_uint_eq(q.peak_msgs, bounds[_i].admitted);
}
END_TEST

/* What was taken but not yet written still counts. */
START_TEST(taken_counts)
{
	struct btcp_batch b = { 0 };
	struct btcp_queue q;

	btcp_queue_init(&q, 100, 10);
	q.held = false;
	ck_assert_int_eq(push(&q, 1, 60, false), 0);
	ck_assert_int_eq(push(&q, 2, 40, false), 0);
	btcp_queue_take(&b, &q);
	ck_assert_uint_eq(b.len, 2);
	ck_assert_int_eq(push(&q, 3, 1, false), BTCPEER_E_FULL);
	btcp_queue_release(&q, &b.v[0]);
	ck_assert_uint_eq(q.bytes, 40);
	ck_assert_int_eq(push(&q, 3, 61, false), BTCPEER_E_FULL);
	ck_assert_int_eq(push(&q, 3, 60, false), 0);
	btcp_queue_release(&q, &b.v[1]);
	b.len = 0;
	clear(&q, &b);
}
END_TEST

/* The library's own messages neither use the users' room nor need it. */
START_TEST(control_bound)
{
	struct btcp_batch b = { 0 };
	struct btcp_queue q;
	int i;

	btcp_queue_init(&q, 100, 1);
	for (i = 0; i < BTCP_CONTROL_MAX / 32; i++)
		ck_assert_int_eq(push(&q, 2, 32, true), 0);
	ck_assert_int_eq(push(&q, 3, 1, true), BTCPEER_E_FULL);
	ck_assert(!q.high);
	ck_assert_int_eq(push(&q, 1, 100, false), 0);
	ck_assert_uint_eq(q.bytes, 100);
	ck_assert_uint_eq(q.msgs, 1);
	ck_assert_uint_eq(q.peak_msgs, 1);
	/* Taken is not yet written. */
	btcp_queue_take(&b, &q);
	ck_assert_uint_eq(b.len, BTCP_CONTROL_MAX / 32);
	ck_assert_int_eq(push(&q, 3, 1, true), BTCPEER_E_FULL);
	btcp_queue_release(&q, &b.v[0]);
	ck_assert_int_eq(push(&q, 3, 33, true), BTCPEER_E_FULL);
	ck_assert_int_eq(push(&q, 3, 32, true), 0);
	btcp_queue_release(&q, &b.v[0]);
	b.v[0] = entry(0, 0, true);
	b.v[1] = entry(0, 0, true);
	clear(&q, &b);
}
END_TEST

START_TEST(control_of_any_size)
{
	struct btcp_queue q;
	struct btcp_batch b = { 0 };

	btcp_queue_init(&q, 100, 1);
	ck_assert_int_eq(push(&q, 1, BTCP_CONTROL_MAX + 1, true),
	    BTCPEER_E_FULL);
	ck_assert_int_eq(push(&q, 1, UINT32_MAX, true), BTCPEER_E_FULL);
	ck_assert_int_eq(push(&q, 1, BTCP_CONTROL_MAX, true), 0);
	clear(&q, &b);
}
END_TEST

/* ---- Order ------------------------------------------------------------- */

START_TEST(held_until_released)
{
	struct btcp_batch b = { 0 };
	struct btcp_queue q;

	btcp_queue_init(&q, 1000, 10);
	btcp_queue_take(&b, &q);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_int_eq(push(&q, 1, 1, false), 0);
	btcp_queue_take(&b, &q);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_int_eq(push(&q, 2, 1, true), 0);
	btcp_queue_take(&b, &q);
	ck_assert_uint_eq(b.len, 1);
	ck_assert_uint_eq(id_of(&b, 0), 2);
	release_all(&q, &b);
	btcp_queue_take(&b, &q);
	ck_assert_uint_eq(b.len, 0);
	q.held = false;
	btcp_queue_take(&b, &q);
	ck_assert_uint_eq(b.len, 1);
	ck_assert_uint_eq(id_of(&b, 0), 1);
	release_all(&q, &b);
	btcp_queue_take(&b, &q);
	ck_assert_uint_eq(b.len, 0);
	clear(&q, &b);
}
END_TEST

/* At the end everything comes out, held or not, control messages first. */
START_TEST(take_rest)
{
	struct btcp_batch b = { 0 };
	struct btcp_queue q;
	uintptr_t i;

	btcp_queue_init(&q, 1000, 10);
	for (i = 0; i < 6; i++)
		ck_assert_int_eq(push(&q, i, 1, i % 2 == 0), 0);
	q.held = _i == 0;
	btcp_queue_take_rest(&b, &q);
	ck_assert_uint_eq(b.len, 3);
	for (i = 0; i < 3; i++)
		ck_assert_uint_eq(id_of(&b, i), 2 * i);
	release_all(&q, &b);
	btcp_queue_take_rest(&b, &q);
	ck_assert_uint_eq(b.len, 3);
	for (i = 0; i < 3; i++)
		ck_assert_uint_eq(id_of(&b, i), 2 * i + 1);
	release_all(&q, &b);
	btcp_queue_take_rest(&b, &q);
	ck_assert_uint_eq(b.len, 0);
	clear(&q, &b);
}
END_TEST

/* ---- The marks --------------------------------------------------------- */

/*
 * '.' ten bytes are queued, 'B' so many that they are refused, 'c' a control
 * message comes and goes, '-' the oldest entry is written.  What is asked then:
 * 'H' and 'L' are due, once; 'n' neither is; 'x' the low one is not, and 'h' the
 * high one is, whether or not the other is.
 */
/* clang-format off */
static const struct {
	const char *name;
	size_t max_bytes, max_msgs;
	const char *script;
} marks[] = {
	{ "half the messages",     10000, 10, "n....n.Hn.....n-------n-Ln--n" },
	{ "half the bytes",          100, 99, "....n.Hn--n-Ln" },
	{ "half of an odd number",  1000,  5, "..n.H.n--n-Ln" },
	{ "half of an odd number of bytes", 90, 99, "....n.H--n-Ln" },
	{ "both must have drained",   100, 4, "..H..n--n-Ln" },
	{ "bytes drain later",        60, 10, "...H..n---n-L" },
	{ "again and again",        1000, 10, ".....H---L...H---L...H----L....H" },
	{ "not low before anything was written", 1000, 10, ".....Hcncn---L" },
	{ "not low before high was told", 1000, 10, ".....-----xhLn" },
	{ "up and down and up",     1000, 10, ".....-----......H----L" },
	{ "refused, below half",     100, 10, ".BHBnBn-Ln" },
	{ "refused, above it",       100, 10, "........HBnB----n-n-Ln" },
	{ "refused before it was told", 100, 10, ".......BHBn----n-L" },
	{ "refused again after low", 100, 10, ".BH-L.BHn-L" },
	{ "up and down above a quarter", 1000, 10, ".....H--n..n--n..n---L" },
	{ "one message",            1000,  1, ".H.n-Ln.H-L" },
	{ "two messages",           1000,  2, ".H.n-n-Ln.H-L" },
	{ "a single one over it",      5, 10, ".H-Ln" },
	{ "control messages do not count", 20, 2, "ccncn" },
};
/* clang-format on */

static void
write_one(struct btcp_queue *q, struct btcp_batch *b, size_t *written)
{
	if (*written == b->len) {
		*written = b->len = 0;
		btcp_queue_take(b, q);
	}
	ck_assert_uint_lt(*written, b->len);
	btcp_queue_release(q, &b->v[(*written)++]);
}

static void
ask_marks(const char *name, const char *at, struct btcp_queue *q)
{
	bool high = *at == 'H' || *at == 'h', low = *at == 'L';

	if (*at != 'x')
		ck_assert_msg(btcp_queue_high_water(q) == high, "%s: %s", name,
		    at);
	if (*at == 'h')
		return;
	ck_assert_msg(btcp_queue_low_water(q) == low, "%s: %s", name, at);
	ck_assert_msg(*at == 'x' || !btcp_queue_high_water(q), "%s: %s", name,
	    at);
}

START_TEST(water_marks)
{
	const char *name = marks[_i].name, *at;
	struct btcp_entry control = entry(0, 9, true);
	struct btcp_batch b = { 0 };
	struct btcp_queue q;
	size_t written = 0;

	btcp_queue_init(&q, marks[_i].max_bytes, marks[_i].max_msgs);
	q.held = false;
	for (at = marks[_i].script; *at != '\0'; at++)
		switch (*at) {
		case '.':
			(void)push(&q, 1, 10, false);
			break;
		case 'B':
			ck_assert_int_eq(push(&q, 1, 100000, false),
			    BTCPEER_E_FULL);
			break;
		case 'c':
			q.control_bytes += control.size;
			btcp_queue_release(&q, &control);
			break;
		case '-':
			write_one(&q, &b, &written);
			break;
		default:
			ask_marks(name, at, &q);
			break;
		}
	while (q.msgs > 0)
		write_one(&q, &b, &written);
	b.len = 0;
	clear(&q, &b);
}
END_TEST

/* ---- Memory ------------------------------------------------------------ */

START_TEST(no_memory)
{
	struct btcp_batch b = { 0 };
	struct btcp_queue q;
	bool control = _i == 1;
	uintptr_t i;
	int rc, failed = 0;

	btcp_queue_init(&q, 100000, 1000);
	for (i = 0; i < 100; i++) {
		allocs_start_failing(0);
		rc = push(&q, i, 7, control);
		allocs_stop();
		if (rc == 0)
			continue;
		ck_assert_int_eq(rc, BTCPEER_E_NOMEM);
		ck_assert(!q.high);
		ck_assert_uint_eq(q.bytes + q.control_bytes, 7 * i);
		ck_assert_uint_eq(q.msgs, control ? 0 : i);
		ck_assert_int_eq(push(&q, i, 7, control), 0);
		failed++;
	}
	ck_assert_int_ge(failed, 3);
	ck_assert_int_le(failed, 8);
	btcp_queue_take_rest(&b, &q);
	ck_assert_uint_eq(b.len, 100);
	for (i = 0; i < 100; i++)
		ck_assert_uint_eq(id_of(&b, i), i);
	clear(&q, &b);
}
END_TEST

/* Batches go to and fro without allocating; one that grew large is let go. */
START_TEST(steady_state)
{
	struct btcp_batch b = { 0 };
	struct btcp_queue q;
	struct allocs taken;
	uintptr_t i, round;
	int rc = 0;

	btcp_queue_init(&q, 100000, 10000);
	q.held = false;
	for (i = 0; i < 5000; i++)
		rc |= push(&q, i, 1, false);
	btcp_queue_take(&b, &q);
	release_all(&q, &b);
	for (round = 0; round < 20; round++) {
		if (round == 5)
			allocs_start();
		for (i = 0; i < 50; i++)
			rc |= push(&q, i, 1, false);
		btcp_queue_take(&b, &q);
		release_all(&q, &b);
	}
	taken = allocs_stop();
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(taken.count, 0);
	ck_assert_uint_le(b.cap, 256);
	ck_assert_uint_le(q.rest.cap, 256);
	clear(&q, &b);
}
END_TEST

/* ---- At random --------------------------------------------------------- */

/* The queue and the output thread's batch, in numbers only.  Each entry's
 * flags say in which of the two orders it stands: first, or the rest. */
struct model {
	uintptr_t next[2], out[2];
	size_t bytes, msgs, control;
	bool told_high;
	unsigned turns;
};

/* A batch is of one order, and goes on where the last one ended. */
static void
check_taken(struct model *m, const struct btcp_batch *b)
{
	size_t i;

	for (i = 0; i < b->len; i++) {
		ck_assert_uint_eq(b->v[i].flags, b->v[0].flags);
		ck_assert_uint_eq(id_of(b, i), m->out[b->v[0].flags]++);
	}
}

static void
release_some(struct model *m, struct btcp_queue *q, struct btcp_batch *b,
    size_t *written, size_t n)
{
	const struct btcp_entry *e;

	for (; n > 0 && *written < b->len; n--) {
		e = &b->v[(*written)++];
		btcp_queue_release(q, e);
		if (e->control)
			m->control -= e->size;
		else
			m->bytes -= e->size;
		m->msgs -= !e->control;
	}
}

static void
push_random(struct model *m, struct btcp_queue *q, struct gen *g)
{
	bool control = gen_below(g, 4) == 0, full;
	struct btcp_entry e = entry(0, (uint32_t)gen_below(g, control ? 9000
	    : 400), control);

	e.urgent = control && gen_below(g, 3) == 0;
	e.flags = e.urgent || (control && q->held) ? 0 : 1;
	e.done_arg = (void *)m->next[e.flags];
	if (control)
		full = m->control + e.size > BTCP_CONTROL_MAX;
	else
		full = m->msgs > 0 && (m->msgs >= 20 || m->bytes >= 3000 ||
		    m->bytes + e.size > 3000);
	ck_assert_int_eq(btcp_queue_push(q, &e), full ? BTCPEER_E_FULL : 0);
	if (full)
		return;
	m->next[e.flags]++;
	if (control)
		m->control += e.size;
	else
		m->bytes += e.size;
	m->msgs += !control;
}

/* They come in turns; and whoever was told of neither, or of the low one, may
 * count on there being room. */
static void
check_turns(struct model *m, struct btcp_queue *q)
{
	if (btcp_queue_high_water(q)) {
		ck_assert(!m->told_high);
		m->told_high = true;
		m->turns++;
	}
	if (btcp_queue_low_water(q)) {
		ck_assert(m->told_high);
		m->told_high = false;
	}
	if (m->told_high)
		ck_assert_uint_gt(q->msgs, 0);
	else
		ck_assert(q->msgs <= 10 && q->bytes <= 1500);
}

START_TEST(random_operations)
{
	struct btcp_batch b = { 0 };
	struct model m = { .bytes = 0 };
	struct btcp_queue q;
	size_t written = 0;
	struct gen g;
	int i;

	gen_init(&g, 31 + (uint64_t)_i);
	btcp_queue_init(&q, 3000, 20);
	for (i = 0; i < STEPS; i++) {
		q.held = q.held && i < 100;
		if (gen_below(&g, 3) != 0) {
			push_random(&m, &q, &g);
		} else if (written < b.len) {
			release_some(&m, &q, &b, &written, gen_below(&g, 30));
		} else {
			b.len = written = 0;
			btcp_queue_take(&b, &q);
			ck_assert(!q.held || b.len == 0 || b.v[0].control);
			check_taken(&m, &b);
		}
		ck_assert(q.bytes == m.bytes && q.msgs == m.msgs &&
		    q.control_bytes == m.control);
		if (gen_below(&g, 3) == 0)
			check_turns(&m, &q);
	}
	ck_assert_uint_gt(m.turns, 100);
	ck_assert_uint_gt(m.out[0], 300);
	ck_assert_uint_gt(m.out[1], 300);
	release_some(&m, &q, &b, &written, SIZE_MAX);
	b.len = 0;
	clear(&q, &b);
	gen_clear(&g);
}
END_TEST

/* A pong does not overtake what was queued before it; a reject does. */
START_TEST(replies_stay_in_order)
{
	struct btcp_entry pong = entry(2, 32, true);
	struct btcp_batch b = { 0 };
	struct btcp_queue q;
	uintptr_t i;

	pong.urgent = false;
	btcp_queue_init(&q, 1000, 10);
	/* Before the handshake is done it is part of that. */
	ck_assert_int_eq(btcp_queue_push(&q, &pong), 0);
	btcp_queue_take(&b, &q);
	ck_assert_uint_eq(b.len, 1);
	release_all(&q, &b);
	q.held = false;
	ck_assert_int_eq(push(&q, 1, 10, false), 0);
	ck_assert_int_eq(btcp_queue_push(&q, &pong), 0);
	ck_assert_int_eq(push(&q, 3, 10, false), 0);
	ck_assert_int_eq(push(&q, 0, 10, true), 0);
	ck_assert_uint_eq(q.control_bytes, 42);
	btcp_queue_take(&b, &q);
	ck_assert_uint_eq(b.len, 1);
	ck_assert_uint_eq(id_of(&b, 0), 0);
	release_all(&q, &b);
	btcp_queue_take(&b, &q);
	ck_assert_uint_eq(b.len, 3);
	for (i = 0; i < 3; i++)
		ck_assert_uint_eq(id_of(&b, i), i + 1);
	clear(&q, &b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_queue");
	TCase *tc = add_tcase(s, "queue");

	tcase_add_loop_test(tc, bound, 0, N_ROWS(bounds));
	tcase_add_test(tc, taken_counts);
	tcase_add_test(tc, control_bound);
	tcase_add_test(tc, control_of_any_size);
	tcase_add_test(tc, replies_stay_in_order);
	tcase_add_test(tc, held_until_released);
	tcase_add_loop_test(tc, take_rest, 0, 2);
	tcase_add_loop_test(tc, water_marks, 0, N_ROWS(marks));
	tcase_add_loop_test(tc, no_memory, 0, 2);
	tcase_add_test(tc, steady_state);
	tcase_add_loop_test(tc, random_operations, 0, 3);
	return run_suite(s);
}
