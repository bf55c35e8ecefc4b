#include "config.h"

#include <jansson.h>

#include "runner.h"
#include "samples.h"
#include "system.h"

/* btcpeer-decode message: every kind, in text and in JSON. */

/* Give it what it is to read, and wait for its end. */
static void
run(struct proc *p, int status, const char *input)
{
	proc_say(p, input);
	proc_hang_up(p);
	ck_assert_msg(proc_end(p) == status, "status %d: %s", p->status,
	    p->err.text);
	ck_assert_msg((p->err.len == 0) == (status == 0), "%s", p->err.text);
}

/* Start it for the payload of a sample. */
static void
start(struct proc *p, const struct sample *s, const char *json)
{
	const char *command = btcwire_command(s->type);
	char pver[16];

	snprintf(pver, sizeof(pver), "%u", (unsigned)s->pver);
	if (s->flags & BTCWIRE_NO_WITNESS)
		proc_start(p, "btcpeer-decode", json, "--strict", "--pver",
		    pver, "--no-witness", "message", command, "-", NULL);
	else
		proc_start(p, "btcpeer-decode", json, "--strict", "--pver",
		    pver, "message", command, NULL);
}

static size_t
payload_len(const struct sample *s)
{
	size_t len;

	free(unhex(s->hex, &len));
	return len;
}

/* One line, its members in this order: command, payload_len, trailing, body. */
START_TEST(sample_in_json)
{
	const struct sample *s = &samples[_i];
	char want[128];
	json_error_t error;
	struct proc p;
	json_t *o;

	printf("%s\n", s->name);
	start(&p, s, "--json");
	run(&p, 0, s->hex);
	snprintf(want, sizeof(want), "{\"command\":\"%s\",\"payload_len\":%zu,"
	    "\"trailing\":0,\"body\":{", btcwire_command(s->type),
	    payload_len(s));
	ck_assert_msg(strncmp(p.out.text, want, strlen(want)) == 0, "%s",
	    p.out.text);
	ck_assert_ptr_eq(strchr(p.out.text, '\n'), p.out.text + p.out.len - 1);
	o = json_loads(p.out.text, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(o != NULL, "%s", error.text);
	ck_assert_uint_eq(json_object_size(o), 4);
	json_decref(o);
	proc_free(&p);
}
END_TEST

START_TEST(sample_in_text)
{
	const struct sample *s = &samples[_i];
	char want[128];
	struct proc p;
	size_t i;

	printf("%s\n", s->name);
	start(&p, s, "--strict");
	run(&p, 0, s->hex);
	snprintf(want, sizeof(want), "command        %s\npayload_len    %zu\n"
	    "trailing       0\nbody\n", btcwire_command(s->type),
	    payload_len(s));
	ck_assert_msg(strncmp(p.out.text, want, strlen(want)) == 0, "%s",
	    p.out.text);
	for (i = 0; i < p.out.len; i++)
		ck_assert(p.out.text[i] == '\n' ||
		    (p.out.text[i] >= ' ' && p.out.text[i] <= '~'));
	proc_free(&p);
}
END_TEST

/* The samples as they are to be shown. */
#define S4(s)  s s s s
#define S32(s) S4(s) S4(s) S4(s) S4(s) S4(s) S4(s) S4(s) S4(s)
#define HASH(s) "\"" S32(s) "\""
#define ADDR(time, services, ip, port) \
	"{\"time\":" #time ",\"services\":\"" services "\",\"ip\":\"" ip \
	"\",\"port\":" #port "}"
#define ADDR2(time, services, net, id, addr, port) \
	"{\"time\":" #time ",\"services\":\"" services "\",\"net\":\"" net \
	"\",\"net_id\":" #id ",\"addr\":\"" addr "\",\"port\":" #port
#define TEXT(s) ",\"text\":\"" s "\"}"
#define HEADER \
	"{\"hash\":\"fa697f839fa7aaf16e98a6bf34df044fcf2f8a35aaf3fc355e24dbf1" \
	"7fb73752\",\"version\":-2,\"prev\":" HASH("77") ",\"merkle_root\":" \
	HASH("88") ",\"time\":4294967294,\"bits\":486604799,\"nonce\":" \
	"2083236893}"
#define TXID_1 \
	"\"bd9c2db099941487ea8b4b101bae63038989aa3bdb482076706f97709861b560\""
#define WTXID_1 \
	"\"d797d8549e706fac88ef1af1d1838c6961f84076041b74d0efb0325e17134970\""
#define TXID_2 \
	"\"7d38b51498872f2b30cb4a06f709616ae02a16676fa72487575efa1453a4ab5b\""
#define IN(hash, index, script, sequence, witness) \
	"{\"prev\":{\"hash\":" HASH(hash) ",\"index\":" #index "},\"script\":" \
	script ",\"sequence\":" #sequence ",\"witness\":[" witness "]}"
#define TX(txid, wtxid, weight, version, locktime, in, out) \
	"{\"txid\":" txid ",\"wtxid\":" wtxid ",\"weight\":" #weight \
	",\"version\":" #version ",\"locktime\":" #locktime ",\"in\":[" in \
	"],\"out\":[{\"value\":5000000000,\"script\":\"76a914\"}" out "]}"
#define INS(witness_1, witness_3) \
	IN("12", 7, "\"5152\"", 4294967293, witness_1) "," \
	IN("34", 0, "\"\"", 4294967295, "") "," \
	IN("56", 4294967295, "\"00\"", 0, witness_3)
#define OUT_2 ",{\"value\":-1,\"script\":\"\"}"
#define TX_1 TX(TXID_1, WTXID_1, 639, 2, 500000000, \
	INS("\"aabb\",\"\"", "\"cc\""), OUT_2)
