#include "facts.h"

#include <sys/socket.h>
#include <sys/types.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "../common/interrupt.h"
#include "../common/progress.h"
#include "proxy_report.h"

#define TICK_MS 20	/* between two looks */
#define ROOM    2048	/* more than any version message has */

void
facts_take(struct facts *f, const struct btcwire_version *version)
{
	size_t i, len = version->user_agent.len;

	*f = (struct facts){ .services = version->services,
	    .version = version->version > 0 ? (uint32_t)version->version : 0,
	    .height = version->start_height, .relay = version->relay };
	if (f->version > BTCWIRE_PVER_NEWEST)
		f->version = BTCWIRE_PVER_NEWEST;
	if (len >= sizeof(f->agent))
		len = sizeof(f->agent) - 1;
	for (i = 0; i < len; i++) {
		f->agent[i] = (char)version->user_agent.data[i];
		if (f->agent[i] < 0x20 || f->agent[i] > 0x7e)
			f->agent[i] = '?';
	}
}

static int
fail(char *why, const char *text)
{
	(void)snprintf(why, NET_WHY, "%s", text);
	return -1;
}

/* The message in the first len bytes.  Returns 1 when it has not come whole. */
static int
take_bytes(struct facts *f, const uint8_t *data, size_t len,
    const struct btcwire_chain *chain, char *why)
{
	struct btcwire_frame frame;
	struct btcpeer_error err;
	struct btcwire_msg *msg;

	if (len < BTCWIRE_FRAME_HEADER)
		return 1;
	btcwire_frame_decode(&frame, data);
	if (memcmp(frame.magic, chain->magic, sizeof(frame.magic)) != 0)
		return fail(why, "it speaks to another network");
	if (strcmp(frame.command, btcwire_command(BTCWIRE_VERSION)) != 0)
		return fail(why, "its first message is not version");
	if (frame.payload_len > ROOM - BTCWIRE_FRAME_HEADER)
		return fail(why, "its version message is too long");
	if (len - BTCWIRE_FRAME_HEADER < frame.payload_len)
		return 1;
	if (btcwire_decode(&msg, BTCWIRE_VERSION, data + BTCWIRE_FRAME_HEADER,
	    frame.payload_len, BTCWIRE_PVER_NEWEST, 0, &err) != 0)
		return fail(why, err.text);
	facts_take(f, btcwire_version_of(msg));
	btcwire_msg_unref(msg);
	return 0;
}

int
facts_peek(struct facts *f, int fd, const struct btcwire_chain *chain,
    int64_t timeout_ms, char *why)
{
	int64_t until = progress_now_ms() + timeout_ms;
	uint8_t data[ROOM];
	bool left;
	ssize_t n;
	int rc;

	do {
		/* What it sent before that is all there is to read. */
		left = net_hung_up(fd);
		n = recv(fd, data, sizeof(data), MSG_PEEK | MSG_DONTWAIT);
		if (n == 0)
			return fail(why, "it left without a word");
		if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK &&
		    errno != EINTR)
			return fail(why, strerror(errno));
		rc = take_bytes(f, data, n > 0 ? (size_t)n : 0, chain, why);
		if (rc <= 0)
			return rc;
		if (left)
			return fail(why, "it left within its first message");
		/* What is there already would end any wait for more. */
		(void)poll(NULL, 0, TICK_MS);
	} while (!report_ending() && progress_now_ms() < until);
	if (report_ending())
		return fail(why, interrupted() ? "interrupted" : "given up");
	return fail(why, "its version message does not come");
}
