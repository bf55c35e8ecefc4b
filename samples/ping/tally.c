#include "tally.h"

#include <math.h>

void
tally_add(struct tally *t, double ms)
{
	double away = ms - t->mean_ms;

	t->answered++;
	if (t->answered == 1 || ms < t->min_ms)
		t->min_ms = ms;
	if (t->answered == 1 || ms > t->max_ms)
		t->max_ms = ms;
	t->mean_ms += away / (double)t->answered;
	t->squares += away * (ms - t->mean_ms);
}

double
tally_loss(const struct tally *t)
{
	if (t->sent == 0)
		return 0;
	return (double)(t->sent - t->answered) * 100 / (double)t->sent;
}

double
tally_mdev_ms(const struct tally *t)
{
	return t->answered > 0 ? sqrt(t->squares / (double)t->answered) : 0;
}
