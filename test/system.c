#include "config.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "system.h"

#define MAX_ARGS 32

extern char **environ;

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
system_deadline(void)
{
	return now_ms() + SYSTEM_WAIT_MS;
}

int
system_left(int64_t deadline)
{
	int64_t left = deadline - now_ms();

	return left > 0 ? (int)left : 0;
}

void
system_many_files(void)
{
	struct rlimit rl;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &rl), 0);
	rl.rlim_cur = rl.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &rl), 0);
}

/* ---- Starting ---------------------------------------------------------- */

static void
stream_init(struct stream *s, int fd)
{
	*s = (struct stream){ .fd = fd, .text = calloc(1, 1) };
	ck_assert_ptr_nonnull(s->text);
}

static void
new_pipe(int fd[2])
{
	ck_assert_int_eq(pipe2(fd, O_CLOEXEC), 0);
}

static void
spawn(struct proc *p, char **argv, const int fd[3])
{
	posix_spawn_file_actions_t actions;
	const char *dir = getenv("top_builddir");
	char path[4096];
	int i;

	snprintf(path, sizeof(path), "%s/samples/%s", dir != NULL ? dir : ".",
	    p->program);
	ck_assert_int_eq(posix_spawn_file_actions_init(&actions), 0);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(posix_spawn_file_actions_adddup2(&actions,
		    fd[i], i), 0);
	ck_assert_msg(posix_spawn(&p->pid, path, &actions, NULL, argv,
	    environ) == 0, "cannot run %s", path);
	posix_spawn_file_actions_destroy(&actions);
}

void
proc_vstart(struct proc *p, const char *program, const char *const *first,
    va_list ap)
{
	char *argv[MAX_ARGS + 1] = { strdup(program) };
	int in[2], out[2], err[2], n = 1;
	const char *arg;

	while (first != NULL && *first != NULL && n < MAX_ARGS)
		argv[n++] = strdup(*first++);
	while ((arg = va_arg(ap, const char *)) != NULL && n < MAX_ARGS)
		argv[n++] = strdup(arg);
	ck_assert_int_lt(n, MAX_ARGS);
	new_pipe(in);
	new_pipe(out);
	new_pipe(err);
	*p = (struct proc){ .program = program, .in = in[1] };
	stream_init(&p->out, out[0]);
	stream_init(&p->err, err[0]);
	spawn(p, argv, (const int[]){ in[0], out[1], err[1] });
	close(in[0]);
	close(out[1]);
	close(err[1]);
	while (n > 0)
		free(argv[--n]);
}

void
proc_start(struct proc *p, const char *program, ...)
{
	va_list ap;

	va_start(ap, program);
	proc_vstart(p, program, NULL, ap);
	va_end(ap);
}

/* ---- Reading ----------------------------------------------------------- */

