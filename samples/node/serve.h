/*
 * The peers of the node: those that connected, until they are gone.
 *
 * Threads: one thread, the one that accepts connections, calls these functions.
 */
#ifndef SAMPLES_NODE_SERVE_H
#define SAMPLES_NODE_SERVE_H

#include <stdio.h>

#include "chain.h"
#include "pool.h"

struct server;

/* Returns: 0 or BTCPEER_E_NOMEM.  Chain and pool must outlive the server. */
int server_new(struct server **out, struct chain *chain, struct pool *pool);

/* Serve the remote at the other end of a socket, which is taken over, also
 * when that fails; a note tells. */
void server_add(struct server *srv, int fd BTCPEER_TAKES, const char *addr);

/* Tell all peers of the blocks that the chain got since they heard last. */
void server_announce(struct server *srv);

/* A table of statistics, one line for each peer, and a line that counts. */
void server_print(struct server *srv, FILE *out);

/* Disconnect all peers, wait for the end of each, and free the server.
 * srv or NULL. */
void server_free(struct server *srv);

#endif
