#include "config.h"

#include <pthread.h>
#include <time.h>

#include "bench.h"

#define GATE_S 150

static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static uint64_t gate_left;	/* [mtx] */

void
gate_set(uint64_t want)
{
	pthread_mutex_lock(&mtx);
	gate_left = want;
	pthread_mutex_unlock(&mtx);
}

void
gate_pass(uint64_t n)
{
	pthread_mutex_lock(&mtx);
	gate_left = n < gate_left ? gate_left - n : 0;
	if (gate_left == 0)
		pthread_cond_broadcast(&opened);
	pthread_mutex_unlock(&mtx);
}

void
gate_wait(const char *what)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += GATE_S;
	pthread_mutex_lock(&mtx);
	while (gate_left > 0 && rc == 0)
		rc = pthread_cond_timedwait(&opened, &mtx, &until);
	need(rc == 0, "%s: %llu are missing after %d s", what,
	    (unsigned long long)gate_left, GATE_S);
	pthread_mutex_unlock(&mtx);
}

struct btcpeer_config
quiet_config(const struct btcpeer_listeners *on)
{
	struct btcpeer_config c = BTCPEER_CONFIG_INIT;

	c.chain = btcwire_chain(BTCWIRE_REGTEST);
	c.listeners = on;
	c.allow_self = true;
	c.handshake_timeout_ms = -1;
	return c;
}

void
on_ready_gate(struct btcpeer *p, void *user)
{
	(void)p;
	(void)user;
	gate_pass(1);
}

struct btcpeer *
start_peer(const struct btcpeer_config *config, bool inbound, int fd)
{
	struct btcpeer_error err = { .text = "" };
	struct btcpeer *p = NULL;
	int rc;

	rc = inbound ? btcpeer_new_inbound(&p, config, NULL, &err)
	    : btcpeer_new_outbound(&p, config, NULL, &err);
	need(rc == 0, "cannot make a peer: %s", err.text);
	rc = btcpeer_start(p, fd);
	need(rc == 0, "cannot start a peer: %s", btcpeer_strerror(rc));
	return p;
}

void
stop_peer(struct btcpeer *p)
{
	btcpeer_disconnect(p);
	need(btcpeer_wait(p, -1) == 0, "cannot wait for a peer");
	btcpeer_unref(p);
}

void
await_ready(struct btcpeer *p)
{
	struct btcpeer_stats stats = BTCPEER_STATS_INIT;
	struct timespec pause = { .tv_nsec = 1000000 };

	do {
		nanosleep(&pause, NULL);
		need(btcpeer_stats(p, &stats) == 0 &&
		    stats.reason == BTCPEER_REASON_NONE,
		    "a peer ended: %s", stats.why);
	} while (!stats.ready);
}

void
pair_start(struct pair *pair, const struct btcpeer_listeners *on)
{
	struct btcpeer_listeners first = BTCPEER_LISTENERS_INIT, second = *on;
	struct btcpeer_config c;
	int fd[2];

	first.on_ready = second.on_ready = on_ready_gate;
	tcp_pair(fd);
	gate_set(2);
	c = quiet_config(&second);
	pair->p[1] = start_peer(&c, true, fd[1]);
	c = quiet_config(&first);
	pair->p[0] = start_peer(&c, false, fd[0]);
	gate_wait("handshake");
}

void
pair_stop(struct pair *pair)
{
	stop_peer(pair->p[0]);
	stop_peer(pair->p[1]);
}

struct btcwire_msg *
make(enum btcwire_type type, const void *body)
{
	struct btcpeer_error err = { .text = "" };
	struct btcwire_msg *msg = NULL;
	int rc = btcwire_msg_new(&msg, type, body, &err);

	need(rc == 0, "cannot make %s: %s", btcwire_command(type), err.text);
	return msg;
}

void
queue_take(struct btcpeer *p, struct btcwire_msg *msg)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	int rc;

	send.wait_ms = 60000;
	rc = btcpeer_queue_message_take(p, msg, &send);
	need(rc == 0, "cannot queue: %s", btcpeer_strerror(rc));
}
