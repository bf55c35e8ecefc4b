/*
 * A proxy between a program that connects and one that listens: it counts the
 * bytes that pass, and can stop at any of them.
 *
 * Threads: a thread of its own does the work; the functions are for one other.
 */
#ifndef TEST_PROXY_H
#define TEST_PROXY_H

#include <stdbool.h>
#include <stdint.h>

enum proxy_way {
	PROXY_UP,	/* from the program that connected */
	PROXY_DOWN,	/* to it */
	PROXY_WAYS
};

#define PROXY_NEVER UINT64_MAX

struct proxy;

/* One that listens on a free port and passes on to a port of 127.0.0.1. */
struct proxy *proxy_start(uint16_t to);
uint16_t proxy_port(const struct proxy *px);

/* A connection made from now on is held, both ways, when so many bytes have
 * passed one way. */
void proxy_hold(struct proxy *px, enum proxy_way way, uint64_t after);

/*
 * Wait until so many connections, of all there ever were, are held or have
 * ended.  Returns how many are held, or -1 after a minute.
 */
int proxy_wait(struct proxy *px, unsigned connections);

/* Let those that are held go on, never to be held again. */
void proxy_release(struct proxy *px);

/* End those that are held, with a FIN or a RST. */
void proxy_cut(struct proxy *px, bool reset);

/* Bytes that passed on the connection made last. */
uint64_t proxy_bytes(struct proxy *px, enum proxy_way way);

/* Ends what is left of the connections. */
void proxy_stop(struct proxy *px);

#endif
