#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "blocks.h"
#include "frames.h"
#include "remote.h"
#include "runner.h"
#include "system.h"

/*
 * btcpeer-sync and a server that does one thing wrong: it is noticed, named in
 * one sentence, and what came before is kept.
 */

#define BLOCKS 445
#define BAD    440	/* height of the block that is wrong; has witnesses */

enum fault {
	NOTHING,
	/* in the handshake */
	SAYS_NOTHING, NO_VERSION, OLD_VERSION, OTHER_MAGIC,
	/* in headers */
	NO_HEADERS, GAP, UNKNOWN_PARENT, NO_WORK, TOO_FEW,
	/* in blocks */
	NO_BLOCKS, MERKLE, WITNESS_BYTE, NO_WITNESS, NOT_FOUND, ONLY_FIRST,
	NOT_A_BLOCK, CHECKSUM, TOO_LONG, HALF_A_BLOCK,
	/* not wrong */
	NOT_ASKED
};

static struct node node;
static struct blocks chain;
static struct remote r;
static int listener;
static uint16_t port;

static void
setup(void)
{
	const char *file = scratch("chain");
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	(void)unlink(file);
	node_start(&node, "--mine", "445", "--txs", "3", "--quiet", NULL);
	sync_all(&node, file, BLOCKS);
	blocks_read(&chain, file);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sin, sizeof(sin)),
	    0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&sin, &len),
	    0);
	port = ntohs(sin.sin_port);
}

static void
teardown(void)
{
	close(listener);
	blocks_clear(&chain);
	node_quit(&node);
}

/* ---- The server -------------------------------------------------------- */

static void
accept_remote(void)
{
	struct timeval minute = { .tv_sec = 60 };
	int fd = accept(listener, NULL, NULL);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &minute,
	    sizeof(minute)), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &minute,
	    sizeof(minute)), 0);
	remote_init(&r, fd);
}

static void
send_version(enum fault fault)
{
	struct btcwire_version v = { .version = fault == OLD_VERSION
	    ? 100 : (int)BTCWIRE_PVER_NEWEST,
	    .services = BTCWIRE_NODE_NETWORK | BTCWIRE_NODE_WITNESS,
	    .timestamp = 1700000000, .nonce = 4711,
	    .start_height = fault == TOO_FEW ? 1000 : BLOCKS, .relay = true };

	if (fault == SAYS_NOTHING)
		return;
	if (fault == OTHER_MAGIC) {
		remote_bytes(&r, btcwire_chain(BTCWIRE_SIGNET)->magic, 4);
		remote_bytes(&r, "verack\0\0\0\0\0\0\0\0\0\0\x5d\xf6\xe0\xe2",
		    20);
		return;
	}
	if (fault != NO_VERSION)
		remote_msg(&r, BTCWIRE_VERSION, &v);
	remote_msg(&r, BTCWIRE_VERACK, NULL);
}

/* The header of a block, with another nonce and so with too little work. */
static void
spoil_work(uint8_t *raw)
{
	struct btcwire_header header;
	struct btcwire_msg *msg;
	uint8_t one[82] = { 1 };
	int rc;

	do {
		raw[76]++;	/* the nonce */
		memcpy(one + 1, raw, 80);
		ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_HEADERS, one,
		    sizeof(one), BTCWIRE_PVER_NEWEST, 0, NULL), 0);
		header = btcwire_headers_of(msg)->header[0];
		btcwire_msg_unref(msg);
		rc = btcwire_header_check(&header,
		    btcwire_chain(BTCWIRE_REGTEST), NULL);
	} while (rc == 0);
}

/* Answer getheaders: all headers after the first hash of its locator. */
static void
send_headers(enum fault fault)
{
	static uint8_t buf[3 + 81 * BLOCKS];
	uint8_t *at = buf + 3;
	size_t i = 0, from, n;

	if (fault == NO_HEADERS)
		return;
	/* version, count, hashes */
	while (i < chain.n && memcmp(chain.rec[i].hash.b, r.payload + 5,
	    32) != 0)
		i++;
	from = i < chain.n ? i + 1 : fault == UNKNOWN_PARENT ? 100 : 0;
	for (i = from; i < chain.n; i++) {
		if (fault == GAP && i == 20)
			continue;
		memcpy(at, blocks_data(&chain, i), 80);
		if (fault == NO_WORK && i + 1 == chain.n)
			spoil_work(at);
		at[80] = 0;
		at += 81;
	}
	n = (size_t)(at - buf - 3) / 81;
	buf[0] = 0xfd;
	buf[1] = (uint8_t)n;
	buf[2] = (uint8_t)(n >> 8);
	if (n >= 0xfd) {
		remote_frame(&r, "headers", buf, (size_t)(at - buf));
	} else {
		buf[2] = (uint8_t)n;
		remote_frame(&r, "headers", buf + 2, (size_t)(at - buf) - 2);
	}
}

