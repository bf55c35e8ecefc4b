#include "config.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

static void
bump(struct probe *pr, unsigned *counter)
{
	pthread_mutex_lock(&pr->mtx);
	(*counter)++;
	pthread_cond_broadcast(&pr->moved);
	pthread_mutex_unlock(&pr->mtx);
}

static void
expect(struct probe *pr, bool ok)
{
	if (!ok)
		bump(pr, &pr->wrong);
}

static void
saw(struct btcpeer *p, struct btcwire_msg *msg, struct probe *pr)
{
	const struct btcwire_inv *inv = btcwire_inv_of(msg);

	if (pr->on_message != NULL)
		pr->on_message(p, msg, pr);
	pthread_mutex_lock(&pr->mtx);
	if (inv != NULL) {
		pr->inv_items += (unsigned)inv->vec_len;
		if (inv->vec_len > pr->inv_longest)
			pr->inv_longest = (unsigned)inv->vec_len;
	}
	pr->seen[btcwire_msg_type(msg)]++;
	pthread_cond_broadcast(&pr->moved);
	pthread_mutex_unlock(&pr->mtx);
}

#define XX(upper, name, body) \
static void \
on_##name(struct btcpeer *p, struct btcwire_msg *msg, \
    const struct btcwire_##body *b, void *user) \
{ \
	expect(user, b == btcwire_msg_body(msg) && \
	    btcwire_msg_type(msg) == BTCWIRE_##upper); \
	saw(p, msg, user); \
}
BTCWIRE_MSG_MAP(XX)
#undef XX

static void
on_ready(struct btcpeer *p, void *user)
{
	struct probe *pr = user;

	(void)p;
	bump(pr, &pr->ready);
}

static void
on_raw(struct btcpeer *p, const char *command, const uint8_t *payload,
    size_t len, void *user)
{
	struct probe *pr = user;
	size_t i;
	uint8_t sum = 0;

	(void)p;
	expect(pr, strlen(command) <= 12);
	for (i = 0; i < len; i++)	/* every byte can be read */
		sum ^= payload[i];
	pthread_mutex_lock(&pr->mtx);
	pr->raw_bytes += len + (sum & 0);
	pthread_mutex_unlock(&pr->mtx);
	bump(pr, &pr->raw);
}

static void
on_read(struct btcpeer *p, struct btcwire_msg *msg, size_t len, int result,
    void *user)
{
	struct probe *pr = user;

	(void)p;
	expect(pr, msg != NULL || result != 0);
	pthread_mutex_lock(&pr->mtx);
	pr->read_bytes += len;
	pthread_mutex_unlock(&pr->mtx);
	bump(pr, result == 0 ? &pr->read : &pr->read_bad);
}

static void
on_write(struct btcpeer *p, struct btcwire_msg *msg, size_t len, int result,
    void *user)
{
	struct probe *pr = user;

	(void)p;
	expect(pr, msg != NULL && (result == 0) == (len > 0));
	pthread_mutex_lock(&pr->mtx);
	pr->write_bytes += len;
	pthread_mutex_unlock(&pr->mtx);
	bump(pr, result == 0 ? &pr->write : &pr->write_bad);
}

static void
on_high_water(struct btcpeer *p, void *user)
{
	struct probe *pr = user;

	(void)p;
	expect(pr, probe_get(pr, &pr->high) == probe_get(pr, &pr->low));
	bump(pr, &pr->high);
}

static void
on_low_water(struct btcpeer *p, void *user)
{
	struct probe *pr = user;

	(void)p;
	expect(pr, probe_get(pr, &pr->high) == probe_get(pr, &pr->low) + 1);
	bump(pr, &pr->low);
}

static enum btcpeer_stall_action
on_stall(struct btcpeer *p, const struct btcpeer_stall *stall, void *user)
{
	struct probe *pr = user;
	enum btcpeer_stall_action act;

	(void)p;
	expect(pr, stall->outstanding > 0);
	pthread_mutex_lock(&pr->mtx);
	pr->stall++;
	act = pr->stall_action;
	pthread_cond_broadcast(&pr->moved);
	pthread_mutex_unlock(&pr->mtx);
	return act;
}

static void
on_disconnect(struct btcpeer *p, enum btcpeer_reason reason, const char *why,
    void *user)
{
	struct probe *pr = user;

	(void)p;
	pthread_mutex_lock(&pr->mtx);
	pr->reason = reason;
	snprintf(pr->why, sizeof(pr->why), "%s", why);
	pthread_mutex_unlock(&pr->mtx);
	bump(pr, &pr->ended);
}

void
probe_init(struct probe *pr, struct btcpeer_config *config,
    struct btcpeer_listeners *on)
{
	pthread_condattr_t attr;

	memset(pr, 0, sizeof(*pr));
	pthread_mutex_init(&pr->mtx, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&pr->moved, &attr);
	pthread_condattr_destroy(&attr);
	*on = (struct btcpeer_listeners)BTCPEER_LISTENERS_INIT;
	on->on_ready = on_ready;
	on->on_raw = on_raw;
	on->on_read = on_read;
	on->on_write = on_write;
	on->on_high_water = on_high_water;
	on->on_low_water = on_low_water;
	on->on_stall = on_stall;
	on->on_disconnect = on_disconnect;
#define XX(upper, name, body) on->on_##name = on_##name;
	BTCWIRE_MSG_MAP(XX)
#undef XX
	*config = (struct btcpeer_config)BTCPEER_CONFIG_INIT;
	config->chain = btcwire_chain(BTCWIRE_REGTEST);
	config->allow_self = true;
	config->listeners = on;
	config->user = pr;
}

void
probe_clear(struct probe *pr)
{
	pthread_cond_destroy(&pr->moved);
	pthread_mutex_destroy(&pr->mtx);
}

bool
probe_wait(struct probe *pr, const unsigned *counter, unsigned n)
{
	struct timespec ts;
	int rc = 0;
	bool ok;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += 60;
	pthread_mutex_lock(&pr->mtx);
	while (*counter < n && rc == 0)
		rc = pthread_cond_timedwait(&pr->moved, &pr->mtx, &ts);
	ok = *counter >= n;
	pthread_mutex_unlock(&pr->mtx);
	return ok;
}

unsigned
probe_get(struct probe *pr, const unsigned *counter)
{
	unsigned n;

	pthread_mutex_lock(&pr->mtx);
	n = *counter;
	pthread_mutex_unlock(&pr->mtx);
	return n;
}

void
pair_init(struct pair *pair)
{
	memset(pair, 0, sizeof(*pair));
	probe_init(&pair->pa, &pair->ca, &pair->la);
	probe_init(&pair->pb, &pair->cb, &pair->lb);
}

void
pair_start(struct pair *pair)
{
	int fd[2];

	socket_pair(fd, false);
	ck_assert_int_eq(btcpeer_new_inbound(&pair->a, &pair->ca, NULL, NULL), 0);
	ck_assert_int_eq(btcpeer_new_outbound(&pair->b, &pair->cb, "b:1", NULL),
	    0);
	ck_assert_int_eq(btcpeer_start(pair->a, fd[0]), 0);
	ck_assert_int_eq(btcpeer_start(pair->b, fd[1]), 0);
	ck_assert(probe_wait(&pair->pa, &pair->pa.ready, 1));
	ck_assert(probe_wait(&pair->pb, &pair->pb.ready, 1));
}

void
pair_stop(struct pair *pair)
{
	btcpeer_disconnect(pair->a);
	btcpeer_disconnect(pair->b);
	ck_assert_int_eq(btcpeer_wait(pair->a, -1), 0);
	ck_assert_int_eq(btcpeer_wait(pair->b, -1), 0);
	ck_assert_uint_eq(pair->pa.ended, 1);
	ck_assert_uint_eq(pair->pb.ended, 1);
	ck_assert_uint_eq(pair->pa.wrong + pair->pb.wrong, 0);
	btcpeer_unref(pair->a);
	btcpeer_unref(pair->b);
	probe_clear(&pair->pa);
	probe_clear(&pair->pb);
}

static void
tcp_pair(int fd[2])
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(sin);
	int l = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ge(l, 0);
	ck_assert_int_eq(bind(l, (struct sockaddr *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(listen(l, 1), 0);
	ck_assert_int_eq(getsockname(l, (struct sockaddr *)&sin, &len), 0);
	fd[1] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fd[1], (struct sockaddr *)&sin, sizeof(sin)), 0);
	fd[0] = accept(l, NULL, NULL);
	ck_assert_int_ge(fd[0], 0);
	close(l);
}

void
socket_pair(int fd[2], bool tcp)
{
	if (tcp)
		tcp_pair(fd);
	else
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
}

struct btcwire_msg *
new_msg(enum btcwire_type type, const void *body)
{
	struct btcpeer_error err;
	struct btcwire_msg *msg = NULL;

	ck_assert_msg(btcwire_msg_new(&msg, type, body, &err) == 0, "%s",
	    err.text);
	return msg;
}
