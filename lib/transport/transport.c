#include "config.h"

#include <string.h>

#include "transport/transport.h"

void
btct_transport_init(struct btct_transport *t,
    const struct btct_transport_ops *ops, struct btct_io io,
    const uint8_t magic[4], int64_t idle_ms)
{
	*t = (struct btct_transport){ .ops = ops, .io = io };
	memcpy(t->magic, magic, sizeof(t->magic));
	btct_reader_init(&t->reader, io, idle_ms);
}

void
btct_transport_clear(struct btct_transport *t)
{
	btct_reader_clear(&t->reader);
}

int
btct_recv(struct btct_transport *t, struct btct_head *head,
    struct btcwire_rx *rx, struct btcpeer_error *err)
{
	return t->ops->recv(t, head, rx, err);
}

int
btct_send(size_t *written, struct btct_transport *t,
    const struct btct_frame *frame, size_t n, int64_t stall_ms)
{
	return t->ops->send(written, t, frame, n, stall_ms);
}

size_t
btct_wire_len(const struct btct_transport *t, enum btcwire_type type,
    size_t payload_len)
{
	return t->ops->wire_len(type, payload_len);
}
