/*
 * The message object as the rest of the library sees it: receiving into
 * memory that becomes the message, and cached encodings.
 */
#ifndef BTC_WIRE_MSG_H
#define BTC_WIRE_MSG_H

#include <btcpeer/wire.h>

/*
 * Memory for a message that is arriving.  The payload is read straight into
 * the block of memory that the decoded message will be, so a message costs one
 * allocation, and none at all while the reader gets its block back.
 * Belongs to one thread.
 */
struct btcwire_rx {
	struct btcwire_msg *block;	/* owned; NULL until first used */
};

void btcwire_rx_clear(struct btcwire_rx *rx);

/*
 * Room for the first need bytes of a payload, of which have are there already
 * and are kept.  Grows by no more than need calls for.
 * Returns: the start of the payload, NULL when out of memory (what was there
 * stays).
 */
uint8_t *btcwire_rx_space(struct btcwire_rx *rx, size_t have, size_t need);

/*
 * Decode the payload_len bytes that stand in rx.  On success the memory has
 * become the message and rx is empty; on failure rx keeps it.
 */
BTCPEER_MUSTUSE int btcwire_rx_decode(struct btcwire_msg **out,
    struct btcwire_rx *rx, enum btcwire_type type, size_t payload_len,
    uint32_t pver, uint32_t flags, struct btcpeer_error *err);

/* Give back a reference; when it was the last, rx has its memory again,
 * unless it has grown past keep bytes: then it is freed.  msg or NULL. */
void btcwire_rx_recycle(struct btcwire_rx *rx, struct btcwire_msg *msg,
    size_t keep);

/* The type of the message's command, which a raw message does not have. */
enum btcwire_type btcwire_msg_command_type(const struct btcwire_msg *msg);

/* btcwire_msg_payload() and the first four bytes of its SHA-256d, cached too. */
BTCPEER_MUSTUSE int btcwire_msg_frame(struct btcwire_bytes *payload,
    uint8_t checksum[4], struct btcwire_msg *msg, uint32_t pver,
    uint32_t flags);

#endif
