/*
 * btcpeer-sync: download a chain from one node and verify it.
 *
 * What this sample teaches:
 *  - an outbound peer: a socket of one's own, a configuration, listeners, and
 *    the three verbs that end it (session.c);
 *  - which thread does what: listeners work on the peer's input thread, the
 *    main thread only looks on and keeps the time (session.h);
 *  - headers first, with block locators and the branch of most work
 *    (get_headers.c, tree.c, work.c);
 *  - many blocks in flight, kept by reference until it is their turn, and
 *    written as they came (get_blocks.c);
 *  - verifying what comes: linkage, proof of work, merkle root, witness
 *    commitment;
 *  - telling people why a connection ended.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/interrupt.h"
#include "common/streams.h"
#include "sync/session.h"
#include "sync/sync_args.h"
#include "sync/sync_report.h"

int
main(int argc, char **argv)
{
	struct session *session;
	struct sync_args args;
	int rc;

	if (!streams_fill())
		return 1;
	rc = sync_args_parse(&args, argc, argv);
	if (rc >= 0)
		return rc;
	interrupt_catch();
	session = malloc(sizeof(*session));
	if (session == NULL || session_init(session, &args) != 0) {
		fputs("btcpeer-sync: out of memory.\n", stderr);
		rc = 1;
	} else {
		rc = sync_report(session, session_run(session));
	}
	if (session != NULL)
		session_clear(session);
	free(session);
	return rc;
}
