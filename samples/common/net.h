/*
 * TCP for the samples: addresses in text, listening, accepting, dialling.
 * The library leaves all of this to its user: it wants a connected socket.
 *
 * Threads: every function may be called from any thread.
 */
#ifndef SAMPLES_NET_H
#define SAMPLES_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_TEXT 280	/* room for any "host:port" and its NUL */
#define NET_WHY  400	/* room for a sentence about what failed */

/* An address as the user wrote it; not resolved. */
struct net_addr {
	char host[256];		/* without the brackets of IPv6 */
	uint16_t port;
};

/*
 * Take "host:port" or "[v6]:port" apart.  The port may be left out when
 * default_port is not 0; an IPv6 address without a port needs no brackets.
 *
 * Returns: 0, or -1 and a sentence in why[NET_WHY].
 */
int net_parse(struct net_addr *out, const char *text, uint16_t default_port,
    char *why);

/* "host:port", the host in brackets where it has colons; returns buf, which
 * holds NET_TEXT bytes. */
char *net_format(char *buf, const struct net_addr *addr);

/*
 * A listening socket.  Port 0 picks a free one; net_local() tells which.
 *
 * Returns: the descriptor (nonblocking), or -1 and a sentence in why[NET_WHY].
 */
int net_listen(const struct net_addr *addr, char *why);

/*
 * The next connection that waits at a listening socket.
 *
 * Returns: the descriptor, or -1 and errno as accept() leaves it: EAGAIN
 *          when none waits, EMFILE and the like when there is no room (wait
 *          before trying again: poll() goes on calling the socket readable).
 * Out:     remote  the other end as net_format() shows it, NET_TEXT bytes.
 */
int net_accept(int listener, char *remote);

/*
 * Connect, trying every address the name has until one answers; timeout_ms is
 * for each of them.
 *
 * Returns: the descriptor, or -1 and a sentence in why[NET_WHY].
 */
int net_dial(const struct net_addr *addr, int timeout_ms, char *why);

/* Whether the other end of a socket has closed it, or will send nothing more.
 * What it sent before may still be unread. */
bool net_hung_up(int fd);

/* This end of a socket as net_format() shows it.  Returns 0, or -1 and errno.
 * buf holds NET_TEXT bytes. */
int net_local(int fd, char *buf);

#endif
