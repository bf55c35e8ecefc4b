/*
 * Block locators.
 */
#include "config.h"

#include <btcpeer/wire.h>

#define DENSE 10	/* hashes one block apart, before steps double */

/* Steps of 2, 4, 8 and so on are 30 at most, so there is always room. */
size_t
btcwire_locator_build(struct btcwire_hash out[BTCWIRE_MAX_LOCATOR_SEND],
    int32_t height, btcwire_hash_at_fn *hash_at, void *arg)
{
	int32_t step = 1;
	size_t n = 0;

	while (height >= 0 && hash_at(arg, &out[n], height)) {
		n++;
		if (height == 0)
			break;
		if (n >= DENSE)
			step *= 2;
		height = height > step ? height - step : 0;
	}
	return n;
}
