/*
 * The table of messages: complete, and what the protocol says.
 */
#include "config.h"

#include "runner.h"
#include "wire/msgtab.h"

/* Written from the protocol, not from the table. */
/* clang-format off */
static const struct {
	const char *command;
	enum btcwire_type type;
	uint8_t v2_id;			/* BIP 324 */
	uint32_t max_payload;
	uint32_t min_pver;
	uint32_t split_pver;
	bool negotiation;
} want[] = {
	{ "version",      BTCWIRE_VERSION,        0,     344,     0,     0, false },
	{ "verack",       BTCWIRE_VERACK,         0,       0,     0,     0, false },
	{ "ping",         BTCWIRE_PING,          18,       8,     0, 60001, false },
	{ "pong",         BTCWIRE_PONG,          19,       8, 60001, 60001, false },
	{ "inv",          BTCWIRE_INV,           14, 1800003,     0,     0, false },
	{ "getdata",      BTCWIRE_GETDATA,       11, 1800003,     0,     0, false },
	{ "notfound",     BTCWIRE_NOTFOUND,      17, 1800003,     0,     0, false },
	{ "getblocks",    BTCWIRE_GETBLOCKS,      9,   16039,     0,     0, false },
	{ "getheaders",   BTCWIRE_GETHEADERS,    12,   16039,     0,     0, false },
	{ "headers",      BTCWIRE_HEADERS,       13,  162003,     0,     0, false },
	{ "block",        BTCWIRE_BLOCK,          2, 4000000,     0,     0, false },
	{ "tx",           BTCWIRE_TX,            21, 4000000,     0,     0, false },
	{ "addr",         BTCWIRE_ADDR,           1,   30003,     0, 31402, false },
	{ "getaddr",      BTCWIRE_GETADDR,        0,       0,     0,     0, false },
	{ "reject",       BTCWIRE_REJECT,         0, 4000000, 70002,     0, false },
	{ "mempool",      BTCWIRE_MEMPOOL,       15,       0, 60002,     0, false },
	{ "sendheaders",  BTCWIRE_SENDHEADERS,    0,       0, 70012,     0, false },
	{ "feefilter",    BTCWIRE_FEEFILTER,      5,       8, 70013,     0, false },
	{ "wtxidrelay",   BTCWIRE_WTXIDRELAY,     0,       0, 70016,     0, true },
	{ "sendaddrv2",   BTCWIRE_SENDADDRV2,     0,       0, 70016,     0, true },
	{ "feature",      BTCWIRE_FEATURE,       37,     596, 70017,     0, true },
	{ "sendtxrcncl",  BTCWIRE_SENDTXRCNCL,    0,      12, 70016,     0, true },
	{ "addrv2",       BTCWIRE_ADDRV2,        28,  531003, 70016,     0, false },
	{ "merkleblock",  BTCWIRE_MERKLEBLOCK,   16, 4000000, 70001,     0, false },
	{ "filterload",   BTCWIRE_FILTERLOAD,     8,   36012, 70001,     0, false },
	{ "filteradd",    BTCWIRE_FILTERADD,      6,     523, 70001,     0, false },
	{ "filterclear",  BTCWIRE_FILTERCLEAR,    7,       0, 70001,     0, false },
	{ "sendcmpct",    BTCWIRE_SENDCMPCT,     20,       9, 70014,     0, false },
	{ "cmpctblock",   BTCWIRE_CMPCTBLOCK,     4, 4000000, 70014,     0, false },
	{ "getblocktxn",  BTCWIRE_GETBLOCKTXN,   10,  196640, 70014,     0, false },
	{ "blocktxn",     BTCWIRE_BLOCKTXN,       3, 4000000, 70014,     0, false },
	{ "getcfilters",  BTCWIRE_GETCFILTERS,   22,      37,     0,     0, false },
	{ "cfilter",      BTCWIRE_CFILTER,       23, 4000000,     0,     0, false },
	{ "getcfheaders", BTCWIRE_GETCFHEADERS,  24,      37,     0,     0, false },
	{ "cfheaders",    BTCWIRE_CFHEADERS,     25,   64068,     0,     0, false },
	{ "getcfcheckpt", BTCWIRE_GETCFCHECKPT,  26,      33,     0,     0, false },
	{ "cfcheckpt",    BTCWIRE_CFCHECKPT,     27, 3200038,     0,     0, false },
	{ "alert",        BTCWIRE_ALERT,          0, 4000000,     0,     0, false },
	{ "reqrecon",     BTCWIRE_REQRECON,       0,       4, 70016,     0, false },
	{ "sketch",       BTCWIRE_SKETCH,         0, 4000000, 70016,     0, false },
	{ "reqsketchext", BTCWIRE_REQSKETCHEXT,   0,       0, 70016,     0, false },
	{ "reconcildiff", BTCWIRE_RECONCILDIFF,   0, 4000000, 70016,     0, false },
	{ "sendpackages", BTCWIRE_SENDPACKAGES,   0,       8, 70016,     0, true },
	{ "ancpkginfo",   BTCWIRE_ANCPKGINFO,     0, 2097123, 70016,     0, false },
	{ "getpkgtxns",   BTCWIRE_GETPKGTXNS,     0,    3201, 70016,     0, false },
	{ "pkgtxns",      BTCWIRE_PKGTXNS,        0, 4000000, 70016,     0, false },
};
/* clang-format on */

