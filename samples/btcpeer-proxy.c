/*
 * btcpeer-proxy: stand between Bitcoin nodes and show what they say.
 *
 * How the parts fit together:
 *
 *	btcpeer-proxy.c	accepts connections
 *	proxy_args.c	the command line
 *	link.c		a connection: a thread that calls the node for a client,
 *			and ends one side after the other
 *	side.c		the two peers of a connection: what one reads, the other
 *			sends
 *	facts.c		what the version message of one end tells the other
 *	proxy_report.c	lines and captures
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/interrupt.h"
#include "common/net.h"
#include "common/streams.h"
#include "proxy/link.h"
#include "proxy/proxy_args.h"
#include "proxy/proxy_report.h"

#define TICK_MS 50	/* how long a signal may wait to be seen */

/* Returns whether a connection came. */
static bool
accept_one(struct links *links, int listener)
{
	struct pollfd pfd = { .fd = listener, .events = POLLIN };
	char addr[NET_TEXT];
	int fd;

	if (poll(&pfd, 1, TICK_MS) <= 0)
		return false;
	fd = net_accept(listener, addr);
	if (fd < 0) {
		/* Without descriptors it would be asked for again at once. */
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			(void)poll(NULL, 0, TICK_MS);
		return false;
	}
	links_add(links, fd, addr);
	return true;
}

static int
start(const struct proxy_args *args)
{
	char local[NET_TEXT], why[NET_WHY];
	int listener = net_listen(&args->listen, why);

	if (listener < 0) {
		report_notice("cannot listen on %s", why);
		return -1;
	}
	if (net_local(listener, local) != 0)
		(void)net_format(local, &args->listen);
	report_listening(args, local);
	return listener;
}

static int
run(const struct proxy_args *args, struct links *links)
{
	int listener = start(args);

	if (listener < 0)
		return 1;
	while (!report_ending())
		if (accept_one(links, listener) && args->once)
			break;
	(void)close(listener);
	links_wait(links);
	if (report_failed()) {
		report_notice("cannot write");
		return 1;
	}
	return args->once && !links_passed(links);
}

int
main(int argc, char **argv)
{
	struct proxy_args args;
	struct links *links;
	int status;

	if (!streams_fill()) {
		fprintf(stderr, "btcpeer-proxy: cannot start: %s\n",
		    strerror(errno));
		return 1;
	}
	status = proxy_args_parse(&args, argc, argv);
	if (status >= 0)
		return status;
	interrupt_catch();
	links = links_new(&args);
	if (links == NULL) {
		report_notice("out of memory");
		return 1;
	}
	status = run(&args, links);
	links_free(links);
	return status;
}
