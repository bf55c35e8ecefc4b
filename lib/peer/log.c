#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "peer/log.h"
#include "util/text.h"

enum { TEXT = 416, LINE = TEXT + BTCPEER_MAX_ADDR + 64, DUMP = 16 };

static void
line(struct btcpeer *p, enum btcpeer_log_level level, const char *text)
{
	char buf[LINE];

	snprintf(buf, sizeof(buf), "peer %llu %s (%s): %s",
	    (unsigned long long)p->id, p->addr,
	    p->inbound ? "inbound" : "outbound", text);
	p->config.log(p->config.user, level, buf);
}

void
btcp_log(struct btcpeer *p, enum btcpeer_log_level level, const char *fmt, ...)
{
	char buf[TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	line(p, level, buf);
}

static void
dump(struct btcpeer *p, struct btcwire_bytes raw)
{
	char buf[16 + 3 * DUMP];
	struct btcu_text t;
	size_t i, k;

	for (i = 0; i < raw.len; i += DUMP) {
		btcu_text_init(&t, buf, sizeof(buf));
		btcu_text_printf(&t, "%06zx", i);
		for (k = i; k < raw.len && k < i + DUMP; k++)
			btcu_text_printf(&t, " %02x", raw.data[k]);
		line(p, BTCPEER_LOG_TRACE, buf);
	}
}

void
btcp_log_message(struct btcpeer *p, const char *verb, struct btcwire_msg *msg)
{
	char buf[TEXT - 32];

	btcwire_summary(buf, sizeof(buf), msg);
	btcp_log(p, BTCPEER_LOG_DEBUG, "%s %s", verb, buf);
	if (p->config.log_level >= BTCPEER_LOG_TRACE)
		dump(p, btcwire_msg_raw(msg, NULL));
}
