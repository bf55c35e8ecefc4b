#include "config.h"

#include "samples.h"

#define NEWEST BTCWIRE_PVER_NEWEST
#define BYTES(s) { (const uint8_t *)(s), sizeof(s) - 1 }

/* Hashes: the byte, 32 times. */
#define B4(x) x, x, x, x
#define B16(x) B4(x), B4(x), B4(x), B4(x)
#define HASH(x) { { B16(x), B16(x) } }
#define H8(s) s s s s s s s s
#define HEX(s) H8(s) H8(s) H8(s) H8(s)

/* ---- version ----------------------------------------------------------- */

#define V_HEAD \
	"80110100" "0904000000000000" "00f1536500000000" \
	"0100000000000000" "00000000000000000000ffff0a000001" "208d "
#define V_NONCE \
	V_HEAD "0904000000000000" "20010db8000000000000000000000001" "479d" \
	"8877665544332211 "
#define V_AGENT V_NONCE "05" "2f783a312f "
#define V_HEIGHT V_AGENT "00350c00 "

#define V_BODY_HEAD \
	.version = 70016, .services = 0x409, .timestamp = 1700000000, \
	.addr_recv = { .services = 1, .port = 8333, \
	    .ip = { [10] = 0xff, 0xff, 10, 0, 0, 1 } }
#define V_BODY_NONCE \
	V_BODY_HEAD, .addr_from = { .services = 0x409, .port = 18333, \
	    .ip = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } }, \
	.nonce = UINT64_C(0x1122334455667788)
#define V_BODY_AGENT V_BODY_NONCE, .user_agent = BYTES("/x:1/")
#define V_BODY_HEIGHT V_BODY_AGENT, .start_height = 800000

static const struct btcwire_version
    version_full = { V_BODY_HEIGHT, .relay = false },
    version_relay = { V_BODY_HEIGHT, .relay = true },
    version_agent = { V_BODY_AGENT, .relay = true },
    version_nonce = { V_BODY_NONCE, .relay = true },
    version_head = { V_BODY_HEAD, .relay = true };

/* ---- Small ones -------------------------------------------------------- */

static const struct btcwire_empty empty;
static const struct btcwire_ping ping = { UINT64_C(0x0123456789abcdef) },
    ping_old = { 0 };
static const struct btcwire_feefilter feefilter = { 1000 };

static const struct btcwire_reject
    reject_tx = { .command = BYTES("tx"), .code = BTCWIRE_REJECT_DUST,
	.reason = BYTES("dust"), .has_hash = true, .hash = HASH(0xab) },
    reject_no_hash = { .command = BYTES("tx"), .code = BTCWIRE_REJECT_DUST,
	.reason = BYTES("dust") },
    reject_version = { .command = BYTES("version"),
	.code = BTCWIRE_REJECT_OBSOLETE, .reason = BYTES("too\nold") },
    reject_hash = { .command = BYTES("version"),
	.code = BTCWIRE_REJECT_OBSOLETE, .reason = BYTES("too\nold"),
	.has_hash = true, .hash = HASH(0xcd) };
#define REJECT_TX "02" "7478" "41" "04" "64757374 "
#define REJECT_VERSION "07" "76657273696f6e" "11" "07" "746f6f0a6f6c64 "

/* ---- Lists ------------------------------------------------------------- */

static const struct btcwire_invvect vecs[] = {
	{ BTCWIRE_INV_TX, HASH(0x11) },
	{ BTCWIRE_INV_WITNESS_BLOCK, HASH(0x22) },
	{ 0xdeadbeef, HASH(0x33) },
};
static const struct btcwire_inv inv = { vecs, 3 }, inv_one = { vecs, 1 },
    inv_none = { NULL, 0 };

static const struct btcwire_hash hashes[] = { HASH(0x44), HASH(0x55) };
static const struct btcwire_locator locator = { .version = 70016,
	.hash = hashes, .hash_len = 2, .stop = HASH(0x66) };
#define LOCATOR "80110100" "02" HEX("44") HEX("55") HEX("66")

