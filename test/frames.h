/*
 * Streams of v1 messages, good and bad, as a remote sends them.
 */
#ifndef TEST_FRAMES_H
#define TEST_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include <btcpeer/wire.h>

struct frames {
	uint8_t magic[4];
	uint8_t *b;	/* owned */
	size_t len;
};

#define FRAMES_MAINNET { .magic = { 0xf9, 0xbe, 0xb4, 0xd9 } }

/* command: at most 12 characters. */
void frames_head(uint8_t head[BTCWIRE_FRAME_HEADER], const uint8_t magic[4],
    const char *command, size_t len, const uint8_t checksum[4]);

void frames_clear(struct frames *f);

void frames_bytes(struct frames *f, const void *data, size_t len);

/* A message; spoil is xor-ed into the last byte of its checksum. */
void frames_msg(struct frames *f, const char *command, const void *payload,
    size_t len, uint8_t spoil);

/* A message with len bytes made from the seed. */
void frames_random(struct frames *f, const char *command, size_t len,
    uint64_t seed);

#endif
