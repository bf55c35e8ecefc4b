#include "config.h"

#include "layout.h"
#include "runner.h"

/* CompactSize has this bound wherever it sizes something (Bitcoin Core). */
#define MAX_SIZE UINT64_C(0x02000000)

struct walk {
	struct layout *l;
	const uint8_t *p;
	size_t at, len;
	uint32_t pver, flags;
	int inside;
	enum field_end end;	/* of the next field */
};

static struct field *
add(struct walk *w, const char *name, enum field_kind kind, size_t width)
{
	struct layout *l = w->l;
	struct field *f;

	ck_assert_msg(width <= w->len - w->at, "%s does not fit", name);
	if ((l->n & (l->n + 1)) == 0) {	/* full at 1, 3, 7 ... */
		l->field = realloc(l->field,
		    (2 * (size_t)l->n + 1) * sizeof(*l->field));
		ck_assert_ptr_nonnull(l->field);
	}
	f = &l->field[l->n++];
	*f = (struct field){ .name = name, .kind = kind, .end = w->end,
		.offset = w->at, .width = width, .inside = w->inside };
	w->end = END_NEVER;
	w->at += width;
	return f;
}

static const uint8_t *
fixed(struct walk *w, const char *name, size_t width)
{
	const uint8_t *p = w->p + w->at;

	add(w, name, FIELD_FIXED, width);
	return p;
}

static uint64_t
compact(struct walk *w, const char *name, enum field_kind kind, uint64_t max,
    size_t min_item, size_t item_size)
{
	const uint8_t *p = w->p + w->at;
	size_t width, i;
	struct field *f;
	uint64_t n = 0;

	ck_assert_msg(w->at < w->len, "%s does not fit", name);
	width = *p < 0xfd ? 1 : (size_t)1 + ((size_t)1 << (*p - 0xfc));
	f = add(w, name, kind, width);
	for (i = width - 1; i > 0; i--)
		n = n << 8 | p[i];
	f->n = n = width == 1 ? *p : n;
	f->max = max;
	f->min_item = min_item;
	f->item_size = item_size;
	ck_assert_msg(n <= max, "%s is over %llu", name,
	    (unsigned long long)max);
	return n;
}

static size_t
count(struct walk *w, const char *name, uint64_t max, size_t min_item,
    size_t item_size)
{
	return (size_t)compact(w, name, FIELD_COUNT, max, min_item, item_size);
}

static struct btcwire_bytes
bytes(struct walk *w, const char *name, uint64_t max)
{
	struct btcwire_bytes b;

	b.len = (size_t)compact(w, name, FIELD_LENGTH, max, 0, 0);
	b.data = w->p + w->at;
	add(w, name, FIELD_BYTES, b.len);
	return b;
}

/* A count and so many hashes, which come as a view. */
static void
hashes(struct walk *w, const char *name, uint64_t max)
{
	size_t n = count(w, name, max, 32, 0);

	while (n-- > 0)
		fixed(w, name, 32);
}

static void
walk_empty(struct walk *w)
{
	(void)w;
}

static void
walk_netaddr(struct walk *w)
{
	fixed(w, "address services", 8);
	fixed(w, "address", 16);
	fixed(w, "port", 2);
}

static void
walk_version(struct walk *w)
{
	fixed(w, "version", 4);
	fixed(w, "services", 8);
	fixed(w, "timestamp", 8);
	walk_netaddr(w);
	w->end = END_BEFORE;
	if (w->at == w->len)
		return;
	walk_netaddr(w);
	fixed(w, "nonce", 8);
	w->end = END_BEFORE;
	if (w->at == w->len)
		return;
	bytes(w, "user agent", 256);
	w->end = END_BEFORE;
	if (w->at == w->len)
		return;
	fixed(w, "start height", 4);
	w->end = END_BEFORE;
	if (w->at < w->len)
		fixed(w, "relay flag", 1);
}

static void
walk_ping(struct walk *w)
{
	if (w->pver > 60000)
		fixed(w, "nonce", 8);
}

