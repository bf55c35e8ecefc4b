#include "config.h"

#include <stdio.h>
#include <string.h>

#include "peer/options.h"
#include "peer/peer.h"

uint64_t
btcpeer_id(const struct btcpeer *p)
{
	return p->id;
}

void *
btcpeer_user(const struct btcpeer *p)
{
	return p->config.user;
}

bool
btcpeer_is_inbound(const struct btcpeer *p)
{
	return p->inbound;
}

const char *
btcpeer_addr(const struct btcpeer *p)
{
	return atomic_load(&p->named) ? p->addr : "";
}

bool
btcpeer_wants_headers(struct btcpeer *p)
{
	bool wants;

	btcu_lock(&p->mtx);
	wants = p->stats.wants_headers;
	btcp_unlock(p);
	return wants;
}

char *
btcpeer_to_string(char *buf, size_t size, const struct btcpeer *p)
{
	snprintf(buf, size, "%s (%s)", btcpeer_addr(p),
	    p->inbound ? "inbound" : "outbound");
	return buf;
}

void
btcpeer_update_last_block(struct btcpeer *p, int32_t height)
{
	btcu_lock(&p->mtx);
	if (height > p->stats.last_block)
		p->stats.last_block = height;
	btcp_unlock(p);
}

void
btcpeer_update_last_announced(struct btcpeer *p,
    const struct btcwire_hash *block)
{
	btcu_lock(&p->mtx);
	p->stats.announced = true;
	p->stats.last_announced = *block;
	btcp_unlock(p);
}

enum btcpeer_reason
btcpeer_reason(struct btcpeer *p)
{
	enum btcpeer_reason reason;

	btcu_lock(&p->mtx);
	reason = p->stats.reason;
	btcp_unlock(p);
	return reason;
}

const char *
btcpeer_reason_text(enum btcpeer_reason reason)
{
	switch (reason) {
#define XX(name, text) case BTCPEER_REASON_##name: return text;
	BTCPEER_REASON_MAP(XX)
#undef XX
	case BTCPEER_NREASONS:
		break;
	}
	return "unknown reason";
}

int
btcpeer_stats(struct btcpeer *p, struct btcpeer_stats *stats)
{
	struct btcpeer_stats s;
	size_t size = stats->size;

	if (size < sizeof(s.size) || size > BTCP_SIZE_SANE)
		return BTCPEER_E_INVAL;
	if (size > sizeof(s)) {
		memset((char *)stats + sizeof(s), 0, size - sizeof(s));
		size = sizeof(s);
	}
	btcu_lock(&p->mtx);
	s = p->stats;
	s.queue_msgs = p->queue.msgs;
	s.queue_bytes = p->queue.bytes;
	s.queue_max_msgs = p->queue.peak_msgs;
	btcp_unlock(p);
	snprintf(s.addr, sizeof(s.addr), "%s", btcpeer_addr(p));
	s.size = stats->size;
	memcpy(stats, &s, size);
	return 0;
}

int
btcpeer_command_stats(struct btcpeer_command_stats *out, struct btcpeer *p,
    enum btcwire_type type)
{
	if ((unsigned)type >= BTCWIRE_NTYPES)
		return BTCPEER_E_INVAL;
	btcu_lock(&p->mtx);
	*out = p->by_type[type];
	btcp_unlock(p);
	return 0;
}
