/*
 * btcpeer-ping: time the answers of a node to pings.
 *
 * What this sample teaches:
 *  - the shortest program around an outbound peer: dial, configure, start,
 *    wait for the handshake, disconnect, wait (ping/pinger.c);
 *  - what the handshake tells of a remote, and where that is found
 *    (ping/ping_report.c);
 *  - btcpeer_ping(), and the round trip that the library measures;
 *  - listeners that only pass on what happened to a thread that waits for it.
 */
#include <stdio.h>

#include "common/interrupt.h"
#include "common/streams.h"
#include "ping/ping_args.h"
#include "ping/ping_report.h"
#include "ping/pinger.h"

int
main(int argc, char **argv)
{
	const char *error = NULL;
	struct ping_args args;
	struct pinger g;
	int rc;

	if (!streams_fill())
		return 1;
	rc = ping_args_parse(&args, argc, argv);
	if (rc >= 0)
		return rc;
	interrupt_catch();
	pinger_init(&g, &args);
	pinger_run(&g);
	if (g.error[0] != '\0')
		error = g.error;
	if (!g.unwritten)
		g.unwritten = !report_summary(&args, &g.tally, error);
	if (error != NULL)
		fprintf(stderr, "btcpeer-ping: %s.\n", error);
	else if (g.unwritten)
		fputs("btcpeer-ping: cannot write to standard output.\n",
		    stderr);
	pinger_clear(&g);
	return error == NULL && !g.unwritten ? 0 : 1;
}
