#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BAR_MS      100		/* between two bars */
#define LINE_MS     1000	/* between two lines */
#define RATE_MS     250		/* between two looks at the rate */
#define SMOOTH_S    3.0		/* over which the rate is averaged */
#define BAR_MAX     40
#define TEXT_MAX    256

int64_t
progress_now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void
progress_init(struct progress *p)
{
	*p = (struct progress){ .terminal = isatty(STDERR_FILENO) == 1 };
}

static size_t
columns(void)
{
	const char *env = getenv("COLUMNS");
	struct winsize ws;
	long n = 0;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0)
		n = ws.ws_col;
	if (n == 0 && env != NULL)
		n = strtol(env, NULL, 10);
	return n < 20 || n > 1000 ? 80 : (size_t)n;
}

/* The first look takes the average since the start, later ones are smoothed. */
static double
smooth(double old, double now, double seconds)
{
	double weight = seconds / (seconds + SMOOTH_S);

	return old <= 0 ? now : old + (now - old) * weight;
}

static void
update_rates(struct progress *p, const struct progress_state *s, int64_t now_ms)
{
	double seconds = (double)(now_ms - p->rated_ms) / 1000;

	if (now_ms - p->rated_ms < RATE_MS)
		return;
	p->rate = smooth(p->rate,
	    (double)(s->done - p->rated_done) / seconds, seconds);
	p->byte_rate = smooth(p->byte_rate,
	    (double)(s->bytes - p->rated_bytes) / seconds, seconds);
	p->rated_ms = now_ms;
	p->rated_done = s->done;
	p->rated_bytes = s->bytes;
}

/* Start of a new bar, and end of the old one. */
static void
begin(struct progress *p, const struct progress_state *s, int64_t now_ms)
{
	progress_clear(p);
	p->label = s->label;
	p->rated_ms = now_ms;
	p->shown_ms = p->terminal ? 0 : now_ms;
	p->rated_done = s->done;
	p->rated_bytes = s->bytes;
	p->rate = p->byte_rate = 0;
}

static void
append(char *text, const char *more)
{
	size_t len = strlen(text);

	(void)snprintf(text + len, TEXT_MAX - len, "%s", more);
}

static void
append_rates(char *text, const struct progress *p,
    const struct progress_state *s)
{
	static const char *const unit[] = { "B/s", "kB/s", "MB/s", "GB/s" };
	double bytes = p->byte_rate;
	double left;
	char part[96];
	size_t i = 0;

	if (p->rate <= 0)
		return;
	for (; bytes >= 1000 && i < sizeof(unit) / sizeof(*unit) - 1; i++)
		bytes /= 1000;
	if (!s->only_bytes) {
		(void)snprintf(part, sizeof(part), "  %.*f %s/s",
		    p->rate < 10 ? 1 : 0, p->rate, s->label);
		append(text, part);
	}
	(void)snprintf(part, sizeof(part), "  %.1f %s", bytes, unit[i]);
	append(text, part);
	if (s->total <= s->done)
		return;
	left = (double)(s->total - s->done) / p->rate;
	if (left < 3600)
		(void)snprintf(part, sizeof(part), "  %d:%02d left",
		    (int)left / 60, (int)left % 60);
	else if (left < 3600.0 * 1000)
		(void)snprintf(part, sizeof(part), "  %d:%02d:%02d left",
		    (int)left / 3600, (int)left / 60 % 60, (int)left % 60);
	else
		return;
	append(text, part);
}

/* "[#####.....]" in the room that is left, or nothing. */
static void
append_bar(char *text, size_t room, double part)
{
	char bar[BAR_MAX + 4];
	size_t width = room > BAR_MAX + 3 ? BAR_MAX : room < 8 ? 0 : room - 3;
	size_t full = (size_t)((double)width * part);

	if (width == 0)
		return;
	bar[0] = ' ';
	bar[1] = '[';
	memset(bar + 2, '.', width);
	memset(bar + 2, '#', full);
	memcpy(bar + 2 + width, "]", 2);
	append(text, bar);
}

static void
print(struct progress *p, const struct progress_state *s)
{
	char text[TEXT_MAX];
	char tail[TEXT_MAX] = "";
	double part = 0;
	int n;

	if (s->total > 0)
		part = s->done < s->total
		    ? (double)s->done / (double)s->total : 1;
	n = s->total > 0
	    ? snprintf(text, sizeof(text), "%s  %" PRIu64 "/%" PRIu64,
		s->label, s->done, s->total)
	    : snprintf(text, sizeof(text), "%s  %" PRIu64, s->label, s->done);
	if (n < 0)
		return;
	if (s->total > 0)
		(void)snprintf(tail, sizeof(tail), "  %d %%",
		    (int)(part * 100));
	append_rates(tail, p, s);
	if (p->terminal) {
		size_t width = columns() - 1;
		size_t used = strlen(text) + strlen(tail);

		if (s->total > 0 && used < width)
			append_bar(text, width - used, part);
		append(text, tail);
		fprintf(stderr, "\r%.*s\033[K", (int)width, text);
		p->shown = true;
	} else {
		fprintf(stderr, "%s%s\n", text, tail);
	}
	fflush(stderr);
}

void
progress_show(struct progress *p, const struct progress_state *s,
    int64_t now_ms)
{
	if (p->label != s->label)
		begin(p, s, now_ms);
	update_rates(p, s, now_ms);
	if (now_ms - p->shown_ms < (p->terminal ? BAR_MS : LINE_MS))
		return;
	p->shown_ms = now_ms;
	print(p, s);
}

void
progress_finish(struct progress *p, const struct progress_state *s,
    uint64_t came, double seconds)
{
	if (seconds < 0.001)
		seconds = 0.001;
	p->rate = (double)came / seconds;
	p->byte_rate = (double)s->bytes / seconds;
	print(p, s);
	if (p->shown)
		fputc('\n', stderr);
	p->shown = false;
	fflush(stderr);
}

void
progress_clear(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
	fflush(stderr);
}