#define TX_1_BARE TX(TXID_1, TXID_1, 628, 2, 500000000, INS("", ""), OUT_2)
#define TX_2 TX(TXID_2, TXID_2, 252, -1, 0, \
	IN("34", 0, "\"\"", 4294967295, ""), "")
#define VERSION_HEAD \
	"{\"version\":70016,\"services\":\"0000000000000409\",\"timestamp\":" \
	"1700000000,\"addr_recv\":" \
	ADDR(0, "0000000000000001", "10.0.0.1", 8333) ",\"addr_from\":"
#define HASHES "[" HASH("44") "," HASH("55") "]"
#define LOCATOR \
	"{\"version\":70016,\"hash\":" HASHES ",\"stop\":" HASH("66") "}"
#define GETCF \
	"{\"filter_type\":0,\"start_height\":11259375,\"stop\":" HASH("41") "}"
#define ITEM(type, hash) "{\"type\":" #type ",\"hash\":" HASH(hash) "}"

static const struct {
	const char *name;	/* of the sample */
	const char *body;
} bodies[] = {
	{ "version", VERSION_HEAD
	    ADDR(0, "0000000000000409", "2001:db8::1", 18333)
	    ",\"nonce\":\"1122334455667788\",\"user_agent\":\"/x:1/\","
	    "\"user_agent_hex\":\"2f783a312f\",\"start_height\":800000,"
	    "\"relay\":false}" },
	{ "version to addr_recv", VERSION_HEAD
	    ADDR(0, "0000000000000000", "::", 0)
	    ",\"nonce\":\"0000000000000000\",\"user_agent\":\"\","
	    "\"user_agent_hex\":\"\",\"start_height\":0,\"relay\":true}" },
	{ "verack", "{}" },
	{ "ping", "{\"nonce\":\"0123456789abcdef\"}" },
	{ "ping before BIP 31", "{\"nonce\":\"0000000000000000\"}" },
	{ "pong", "{\"nonce\":\"0123456789abcdef\"}" },
	{ "inv", "{\"vec\":[" ITEM(1, "11") "," ITEM(1073741826, "22") ","
	    ITEM(3735928559, "33") "]}" },
	{ "inv empty", "{\"vec\":[]}" },
	{ "getdata", "{\"vec\":[" ITEM(1, "11") "]}" },
	{ "notfound", "{\"vec\":[" ITEM(1, "11") "]}" },
	{ "getblocks", LOCATOR },
	{ "getheaders", LOCATOR },
	{ "headers", "{\"header\":[" HEADER ",{\"hash\":\"17d0d0afc2f15b01e2b4"
	    "b23ccfe95b1878a78b4e7bb256adf57d129e4643c6f1\",\"version\":"
	    "536870912,\"prev\":" HASH("99") ",\"merkle_root\":" HASH("aa")
	    ",\"time\":1231006505,\"bits\":545259519,\"nonce\":1}]}" },
	{ "block", "{\"header\":" HEADER ",\"tx\":[" TX_1 "," TX_2 "]}" },
	{ "block bare",
	    "{\"header\":" HEADER ",\"tx\":[" TX_1_BARE "," TX_2 "]}" },
	{ "tx", TX_1 },
	{ "tx bare", TX_1_BARE },
	{ "tx no witness in it", TX_2 },
	{ "addr", "{\"addr\":["
	    ADDR(1700000000, "0000000000000001", "192.168.1.2", 8333) ","
	    ADDR(1, "8000000000000409", "fd87::ee", 258) "]}" },
	{ "addr without time", "{\"addr\":["
	    ADDR(0, "0000000000000001", "192.168.1.2", 8333) "]}" },
	{ "getaddr", "{}" },
	{ "reject tx", "{\"command\":\"tx\",\"command_hex\":\"7478\",\"code\":"
	    "65,\"reason\":\"dust\",\"reason_hex\":\"64757374\",\"has_hash\":"
	    "true,\"hash\":" HASH("ab") "}" },
	{ "reject version", "{\"command\":\"version\",\"command_hex\":"
	    "\"76657273696f6e\",\"code\":17,\"reason\":\"too\\\\x0aold\","
	    "\"reason_hex\":\"746f6f0a6f6c64\",\"has_hash\":false,\"hash\":"
	    HASH("00") "}" },
	{ "mempool", "{}" },
	{ "sendheaders", "{}" },
	{ "feefilter", "{\"feerate\":1000}" },
	{ "wtxidrelay", "{}" },
	{ "sendaddrv2", "{}" },
	{ "feature", "{\"id\":\"BIP 9999~\",\"id_hex\":\"42495020393939397e\","
	    "\"data\":\"00ff\"}" },
	{ "sendtxrcncl", "{\"version\":1,\"salt\":\"fedcba9876543210\"}" },
	{ "addrv2", "{\"addr\":["
	    ADDR2(1700000000, "0000000000000409", "ipv4", 1, "0a000001", 8333)
	    TEXT("10.0.0.1:8333") ","
	    ADDR2(1, "0000000000000000", "ipv6", 2,
	    "20010000000000000000000000000009", 0) TEXT("[2001::9]:0") ","
	    ADDR2(2, "00000000000000fc", "torv2", 3, "746f7276326164647273", 1)
	    TEXT("orxxe5rsmfsgi4tt.onion:1") ","
	    ADDR2(3, "00000000000000fd", "onion", 4, S32("44"), 65535)
	    TEXT("irceirceirceirceirceirceirceirceirceirceirceirceircfzeid."
	    "onion:65535") ","
	    ADDR2(4, "0000000000010000", "i2p", 5, S32("55"), 0)
	    TEXT("kvkvkvkvkvkvkvkvkvkvkvkvkvkvkvkvkvkvkvkvkvkvkvkvkvkq.b32.i2p"
	    ":0") ","
	    ADDR2(5, "0000000100000000", "cjdns", 6,
	    "fc000000000000000000000000000001", 258) TEXT("[fc00::1]:258") ","
	    ADDR2(4294967295, "ffffffffffffffff", "yggdrasil", 7,
	    "02000000000000000000000000000003", 2) TEXT("[200::3]:2") ","
	    ADDR2(0, "0000000000000000", "unknown", 170, "3f21", 0) "},"
	    ADDR2(0, "0000000000000000", "unknown", 0, "", 0) "}]}" },
	{ "merkleblock", "{\"header\":" HEADER ",\"total\":7,\"hash\":["
	    HASH("31") "," HASH("32") "],\"flags\":\"1d\"}" },
	{ "filterload", "{\"filter\":\"b50f\",\"hash_funcs\":11,\"tweak\":"
	    "3735928559,\"update\":2}" },
	{ "filteradd", "{\"data\":\"010203\"}" },
	{ "filterclear", "{}" },
	{ "sendcmpct", "{\"announce\":true,\"version\":2}" },
	{ "cmpctblock", "{\"header\":" HEADER ",\"nonce\":\"8877665544332211\","
	    "\"short_id\":[\"0605040302ff\",\"ffffffffffff\"],\"prefilled\":["
	    "{\"index\":0,\"tx\":" TX_1 "},{\"index\":300,\"tx\":" TX_2 "}]}" },
	{ "getblocktxn", "{\"block\":" HASH("21") ",\"index\":[2,256,65534,"
	    "65535]}" },
	{ "blocktxn",
	    "{\"block\":" HASH("21") ",\"tx\":[" TX_1 "," TX_2 "]}" },
	{ "getcfilters", GETCF },
	{ "cfilter", "{\"filter_type\":0,\"block\":" HASH("42")
	    ",\"filter\":\"017fa880\"}" },
	{ "getcfheaders", GETCF },
	{ "cfheaders", "{\"filter_type\":0,\"stop\":" HASH("43")
	    ",\"prev_header\":" HASH("46") ",\"hash\":" HASHES "}" },
	{ "getcfcheckpt", "{\"filter_type\":255,\"stop\":" HASH("47") "}" },
	{ "cfcheckpt", "{\"filter_type\":0,\"stop\":" HASH("48")
	    ",\"header\":" HASHES "}" },
	{ "alert", "{\"signed_part\":\"010000003766404f00000000fefffffffffffff"
	    "ff7030000f503000002f2030000ffffffff1027000048ee0000020f2f5361746f"
	    "7368693a302e372e322f0064000000016306536565201b2101726d6f7265\","
	    "\"signature\":\"300102\",\"version\":1,\"relay_until\":1329620535,"
	    "\"expiration\":-2,\"id\":1015,\"cancel\":1013,\"set_cancel\":["
	    "1010,-1],\"min_version\":10000,\"max_version\":61000,"
	    "\"set_user_agent\":[\"/Satoshi:0.7.2/\",\"\"],"
	    "\"set_user_agent_hex\":[\"2f5361746f7368693a302e372e322f\",\"\"],"
	    "\"priority\":100,\"comment\":\"c\",\"comment_hex\":\"63\","
	    "\"status_bar\":\"See \\\\x1b!\",\"status_bar_hex\":"
	    "\"536565201b21\",\"reserved\":\"r\",\"reserved_hex\":\"72\","
	    "\"extra\":\"6d6f7265\"}" },
	{ "reqrecon", "{\"set_size\":258,\"q\":32767}" },
	{ "sketch", "{\"data\":\"0102030405060708\"}" },
	{ "reqsketchext", "{}" },
	{ "reconcildiff", "{\"success\":true,\"ask\":[1,4278190079]}" },
	{ "sendpackages", "{\"versions\":\"0000000000000003\"}" },
	{ "ancpkginfo", "{\"wtxid\":" HASHES "}" },
	{ "getpkgtxns", "{\"wtxid\":" HASHES "}" },
	{ "pkgtxns", "{\"tx\":[" TX_1 "," TX_2 "]}" },
};

