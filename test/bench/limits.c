#include "config.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define PIECE  262144	/* of a write */
#define PASSES 3	/* the best counts: a limit is what can be reached */

/* ---- Hashing ------------------------------------------------------- */

static void
sha_low(uint8_t *data, size_t len, size_t n)
{
	uint8_t out[SHA256_DIGEST_LENGTH];
	SHA256_CTX c;

	while (n-- > 0) {
		data[0]++;
		SHA256_Init(&c);
		SHA256_Update(&c, data, len);
		SHA256_Final(out, &c);
		SHA256_Init(&c);
		SHA256_Update(&c, out, sizeof(out));
		SHA256_Final(out, &c);
	}
}

static void
sha_evp(uint8_t *data, size_t len, size_t n)
{
	EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t out[SHA256_DIGEST_LENGTH];

	need(md != NULL && c != NULL, "libcrypto has no SHA-256");
	while (n-- > 0) {
		data[0]++;
		EVP_DigestInit_ex2(c, md, NULL);
		EVP_DigestUpdate(c, data, len);
		EVP_DigestFinal_ex(c, out, NULL);
		EVP_DigestInit_ex2(c, md, NULL);
		EVP_DigestUpdate(c, out, sizeof(out));
		EVP_DigestFinal_ex(c, out, NULL);
	}
	EVP_MD_CTX_free(c);
	EVP_MD_free(md);
}

double
limit_sha256d(size_t len)
{
	static void (*const by[])(uint8_t *, size_t, size_t) = { sha_low,
	    sha_evp };
	uint8_t *data = need_memory(len + 1);
	size_t n = 4000000 / (len + 100) + 4, i, k;
	double best = 0, t;

	for (i = 0; i < PASSES * COUNT_OF(by); i++) {
		k = i % COUNT_OF(by);
		t = cpu_us();
		by[k](data, len, n);
		t = (cpu_us() - t) / (double)n;
		if (best <= 0 || t < best)
			best = t;
	}
	free(data);
	return best;
}

/* ---- Copying ------------------------------------------------------- */

double
limit_copy(size_t len)
{
	uint8_t *from = need_memory(len + 1), *to = need_memory(len + 1);
	volatile uint8_t *seen = to;
	size_t n = 20000000 / (len + 100) + 4, i, pass;
	double best = 0, t;

	for (pass = 0; pass < PASSES; pass++) {
		t = cpu_us();
		for (i = 0; i < n; i++) {
			from[0]++;
			memcpy(to, from, len);
			(void)*seen;
		}
		t = (cpu_us() - t) / (double)n;
		if (best <= 0 || t < best)
			best = t;
	}
	free(from);
	free(to);
	return best;
}

/* ---- The loopback -------------------------------------------------- */

struct stream_reader {
	int fd;
	size_t len, n;
};

static void *
read_stream(void *arg)
{
	struct stream_reader *r = arg;
	uint8_t *buf = need_memory(r->len);
	size_t i;

	for (i = 0; i < r->n; i++)
		need(read_all(r->fd, buf, r->len), "the loopback ended");
	free(buf);
	return NULL;
}

/* n payloads, one after another without a pause. */
static double
stream(size_t len, size_t n)
{
	struct stream_reader r = { .len = len, .n = n };
	size_t left = len * n, piece;
	uint8_t *buf = need_memory(PIECE);
	pthread_t t;
	double cpu;
	int fd[2];

	tcp_pair(fd);
	r.fd = fd[1];
	cpu = cpu_us();
	need(pthread_create(&t, NULL, read_stream, &r) == 0, "no thread");
	for (; left > 0; left -= piece) {
		piece = left < PIECE ? left : PIECE;
		write_all(fd[0], buf, piece);
	}
	pthread_join(t, NULL);
	cpu = cpu_us() - cpu;
	close(fd[0]);
	close(fd[1]);
	free(buf);
	return cpu / (double)n;
}

double
limit_loopback(size_t len)
{
	size_t n = 100000000 / (len + 1000) + 1;

	return len == 0 ? 0 : stream(len, scaled(n));
}
