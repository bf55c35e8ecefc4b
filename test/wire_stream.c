/*
 * Streams of v1 messages for other implementations to read, and theirs read.
 *
 * usage: wire_stream commands
 *        wire_stream limits
 *        wire_stream gen SIDE COMMAND,COMMAND... COUNT SEED > STREAM
 *        wire_stream frame COMMAND FILE... > STREAM
 *        wire_stream again < STREAM > STREAM
 *
 * commands  The names of all messages, one a line.
 * limits    What gen keeps from SIDE, one "SIDE COMMAND WHAT" a line.
 * gen       COUNT random messages of each COMMAND in turn, within what SIDE can
 *           read; "all" can read everything.
 * frame     The payloads in the files.
 * again     Each message is decoded, and encoded anew from its body.
 *
 * What SIDE cannot read, and why, stands in interop/agreement.txt.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "gen.h"
#include "msgstream.h"

#define BITS(n) ((UINT64_C(1) << (n)) - 1)

/* Structs and arrays of a body are in the generator's memory: not constant. */
static void *
own(const void *p)
{
	return (void *)(uintptr_t)p;
}

static void
keep_ascii(struct gen *g, struct btcwire_bytes *b)
{
	uint8_t *p = gen_take(g, b->len);
	size_t i;

	for (i = 0; i < b->len; i++)
		p[i] = b->data[i] & 0x7f;
	b->data = p;
}

static void
keep_amounts(const struct btcwire_tx *tx, size_t n)
{
	struct btcwire_txout *out;
	size_t i, j;

	for (i = 0; i < n; i++) {
		out = own(tx[i].out);
		for (j = 0; j < tx[i].out_len; j++)
			out[j].value %= INT64_C(1) << 53;
	}
}

/* From the version on that says whether to relay, which some always write. */
static void
version_recent(struct gen *g, void *body)
{
	struct btcwire_version *m = body;

	if (m->version < (int32_t)BTCWIRE_PVER_BIP37)
		m->version = (int32_t)(BTCWIRE_PVER_BIP37 +
		    gen_below(g, UINT32_C(1) << 30));
}

static void
version_numbers(struct gen *g, void *body)
{
	struct btcwire_version *m = body;

	(void)g;
	m->services &= BITS(32);
	m->addr_recv.services &= BITS(32);
	m->addr_from.services &= BITS(32);
	m->timestamp = (int64_t)((uint64_t)m->timestamp & BITS(53));
	m->start_height = (int32_t)((uint32_t)m->start_height & BITS(31));
}

static void
version_text(struct gen *g, void *body)
{
	struct btcwire_version *m = body;

	keep_ascii(g, &m->user_agent);
}

static void
addr_services(struct gen *g, void *body)
{
	struct btcwire_addr *m = body;
	struct btcwire_netaddr *addr = own(m->addr);
	size_t i;

	(void)g;
	for (i = 0; i < m->addr_len; i++)
		addr[i].services &= BITS(32);
}

static void
tx_amounts(struct gen *g, void *body)
{
	(void)g;
	keep_amounts(body, 1);
}

static void
block_amounts(struct gen *g, void *body)
{
	struct btcwire_block *m = body;

	(void)g;
	keep_amounts(m->tx, m->tx_len);
}

static void
blocktxn_amounts(struct gen *g, void *body)
{
	struct btcwire_blocktxn *m = body;

	(void)g;
	keep_amounts(m->tx, m->tx_len);
}

static void
cmpctblock_amounts(struct gen *g, void *body)
{
	struct btcwire_cmpctblock *m = body;
	size_t i;

	(void)g;
	for (i = 0; i < m->prefilled_len; i++)
		keep_amounts(&m->prefilled[i].tx, 1);
}

static void
reject_text(struct gen *g, void *body)
{
	struct btcwire_reject *m = body;

	keep_ascii(g, &m->command);
	keep_ascii(g, &m->reason);
}

static bool
is(struct btcwire_bytes b, const char *text)
{
	return b.len == strlen(text) && memcmp(b.data, text, b.len) == 0;
}

/* With the hash for transactions and blocks, and only for them. */
static void
reject_hash(struct gen *g, void *body)
{
	struct btcwire_reject *m = body;
	bool has_hash = is(m->command, "tx") || is(m->command, "block");

	if (has_hash && !m->has_hash)
		gen_fill(g, &m->hash, sizeof(m->hash));
	m->has_hash = has_hash;
}

static void
reject_no_hash(struct gen *g, void *body)
{
	struct btcwire_reject *m = body;

	(void)g;
	m->has_hash = false;
}

static void
filterload_update(struct gen *g, void *body)
{
	struct btcwire_filterload *m = body;

	(void)g;
	m->update %= 3;
}

static void
sendcmpct_version(struct gen *g, void *body)
{
	struct btcwire_sendcmpct *m = body;

	(void)g;
	m->version &= BITS(53);
}

