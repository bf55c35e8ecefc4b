/*
 * The sample programs as processes: starting them, talking to them through
 * pipes, waiting for what they say and for their end.  Every wait has a
 * deadline of a minute and fails the test when that passes; so does a report
 * of a sanitizer, whatever the exit status is.
 *
 * Threads: the test's own.
 */
#ifndef TEST_SYSTEM_H
#define TEST_SYSTEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <btcpeer/wire.h>

#define SYSTEM_WAIT_MS 60000

/* Milliseconds until a deadline, 0 when it has passed; system_deadline() is a
 * minute from now. */
int64_t system_deadline(void);
int system_left(int64_t deadline);

/* Make room for as many descriptors as the system allows. */
void system_many_files(void);

/* ---- Processes --------------------------------------------------------- */

/* What a program has written. */
struct stream {
	int fd;			/* -1: it ended */
	char *text;		/* owned; NUL-terminated */
	size_t len;
	size_t taken;		/* bytes that were returned as lines */
};

struct proc {
	const char *program;
	pid_t pid;		/* 0: it has ended */
	int status;		/* and so: see proc_end() */
	int in;			/* -1: closed */
	struct stream out, err;
};

/* Start samples/PROGRAM with these arguments; the last is NULL. */
void proc_start(struct proc *p, const char *program, ...)
    __attribute__((sentinel));

/* The same: first are the arguments up to a NULL, then those of ap. */
void proc_vstart(struct proc *p, const char *program,
    const char *const *first, va_list ap);

/* Write to its standard input; end that. */
void proc_say(struct proc *p, const char *text);
void proc_hang_up(struct proc *p);

/*
 * The next line of its standard output, or error, that starts with this;
 * without its newline, free() it.  Lines before it are skipped.
 */
char *proc_line(struct proc *p, const char *prefix);
char *proc_err_line(struct proc *p, const char *prefix);

/* Say something, and return the line of its answer that starts with prefix. */
char *proc_ask(struct proc *p, const char *text, const char *prefix);

void proc_signal(struct proc *p, int signo);

/* Wait for its end, reading all it writes.  Returns the exit status, or the
 * negative number of the signal that ended it; again if it is called again. */
int proc_end(struct proc *p);

/* It must have ended. */
void proc_free(struct proc *p);

/* ---- btcpeer-node ------------------------------------------------------ */

struct node {
	struct proc proc;
	uint16_t port;
	int height;
	char tip[BTCWIRE_HASH_HEX];
};

/* Start it on a free port of 127.0.0.1 and wait until it listens. */
void node_start(struct node *n, ...) __attribute__((sentinel));

/* How many peers it has. */
int node_peers(struct node *n);

/* Wait until it has so many peers. */
void node_await_peers(struct node *n, int peers);

/* quit, which it must do with status 0. */
void node_quit(struct node *n);

/* ---- btcpeer-sync ------------------------------------------------------ */

/* Start it for regtest and that port of 127.0.0.1. */
void sync_start(struct proc *p, unsigned port, ...) __attribute__((sentinel));

/* Its last line, after a success. */
struct sync_result {
	unsigned height;
	unsigned long long blocks;
	unsigned long long bytes;
	char tip[BTCWIRE_HASH_HEX];
};

/* Wait for its end, which must be a success with one line, and free it. */
void sync_success(struct sync_result *r, struct proc *p);

/*
 * After its end: the sentence on standard error, without "btcpeer-sync: "; it
 * must be the only one, and end with a full stop.  free() it.
 */
char *sync_sentence(const struct proc *p);

/* Wait for its end, which must be a failure with one sentence that contains
 * this text and nothing on standard output, and free it. */
void sync_failure(struct proc *p, const char *text);

/* Sync to a file, or to nowhere if out is NULL, and check that the tip of the
 * node was reached with so many blocks. */
void sync_all(struct node *n, const char *out, unsigned blocks);

#endif
