#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

void
many_files(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) == 0) {
		lim.rlim_cur = lim.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &lim);
	}
}

static struct sockaddr_in
loopback(uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };

	sin.sin_port = htons(port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sin;
}

int
tcp_listen(uint16_t *port)
{
	struct sockaddr_in sin = loopback(0);
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	need(fd >= 0 && bind(fd, (struct sockaddr *)&sin, len) == 0 &&
	    listen(fd, 4096) == 0 &&
	    getsockname(fd, (struct sockaddr *)&sin, &len) == 0,
	    "cannot listen: %s", strerror(errno));
	*port = ntohs(sin.sin_port);
	return fd;
}

int
tcp_connect(uint16_t port)
{
	struct sockaddr_in sin = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	need(fd >= 0 && connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0,
	    "cannot connect: %s", strerror(errno));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

void
tcp_pair(int fd[2])
{
	uint16_t port;
	int l = tcp_listen(&port), one = 1;

	fd[0] = tcp_connect(port);
	fd[1] = accept(l, NULL, NULL);
	need(fd[1] >= 0, "cannot accept: %s", strerror(errno));
	(void)setsockopt(fd[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	close(l);
}

void
write_all(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;
	ssize_t n;

	while (len > 0) {
		n = send(fd, p, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		need(n > 0, "cannot send: %s", strerror(errno));
		p += n;
		len -= (size_t)n;
	}
}

bool
read_all(int fd, void *data, size_t len)
{
	uint8_t *p = data;
	ssize_t n;

	while (len > 0) {
		n = recv(fd, p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}
