#include "streams.h"

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define TICK_MS 50
#define PIECE   512	/* bytes that a pipe with room takes at once */

bool
streams_fill(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd >= 0 && close(fd) == 0;
}

int
streams_put(int fd, const char *text, size_t len, bool (*stop)(void *),
    void *arg)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	bool stopped;
	ssize_t n;
	int rc;

	while (len > 0) {
		stopped = stop(arg);
		rc = poll(&pfd, 1, stopped ? 0 : TICK_MS);
		if (rc == 0 && stopped)
			return 1;
		if (rc < 0 && errno != EINTR)
			return -1;
		if (rc <= 0)
			continue;
		n = write(fd, text, len < PIECE ? len : PIECE);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -1;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}
