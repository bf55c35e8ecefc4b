#include "proxy_report.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "../common/interrupt.h"

#define TICK_MS 50	/* how long a signal may wait to be seen */
#define PIECE   512	/* bytes that a pipe which is writable takes at once */

/* ---- Standard output --------------------------------------------------- */

/* Nobody may be reading: then this waits, but a signal ends it. */
static bool
put_locked(const char *text, size_t len)
{
	struct pollfd pfd = { .fd = STDOUT_FILENO, .events = POLLOUT };
	ssize_t n;

	while (len > 0 && !interrupted()) {
		if (poll(&pfd, 1, TICK_MS) <= 0)
			continue;
		n = write(STDOUT_FILENO, text, len < PIECE ? len : PIECE);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return true;
}

static bool
put(const char *text, size_t len)
{
	static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
	bool ok;

	pthread_mutex_lock(&mtx);
	ok = put_locked(text, len);
	pthread_mutex_unlock(&mtx);
	return ok;
}

/* Prints one line, and gives o back; NULL: there was no memory for it. */
static bool
print_object(json_t *o)
{
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT |
	    JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(16));
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

bool
report_listening(const struct proxy_args *a, const char *addr)
{
	char line[NET_TEXT + 16];
	int n;

	if (a->json)
		return print_object(json_pack("{ss ss ss}", "event",
		    "listening", "chain", a->chain->name, "address", addr));
	n = snprintf(line, sizeof(line), "listening %s\n", addr);
	return put(line, (size_t)n);
}

/* What the messages say was escaped by the library. */
bool
report_passage(const struct proxy_args *a, const struct passage *p)
{
	const char *error = p->error;
	char line[PASSAGE_TEXT + 256];
	int n;

	if (a->json)
		return print_object(json_pack("{ss sf si ss sI ss ss ss*}",
		    "event", "message", "time", (double)p->time_us / 1e6,
		    "connection", (int)p->connection, "direction", p->way,
		    "bytes", (json_int_t)p->wire_len, "command", p->command,
		    "summary", p->summary, "error", error));
	n = snprintf(line, sizeof(line), "%" PRId64 ".%06d %u %-3s %7zu "
	    "%s%s%s\n", p->time_us / 1000000, (int)(p->time_us % 1000000),
	    p->connection, p->way, p->wire_len, p->summary,
	    error != NULL ? ": " : "", error != NULL ? error : "");
	return put(line, (size_t)n);
}

/* ---- Captures ---------------------------------------------------------- */

FILE *
capture_open(const char *name, unsigned connection, const char *way)
{
	size_t size = strlen(name) + 32;
	char *path = malloc(size);
	FILE *f;
	int saved;

	if (path == NULL)
		return NULL;
	(void)snprintf(path, size, "%s.%u.%s", name, connection, way);
	f = fopen(path, "wbe");
	saved = errno;
	free(path);
	errno = saved;
	return f;
}

bool
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
	return fwrite(head, 1, sizeof(head), f) == sizeof(head) &&
	    fwrite(raw.data, 1, raw.len, f) == raw.len;
}
