/*
 * The handshake: sequences of messages, what is sent and what is thought of
 * each.
 */
#include "config.h"

#include "peer/handshake.h"
#include "runner.h"

enum { EVENTS = 10 };

/* How the handshake is set up. */
enum {
	IN = 1,			/* inbound; else outbound */
	SELF = 2,		/* allow_self */
	NO_WTXID = 4,		/* do not offer */
	NO_ADDRV2 = 8,
	FEATURES = 16,		/* there are some to offer */
	NEEDS = 32		/* NODE_NETWORK and NODE_WITNESS are required */
};

/* What is expected of an event, apart from its verdict. */
enum {
	READY = 1,
	SEND_VERSION = 2, SEND_WTXID = 4, SEND_ADDRV2 = 8, SEND_VERACK = 16,
	SEND_FEATURES = 64,
	OWN = 32,		/* of the event: the nonce is ours */
	LIGHT = 128		/* of a version: services lack NODE_WITNESS */
};

#define REPLY_OLD (SEND_VERACK)
#define REPLY     (SEND_WTXID | SEND_ADDRV2 | SEND_VERACK)

struct event {
	enum btcwire_type type;
	int32_t version;		/* of a version message */
	enum btcp_verdict verdict;
	unsigned what;
	enum btcpeer_reason reason;	/* of BTCP_END */
	uint8_t reject;
};

