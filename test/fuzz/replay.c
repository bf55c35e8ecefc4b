/*
 * Runs a fuzz target without a fuzzer: over seeds that its generator makes and
 * over changed ones, or over the files that are named.
 *
 *	fuzz_NAME              seeds and changed seeds
 *	fuzz_NAME FILE...      these inputs, for instance one that crashed
 *	fuzz_NAME -o DIR       write the seeds there, for a fuzzer to begin with
 */
#include "config.h"

#include <string.h>

#include "fuzz/fuzz.h"
#include "runner.h"

enum { CHANGES = TEST_SLOW ? 2 : 8 };

/* In memory of exactly its size, so that reading past it is seen. */
static void
run(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size > 0 ? size : 1);

	FUZZ_ASSERT(p != NULL);
	if (size > 0)
		memcpy(p, data, size);
	LLVMFuzzerTestOneInput(p, size);
	free(p);
}

static int
run_file(uint8_t *buf, const char *path)
{
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		perror(path);
		return EXIT_FAILURE;
	}
	run(buf, fread(buf, 1, FUZZ_SIZE, f));
	fclose(f);
	return EXIT_SUCCESS;
}

static int
run_seeds(uint8_t *buf)
{
	const unsigned n_seeds = fuzz_n_seeds / (TEST_SLOW ? 10 : 1);
	uint8_t *changed = malloc(FUZZ_SIZE);
	unsigned long runs = 0;
	size_t len, n;
	struct gen g;
	unsigned i, j;

	FUZZ_ASSERT(changed != NULL);
	gen_init(&g, FUZZ_SEED);
	run(buf, 0);
	for (i = 0; i < n_seeds; i++) {
		len = fuzz_seed(&g, buf, FUZZ_SIZE);
		run(buf, len);
		for (j = 0; j < CHANGES; j++) {
			memcpy(changed, buf, len);
			n = gen_mutate(&g, changed, len, FUZZ_SIZE);
			run(changed, n);
		}
		runs += 1 + CHANGES;
	}
	gen_clear(&g);
	free(changed);
	printf("%lu inputs\n", runs);
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	uint8_t *buf = malloc(FUZZ_SIZE);
	int rc = EXIT_SUCCESS, i;

	FUZZ_ASSERT(buf != NULL);
	if (argc == 3 && strcmp(argv[1], "-o") == 0)
		rc = fuzz_write_seeds(argv[2]);
	else if (argc == 1)
		rc = run_seeds(buf);
	else
		for (i = 1; i < argc && rc == EXIT_SUCCESS; i++)
			rc = run_file(buf, argv[i]);
	free(buf);
	return rc;
}
