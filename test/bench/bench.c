/*
 * The benchmark: see README.
 *
 *	bench [FAMILY ...]
 *
 * Without a family all of them run.  A table goes to standard output, and a
 * line for every row to the file that BENCH_JSON names.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"

static const struct family {
	const char *name;
	void (*run)(void);
} families[] = {
	{ "inv_storm", bench_inv_storm },
	{ "tx_storm", bench_tx_storm },
	{ "block", bench_block },
	{ "codecs", bench_codecs },
	{ "round_trip", bench_round_trip },
	{ "fan_out", bench_fan_out },
	{ "broadcast_block", bench_broadcast },
	{ "idle", bench_idle },
	{ "sync", bench_sync },
	{ "sizes", bench_sizes },
	{ "peers", bench_peers },
};

static void
run_part(void *out, const void *arg)
{
	const struct family *f = arg;

	f->run();
	*(bool *)out = true;
}

static bool
wanted(const char *name, char **argv)
{
	if (*argv == NULL)
		return true;
	for (; *argv != NULL; argv++)
		if (strcmp(name, *argv) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	bool done;
	size_t i;

	(void)argc;
	signal(SIGPIPE, SIG_IGN);
	counters_init();
	(void)late();	/* the time counts from here */
	printf("%-23s %8s %-5s %8s %8s  %8s %8s %9s %8s  %s\n", "name", "value",
	    "unit", "min", "max", "limit", "ratio", "per s", "allocs",
	    "goal; note");
	for (i = 0; i < COUNT_OF(families); i++) {
		if (!wanted(families[i].name, argv + 1))
			continue;
		if (late())
			row_not_run(families[i].name, "out of time");
		else if (!isolated(run_part, &done, sizeof(done), &families[i]))
			row_not_run(families[i].name, "see the message above");
	}
	return 0;
}