static const struct btcwire_header header_list[] = {
	{ .version = -2, .prev = HASH(0x77), .merkle_root = HASH(0x88),
	  .time = 0xfffffffe, .bits = 0x1d00ffff, .nonce = 0x7c2bac1d },
	{ .version = 0x20000000, .prev = HASH(0x99), .merkle_root = HASH(0xaa),
	  .time = 1231006505, .bits = 0x207fffff, .nonce = 1 },
};
static const struct btcwire_headers headers = { header_list, 2 };
#define HEADER_1_BODY { .version = -2, .prev = HASH(0x77), \
	.merkle_root = HASH(0x88), .time = 0xfffffffe, .bits = 0x1d00ffff, \
	.nonce = 0x7c2bac1d }
#define HEADER_1 "feffffff" HEX("77") HEX("88") "feffffff" "ffff001d" \
	"1dac2b7c "
#define HEADER_2 "00000020" HEX("99") HEX("aa") "29ab5f49" "ffff7f20" "01000000 "

static const struct btcwire_netaddr addr_list[] = {
	{ .time = 1700000000, .services = 1, .port = 8333,
	  .ip = { [10] = 0xff, 0xff, 192, 168, 1, 2 } },
	{ .time = 1, .services = UINT64_C(0x8000000000000409), .port = 258,
	  .ip = { 0xfd, 0x87, [15] = 0xee } },
};
static const struct btcwire_netaddr addr_old_list[] = {
	{ .services = 1, .port = 8333,
	  .ip = { [10] = 0xff, 0xff, 192, 168, 1, 2 } },
};
static const struct btcwire_addr addr = { addr_list, 2 },
    addr_old = { addr_old_list, 1 };
#define ADDR_1 "0100000000000000" "00000000000000000000ffffc0a80102" "208d "

/* ---- Transactions ------------------------------------------------------ */

static const struct btcwire_bytes stack_0[] = { BYTES("\xaa\xbb"), { NULL, 0 } },
    stack_2[] = { BYTES("\xcc") };
static const struct btcwire_txin ins[] = {
	{ .prev = { HASH(0x12), 7 }, .script = BYTES("\x51\x52"),
	  .sequence = 0xfffffffd, .witness = stack_0, .witness_len = 2 },
	{ .prev = { HASH(0x34), 0 }, .sequence = 0xffffffff },
	{ .prev = { HASH(0x56), 0xffffffff }, .script = BYTES("\x00"),
	  .witness = stack_2, .witness_len = 1 },
};
static const struct btcwire_txin ins_bare[] = {
	{ .prev = { HASH(0x12), 7 }, .script = BYTES("\x51\x52"),
	  .sequence = 0xfffffffd },
	{ .prev = { HASH(0x34), 0 }, .sequence = 0xffffffff },
	{ .prev = { HASH(0x56), 0xffffffff }, .script = BYTES("\x00") },
};
static const struct btcwire_txout outs[] = {
	{ .value = INT64_C(5000000000), .script = BYTES("\x76\xa9\x14") },
	{ .value = -1 },
};
static const struct btcwire_tx txs[] = {
	{ .version = 2, .locktime = 500000000, .in = ins, .in_len = 3,
	  .out = outs, .out_len = 2 },
	{ .version = -1, .locktime = 0, .in = ins_bare + 1, .in_len = 1,
	  .out = outs, .out_len = 1 },
}, txs_bare[] = {
	{ .version = 2, .locktime = 500000000, .in = ins_bare, .in_len = 3,
	  .out = outs, .out_len = 2 },
	{ .version = -1, .locktime = 0, .in = ins_bare + 1, .in_len = 1,
	  .out = outs, .out_len = 1 },
};
#define IN_2 HEX("34") "00000000" "00" "ffffffff "
#define INS "03" HEX("12") "07000000" "02" "5152" "fdffffff " IN_2 \
	HEX("56") "ffffffff" "01" "00" "00000000 "
#define OUT_1 "00f2052a01000000" "03" "76a914 "
#define OUTS "02" OUT_1 "ffffffffffffffff" "00 "
#define WITNESS "02" "02" "aabb" "00 " "00 " "01" "01" "cc "
#define LOCK "0065cd1d "
#define TX_1 "02000000" "0001" INS OUTS WITNESS LOCK
#define TX_1_BARE "02000000" INS OUTS LOCK
#define TX_2 "ffffffff" "01" IN_2 "01" OUT_1 "00000000 "

static const struct btcwire_block
    block = { HEADER_1_BODY, .tx = txs, .tx_len = 2 },
    block_bare = { HEADER_1_BODY, .tx = txs_bare, .tx_len = 2 };

/* ---- Compact blocks ---------------------------------------------------- */

static const struct btcwire_sendcmpct sendcmpct = { true, 2 };

