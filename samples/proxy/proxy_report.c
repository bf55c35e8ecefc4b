#include "proxy_report.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "../common/interrupt.h"
#include "../common/progress.h"
#include "../common/streams.h"

#define NOTICE_MS   1000	/* how long standard error may take nothing */
#define NOTICE_TEXT 1024

static atomic_bool failed;

bool
report_failed(void)
{
	return atomic_load(&failed);
}

bool
report_ending(void)
{
	return interrupted() || report_failed();
}

/* What snprintf() made of a line: its length, cut to the size of its buffer and
 * still with a newline. */
static size_t
line_len(char *line, size_t size, int made)
{
	if (made >= 0 && (size_t)made < size)
		return (size_t)made;
	line[size - 2] = '\n';
	return size - 1;
}

/* ---- Standard output --------------------------------------------------- */

static bool
is_ending(void *arg)
{
	(void)arg;
	return report_ending();
}

static void
put(const char *text, size_t len)
{
	static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&mtx);
	if (streams_put(STDOUT_FILENO, text, len, is_ending, NULL) < 0)
		atomic_store(&failed, true);
	pthread_mutex_unlock(&mtx);
}

/* Prints one line, and gives o back; NULL: there was no memory for it. */
static void
print_object(json_t *o)
{
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT |
	    JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(16));
	size_t len;

	if (text != NULL) {
		len = strlen(text);
		text[len] = '\n';	/* in the place of its end */
		put(text, len + 1);
	} else {
		atomic_store(&failed, true);
	}
	json_decref(o);
	free(text);
}

void
report_listening(const struct proxy_args *a, const char *addr)
{
	char line[NET_TEXT + 16];
	int n;

	if (a->json) {
		print_object(json_pack("{ss ss ss}", "event", "listening",
		    "chain", a->chain->name, "address", addr));
		return;
	}
	n = snprintf(line, sizeof(line), "listening %s\n", addr);
	put(line, line_len(line, sizeof(line), n));
}

/* What the messages say was escaped by the library. */
void
report_passage(const struct proxy_args *a, const struct passage *p)
{
	const char *error = p->error;
	char line[PASSAGE_TEXT + 256];
	int n;

	if (a->json) {
		print_object(json_pack("{ss sf si ss sI ss ss ss*}",
		    "event", "message", "time", (double)p->time_us / 1e6,
		    "connection", (int)p->connection, "direction", p->way,
		    "bytes", (json_int_t)p->wire_len, "command", p->command,
		    "summary", p->summary, "error", error));
		return;
	}
	n = snprintf(line, sizeof(line), "%" PRId64 ".%06d %u %-3s %7zu "
	    "%s%s%s\n", p->time_us / 1000000, (int)(p->time_us % 1000000),
	    p->connection, p->way, p->wire_len, p->summary,
	    error != NULL ? ": " : "", error != NULL ? error : "");
	put(line, line_len(line, sizeof(line), n));
}

/* ---- Standard error ---------------------------------------------------- */

static bool
is_late(void *arg)
{
	const int64_t *until_ms = arg;

	return report_ending() || progress_now_ms() >= *until_ms;
}

void
report_notice(const char *fmt, ...)
{
	static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
	static bool unread;	/* the last notice was lost */
	static const char name[] = "btcpeer-proxy: ";
	char line[NOTICE_TEXT];
	int64_t until_ms;
	size_t len = sizeof(name) - 1;
	va_list ap;

	memcpy(line, name, len);
	va_start(ap, fmt);
	len += line_len(line + len, sizeof(line) - len - 1,
	    vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap));
	va_end(ap);
	if (line[len - 1] != '\n')
		line[len++] = '\n';
	pthread_mutex_lock(&mtx);
	/* One has waited: the others need not wait as long again. */
	until_ms = progress_now_ms() + (unread ? 0 : NOTICE_MS);
	unread = streams_put(STDERR_FILENO, line, len, is_late, &until_ms) > 0;
	pthread_mutex_unlock(&mtx);
}

/* ---- Captures ---------------------------------------------------------- */

FILE *
capture_open(const char *name, unsigned connection, const char *way)
{
	size_t size = strlen(name) + 32;
	char *path = malloc(size);
	FILE *f = NULL;
	int saved;

	if (path != NULL) {
		(void)snprintf(path, size, "%s.%u.%s", name, connection, way);
		f = fopen(path, "wbe");
	}
	saved = errno;
	if (f == NULL)
		atomic_store(&failed, true);
	free(path);
	errno = saved;
	return f;
}

void
capture_message(FILE *f, const struct btcwire_chain *chain,
    const struct btcwire_msg *msg)
{
	struct btcwire_bytes raw = btcwire_msg_raw(msg, NULL);
	struct btcwire_frame frame = { .payload_len = (uint32_t)raw.len };
	uint8_t head[BTCWIRE_FRAME_HEADER];
	struct btcwire_hash sum;

	btcwire_sha256d(&sum, raw.data, raw.len);
	memcpy(frame.magic, chain->magic, sizeof(frame.magic));
	memcpy(frame.checksum, sum.b, sizeof(frame.checksum));
	(void)snprintf(frame.command, sizeof(frame.command), "%s",
	    btcwire_msg_command(msg));
	btcwire_frame_encode(head, &frame);
	if (fwrite(head, 1, sizeof(head), f) != sizeof(head) ||
	    fwrite(raw.data, 1, raw.len, f) != raw.len)
		atomic_store(&failed, true);
}

void
capture_close(FILE *f)
{
	if (f != NULL && fclose(f) != 0)
		atomic_store(&failed, true);
}
