/*
 * Payloads that are refused: the code, the byte, and the sentence.
 */
#include "config.h"

#include "runner.h"
#include "same.h"
#include "samples.h"

#define H8(s) s s s s s s s s
#define HASH H8("aa") H8("bb") H8("cc") H8("dd")
#define ADDR26 "0100000000000000" "00000000000000000000ffff0a000001" "208d"
#define VERSION_80 "80110100" "0900000000000000" "00f1536500000000" ADDR26 \
	ADDR26 "8877665544332211"
#define HEADER "01000000" HASH HASH "00000000" "ffff001d" "00000000"
#define INPUT HASH "00000000" "00" "ffffffff"
#define OUTPUT "0000000000000000" "00"

/* clang-format off */
static const struct {
	const char *name;
	enum btcwire_type type;
	const char *hex;
	int code;
	size_t offset;
	const char *text;
	uint32_t flags;
} bad[] = {
	{ "ping short", BTCWIRE_PING, "01020304050607", BTCPEER_E_SHORT, 0, "ping", 0 },
	{ "feefilter short", BTCWIRE_FEEFILTER, "", BTCPEER_E_SHORT, 0, "feefilter", 0 },

	{ "inv without count", BTCWIRE_INV, "", BTCPEER_E_SHORT, 0, "inv", 0 },
	{ "inv count cut", BTCWIRE_INV, "fd01", BTCPEER_E_SHORT, 0, "inv", 0 },
	{ "inv noncanonical 2", BTCWIRE_INV, "fdfc00", BTCPEER_E_NONCANON, 0, "inv", 0 },
	{ "inv noncanonical 4", BTCWIRE_INV, "feffff0000", BTCPEER_E_NONCANON, 0, "inv", 0 },
	{ "inv noncanonical 8", BTCWIRE_INV, "ffffffffff00000000", BTCPEER_E_NONCANON, 0, "inv", 0 },
	{ "inv lies", BTCWIRE_INV, "fd50c3 01000000", BTCPEER_E_SHORT, 0, "50000", 0 },
	{ "inv over the limit", BTCWIRE_INV, "fd51c3", BTCPEER_E_TOOBIG, 0, "50001", 0 },
	{ "inv 2^64-1", BTCWIRE_INV, "ffffffffffffffffff", BTCPEER_E_TOOBIG, 0, "18446744073709551615", 0 },
	{ "getdata noncanonical", BTCWIRE_GETDATA, "fd0100", BTCPEER_E_NONCANON, 0, "getdata", 0 },
	{ "notfound lies", BTCWIRE_NOTFOUND, "02" "01000000" HASH, BTCPEER_E_SHORT, 0, "notfound", 0 },

	{ "getblocks noncanonical", BTCWIRE_GETBLOCKS, "80110100 fd0000", BTCPEER_E_NONCANON, 4, "getblocks", 0 },
	{ "getblocks lies", BTCWIRE_GETBLOCKS, "80110100 fdf401" HASH HASH, BTCPEER_E_SHORT, 4, "500", 0 },
	{ "getheaders over the limit", BTCWIRE_GETHEADERS, "80110100 fdf501" HASH, BTCPEER_E_TOOBIG, 4, "501", 0 },
	{ "getheaders no stop", BTCWIRE_GETHEADERS, "80110100 01" HASH, BTCPEER_E_SHORT, 37, "getheaders", 0 },

	{ "headers lies", BTCWIRE_HEADERS, "fdd007" HEADER "00", BTCPEER_E_SHORT, 0, "2000", 0 },
	{ "headers over the limit", BTCWIRE_HEADERS, "fdd107", BTCPEER_E_TOOBIG, 0, "2001", 0 },
	{ "headers noncanonical", BTCWIRE_HEADERS, "01" HEADER "fd0000", BTCPEER_E_NONCANON, 81, "headers", 0 },

	{ "addr lies", BTCWIRE_ADDR, "fde803 00f15365" ADDR26, BTCPEER_E_SHORT, 0, "1000", 0 },
	{ "addr over the limit", BTCWIRE_ADDR, "fde903", BTCPEER_E_TOOBIG, 0, "1001", 0 },

	{ "version agent lies", BTCWIRE_VERSION, VERSION_80 "05 2f2f2f2f", BTCPEER_E_SHORT, 81, "version", 0 },
	{ "version agent too long", BTCWIRE_VERSION, VERSION_80 "fd0101", BTCPEER_E_TOOBIG, 80, "257", 0 },
	{ "version agent noncanonical", BTCWIRE_VERSION, VERSION_80 "fd0500 2f2f2f2f2f", BTCPEER_E_NONCANON, 80, "version", 0 },
	{ "version height cut", BTCWIRE_VERSION, VERSION_80 "00 010203", BTCPEER_E_SHORT, 81, "version", 0 },
	{ "version address cut", BTCWIRE_VERSION, "80110100 0900000000000000 00f1536500000000" ADDR26 "01", BTCPEER_E_SHORT, 46, "version", 0 },

	{ "reject command too long", BTCWIRE_REJECT, "0d 61616161616161616161616161 01 00", BTCPEER_E_TOOBIG, 0, "13", 0 },
	{ "reject command noncanonical", BTCWIRE_REJECT, "fd0100 61 01 00", BTCPEER_E_NONCANON, 0, "reject", 0 },
	{ "reject reason too long", BTCWIRE_REJECT, "02 7478 10 70", BTCPEER_E_TOOBIG, 4, "112", 0 },
	{ "reject reason lies", BTCWIRE_REJECT, "02 7478 10 6f 61", BTCPEER_E_SHORT, 5, "reject", 0 },
	{ "reject hash cut", BTCWIRE_REJECT, "02 7478 10 00 aabbcc", BTCPEER_E_SHORT, 5, "reject", 0 },

	{ "tx empty", BTCWIRE_TX, "", BTCPEER_E_SHORT, 0, "tx", 0 },
	{ "tx inputs lie", BTCWIRE_TX, "01000000 fe70110100" INPUT, BTCPEER_E_SHORT, 4, "70000", 0 },
	{ "tx inputs noncanonical", BTCWIRE_TX, "01000000 fd0100" INPUT, BTCPEER_E_NONCANON, 4, "tx", 0 },
	{ "tx script lies", BTCWIRE_TX, "01000000 01" HASH "00000000 fe40420f00 00000000", BTCPEER_E_SHORT, 46, "1000000", 0 },
	{ "tx script noncanonical", BTCWIRE_TX, "01000000 01" HASH "00000000 fd0000 00000000", BTCPEER_E_NONCANON, 41, "tx", 0 },
	{ "tx outputs lie", BTCWIRE_TX, "01000000 01" INPUT "fdffff" OUTPUT "00000000", BTCPEER_E_SHORT, 46, "65535", 0 },
	{ "tx output script lies", BTCWIRE_TX, "01000000 01" INPUT "01 0000000000000000 05 00000000", BTCPEER_E_SHORT, 56, "5", 0 },
	{ "tx output script 2^64-1", BTCWIRE_TX, "01000000 01" INPUT "01 0000000000000000 ffffffffffffffffff 00000000", BTCPEER_E_TOOBIG, 55, "18446744073709551615", 0 },
	{ "tx flag 2", BTCWIRE_TX, "01000000 0002 01" INPUT "01" OUTPUT "00 00000000", BTCPEER_E_BADVALUE, 5, "tx", 0 },
	{ "tx marked, no witness", BTCWIRE_TX, "01000000 0001 01" INPUT "01" OUTPUT "00 00000000", BTCPEER_E_BADVALUE, 58, "witness", 0 },
	{ "tx witness lies", BTCWIRE_TX, "01000000 0001 01" INPUT "01" OUTPUT "fdffff 0000 00000000", BTCPEER_E_SHORT, 58, "65535", 0 },
	{ "tx witness item lies", BTCWIRE_TX, "01000000 0001 01" INPUT "01" OUTPUT "01 fd2c01 00 00000000", BTCPEER_E_SHORT, 62, "300", 0 },
	{ "tx witness noncanonical", BTCWIRE_TX, "01000000 0001 01" INPUT "01" OUTPUT "fd0100 0100 00000000", BTCPEER_E_NONCANON, 58, "tx", 0 },
	{ "tx locktime cut", BTCWIRE_TX, "01000000 01" INPUT "01" OUTPUT "000000", BTCPEER_E_SHORT, 56, "tx", 0 },
	{ "tx witness form, not asked for", BTCWIRE_TX, "01000000 0001 01" INPUT "01" OUTPUT "01 01ff 00000000", BTCPEER_E_SHORT, 0, "tx", BTCWIRE_NO_WITNESS },

	{ "block header cut", BTCWIRE_BLOCK, "01000000" HASH, BTCPEER_E_SHORT, 36, "block", 0 },
	{ "block transactions lie", BTCWIRE_BLOCK, HEADER "fe40420f00", BTCPEER_E_SHORT, 80, "1000000", 0 },
	{ "block 2^32 transactions", BTCWIRE_BLOCK, HEADER "ff0000000001000000", BTCPEER_E_TOOBIG, 80, "4294967296", 0 },
	{ "block count noncanonical", BTCWIRE_BLOCK, HEADER "fd0000", BTCPEER_E_NONCANON, 80, "block", 0 },
	{ "block transaction cut", BTCWIRE_BLOCK, HEADER "01 01000000 01" INPUT "01" OUTPUT "000000", BTCPEER_E_SHORT, 137, "block", 0 },
};
/* clang-format on */

