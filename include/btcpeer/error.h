/*
 * Error codes of the whole library.
 */
#ifndef BTCPEER_ERROR_H
#define BTCPEER_ERROR_H

#include <stddef.h>

#include <btcpeer/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The one list of codes: 0 is success, every failure is negative, and errno
 * never carries one of them.  -1 to -9 are general, -10 to -29 come from
 * decoding and encoding, -30 to -49 from the transport, -50 and below from
 * peers.
 */
#define BTCPEER_ERR_MAP(XX) \
	XX(NOMEM,    -1,  "out of memory") \
	XX(INVAL,    -2,  "invalid argument") \
	XX(UNSUPP,   -3,  "option is newer than this library") \
	XX(RANDOM,   -4,  "no source of random numbers") \
	XX(THREAD,   -5,  "cannot create a thread") \
	XX(SHORT,    -10, "message ends too early") \
	XX(TRAILING, -11, "bytes left after the message") \
	XX(TOOBIG,   -12, "count or length over the protocol's limit") \
	XX(NONCANON, -13, "length not in its shortest form") \
	XX(BADVALUE, -14, "value not allowed by the protocol") \
	XX(UNKNOWN,  -15, "unknown command") \
	XX(BUFFER,   -16, "buffer too small") \
	XX(PROOF,    -17, "block data contradicts its header") \
	XX(EOF,      -30, "connection closed by the remote") \
	XX(IO,       -31, "input or output error") \
	XX(TIMEOUT,  -32, "deadline passed") \
	XX(MAGIC,    -33, "message of another network") \
	XX(OVERSIZE, -34, "payload longer than the protocol allows") \
	XX(CHECKSUM, -35, "payload does not match its checksum") \
	XX(COMMAND,  -36, "command is not printable text padded with zeroes") \
	XX(CLOSED,   -50, "peer is disconnected") \
	XX(FULL,     -51, "send queue is full") \
	XX(DEADLOCK, -52, "would wait for the calling thread") \
	XX(STATE,    -53, "not possible in the present state") \
	XX(VERSION,  -54, "remote's protocol version does not know this message")

enum btcpeer_err {
	BTCPEER_OK = 0,
#define XX(name, num, text) BTCPEER_E_##name = num,
	BTCPEER_ERR_MAP(XX)
#undef XX
};

/*
 * What went wrong, and where.  Functions that take a struct btcpeer_error *
 * fill it when they fail and leave it alone when they succeed; NULL is
 * allowed everywhere.
 */
struct btcpeer_error {
	int code;		/* enum btcpeer_err */
	size_t offset;		/* byte of the payload at which it was noticed */
	char text[232];		/* a sentence, NUL-terminated, printable ASCII */
};

/* Text for a code; never NULL, static storage.  Threads: any. */
BTCPEER_API const char *btcpeer_strerror(int code);

#ifdef __cplusplus
}
#endif
#endif
