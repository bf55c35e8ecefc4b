#include "usage.h"

#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <btcpeer/version.h>

int
usage_error(const struct usage *u, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", u->program);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ".\n%s", u->text);
	return USAGE_ERROR;
}

int
usage_option_error(const struct usage *u, int c, char **argv)
{
	const char *arg = argv[optind - 1];

	if (c == ':')
		return usage_error(u, "%s needs a value", arg);
	if (optopt > 0 && optopt < USAGE_LONG)
		return usage_error(u, "-%c is not an option", optopt);
	return usage_error(u, "%s is not an option that is known, or takes "
	    "no value", arg);
}

int
usage_version(const struct usage *u)
{
	printf("%s " BTCPEER_VERSION_STRING "\n", u->program);
	return fflush(stdout) == 0 ? 0 : 1;
}

void
usage_chains(void)
{
	unsigned id;

	for (id = 0; id < BTCWIRE_NCHAINS; id++)
		printf(" %s", btcwire_chain((enum btcwire_chain_id)id)->name);
}

int
usage_take_chain(const struct btcwire_chain **out, const struct usage *u,
    const char *text)
{
	*out = btcwire_chain_by_name(text);
	if (*out == NULL)
		return usage_error(u, "no chain is called '%s'", text);
	return -1;
}

int
usage_take_seconds(int64_t *ms, const struct usage *u, const char *option,
    const char *text, double min)
{
	if (!usage_seconds(ms, text, min))
		return usage_error(u, "%s: '%s' is no number of seconds "
		    "between %g and %d", option, text, min, USAGE_SECONDS_MAX);
	return -1;
}

bool
usage_number(uint64_t *out, const char *text, uint64_t min, uint64_t max)
{
	uint64_t digit, value = 0;
	const char *s;

	for (s = text; *s >= '0' && *s <= '9'; s++) {
		digit = (uint64_t)(*s - '0');
		if (value > max / 10 || value * 10 > max - digit)
			return false;
		value = value * 10 + digit;
	}
	if (s == text || *s != '\0' || value < min)
		return false;
	*out = value;
	return true;
}

bool
usage_seconds(int64_t *ms, const char *text, double min)
{
	char *end;
	double s = strtod(text, &end);

	if (end == text || *end != '\0' || !isfinite(s) || s < min ||
	    s > USAGE_SECONDS_MAX)
		return false;
	*ms = (int64_t)(s * 1000);
	return true;
}
