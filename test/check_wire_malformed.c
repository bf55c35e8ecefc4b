/*
 * Payloads that are refused: the code, the byte, and the sentence.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "runner.h"

#define H8(s) s s s s s s s s
#define HASH H8("aa") H8("bb") H8("cc") H8("dd")
#define ADDR26 "0100000000000000" "00000000000000000000ffff0a000001" "208d"
#define VERSION_80 "80110100" "0900000000000000" "00f1536500000000" ADDR26 \
	ADDR26 "8877665544332211"
#define HEADER "01000000" HASH HASH "00000000" "ffff001d" "00000000"
#define INPUT HASH "00000000" "00" "ffffffff"
#define OUTPUT "0000000000000000" "00"
#define TX "01000000 01" INPUT "01" OUTPUT "00000000"
#define ZERO4 "00000000"
#define ZERO16 ZERO4 ZERO4 ZERO4 ZERO4
#define A_28 ZERO16 ZERO4 ZERO4 ZERO4

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
	{ "reject reason too long", BTCWIRE_REJECT, "02 7478 10 fe01000002", BTCPEER_E_TOOBIG, 4, "33554433", 0 },
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

	{ "feature id of 3 bytes", BTCWIRE_FEATURE, "03 616263 00", BTCPEER_E_BADVALUE, 0, "feature id", 0 },
	{ "feature id empty", BTCWIRE_FEATURE, "00 00", BTCPEER_E_BADVALUE, 0, "feature id", 0 },
	{ "feature id of 81 bytes", BTCWIRE_FEATURE, "51 61", BTCPEER_E_TOOBIG, 0, "feature id length 81", 0 },
	{ "feature id with a NUL", BTCWIRE_FEATURE, "04 61620064 00", BTCPEER_E_BADVALUE, 3, "feature id", 0 },
	{ "feature id with DEL", BTCWIRE_FEATURE, "04 6162637f 00", BTCPEER_E_BADVALUE, 4, "0x7f", 0 },
	{ "feature id with a control", BTCWIRE_FEATURE, "05 1f62636465 00", BTCPEER_E_BADVALUE, 1, "0x1f", 0 },
	{ "feature id not ASCII", BTCWIRE_FEATURE, "04 61c3a964 00", BTCPEER_E_BADVALUE, 2, "0xc3", 0 },
	{ "feature data of 513 bytes", BTCWIRE_FEATURE, "04 61626364 fd0102 00", BTCPEER_E_TOOBIG, 5, "feature data length 513", 0 },
	{ "feature without data", BTCWIRE_FEATURE, "04 61626364", BTCPEER_E_SHORT, 5, "feature data", 0 },

	{ "addrv2 IPv4 of 5 bytes", BTCWIRE_ADDRV2, "01 00000000 00 01 05 0102030405 0000", BTCPEER_E_BADVALUE, 7, "address length of network 1", 0 },
	{ "addrv2 IPv4 empty", BTCWIRE_ADDRV2, "01 00000000 00 01 00 0000 00000000", BTCPEER_E_BADVALUE, 7, "address", 0 },
	{ "addrv2 IPv6 of 4 bytes", BTCWIRE_ADDRV2, "01 00000000 00 02 04 01020304 0000", BTCPEER_E_BADVALUE, 7, "network 2", 0 },
	{ "addrv2 Tor v2 of 16 bytes", BTCWIRE_ADDRV2, "01 00000000 00 03 10" ZERO16 "0000", BTCPEER_E_BADVALUE, 7, "network 3", 0 },
	{ "addrv2 Tor v3 of 10 bytes", BTCWIRE_ADDRV2, "01 00000000 00 04 0a 00000000000000000000 0000", BTCPEER_E_BADVALUE, 7, "network 4", 0 },
	{ "addrv2 I2P of 16 bytes", BTCWIRE_ADDRV2, "01 00000000 00 05 10" ZERO16 "0000", BTCPEER_E_BADVALUE, 7, "network 5", 0 },
	{ "addrv2 CJDNS of 32 bytes", BTCWIRE_ADDRV2, "01 00000000 00 06 20" HASH "0000", BTCPEER_E_BADVALUE, 7, "network 6", 0 },
	{ "addrv2 Yggdrasil of 4 bytes", BTCWIRE_ADDRV2, "01 00000000 00 07 04 02000000 0000", BTCPEER_E_BADVALUE, 7, "network 7", 0 },
	{ "addrv2 second IPv4 of 3 bytes", BTCWIRE_ADDRV2, "02 00000000 00 01 04 01020304 208d 00000000 fd0004 01 03 010203 0000", BTCPEER_E_BADVALUE, 22, "not 3", 0 },
	{ "addrv2 address of 513 bytes", BTCWIRE_ADDRV2, "01 00000000 00 aa fd0102 00", BTCPEER_E_TOOBIG, 7, "513", 0 },
	{ "addrv2 IPv4 of 513 bytes", BTCWIRE_ADDRV2, "01 00000000 00 01 fd0102 00", BTCPEER_E_TOOBIG, 7, "513", 0 },
	{ "addrv2 services noncanonical 2", BTCWIRE_ADDRV2, "01 00000000 fd0900 01 04 01020304 208d", BTCPEER_E_NONCANON, 5, "services", 0 },
	{ "addrv2 services noncanonical 4", BTCWIRE_ADDRV2, "01 00000000 feffff0000 01 04 01020304 208d", BTCPEER_E_NONCANON, 5, "services 65535", 0 },
	{ "addrv2 services noncanonical 8", BTCWIRE_ADDRV2, "01 00000000 ffffffffff00000000 01 04 01020304 208d", BTCPEER_E_NONCANON, 5, "services 4294967295", 0 },
	{ "addrv2 1001 entries", BTCWIRE_ADDRV2, "fde903", BTCPEER_E_TOOBIG, 0, "1001", 0 },
	{ "addrv2 lies", BTCWIRE_ADDRV2, "02 00000000 00 01 04 01020304 208d", BTCPEER_E_SHORT, 0, "addrv2", 0 },

	{ "merkleblock more hashes than total", BTCWIRE_MERKLEBLOCK, HEADER "01000000 02" HASH HASH "00", BTCPEER_E_TOOBIG, 84, "limit of 1", 0 },
	{ "merkleblock a hash of none", BTCWIRE_MERKLEBLOCK, HEADER "00000000 01" HASH "00", BTCPEER_E_TOOBIG, 84, "hash count 1", 0 },
	{ "merkleblock hashes lie", BTCWIRE_MERKLEBLOCK, HEADER "ff000000 04" HASH HASH HASH, BTCPEER_E_SHORT, 84, "hash count 4", 0 },
	{ "merkleblock without flags", BTCWIRE_MERKLEBLOCK, HEADER "01000000 01" HASH, BTCPEER_E_SHORT, 117, "flags", 0 },

	{ "filterload of 36001 bytes", BTCWIRE_FILTERLOAD, "fda18c 00", BTCPEER_E_TOOBIG, 0, "36001", 0 },
	{ "filterload 51 functions", BTCWIRE_FILTERLOAD, "01 ff 33000000 00000000 00", BTCPEER_E_TOOBIG, 2, "hash functions 51", 0 },
	{ "filterload 2^32-1 functions", BTCWIRE_FILTERLOAD, "00 ffffffff 00000000 00", BTCPEER_E_TOOBIG, 1, "4294967295", 0 },
	{ "filteradd of 521 bytes", BTCWIRE_FILTERADD, "fd0902 00", BTCPEER_E_TOOBIG, 0, "521", 0 },

	{ "cmpctblock 65536 short ids", BTCWIRE_CMPCTBLOCK, HEADER "0000000000000000 fe00000100", BTCPEER_E_TOOBIG, 88, "short id count 65536", 0 },
	{ "cmpctblock 65535 prefilled beside one", BTCWIRE_CMPCTBLOCK, HEADER "0000000000000000 01 000000000000 fdffff", BTCPEER_E_TOOBIG, 95, "prefilled transaction count 65535", 0 },
	{ "cmpctblock short ids lie", BTCWIRE_CMPCTBLOCK, HEADER "0000000000000000 03 000000000000 000000000000 0000000000", BTCPEER_E_SHORT, 88, "short id count 3", 0 },
	{ "cmpctblock prefilled lies", BTCWIRE_CMPCTBLOCK, HEADER "0000000000000000 00 06 00" TX, BTCPEER_E_SHORT, 89, "prefilled transaction count 6", 0 },
	{ "cmpctblock prefilled cut", BTCWIRE_CMPCTBLOCK, HEADER "0000000000000000 00 02 00" TX "00" "000000000000000000", BTCPEER_E_SHORT, 158, "lock time", 0 },
	{ "cmpctblock index 65536", BTCWIRE_CMPCTBLOCK, HEADER "0000000000000000 00 01 fe00000100" TX, BTCPEER_E_TOOBIG, 90, "prefilled index", 0 },
	{ "cmpctblock indexes beyond 65535", BTCWIRE_CMPCTBLOCK, HEADER "0000000000000000 00 02 fdfeff" TX "01" TX, BTCPEER_E_TOOBIG, 153, "65536", 0 },
	{ "cmpctblock transaction marked, no witness", BTCWIRE_CMPCTBLOCK, HEADER "0000000000000000 00 01 00 01000000 0001 01" INPUT "01" OUTPUT "00 00000000", BTCPEER_E_BADVALUE, 149, "witness", 0 },
	{ "getblocktxn 65536 indexes", BTCWIRE_GETBLOCKTXN, HASH "fe00000100", BTCPEER_E_TOOBIG, 32, "index count 65536", 0 },
	{ "getblocktxn index 65536", BTCWIRE_GETBLOCKTXN, HASH "01 fe00000100", BTCPEER_E_TOOBIG, 33, "65536", 0 },
	{ "getblocktxn indexes beyond 65535", BTCWIRE_GETBLOCKTXN, HASH "02 fdffff 00", BTCPEER_E_TOOBIG, 36, "65536", 0 },
	{ "getblocktxn indexes far beyond", BTCWIRE_GETBLOCKTXN, HASH "03 fdfeff fdffff fdffff", BTCPEER_E_TOOBIG, 36, "index", 0 },
	{ "getblocktxn index 2^64-1", BTCWIRE_GETBLOCKTXN, HASH "02 00 ffffffffffffffffff", BTCPEER_E_TOOBIG, 34, "18446744073709551615", 0 },
	{ "blocktxn transaction cut", BTCWIRE_BLOCKTXN, HASH "01 01000000 01" INPUT "01" OUTPUT "000000", BTCPEER_E_SHORT, 89, "lock time", 0 },
	{ "blocktxn flag 3", BTCWIRE_BLOCKTXN, HASH "01 01000000 0003 00000000", BTCPEER_E_BADVALUE, 38, "witness flag is 3", 0 },

	{ "cfilter lies", BTCWIRE_CFILTER, "00" HASH "05 01020304", BTCPEER_E_SHORT, 34, "filter", 0 },
	{ "cfheaders 2001", BTCWIRE_CFHEADERS, "00" HASH HASH "fdd107", BTCPEER_E_TOOBIG, 65, "2001", 0 },
	{ "cfcheckpt 100001", BTCWIRE_CFCHECKPT, "00" HASH "fea1860100", BTCPEER_E_TOOBIG, 33, "100001", 0 },

	{ "sketch of 3 bytes", BTCWIRE_SKETCH, "03 010203", BTCPEER_E_BADVALUE, 0, "multiple of 4", 0 },
	{ "sketch of 257 bytes", BTCWIRE_SKETCH, "fd0101" HASH HASH HASH HASH HASH HASH HASH HASH "00", BTCPEER_E_BADVALUE, 0, "257", 0 },
	{ "reconcildiff neither 0 nor 1", BTCWIRE_RECONCILDIFF, "02 00", BTCPEER_E_BADVALUE, 0, "success flag is 2", 0 },
	{ "reconcildiff 255", BTCWIRE_RECONCILDIFF, "ff 00", BTCPEER_E_BADVALUE, 0, "255", 0 },
	{ "reconcildiff lies", BTCWIRE_RECONCILDIFF, "01 02 01000000 020000", BTCPEER_E_SHORT, 1, "short id count 2", 0 },
	{ "ancpkginfo 65536", BTCWIRE_ANCPKGINFO, "fe00000100", BTCPEER_E_TOOBIG, 0, "65536", 0 },
	{ "getpkgtxns 101", BTCWIRE_GETPKGTXNS, "65" HASH, BTCPEER_E_TOOBIG, 0, "wtxid count 101", 0 },
	{ "pkgtxns lies", BTCWIRE_PKGTXNS, "02" "00000000000000000000 000000000000000000", BTCPEER_E_SHORT, 0, "pkgtxns", 0 },

	/* alert: the signed part is whole, what is in it is not. */
	{ "alert signed part empty", BTCWIRE_ALERT, "00 00", BTCPEER_E_SHORT, 1, "alert version", 0 },
	{ "alert signed part cut", BTCWIRE_ALERT, "1c" A_28 "00", BTCPEER_E_SHORT, 29, "cancelled id", 0 },
	{ "alert cancelled ids lie", BTCWIRE_ALERT, "21" A_28 "02 01000000 00", BTCPEER_E_SHORT, 29, "cancelled id count 2", 0 },
	{ "alert user agents lie", BTCWIRE_ALERT, "27" A_28 "00" ZERO4 ZERO4 "02 00" "00", BTCPEER_E_SHORT, 38, "user agent count 2", 0 },
	{ "alert user agent beyond the signed part", BTCWIRE_ALERT, "27" A_28 "00" ZERO4 ZERO4 "01 01" "03 010203", BTCPEER_E_SHORT, 40, "user agent", 0 },
	{ "alert comment beyond the signed part", BTCWIRE_ALERT, "2b" A_28 "00" ZERO4 ZERO4 "00" ZERO4 "02" "05 0102030405", BTCPEER_E_SHORT, 44, "comment needs 2 bytes, 0 remain", 0 },
	{ "alert comment of 65537 bytes", BTCWIRE_ALERT, "2f" A_28 "00" ZERO4 ZERO4 "00" ZERO4 "fe01000100" "00", BTCPEER_E_TOOBIG, 43, "comment length 65537", 0 },
	{ "alert status bar of 257 bytes", BTCWIRE_ALERT, "2e" A_28 "00" ZERO4 ZERO4 "00" ZERO4 "00 fd0101" "00", BTCPEER_E_TOOBIG, 44, "status bar length 257", 0 },
	{ "alert reserved of 257 bytes", BTCWIRE_ALERT, "2f" A_28 "00" ZERO4 ZERO4 "00" ZERO4 "00 00 fd0101" "00", BTCPEER_E_TOOBIG, 45, "reserved text length 257", 0 },
	{ "alert comment noncanonical", BTCWIRE_ALERT, "2d" A_28 "00" ZERO4 ZERO4 "00" ZERO4 "fd0000" "00", BTCPEER_E_NONCANON, 43, "comment", 0 },
	{ "alert without signature", BTCWIRE_ALERT, "2d" A_28 "00" ZERO4 ZERO4 "00" ZERO4 "000000", BTCPEER_E_SHORT, 46, "signature", 0 },
	{ "alert signature lies", BTCWIRE_ALERT, "2d" A_28 "00" ZERO4 ZERO4 "00" ZERO4 "000000" "03 0102", BTCPEER_E_SHORT, 47, "signature", 0 },
	{ "alert signed part lies", BTCWIRE_ALERT, "2e" A_28 "00" ZERO4 ZERO4 "00" ZERO4 "000000", BTCPEER_E_SHORT, 1, "signed part", 0 },
};
/* clang-format on */