static const uint64_t short_ids[] = { UINT64_C(0x0605040302ff),
	UINT64_C(0xffffffffffff) };
static const struct btcwire_prefilled
    prefilled[] = {
	{ 0, { .version = 2, .locktime = 500000000, .in = ins, .in_len = 3,
	       .out = outs, .out_len = 2 } },
	{ 300, { .version = -1, .in = ins_bare + 1, .in_len = 1, .out = outs,
	         .out_len = 1 } },
}, prefilled_bare[] = {
	{ 0, { .version = 2, .locktime = 500000000, .in = ins_bare,
	       .in_len = 3, .out = outs, .out_len = 2 } },
	{ 300, { .version = -1, .in = ins_bare + 1, .in_len = 1, .out = outs,
	         .out_len = 1 } },
};
static const struct btcwire_cmpctblock
    cmpctblock = { HEADER_1_BODY, UINT64_C(0x8877665544332211), short_ids, 2,
	prefilled, 2 },
    cmpctblock_bare = { HEADER_1_BODY, UINT64_C(0x8877665544332211), short_ids,
	2, prefilled_bare, 2 },
    cmpctblock_ids = { HEADER_1_BODY, 1, short_ids, 1, NULL, 0 };
#define CMPCT HEADER_1 "1122334455667788" "02" "ff0203040506" "ffffffffffff "

/* The second is 253 places after the first, the last right after it. */
static const uint16_t places[] = { 2, 256, 65534, 65535 };
static const struct btcwire_getblocktxn getblocktxn = { HASH(0x21), places, 4 };

static const struct btcwire_blocktxn
    blocktxn = { HASH(0x21), txs, 2 },
    blocktxn_bare = { HASH(0x21), txs_bare, 2 };

/* ---- Filters ----------------------------------------------------------- */

static const struct btcwire_hash tree[] = { HASH(0x31), HASH(0x32) };
static const struct btcwire_merkleblock
    merkleblock = { HEADER_1_BODY, 7, tree, 2, BYTES("\x1d") },
    merkleblock_vast = { HEADER_1_BODY, 0xffffffff, tree, 1, { NULL, 0 } };
static const struct btcwire_filterload filterload = { BYTES("\xb5\x0f"), 11,
	0xdeadbeef, BTCWIRE_BLOOM_UPDATE_P2PUBKEY_ONLY };
static const struct btcwire_filteradd filteradd = { BYTES("\x01\x02\x03") };

static const struct btcwire_getcf getcf = { 0, 0x00abcdef, HASH(0x41) };
static const struct btcwire_cfilter cfilter = { 0, HASH(0x42),
	BYTES("\x01\x7f\xa8\x80") };
static const struct btcwire_cfheaders cfheaders = { 0, HASH(0x43), HASH(0x46),
	hashes, 2 };
static const struct btcwire_getcfcheckpt getcfcheckpt = { 255, HASH(0x47) };
static const struct btcwire_cfcheckpt cfcheckpt = { 0, HASH(0x48), hashes, 2 };

/* ---- Addresses of all networks ----------------------------------------- */

static const struct btcwire_netaddr2 addrv2_list[] = {
	{ .time = 1700000000, .services = 0x409, .net = BTCWIRE_NET_IPV4,
	  .addr = BYTES("\x0a\x00\x00\x01"), .port = 8333 },
	{ .time = 1, .net = BTCWIRE_NET_IPV6,
	  .addr = { (const uint8_t[16]){ 0x20, 1, [15] = 9 }, 16 } },
	{ .time = 2, .services = 252, .net = BTCWIRE_NET_TORV2,
	  .addr = BYTES("torv2addrs"), .port = 1 },
	{ .time = 3, .services = 253, .net = BTCWIRE_NET_TORV3,
	  .addr = { hashes[0].b, 32 }, .port = 65535 },
	{ .time = 4, .services = 0x10000, .net = BTCWIRE_NET_I2P,
	  .addr = { hashes[1].b, 32 } },
	{ .time = 5, .services = UINT64_C(0x100000000),
	  .net = BTCWIRE_NET_CJDNS,
	  .addr = { (const uint8_t[16]){ 0xfc, [15] = 1 }, 16 }, .port = 258 },
	{ .time = 0xffffffff, .services = UINT64_MAX,
	  .net = BTCWIRE_NET_YGGDRASIL,
	  .addr = { (const uint8_t[16]){ 2, [15] = 3 }, 16 }, .port = 2 },
	{ .net = 0xaa, .addr = BYTES("?!") },
	{ .net = 0 },
};
static const struct btcwire_addrv2 addrv2 = { addrv2_list, 9 };
#define Z4 "00000000"
#define Z14 Z4 Z4 Z4 "0000"
#define ADDRV2 "09 " \
	"00f15365" "fd0904" "01" "04" "0a000001" "208d " \
	"01000000" "00" "02" "10" "2001" Z4 Z4 Z4 "0009" "0000 " \
	"02000000" "fc" "03" "0a" "746f7276326164647273" "0001 " \
	"03000000" "fdfd00" "04" "20" HEX("44") "ffff " \
	"04000000" "fe00000100" "05" "20" HEX("55") "0000 " \
	"05000000" "ff0000000001000000" "06" "10" "fc" Z14 "01" "0102 " \
	"ffffffff" "ffffffffffffffffff" "07" "10" "02" Z14 "03" "0002 " \
	Z4 "00" "aa" "02" "3f21" "0000 " \
	Z4 "00" "00" "00" "0000"

