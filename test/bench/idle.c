/*
 * Many peers that do nothing, with the remotes in another process; and for
 * comparison as many threads and sockets without the library.
 */
#include "config.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define IDLE_PEERS 10000
#define STACK      (256 * 1024)	/* as the library's default */
#define PING_S     120		/* between pings, likewise */

/* What to do with how many. */
struct crowd {
	size_t n;
	int idle_s;
	size_t invs;		/* announced to each at the end */
};

/* What one peer costs. */
struct cost {
	double rss_kb, fresh_kb;	/* of the process; before any ping */
	double added_kb;		/* without what there was before */
	double slab_kb, stack_kb, table_kb;	/* of the system, both ends */
	double threads;
	double make_us, make_wall_us, make_allocs;	/* to be ready */
	double ping_us, idle_us_s;
	double inv_us;			/* of one announcement */
	double end_s;			/* of all */
};

/* ---- What the system says ------------------------------------------ */

/* The number after "NAME:" in a file of the system; 0 if it has none. */
static double
fact(const char *path, const char *name)
{
	FILE *f = fopen(path, "r");
	size_t len = strlen(name);
	char line[256];
	double v = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, len) == 0 && line[len] == ':')
			v = strtod(line + len + 1, NULL);
	if (f != NULL)
		fclose(f);
	return v;
}

static double
rss_kb(void)
{
	double kb = fact("/proc/self/smaps_rollup", "Rss");

	return kb > 0 ? kb : fact("/proc/self/status", "VmRSS");
}

struct kernel {
	double slab, stack, table;
};

static struct kernel
kernel_kb(void)
{
	return (struct kernel){ .slab = fact("/proc/meminfo", "Slab"),
	    .stack = fact("/proc/meminfo", "KernelStack"),
	    .table = fact("/proc/meminfo", "PageTables") };
}

static void
pause_s(int s)
{
	struct timespec ts = { .tv_sec = s };

	while (nanosleep(&ts, &ts) != 0)
		continue;
}

/* A process for the other ends; returns the port where it listens. */
static uint16_t
fork_remotes(pid_t *pid)
{
	uint16_t port;
	int fd = tcp_listen(&port);
	struct remote_end *r;

	*pid = fork();
	need(*pid >= 0, "cannot fork");
	if (*pid == 0) {
		r = remotes_new(NULL);
		remotes_listen(r, fd);
		remotes_run(r);
		_exit(0);
	}
	close(fd);
	return port;
}

/* ---- Peers --------------------------------------------------------- */

static void
on_pong(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_ping *pong, void *user)
{
	(void)p;
	(void)msg;
	(void)pong;
	(void)user;
	gate_pass(1);
}

static void
on_write(struct btcpeer *p, struct btcwire_msg *msg, size_t wire_len,
    int result, void *user)
{
	const struct btcwire_inv *inv = btcwire_inv_of(msg);

	(void)p;
	(void)wire_len;
	(void)user;
	if (inv != NULL && result == 0)
		gate_pass(inv->vec_len);
}

static void
connect_all(struct cost *c, struct btcpeer **p, const struct crowd *crowd,
    uint16_t port)
{
	struct btcpeer_listeners on = BTCPEER_LISTENERS_INIT;
	struct btcpeer_config config;
	struct span span;
	size_t i;

	on.on_ready = on_ready_gate;
	on.on_pong = on_pong;
	if (crowd->invs > 0)
		on.on_write = on_write;
	config = quiet_config(&on);
	config.handshake_timeout_ms = 0;
	config.stack_size = STACK;
	if (crowd->invs > 0)
		config.trickle_ms = 100;
	gate_set(crowd->n);
	span_begin(&span);
	for (i = 0; i < crowd->n; i++)
		p[i] = start_peer(&config, false, tcp_connect(port));
	gate_wait("handshakes");
	span_end(&span);
	c->make_us = span.cpu / (double)crowd->n;
	c->make_wall_us = span.wall / (double)crowd->n;
	c->make_allocs = (double)span.allocs / (double)crowd->n;
}

static void
ping_all(struct cost *c, struct btcpeer **p, size_t n)
{
	double cpu = cpu_us();
	size_t i;

	gate_set(n);
	for (i = 0; i < n; i++)
		need(btcpeer_ping(p[i]) == 0, "cannot ping");
	gate_wait("pings");
	c->ping_us = (cpu_us() - cpu) / (double)n;
}

static void
announce_all(struct cost *c, struct btcpeer **p, size_t n, size_t invs)
{
	struct btcwire_hash id = { .b = { 0 } };
	double cpu = cpu_us();
	uint32_t tx;
	size_t i;

	gate_set(n * invs);
	for (tx = 0; tx < invs; tx++) {
		memcpy(id.b, &tx, sizeof(tx));
		for (i = 0; i < n; i++)
			need(btcpeer_queue_inventory(p[i], BTCWIRE_INV_TX,
			    &id, &id) == 0, "cannot queue an announcement");
	}
	gate_wait("announcements");
	c->inv_us = (cpu_us() - cpu) / (double)(n * invs);
}

