#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define READ_BYTES 2097152
#define EVENTS     256
#define KEEP       8		/* bytes of a payload: a ping's nonce */

/* One connection: where in its stream it is. */
struct conn {
	int fd;
	size_t head_len;	/* bytes of head that are here */
	uint8_t head[BTCWIRE_FRAME_HEADER];
	struct btcwire_frame frame;	/* when head is whole */
	size_t at;		/* bytes of its payload that have passed */
	uint8_t kept[KEEP];
};

struct remote_end {
	int epoll;
	struct conn *listener;	/* or NULL */
	size_t open, ever;
	void (*got)(uint64_t bytes);
	uint8_t *buf;		/* READ_BYTES */
	uint8_t *hello;		/* version and verack, as they go out */
	size_t hello_len;
};

/* ---- What it says -------------------------------------------------- */

static void
append_frame(uint8_t *out, size_t *at, const char *command,
    const void *payload, size_t len)
{
	const struct btcwire_chain *chain = btcwire_chain(BTCWIRE_REGTEST);
	struct btcwire_frame f = { .payload_len = (uint32_t)len };
	struct btcwire_hash sum;

	memcpy(f.magic, chain->magic, sizeof(f.magic));
	memcpy(f.command, command, strlen(command));
	btcwire_sha256d(&sum, payload, len);
	memcpy(f.checksum, sum.b, sizeof(f.checksum));
	btcwire_frame_encode(out + *at, &f);
	*at += BTCWIRE_FRAME_HEADER;
	memcpy(out + *at, payload, len);
	*at += len;
}

static void
make_hello(struct remote_end *r)
{
	struct btcwire_version v = { .version = 70016, .timestamp = 1700000000,
	    .nonce = 1, .relay = true };
	uint8_t buf[512];
	size_t len;

	v.user_agent.data = (const uint8_t *)"/bench/";
	v.user_agent.len = 7;
	need(btcwire_body_encode(buf, &len, sizeof(buf), BTCWIRE_VERSION, &v,
	    BTCWIRE_PVER_NEWEST, 0, NULL) == 0, "cannot encode version");
	r->hello = need_memory(len + 64);
	append_frame(r->hello, &r->hello_len, "version", buf, len);
	append_frame(r->hello, &r->hello_len, "verack", "", 0);
}

/* A message is over. */
static void
answer(struct remote_end *r, struct conn *c)
{
	uint8_t pong[BTCWIRE_FRAME_HEADER + KEEP];
	size_t len = 0;

	if (strcmp(c->frame.command, "version") == 0) {
		write_all(c->fd, r->hello, r->hello_len);
	} else if (strcmp(c->frame.command, "ping") == 0) {
		append_frame(pong, &len, "pong", c->kept, sizeof(c->kept));
		write_all(c->fd, pong, len);
	}
}

/* ---- What it hears ------------------------------------------------- */

/* Bytes of a message, from its start or its midst; returns how many. */
static size_t
take(struct remote_end *r, struct conn *c, const uint8_t *p, size_t len)
{
	size_t n, k;

	if (c->head_len < sizeof(c->head)) {
		n = sizeof(c->head) - c->head_len;
		n = n < len ? n : len;
		memcpy(c->head + c->head_len, p, n);
		c->head_len += n;
		if (c->head_len < sizeof(c->head))
			return n;
		btcwire_frame_decode(&c->frame, c->head);
		c->at = 0;
	} else {
		n = c->frame.payload_len - c->at;
		n = n < len ? n : len;
		for (k = 0; k < n && c->at + k < KEEP; k++)
			c->kept[c->at + k] = p[k];
		c->at += n;
	}
	if (c->at == c->frame.payload_len) {
		answer(r, c);
		c->head_len = 0;
	}
	return n;
}

static void
conn_end(struct remote_end *r, struct conn *c)
{
	close(c->fd);
	free(c);
	r->open--;
}

static void
conn_read(struct remote_end *r, struct conn *c)
{
	ssize_t n = recv(c->fd, r->buf, READ_BYTES, MSG_DONTWAIT);
	size_t at = 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_end(r, c);
		return;
	}
	while (at < (size_t)n)
		at += take(r, c, r->buf + at, (size_t)n - at);
	if (r->got != NULL)
		r->got((uint64_t)n);
}

/* ---- Serving ------------------------------------------------------- */

static struct conn *
watch(struct remote_end *r, int fd)
{
	struct conn *c = need_memory(sizeof(*c));
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };

	c->fd = fd;
	need(epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &ev) == 0, "no epoll");
	return c;
}

struct remote_end *
remotes_new(void (*got)(uint64_t bytes))
{
	struct remote_end *r = need_memory(sizeof(*r));

	r->epoll = epoll_create1(0);
	need(r->epoll >= 0, "no epoll");
	r->got = got;
	r->buf = need_memory(READ_BYTES);
	make_hello(r);
	return r;
}

void
remotes_add(struct remote_end *r, int fd)
{
	watch(r, fd);
	r->open++;
	r->ever++;
}

void
remotes_listen(struct remote_end *r, int fd)
{
	r->listener = watch(r, fd);
}

void
remotes_run(struct remote_end *r)
{
	struct epoll_event ev[EVENTS];
	struct conn *c;
	int i, n, fd;

	while (r->open > 0 || r->ever == 0) {
		n = epoll_wait(r->epoll, ev, EVENTS, -1);
		for (i = 0; i < n; i++) {
			c = ev[i].data.ptr;
			if (c != r->listener) {
				conn_read(r, c);
				continue;
			}
			fd = accept(c->fd, NULL, NULL);
			need(fd >= 0, "cannot accept: %s", strerror(errno));
			remotes_add(r, fd);
		}
	}
	if (r->listener != NULL)
		close(r->listener->fd);
	free(r->listener);
	close(r->epoll);
	free(r->hello);
	free(r->buf);
	free(r);
}