static void
walk_inv(struct walk *w)
{
	size_t n = count(w, "inventory", 50000, 36, 36);

	while (n-- > 0) {
		fixed(w, "inventory", 4);
		fixed(w, "inventory", 32);
	}
}

static void
walk_locator(struct walk *w)
{
	fixed(w, "version", 4);
	hashes(w, "locator", 500);
	fixed(w, "stop hash", 32);
}

static void
walk_header(struct walk *w)
{
	fixed(w, "header version", 4);
	fixed(w, "previous hash", 32);
	fixed(w, "merkle root", 32);
	fixed(w, "header time", 4);
	fixed(w, "bits", 4);
	fixed(w, "header nonce", 4);
}

static void
walk_headers(struct walk *w)
{
	size_t n = count(w, "header", 2000, 81, sizeof(struct btcwire_header));

	while (n-- > 0) {
		walk_header(w);
		compact(w, "transaction", FIELD_NUMBER, MAX_SIZE, 0, 0);
	}
}

static void
walk_witness(struct walk *w)
{
	size_t n = count(w, "witness item", MAX_SIZE, 1,
	    sizeof(struct btcwire_bytes));

	while (n-- > 0)
		bytes(w, "witness item", MAX_SIZE);
}

static void
walk_tx(struct walk *w)
{
	size_t inputs, outputs, i;
	bool marked = false;

	fixed(w, "transaction version", 4);
	if (!(w->flags & BTCWIRE_NO_WITNESS) && w->len - w->at > 1)
		marked = w->p[w->at] == 0 && w->p[w->at + 1] == 1;
	if (marked) {
		fixed(w, "input", 1);
		fixed(w, "witness flag", 1);
	}
	inputs = count(w, "input", MAX_SIZE, 41, sizeof(struct btcwire_txin));
	for (i = 0; i < inputs; i++) {
		fixed(w, "previous txid", 32);
		fixed(w, "previous index", 4);
		bytes(w, "input script", MAX_SIZE);
		fixed(w, "sequence", 4);
	}
	outputs = count(w, "output", MAX_SIZE, 9,
	    sizeof(struct btcwire_txout));
	for (i = 0; i < outputs; i++) {
		fixed(w, "value", 8);
		bytes(w, "output script", MAX_SIZE);
	}
	for (i = 0; marked && i < inputs; i++)
		walk_witness(w);
	fixed(w, "lock time", 4);
}

static void
walk_txs(struct walk *w)
{
	size_t n = count(w, "transaction", MAX_SIZE, 10,
	    sizeof(struct btcwire_tx));

	while (n-- > 0)
		walk_tx(w);
}

static void
walk_block(struct walk *w)
{
	walk_header(w);
	walk_txs(w);
}

static void
walk_addr(struct walk *w)
{
	bool has_time = w->pver >= 31402;
	size_t n = count(w, "address", 1000, has_time ? 30 : 26,
	    sizeof(struct btcwire_netaddr));

	while (n-- > 0) {
		if (has_time)
			fixed(w, "address time", 4);
		walk_netaddr(w);
	}
}

static void
walk_reject(struct walk *w)
{
	struct btcwire_bytes command = bytes(w, "command", 12);
	bool calls_for_hash;

	calls_for_hash = (command.len == 2 &&
	    memcmp(command.data, "tx", 2) == 0) || (command.len == 5 &&
	    memcmp(command.data, "block", 5) == 0);
	fixed(w, "code", 1);
	bytes(w, "reason", MAX_SIZE);
	w->end = calls_for_hash ? END_BEFORE : END_WITHIN;
	if (w->len - w->at >= 32)
		fixed(w, "hash", 32);
}

static void
walk_feefilter(struct walk *w)
{
	fixed(w, "fee rate", 8);
}

static void
walk_feature(struct walk *w)
{
	bytes(w, "feature id", 80);
	bytes(w, "feature data", 512);
}

static void
walk_sendtxrcncl(struct walk *w)
{
	fixed(w, "reconciliation version", 4);
	fixed(w, "salt", 8);
}

