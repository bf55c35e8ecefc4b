/*
 * MurmurHash3 against published figures and a plain one.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "gen.h"
#include "runner.h"

#define STEP 0xfba4c795	/* between the seeds of a Bloom filter's functions */

static const struct {
	uint32_t want;
	uint32_t seed;
	const char *data;
} known[] = {
	{ 0x00000000, 0x00000000, "" },
	{ 0x6a396f08, STEP,       "" },
	{ 0x81f16f39, 0xffffffff, "" },
	{ 0x514e28b7, 0x00000001, "" },
	{ 0x514e28b7, 0x00000000, "00" },
	{ 0xea3f0b17, STEP,       "00" },
	{ 0xfd6cf10d, 0x00000000, "ff" },
	{ 0x16c6b7ab, 0x00000000, "0011" },
	{ 0x8eb51c3d, 0x00000000, "001122" },
	{ 0xb4471bf8, 0x00000000, "00112233" },
	{ 0xe2301fa8, 0x00000000, "0011223344" },
	{ 0xfc2e4a15, 0x00000000, "001122334455" },
	{ 0xb074502c, 0x00000000, "00112233445566" },
	{ 0x8034d2a0, 0x00000000, "0011223344556677" },
	{ 0xb4698def, 0x00000000, "001122334455667788" },
	{ 0x76293b50, 0x00000000, "ffffffff" },
	{ 0xf55b516b, 0x00000000, "21436587" },
	{ 0x2362f9de, 0x5082edee, "21436587" },
	{ 0x7e4a8634, 0x00000000, "214365" },
	{ 0xa0f7b07a, 0x00000000, "2143" },
	{ 0x72661cf4, 0x00000000, "21" },
	{ 0x2362f9de, 0x00000000, "00000000" },
	{ 0x85f0b427, 0x00000000, "000000" },
	{ 0x30f4c306, 0x00000000, "0000" },
	{ 0x5a97808a, 0x9747b28c, "61616161" },
	{ 0x24884cba, 0x9747b28c, "48656c6c6f2c20776f726c6421" },
};

START_TEST(known_hashes)
{
	size_t len;
	uint8_t *data = unhex(known[_i].data, &len);

	ck_assert_uint_eq(btcwire_murmur3(known[_i].seed, data, len),
	    known[_i].want);
	free(data);
}
END_TEST

static uint32_t
rotate(uint32_t v, int by)
{
	while (by-- > 0)
		v = v << 1 | v >> 31;
	return v;
}

/* The definition, a byte at a time. */
static uint32_t
plain(uint32_t seed, const uint8_t *data, size_t len)
{
	uint32_t h = seed, k = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		k += (uint32_t)data[i] << 8 * (i % 4);
		if (i % 4 != 3 && i != len - 1)
			continue;
		h ^= rotate(k * 0xcc9e2d51, 15) * 0x1b873593;
		if (i % 4 == 3)
			h = rotate(h, 13) * 5 + 0xe6546b64;
		k = 0;
	}
	h ^= (uint32_t)len;
	h = (h ^ h / 65536) * 0x85ebca6b;
	h = (h ^ h / 8192) * 0xc2b2ae35;
	return h ^ h / 65536;
}

/* Every length and every alignment, in memory that ends with the data. */
START_TEST(random_data)
{
	struct gen g;
	size_t len = (size_t)_i, shift;
	uint32_t seed;
	uint8_t *p;

	gen_init(&g, (uint64_t)_i);
	for (shift = 0; shift < 4; shift++) {
		p = malloc(shift + len + 1);
		ck_assert_ptr_nonnull(p);
		gen_fill(&g, p, shift + len);
		p = realloc(p, shift + len > 0 ? shift + len : 1);
		ck_assert_ptr_nonnull(p);
		seed = (uint32_t)gen_u64(&g);
		ck_assert_uint_eq(btcwire_murmur3(seed, p + shift, len),
		    plain(seed, p + shift, len));
		free(p);
	}
	gen_clear(&g);
}
END_TEST

START_TEST(no_data)
{
	ck_assert_uint_eq(btcwire_murmur3(STEP, NULL, 0), 0x6a396f08);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("wire_murmur3");
	TCase *tc = add_tcase(s, "murmur3");

	tcase_add_loop_test(tc, known_hashes, 0, N_ROWS(known));
	tcase_add_loop_test(tc, random_data, 0, 70);
	tcase_add_test(tc, no_data);
	return run_suite(s);
}
