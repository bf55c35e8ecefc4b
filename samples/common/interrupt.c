#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int caught;

static void
catch(int sig)
{
	atomic_store(&caught, sig);
}

void
interrupt_catch(void)
{
	struct sigaction sa = { .sa_handler = catch };

	(void)sigemptyset(&sa.sa_mask);
	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &sa, NULL);
	(void)sigaction(SIGXFSZ, &sa, NULL);
}

bool
interrupted(void)
{
	return atomic_load(&caught) != 0;
}
