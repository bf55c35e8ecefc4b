/*
 * btcpeer-sync from btcpeer-node, both as processes, beside a copy of the file
 * that it writes.
 */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "chain.h"

#define SMALL        20000
#define LARGE        300
#define LARGE_TXS    2000	/* makes 1 MB */
#define PIECE        262144
#define COMMAND_ARGS 16

struct place {
	char dir[64];
	char blocks[96];	/* what the node reads */
	char synced[96];	/* what sync writes */
	char copied[96];
};

/* ---- Processes ----------------------------------------------------- */

struct child {
	pid_t pid;
	int in;			/* its standard input */
	FILE *out;
};

static void
child_start(struct child *c, const char *program, const char *const *args)
{
	const char *argv[COMMAND_ARGS] = { program };
	char path[1024];
	int in[2], out[2], i;

	snprintf(path, sizeof(path), "%s/%s", getenv("BENCH_SAMPLES"), program);
	for (i = 0; args[i] != NULL; i++)
		argv[i + 1] = args[i];
	need(pipe(in) == 0 && pipe(out) == 0, "no pipe");
	fflush(NULL);
	c->pid = fork();
	need(c->pid >= 0, "cannot fork");
	if (c->pid == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		close(in[1]);
		close(out[0]);
		execv(path, (char **)(uintptr_t)argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	c->in = in[1];
	c->out = fdopen(out[0], "r");
}

/* CPU time of the process in microseconds, once it has ended. */
static double
child_end(struct child *c, const char *name)
{
	struct rusage u;
	int status = -1;

	close(c->in);
	while (wait4(c->pid, &status, 0, &u) < 0)
		continue;
	fclose(c->out);
	need(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s failed", name);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* ---- A copy -------------------------------------------------------- */

struct writer {
	int fd;
	const char *path;
};

static void *
write_file(void *arg)
{
	struct writer *w = arg;
	uint8_t *buf = need_memory(PIECE);
	int fd = open(w->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t n;

	need(fd >= 0, "cannot write %s", w->path);
	while ((n = read(w->fd, buf, PIECE)) > 0)
		need(write(fd, buf, (size_t)n) == n, "cannot write the copy");
	fsync(fd);
	close(fd);
	free(buf);
	return NULL;
}

/* Seconds for the file through a connection into another file. */
static double
copy(const struct place *pl)
{
	struct writer w = { .path = pl->copied };
	uint8_t *buf = need_memory(PIECE);
	int fd[2], from = open(pl->synced, O_RDONLY);
	double begun = wall_us();
	pthread_t t;
	ssize_t n;

	need(from >= 0, "cannot read %s", pl->synced);
	tcp_pair(fd);
	w.fd = fd[1];
	need(pthread_create(&t, NULL, write_file, &w) == 0, "no thread");
	while ((n = read(from, buf, PIECE)) > 0)
		write_all(fd[0], buf, (size_t)n);
	close(fd[0]);
	pthread_join(t, NULL);
	close(fd[1]);
	close(from);
	free(buf);
	unlink(pl->copied);
	return (wall_us() - begun) / 1e6;
}

/* ---- Syncing ------------------------------------------------------- */

/* Seconds as it says itself, and CPU time; every block to the file. */
static double
sync_once(double *cpu, const struct place *pl, const char *address)
{
	const char *const args[] = { "--chain", "regtest", "--connect",
	    address, "--out", pl->synced, "--json", NULL };
	struct child c;
	char line[2048], *at = NULL;
	double seconds = 0;

	unlink(pl->synced);
	child_start(&c, "btcpeer-sync", args);
	while (fgets(line, sizeof(line), c.out) != NULL)
		if ((at = strstr(line, "\"seconds\":")) != NULL)
			seconds = strtod(at + 10, NULL);
	*cpu = child_end(&c, "btcpeer-sync");
	need(seconds > 0, "btcpeer-sync says no time");
	return seconds;
}

static void
sync_row(struct row *r, const struct place *pl, const char *const *node_args,
    size_t blocks)
{
	char line[512] = "", address[64] = "";
	struct samples cpu = { .n = 0 };
	double seconds, one, mb = 0;
	struct child node;
	struct stat st;
	int k;

	child_start(&node, "btcpeer-node", node_args);
	need(fgets(line, sizeof(line), node.out) != NULL &&
	    sscanf(line, "listening %63s", address) == 1,
	    "btcpeer-node does not listen");
	for (k = 0; k < reps(); k++) {
		seconds = sync_once(&one, pl, address);
		need(stat(pl->synced, &st) == 0, "nothing was synced");
		mb = (double)st.st_size / 1e6;
		sample(&r->value, mb / seconds);
		sample(&r->wall, seconds * 1e6 / (double)blocks);
		sample(&cpu, one / (double)blocks);
		sample(&r->limit, mb / copy(pl));
	}
	need(write(node.in, "quit\n", 5) == 5, "btcpeer-node is gone");
	child_end(&node, "btcpeer-node");
	snprintf(r->note, sizeof(r->note), "%zu blocks, %.1f MB, by the clock; "
	    "CPU of sync %.1f us a block", blocks, mb, median(&cpu));
	row_emit(r);
}

static void
place_init(struct place *pl)
{
	const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	snprintf(pl->dir, sizeof(pl->dir), "%s/bench-XXXXXX", tmp);
	need(mkdtemp(pl->dir) != NULL, "cannot make a folder in %s", tmp);
	snprintf(pl->blocks, sizeof(pl->blocks), "%s/blocks", pl->dir);
	snprintf(pl->synced, sizeof(pl->synced), "%s/synced", pl->dir);
	snprintf(pl->copied, sizeof(pl->copied), "%s/copied", pl->dir);
}

void
bench_sync(void)
{
	struct row small = { .name = "sync_small", .unit = "MB/s" };
	struct row large = { .name = "sync_large", .unit = "MB/s",
	    .goal = "ratio >= 0.6" };
	const char *samples = getenv("BENCH_SAMPLES");
	struct place pl;
	char n[32];

	if (samples == NULL || access(samples, X_OK) != 0) {
		row_not_run(small.name, "the samples are not built");
		row_not_run(large.name, "the samples are not built");
		return;
	}
	place_init(&pl);
	snprintf(n, sizeof(n), "%zu", scaled(SMALL));
	sync_row(&small, &pl, (const char *const[]){ "--listen", "127.0.0.1:0",
	    "--mine", n, "--txs", "1", "--quiet", NULL }, scaled(SMALL));
	chain_write(pl.blocks, scaled(LARGE), LARGE_TXS);
	sync_row(&large, &pl, (const char *const[]){ "--listen", "127.0.0.1:0",
	    "--blocks", pl.blocks, "--quiet", NULL }, scaled(LARGE));
	unlink(pl.blocks);
	unlink(pl.synced);
	rmdir(pl.dir);
}
