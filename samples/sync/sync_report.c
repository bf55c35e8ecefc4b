#include "sync_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "../common/lossy.h"

/* The figures, whichever form they are shown in. */
struct figures {
	uint32_t height;
	char tip[BTCWIRE_HASH_HEX];
	uint64_t blocks;
	uint64_t bytes;
	double seconds;
};

/* After a failure the tip is the last block verified, or the last header. */
static void
collect(struct figures *f, const struct session *s)
{
	f->height = s->args->headers_only ? s->view.headers : s->view.height;
	btcwire_hash_to_hex(f->tip, &s->tree.node[s->tip != TREE_NONE
	    ? s->tip : s->tree.chain[f->height]].hash);
	f->blocks = s->view.blocks;
	f->bytes = s->stats.bytes_received;
	f->seconds = (double)(s->end_ms - s->start_ms) / 1000;
}

static void
print_line(const struct figures *f, const struct btcpeer_stats *stats)
{
	const char *c;

	printf("height %" PRIu32 " tip %s blocks %" PRIu64 " bytes %" PRIu64
	    " seconds %.3f agent \"", f->height, f->tip, f->blocks, f->bytes,
	    f->seconds);
	/* Control characters were escaped by the library. */
	for (c = stats->user_agent; *c != '\0'; c++) {
		if (*c == '"')
			putchar('\\');
		putchar(*c);
	}
	printf("\" version %" PRIu32 " services 0x%" PRIx64 " ping_ms ",
	    stats->remote_version, stats->services);
	if (stats->ping_last_us > 0)
		printf("%.3f\n", (double)stats->ping_last_us / 1000);
	else
		puts("-");
}

/* To microseconds: more would be noise. */
static json_t *
number(double value)
{
	return json_real((double)(int64_t)(value * 1e6 + 0.5) / 1e6);
}

static json_t *
services(uint64_t bits)
{
	return bits <= INT64_MAX ? json_integer((json_int_t)bits)
	    : json_real((double)bits);
}

/* What is not known is null. */
static bool
print_json(const struct figures *f, const struct session *s, bool reached)
{
	const struct btcpeer_stats *st = &s->stats;
	bool known = st->version_known;
	json_t *o = json_object();
	char *text = NULL;
	int bad = 0;

	bad |= json_object_set_new(o, "ok", json_boolean(reached));
	if (!reached)
		bad |= json_object_set_new(o, "error", lossy_string(s->error));
	bad |= json_object_set_new(o, "height",
	    json_integer((json_int_t)f->height));
	bad |= json_object_set_new(o, "tip", json_string(f->tip));
	bad |= json_object_set_new(o, "blocks",
	    json_integer((json_int_t)f->blocks));
	bad |= json_object_set_new(o, "bytes",
	    json_integer((json_int_t)f->bytes));
	bad |= json_object_set_new(o, "seconds", number(f->seconds));
	bad |= json_object_set_new(o, "user_agent",
	    known ? json_string(st->user_agent) : json_null());
	bad |= json_object_set_new(o, "version",
	    known ? json_integer(st->remote_version) : json_null());
	bad |= json_object_set_new(o, "services",
	    known ? services(st->services) : json_null());
	bad |= json_object_set_new(o, "ping_ms", st->ping_last_us > 0
	    ? number((double)st->ping_last_us / 1000) : json_null());
	if (bad == 0)
		text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER |
		    JSON_REAL_PRECISION(15));
	if (text != NULL)
		puts(text);
	bad = text == NULL;
	free(text);
	json_decref(o);
	return !bad;
}

static bool
print_json_tip(const struct session_tip *tip, const char *hex)
{
	json_t *o = json_pack("{ss sI ss sI sI}", "event", "tip",
	    "height", (json_int_t)tip->height, "tip", hex,
	    "left", (json_int_t)tip->left,
	    "blocks", (json_int_t)tip->blocks);
	char *text = o == NULL ? NULL
	    : json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
	bool good = text != NULL && puts(text) >= 0;

	free(text);
	json_decref(o);
	return good;
}

bool
sync_report_tip(const struct sync_args *args, const struct session_tip *tip)
{
	char hex[BTCWIRE_HASH_HEX];
	bool good;

	btcwire_hash_to_hex(hex, &tip->hash);
	if (args->json)
		good = print_json_tip(tip, hex);
	else
		good = printf("tip %s height %" PRIu32 " left %" PRIu32
		    " blocks %" PRIu64 "\n", hex, tip->height, tip->left,
		    tip->blocks) > 0;
	return good && fflush(stdout) == 0;
}

int
sync_report(const struct session *s, bool reached)
{
	struct figures f;
	bool good = true;

	collect(&f, s);
	if (s->args->json)
		good = print_json(&f, s, reached);
	else if (reached)
		print_line(&f, &s->stats);
	if (!reached)
		fprintf(stderr, "btcpeer-sync: %s.\n", s->error);
	if (good && fflush(stdout) == 0 && ferror(stdout) == 0)
		return reached ? 0 : 1;
	if (reached)
		fputs("btcpeer-sync: cannot write the result to standard "
		    "output.\n", stderr);
	return 1;
}