START_TEST(refused)
{
	const char *command = btcwire_command(bad[_i].type);
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
	ck_assert_msg(strstr(err.text, bad[_i].text) != NULL &&
	    strncmp(err.text, command, strlen(command)) == 0 &&
	    err.text[strlen(command)] == ':', "%s: \"%s\"", bad[_i].name,
	    err.text);
	free(payload);
}
END_TEST

/* ---- Encoding ---------------------------------------------------------- */

/*
 * A transaction without inputs has no form beside a witness in the same
 * message.  The output of the second one here is such that its plain form also
 * reads as an extended one, of another transaction.
 */
static const uint8_t script[36] = { [34] = 1 };
static const struct btcwire_bytes item = { script, 1 };
static const struct btcwire_txin in = { .witness = &item, .witness_len = 1 };
static const struct btcwire_txout outs[] = { { 7, { NULL, 0 } },
	{ 1, { script, sizeof(script) } } };

START_TEST(no_inputs_beside_a_witness)
{
	const struct btcwire_tx txs[] = { { .in = &in, .in_len = 1 },
		{ .out = &outs[_i % 2], .out_len = 1 } };
	const struct btcwire_prefilled prefilled[] = { { 0, txs[0] },
		{ 1, txs[1] } };
	const struct btcwire_block block = { .tx = txs, .tx_len = 2 };
	const struct btcwire_blocktxn blocktxn = { .tx = txs, .tx_len = 2 };
	const struct btcwire_pkgtxns pkgtxns = { .tx = txs, .tx_len = 2 };
	const struct btcwire_cmpctblock cmpctblock = { .prefilled = prefilled,
		.prefilled_len = 2 };
	const struct {
		enum btcwire_type type;
		const void *body;
	} rows[] = { { BTCWIRE_BLOCK, &block }, { BTCWIRE_BLOCKTXN, &blocktxn },
		{ BTCWIRE_PKGTXNS, &pkgtxns },
		{ BTCWIRE_CMPCTBLOCK, &cmpctblock } };
	const char *command = btcwire_command(rows[_i / 2].type);
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;

	ck_assert_int_eq(btcwire_msg_new(&msg, rows[_i / 2].type,
	    rows[_i / 2].body, &err), BTCPEER_E_BADVALUE);
	ck_assert_ptr_null(msg);
	ck_assert_int_eq(err.code, BTCPEER_E_BADVALUE);
	ck_assert_ptr_nonnull(strstr(err.text, "input"));
	ck_assert_msg(strncmp(err.text, command, strlen(command)) == 0,
	    "\"%s\"", err.text);
}
END_TEST

