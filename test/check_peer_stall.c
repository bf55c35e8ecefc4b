/*
 * Stall rules in a running peer: what is asked and answered over a socket.
 */
#include "config.h"

#include "peer/peer.h"
#include "stage.h"

/* ---- Answers ----------------------------------------------------------- */

static const struct btcwire_header header = { .version = 4, .time = 99 };
static struct btcwire_hash id, other;	/* of the block with that header */

static const struct btcwire_block block = {
	.header = { .version = 4, .time = 99 }
};
static struct btcwire_getblocktxn getblocktxn;
static struct btcwire_blocktxn blocktxn;
static struct btcwire_getcf getcf;
static struct btcwire_cfilter cfilter, wrong_cfilter;
static struct btcwire_cfheaders cfheaders, wrong_cfheaders;
static struct btcwire_getcfcheckpt getcfcheckpt;
static struct btcwire_cfcheckpt cfcheckpt, wrong_cfcheckpt;

static void
setup(void)
{
	btcwire_header_hash(&id, &header);
	getblocktxn = (struct btcwire_getblocktxn){ .block = id };
	blocktxn = (struct btcwire_blocktxn){ .block = id };
	getcf = (struct btcwire_getcf){ 0, 1, id };
	cfilter = (struct btcwire_cfilter){ 0, id, { NULL, 0 } };
	cfheaders = (struct btcwire_cfheaders){ .stop = id };
	getcfcheckpt = (struct btcwire_getcfcheckpt){ 0, id };
	cfcheckpt = (struct btcwire_cfcheckpt){ .stop = id };
	wrong_cfilter = (struct btcwire_cfilter){ 0, other, { NULL, 0 } };
	wrong_cfheaders = (struct btcwire_cfheaders){ .filter_type = 1,
	    .stop = id };
	wrong_cfcheckpt = (struct btcwire_cfcheckpt){ .stop = other };
}

static const struct {
	enum btcwire_type request;
	const void *body;
	enum btcwire_type not_yet;	/* comes first, and is no answer */
	const void *not_yet_body;
	enum btcwire_type answer;
	const void *answer_body;
} rows[] = {
	{ BTCWIRE_GETBLOCKTXN, &getblocktxn, BTCWIRE_VERACK, NULL,
	    BTCWIRE_BLOCKTXN, &blocktxn },
	{ BTCWIRE_GETBLOCKTXN, &getblocktxn, BTCWIRE_CFILTER, &cfilter,
	    BTCWIRE_BLOCK, &block },
	{ BTCWIRE_GETCFILTERS, &getcf, BTCWIRE_CFILTER, &wrong_cfilter,
	    BTCWIRE_CFILTER, &cfilter },
	{ BTCWIRE_GETCFHEADERS, &getcf, BTCWIRE_CFHEADERS, &wrong_cfheaders,
	    BTCWIRE_CFHEADERS, &cfheaders },
	{ BTCWIRE_GETCFCHECKPT, &getcfcheckpt, BTCWIRE_CFCHECKPT,
	    &wrong_cfcheckpt, BTCWIRE_CFCHECKPT, &cfcheckpt },
};

static bool
is_waiting(struct stage *st)
{
	bool waiting;

	btcu_lock(&st->p->mtx);
	waiting = st->p->pending.first != NULL;
	btcu_unlock(&st->p->mtx);
	return waiting;
}

START_TEST(answered)
{
	struct stage st;

	stage_init(&st);
	stage_start(&st);
	stage_handshake(&st, 70016, true);
	ck_assert_int_eq(btcpeer_queue_message_take(st.p,
	    new_msg(rows[_i].request, rows[_i].body), NULL), 0);
	remote_expect(&st.r, btcwire_command(rows[_i].request));
	if (rows[_i].not_yet != BTCWIRE_VERACK)
		remote_msg(&st.r, rows[_i].not_yet, rows[_i].not_yet_body);
	stage_settle(&st);
	ck_assert(is_waiting(&st));
	remote_msg(&st.r, rows[_i].answer, rows[_i].answer_body);
	stage_settle(&st);
	ck_assert(!is_waiting(&st));
	ck_assert_uint_eq(probe_get(&st.pr, &st.pr.stall), 0);
	stage_disconnect(&st);
}
END_TEST

/* ---- Rules of the configuration ---------------------------------------- */

/* Nothing but this rule makes the stall handler look again. */
START_TEST(configured)
{
	const struct btcpeer_stall_rule rule = { rows[_i].request, true, 1 };
	struct stage st;

	stage_init(&st);
	st.config.stall_timeout_ms = -1;
	st.config.ping_interval_ms = -1;
	st.config.stall_rules = &rule;
	st.config.stall_rules_len = 1;
	stage_start(&st);
	stage_handshake(&st, 70016, true);
	ck_assert_int_eq(btcpeer_queue_message_take(st.p,
	    new_msg(BTCWIRE_GETADDR, NULL), NULL), 0);
	stage_settle(&st);
	ck_assert(!is_waiting(&st));
	ck_assert_int_eq(btcpeer_queue_message_take(st.p,
	    new_msg(rows[_i].request, rows[_i].body), NULL), 0);
	ck_assert(probe_wait(&st.pr, &st.pr.ended, 1));
	ck_assert_uint_eq(st.pr.stall, 1);
	stage_end(&st, BTCPEER_REASON_STALL);
}
END_TEST

/* An event alone, by the configuration. */
START_TEST(an_event_alone)
{
	const struct btcpeer_stall_rule rule = { BTCWIRE_GETHEADERS, false, 1 };
	struct btcwire_locator get = { .version = 70016 };
	struct stage st;

	stage_init(&st);
	st.config.stall_rules = &rule;
	st.config.stall_rules_len = 1;
	stage_start(&st);
	stage_handshake(&st, 70016, true);
	ck_assert_int_eq(btcpeer_queue_message_take(st.p,
	    new_msg(BTCWIRE_GETHEADERS, &get), NULL), 0);
	ck_assert(probe_wait(&st.pr, &st.pr.stall, 1));
	stage_settle(&st);
	ck_assert_uint_eq(probe_get(&st.pr, &st.pr.ended), 0);
	stage_disconnect(&st);
}
END_TEST

/* What was asked in vain may be asked again. */
START_TEST(asked_again)
{
	const struct btcpeer_stall_rule rule = { BTCWIRE_GETHEADERS, false, 1 };
	const struct btcwire_hash top = { { 9 } };
	struct stage st;
	int i;

	stage_init(&st);
	st.config.stall_rules = &rule;
	st.config.stall_rules_len = 1;
	stage_start(&st);
	stage_handshake(&st, 70016, true);
	for (i = 1; i <= 3; i++) {
		ck_assert_int_eq(btcpeer_push_getheaders(st.p, &top, 1, NULL),
		    0);
		remote_expect(&st.r, "getheaders");
		ck_assert(probe_wait(&st.pr, &st.pr.stall, (unsigned)i));
	}
	stage_disconnect(&st);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_stall");
	TCase *tc = add_tcase(s, "rules");

	memset(&other, 0x77, sizeof(other));
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, answered, 0, N_ROWS(rows));
	tcase_add_loop_test(tc, configured, 0, N_ROWS(rows));
	tcase_add_test(tc, an_event_alone);
	tcase_add_test(tc, asked_again);
	return run_suite(s);
}