/* The frame's header as it should be, and what follows it. */
static void
send_spoiled_frame(enum fault fault, uint8_t *raw, size_t len)
{
	uint8_t head[BTCWIRE_FRAME_HEADER];
	struct btcwire_hash sum;

	btcwire_sha256d(&sum, raw, len);
	sum.b[0] ^= fault == CHECKSUM;
	frames_head(head, btcwire_chain(BTCWIRE_REGTEST)->magic, "block",
	    fault == TOO_LONG ? BTCWIRE_MAX_PAYLOAD + 1 : len, sum.b);
	remote_bytes(&r, head, sizeof(head));
	remote_bytes(&r, raw, fault == HALF_A_BLOCK ? len / 2 : len);
	if (fault == HALF_A_BLOCK)
		shutdown(r.fd, SHUT_WR);
}

static void
send_block(size_t i)
{
	remote_frame(&r, "block", blocks_data(&chain, i), chain.rec[i].len);
}

/* The first witness in the last transaction of a decoded block. */
static size_t
witness_offset(struct btcwire_msg *msg)
{
	const struct btcwire_block *block = btcwire_block_of(msg);
	const struct btcwire_txin *in = block->tx[block->tx_len - 1].in;

	ck_assert_uint_gt(in->witness_len, 0);
	ck_assert_uint_gt(in->witness[0].len, 0);
	return (size_t)(in->witness[0].data - btcwire_msg_raw(msg, NULL).data);
}

/* The one block that is wrong. */
static void
send_bad_block(enum fault fault, const struct btcwire_invvect *asked)
{
	size_t len = chain.rec[BAD - 1].len;
	struct btcwire_inv inv = { .vec = asked, .vec_len = 1 };
	struct btcwire_bytes stripped;
	struct btcwire_msg *msg;
	uint8_t *raw = exact_copy(blocks_data(&chain, BAD - 1), len);

	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_BLOCK, raw, len,
	    BTCWIRE_PVER_NEWEST, 0, NULL), 0);
	if (fault == NOT_FOUND) {
		remote_msg(&r, BTCWIRE_NOTFOUND, &inv);
	} else if (fault == NO_WITNESS) {
		ck_assert_int_eq(btcwire_msg_payload(&stripped, msg,
		    BTCWIRE_PVER_NEWEST, BTCWIRE_NO_WITNESS), 0);
		ck_assert_uint_lt(stripped.len, len);
		remote_frame(&r, "block", stripped.data, stripped.len);
	} else if (fault == CHECKSUM || fault == TOO_LONG ||
	    fault == HALF_A_BLOCK) {
		send_spoiled_frame(fault, raw, len);
	} else {
		if (fault == MERKLE)
			raw[len - 1] ^= 1;	/* the last lock time */
		else if (fault == WITNESS_BYTE)
			raw[witness_offset(msg)] ^= 1;
		else if (fault == NOT_A_BLOCK)
			raw[80] = 0xfc;		/* transactions */
		remote_frame(&r, "block", raw, len);
	}
	btcwire_msg_unref(msg);
	free(raw);
}

/* Answer getdata. */
static void
send_blocks(enum fault fault)
{
	const struct btcwire_inv *inv;
	struct btcwire_msg *msg;
	size_t i, k;

	if (fault == NO_BLOCKS)
		return;
	ck_assert_int_eq(btcwire_decode(&msg, BTCWIRE_GETDATA, r.payload,
	    r.len, BTCWIRE_PVER_NEWEST, 0, NULL), 0);
	inv = btcwire_getdata_of(msg);
	for (k = 0; k < inv->vec_len; k++) {
		ck_assert_uint_eq(inv->vec[k].type, BTCWIRE_INV_WITNESS_BLOCK);
		for (i = 0; i < chain.n; i++)
			if (btcwire_hash_equal(&chain.rec[i].hash,
			    &inv->vec[k].hash))
				break;
		ck_assert_uint_lt(i, chain.n);
		if (fault == NOT_ASKED)
			send_block(chain.n - 1);
		if (fault == ONLY_FIRST)
			send_block(0);
		else if (i + 1 == BAD && fault != NOTHING && fault != NOT_ASKED)
			send_bad_block(fault, &inv->vec[k]);
		else
			send_block(i);
	}
	btcwire_msg_unref(msg);
}

/* Serve one connection to its end. */
static void
serve(enum fault fault)
{
	accept_remote();
	while (remote_read(&r)) {
		if (strcmp(r.command, "version") == 0)
			send_version(fault);
		else if (strcmp(r.command, "getheaders") == 0)
			send_headers(fault);
		else if (strcmp(r.command, "getdata") == 0)
			send_blocks(fault);
		else if (strcmp(r.command, "ping") == 0)
			remote_frame(&r, "pong", r.payload, r.len);
	}
	remote_clear(&r);
}

