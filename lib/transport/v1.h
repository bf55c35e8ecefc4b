/*
 * The original framing: magic, command, length, checksum, payload.
 */
#ifndef BTC_TRANSPORT_V1_H
#define BTC_TRANSPORT_V1_H

#include "transport/transport.h"

#define BTCT_V1_HEADER 24	/* bytes */

struct btct_v1_header {
	uint8_t magic[4];
	char command[13];	/* "" when the 12 bytes are not padded text */
	uint32_t len;
	uint8_t checksum[4];
};

void btct_v1_parse(struct btct_v1_header *h,
    const uint8_t wire[BTCT_V1_HEADER]);

/* command: at most 12 characters. */
void btct_v1_build(uint8_t wire[BTCT_V1_HEADER], const uint8_t magic[4],
    const char *command, size_t len, const uint8_t checksum[4]);

#endif
