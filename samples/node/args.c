#include "args.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include <btcpeer/version.h>

#include "miner.h"

#define MINE_MAX 500000

int
args_number(long *out, const char *text, long min, long max)
{
	long value = 0;
	const char *s;

	for (s = text; *s >= '0' && *s <= '9' && value <= max; s++)
		value = value * 10 + (*s - '0');
	if (s == text || *s != '\0' || value < min || value > max)
		return -1;
	*out = value;
	return 0;
}

static void
usage(FILE *out)
{
	fprintf(out,
	    "usage: btcpeer-node [--chain NAME] [--listen ADDR:PORT] [--mine N]\n"
	    "                    [--txs K] [--blocks FILE] [--quiet]\n");
}

static void
help(void)
{
	usage(stdout);
	printf("\n"
	    "Serve a Bitcoin chain from memory to any number of peers.\n\n"
	    "  --chain NAME        mainnet, testnet3, testnet4, signet, regtest\n"
	    "                      or simnet (default: regtest)\n"
	    "  --listen ADDR:PORT  where to accept connections; port 0 picks a\n"
	    "                      free one (default: 127.0.0.1 and the chain's\n"
	    "                      own port)\n"
	    "  --mine N            mine N blocks, at most %d (regtest only)\n"
	    "  --txs K             with K transactions in each block that can\n"
	    "                      have any, at most %d\n"
	    "  --blocks FILE       load the blocks of a file like blk*.dat first\n"
	    "  --quiet             no lines about peers on standard error\n"
	    "  --help, --version\n\n"
	    "Prints 'listening ADDR:PORT height H tip HASH' when it is ready.\n"
	    "Commands on standard input: mine N, peers, quit.\n",
	    MINE_MAX, MINER_MAX_TXS);
}

/* One sentence and the usage.  Returns the status to exit with. */
static int bad_args(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int
bad_args(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "btcpeer-node: ");
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	usage(stderr);
	return 2;
}

enum option_id { CHAIN = 1, LISTEN, MINE, TXS, BLOCKS, QUIET, HELP, VERSION };

static const struct option options[] = {
	{ "chain", required_argument, NULL, CHAIN },
	{ "listen", required_argument, NULL, LISTEN },
	{ "mine", required_argument, NULL, MINE },
	{ "txs", required_argument, NULL, TXS },
	{ "blocks", required_argument, NULL, BLOCKS },
	{ "quiet", no_argument, NULL, QUIET },
	{ "help", no_argument, NULL, HELP },
	{ "version", no_argument, NULL, VERSION },
	{ NULL, 0, NULL, 0 }
};

/* Options that end the program.  Returns -1 for all others. */
static int
take_final_option(int opt)
{
	switch (opt) {
	case HELP:
		help();
		return 0;
	case VERSION:
		printf("btcpeer-node %s\n", BTCPEER_VERSION_STRING);
		return 0;
	default:
		return -1;
	}
}

/* One option.  Returns -1 to go on, else the status to exit with. */
static int
take_option(struct args *a, int opt, const char **listen_text)
{
	switch (opt) {
	case CHAIN:
		a->chain = btcwire_chain_by_name(optarg);
		if (a->chain == NULL)
			return bad_args("unknown chain '%s'", optarg);
		return -1;
	case LISTEN:
		*listen_text = optarg;
		return -1;
	case MINE:
		if (args_number(&a->mine, optarg, 0, MINE_MAX) != 0)
			return bad_args("--mine: '%s' is not a number from 0 "
			    "to %d", optarg, MINE_MAX);
		return -1;
	case TXS:
		if (args_number(&a->txs, optarg, 0, MINER_MAX_TXS) != 0)
			return bad_args("--txs: '%s' is not a number from 0 "
			    "to %d", optarg, MINER_MAX_TXS);
		return -1;
	case BLOCKS:
		a->blocks = optarg;
		return -1;
	case QUIET:
		a->quiet = true;
		return -1;
	default:
		return take_final_option(opt);
	}
}

int
args_take(struct args *a, int argc, char **argv)
{
	const char *listen_text = "127.0.0.1";
	char why[NET_WHY];
	int opt, status = -1;

	*a = (struct args){ .chain = btcwire_chain(BTCWIRE_REGTEST) };
	opterr = 0;
	while (status < 0 &&
	    (opt = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (opt == ':')
			status = bad_args("%s needs a value", argv[optind - 1]);
		else if (opt == '?')
			status = bad_args("there is no option %s",
			    argv[optind - 1]);
		else
			status = take_option(a, opt, &listen_text);
	}
	if (status >= 0)
		return status;
	if (optind < argc)
		return bad_args("unexpected argument '%s'", argv[optind]);
	if (a->chain->id != BTCWIRE_REGTEST && (a->mine > 0 || a->txs > 0))
		return bad_args("--mine and --txs are for regtest only, not "
		    "for %s", a->chain->name);
	if (net_parse(&a->listen, listen_text, a->chain->port, why) != 0)
		return bad_args("--listen %s", why);
	return -1;
}
