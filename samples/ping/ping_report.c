#include "ping_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "../common/interrupt.h"
#include "../common/lossy.h"
#include "../common/services.h"
#include "../common/streams.h"

#define LINES_TEXT 4096	/* room for whatever a handshake tells */

static bool
is_interrupted(void *arg)
{
	(void)arg;
	return interrupted();
}

/* Nobody may be reading: then this waits, but a signal ends it. */
static bool
put(const char *text, size_t len)
{
	return streams_put(STDOUT_FILENO, text, len, is_interrupted, NULL) == 0;
}

/* ---- Lines -------------------------------------------------------------- */

static const char *
yes(bool is)
{
	return is ? "yes" : "no";
}

/* The user agent was escaped by the library. */
static bool
handshake_lines(const struct btcpeer_stats *st)
{
	char names[SERVICES_TEXT], text[LINES_TEXT];

	(void)snprintf(text, sizeof(text), "address      %s\n"
	    "version      %" PRIu32 "\n"
	    "agent        %s\n"
	    "services     0x%" PRIx64 " %s\n"
	    "height       %" PRId32 "\n"
	    "relay        %s\n"
	    "time offset  %" PRId64 " s\n"
	    "wtxid relay  %s\n"
	    "addrv2       %s\n", st->addr, st->remote_version, st->user_agent,
	    st->services, services_format(names, st->services),
	    st->start_height, yes(st->relay), st->time_offset_s,
	    yes(st->wtxid_relay), yes(st->wants_addrv2));
	return put(text, strlen(text));
}

static bool
ping_line(const struct ping_args *a, const struct ping_answer *answer)
{
	char text[LINES_TEXT];

	if (answer->ms >= 0)
		(void)snprintf(text, sizeof(text), "pong %" PRIu64 " time "
		    "%.3f ms\n", answer->seq, answer->ms);
	else
		(void)snprintf(text, sizeof(text), "ping %" PRIu64 " no answer "
		    "in %g s\n", answer->seq, (double)a->timeout_ms / 1000);
	return put(text, strlen(text));
}

static bool
summary_lines(const struct tally *t)
{
	char text[LINES_TEXT], times[LINES_TEXT / 2] = "";

	if (t->answered > 0)
		(void)snprintf(times, sizeof(times), "round trip "
		    "min/avg/max/mdev %.3f/%.3f/%.3f/%.3f ms\n", t->min_ms,
		    t->mean_ms, t->max_ms, tally_mdev_ms(t));
	(void)snprintf(text, sizeof(text), "\n%" PRIu64 " sent, %" PRIu64
	    " answered, %.3g %% lost\n%s", t->sent, t->answered,
	    tally_loss(t), times);
	return put(text, strlen(text));
}

/* ---- Objects ------------------------------------------------------------ */

/* To three places: more would be noise. */
static json_t *
number(double value)
{
	return json_real((double)(int64_t)(value * 1000 + 0.5) / 1000);
}

/* Prints one line, and gives o back; NULL: there was no memory for it. */
static bool
print_object(json_t *o)
{
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT |
	    JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));
	size_t len;
	bool ok = false;

	if (text != NULL) {
		len = strlen(text);
		text[len] = '\n';	/* in the place of its end */
		ok = put(text, len + 1);
	}
	json_decref(o);
	free(text);
	return ok;
}

static json_t *
service_names(uint64_t bits)
{
	char names[SERVICES_TEXT], *save, *name;
	json_t *list = json_array();

	name = strtok_r(services_format(names, bits), " ", &save);
	for (; name != NULL; name = strtok_r(NULL, " ", &save))
		if (json_array_append_new(list, json_string(name)) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static bool
handshake_object(const struct ping_args *a, const struct btcpeer_stats *st)
{
	char services[17];

	(void)snprintf(services, sizeof(services), "%016" PRIx64,
	    st->services);
	return print_object(json_pack("{ss ss ss sI ss ss so si sb sI sb sb}",
	    "event", "handshake", "chain", a->chain->name,
	    "address", st->addr, "version", (json_int_t)st->remote_version,
	    "user_agent", st->user_agent, "services", services,
	    "service_names", service_names(st->services),
	    "start_height", (int)st->start_height, "relay", (int)st->relay,
	    "time_offset", (json_int_t)st->time_offset_s,
	    "wtxid_relay", (int)st->wtxid_relay,
	    "addrv2", (int)st->wants_addrv2));
}

static bool
ping_object(const struct ping_answer *answer)
{
	return print_object(json_pack("{ss sI so}", "event", "ping",
	    "seq", (json_int_t)answer->seq,
	    "ms", answer->ms >= 0 ? number(answer->ms) : json_null()));
}

static bool
summary_object(const struct tally *t, const char *error)
{
	bool any = t->answered > 0;

	return print_object(json_pack("{ss sI sI so so so so so so}",
	    "event", "summary", "sent", (json_int_t)t->sent,
	    "answered", (json_int_t)t->answered,
	    "loss", number(tally_loss(t)),
	    "min_ms", any ? number(t->min_ms) : json_null(),
	    "avg_ms", any ? number(t->mean_ms) : json_null(),
	    "max_ms", any ? number(t->max_ms) : json_null(),
	    "mdev_ms", any ? number(tally_mdev_ms(t)) : json_null(),
	    "error", error != NULL ? lossy_string(error) : json_null()));
}

/* ---- Either ------------------------------------------------------------- */

bool
report_handshake(const struct ping_args *a, const struct btcpeer_stats *stats)
{
	return a->json ? handshake_object(a, stats) : handshake_lines(stats);
}

bool
report_ping(const struct ping_args *a, const struct ping_answer *answer)
{
	return a->json ? ping_object(answer) : ping_line(a, answer);
}

bool
report_summary(const struct ping_args *a, const struct tally *t,
    const char *error)
{
	if (a->json)
		return summary_object(t, error);
	return t->sent == 0 || summary_lines(t);
}
