/*
 * A scripted remote: one end of a socket, driven frame by frame by the test.
 */
#ifndef TEST_REMOTE_H
#define TEST_REMOTE_H

#include <stdbool.h>

#include <btcpeer/peer.h>

struct remote {
	int fd;
	char command[13];	/* of the frame read last */
	uint8_t *payload;	/* owned; of that frame */
	size_t len;
};

void remote_init(struct remote *r, int fd);
void remote_clear(struct remote *r);

/* Send bytes as they are. */
void remote_bytes(struct remote *r, const void *data, size_t len);

/* Send a well-formed regtest frame around any payload. */
void remote_frame(struct remote *r, const char *command, const void *payload,
    size_t len);

/* Send a message made from a body. */
void remote_msg(struct remote *r, enum btcwire_type type, const void *body);
void remote_version(struct remote *r, int32_t version, uint64_t nonce,
    bool relay);

/* Read the next frame; false when the connection ended. */
bool remote_read(struct remote *r);

/* Read frames until this command; fails the test when the connection ends. */
void remote_expect(struct remote *r, const char *command);

/* Read whatever comes until the connection ends. */
void remote_drain(struct remote *r);

/* Both halves of a handshake as a remote of that version. */
void remote_handshake(struct remote *r, int32_t version);

#endif
