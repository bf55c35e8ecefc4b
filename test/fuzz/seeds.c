/*
 * What every target is linked with, whatever runs it: its seeds as files.
 */
#include "config.h"

#include <string.h>

#include "fuzz/fuzz.h"

/* Larger ones say no more, and slow a fuzzer down. */
enum { SEEDS = 3000, SEED_MAX = 16384 };

/* libFuzzer calls this first. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

void
fuzz_failed(const char *file, int line, const char *expr)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, expr);
	abort();
}

static int
write_seed(const char *dir, unsigned n, const uint8_t *buf, size_t len)
{
	char path[4096];
	FILE *f;
	int rc;

	snprintf(path, sizeof(path), "%s/seed-%06u", dir, n);
	if ((f = fopen(path, "wb")) == NULL) {
		perror(path);
		return EXIT_FAILURE;
	}
	rc = fwrite(buf, 1, len, f) == len ? EXIT_SUCCESS : EXIT_FAILURE;
	return fclose(f) == 0 ? rc : EXIT_FAILURE;
}

int
fuzz_write_seeds(const char *dir)
{
	uint8_t *buf = malloc(FUZZ_SIZE);
	int rc = EXIT_SUCCESS;
	struct gen g;
	unsigned i;
	size_t len;

	FUZZ_ASSERT(buf != NULL);
	gen_init(&g, FUZZ_SEED);
	for (i = 0; i < SEEDS && rc == EXIT_SUCCESS; i++) {
		len = fuzz_seed(&g, buf, FUZZ_SIZE);
		if (len <= SEED_MAX)
			rc = write_seed(dir, i, buf, len);
	}
	gen_clear(&g);
	free(buf);
	return rc;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	if (*argc == 3 && strcmp((*argv)[1], "-o") == 0)
		exit(fuzz_write_seeds((*argv)[2]));
	return 0;
}