static void
end_all(struct cost *c, struct btcpeer **p, size_t n)
{
	double begun = wall_us();
	size_t i;

	for (i = 0; i < n; i++)
		btcpeer_disconnect(p[i]);
	for (i = 0; i < n; i++)
		need(btcpeer_wait(p[i], -1) == 0, "cannot wait for a peer");
	c->end_s = (wall_us() - begun) / 1e6;
	for (i = 0; i < n; i++)
		btcpeer_unref(p[i]);
}

static void
rest(struct cost *c, const struct crowd *crowd)
{
	double cpu = cpu_us(), wall = wall_us();

	pause_s(crowd->idle_s);
	c->idle_us_s = (cpu_us() - cpu) / ((wall_us() - wall) / 1e6) /
	    (double)crowd->n;
}

static void
kernel_cost(struct cost *c, const struct kernel *before, double n)
{
	struct kernel now = kernel_kb();

	c->slab_kb = (now.slab - before->slab) / n;
	c->stack_kb = (now.stack - before->stack) / n;
	c->table_kb = (now.table - before->table) / n;
}

/* The whole life of a crowd of peers; a part of isolated(). */
static void
peers_part(void *out, const void *arg)
{
	const struct crowd *crowd = arg;
	struct btcpeer **p = need_memory(crowd->n * sizeof(struct btcpeer *));
	double n = (double)crowd->n, before;
	struct kernel kernel;
	struct cost c = { 0 };
	uint16_t port;
	pid_t pid;

	many_files();
	port = fork_remotes(&pid);
	before = rss_kb();
	kernel = kernel_kb();
	connect_all(&c, p, crowd, port);
	pause_s(1);
	c.fresh_kb = rss_kb() / n;
	ping_all(&c, p, crowd->n);
	c.rss_kb = rss_kb() / n;
	c.added_kb = c.rss_kb - before / n;
	c.threads = (fact("/proc/self/status", "Threads") - 1) / n;
	kernel_cost(&c, &kernel, n);
	rest(&c, crowd);
	if (crowd->invs > 0)
		announce_all(&c, p, crowd->n, crowd->invs);
	end_all(&c, p, crowd->n);
	need(waitpid(pid, NULL, 0) == pid, "the remotes are lost");
	memcpy(out, &c, sizeof(c));
}

/* ---- The floor ----------------------------------------------------- */

static int never[2];	/* a pipe into which nobody writes */

static void *
block_in_poll(void *arg)
{
	struct pollfd pfd = { .fd = never[0], .events = POLLIN };

	while (poll(&pfd, 1, -1) <= 0)
		continue;
	return arg;
}

static void *
block_in_wait(void *arg)
{
	pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

	pthread_mutex_lock(&mtx);
	for (;;)
		pthread_cond_wait(&cond, &mtx);
	return arg;
}

/* Three bare threads and a socket for each; a part of isolated(). */
static void
floor_part(void *out, const void *arg)
{
	static void *(*const run[3])(void *) = { block_in_poll, block_in_wait,
	    block_in_wait };
	const struct crowd *crowd = arg;
	int *fd = need_memory(crowd->n * sizeof(*fd));
	struct kernel kernel;
	struct cost c = { 0 };
	double n = (double)crowd->n, cpu;
	pthread_attr_t attr;
	pthread_t t;
	uint16_t port;
	size_t i, k;
	pid_t pid;

	many_files();
	need(pipe(never) == 0 && pthread_attr_init(&attr) == 0 &&
	    pthread_attr_setstacksize(&attr, STACK) == 0, "no pipe");
	port = fork_remotes(&pid);
	kernel = kernel_kb();
	cpu = cpu_us();
	for (i = 0; i < crowd->n; i++) {
		fd[i] = tcp_connect(port);
		for (k = 0; k < 3; k++)
			need(pthread_create(&t, &attr, run[k], NULL) == 0,
			    "no more than %zu threads", 3 * i + k);
	}
	c.make_us = (cpu_us() - cpu) / n;
	pause_s(1);
	c.rss_kb = rss_kb() / n;
	kernel_cost(&c, &kernel, n);
	for (i = 0; i < crowd->n; i++)
		close(fd[i]);
	need(waitpid(pid, NULL, 0) == pid, "the remotes are lost");
	memcpy(out, &c, sizeof(c));
}

/* ---- Rows ---------------------------------------------------------- */

/* Nearly all the threads that a system has are needed, so who else has some
 * gets time to leave. */
