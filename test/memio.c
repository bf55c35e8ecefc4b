#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <btcpeer/error.h>

#include "memio.h"

void
memio_init(struct memio *m, int64_t now_ms)
{
	*m = (struct memio){ .now_ms = now_ms, .at_end = BTCPEER_E_EOF };
}

void
memio_clear(struct memio *m)
{
	free(m->step);
	free(m->sent);
	memio_init(m, m->now_ms);
}

/* Twice the room where that is needed. */
static void *
grown(void *p, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return p;
	*cap = need * 2;
	p = realloc(p, *cap * size);
	if (p == NULL)
		abort();
	return p;
}

static void
add(struct memio *m, struct memio_step step)
{
	m->step = grown(m->step, &m->step_cap, m->steps + 1, sizeof(*m->step));
	m->step[m->steps++] = step;
}

void
memio_bytes(struct memio *m, const void *data, size_t len)
{
	if (len > 0)
		add(m, (struct memio_step){ .data = data, .len = len });
}

void
memio_pieces(struct memio *m, const void *data, size_t len, size_t size)
{
	const uint8_t *p = data;

	for (; len > size; p += size, len -= size)
		memio_bytes(m, p, size);
	memio_bytes(m, p, len);
}

void
memio_random(struct memio *m, const void *data, size_t len, struct gen *g)
{
	const uint8_t *p = data;
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = 1 + gen_below(g, (uint64_t)1 << gen_below(g, 18));
		if (n > len)
			n = len;
		memio_bytes(m, p, n);
	}
}

void
memio_pause(struct memio *m, int64_t ms)
{
	add(m, (struct memio_step){ .ms = ms });
}

void
memio_code(struct memio *m, int code)
{
	add(m, (struct memio_step){ .code = code });
}

void
memio_turns(struct memio *m, const struct memio_turn *turn, size_t n)
{
	m->turn = turn;
	m->turns = n;
	m->turn_at = 0;
}

/* Let *ms pass, or as much of it as there is before the deadline, which is
 * reached then: false. */
static bool
passes(struct memio *m, int64_t *ms, int64_t deadline_ms)
{
	int64_t left = m->now_ms < deadline_ms ? deadline_ms - m->now_ms : 0;

	if (*ms > 0 && *ms >= left) {
		*ms -= left;
		m->now_ms += left;
		return false;
	}
	m->now_ms += *ms;
	*ms = 0;
	return true;
}

static ssize_t
mem_recv(void *ctx, void *buf, size_t len, int64_t deadline_ms)
{
	struct memio *m = ctx;
	struct memio_step *s;

	m->recv_calls++;
	m->recv_deadline = deadline_ms;
	for (; m->at < m->steps; m->at++, m->taken = 0) {
		s = &m->step[m->at];
		if (!passes(m, &s->ms, deadline_ms))
			return BTCPEER_E_TIMEOUT;
		if (s->code != 0) {
			m->at++;
			return s->code;
		}
		if (m->taken == s->len)
			continue;
		if (len > s->len - m->taken)
			len = s->len - m->taken;
		memcpy(buf, s->data + m->taken, len);
		m->taken += len;
		return (ssize_t)len;
	}
	return m->at_end;
}

static ssize_t
mem_send(void *ctx, const struct iovec *iov, int iov_len, int64_t deadline_ms)
{
	struct memio *m = ctx;
	struct memio_turn t = { .max = m->send_max };
	size_t n, sum = 0;
	int i;

	m->send_calls++;
	m->send_deadline = deadline_ms;
	if (iov_len > m->iov_most)
		m->iov_most = iov_len;
	if (m->turn_at < m->turns)
		t = m->turn[m->turn_at++];
	if (!passes(m, &t.ms, deadline_ms))
		return BTCPEER_E_TIMEOUT;
	if (t.code != 0)
		return t.code;
	for (i = 0; i < iov_len && (t.max == 0 || sum < t.max); i++) {
		n = iov[i].iov_len;
		if (t.max != 0 && n > t.max - sum)
			n = t.max - sum;
		if (n == 0)
			continue;
		m->sent = grown(m->sent, &m->sent_cap, m->sent_len + n, 1);
		memcpy(m->sent + m->sent_len, iov[i].iov_base, n);
		m->sent_len += n;
		sum += n;
	}
	return (ssize_t)sum;
}

static int64_t
mem_now(void *ctx)
{
	const struct memio *m = ctx;

	return m->now_ms;
}

struct btct_io
memio_io(struct memio *m)
{
	return (struct btct_io){ .recv = mem_recv, .send = mem_send,
	    .now_ms = mem_now, .ctx = m };
}
