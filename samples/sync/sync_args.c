#include "sync_args.h"

#include <getopt.h>
#include <stdio.h>

#include "../common/usage.h"

#define USAGE \
	"usage: btcpeer-sync --chain CHAIN --connect HOST:PORT [--out FILE]\n" \
	"                    [--headers-only] [--follow] [--json] [--timeout S]\n"

#define TIMEOUT_DEFAULT_S 60

enum {
	ARG_CHAIN = USAGE_LONG, ARG_CONNECT, ARG_OUT, ARG_HEADERS_ONLY,
	ARG_FOLLOW, ARG_JSON, ARG_TIMEOUT, ARG_HELP, ARG_VERSION
};

static const struct option options[] = {
	{ "chain", required_argument, NULL, ARG_CHAIN },
	{ "connect", required_argument, NULL, ARG_CONNECT },
	{ "out", required_argument, NULL, ARG_OUT },
	{ "headers-only", no_argument, NULL, ARG_HEADERS_ONLY },
	{ "follow", no_argument, NULL, ARG_FOLLOW },
	{ "json", no_argument, NULL, ARG_JSON },
	{ "timeout", required_argument, NULL, ARG_TIMEOUT },
	{ "help", no_argument, NULL, ARG_HELP },
	{ "version", no_argument, NULL, ARG_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const struct usage usage = { "btcpeer-sync", USAGE };

static int
help(void)
{
	fputs(USAGE "\n"
	    "Download a chain's headers and blocks from one node and verify "
	    "them.\n\n"
	    "  --chain CHAIN        which network:", stdout);
	usage_chains();
	printf("\n"
	    "  --connect HOST:PORT  the node; PORT defaults to the chain's\n"
	    "  --out FILE           write the blocks to FILE (blk*.dat format);"
	    "\n                       one that exists is continued\n"
	    "  --headers-only       leave the blocks out\n"
	    "  --follow             at the tip, stay and follow the node's chain "
	    "until\n                       SIGINT or SIGTERM, a line for each "
	    "tip\n"
	    "  --json               make the lines objects\n"
	    "  --timeout S          give up after S seconds without progress "
	    "(%d)\n"
	    "  --help, --version    print this, or the version\n\n"
	    "Exit status: 0 the node's tip was reached, 1 it was not, 2 wrong "
	    "arguments.\n", TIMEOUT_DEFAULT_S);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* The checks that need more than one option. */
static int
check(struct sync_args *a, const char *chain, const char *connect)
{
	char why[NET_WHY];

	if (chain == NULL)
		return usage_error(&usage, "--chain is missing");
	if (connect == NULL)
		return usage_error(&usage, "--connect is missing");
	a->chain = btcwire_chain_by_name(chain);
	if (a->chain == NULL)
		return usage_error(&usage, "no chain is called '%s'", chain);
	if (net_parse(&a->remote, connect, a->chain->port, why) != 0)
		return usage_error(&usage, "--connect: %s", why);
	if (a->headers_only && a->out != NULL)
		return usage_error(&usage, "--out has no use with "
		    "--headers-only");
	if (a->out != NULL && a->out[0] == '\0')
		return usage_error(&usage, "--out needs the name of a file");
	return -1;
}

int
sync_args_parse(struct sync_args *a, int argc, char **argv)
{
	const char *chain = NULL, *connect = NULL;
	int c;

	*a = (struct sync_args){ .timeout_ms = TIMEOUT_DEFAULT_S * 1000 };
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (c) {
		case ARG_CHAIN:
			chain = optarg;
			break;
		case ARG_CONNECT:
			connect = optarg;
			break;
		case ARG_OUT:
			a->out = optarg;
			break;
		case ARG_HEADERS_ONLY:
			a->headers_only = true;
			break;
		case ARG_FOLLOW:
			a->follow = true;
			break;
		case ARG_JSON:
			a->json = true;
			break;
		case ARG_TIMEOUT:
			if (!usage_seconds(&a->timeout_ms, optarg, 0.001))
				return usage_error(&usage, "--timeout: '%s' is "
				    "no number of seconds between 0.001 and "
				    "%d", optarg, USAGE_SECONDS_MAX);
			break;
		case ARG_HELP:
			return help();
		case ARG_VERSION:
			return usage_version(&usage);
		default:
			return usage_option_error(&usage, c, argv);
		}
	}
	if (optind < argc)
		return usage_error(&usage, "'%s' is one argument too many",
		    argv[optind]);
	return check(a, chain, connect);
}
