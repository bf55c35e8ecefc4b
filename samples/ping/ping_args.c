#include "ping_args.h"

#include <getopt.h>
#include <stdio.h>

#include "../common/usage.h"

#define USAGE \
	"usage: btcpeer-ping [--chain CHAIN] [-c COUNT] [-i SECONDS]\n" \
	"                    [--timeout S] [--json] HOST[:PORT]\n"

#define COUNT_MAX          1000000000
#define INTERVAL_DEFAULT_S 1
#define TIMEOUT_DEFAULT_S  10

enum {
	ARG_CHAIN = USAGE_LONG, ARG_TIMEOUT, ARG_JSON, ARG_HELP, ARG_VERSION
};

static const struct option options[] = {
	{ "chain", required_argument, NULL, ARG_CHAIN },
	{ "count", required_argument, NULL, 'c' },
	{ "interval", required_argument, NULL, 'i' },
	{ "timeout", required_argument, NULL, ARG_TIMEOUT },
	{ "json", no_argument, NULL, ARG_JSON },
	{ "help", no_argument, NULL, ARG_HELP },
	{ "version", no_argument, NULL, ARG_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const struct usage usage = { "btcpeer-ping", USAGE };

static int
help(void)
{
	fputs(USAGE "\n"
	    "Connect to a node, tell what its handshake says, and time its "
	    "answers to pings.\n\n"
	    "  --chain CHAIN        which network (mainnet):", stdout);
	usage_chains();
	printf("\n"
	    "  -c, --count COUNT    end after so many pings; else SIGINT does\n"
	    "  -i, --interval S     one ping every S seconds, 0: as fast as "
	    "they are\n"
	    "                       answered (%d)\n"
	    "  --timeout S          seconds to wait for the connection, the "
	    "handshake, and\n"
	    "                       each answer (%d)\n"
	    "  --json               one JSON object a line\n"
	    "  --help, --version    print this, or the version\n\n"
	    "PORT defaults to the chain's.\n"
	    "Exit status: 0 at least one ping was answered, 1 none was, or the "
	    "connection\nfailed, 2 wrong arguments.\n",
	    INTERVAL_DEFAULT_S, TIMEOUT_DEFAULT_S);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* One option.  Returns -1 to go on, else the exit status. */
static int
take_option(struct ping_args *a, int c, char **argv)
{
	switch (c) {
	case ARG_CHAIN:
		return usage_take_chain(&a->chain, &usage, optarg);
	case 'c':
		if (!usage_number(&a->count, optarg, 1, COUNT_MAX))
			return usage_error(&usage, "-c: '%s' is no number "
			    "between 1 and %d", optarg, COUNT_MAX);
		return -1;
	case 'i':
		return usage_take_seconds(&a->interval_ms, &usage, "-i", optarg,
		    0);
	case ARG_TIMEOUT:
		return usage_take_seconds(&a->timeout_ms, &usage, "--timeout",
		    optarg, 0.001);
	case ARG_JSON:
		a->json = true;
		return -1;
	case ARG_HELP:
		return help();
	case ARG_VERSION:
		return usage_version(&usage);
	default:
		return usage_option_error(&usage, c, argv);
	}
}

int
ping_args_parse(struct ping_args *a, int argc, char **argv)
{
	char why[NET_WHY];
	int c, status = -1;

	*a = (struct ping_args){ .chain = btcwire_chain(BTCWIRE_MAINNET),
	    .interval_ms = INTERVAL_DEFAULT_S * 1000,
	    .timeout_ms = TIMEOUT_DEFAULT_S * 1000 };
	opterr = 0;
	while (status < 0 &&
	    (c = getopt_long(argc, argv, ":c:i:", options, NULL)) != -1)
		status = take_option(a, c, argv);
	if (status >= 0)
		return status;
	if (optind == argc)
		return usage_error(&usage, "the node is missing");
	if (optind + 1 < argc)
		return usage_error(&usage, "'%s' is one argument too many",
		    argv[optind + 1]);
	if (net_parse(&a->remote, argv[optind], a->chain->port, why) != 0)
		return usage_error(&usage, "%s", why);
	return -1;
}
