/*
 * btcpeer-decode: show what bytes of the protocol say.
 *
 * What this sample teaches:
 *  - decoding without a peer: a payload to a message, and what is wrong with
 *    one that is none (decoder.c);
 *  - frames, where they stand one after the other (stream.c);
 *  - one function for each message, dispatched by the list of messages, so
 *    that a message that is new to the library cannot be forgotten (bodies.h);
 *  - that text from remotes is never printed as it came (emit.c).
 */
#include <stdio.h>

#include "decode/decoder.h"

static void
decode(struct decoder *d)
{
	const struct decode_args *a = d->args;
	struct place at = { .command = btcwire_command(a->type) };

	switch (a->what) {
	case DECODE_BODY:
	case DECODE_MESSAGE:
		decoder_payload(d, &at, a->type, d->in.data, d->in.len,
		    a->what == DECODE_BODY);
		break;
	case DECODE_HEADERS:
		decode_headers(d);
		break;
	case DECODE_STREAM:
		decode_stream(d);
		break;
	}
}

/* Returns the exit status. */
static int
run(const struct decode_args *args)
{
	struct decoder d = { .args = args };
	struct btcpeer_error err;

	emit_init(&d.emit, args->json ? &emit_json : &emit_text);
	if (input_read(&d.in, args->file, args->what == DECODE_HEADERS,
	    &err) == 0)
		decode(&d);
	else
		decoder_error(&d, &(struct place){ .command = NULL }, &err);
	input_clear(&d.in);
	emit_clear(&d.emit);
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return d.failed ? 1 : 0;
	fputs("btcpeer-decode: cannot write to standard output.\n", stderr);
	return 1;
}

int
main(int argc, char **argv)
{
	struct decode_args args;
	int rc = decode_args_parse(&args, argc, argv);

	return rc >= 0 ? rc : run(&args);
}
