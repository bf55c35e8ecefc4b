/*
 * Counts allocations, those of libcrypto too, in all threads.  For a program
 * linked with
 *	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
 *	-Wl,--wrap=SHA256_Update,--wrap=EVP_DigestUpdate
 * Threads count in different places, so that counting costs next to nothing.
 */
#include "config.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "bench.h"

#define SLOTS 64

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
int __real_SHA256_Update(SHA256_CTX *c, const void *data, size_t len);
int __real_EVP_DigestUpdate(EVP_MD_CTX *c, const void *data, size_t len);
int __wrap_SHA256_Update(SHA256_CTX *c, const void *data, size_t len);
int __wrap_EVP_DigestUpdate(EVP_MD_CTX *c, const void *data, size_t len);

/* A cache line each. */
static struct slot {
	_Alignas(64) atomic_uint_least64_t n;
} slots[SLOTS];
static atomic_uint next_slot;
static _Thread_local struct slot *mine;

/* large is written before watching. */
static atomic_bool watching;
static size_t large;
static atomic_uint_least64_t seen_large, seen_hashed;

static void
count(size_t size)
{
	if (mine == NULL)
		mine = &slots[atomic_fetch_add(&next_slot, 1) % SLOTS];
	atomic_fetch_add_explicit(&mine->n, 1, memory_order_relaxed);
	if (atomic_load_explicit(&watching, memory_order_relaxed) &&
	    size >= large)
		atomic_fetch_add(&seen_large, 1);
}

void *
__wrap_malloc(size_t size)
{
	count(size);
	return __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	count(n * size);
	return __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	count(size);
	return __real_realloc(p, size);
}

int
__wrap_SHA256_Update(SHA256_CTX *c, const void *data, size_t len)
{
	if (atomic_load_explicit(&watching, memory_order_relaxed))
		atomic_fetch_add(&seen_hashed, len);
	return __real_SHA256_Update(c, data, len);
}

int
__wrap_EVP_DigestUpdate(EVP_MD_CTX *c, const void *data, size_t len)
{
	if (atomic_load_explicit(&watching, memory_order_relaxed))
		atomic_fetch_add(&seen_hashed, len);
	return __real_EVP_DigestUpdate(c, data, len);
}

static void *
crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_malloc(size);
}

static void *
crypto_realloc(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_realloc(p, size);
}

static void
crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

void
counters_init(void)
{
	need(CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc,
	    crypto_free) == 1, "libcrypto has allocated before");
}

uint64_t
count_allocs(void)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < SLOTS; i++)
		sum += atomic_load(&slots[i].n);
	return sum;
}

void
watch_begin(size_t at_least)
{
	large = at_least;
	atomic_store(&seen_large, 0);
	atomic_store(&seen_hashed, 0);
	atomic_store(&watching, true);
}

uint64_t
watch_large(void)
{
	return atomic_load(&seen_large);
}

uint64_t
watch_hashed(void)
{
	return atomic_load(&seen_hashed);
}