static void
walk_addrv2(struct walk *w)
{
	size_t n = count(w, "address", 1000, 4 + 1 + 1 + 1 + 2,
	    sizeof(struct btcwire_netaddr2));

	while (n-- > 0) {
		fixed(w, "address time", 4);
		compact(w, "address services", FIELD_NUMBER, UINT64_MAX, 0, 0);
		fixed(w, "network", 1);
		bytes(w, "address", 512);
		fixed(w, "port", 2);
	}
}

static uint64_t
le32(const uint8_t *p)
{
	return (uint64_t)p[3] << 24 | (uint64_t)p[2] << 16 |
	    (uint64_t)p[1] << 8 | p[0];
}

static void
walk_merkleblock(struct walk *w)
{
	uint64_t total;

	walk_header(w);
	total = le32(fixed(w, "transactions", 4));
	hashes(w, "hash", total < MAX_SIZE ? total : MAX_SIZE);
	bytes(w, "flags", MAX_SIZE);
}

static void
walk_filterload(struct walk *w)
{
	bytes(w, "filter", 36000);
	fixed(w, "hash functions", 4);
	fixed(w, "tweak", 4);
	fixed(w, "update flags", 1);
}

static void
walk_filteradd(struct walk *w)
{
	bytes(w, "data", 520);
}

static void
walk_sendcmpct(struct walk *w)
{
	fixed(w, "announce flag", 1);
	fixed(w, "compact block version", 8);
}

/* The distance of a place from the one before it. */
static uint64_t
index_after(struct walk *w, const char *name, uint64_t next)
{
	return next + 1 + compact(w, name, FIELD_NUMBER, 65535 - next, 0, 0);
}

static void
walk_cmpctblock(struct walk *w)
{
	size_t ids, n, i;
	uint64_t next = 0;

	walk_header(w);
	fixed(w, "nonce", 8);
	ids = count(w, "short id", 65535, 6, sizeof(uint64_t));
	for (i = 0; i < ids; i++)
		fixed(w, "short id", 6);
	n = count(w, "prefilled transaction", 65535 - ids, 11,
	    sizeof(struct btcwire_prefilled));
	for (i = 0; i < n; i++) {
		next = index_after(w, "prefilled index", next);
		walk_tx(w);
	}
}

static void
walk_getblocktxn(struct walk *w)
{
	uint64_t next = 0;
	size_t n;

	fixed(w, "block hash", 32);
	n = count(w, "index", 65535, 1, sizeof(uint16_t));
	while (n-- > 0)
		next = index_after(w, "index", next);
}

static void
walk_blocktxn(struct walk *w)
{
	fixed(w, "block hash", 32);
	walk_txs(w);
}

static void
walk_getcf(struct walk *w)
{
	fixed(w, "filter type", 1);
	fixed(w, "start height", 4);
	fixed(w, "stop hash", 32);
}

static void
walk_cfilter(struct walk *w)
{
	fixed(w, "filter type", 1);
	fixed(w, "block hash", 32);
	bytes(w, "filter", MAX_SIZE);
}

static void
walk_cfheaders(struct walk *w)
{
	fixed(w, "filter type", 1);
	fixed(w, "stop hash", 32);
	fixed(w, "previous filter header", 32);
	hashes(w, "filter hash", 2000);
}

static void
walk_getcfcheckpt(struct walk *w)
{
	fixed(w, "filter type", 1);
	fixed(w, "stop hash", 32);
}

static void
walk_cfcheckpt(struct walk *w)
{
	fixed(w, "filter type", 1);
	fixed(w, "stop hash", 32);
	hashes(w, "filter header", 100000);
}