#define BYTES(s) { (const uint8_t *)(s), sizeof(s) - 1 }

static const struct btcwire_feature short_id = { .id = BYTES("abc") },
    no_id, control_id = { .id = BYTES("abc\x1f") },
    latin_id = { .id = BYTES("abc\xe9") };
static const struct btcwire_netaddr2
    ipv4_as_6 = { .net = BTCWIRE_NET_IPV4, .addr = { script, 16 } },
    no_torv3 = { .net = BTCWIRE_NET_TORV3 };
static const struct btcwire_addrv2 wrong_length = { &ipv4_as_6, 1 },
    no_address = { &no_torv3, 1 };
static const uint16_t same_index[] = { 0, 5, 5 }, descending[] = { 7, 6 };
static const struct btcwire_getblocktxn twice = { .index = same_index,
	.index_len = 3 }, backwards = { .index = descending, .index_len = 2 };
static const struct btcwire_prefilled one_place[] = { { 9, { .version = 1 } },
	{ 9, { .version = 2 } } }, swapped[] = { { 9, { .version = 1 } },
	{ 8, { .version = 2 } } };
static const uint64_t wide_id[] = { 1, UINT64_C(1) << 48 },
    full_id = UINT64_MAX;
static const struct btcwire_cmpctblock
    prefilled_twice = { .prefilled = one_place, .prefilled_len = 2 },
    prefilled_backwards = { .prefilled = swapped, .prefilled_len = 2 },
    id_of_49_bits = { .short_id = wide_id, .short_id_len = 2 },
    id_of_64_bits = { .short_id = &full_id, .short_id_len = 1 };