static void complain(const struct proc *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

static const char *
end_of(const char *text)
{
	size_t len = strlen(text);

	return len > 1000 ? text + len - 1000 : text;
}

static void
complain(const struct proc *p, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	/* Check takes only short messages. */
	ck_abort_msg("%s: %s\nstandard output ends:\n%s\nstandard error "
	    "ends:\n%s", p->program, what, end_of(p->out.text),
	    end_of(p->err.text));
	abort();	/* which ck_abort_msg() does not let happen */
}

/* Append what there is. */
static void
stream_read(struct stream *s)
{
	char buf[4096];
	ssize_t n = read(s->fd, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		close(s->fd);
		s->fd = -1;
		return;
	}
	s->text = realloc(s->text, s->len + (size_t)n + 1);
	ck_assert_ptr_nonnull(s->text);
	memcpy(s->text + s->len, buf, (size_t)n);
	s->len += (size_t)n;
	s->text[s->len] = '\0';
}

/* Wait until it has written more, or ended.  Returns false at the deadline. */
static bool
pump(struct proc *p, int64_t deadline)
{
	struct pollfd pfd[2] = {
		{ .fd = p->out.fd, .events = POLLIN },
		{ .fd = p->err.fd, .events = POLLIN }
	};

	if (poll(pfd, 2, system_left(deadline)) == 0)
		return false;
	if (pfd[0].revents != 0)
		stream_read(&p->out);
	if (pfd[1].revents != 0)
		stream_read(&p->err);
	return true;
}

/* The next line that has come whole, or NULL. */
static char *
take_line(struct stream *s)
{
	char *begin = s->text + s->taken;
	char *end = strchr(begin, '\n');

	if (end == NULL)
		return NULL;
	s->taken += (size_t)(end - begin) + 1;
	return strndup(begin, (size_t)(end - begin));
}

static char *
line_of(struct proc *p, struct stream *s, const char *prefix)
{
	int64_t deadline = system_deadline();
	char *line;

	for (;;) {
		while ((line = take_line(s)) != NULL) {
			if (strncmp(line, prefix, strlen(prefix)) == 0)
				return line;
			free(line);
		}
		if (s->fd < 0)
			complain(p, "ended without a line '%s...'", prefix);
		if (!pump(p, deadline))
			complain(p, "no line '%s...' for a minute", prefix);
	}
}

char *
proc_line(struct proc *p, const char *prefix)
{
	return line_of(p, &p->out, prefix);
}

char *
proc_err_line(struct proc *p, const char *prefix)
{
	return line_of(p, &p->err, prefix);
}

/* ---- Writing and ending ------------------------------------------------ */

void
proc_say(struct proc *p, const char *text)
{
	size_t len = strlen(text);

	ck_assert_int_eq(write(p->in, text, len), (ssize_t)len);
}

void
proc_hang_up(struct proc *p)
{
	if (p->in >= 0)
		close(p->in);
	p->in = -1;
}

char *
proc_ask(struct proc *p, const char *text, const char *prefix)
{
	proc_say(p, text);
	return proc_line(p, prefix);
}

void
proc_signal(struct proc *p, int signo)
{
	ck_assert_int_gt(p->pid, 0);
	ck_assert_int_eq(kill(p->pid, signo), 0);
}

int
proc_end(struct proc *p)
{
	int64_t deadline = system_deadline();
	int status;

	if (p->pid == 0)
		return p->status;
	while (p->out.fd >= 0 || p->err.fd >= 0)
		if (!pump(p, deadline))
			complain(p, "has not ended for a minute");
	ck_assert_int_eq(waitpid(p->pid, &status, 0), p->pid);
	p->pid = 0;
	proc_hang_up(p);
	if (strstr(p->err.text, "Sanitizer") != NULL ||
	    strstr(p->err.text, "runtime error:") != NULL)
		complain(p, "a sanitizer found something");
	p->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	return p->status;
}

void
proc_free(struct proc *p)
{
	ck_assert_int_eq(p->pid, 0);
	free(p->out.text);
	free(p->err.text);
	p->out.text = p->err.text = NULL;
}

/* ---- btcpeer-node ------------------------------------------------------ */

void
node_start(struct node *n, ...)
{
	static const char *const first[] = { "--listen", "127.0.0.1:0", NULL };
	unsigned port;
	va_list ap;
	char *line;

	va_start(ap, n);
	proc_vstart(&n->proc, "btcpeer-node", first, ap);
	va_end(ap);
	line = proc_line(&n->proc, "listening ");
	if (sscanf(line, "listening 127.0.0.1:%u height %d tip %64[0-9a-f]",
	    &port, &n->height, n->tip) != 3 || strlen(n->tip) != 64)
		complain(&n->proc, "cannot read its first line");
	n->port = (uint16_t)port;
	free(line);
}

int
node_peers(struct node *n)
{
	char *line = proc_ask(&n->proc, "peers\n", "");
	char word[8] = "";
	int peers;

	/* The table's head, a line for each peer, and their number. */
	while (sscanf(line, "%d %7s", &peers, word) != 2 ||
	    strcmp(word, "peers") != 0) {
		free(line);
		line = proc_line(&n->proc, "");
	}
	free(line);
	return peers;
}

void
node_await_peers(struct node *n, int peers)
{
	int64_t deadline = system_deadline();

	while (node_peers(n) != peers)
		if (system_left(deadline) == 0)
			complain(&n->proc, "never had %d peers", peers);
}

void
node_quit(struct node *n)
{
	int status;

	proc_say(&n->proc, "quit\n");
	status = proc_end(&n->proc);
	if (status != 0)
		complain(&n->proc, "quit with status %d", status);
	proc_free(&n->proc);
}

/* ---- btcpeer-sync ------------------------------------------------------ */

void
sync_start(struct proc *p, unsigned port, ...)
{
	const char *first[] = { "--chain", "regtest", "--connect", NULL, NULL };
	char address[32];
	va_list ap;

	snprintf(address, sizeof(address), "127.0.0.1:%u", port);
	first[3] = address;
	va_start(ap, port);
	proc_vstart(p, "btcpeer-sync", first, ap);
	va_end(ap);
}

/* Whether a line of standard error shows progress, or says what was cut off
 * the file. */
static bool
is_progress(const char *line)
{
	return strncmp(line, "headers  ", 9) == 0 ||
	    strncmp(line, "blocks  ", 8) == 0 ||
	    strncmp(line, "bytes read  ", 12) == 0 ||
	    strstr(line, " bytes of an unfinished record at byte ") != NULL;
}

/* The lines of standard error that are not progress: how many, and the last. */
static int
sentences(const struct proc *p, char **last)
{
	struct stream s = p->err;
	char *line;
	int n = 0;

	*last = NULL;
	s.taken = 0;
	while ((line = take_line(&s)) != NULL) {
		if (is_progress(line)) {
			free(line);
			continue;
		}
		free(*last);
		*last = line;
		n++;
	}
	return n;
}

void
sync_success(struct sync_result *r, struct proc *p)
{
	int status = proc_end(p);
	char *last;

	if (status != 0)
		complain(p, "ended with %d", status);
	if (sscanf(p->out.text, "height %u tip %64[0-9a-f] blocks %llu bytes "
	    "%llu seconds ", &r->height, r->tip, &r->blocks, &r->bytes) != 4 ||
	    strchr(p->out.text, '\n') != p->out.text + p->out.len - 1)
		complain(p, "did not end with one line as documented");
	if (sentences(p, &last) != 0)
		complain(p, "complained");
	proc_free(p);
}

char *
sync_sentence(const struct proc *p)
{
	static const char prefix[] = "btcpeer-sync: ";
	char *line, *text;

	if (sentences(p, &line) != 1 ||
	    strncmp(line, prefix, strlen(prefix)) != 0 ||
	    line[strlen(line) - 1] != '.')
		complain(p, "did not say one sentence");
	text = strdup(line + strlen(prefix));
	free(line);
	return text;
}

void
sync_failure(struct proc *p, const char *text)
{
	int status = proc_end(p);
	char *sentence;

	if (status != 1)
		complain(p, "ended with %d, not 1", status);
	if (p->out.len != 0)
		complain(p, "wrote to standard output");
	sentence = sync_sentence(p);
	if (strstr(sentence, text) == NULL)
		complain(p, "should say '%s'", text);
	free(sentence);
	proc_free(p);
}

void
sync_all(struct node *n, const char *out, unsigned blocks)
{
	struct sync_result r;
	struct proc p;

	if (out != NULL)
		sync_start(&p, n->port, "--out", out, NULL);
	else
		sync_start(&p, n->port, NULL);
	sync_success(&r, &p);
	ck_assert_int_eq((int)r.height, n->height);
	ck_assert_str_eq(r.tip, n->tip);
	ck_assert_uint_eq(r.blocks, blocks);
}