static void
walk_signed_part(struct walk *w)
{
	size_t n;

	fixed(w, "alert version", 4);
	fixed(w, "relay time", 8);
	fixed(w, "expiration", 8);
	fixed(w, "id", 4);
	fixed(w, "cancel", 4);
	n = count(w, "cancelled id", MAX_SIZE, 4, sizeof(int32_t));
	while (n-- > 0)
		fixed(w, "cancelled id", 4);
	fixed(w, "least version", 4);
	fixed(w, "greatest version", 4);
	n = count(w, "user agent", MAX_SIZE, 1, sizeof(struct btcwire_bytes));
	while (n-- > 0)
		bytes(w, "user agent", MAX_SIZE);
	fixed(w, "priority", 4);
	bytes(w, "comment", 65536);
	bytes(w, "status bar", 256);
	bytes(w, "reserved text", 256);
}

static void
walk_alert(struct walk *w)
{
	struct btcwire_bytes part = bytes(w, "signed part", MAX_SIZE);
	size_t end = w->at, len = w->len;

	w->at = end - part.len;
	w->len = end;
	w->inside = w->l->n - 2;
	walk_signed_part(w);
	w->inside = -1;
	w->at = end;
	w->len = len;
	bytes(w, "signature", MAX_SIZE);
}

static void
walk_reqrecon(struct walk *w)
{
	fixed(w, "set size", 2);
	fixed(w, "coefficient", 2);
}

static void
walk_sketch(struct walk *w)
{
	bytes(w, "sketch", MAX_SIZE);
}

static void
walk_reconcildiff(struct walk *w)
{
	size_t n;

	fixed(w, "success flag", 1);
	n = count(w, "short id", MAX_SIZE, 4, sizeof(uint32_t));
	while (n-- > 0)
		fixed(w, "short id", 4);
}

static void
walk_sendpackages(struct walk *w)
{
	fixed(w, "package versions", 8);
}

static void
walk_wtxids(struct walk *w)
{
	(void)w;	/* the limit goes by the message: see layout_init() */
}

static void
walk_pkgtxns(struct walk *w)
{
	walk_txs(w);
}

void
layout_init(struct layout *l, enum btcwire_type type, const uint8_t *p,
    size_t len, uint32_t pver, uint32_t flags)
{
	static void (*const walks[BTCWIRE_NTYPES])(struct walk *) = {
#define XX(upper, name, body) [BTCWIRE_##upper] = walk_##body,
		BTCWIRE_MSG_MAP(XX)
#undef XX
	};
	struct walk w = { .l = l, .p = p, .len = len, .pver = pver,
		.flags = flags, .inside = -1 };

	*l = (struct layout){ NULL, 0, 0 };
	if (type == BTCWIRE_ANCPKGINFO)
		hashes(&w, "wtxid", 65535);
	else if (type == BTCWIRE_GETPKGTXNS)
		hashes(&w, "wtxid", 100);
	else
		walks[type](&w);
	l->end = w.at;
}

void
layout_clear(struct layout *l)
{
	free(l->field);
	l->field = NULL;
	l->n = 0;
}

const struct field *
layout_cut(const struct layout *l, size_t cut)
{
	const struct field *f;
	size_t after;
	int i;

	for (i = 0; i < l->n; i++) {
		f = &l->field[i];
		after = f->offset + f->width;
		if (after > cut || (f->kind == FIELD_COUNT &&
		    f->n * f->min_item > cut - after))
			return f;
	}
	return NULL;
}

uint8_t *
layout_replace(const struct layout *l, const struct field *f, const uint8_t *p,
    size_t len, const uint8_t *with, size_t n, size_t *new_len, size_t *at)
{
	const struct field *outer = f->inside >= 0 ? &l->field[f->inside] :
	    NULL;
	uint8_t *out = malloc(len + n + 9), *q = out;
	size_t from = 0, after = f->offset + f->width;

	ck_assert_ptr_nonnull(out);
	if (outer != NULL) {
		memcpy(q, p, outer->offset);
		q += outer->offset;
		q += put_compact(q, outer->n - f->width + n);
		from = outer->offset + outer->width;
	}
	memcpy(q, p + from, f->offset - from);
	q += f->offset - from;
	*at = (size_t)(q - out);
	if (n > 0)
		memcpy(q, with, n);
	q += n;
	if (len > after)
		memcpy(q, p + after, len - after);
	q += len - after;
	*new_len = (size_t)(q - out);
	return out;
}
