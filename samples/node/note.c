#include "note.h"

#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool quiet;			/* set before there are threads */
static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static unsigned long dropped;		/* protected by mtx */

void
note_quiet(void)
{
	quiet = true;
}

/* len is less than what a pipe that is writable takes without waiting. */
static void
write_locked(const char *line, size_t len)
{
	struct pollfd pfd = { .fd = STDERR_FILENO, .events = POLLOUT };
	char text[64];
	int n;

	if (poll(&pfd, 1, 0) != 1 || (pfd.revents & POLLOUT) == 0) {
		dropped++;
		return;
	}
	if (write(STDERR_FILENO, line, len) < 0 || dropped == 0)
		return;
	n = snprintf(text, sizeof(text), "(%lu lines were lost)\n", dropped);
	if (poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLOUT) != 0 &&
	    write(STDERR_FILENO, text, (size_t)n) == n)
		dropped = 0;
}

void
note(const char *fmt, ...)
{
	char line[512];
	size_t len;
	va_list ap;

	if (quiet)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	len = strlen(line);
	line[len++] = '\n';
	(void)pthread_mutex_lock(&mtx);
	write_locked(line, len);
	(void)pthread_mutex_unlock(&mtx);
}