static const struct btcwire_feature
    feature = { BYTES("BIP 9999~"), BYTES("\x00\xff") },
    feature_short = { BYTES("/x:1"), { NULL, 0 } };

/* ---- alert ------------------------------------------------------------- */

static const int32_t cancelled[] = { 1010, -1 };
static const struct btcwire_bytes agents[] = { BYTES("/Satoshi:0.7.2/"),
	{ NULL, 0 } };
static const struct btcwire_alert
    alert = { .signature = BYTES("\x30\x01\x02"), .version = 1,
	.relay_until = 1329620535, .expiration = -2, .id = 1015,
	.cancel = 1013, .set_cancel = cancelled, .set_cancel_len = 2,
	.min_version = 10000, .max_version = 61000, .set_user_agent = agents,
	.set_user_agent_len = 2, .priority = 100, .comment = BYTES("c"),
	.status_bar = BYTES("See \x1b!"), .reserved = BYTES("r"),
	.extra = BYTES("more") },
    alert_bare = { .version = 1 };
#define ALERT "52" \
	"01000000" "3766404f00000000" "feffffffffffffff" \
	"f7030000" "f5030000" "02" "f2030000" "ffffffff" \
	"10270000" "48ee0000" "02" "0f" "2f5361746f7368693a302e372e322f" "00" \
	"64000000" "01" "63" "06" "536565201b21" "01" "72" "6d6f7265 " \
	"03" "300102"
#define ALERT_BARE "2d" "01000000" Z4 Z4 Z4 Z4 Z4 Z4 "00" Z4 Z4 "00" Z4 \
	"00" "00" "00 " "00"

/* ---- Drafts ------------------------------------------------------------ */

static const struct btcwire_sendtxrcncl sendtxrcncl = { 1,
	UINT64_C(0xfedcba9876543210) };
static const struct btcwire_reqrecon reqrecon = { 258, 32767 };
static const struct btcwire_sketch sketch = { BYTES("\1\2\3\4\5\6\7\x8") };
static const uint32_t asked[] = { 1, 0xfeffffff };
static const struct btcwire_reconcildiff reconcildiff = { true, asked, 2 },
    reconcildiff_no = { false, NULL, 0 };
static const struct btcwire_sendpackages sendpackages = { 3 };
static const struct btcwire_wtxids wtxids = { hashes, 2 };
static const struct btcwire_pkgtxns pkgtxns = { txs, 2 },
    pkgtxns_bare = { txs_bare, 2 };