static const struct sample *
sample_of(const char *name)
{
	int i;

	for (i = 0; i < n_samples; i++)
		if (strcmp(samples[i].name, name) == 0)
			return &samples[i];
	ck_abort_msg("no sample is called %s", name);
	return NULL;
}

START_TEST(body)
{
	const struct sample *s = sample_of(bodies[_i].name);
	const char *got, *want = bodies[_i].body;
	size_t same = 0;
	struct proc p;

	printf("%s\n", s->name);
	start(&p, s, "--json");
	run(&p, 0, s->hex);
	got = strstr(p.out.text, "\"body\":");
	ck_assert_ptr_nonnull(got);
	got += strlen("\"body\":");
	while (want[same] != '\0' && got[same] == want[same])
		same++;
	ck_assert_msg(want[same] == '\0' && strcmp(got + same, "}\n") == 0,
	    "at %zu: '%.40s', not '%.40s'", same, got + same, want + same);
	proc_free(&p);
}
END_TEST

START_TEST(every_message_has_a_row)
{
	bool have[BTCWIRE_NTYPES] = { false };
	int i;

	for (i = 0; i < N_ROWS(bodies); i++)
		have[sample_of(bodies[i].name)->type] = true;
	for (i = 1; i < BTCWIRE_NTYPES; i++)
		ck_assert_msg(have[i], "%s",
		    btcwire_command((enum btcwire_type)i));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_decode_body");
	TCase *tc = add_tcase(s, "samples");

	tcase_add_loop_test(tc, sample_in_json, 0, n_samples);
	tcase_add_loop_test(tc, sample_in_text, 0, n_samples);
	tcase_add_loop_test(tc, body, 0, N_ROWS(bodies));
	tcase_add_test(tc, every_message_has_a_row);
	return run_suite(s);
}
