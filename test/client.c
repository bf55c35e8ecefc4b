#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

#define PING_NONCE UINT64_C(0x5e771e)

static void
keep(struct btcpeer *p, struct btcwire_msg *msg, struct probe *pr)
{
	struct client *c = pr->arg;
	uint64_t bit = UINT64_C(1) << btcwire_msg_type(msg);

	(void)p;
	pthread_mutex_lock(&c->mtx);
	while (c->blocked)
		pthread_cond_wait(&c->moved, &c->mtx);
	if (c->keep != 0 && (c->keep & bit) == 0) {
		pthread_mutex_unlock(&c->mtx);
		return;
	}
	if (c->len == c->room) {
		c->room = c->room * 2 + 64;
		c->inbox = realloc(c->inbox, c->room * sizeof(*c->inbox));
		if (c->inbox == NULL)
			abort();
	}
	c->inbox[c->len++] = btcwire_msg_ref(msg);
	pthread_cond_broadcast(&c->moved);
	pthread_mutex_unlock(&c->mtx);
}

int
client_dial(uint16_t port, int receive_buffer)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	if (receive_buffer > 0)
		ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF,
		    &receive_buffer, sizeof(receive_buffer)), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return fd;
}

void
client_init(struct client *c)
{
	pthread_condattr_t attr;

	memset(c, 0, sizeof(*c));
	probe_init(&c->probe, &c->config, &c->on);
	c->probe.on_message = keep;
	c->probe.arg = c;
	c->config.services = BTCWIRE_NODE_WITNESS;
	pthread_mutex_init(&c->mtx, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->moved, &attr);
	pthread_condattr_destroy(&attr);
}

void
client_start(struct client *c, uint16_t port)
{
	ck_assert_int_eq(btcpeer_new_outbound(&c->p, &c->config, NULL, NULL),
	    0);
	ck_assert_int_eq(btcpeer_start(c->p, client_dial(port,
	    c->receive_buffer)), 0);
	ck_assert(probe_wait(&c->probe, &c->probe.ready, 1));
}

void
client_stop(struct client *c)
{
	client_block(c, false);
	btcpeer_disconnect(c->p);
	ck_assert_int_eq(btcpeer_wait(c->p, 60000), 0);
	btcpeer_unref(c->p);
	ck_assert_uint_eq(c->probe.wrong, 0);
	ck_assert_uint_eq(c->probe.read_bad, 0);
	while (c->first < c->len)
		btcwire_msg_unref(c->inbox[c->first++]);
	free(c->inbox);
	pthread_cond_destroy(&c->moved);
	pthread_mutex_destroy(&c->mtx);
	probe_clear(&c->probe);
}

void
client_send(struct client *c, enum btcwire_type type, const void *body)
{
	ck_assert_int_eq(btcpeer_queue_message_take(c->p, new_msg(type, body),
	    NULL), 0);
}

void
client_block(struct client *c, bool block)
{
	pthread_mutex_lock(&c->mtx);
	c->blocked = block;
	pthread_cond_broadcast(&c->moved);
	pthread_mutex_unlock(&c->mtx);
}

struct btcwire_msg *
client_next(struct client *c, enum btcwire_type type)
{
	struct btcwire_msg *msg = NULL;
	struct timespec ts;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += 60;
	pthread_mutex_lock(&c->mtx);
	while (msg == NULL && rc == 0) {
		if (c->first == c->len) {
			rc = pthread_cond_timedwait(&c->moved, &c->mtx, &ts);
			continue;
		}
		msg = c->inbox[c->first++];
		if (btcwire_msg_type(msg) == type)
			break;
		btcwire_msg_unref(msg);
		msg = NULL;
	}
	pthread_mutex_unlock(&c->mtx);
	return msg;
}

void
client_settle(struct client *c)
{
	struct btcwire_ping ping = { .nonce = PING_NONCE };

	unsigned pongs = probe_get(&c->probe,
	    &c->probe.seen[BTCWIRE_PONG]);

	client_send(c, BTCWIRE_PING, &ping);
	ck_assert(probe_wait(&c->probe, &c->probe.seen[BTCWIRE_PONG],
	    pongs + 1));
}

unsigned
client_waiting(struct client *c, enum btcwire_type type)
{
	unsigned n = 0;
	size_t i;

	pthread_mutex_lock(&c->mtx);
	for (i = c->first; i < c->len; i++)
		n += btcwire_msg_type(c->inbox[i]) == type;
	pthread_mutex_unlock(&c->mtx);
	return n;
}

void
client_ask_chain(struct client *c, enum btcwire_type type,
    const struct btcwire_hash *from, const struct btcwire_hash *stop)
{
	struct btcwire_locator locator = { .version = BTCWIRE_PVER_NEWEST,
	    .hash = from, .hash_len = 1 };

	if (from == NULL)
		locator.hash = &btcwire_chain(BTCWIRE_REGTEST)->genesis_hash;
	if (stop != NULL)
		locator.stop = *stop;
	client_send(c, type, &locator);
}

void
client_get(struct client *c, uint32_t inv_type, const struct btcwire_hash *hash)
{
	struct btcwire_invvect vec = { .type = inv_type, .hash = *hash };
	struct btcwire_inv inv = { .vec = &vec, .vec_len = 1 };

	client_send(c, BTCWIRE_GETDATA, &inv);
}
