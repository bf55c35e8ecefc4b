#include "config.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define LATE_S 780	/* after the start */
#define END_S  1140	/* whatever hangs is ended then */

/* In <linux/prctl.h> of newer systems. */
#ifndef PR_FUTEX_HASH
#define PR_FUTEX_HASH		78
#define PR_FUTEX_HASH_SET_SLOTS	1
#endif

/* ---- Measuring ----------------------------------------------------- */

static double
clock_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

double
cpu_us(void)
{
	return clock_us(CLOCK_PROCESS_CPUTIME_ID);
}

double
wall_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

void
span_begin(struct span *s)
{
	s->allocs = count_allocs();
	s->wall = wall_us();
	s->cpu = cpu_us();
}

void
span_end(struct span *s)
{
	s->cpu = cpu_us() - s->cpu;
	s->wall = wall_us() - s->wall;
	s->allocs = count_allocs() - s->allocs;
}

void
row_span(struct row *r, const struct span *s, double n)
{
	sample(&r->value, s->cpu / n);
	sample(&r->wall, s->wall / n);
	sample(&r->allocs, (double)s->allocs / n);
}

int
reps(void)
{
	const char *text = getenv("BENCH_REPS");
	long n = text != NULL ? strtol(text, NULL, 10) : 5;

	return n < 1 ? 1 : n > MAX_REPS ? MAX_REPS : (int)n;
}

/* Since the first call. */
static double
elapsed_s(void)
{
	static double begun;

	if (begun <= 0)
		begun = wall_us();
	return (wall_us() - begun) / 1e6;
}

bool
late(void)
{
	return elapsed_s() > LATE_S;
}

size_t
scaled(size_t n)
{
	return getenv("BENCH_QUICK") == NULL || n < 20 ? n : n / 10;
}

/* ---- Samples ------------------------------------------------------- */

