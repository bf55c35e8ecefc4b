/*
 * A peer of the library as the client of a node: what the node sends is kept
 * and taken out in order.
 *
 * Threads: the test's own.
 */
#ifndef TEST_CLIENT_H
#define TEST_CLIENT_H

#include <btcpeer/peer.h>

#include "probe.h"

struct client {
	struct probe probe;
	struct btcpeer_listeners on;
	struct btcpeer_config config;
	struct btcpeer *p;
	pthread_mutex_t mtx;
	pthread_cond_t moved;
	struct btcwire_msg **inbox;	/* [mtx] */
	size_t first, len, room;	/* [mtx] of the inbox */
	bool blocked;			/* [mtx] nothing is read */
	int receive_buffer;	/* bytes; 0: as the system has it */
	uint64_t keep;			/* types to keep, as bits; 0: all */
};

/* A TCP socket connected to 127.0.0.1; receive_buffer: its bytes, or 0. */
int client_dial(uint16_t port, int receive_buffer);

/* Set up: regtest, everything is kept.  The config may be changed after it. */
void client_init(struct client *c);

/* Connect to a port of 127.0.0.1 and wait until the handshake is done. */
void client_start(struct client *c, uint16_t port);

void client_stop(struct client *c);

/* Queue a message. */
void client_send(struct client *c, enum btcwire_type type, const void *body);

/* Read nothing any more, or again. */
void client_block(struct client *c, bool block);

/*
 * The next message of this type, skipping others; NULL when none came for a
 * minute.  btcwire_msg_unref() it.
 */
struct btcwire_msg *client_next(struct client *c, enum btcwire_type type);

/* Ping, and wait for the pong: whatever the node sent before has come. */
void client_settle(struct client *c);

/* How many messages of this type wait in the inbox. */
unsigned client_waiting(struct client *c, enum btcwire_type type);

/* getheaders or getblocks from the genesis block or the hash of from, up to
 * stop or for as many as there are if that is NULL. */
void client_ask_chain(struct client *c, enum btcwire_type type,
    const struct btcwire_hash *from, const struct btcwire_hash *stop);

/* getdata for one thing. */
void client_get(struct client *c, uint32_t inv_type,
    const struct btcwire_hash *hash);

#endif
