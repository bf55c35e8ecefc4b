#include "proxy_args.h"

#include <getopt.h>
#include <stdio.h>

#include "../common/usage.h"

#define USAGE \
	"usage: btcpeer-proxy --listen HOST:PORT --connect HOST[:PORT]\n" \
	"                     [--chain CHAIN] [--capture FILE] [--json] " \
	"[--once]\n"

enum {
	ARG_LISTEN = USAGE_LONG, ARG_CONNECT, ARG_CHAIN, ARG_CAPTURE, ARG_JSON,
	ARG_ONCE, ARG_HELP, ARG_VERSION
};

static const struct option options[] = {
	{ "listen", required_argument, NULL, ARG_LISTEN },
	{ "connect", required_argument, NULL, ARG_CONNECT },
	{ "chain", required_argument, NULL, ARG_CHAIN },
	{ "capture", required_argument, NULL, ARG_CAPTURE },
	{ "json", no_argument, NULL, ARG_JSON },
	{ "once", no_argument, NULL, ARG_ONCE },
	{ "help", no_argument, NULL, ARG_HELP },
	{ "version", no_argument, NULL, ARG_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const struct usage usage = { "btcpeer-proxy", USAGE };

/* What stays text until the chain is known. */
struct texts {
	const char *listen;
	const char *connect;
};

static int
help(void)
{
	fputs(USAGE "\n"
	    "Stand between a node and those who connect to it, and show every "
	    "message that\npasses.\n\n"
	    "  --listen HOST:PORT   where to wait for connections; port 0: a "
	    "free one\n"
	    "  --connect HOST[:PORT] the node\n"
	    "  --chain CHAIN        which network (mainnet):", stdout);
	usage_chains();
	fputs("\n"
	    "  --capture FILE       write what passes on connection N to "
	    "FILE.N.in (from the\n"
	    "                       client) and FILE.N.out (to it)\n"
	    "  --json               one JSON object a line\n"
	    "  --once               one connection, and end with it\n"
	    "  --help, --version    print this, or the version\n\n"
	    "Prints 'listening ADDR:PORT' when it is ready.\n"
	    "PORT of the node defaults to the chain's.\n"
	    "Exit status: 0 ended by a signal, or the one connection passed "
	    "messages, 1 it\ndid not, or something could not be written, 2 "
	    "wrong arguments.\n", stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* One option.  Returns -1 to go on, else the exit status. */
static int
take_option(struct proxy_args *a, struct texts *t, int c, char **argv)
{
	switch (c) {
	case ARG_LISTEN:
		t->listen = optarg;
		return -1;
	case ARG_CONNECT:
		t->connect = optarg;
		return -1;
	case ARG_CHAIN:
		return usage_take_chain(&a->chain, &usage, optarg);
	case ARG_CAPTURE:
		if (optarg[0] == '\0')
			return usage_error(&usage,
			    "--capture needs the name of a file");
		a->capture = optarg;
		return -1;
	case ARG_JSON:
		a->json = true;
		return -1;
	case ARG_ONCE:
		a->once = true;
		return -1;
	case ARG_HELP:
		return help();
	case ARG_VERSION:
		return usage_version(&usage);
	default:
		return usage_option_error(&usage, c, argv);
	}
}

static int
take_addresses(struct proxy_args *a, const struct texts *t)
{
	char why[NET_WHY];

	if (t->listen == NULL)
		return usage_error(&usage, "--listen is missing");
	if (t->connect == NULL)
		return usage_error(&usage, "--connect is missing");
	if (net_parse(&a->listen, t->listen, 0, why) != 0)
		return usage_error(&usage, "--listen: %s", why);
	if (net_parse(&a->connect, t->connect, a->chain->port, why) != 0)
		return usage_error(&usage, "--connect: %s", why);
	return -1;
}

int
proxy_args_parse(struct proxy_args *a, int argc, char **argv)
{
	struct texts texts = { NULL, NULL };
	int c, status = -1;

	*a = (struct proxy_args){ .chain = btcwire_chain(BTCWIRE_MAINNET) };
	opterr = 0;
	while (status < 0 &&
	    (c = getopt_long(argc, argv, ":", options, NULL)) != -1)
		status = take_option(a, &texts, c, argv);
	if (status >= 0)
		return status;
	if (optind < argc)
		return usage_error(&usage, "'%s' is one argument too many",
		    argv[optind]);
	return take_addresses(a, &texts);
}