void
sample(struct samples *s, double v)
{
	if (s->n < MAX_REPS)
		s->v[s->n++] = v;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The q-th of the samples in order, q from 0 to 1. */
static double
quantile(const struct samples *s, double q)
{
	struct samples in_order = *s;
	double at;
	int i;

	if (s->n == 0)
		return NAN;
	qsort(in_order.v, (size_t)s->n, sizeof(in_order.v[0]), compare);
	at = q * (s->n - 1);
	i = (int)at;
	if (i + 1 >= s->n)
		return in_order.v[i];
	return in_order.v[i] + (at - i) * (in_order.v[i + 1] - in_order.v[i]);
}

double
median(const struct samples *s)
{
	return quantile(s, 0.5);
}

/* ---- Rows ---------------------------------------------------------- */

static void
json_number(FILE *f, const char *key, double v)
{
	if (isfinite(v))
		fprintf(f, ", \"%s\": %.9g", key, v);
	else
		fprintf(f, ", \"%s\": null", key);
}

/* Text of our own: no quote or backslash is in it. */
static void
json_text(FILE *f, const char *key, const char *v)
{
	if (v != NULL && v[0] != '\0')
		fprintf(f, ", \"%s\": \"%s\"", key, v);
}

static FILE *
open_file(void)
{
	const char *path = getenv("BENCH_JSON");
	FILE *f = fopen(path != NULL ? path : "bench.jsonl", "a");

	need(f != NULL, "cannot open %s", path != NULL ? path : "bench.jsonl");
	return f;
}

static void
write_line(const struct row *r)
{
	FILE *f = open_file();

	fprintf(f, "{\"name\": \"%s\"", r->name);
	json_number(f, "value", median(&r->value));
	json_text(f, "unit", r->unit);
	json_number(f, "limit", median(&r->limit));
	json_number(f, "ratio", median(&r->value) / median(&r->limit));
	json_number(f, "allocs", median(&r->allocs));
	json_number(f, "min", quantile(&r->value, 0));
	json_number(f, "max", quantile(&r->value, 1));
	json_number(f, "limit_min", quantile(&r->limit, 0));
	json_number(f, "limit_max", quantile(&r->limit, 1));
	json_number(f, "wall_us", median(&r->wall));
	fprintf(f, ", \"reps\": %d", r->value.n);
	if (r->plotted)
		json_number(f, "size", r->size);
	json_text(f, "goal", r->goal);
	json_text(f, "note", r->note);
	fputs("}\n", f);
	need(fclose(f) == 0, "cannot write the file of results");
}

/* At most 8 characters: four digits, or "-". */
static const char *
number(char buf[32], double v)
{
	if (!isfinite(v))
		snprintf(buf, 32, "-");
	else if (v != 0 && fabs(v) < 0.001)
		snprintf(buf, 32, "%.2g", v);
	else
		snprintf(buf, 32, "%.*f", fabs(v) < 1 ? 4 : fabs(v) < 10 ? 3
		    : fabs(v) < 100 ? 2 : fabs(v) < 1000 ? 1 : 0, v);
	return buf;
}

void
row_emit(const struct row *r)
{
	double value = median(&r->value), limit = median(&r->limit);
	double wall = median(&r->wall);
	char b[7][32];

	printf("%-23s %8s %-5s %8s %8s  %8s %8s %9s %8s  %s%s%s\n", r->name,
	    number(b[0], value), r->unit, number(b[1], quantile(&r->value, 0)),
	    number(b[2], quantile(&r->value, 1)), number(b[3], limit),
	    number(b[4], value / limit), number(b[5], 1e6 / wall),
	    number(b[6], median(&r->allocs)), r->goal != NULL ? r->goal : "",
	    r->goal != NULL && r->note[0] != '\0' ? "; " : "", r->note);
	fflush(stdout);
	write_line(r);
}

void
row_not_run(const char *name, const char *why)
{
	FILE *f = open_file();

	printf("%-23s not run: %s\n", name, why);
	fflush(stdout);
	fprintf(f, "{\"name\": \"%s\", \"value\": null, \"note\": "
	    "\"not run: %s\"}\n", name, why);
	fclose(f);
}

/* ---- Processes and memory ------------------------------------------ */

void
need(bool ok, const char *fmt, ...)
{
	va_list ap;

	if (ok)
		return;
	fputs("bench: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	_exit(1);
}

void *
need_memory(size_t size)
{
	void *p = calloc(1, size > 0 ? size : 1);

	need(p != NULL, "out of memory");
	return p;
}

/*
 * Since Linux 6.16 the threads of a process that sleep are kept in a small hash
 * table of its own, so that waking one costs more the more there are.
 */
static void
set_futex_slots(void)
{
	const char *slots = getenv("BENCH_FUTEX_SLOTS");

	if (slots != NULL)
		need(prctl(PR_FUTEX_HASH, PR_FUTEX_HASH_SET_SLOTS,
		    strtoul(slots, NULL, 10), 0, 0) == 0,
		    "the system has no futex hash for BENCH_FUTEX_SLOTS");
}

bool
isolated(void (*part)(void *out, const void *arg), void *out, size_t size,
    const void *arg)
{
	int status = -1;
	void *shared;
	pid_t pid;

	shared = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need(shared != MAP_FAILED, "no shared memory");
	fflush(NULL);
	pid = fork();
	need(pid >= 0, "cannot fork");
	if (pid == 0) {
		set_futex_slots();
		alarm(elapsed_s() < END_S ? END_S - (unsigned)elapsed_s() : 1);
		part(shared, arg);
		fflush(NULL);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		continue;
	memcpy(out, shared, size);
	munmap(shared, size);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

uint8_t *
read_data(const char *name, size_t *len)
{
	const char *dir = getenv("BTCPEER_TEST_DATA");
	char path[4096];
	uint8_t *buf;
	long size = 0;
	FILE *f;

	if (dir == NULL || dir[0] == '\0')
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((f = fopen(path, "rb")) == NULL)
		return NULL;
	need(fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) > 0,
	    "cannot read %s", path);
	rewind(f);
	buf = need_memory((size_t)size);
	*len = (size_t)size;
	need(fread(buf, 1, *len, f) == *len, "cannot read %s", path);
	fclose(f);
	return buf;
}
