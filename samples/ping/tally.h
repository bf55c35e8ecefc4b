/*
 * The round trips of a run.
 */
#ifndef SAMPLES_PING_TALLY_H
#define SAMPLES_PING_TALLY_H

#include <stdint.h>

struct tally {
	uint64_t sent;		/* and answered or lost since */
	uint64_t answered;
	double min_ms, max_ms;	/* once there was an answer; so the next two */
	double mean_ms;
	double squares;		/* sum of the squared distances to the mean */
};

void tally_add(struct tally *t, double ms);

/* Percent of the pings that were not answered; 0 of none. */
double tally_loss(const struct tally *t);

/* How far the round trips lie from their mean: the standard deviation. */
double tally_mdev_ms(const struct tally *t);

#endif