#define LAST BTCWIRE_NTYPES	/* the list of events ends */
#define HELLO(v, what)    { BTCWIRE_VERSION, v, BTCP_PASS, what, 0, 0 }
#define MSG(type)         { BTCWIRE_##type, 0, BTCP_PASS, 0, 0, 0 }
#define VERACK            { BTCWIRE_VERACK, 0, BTCP_PASS, READY, 0, 0 }
#define IGNORED(type)     { BTCWIRE_##type, 0, BTCP_IGNORE, 0, 0, 0 }
#define END(type, reason, reject) \
	{ BTCWIRE_##type, 70016, BTCP_END, 0, BTCPEER_REASON_##reason, reject }
#define END_HELLO(v, reason, reject) \
	{ BTCWIRE_VERSION, v, BTCP_END, 0, BTCPEER_REASON_##reason, reject }
#define DONE { LAST, 0, BTCP_PASS, 0, 0, 0 }
#define OBSOLETE  BTCWIRE_REJECT_OBSOLETE
#define DUPLICATE BTCWIRE_REJECT_DUPLICATE
#define MALFORMED BTCWIRE_REJECT_MALFORMED

/* clang-format off */
static const struct {
	const char *name;
	unsigned setup;
	struct event event[EVENTS];
	uint32_t common;	/* version in the end */
	bool wtxid, addrv2;	/* negotiated; asked for by the remote */
} cases[] = {
	{ "outbound, as it should be", 0, {
		HELLO(70016, REPLY), MSG(WTXIDRELAY), MSG(SENDADDRV2), VERACK, DONE },
	  70016, true, true },
	{ "inbound, as it should be", IN, {
		HELLO(70016, SEND_VERSION | REPLY), MSG(WTXIDRELAY), MSG(SENDADDRV2), VERACK, DONE },
	  70016, true, true },
	{ "the other order", IN, {
		HELLO(70016, SEND_VERSION | REPLY), MSG(SENDADDRV2), MSG(WTXIDRELAY), VERACK, DONE },
	  70016, true, true },
	{ "only wtxidrelay", 0, {
		HELLO(70016, REPLY), MSG(WTXIDRELAY), VERACK, DONE }, 70016, true, false },
	{ "only sendaddrv2", 0, {
		HELLO(70016, REPLY), MSG(SENDADDRV2), VERACK, DONE }, 70016, false, true },
	{ "neither", 0, { HELLO(70016, REPLY), VERACK, DONE }, 70016, false, false },
	{ "repeated before verack", 0, {
		HELLO(70016, REPLY), MSG(WTXIDRELAY), MSG(SENDADDRV2), MSG(WTXIDRELAY),
		MSG(SENDADDRV2), MSG(WTXIDRELAY), VERACK, DONE }, 70016, true, true },
	{ "not offered: wtxidrelay", 0 | NO_WTXID, {
		HELLO(70016, SEND_ADDRV2 | SEND_VERACK), MSG(WTXIDRELAY), MSG(SENDADDRV2), VERACK, DONE },
	  70016, false, true },
	{ "not offered: sendaddrv2", IN | NO_ADDRV2, {
		HELLO(70016, SEND_VERSION | SEND_WTXID | SEND_VERACK), MSG(WTXIDRELAY), VERACK, DONE },
	  70016, true, false },
	{ "nothing offered", IN | NO_WTXID | NO_ADDRV2, {
		HELLO(70017, SEND_VERSION | SEND_VERACK), VERACK, DONE }, 70017, false, false },

	{ "version 209, the oldest", 0, { HELLO(209, REPLY_OLD), VERACK, DONE }, 209, false, false },
	{ "version 31402", IN, { HELLO(31402, SEND_VERSION | REPLY_OLD), VERACK, DONE }, 31402, false, false },
	{ "version 60000", 0, { HELLO(60000, REPLY_OLD), VERACK, DONE }, 60000, false, false },
	{ "version 70001", IN, { HELLO(70001, SEND_VERSION | REPLY_OLD), VERACK, DONE }, 70001, false, false },
	{ "version 70002", 0, { HELLO(70002, REPLY_OLD), VERACK, DONE }, 70002, false, false },
	{ "version 70015", 0, { HELLO(70015, REPLY_OLD), VERACK, DONE }, 70015, false, false },
	{ "version 70017", 0, { HELLO(70017, REPLY), VERACK, DONE }, 70017, false, false },
	{ "version 80000: ours is common", IN, { HELLO(80000, SEND_VERSION | REPLY), VERACK, DONE }, 70017, false, false },
	{ "the newest of all", 0, { HELLO(INT32_MAX, REPLY), VERACK, DONE }, 70017, false, false },
	{ "negotiation that the version is too old for", 0, {
		HELLO(70015, REPLY_OLD), MSG(WTXIDRELAY), MSG(SENDADDRV2), VERACK, DONE },
	  70015, false, true },
	{ "version 208", 0, { END_HELLO(208, OBSOLETE, OBSOLETE), DONE }, 70017, false, false },
	{ "version 0", IN, { END_HELLO(0, OBSOLETE, OBSOLETE), DONE }, 70017, false, false },
	{ "version -1", 0, { END_HELLO(-1, OBSOLETE, OBSOLETE), DONE }, 70017, false, false },
	{ "most negative version", IN, { END_HELLO(INT32_MIN, OBSOLETE, OBSOLETE), DONE }, 70017, false, false },

	{ "second version before verack", 0, {
		HELLO(70016, REPLY), END(VERSION, DUPLICATE, DUPLICATE), DONE }, 70016, false, false },
	{ "second version after verack", IN, {
		HELLO(70015, SEND_VERSION | REPLY_OLD), VERACK, END(VERSION, DUPLICATE, DUPLICATE), DONE }, 70015, false, false },
	{ "second version, an old one", 0, {
		HELLO(70016, REPLY), END_HELLO(100, DUPLICATE, DUPLICATE), DONE }, 70016, false, false },
	{ "second verack", 0, {
		HELLO(70016, REPLY), VERACK, END(VERACK, DUPLICATE, DUPLICATE), DONE }, 70016, false, false },
	{ "wtxidrelay after verack", 0, {
		HELLO(70016, REPLY), VERACK, END(WTXIDRELAY, NEGOTIATION, 0), DONE }, 70016, false, false },
	{ "sendaddrv2 after verack", IN, {
		HELLO(70016, SEND_VERSION | REPLY), VERACK, END(SENDADDRV2, NEGOTIATION, 0), DONE }, 70016, false, false },
	{ "repeated after verack", 0, {
		HELLO(70016, REPLY), MSG(WTXIDRELAY), VERACK, END(WTXIDRELAY, NEGOTIATION, 0), DONE }, 70016, true, false },

	{ "our own nonce", 0, {
		{ BTCWIRE_VERSION, 70016, BTCP_END, OWN, BTCPEER_REASON_SELF, 0 }, DONE }, 70017, false, false },
	{ "our own nonce, inbound", IN, {
		{ BTCWIRE_VERSION, 70016, BTCP_END, OWN, BTCPEER_REASON_SELF, 0 }, DONE }, 70017, false, false },
	{ "our own nonce, allowed", IN | SELF, {
		HELLO(70017, OWN | SEND_VERSION | REPLY), VERACK, DONE }, 70017, false, false },

	{ "features, outbound", FEATURES, {
		HELLO(70017, REPLY | SEND_FEATURES), MSG(FEATURE), MSG(FEATURE), VERACK, DONE },
	  70017, false, false },
	{ "features, inbound", IN | FEATURES, {
		HELLO(70018, SEND_VERSION | REPLY | SEND_FEATURES), MSG(FEATURE), VERACK, DONE },
	  70017, false, false },
	{ "features and nothing else", FEATURES | NO_WTXID | NO_ADDRV2, {
		HELLO(70017, SEND_FEATURES | SEND_VERACK), VERACK, DONE }, 70017, false, false },
	{ "features, none to offer", 0, {
		HELLO(70017, REPLY), MSG(FEATURE), VERACK, DONE }, 70017, false, false },
	{ "features, remote too old", IN | FEATURES, {
		HELLO(70016, SEND_VERSION | REPLY), IGNORED(FEATURE), VERACK, DONE }, 70016, false, false },
	{ "feature after verack", FEATURES, {
		HELLO(70017, REPLY | SEND_FEATURES), VERACK, END(FEATURE, NEGOTIATION, 0), DONE },
	  70017, false, false },

	{ "services as required", NEEDS, { HELLO(70016, REPLY), VERACK, DONE }, 70016, false, false },
	{ "a service is missing", NEEDS, {
		{ BTCWIRE_VERSION, 70016, BTCP_END, LIGHT, BTCPEER_REASON_SERVICES, 0 }, DONE }, 70017, false, false },
	{ "a service is missing, inbound", IN | NEEDS, {
		{ BTCWIRE_VERSION, 70016, BTCP_END, LIGHT, BTCPEER_REASON_SERVICES, 0 }, DONE }, 70017, false, false },
	{ "no service is required", 0, {
		HELLO(70016, REPLY | LIGHT), VERACK, DONE }, 70016, false, false },
	{ "obsolete comes before services", NEEDS, {
		{ BTCWIRE_VERSION, 208, BTCP_END, LIGHT, BTCPEER_REASON_OBSOLETE, OBSOLETE }, DONE }, 70017, false, false },

	{ "too early", 0, {
		HELLO(70016, REPLY), IGNORED(PING), IGNORED(INV), IGNORED(UNKNOWN), IGNORED(GETHEADERS),
		VERACK, MSG(PING), MSG(INV), DONE }, 70016, false, false },
	{ "sendheaders may come early", IN, {
		HELLO(70016, SEND_VERSION | REPLY), MSG(SENDHEADERS), VERACK, MSG(SENDHEADERS), DONE }, 70016, false, false },
};
/* clang-format on */

static void
set_up(struct btcp_handshake *hs, unsigned setup)
{
	*hs = (struct btcp_handshake){ .inbound = setup & IN,
	    .allow_self = setup & SELF,
	    .offer_wtxid_relay = !(setup & NO_WTXID),
	    .offer_addrv2 = !(setup & NO_ADDRV2),
	    .offer_features = setup & FEATURES,
	    .required_services = setup & NEEDS ? 9 : 0,
	    .min_version = 209, .version = 70017 };
}

static void
take(struct btcp_handshake_step *step, struct btcp_handshake *hs,
    const struct event *e)
{
	struct btcwire_version v = { .version = e->version,
	    .services = e->what & LIGHT ? 0xf7 : 0x409 };

	memset(step, 0x5a, sizeof(*step));
	btcp_handshake_message(step, hs, e->type,
	    e->type == BTCWIRE_VERSION ? &v : NULL, e->what & OWN);
}

/* What is sent is exactly that, in this order. */
static void
check_sends(const struct btcp_handshake_step *step, unsigned what)
{
	static const struct { unsigned bit; enum btcwire_type type; } order[] = {
		{ SEND_VERSION, BTCWIRE_VERSION },
		{ SEND_WTXID, BTCWIRE_WTXIDRELAY },
		{ SEND_ADDRV2, BTCWIRE_SENDADDRV2 },
		{ SEND_FEATURES, BTCWIRE_FEATURE },
		{ SEND_VERACK, BTCWIRE_VERACK },
	};
	size_t i, n = 0;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (!(what & order[i].bit))
			continue;
		ck_assert_uint_lt(n, step->send_len);
		ck_assert_int_eq(step->send[n++], order[i].type);
	}
	ck_assert_uint_eq(n, step->send_len);
}

START_TEST(sequences)
{
	const struct event *e;
	struct btcp_handshake_step step;
	struct btcp_handshake hs;
	int i;

	set_up(&hs, cases[_i].setup);
	ck_assert_uint_eq(hs.version, 70017);
	for (e = cases[_i].event; e->type != LAST; e++) {
		i = (int)(e - cases[_i].event);
		take(&step, &hs, e);
		ck_assert_msg(step.verdict == e->verdict, "%s, event %d",
		    cases[_i].name, i);
		ck_assert_msg(step.ready == ((e->what & READY) != 0),
		    "%s, event %d", cases[_i].name, i);
		check_sends(&step, e->what);
		if (e->verdict != BTCP_END)
			continue;
		ck_assert_msg(step.reason == e->reason, "%s: %d",
		    cases[_i].name, (int)step.reason);
		ck_assert_uint_eq(step.reject, e->reject);
		ck_assert_ptr_nonnull(step.text);
		ck_assert_uint_gt(strlen(step.text), 0);
		ck_assert_uint_le(strlen(step.text), 111);	/* fits a reject */
	}
	ck_assert_uint_eq(hs.version, cases[_i].common);
	ck_assert_int_eq(btcp_handshake_wtxid_relay(&hs), cases[_i].wtxid);
	ck_assert_int_eq(hs.addrv2_received, cases[_i].addrv2);
}
END_TEST

/* Whatever comes before version ends it, unknown messages too. */
START_TEST(version_comes_first)
{
	struct event e = { .type = (enum btcwire_type)_i };
	struct btcp_handshake_step step;
	struct btcp_handshake hs;

	if (e.type == BTCWIRE_VERSION)
		return;
	set_up(&hs, IN);
	take(&step, &hs, &e);
	ck_assert_int_eq(step.verdict, BTCP_END);
	ck_assert_int_eq(step.reason, BTCPEER_REASON_NOT_VERSION);
	ck_assert_uint_eq(step.reject, MALFORMED);
	ck_assert_uint_eq(step.send_len, 0);
	ck_assert(!step.ready);
}
END_TEST

/* Between version and verack, and afterwards, for each type. */
START_TEST(every_type)
{
	static const struct event version = HELLO(70017, 0);
	static const struct event verack = VERACK;
	struct event e = { .type = (enum btcwire_type)_i, .version = 70016 };
	struct btcp_handshake_step step;
	struct btcp_handshake hs;
	enum btcp_verdict early = BTCP_IGNORE, late = BTCP_PASS;

	switch (e.type) {
	case BTCWIRE_VERSION:
		early = late = BTCP_END;
		break;
	case BTCWIRE_WTXIDRELAY:
	case BTCWIRE_SENDADDRV2:
	case BTCWIRE_FEATURE:
	case BTCWIRE_SENDTXRCNCL:
	case BTCWIRE_SENDPACKAGES:
	case BTCWIRE_VERACK:
		early = BTCP_PASS;
		late = BTCP_END;
		break;
	case BTCWIRE_SENDHEADERS:
	case BTCWIRE_SENDCMPCT:
		early = BTCP_PASS;
		break;
	default:
		break;
	}
	set_up(&hs, 0);
	take(&step, &hs, &version);
	take(&step, &hs, &e);
	ck_assert_int_eq(step.verdict, early);
	ck_assert_uint_eq(step.send_len, 0);

	set_up(&hs, 0);
	take(&step, &hs, &version);
	take(&step, &hs, &verack);
	ck_assert(step.ready);
	take(&step, &hs, &e);
	ck_assert_int_eq(step.verdict, late);
	ck_assert_uint_eq(step.send_len, 0);
	ck_assert(!step.ready);
}
END_TEST

/* The versions that we ask for, and our own. */
START_TEST(version_bounds)
{
	static const struct {
		uint32_t ours, min;
		int32_t theirs;
		bool ends;
		uint32_t common;
	} rows[] = {
		{ 70017, 70012, 70011, true, 70017 },
		{ 70017, 70012, 70012, false, 70012 },
		{ 70017, 0, 0, false, 0 },
		{ 70017, 0, -1, true, 70017 },
		{ 31402, 209, 70016, false, 31402 },
		{ 31402, 31402, 31401, true, 31402 },
		{ 70015, 209, 70017, false, 70015 },
	};
	struct btcp_handshake_step step;
	struct btcp_handshake hs;
	struct event e = { .type = BTCWIRE_VERSION };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set_up(&hs, 0);
		hs.version = rows[i].ours;
		hs.min_version = rows[i].min;
		e.version = rows[i].theirs;
		take(&step, &hs, &e);
		ck_assert_int_eq(step.verdict == BTCP_END, rows[i].ends);
		ck_assert_uint_eq(hs.version, rows[i].common);
		if (!rows[i].ends)
			check_sends(&step, SEND_VERACK);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("peer_handshake");
	TCase *tc = add_tcase(s, "handshake");

	tcase_add_loop_test(tc, sequences, 0, N_ROWS(cases));
	tcase_add_loop_test(tc, version_comes_first, 0, BTCWIRE_NTYPES);
	tcase_add_loop_test(tc, every_type, 0, BTCWIRE_NTYPES);
	tcase_add_test(tc, version_bounds);
	return run_suite(s);
}