static const struct btcwire_sketch odd_sketch = { BYTES("12345") };

static const struct {
	const char *name;
	enum btcwire_type type;
	const void *body;
	const char *text;
} unsayable[] = {
	{ "id of 3 bytes", BTCWIRE_FEATURE, &short_id, "feature id length 3" },
	{ "no id", BTCWIRE_FEATURE, &no_id, "feature id length 0" },
	{ "control in id", BTCWIRE_FEATURE, &control_id, "0x1f" },
	{ "id not ASCII", BTCWIRE_FEATURE, &latin_id, "0xe9" },
	{ "IPv4 of 16 bytes", BTCWIRE_ADDRV2, &wrong_length, "address length" },
	{ "no address", BTCWIRE_ADDRV2, &no_address, "address length" },
	{ "index twice", BTCWIRE_GETBLOCKTXN, &twice, "index 5" },
	{ "index descends", BTCWIRE_GETBLOCKTXN, &backwards, "index 6" },
	{ "prefilled twice", BTCWIRE_CMPCTBLOCK, &prefilled_twice, "index 9" },
	{ "prefilled descends", BTCWIRE_CMPCTBLOCK, &prefilled_backwards,
	  "index 8" },
	{ "49 bits", BTCWIRE_CMPCTBLOCK, &id_of_49_bits, "short id 1000000000000" },
	{ "64 bits", BTCWIRE_CMPCTBLOCK, &id_of_64_bits, "short id" },
	{ "sketch of 5 bytes", BTCWIRE_SKETCH, &odd_sketch, "multiple of 4" },
};

