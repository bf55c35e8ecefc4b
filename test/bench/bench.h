/*
 * What the families of the benchmark share: measuring, rows, limits, sockets.
 *
 * Every family runs in a process of its own, which the program forks, so that
 * none sees the memory or the threads of another.  Anything that goes wrong
 * in one ends that process with a sentence; the others go on.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <btcpeer/peer.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* ---- harness.c: samples and rows ----------------------------------- */

#define MAX_REPS 64

/* One figure of every repetition. */
struct samples {
	double v[MAX_REPS];
	int n;
};

void sample(struct samples *s, double v);
double median(const struct samples *s);	/* NAN without any */

/*
 * A row of the table and a line of the file.  value and limit are costs of one
 * item unless unit says otherwise; a member without samples is left out.
 */
struct row {
	const char *name;
	const char *unit;
	const char *goal;	/* what is asked of it, or NULL */
	struct samples value;
	struct samples limit;
	struct samples wall;	/* microseconds of an item by the clock */
	struct samples allocs;	/* for one item */
	bool plotted;
	double size;		/* then: bytes or peers */
	char note[160];
};

/* Print it, and append it to the file. */
void row_emit(const struct row *r);

/* A line that says what could not be measured, and why. */
void row_not_run(const char *name, const char *why);

/* How often to measure: at least 5, or BENCH_REPS. */
int reps(void);

/* So long has it taken that what is for the plots only is left out. */
bool late(void);

/* n, or less where BENCH_QUICK is set: for trying out the program itself. */
size_t scaled(size_t n);

/* Microseconds: of the processor, by all threads; and by the clock. */
double cpu_us(void);
double wall_us(void);

/* A span that is being measured. */
struct span {
	double cpu, wall;
	uint64_t allocs;
};

void span_begin(struct span *s);
void span_end(struct span *s);		/* then they are differences */

/* Add a span of n items to a row. */
void row_span(struct row *r, const struct span *s, double n);

/* End the process with a sentence unless ok. */
void need(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void *need_memory(size_t size);

/* Run a part in a process of its own, which fills in size bytes of out.
 * Returns false when it ended otherwise. */
bool isolated(void (*part)(void *out, const void *arg), void *out, size_t size,
    const void *arg);

/* The test data: NULL when there is none.  free() it. */
uint8_t *read_data(const char *name, size_t *len);

/* ---- count.c: what is allocated and hashed ------------------------- */

void counters_init(void);		/* before anything else */
uint64_t count_allocs(void);		/* calls of malloc and so on, so far */

/* Watch allocations of at least so many bytes and the input of SHA-256; and
 * what was seen since. */
void watch_begin(size_t large);
uint64_t watch_large(void);
uint64_t watch_hashed(void);		/* bytes */

/* ---- limits.c: what cannot be beaten ------------------------------- */

/* Microseconds of the processor for one SHA-256d of len bytes: the best of
 * the interfaces that libcrypto has. */
double limit_sha256d(size_t len);

/* The same for moving len bytes over a connection on the loopback: written by
 * one thread in pieces of 256 KiB, read by another into a buffer of len. */
double limit_loopback(size_t len);

/* Microseconds of the processor for copying len bytes. */
double limit_copy(size_t len);

/* ---- net.c: sockets ------------------------------------------------ */

/* Room for as many descriptors as the system allows. */
void many_files(void);

/* A listener on a free port of 127.0.0.1. */
int tcp_listen(uint16_t *port);
int tcp_connect(uint16_t port);

/* Two ends of one connection over the loopback, TCP_NODELAY set. */
void tcp_pair(int fd[2]);

void write_all(int fd, const void *data, size_t len);
bool read_all(int fd, void *data, size_t len);

/* ---- pair.c: peers ------------------------------------------------- */

/* A gate that opens when so many have come. */
void gate_set(uint64_t want);
void gate_pass(uint64_t n);		/* from any thread */
void gate_wait(const char *what);	/* after minutes it ends the process */

/* Configuration for peers here: regtest, and no surprise by a timeout. */
struct btcpeer_config quiet_config(const struct btcpeer_listeners *on);

/* Two peers, connected, ready: [0] outbound, [1] inbound. */
struct pair {
	struct btcpeer *p[2];
};

/* The gate opens for on_ready of both; on is for [1]. */
void pair_start(struct pair *pair, const struct btcpeer_listeners *on);
void pair_stop(struct pair *pair);

struct btcpeer *start_peer(const struct btcpeer_config *config, bool inbound,
    int fd);
void stop_peer(struct btcpeer *p);

/* By looking, for peers whose listeners have other things to do. */
void await_ready(struct btcpeer *p);

void on_ready_gate(struct btcpeer *p, void *user);

struct btcwire_msg *make(enum btcwire_type type, const void *body);
void queue_take(struct btcpeer *p, struct btcwire_msg *msg);

/* ---- remote.c: many remotes in one thread -------------------------- */

/*
 * The other ends of any number of outbound peers, without the library's peers:
 * does the handshake, answers pings, and drops the rest.
 */
struct remote_end;

/* got, or NULL: is told of the bytes that came. */
struct remote_end *remotes_new(void (*got)(uint64_t bytes));

/* Own a connection, or a listener. */
void remotes_add(struct remote_end *r, int fd);
void remotes_listen(struct remote_end *r, int fd);

/* Serve until there were connections and all have ended; then free r. */
void remotes_run(struct remote_end *r);

/* ---- The families -------------------------------------------------- */

void bench_inv_storm(void);	/* storm.c */
void bench_tx_storm(void);	/* storm.c */
void bench_block(void);		/* storm.c */
void bench_sizes(void);		/* storm.c: for the plots */
void bench_codecs(void);	/* codec.c: decode_ encode_ */
void bench_round_trip(void);	/* trip.c */
void bench_fan_out(void);	/* fan.c */
void bench_broadcast(void);	/* fan.c */
void bench_idle(void);		/* idle.c: idle_10000 handshake */
void bench_peers(void);		/* idle.c: for the plots */
void bench_sync(void);		/* sync.c: sync_small sync_large */

#endif
