/*
 * The first headers of testnet3, with two that branch off: linked, each with
 * its proof of work, and the longer branch with more of it.
 */
#include "config.h"

#include <btcpeer/wire.h>

#include "runner.h"

enum { MOST = 600 };

struct chain_file {
	struct btcwire_header header[MOST];
	struct btcwire_hash hash[MOST];
	bool fork[MOST];
	size_t n;
};

static void
add_line(struct chain_file *f, const char *line)
{
	static const char prefix[] = "fork:";
	uint8_t again[BTCWIRE_HEADER_BYTES], *raw;
	size_t len;

	ck_assert_uint_lt(f->n, MOST);
	f->fork[f->n] = strncmp(line, prefix, strlen(prefix)) == 0;
	raw = unhex(line + (f->fork[f->n] ? strlen(prefix) : 0), &len);
	ck_assert_uint_eq(len, 80);
	btcwire_sha256d(&f->hash[f->n], raw, len);
	btcwire_header_decode(&f->header[f->n], raw);
	btcwire_header_encode(again, &f->header[f->n]);
	ck_assert_mem_eq(again, raw, len);
	free(raw);
	f->n++;
}

static struct chain_file *
read_chain(void)
{
	struct chain_file *f = calloc(1, sizeof(*f));
	size_t len;
	char *data = (char *)read_data("headers/testnet3.hex", &len);
	char *line = data, *end;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(data[len - 1], '\n');
	for (; line < data + len; line = end + 1) {
		end = memchr(line, '\n', (size_t)(data + len - line));
		*end = '\0';
		add_line(f, line);
	}
	free(data);
	return f;
}

START_TEST(linked)
{
	struct chain_file *f = read_chain();
	struct btcwire_hash tip = btcwire_chain(BTCWIRE_TESTNET3)->genesis_hash;
	struct btcwire_hash fork_tip = tip, h;
	size_t i, height = 0, forks = 0;
	char text[BTCWIRE_HASH_HEX];

	for (i = 0; i < f->n; i++) {
		btcwire_header_hash(&h, &f->header[i]);
		ck_assert(btcwire_hash_equal(&h, &f->hash[i]));
		ck_assert(btcwire_hash_equal(&f->header[i].prev,
		    f->fork[i] ? &fork_tip : &tip));
		if (f->fork[i]) {
			fork_tip = h;
			forks++;
		} else {
			tip = h;
			height++;
		}
	}
	ck_assert_uint_eq(height, 546);
	ck_assert_uint_eq(forks, 2);
	ck_assert_str_eq(btcwire_hash_to_hex(text, &tip),
	    "000000002a936ca763904c3c35fce2f3556c559c0214345d31b1bcebf76acb70");
	ck_assert_str_eq(btcwire_hash_to_hex(text, &fork_tip),
	    "00000000b0494bd6c3d5ff79c497cfce40831871cbf39b1bc28bd1dac817dc39");
	free(f);
}
END_TEST

START_TEST(proof_of_work)
{
	const struct btcwire_chain *testnet = btcwire_chain(BTCWIRE_TESTNET3);
	struct chain_file *f = read_chain();
	struct btcpeer_error err = { .text = "" };
	struct btcwire_header bad;
	size_t i;

	for (i = 0; i < f->n; i++) {
		ck_assert_msg(btcwire_header_check(&f->header[i], testnet, &err)
		    == 0, "%zu: %s", i, err.text);
		bad = f->header[i];
		bad.nonce ^= 1;
		ck_assert_int_eq(btcwire_header_check(&bad, testnet, &err),
		    BTCPEER_E_PROOF);
		bad = f->header[i];
		bad.bits = 0x207fffff;
		ck_assert_int_eq(btcwire_header_check(&bad, testnet, &err),
		    BTCPEER_E_PROOF);
	}
	free(f);
}
END_TEST

/* The work of each branch, from the genesis block on. */
START_TEST(most_work)
{
	struct chain_file *f = read_chain();
	struct btcwire_work sum[2], one, want[2] = {
	    { { UINT64_C(0x22302230223), 0, 0, 0 } },
	    { { UINT64_C(0x300030003), 0, 0, 0 } } };
	size_t i;

	ck_assert_int_eq(btcwire_work_from_bits(&one, 0x1d00ffff), 0);
	sum[0] = sum[1] = one;
	for (i = 0; i < f->n; i++) {
		ck_assert_int_eq(btcwire_work_from_bits(&one,
		    f->header[i].bits), 0);
		btcwire_work_add(&sum[f->fork[i] ? 1 : 0], &one);
	}
	ck_assert_int_eq(btcwire_work_cmp(&sum[0], &want[0]), 0);
	ck_assert_int_eq(btcwire_work_cmp(&sum[1], &want[1]), 0);
	ck_assert_int_gt(btcwire_work_cmp(&sum[0], &sum[1]), 0);
	free(f);
}
END_TEST

/* All in one message, as a peer sends them, and back to the same bytes. */
START_TEST(one_message)
{
	struct chain_file *f = read_chain();
	const struct btcwire_headers body = { f->header, f->n };
	struct btcwire_msg *msg = NULL, *read = NULL;
	struct btcwire_bytes p, q;
	size_t i;

	ck_assert_int_eq(btcwire_msg_new(&msg, BTCWIRE_HEADERS, &body, NULL), 0);
	ck_assert_int_eq(btcwire_msg_payload(&p, msg, BTCWIRE_PVER_NEWEST, 0),
	    0);
	ck_assert_uint_eq(p.len, 3 + 81 * f->n);
	for (i = 0; i < f->n; i++) {
		struct btcwire_hash h;

		btcwire_sha256d(&h, p.data + 3 + 81 * i, 80);
		ck_assert(btcwire_hash_equal(&h, &f->hash[i]));
		ck_assert_uint_eq(p.data[3 + 81 * i + 80], 0);
	}
	ck_assert_int_eq(btcwire_decode(&read, BTCWIRE_HEADERS, p.data, p.len,
	    BTCWIRE_PVER_NEWEST, BTCWIRE_STRICT, NULL), 0);
	ck_assert_int_eq(btcwire_msg_payload(&q, read, BTCWIRE_PVER_NEWEST, 0),
	    0);
	ck_assert_uint_eq(q.len, p.len);
	ck_assert(memcmp(q.data, p.data, p.len) == 0);
	btcwire_msg_unref(read);
	btcwire_msg_unref(msg);
	free(f);
}
END_TEST

int
main(void)
{
	TCase *tc;
	Suite *s;

	if (!have_data())
		return TEST_SKIP;
	s = suite_create("wire_headers");
	tc = add_tcase(s, "testnet3");
	tcase_add_test(tc, linked);
	tcase_add_test(tc, proof_of_work);
	tcase_add_test(tc, most_work);
	tcase_add_test(tc, one_message);
	return run_suite(s);
}