START_TEST(not_encoded)
{
	enum btcwire_type type = unsayable[_i].type;
	const char *command = btcwire_command(type);
	struct btcpeer_error err = { 0 };
	struct btcwire_msg *msg = NULL;
	uint8_t buf[512], *p = NULL;
	size_t n = 77;

	ck_assert_int_eq(btcwire_msg_new(&msg, type, unsayable[_i].body, &err),
	    BTCPEER_E_BADVALUE);
	ck_assert_ptr_null(msg);
	ck_assert_int_eq(err.code, BTCPEER_E_BADVALUE);
	ck_assert_msg(strncmp(err.text, command, strlen(command)) == 0 &&
	    strstr(err.text, unsayable[_i].text) != NULL, "%s: \"%s\"",
	    unsayable[_i].name, err.text);
	ck_assert_int_eq(btcwire_body_size(&n, type, unsayable[_i].body,
	    BTCWIRE_PVER_NEWEST, 0, NULL), BTCPEER_E_BADVALUE);
	ck_assert_int_eq(btcwire_body_encode(buf, &n, sizeof(buf), type,
	    unsayable[_i].body, BTCWIRE_PVER_NEWEST, 0, NULL),
	    BTCPEER_E_BADVALUE);
	ck_assert_int_eq(btcwire_body_encode_new(&p, &n, type,
	    unsayable[_i].body, BTCWIRE_PVER_NEWEST, 0, NULL),
	    BTCPEER_E_BADVALUE);
	ck_assert_uint_eq(n, 77);
	ck_assert_ptr_null(p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_malformed");
	TCase *tc = add_tcase(s, "rows");

	tcase_add_loop_test(tc, refused, 0, N_ROWS(bad));
	tc = add_tcase(s, "encoding");
	tcase_add_loop_test(tc, no_inputs_beside_a_witness, 0, 8);
	tcase_add_loop_test(tc, not_encoded, 0, N_ROWS(unsayable));
	return run_suite(s);
}