#define ROW(n, upper, payload, of) \
	{ .name = n, .type = BTCWIRE_##upper, .pver = NEWEST, .hex = payload, \
	  .body = of
/* clang-format off */
const struct sample samples[] = {
	ROW("version", VERSION, V_HEIGHT "00", &version_full), .summary = "/x:1/" },
	ROW("version relay", VERSION, V_HEIGHT "01", &version_relay), .summary = "70016" },
	ROW("version to height", VERSION, V_HEIGHT, &version_relay), .partial = true, .summary = "800000" },
	ROW("version to agent", VERSION, V_AGENT, &version_agent), .partial = true, .summary = "version" },
	ROW("version to nonce", VERSION, V_NONCE, &version_nonce), .partial = true, .summary = "version" },
	ROW("version to addr_recv", VERSION, V_HEAD, &version_head), .partial = true, .summary = "version" },
	ROW("verack", VERACK, "", &empty), .summary = "verack" },
	ROW("ping", PING, "efcdab8967452301", &ping), .summary = "ping" },
	{ "ping before BIP 31", BTCWIRE_PING, BTCWIRE_PVER_BIP31 - 1, 0, "", &ping_old, false, "ping" },
	ROW("pong", PONG, "efcdab8967452301", &ping), .summary = "pong" },
	ROW("inv", INV, "03 01000000" HEX("11") "02000040" HEX("22") "efbeadde" HEX("33"), &inv), .summary = "3" },
	ROW("inv empty", INV, "00", &inv_none), .summary = "inv" },
	ROW("getdata", GETDATA, "01 01000000" HEX("11"), &inv_one), .summary = HEX("11") },
	ROW("notfound", NOTFOUND, "01 01000000" HEX("11"), &inv_one), .summary = "notfound" },
	ROW("getblocks", GETBLOCKS, LOCATOR, &locator), .summary = HEX("44") },
	ROW("getheaders", GETHEADERS, LOCATOR, &locator), .summary = HEX("66") },
	ROW("headers", HEADERS, "02" HEADER_1 "00" HEADER_2 "00", &headers), .summary = "2" },
	ROW("block", BLOCK, HEADER_1 "02" TX_1 TX_2, &block), .summary = "2" },
	{ "block bare", BTCWIRE_BLOCK, NEWEST, BTCWIRE_NO_WITNESS, HEADER_1 "02" TX_1_BARE TX_2, &block_bare, false, "block" },
	ROW("tx", TX, TX_1, &txs[0]), .summary = "tx" },
	{ "tx bare", BTCWIRE_TX, NEWEST, BTCWIRE_NO_WITNESS, TX_1_BARE, &txs_bare[0], false, "tx" },
	ROW("tx no witness in it", TX, TX_2, &txs[1]), .summary = "tx" },
	ROW("addr", ADDR, "02" "00f15365" ADDR_1 "01000000" "0904000000000080" "fd8700000000000000000000000000ee" "0102", &addr), .summary = "2" },
	{ "addr without time", BTCWIRE_ADDR, BTCWIRE_PVER_ADDR_TIME - 1, 0, "01" ADDR_1, &addr_old, false, "addr" },
	ROW("getaddr", GETADDR, "", &empty), .summary = "getaddr" },
	ROW("reject tx", REJECT, REJECT_TX HEX("ab"), &reject_tx), .summary = "dust" },
	ROW("reject no hash", REJECT, REJECT_TX, &reject_no_hash), .summary = "tx" },
	ROW("reject version", REJECT, REJECT_VERSION, &reject_version), .summary = "too\\x0aold" },
	ROW("reject version hash", REJECT, REJECT_VERSION HEX("cd"), &reject_hash), .summary = HEX("cd") },
	ROW("mempool", MEMPOOL, "", &empty), .summary = "mempool" },
	ROW("sendheaders", SENDHEADERS, "", &empty), .summary = "sendheaders" },
	ROW("feefilter", FEEFILTER, "e803000000000000", &feefilter), .summary = "1000" },
	ROW("wtxidrelay", WTXIDRELAY, "", &empty), .summary = "wtxidrelay" },
	ROW("sendaddrv2", SENDADDRV2, "", &empty), .summary = "sendaddrv2" },
	ROW("feature", FEATURE, "09" "42495020393939397e" "02" "00ff", &feature), .summary = "BIP 9999~, 2" },
	ROW("feature short", FEATURE, "04" "2f783a31" "00", &feature_short), .summary = "/x:1" },
	ROW("sendtxrcncl", SENDTXRCNCL, "01000000" "1032547698badcfe", &sendtxrcncl), .summary = "fedcba9876543210" },
	ROW("addrv2", ADDRV2, ADDRV2, &addrv2), .summary = "9" },
	ROW("merkleblock", MERKLEBLOCK, HEADER_1 "07000000" "02" HEX("31") HEX("32") "01" "1d", &merkleblock), .summary = "7 tx, 2 hashes" },
	ROW("merkleblock vast", MERKLEBLOCK, HEADER_1 "ffffffff" "01" HEX("31") "00", &merkleblock_vast), .summary = "4294967295 tx" },
	ROW("filterload", FILTERLOAD, "02" "b50f" "0b000000" "efbeadde" "02", &filterload), .summary = "2 bytes, 11 functions" },
	ROW("filteradd", FILTERADD, "03" "010203", &filteradd), .summary = "3 bytes" },
	ROW("filterclear", FILTERCLEAR, "", &empty), .summary = "filterclear" },
	ROW("sendcmpct", SENDCMPCT, "01" "0200000000000000", &sendcmpct), .summary = "yes, version 2" },
	ROW("cmpctblock", CMPCTBLOCK, CMPCT "02" "00" TX_1 "fd2b01" TX_2, &cmpctblock), .summary = "2 short ids, 2 prefilled" },
	{ "cmpctblock bare", BTCWIRE_CMPCTBLOCK, NEWEST, BTCWIRE_NO_WITNESS, CMPCT "02" "00" TX_1_BARE "fd2b01" TX_2, &cmpctblock_bare, false, "cmpctblock" },
	ROW("cmpctblock ids", CMPCTBLOCK, HEADER_1 "0100000000000000" "01" "ff0203040506" "00", &cmpctblock_ids), .summary = "1 short ids, 0 prefilled" },
	ROW("getblocktxn", GETBLOCKTXN, HEX("21") "04" "02" "fdfd00" "fdfdfe" "00", &getblocktxn), .summary = HEX("21") ", 4 tx" },
	ROW("blocktxn", BLOCKTXN, HEX("21") "02" TX_1 TX_2, &blocktxn), .summary = HEX("21") ", 2 tx" },
	{ "blocktxn bare", BTCWIRE_BLOCKTXN, NEWEST, BTCWIRE_NO_WITNESS, HEX("21") "02" TX_1_BARE TX_2, &blocktxn_bare, false, "blocktxn" },
	ROW("getcfilters", GETCFILTERS, "00" "efcdab00" HEX("41"), &getcf), .summary = "start 11259375" },
	ROW("cfilter", CFILTER, "00" HEX("42") "04" "017fa880", &cfilter), .summary = HEX("42") ", 4 bytes" },
	ROW("getcfheaders", GETCFHEADERS, "00" "efcdab00" HEX("41"), &getcf), .summary = HEX("41") },
	ROW("cfheaders", CFHEADERS, "00" HEX("43") HEX("46") "02" HEX("44") HEX("55"), &cfheaders), .summary = HEX("43") ", 2" },
	ROW("getcfcheckpt", GETCFCHECKPT, "ff" HEX("47"), &getcfcheckpt), .summary = "type 255" },
	ROW("cfcheckpt", CFCHECKPT, "00" HEX("48") "02" HEX("44") HEX("55"), &cfcheckpt), .summary = HEX("48") ", 2" },
	ROW("alert", ALERT, ALERT, &alert), .summary = "id 1015, priority 100, status See \\x1b!" },
	ROW("alert bare", ALERT, ALERT_BARE, &alert_bare), .summary = "id 0" },
	ROW("reqrecon", REQRECON, "0201" "ff7f", &reqrecon), .summary = "258, q 32767" },
	ROW("sketch", SKETCH, "08" "0102030405060708", &sketch), .summary = "capacity 2" },
	ROW("reqsketchext", REQSKETCHEXT, "", &empty), .summary = "reqsketchext" },
	ROW("reconcildiff", RECONCILDIFF, "01" "02" "01000000" "fffffffe", &reconcildiff), .summary = "success, asks for 2" },
	ROW("reconcildiff no", RECONCILDIFF, "00" "00", &reconcildiff_no), .summary = "failure, asks for 0" },
	ROW("sendpackages", SENDPACKAGES, "0300000000000000", &sendpackages), .summary = "versions 3" },
	ROW("ancpkginfo", ANCPKGINFO, "02" HEX("44") HEX("55"), &wtxids), .summary = "2" },
	ROW("getpkgtxns", GETPKGTXNS, "02" HEX("44") HEX("55"), &wtxids), .summary = "2" },
	ROW("pkgtxns", PKGTXNS, "02" TX_1 TX_2, &pkgtxns), .summary = "2" },
	{ "pkgtxns bare", BTCWIRE_PKGTXNS, NEWEST, BTCWIRE_NO_WITNESS, "02" TX_1_BARE TX_2, &pkgtxns_bare, false, "pkgtxns" },
};
/* clang-format on */
const int n_samples = (int)(sizeof(samples) / sizeof(samples[0]));
