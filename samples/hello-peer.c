/*
 * hello-peer: two peers in one process that shake hands.  The library takes any
 * stream socket that is connected: here the two ends of a socketpair.
 */
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>

#include <btcpeer/peer.h>

/* Posted by each peer when it has the remote's verack, and when it ends. */
static sem_t moved;
static atomic_int veracks;

/*
 * Listeners for messages run on a thread of the peer, which reads nothing while
 * they do: they should be short.  What they get is lent until they return.
 */
static void
on_version(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_version *version, void *user)
{
	struct btcpeer_stats stats = BTCPEER_STATS_INIT;

	(void)msg;
	(void)user;
	/* Text from a remote is not printed as it came: here it is escaped. */
	if (btcpeer_stats(p, &stats) == 0)
		printf("%s: version %d of %s\n", btcpeer_addr(p),
		    (int)version->version, stats.user_agent);
}

static void
on_verack(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_empty *verack, void *user)
{
	(void)msg;
	(void)verack;
	(void)user;
	printf("%s: verack\n", btcpeer_addr(p));
	atomic_fetch_add(&veracks, 1);
	sem_post(&moved);
}

/* The last callback of every peer that was started. */
static void
on_disconnect(struct btcpeer *p, enum btcpeer_reason reason, const char *why,
    void *user)
{
	(void)why;
	(void)user;
	printf("%s: ended: %s\n", btcpeer_addr(p), btcpeer_reason_text(reason));
	sem_post(&moved);
}

int
main(void)
{
	struct btcpeer_listeners on = BTCPEER_LISTENERS_INIT;
	struct btcpeer_config config = BTCPEER_CONFIG_INIT;
	struct btcpeer *in = NULL, *out = NULL;
	int fd[2], rc, rc_out;

	on.on_version = on_version;
	on.on_verack = on_verack;
	on.on_disconnect = on_disconnect;
	config.listeners = &on;		/* copied, as the whole config is */
	config.chain = btcwire_chain(BTCWIRE_REGTEST);
	config.allow_self = true;	/* the remote is this process */
	rc = btcpeer_new_inbound(&in, &config, "inbound", NULL);
	if (rc == 0)
		rc = btcpeer_new_outbound(&out, &config, "outbound", NULL);
	if (rc == 0 && (sem_init(&moved, 0, 0) != 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, fd) != 0))
		rc = BTCPEER_E_IO;
	if (rc == 0) {
		/* Both, for this takes the socket even when it fails. */
		rc = btcpeer_start(in, fd[0]);
		rc_out = btcpeer_start(out, fd[1]);
		rc = rc != 0 ? rc : rc_out;
	}
	if (rc == 0) {
		(void)sem_wait(&moved);	/* for one verack */
		(void)sem_wait(&moved);	/* and the other */
	}
	/* disconnect asks for the end, wait is sure of it, unref frees.  The
	 * inbound peer sees the connection close, and ends by itself. */
	if (out != NULL) {
		btcpeer_disconnect(out);
		if (btcpeer_wait(out, -1) != 0 || btcpeer_wait(in, -1) != 0)
			return 1;
	}
	btcpeer_unref(out);
	btcpeer_unref(in);
	if (rc != 0)
		fprintf(stderr, "hello-peer: %s\n", btcpeer_strerror(rc));
	return rc != 0 || atomic_load(&veracks) != 2;
}
