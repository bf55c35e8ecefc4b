#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "frames.h"
#include "remote.h"

void
remote_init(struct remote *r, int fd)
{
	*r = (struct remote){ .fd = fd };
}

void
remote_clear(struct remote *r)
{
	free(r->payload);
	if (r->fd >= 0)
		close(r->fd);
	*r = (struct remote){ .fd = -1 };
}

void
remote_bytes(struct remote *r, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = send(r->fd, p, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;		/* the peer has gone: the test sees that */
		p += n;
		len -= (size_t)n;
	}
}

void
remote_frame(struct remote *r, const char *command, const void *payload,
    size_t len)
{
	uint8_t head[BTCWIRE_FRAME_HEADER];
	struct btcwire_hash sum;

	btcwire_sha256d(&sum, payload, len);
	frames_head(head, btcwire_chain(BTCWIRE_REGTEST)->magic, command, len,
	    sum.b);
	remote_bytes(r, head, sizeof(head));
	remote_bytes(r, payload, len);
}

void
remote_msg(struct remote *r, enum btcwire_type type, const void *body)
{
	struct btcwire_msg *msg;
	struct btcwire_bytes raw;

	ck_assert_int_eq(btcwire_msg_new(&msg, type, body, NULL), 0);
	raw = btcwire_msg_raw(msg, NULL);
	remote_frame(r, btcwire_command(type), raw.data, raw.len);
	btcwire_msg_unref(msg);
}

void
remote_version(struct remote *r, int32_t version, uint64_t nonce, bool relay)
{
	static const uint8_t agent[] = "/script\xff:1/";
	struct btcwire_version v = { .version = version,
	    .services = BTCWIRE_NODE_NETWORK, .timestamp = 1700000000,
	    .nonce = nonce, .user_agent = { agent, sizeof(agent) - 1 },
	    .start_height = 77, .relay = relay };

	remote_msg(r, BTCWIRE_VERSION, &v);
}

static bool
read_all(int fd, void *buf, size_t len)
{
	char *p = buf;
	ssize_t n;

	while (len > 0) {
		n = recv(fd, p, len, 0);
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

bool
remote_read(struct remote *r)
{
	uint8_t wire[BTCWIRE_FRAME_HEADER];
	struct btcwire_frame h;

	if (!read_all(r->fd, wire, sizeof(wire)))
		return false;
	btcwire_frame_decode(&h, wire);
	memcpy(r->command, h.command, sizeof(r->command));
	free(r->payload);
	r->payload = malloc(h.payload_len + 1);
	ck_assert_ptr_nonnull(r->payload);
	r->len = h.payload_len;
	return read_all(r->fd, r->payload, h.payload_len);
}

void
remote_expect(struct remote *r, const char *command)
{
	while (remote_read(r))
		if (strcmp(r->command, command) == 0)
			return;
	ck_abort_msg("connection ended before %s came", command);
}

void
remote_drain(struct remote *r)
{
	while (remote_read(r))
		;
}

void
remote_handshake(struct remote *r, int32_t version)
{
	remote_version(r, version, 4711, true);
	remote_expect(r, "verack");
	remote_msg(r, BTCWIRE_VERACK, NULL);
}
