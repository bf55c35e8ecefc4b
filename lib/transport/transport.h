/*
 * A connection as frames: what the peer reads and writes, whatever the bytes
 * on the wire look like.  One thread receives, another sends.
 */
#ifndef BTC_TRANSPORT_TRANSPORT_H
#define BTC_TRANSPORT_TRANSPORT_H

#include <btcpeer/wire.h>
#include "transport/stream.h"
#include "wire/msg.h"

/* What came: filled also when the message has to be dropped. */
struct btct_head {
	char command[13];	/* printable, terminated; "" if it was not text */
	enum btcwire_type type;	/* BTCWIRE_UNKNOWN when there is no codec */
	size_t payload_len;
	size_t wire_len;	/* with header */
};

/* What goes: payload is borrowed until the write is over. */
struct btct_frame {
	enum btcwire_type type;
	struct btcwire_bytes payload;
	uint8_t checksum[4];
	const char *command;	/* NULL: that of type */
};

struct btct_transport;

struct btct_transport_ops {
	const char *name;
	int (*recv)(struct btct_transport *t, struct btct_head *head,
	    struct btcwire_rx *rx, struct btcpeer_error *err);
	int (*send)(size_t *written, struct btct_transport *t,
	    const struct btct_frame *frame, size_t n, int64_t stall_ms);
	size_t (*wire_len)(enum btcwire_type type, size_t payload_len);
};

/*
 * Members are used by:  I  set up before the threads start
 *                       r  the receiving thread   s  the sending thread
 */
struct btct_transport {
	const struct btct_transport_ops *ops;	/* [I] */
	struct btct_io io;			/* [I] */
	uint8_t magic[4];			/* [I] */
	struct btct_reader reader;		/* [r] */
	enum btcwire_type arriving;		/* [r] type of a payload not yet complete */
};

void btct_transport_init(struct btct_transport *t,
    const struct btct_transport_ops *ops, struct btct_io io,
    const uint8_t magic[4], int64_t idle_ms);
void btct_transport_clear(struct btct_transport *t);

/*
 * The next message: its payload stands in rx.
 *
 * Returns: 0; BTCPEER_E_CHECKSUM or _COMMAND: this message is bad, the next
 *          one can be read; anything else ends the connection: _MAGIC,
 *          _OVERSIZE, _EOF, _TIMEOUT, _IO, _NOMEM.
 */
int btct_recv(struct btct_transport *t, struct btct_head *head,
    struct btcwire_rx *rx, struct btcpeer_error *err);

/* Most frames that one btct_send() takes; few of them cost little stack. */
#define BTCT_SEND_MAX 256
#define BTCT_SEND_FEW 16

/*
 * Write n frames, 1 to BTCT_SEND_MAX, with as few system calls as it takes.
 * Out:     written  bytes that went out, also on failure; the frames that are
 *                   whole in them were sent.
 */
int btct_send(size_t *written, struct btct_transport *t,
    const struct btct_frame *frame, size_t n, int64_t stall_ms);

/* Bytes on the wire for a message. */
size_t btct_wire_len(const struct btct_transport *t, enum btcwire_type type,
    size_t payload_len);

extern const struct btct_transport_ops btct_v1;

#endif