/* ---- The cases --------------------------------------------------------- */

static const struct {
	const char *name;
	enum fault fault;
	const char *timeout;
	unsigned kept;		/* blocks in the file afterwards */
	const char *text[2];	/* what the sentence must contain */
} cases[] = {
	{ "says nothing", SAYS_NOTHING, "0.3", 0,
	    { "handshake failed", "not finished in time" } },
	{ "no version", NO_VERSION, "60", 0,
	    { "handshake failed", "version" } },
	{ "old version", OLD_VERSION, "60", 0,
	    { "handshake failed", "protocol version too old" } },
	{ "other network", OTHER_MAGIC, "60", 0,
	    { "handshake failed", "magic 0a03cf40" } },
	{ "no headers", NO_HEADERS, "1.5", 0,
	    { "no headers came for 1.5 seconds", "height 0" } },
	{ "gap", GAP, "60", 0, { "number 21 does not link", "" } },
	{ "unknown parent", UNKNOWN_PARENT, "60", 0,
	    { "link to no block known", "" } },
	{ "no work", NO_WORK, "60", 0, { "bad header", "hash" } },
	{ "too few headers", TOO_FEW, "1.5", 0,
	    { "has height 1000", "no headers after height 445" } },
	{ "no blocks", NO_BLOCKS, "1.5", 0,
	    { "no blocks came for 1.5 seconds", "" } },
	{ "only the first block", ONLY_FIRST, "1.5", 1,
	    { "no blocks came for 1.5 seconds", "" } },
	{ "merkle root", MERKLE, "60", BAD - 1,
	    { "bad block", "at height 440: block: wrong merkle root" } },
	{ "witness byte", WITNESS_BYTE, "60", BAD - 1,
	    { "at height 440", "witness commitment" } },
	{ "no witness", NO_WITNESS, "60", BAD - 1,
	    { "at height 440", "witness" } },
	{ "not found", NOT_FOUND, "60", BAD - 1,
	    { "does not have block", "at height 440" } },
	{ "not a block", NOT_A_BLOCK, "60", BAD - 1,
	    { "block", "439 blocks up to height 439 are in" } },
	{ "checksum", CHECKSUM, "60", BAD - 1, { "checksum", "" } },
	{ "too long", TOO_LONG, "60", BAD - 1,
	    { "4000001", "439 blocks" } },
	{ "half a block", HALF_A_BLOCK, "60", BAD - 1,
	    { "connection closed by the remote", "439 blocks" } }
};

/* The file holds what came before, and an honest node finishes it. */
START_TEST(fault_is_named)
{
	const char *out = scratch("out");
	char *sentence;
	struct blocks b;
	struct proc p;
	size_t i;

	(void)unlink(out);
	sync_start(&p, port, "--out", out, "--timeout", cases[_i].timeout,
	    NULL);
	serve(cases[_i].fault);
	ck_assert_int_eq(proc_end(&p), 1);
	ck_assert_uint_eq(p.out.len, 0);
	sentence = sync_sentence(&p);
	printf("%s: %s\n", cases[_i].name, sentence);
	for (i = 0; i < 2; i++)
		ck_assert_msg(strstr(sentence, cases[_i].text[i]) != NULL,
		    "%s: %s", cases[_i].name, sentence);
	free(sentence);
	proc_free(&p);
	blocks_read(&b, out);
	ck_assert_uint_eq(b.whole, b.len);
	ck_assert_uint_eq(b.n, cases[_i].kept);
	blocks_clear(&b);
	sync_all(&node, out, BLOCKS - cases[_i].kept);
	blocks_read(&b, out);
	ck_assert_uint_eq(b.n, BLOCKS);
	blocks_clear(&b);
}
END_TEST

/* A server without a fault, and one that also sends what nobody asked for. */
START_TEST(honest_server)
{
	const char *out = scratch("out");
	struct sync_result result;
	struct blocks b;
	struct proc p;

	(void)unlink(out);
	sync_start(&p, port, "--out", out, NULL);
	serve(_i == 0 ? NOTHING : NOT_ASKED);
	sync_success(&result, &p);
	ck_assert_str_eq(result.tip, node.tip);
	ck_assert_uint_eq(result.blocks, BLOCKS);
	blocks_read(&b, out);
	ck_assert_uint_eq(b.n, BLOCKS);
	blocks_clear(&b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("system_bad");
	TCase *tc = add_tcase(s, "bad");

	tcase_add_unchecked_fixture(tc, scratch_make, scratch_remove);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, honest_server, 0, 2);
	tcase_add_loop_test(tc, fault_is_named, 0, N_ROWS(cases));
	return run_suite(s);
}
