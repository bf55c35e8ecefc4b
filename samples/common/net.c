#ifndef _GNU_SOURCE
#define _GNU_SOURCE	/* POLLRDHUP */
#endif
#include "net.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG 512

static int
refuse(char *why, const char *text, const char *problem)
{
	(void)snprintf(why, NET_WHY, "%.200s: %s", text, problem);
	return -1;
}

/* Digits only, so that neither a sign nor a blank gets through. */
static int
parse_port(uint16_t *out, const char *text)
{
	unsigned long value = 0;
	const char *s;

	for (s = text; *s >= '0' && *s <= '9' && s - text < 5; s++)
		value = value * 10 + (unsigned long)(*s - '0');
	if (s == text || *s != '\0' || value > UINT16_MAX)
		return -1;
	*out = (uint16_t)value;
	return 0;
}

/* Find the host and the port in text: *port is NULL when there is none. */
static int
split(const char *text, const char **host, size_t *host_len, const char **port)
{
	const char *colon = strrchr(text, ':');
	const char *end;

	if (text[0] == '[') {
		end = strchr(text, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return -1;
		*host = text + 1;
		*host_len = (size_t)(end - *host);
		*port = end[1] == ':' ? end + 2 : NULL;
		return 0;
	}
	*host = text;
	if (colon == NULL || strchr(text, ':') != colon) {
		*host_len = strlen(text);
		*port = NULL;
		return 0;
	}
	*host_len = (size_t)(colon - text);
	*port = colon + 1;
	return 0;
}

int
net_parse(struct net_addr *out, const char *text, uint16_t default_port,
    char *why)
{
	const char *host, *port;
	size_t len;

	if (split(text, &host, &len, &port) != 0)
		return refuse(why, text, "IPv6 is written [address]:port");
	if (len == 0)
		return refuse(why, text, "the address is missing");
	if (len >= sizeof(out->host))
		return refuse(why, text, "the address is too long");
	out->port = default_port;
	if (port == NULL && default_port == 0)
		return refuse(why, text, "the port is missing");
	if (port != NULL && parse_port(&out->port, port) != 0)
		return refuse(why, text,
		    "the port is not a number up to 65535");
	memcpy(out->host, host, len);
	out->host[len] = '\0';
	return 0;
}

char *
net_format(char *buf, const struct net_addr *addr)
{
	bool v6 = strchr(addr->host, ':') != NULL;

	(void)snprintf(buf, NET_TEXT, v6 ? "[%s]:%u" : "%s:%u", addr->host,
	    (unsigned)addr->port);
	return buf;
}

/* A numeric socket address as text; "?" for one that is neither v4 nor v6. */
static void
format_sockaddr(char *buf, const struct sockaddr_storage *ss)
{
	struct net_addr addr = { .host = "?", .port = 0 };
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (ss->ss_family == AF_INET) {
		memcpy(&v4, ss, sizeof(v4));
		(void)inet_ntop(AF_INET, &v4.sin_addr, addr.host,
		    sizeof(addr.host));
		addr.port = ntohs(v4.sin_port);
	} else if (ss->ss_family == AF_INET6) {
		memcpy(&v6, ss, sizeof(v6));
		addr.port = ntohs(v6.sin6_port);
		if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
			(void)inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12],
			    addr.host, sizeof(addr.host));
		else
			(void)inet_ntop(AF_INET6, &v6.sin6_addr, addr.host,
			    sizeof(addr.host));
	}
	(void)net_format(buf, &addr);
}

int
net_local(int fd, char *buf)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	memset(&ss, 0, sizeof(ss));
	if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		return -1;
	format_sockaddr(buf, &ss);
	return 0;
}

bool
net_hung_up(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLRDHUP };

	return poll(&pfd, 1, 0) > 0;
}

/* No inheritance by programs that are started, small messages at once. */
static void
set_options(int fd)
{
	int on = 1;

	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static int
set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -1;
	return fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static int
resolve(struct addrinfo **out, const struct net_addr *addr, int flags,
    char *why)
{
	struct addrinfo hints;
	char port[8], text[NET_TEXT];
	int rc;

	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = flags | AI_NUMERICSERV;
	(void)snprintf(port, sizeof(port), "%u", (unsigned)addr->port);
	rc = getaddrinfo(addr->host, port, &hints, out);
	if (rc == 0)
		return 0;
	return refuse(why, net_format(text, addr),
	    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
}

/* The socket, or -1 and errno. */
static int
listen_on(const struct addrinfo *ai)
{
	int fd, saved, on = 1;

	fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
	if (fd < 0)
		return -1;
	set_options(fd);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0 && set_nonblocking(fd) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

int
net_listen(const struct net_addr *addr, char *why)
{
	struct addrinfo *list, *ai;
	char text[NET_TEXT];
	int fd = -1;

	if (resolve(&list, addr, AI_PASSIVE, why) != 0)
		return -1;
	for (ai = list; ai != NULL && fd < 0; ai = ai->ai_next)
		fd = listen_on(ai);
	if (fd < 0)
		(void)refuse(why, net_format(text, addr), strerror(errno));
	freeaddrinfo(list);
	return fd;
}

int
net_accept(int listener, char *remote)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd;

	memset(&ss, 0, sizeof(ss));
	do
		fd = accept(listener, (struct sockaddr *)&ss, &len);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0)
		return -1;
	set_options(fd);
	format_sockaddr(remote, &ss);
	return fd;
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Wait for a connection under way; 0 or an errno value. */
static int
finish_connect(int fd, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	int64_t left, deadline = now_ms() + timeout_ms;
	int n, err = 0;
	socklen_t len = sizeof(err);

	do {
		left = deadline - now_ms();
		n = poll(&pfd, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno;
	if (n == 0)
		return ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		return errno;
	return err;
}

/* The socket, or -1 and errno. */
static int
dial_one(const struct addrinfo *ai, int timeout_ms)
{
	int fd, err = 0;

	fd = socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol);
	if (fd < 0)
		return -1;
	set_options(fd);
	if (set_nonblocking(fd) != 0)
		err = errno;
	else if (connect(fd, ai->ai_addr, ai->ai_addrlen) != 0)
		err = errno == EINPROGRESS || errno == EINTR
		    ? finish_connect(fd, timeout_ms) : errno;
	if (err == 0)
		return fd;
	(void)close(fd);
	errno = err;
	return -1;
}

int
net_dial(const struct net_addr *addr, int timeout_ms, char *why)
{
	struct addrinfo *list, *ai;
	char text[NET_TEXT];
	int fd = -1;

	if (resolve(&list, addr, 0, why) != 0)
		return -1;
	for (ai = list; ai != NULL && fd < 0; ai = ai->ai_next)
		fd = dial_one(ai, timeout_ms);
	if (fd < 0)
		(void)refuse(why, net_format(text, addr), strerror(errno));
	freeaddrinfo(list);
	return fd;
}
