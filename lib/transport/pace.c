#include "config.h"

#include "transport/pace.h"
#include "util/clock.h"

void
btct_pace_init(struct btct_pace *p, int64_t idle_ms, int64_t now_ms)
{
	*p = (struct btct_pace){ .idle_ms = idle_ms, .last_ms = now_ms };
}

void
btct_pace_rest(struct btct_pace *p, bool begun, int64_t now_ms)
{
	p->last_ms = now_ms;
	p->in_message = begun;
	p->window_ms = now_ms;
	p->window_bytes = 0;
}

void
btct_pace_got(struct btct_pace *p, size_t n, int64_t now_ms)
{
	p->last_ms = now_ms;
	if (!p->in_message) {
		p->in_message = true;
		p->window_ms = now_ms;
		p->window_bytes = 0;
	}
	p->window_bytes += n;
	if (p->window_bytes >= BTCT_PACE_BYTES) {
		p->window_ms = now_ms;
		p->window_bytes = 0;
	}
}

static int64_t
slow_deadline(const struct btct_pace *p)
{
	return p->in_message ? btcu_after(p->window_ms, BTCT_PACE_WINDOW_MS)
	    : BTCU_NEVER;
}

int64_t
btct_pace_deadline(const struct btct_pace *p)
{
	int64_t idle = btcu_after(p->last_ms, p->idle_ms);
	int64_t slow = slow_deadline(p);

	return idle < slow ? idle : slow;
}

bool
btct_pace_too_slow(const struct btct_pace *p)
{
	return slow_deadline(p) <= btcu_after(p->last_ms, p->idle_ms);
}