static const struct limit {
	const char *side;
	enum btcwire_type type;
	const char *what;
	void (*apply)(struct gen *g, void *body);
} limits[] = {
	{ "bcoin", BTCWIRE_VERSION, "recent", version_recent },
	{ "bcoin", BTCWIRE_VERSION, "numbers", version_numbers },
	{ "bcoin", BTCWIRE_VERSION, "text", version_text },
	{ "bcoin", BTCWIRE_ADDR, "services", addr_services },
	{ "bcoin", BTCWIRE_TX, "amounts", tx_amounts },
	{ "bcoin", BTCWIRE_BLOCK, "amounts", block_amounts },
	{ "bcoin", BTCWIRE_CMPCTBLOCK, "amounts", cmpctblock_amounts },
	{ "bcoin", BTCWIRE_BLOCKTXN, "amounts", blocktxn_amounts },
	{ "bcoin", BTCWIRE_REJECT, "text", reject_text },
	{ "bcoin", BTCWIRE_REJECT, "hash", reject_hash },
	{ "bcoin", BTCWIRE_FILTERLOAD, "update", filterload_update },
	{ "bcoin", BTCWIRE_SENDCMPCT, "version", sendcmpct_version },
	{ "bitcoinlib", BTCWIRE_VERSION, "recent", version_recent },
	{ "bitcoinlib", BTCWIRE_REJECT, "hash", reject_no_hash },
};

#define N_LIMITS (sizeof(limits) / sizeof(limits[0]))

static void
write_body(enum btcwire_type type, const void *body)
{
	struct btcpeer_error err = { .text = "" };
	uint8_t *payload;
	size_t len;

	if (btcwire_body_encode_new(&payload, &len, type, body,
	    BTCWIRE_PVER_NEWEST, 0, &err) != 0)
		stream_fail("%s: %s", btcwire_command(type), err.text);
	stream_write(stdout, type, payload, len);
	free(payload);
}

static void
gen_one(struct gen *g, const char *side, enum btcwire_type type)
{
	const void *body = gen_body(g, type);
	size_t i;

	for (i = 0; i < N_LIMITS; i++)
		if (limits[i].type == type && strcmp(limits[i].side, side) == 0)
			limits[i].apply(g, own(body));
	write_body(type, body);
}

static int
gen(int argc, char **argv)
{
	enum btcwire_type types[BTCWIRE_NTYPES];
	unsigned long count, i;
	size_t n = 0, j;
	struct gen g;
	char *name, *next;

	if (argc != 4)
		return 2;
	for (name = argv[1]; name != NULL; name = next) {
		if ((next = strchr(name, ',')) != NULL)
			*next++ = '\0';
		if (n == BTCWIRE_NTYPES)
			stream_fail("more commands than there are");
		types[n++] = stream_type(name);
	}
	count = strtoul(argv[2], NULL, 10);
	gen_init(&g, strtoull(argv[3], NULL, 10));
	for (i = 0; i < count; i++)
		for (j = 0; j < n; j++)
			gen_one(&g, argv[0], types[j]);
	gen_clear(&g);
	return EXIT_SUCCESS;
}

static int
frame(int argc, char **argv)
{
	static uint8_t payload[BTCWIRE_MAX_PAYLOAD + 1];
	enum btcwire_type type;
	size_t len;
	FILE *f;
	int i;

	if (argc < 2)
		return 2;
	type = stream_type(argv[0]);
	for (i = 1; i < argc; i++) {
		if ((f = fopen(argv[i], "rb")) == NULL)
			stream_fail("cannot open %s", argv[i]);
		len = fread(payload, 1, sizeof(payload), f);
		fclose(f);
		if (len > BTCWIRE_MAX_PAYLOAD)
			stream_fail("%s: too long", argv[i]);
		stream_write(stdout, type, payload, len);
	}
	return EXIT_SUCCESS;
}

static int
again(void)
{
	struct btcwire_msg *msg;

	while ((msg = stream_read(stdin)) != NULL) {
		write_body(btcwire_msg_type(msg), btcwire_msg_body(msg));
		btcwire_msg_unref(msg);
	}
	return EXIT_SUCCESS;
}

static int
commands(void)
{
	int type;

	for (type = BTCWIRE_UNKNOWN + 1; type < BTCWIRE_NTYPES; type++)
		puts(btcwire_command((enum btcwire_type)type));
	return EXIT_SUCCESS;
}

static int
print_limits(void)
{
	size_t i;

	for (i = 0; i < N_LIMITS; i++)
		printf("%s %s %s\n", limits[i].side,
		    btcwire_command(limits[i].type), limits[i].what);
	return EXIT_SUCCESS;
}

static int
run(int argc, char **argv)
{
	if (strcmp(argv[1], "gen") == 0)
		return gen(argc - 2, argv + 2);
	if (strcmp(argv[1], "frame") == 0)
		return frame(argc - 2, argv + 2);
	if (argc != 2)
		return 2;
	if (strcmp(argv[1], "again") == 0)
		return again();
	if (strcmp(argv[1], "commands") == 0)
		return commands();
	if (strcmp(argv[1], "limits") == 0)
		return print_limits();
	return 2;
}

int
main(int argc, char **argv)
{
	int rc = argc < 2 ? 2 : run(argc, argv);

	if (rc == 2)
		fputs("usage: wire_stream commands|limits|again\n"
		    "       wire_stream gen SIDE COMMANDS COUNT SEED\n"
		    "       wire_stream frame COMMAND FILE...\n", stderr);
	if (fflush(stdout) != 0)
		stream_fail("cannot write");
	return rc;
}
