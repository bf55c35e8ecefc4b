#include "sync_args.h"

#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <btcpeer/version.h>

#define USAGE \
	"usage: btcpeer-sync --chain CHAIN --connect HOST:PORT [--out FILE]\n" \
	"                    [--headers-only] [--json] [--timeout S]\n"

#define TIMEOUT_DEFAULT_S 60
#define TIMEOUT_MAX_S     1000000

enum {
	ARG_CHAIN = 256, ARG_CONNECT, ARG_OUT, ARG_HEADERS_ONLY, ARG_JSON,
	ARG_TIMEOUT, ARG_HELP, ARG_VERSION
};

static const struct option options[] = {
	{ "chain", required_argument, NULL, ARG_CHAIN },
	{ "connect", required_argument, NULL, ARG_CONNECT },
	{ "out", required_argument, NULL, ARG_OUT },
	{ "headers-only", no_argument, NULL, ARG_HEADERS_ONLY },
	{ "json", no_argument, NULL, ARG_JSON },
	{ "timeout", required_argument, NULL, ARG_TIMEOUT },
	{ "help", no_argument, NULL, ARG_HELP },
	{ "version", no_argument, NULL, ARG_VERSION },
	{ NULL, 0, NULL, 0 },
};

static int bad(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Returns the exit status of a command line that cannot be obeyed. */
static int
bad(const char *fmt, ...)
{
	va_list ap;

	fputs("btcpeer-sync: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs(".\n" USAGE, stderr);
	return 2;
}

static int
help(void)
{
	unsigned id;

	fputs(USAGE "\n"
	    "Download a chain's headers and blocks from one node and verify "
	    "them.\n\n"
	    "  --chain CHAIN        which network:", stdout);
	for (id = 0; id < BTCWIRE_NCHAINS; id++)
		printf(" %s", btcwire_chain((enum btcwire_chain_id)id)->name);
	printf("\n"
	    "  --connect HOST:PORT  the node; PORT defaults to the chain's\n"
	    "  --out FILE           write the blocks to FILE (blk*.dat format);"
	    "\n                       one that exists is continued\n"
	    "  --headers-only       leave the blocks out\n"
	    "  --json               make the last line an object\n"
	    "  --timeout S          give up after S seconds without progress "
	    "(%d)\n"
	    "  --help, --version    print this, or the version\n\n"
	    "Exit status: 0 the node's tip was reached, 1 it was not, 2 wrong "
	    "arguments.\n", TIMEOUT_DEFAULT_S);
	return fflush(stdout) == 0 ? 0 : 1;
}

static bool
parse_timeout(int64_t *ms, const char *text)
{
	char *end;
	double s = strtod(text, &end);

	if (end == text || *end != '\0' || !isfinite(s) || s < 0.001 ||
	    s > TIMEOUT_MAX_S)
		return false;
	*ms = (int64_t)(s * 1000);
	return true;
}

/* The checks that need more than one option. */
static int
check(struct sync_args *a, const char *chain, const char *connect)
{
	char why[NET_WHY];

	if (chain == NULL)
		return bad("--chain is missing");
	if (connect == NULL)
		return bad("--connect is missing");
	a->chain = btcwire_chain_by_name(chain);
	if (a->chain == NULL)
		return bad("no chain is called '%s'", chain);
	if (net_parse(&a->remote, connect, a->chain->port, why) != 0)
		return bad("--connect: %s", why);
	if (a->headers_only && a->out != NULL)
		return bad("--out has no use with --headers-only");
	if (a->out != NULL && a->out[0] == '\0')
		return bad("--out needs the name of a file");
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
		case ARG_JSON:
			a->json = true;
			break;
		case ARG_TIMEOUT:
			if (!parse_timeout(&a->timeout_ms, optarg))
				return bad("--timeout: '%s' is no number of "
				    "seconds between 0.001 and %d", optarg,
				    TIMEOUT_MAX_S);
			break;
		case ARG_HELP:
			return help();
		case ARG_VERSION:
			puts("btcpeer-sync " BTCPEER_VERSION_STRING);
			return fflush(stdout) == 0 ? 0 : 1;
		case ':':
			return bad("%s needs a value", argv[optind - 1]);
		default:
			return optopt > 0 && optopt < ARG_CHAIN
			    ? bad("-%c is not an option", optopt)
			    : bad("%s is not an option that is known, or takes "
				"no value", argv[optind - 1]);
		}
	}
	if (optind < argc)
		return bad("'%s' is one argument too many", argv[optind]);
	return check(a, chain, connect);
}
