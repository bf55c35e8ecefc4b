#include "decode_args.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../common/usage.h"

#define USAGE \
	"usage: btcpeer-decode [--json] [--pver N] [--no-witness]\n" \
	"                      [--strict] [--chain CHAIN]\n" \
	"                      (block | tx | headers | stream | " \
	"message COMMAND) [FILE]\n"

enum {
	ARG_JSON = USAGE_LONG, ARG_PVER, ARG_NO_WITNESS, ARG_STRICT, ARG_CHAIN,
	ARG_HELP, ARG_VERSION
};

static const struct option options[] = {
	{ "json", no_argument, NULL, ARG_JSON },
	{ "pver", required_argument, NULL, ARG_PVER },
	{ "no-witness", no_argument, NULL, ARG_NO_WITNESS },
	{ "strict", no_argument, NULL, ARG_STRICT },
	{ "chain", required_argument, NULL, ARG_CHAIN },
	{ "help", no_argument, NULL, ARG_HELP },
	{ "version", no_argument, NULL, ARG_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const struct {
	const char *name;
	enum decode_what what;
	enum btcwire_type type;
} words[] = {
	{ "block", DECODE_BODY, BTCWIRE_BLOCK },
	{ "tx", DECODE_BODY, BTCWIRE_TX },
	{ "headers", DECODE_HEADERS, BTCWIRE_UNKNOWN },
	{ "stream", DECODE_STREAM, BTCWIRE_UNKNOWN },
	{ "message", DECODE_MESSAGE, BTCWIRE_UNKNOWN },
};
#define N_WORDS (sizeof(words) / sizeof(words[0]))

static const struct usage usage = { "btcpeer-decode", USAGE };

static int
help(void)
{
	fputs(USAGE "\n"
	    "Show what bytes of the Bitcoin protocol say.  FILE, or standard "
	    "input, holds\nthem raw or in hex.\n\n"
	    "  block, tx            one of these\n"
	    "  headers              headers one after another, or the payload "
	    "of a message\n"
	    "  stream               messages with their frames, as they were "
	    "captured\n"
	    "  message COMMAND      the payload of that message\n\n"
	    "  --json               one JSON object a line\n"
	    "  --pver N             protocol version of the sender's messages "
	    "(", stdout);
	printf("%d)\n", BTCWIRE_PVER_NEWEST);
	fputs("  --no-witness         transactions have the form without "
	    "witnesses\n"
	    "  --strict             bytes after a message's body are an error\n"
	    "  --chain CHAIN        check proof of work, and look for messages "
	    "of:\n                      ", stdout);
	usage_chains();
	fputs("\n  --help, --version    print this, or the version\n\n"
	    "Exit status: 0 everything was decoded, 1 something was not, "
	    "2 wrong arguments.\n", stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* What is to be decoded, and where it is: what follows the options. */
static int
parse_words(struct decode_args *a, int n, char **word)
{
	size_t i = 0;
	int used = 1;

	if (n == 0)
		return usage_error(&usage, "what is to be decoded is missing");
	while (i < N_WORDS && strcmp(word[0], words[i].name) != 0)
		i++;
	if (i == N_WORDS)
		return usage_error(&usage, "'%s' cannot be decoded", word[0]);
	a->what = words[i].what;
	a->type = words[i].type;
	if (a->what == DECODE_MESSAGE) {
		if (n < 2)
			return usage_error(&usage, "message needs a command");
		a->type = btcwire_type_of(word[1]);
		if (a->type == BTCWIRE_UNKNOWN)
			return usage_error(&usage, "no message is called "
			    "'%s'", word[1]);
		used = 2;
	}
	if (n > used + 1)
		return usage_error(&usage, "'%s' is one argument too many",
		    word[used + 1]);
	if (n > used && strcmp(word[used], "-") != 0)
		a->file = word[used];
	return -1;
}

int
decode_args_parse(struct decode_args *a, int argc, char **argv)
{
	uint64_t number;
	int c;

	*a = (struct decode_args){ .pver = BTCWIRE_PVER_NEWEST };
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (c) {
		case ARG_JSON:
			a->json = true;
			break;
		case ARG_PVER:
			if (!usage_number(&number, optarg, 0, UINT32_MAX))
				return usage_error(&usage, "--pver: '%s' is no "
				    "number between 0 and %u", optarg,
				    UINT32_MAX);
			a->pver = (uint32_t)number;
			break;
		case ARG_NO_WITNESS:
			a->flags |= BTCWIRE_NO_WITNESS;
			break;
		case ARG_STRICT:
			a->flags |= BTCWIRE_STRICT;
			break;
		case ARG_CHAIN:
			a->chain = btcwire_chain_by_name(optarg);
			if (a->chain == NULL)
				return usage_error(&usage, "no chain is called "
				    "'%s'", optarg);
			break;
		case ARG_HELP:
			return help();
		case ARG_VERSION:
			return usage_version(&usage);
		default:
			return usage_option_error(&usage, c, argv);
		}
	}
	return parse_words(a, argc - optind, argv + optind);
}