static bool
attempt(void (*part)(void *, const void *), struct cost *c,
    const struct crowd *crowd)
{
	if (isolated(part, c, sizeof(*c), crowd))
		return true;
	pause_s(5);
	return isolated(part, c, sizeof(*c), crowd);
}

struct idle_rows {
	struct row memory, cpu, end, handshake, kernel;
	struct samples threads, ping, fresh;
};

static void
idle_sample(struct idle_rows *r, const struct cost *c, const struct cost *bare)
{
	sample(&r->memory.value, c->rss_kb);
	sample(&r->memory.limit, bare->rss_kb);
	sample(&r->memory.allocs, c->make_allocs);
	sample(&r->cpu.value, c->idle_us_s + c->ping_us / PING_S);
	sample(&r->end.value, c->end_s);
	sample(&r->handshake.value, c->make_us);
	sample(&r->handshake.limit, bare->make_us);
	sample(&r->handshake.wall, c->make_wall_us);
	sample(&r->handshake.allocs, c->make_allocs);
	sample(&r->kernel.value, c->slab_kb + c->stack_kb + c->table_kb);
	sample(&r->kernel.limit, bare->slab_kb + bare->stack_kb +
	    bare->table_kb);
	sample(&r->threads, c->threads);
	sample(&r->ping, c->ping_us);
	sample(&r->fresh, c->fresh_kb);
}

static void
idle_emit(struct idle_rows *r, const struct crowd *crowd,
    const struct cost *last)
{
	snprintf(r->memory.note, sizeof(r->memory.note), "%zu peers, %.2f "
	    "threads each, %.1f KB over the floor; %.1f KB before a ping",
	    crowd->n, median(&r->threads), median(&r->memory.value) -
	    median(&r->memory.limit), median(&r->fresh));
	snprintf(r->cpu.note, sizeof(r->cpu.note), "per peer and second, a "
	    "ping of %.1f us each %d s included", median(&r->ping), PING_S);
	snprintf(r->kernel.note, sizeof(r->kernel.note), "kernel, both ends: "
	    "slab %.1f, stacks %.1f, page tables %.1f", last->slab_kb,
	    last->stack_kb, last->table_kb);
	row_emit(&r->memory);
	row_emit(&r->cpu);
	row_emit(&r->end);
	row_emit(&r->kernel);
	row_emit(&r->handshake);
}

void
bench_idle(void)
{
	struct crowd crowd = { .n = scaled(IDLE_PEERS), .idle_s = 6 };
	struct cost c = { 0 }, bare;
	struct idle_rows r = {
		.memory = { .name = "idle_10000", .unit = "KB",
		    .goal = "<= limit + 8 KB, 3 threads" },
		.cpu = { .name = "idle_10000_cpu", .unit = "us",
		    .goal = "<= 5 us" },
		.end = { .name = "idle_10000_end", .unit = "s",
		    .goal = "<= 3 s", .note = "disconnecting all" },
		.kernel = { .name = "idle_10000_kernel", .unit = "KB" },
		.handshake = { .name = "handshake", .unit = "us",
		    .goal = "<= 150 us", .note = "our side" },
	};
	int k;

	for (k = 0; k < reps() && !(k > 0 && late()); k++) {
		if (!attempt(floor_part, &bare, &crowd) ||
		    !attempt(peers_part, &c, &crowd)) {
			row_not_run("idle_10000", "see the message above");
			row_not_run("handshake", "see the message above");
			return;
		}
		idle_sample(&r, &c, &bare);
	}
	idle_emit(&r, &crowd, &c);
}

/* ---- By number ----------------------------------------------------- */

static void
peers_emit(const char *what, const char *unit, size_t n,
    const struct samples *value)
{
	char name[48];
	struct row r = { .name = name, .unit = unit, .value = *value,
	    .plotted = true, .size = (double)n };

	snprintf(name, sizeof(name), "peers_%s_%zu", what, n);
	row_emit(&r);
}

void
bench_peers(void)
{
	static const size_t counts[] = { 1, 10, 100, 1000, 10000 };
	struct crowd crowd = { .idle_s = 1 };
	struct samples memory, handshake, inv;
	struct cost c;
	size_t i;
	int k;

	for (i = 0; i < COUNT_OF(counts); i++) {
		memory = handshake = inv = (struct samples){ .n = 0 };
		crowd.n = scaled(counts[i]);
		crowd.invs = crowd.n < 10000 ? 100 : 10;
		for (k = 0; k < reps() && !(k > 0 && late()); k++) {
			if (!attempt(peers_part, &c, &crowd)) {
				row_not_run("peers", "see the message above");
				return;
			}
			sample(&memory, c.added_kb);
			sample(&handshake, c.make_us);
			sample(&inv, c.inv_us);
		}
		peers_emit("memory", "KB", crowd.n, &memory);
		peers_emit("handshake", "us", crowd.n, &handshake);
		peers_emit("inventory", "us", crowd.n, &inv);
	}
}