START_TEST(refused)
{
	struct btcpeer_error err;
	struct btcwire_msg *msg = NULL;
	size_t len;
	uint8_t *payload = unhex(bad[_i].hex, &len);
	int rc;

	memset(&err, 0x7f, sizeof(err));
	rc = btcwire_decode(&msg, bad[_i].type, payload, len, BTCWIRE_PVER_NEWEST,
	    bad[_i].flags, &err);
	ck_assert_msg(rc == bad[_i].code, "%s: %d (%s) at %zu", bad[_i].name, rc,
	    rc == 0 ? "" : err.text, err.offset);
	ck_assert_ptr_null(msg);
	ck_assert_int_eq(err.code, bad[_i].code);
	if (bad[_i].flags == 0)	/* else the first field that makes no sense */
		ck_assert_msg(err.offset == bad[_i].offset, "%s: at %zu: %s",
		    bad[_i].name, err.offset, err.text);
	ck_assert_msg(strstr(err.text, bad[_i].text) != NULL, "%s: \"%s\"",
	    bad[_i].name, err.text);
	free(payload);
}
END_TEST

static size_t
bytes_in(const char *hex)
{
	size_t digits = 0;

	for (; *hex != '\0'; hex++)
		digits += *hex != ' ';
	return digits / 2;
}