START_TEST(row_is_complete)
{
	const struct btcwire_def *d = &btcwire_defs[_i];
	int j;

	ck_assert_ptr_nonnull(d->command);
	ck_assert_uint_ge(strlen(d->command), 1);
	ck_assert_uint_le(strlen(d->command), 12);
	ck_assert_uint_gt(d->size, 0);
	ck_assert_uint_le(d->max_payload, BTCWIRE_MAX_PAYLOAD);
	ck_assert_uint_le(d->min_pver, BTCWIRE_PVER_NEWEST);
	ck_assert_uint_le(d->split_pver, BTCWIRE_PVER_NEWEST);
	ck_assert(d->xfer != NULL);
	for (j = BTCWIRE_UNKNOWN + 1; j < _i; j++) {
		ck_assert_str_ne(d->command, btcwire_defs[j].command);
		if (d->v2_id != 0)
			ck_assert_uint_ne(d->v2_id, btcwire_defs[j].v2_id);
	}
	ck_assert_str_eq(btcwire_command((enum btcwire_type)_i), d->command);
	ck_assert_int_eq(btcwire_type_of(d->command), _i);
}
END_TEST

START_TEST(as_the_protocol_says)
{
	const struct btcwire_def *d = &btcwire_defs[want[_i].type];

	ck_assert_str_eq(d->command, want[_i].command);
	ck_assert_uint_eq(d->v2_id, want[_i].v2_id);
	ck_assert_uint_eq(d->max_payload, want[_i].max_payload);
	ck_assert_uint_eq(d->split_pver, want[_i].split_pver);
	if (want[_i].min_pver != 0)
		ck_assert_uint_eq(d->min_pver, want[_i].min_pver);
	else	/* all of Bitcoin 0.8 and newer has these */
		ck_assert_uint_le(d->min_pver, 70001);
	ck_assert(d->negotiation == want[_i].negotiation);
	ck_assert_uint_eq(btcwire_max_payload(want[_i].type), d->max_payload);
	ck_assert_uint_eq(btcwire_min_version(want[_i].type), d->min_pver);
}
END_TEST

START_TEST(every_message_is_expected)
{
	int i;

	for (i = 0; i < N_ROWS(want); i++)
		if (want[i].type == (enum btcwire_type)_i)
			return;
	ck_abort_msg("%s", btcwire_defs[_i].command);
}
END_TEST

START_TEST(body_size_is_the_struct)
{
	static const size_t sizes[BTCWIRE_NTYPES] = {
#define XX(upper, name, body) \
		[BTCWIRE_##upper] = sizeof(struct btcwire_##body),
		BTCWIRE_MSG_MAP(XX)
#undef XX
	};

	ck_assert_uint_eq(btcwire_defs[_i].size, sizes[_i]);
}
END_TEST

START_TEST(unknown_command)
{
	static const char *const names[] = { "", "unknown", "PING", "pin",
		"pings", "ping ", " ping", "versio", "sendaddrv2x",
		"a name over twelve characters" };

	ck_assert_int_eq(btcwire_type_of(names[_i]), BTCWIRE_UNKNOWN);
}
END_TEST

START_TEST(unknown_type)
{
	static const int types[] = { BTCWIRE_UNKNOWN, BTCWIRE_NTYPES,
		BTCWIRE_NTYPES + 7, 1000000, -1 };

	ck_assert_str_eq(btcwire_command((enum btcwire_type)types[_i]),
	    "unknown");
	ck_assert_uint_eq(btcwire_max_payload((enum btcwire_type)types[_i]), 0);
	ck_assert_uint_eq(btcwire_min_version((enum btcwire_type)types[_i]), 0);
}
END_TEST

/* The numbers are part of the interface: programs were compiled with them. */
START_TEST(numbers_never_change)
{
	ck_assert_int_eq(BTCWIRE_VERSION, 1);
	ck_assert_int_eq(BTCWIRE_PING, 3);
	ck_assert_int_eq(BTCWIRE_BLOCK, 11);
	ck_assert_int_eq(BTCWIRE_SENDADDRV2, 20);
	ck_assert_int_eq(BTCWIRE_FEATURE, 21);
	ck_assert_int_eq(BTCWIRE_CMPCTBLOCK, 29);
	ck_assert_int_eq(BTCWIRE_ALERT, 38);
	ck_assert_int_eq(BTCWIRE_PKGTXNS, 46);
	ck_assert_ptr_null(btcwire_defs[BTCWIRE_UNKNOWN].command);
	ck_assert(btcwire_defs[BTCWIRE_UNKNOWN].xfer == NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_table");
	TCase *tc = add_tcase(s, "table");

	tcase_add_loop_test(tc, row_is_complete, BTCWIRE_UNKNOWN + 1,
	    BTCWIRE_NTYPES);
	tcase_add_loop_test(tc, body_size_is_the_struct, BTCWIRE_UNKNOWN + 1,
	    BTCWIRE_NTYPES);
	tcase_add_loop_test(tc, every_message_is_expected, BTCWIRE_UNKNOWN + 1,
	    BTCWIRE_NTYPES);
	tcase_add_loop_test(tc, as_the_protocol_says, 0, N_ROWS(want));
	tcase_add_loop_test(tc, unknown_command, 0, 10);
	tcase_add_loop_test(tc, unknown_type, 0, 5);
	tcase_add_test(tc, numbers_never_change);
	return run_suite(s);
}
