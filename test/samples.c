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
	.code = BTCWIRE_REJECT_OBSOLETE, .reason = BYTES("too\nold") };
#define REJECT_TX "02" "7478" "41" "04" "64757374 "

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
#define HEADER_1 "feffffff" HEX("77") HEX("88") "feffffff" "ffff001d" "1dac2b7c "
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
    block = { .header = { .version = -2, .prev = HASH(0x77),
	.merkle_root = HASH(0x88), .time = 0xfffffffe, .bits = 0x1d00ffff,
	.nonce = 0x7c2bac1d }, .tx = txs, .tx_len = 2 },
    block_bare = { .header = { .version = -2, .prev = HASH(0x77),
	.merkle_root = HASH(0x88), .time = 0xfffffffe, .bits = 0x1d00ffff,
	.nonce = 0x7c2bac1d }, .tx = txs_bare, .tx_len = 2 };

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
	ROW("reject version", REJECT, "07" "76657273696f6e" "11" "07" "746f6f0a6f6c64", &reject_version), .summary = "too\\x0aold" },
	ROW("mempool", MEMPOOL, "", &empty), .summary = "mempool" },
	ROW("sendheaders", SENDHEADERS, "", &empty), .summary = "sendheaders" },
	ROW("feefilter", FEEFILTER, "e803000000000000", &feefilter), .summary = "1000" },
	ROW("wtxidrelay", WTXIDRELAY, "", &empty), .summary = "wtxidrelay" },
	ROW("sendaddrv2", SENDADDRV2, "", &empty), .summary = "sendaddrv2" },
};
/* clang-format on */
const int n_samples = (int)(sizeof(samples) / sizeof(samples[0]));