/* The sample that ends where s was cut, if the protocol allows to stop there. */
static const struct sample *
legal_stop(const struct sample *s, const uint8_t *payload, size_t cut)
{
	const struct sample *found = NULL;
	size_t len;
	uint8_t *p;
	int i;

	for (i = 0; i < n_samples && found == NULL; i++) {
		if (samples[i].type != s->type || samples[i].pver != s->pver ||
		    samples[i].flags != s->flags ||
		    bytes_in(samples[i].hex) != cut)
			continue;
		p = unhex(samples[i].hex, &len);
		if (memcmp(p, payload, cut) == 0)
			found = &samples[i];
		free(p);
	}
	return found;
}

/* Cut at every byte: refused, unless that is one of the places to stop at. */
START_TEST(truncated)
{
	const struct sample *s = &samples[_i], *stop;
	struct btcpeer_error err;
	struct btcwire_msg *msg;
	size_t len, cut;
	uint8_t *payload = unhex(s->hex, &len), *p;
	int rc;

	for (cut = 0; cut < len; cut++) {
		p = exact_copy(payload, cut);
		stop = legal_stop(s, payload, cut);
		msg = NULL;
		memset(&err, 0x7f, sizeof(err));
		rc = btcwire_decode(&msg, s->type, p, cut, s->pver, s->flags, &err);
		free(p);
		if (stop != NULL) {
			ck_assert_msg(rc == 0, "%s: %d at %zu", s->name, rc, cut);
			ck_assert(same_body(s->type, btcwire_msg_body(msg),
			    stop->body));
			btcwire_msg_unref(msg);
			continue;
		}
		ck_assert_msg(rc == BTCPEER_E_SHORT, "%s: %d at %zu", s->name,
		    rc, cut);
		ck_assert_ptr_null(msg);
		ck_assert_int_eq(err.code, rc);
		ck_assert_uint_le(err.offset, cut);
		ck_assert_ptr_nonnull(strstr(err.text, btcwire_command(s->type)));
	}
	free(payload);
}
END_TEST

/*
 * A transaction without inputs has no form beside a witness in the same block.
 * The output of the second one here is such that its plain form also reads as
 * an extended one, of another transaction.
 */
START_TEST(no_inputs_beside_a_witness)
{
	static const uint8_t script[36] = { [34] = 1 };
	const struct btcwire_bytes item = { script, 1 };
	const struct btcwire_txin in = { .witness = &item, .witness_len = 1 };
	const struct btcwire_txout outs[] = { { 7, { NULL, 0 } },
		{ 1, { script, sizeof(script) } } };
	const struct btcwire_tx txs[] = { { .in = &in, .in_len = 1 },
		{ .out = &outs[_i], .out_len = 1 } };
	const struct btcwire_block block = { .tx = txs, .tx_len = 2 };
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;

	ck_assert_int_eq(btcwire_msg_new(&msg, BTCWIRE_BLOCK, &block, &err),
	    BTCPEER_E_BADVALUE);
	ck_assert_ptr_null(msg);
	ck_assert_int_eq(err.code, BTCPEER_E_BADVALUE);
	ck_assert_ptr_nonnull(strstr(err.text, "input"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_malformed");
	TCase *tc = add_tcase(s, "rows");

	tcase_add_loop_test(tc, refused, 0, N_ROWS(bad));
	tcase_add_loop_test(tc, no_inputs_beside_a_witness, 0, 2);
	tc = add_tcase(s, "truncation");
	tcase_add_loop_test(tc, truncated, 0, n_samples);
	return run_suite(s);
}
