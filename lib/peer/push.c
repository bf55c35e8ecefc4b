/*
 * Messages that are made here from what a program wants told or asked.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <btcpeer/netaddr.h>
#include "peer/send.h"
#include "util/rand.h"

/* Things asked for with one getdata: Bitcoin Core sends no more. */
#define GETDATA_MAX 1000

static bool closed_locked(const struct btcpeer *p)
    REQUIRES(p->mtx);

static bool
closed_locked(const struct btcpeer *p)
{
	return p->state != BTCP_NEW && p->state != BTCP_RUNNING;
}

/* ---- Addresses --------------------------------------------------------- */

/* Which of the two messages the remote wants. */
static int
addr_form(bool *v2, struct btcpeer *p)
{
	int rc = 0;

	btcu_lock(&p->mtx);
	if (closed_locked(p))
		rc = BTCPEER_E_CLOSED;
	else if (!p->stats.ready)
		rc = BTCPEER_E_STATE;
	*v2 = p->stats.wants_addrv2;
	btcp_unlock(p);
	return rc;
}

/* The indexes of what can be sent.  Of too many the first places are dealt as
 * in shuffling: each index comes once, and every choice is as likely. */
static size_t
choose(uint32_t *index, const struct btcwire_netaddr2 *addr, size_t addr_len,
    bool v2)
{
	struct btcwire_netaddr old;
	size_t i, j, n = 0;
	uint32_t dealt;

	for (i = 0; i < addr_len; i++)
		if (btcwire_netaddr2_is_usable(&addr[i]) &&
		    (v2 || btcwire_netaddr_from_v2(&old, &addr[i]) == 0))
			index[n++] = (uint32_t)i;
	if (n <= BTCWIRE_MAX_ADDR)
		return n;
	for (i = 0; i < BTCWIRE_MAX_ADDR; i++) {
		j = i + btcu_rand_below((uint32_t)(n - i));
		dealt = index[j];
		index[j] = index[i];
		index[i] = dealt;
	}
	return BTCWIRE_MAX_ADDR;
}

static int
make_addr(struct btcwire_msg **out, const struct btcwire_netaddr2 *addr,
    const uint32_t *index, size_t n)
{
	struct btcwire_netaddr *v = calloc(n, sizeof(*v));
	struct btcwire_addr body = { .addr = v, .addr_len = n };
	int rc = v != NULL ? 0 : BTCPEER_E_NOMEM;
	size_t i;

	for (i = 0; i < n && rc == 0; i++)
		rc = btcwire_netaddr_from_v2(&v[i], &addr[index[i]]);
	if (rc == 0)
		rc = btcwire_msg_new(out, BTCWIRE_ADDR, &body, NULL);
	free(v);
	return rc;
}

static int
make_addrv2(struct btcwire_msg **out, const struct btcwire_netaddr2 *addr,
    const uint32_t *index, size_t n)
{
	struct btcwire_netaddr2 *v = calloc(n, sizeof(*v));
	struct btcwire_addrv2 body = { .addr = v, .addr_len = n };
	size_t i;
	int rc;

	if (v == NULL)
		return BTCPEER_E_NOMEM;
	for (i = 0; i < n; i++)
		v[i] = addr[index[i]];
	rc = btcwire_msg_new(out, BTCWIRE_ADDRV2, &body, NULL);
	free(v);
	return rc;
}

int
btcpeer_push_addrs(struct btcpeer *p, size_t *sent, size_t *sent_len,
    const struct btcwire_netaddr2 *addr, size_t addr_len)
{
	struct btcwire_msg *msg = NULL;
	uint32_t *index;
	size_t i, n;
	bool v2;
	int rc;

	if ((uint32_t)addr_len != addr_len)
		return BTCPEER_E_INVAL;
	rc = addr_form(&v2, p);
	if (rc != 0)
		return rc;
	index = calloc(addr_len > 0 ? addr_len : 1, sizeof(*index));
	if (index == NULL)
		return BTCPEER_E_NOMEM;
	n = choose(index, addr, addr_len, v2);
	if (n > 0)
		rc = v2 ? make_addrv2(&msg, addr, index, n) :
		    make_addr(&msg, addr, index, n);
	if (n > 0 && rc == 0)
		rc = btcpeer_queue_message_take(p, msg, NULL);
	for (i = 0; i < n && rc == 0 && sent != NULL; i++)
		sent[i] = index[i];
	if (rc == 0 && sent_len != NULL)
		*sent_len = n;
	free(index);
	return rc;
}

/* ---- Locators ---------------------------------------------------------- */

static bool
same_question(const struct btcp_asked *a, const struct btcp_asked *b)
{
	return a->waiting == b->waiting && a->located == b->located &&
	    btcwire_hash_equal(&a->first, &b->first) &&
	    btcwire_hash_equal(&a->stop, &b->stop);
}

/* asked is p's own for this type.  It is looked at and set in one go with the
 * admission: of two threads that ask the same one sends it. */
static int
push_locator(struct btcpeer *p, enum btcwire_type type,
    struct btcp_asked *asked, struct btcwire_locator *body)
{
	struct btcp_asked now = { .waiting = true, .stop = body->stop };
	struct btcp_entry e = { 0 };
	bool again;
	int rc;

	if (body->hash_len > 0) {
		now.located = true;
		now.first = body->hash[0];
	}
	body->version = p->config.protocol_version;
	rc = btcwire_msg_new(&e.msg, type, body, NULL);
	if (rc != 0)
		return rc;
	e.size = btcp_send_size(e.msg);
	btcu_lock(&p->mtx);
	again = same_question(asked, &now);
	rc = btcp_send_admit_locked(p, &e, again ? 0 : 1);
	if (rc == 0)
		*asked = now;
	btcp_unlock(p);
	if (rc != 0 || again)
		btcwire_msg_unref(e.msg);
	return rc;
}

void
btcp_unask_locked(struct btcpeer *p, enum btcwire_type request)
{
	if (request == BTCWIRE_GETBLOCKS)
		p->asked_blocks.waiting = false;
	else if (request == BTCWIRE_GETHEADERS)
		p->asked_headers.waiting = false;
}

/* Out: body  what fits of a locator; cut gives it room. */
static void
fit_locator(struct btcwire_locator *body,
    struct btcwire_hash cut[BTCWIRE_MAX_LOCATOR_SEND],
    const struct btcwire_hash *locator, size_t len,
    const struct btcwire_hash *stop)
{
	const size_t last = BTCWIRE_MAX_LOCATOR_SEND - 1;

	*body = (struct btcwire_locator){ .hash = locator, .hash_len = len };
	if (stop != NULL)
		body->stop = *stop;
	if (len <= BTCWIRE_MAX_LOCATOR_SEND)
		return;
	memcpy(cut, locator, last * sizeof(*cut));
	cut[last] = locator[len - 1];
	body->hash = cut;
	body->hash_len = BTCWIRE_MAX_LOCATOR_SEND;
}

int
btcpeer_push_getblocks(struct btcpeer *p, const struct btcwire_hash *locator,
    size_t locator_len, const struct btcwire_hash *stop)
{
	struct btcwire_hash cut[BTCWIRE_MAX_LOCATOR_SEND];
	struct btcwire_locator body;

	fit_locator(&body, cut, locator, locator_len, stop);
	return push_locator(p, BTCWIRE_GETBLOCKS, &p->asked_blocks, &body);
}

int
btcpeer_push_getheaders(struct btcpeer *p, const struct btcwire_hash *locator,
    size_t locator_len, const struct btcwire_hash *stop)
{
	struct btcwire_hash cut[BTCWIRE_MAX_LOCATOR_SEND];
	struct btcwire_locator body;

	fit_locator(&body, cut, locator, locator_len, stop);
	return push_locator(p, BTCWIRE_GETHEADERS, &p->asked_headers, &body);
}

/* ---- Inventory --------------------------------------------------------- */

static int
make_getdata(struct btcp_entry *e, const struct btcwire_invvect *vec,
    size_t vec_len)
{
	struct btcwire_inv body = { .vec = vec, .vec_len = vec_len };
	int rc;

	if (body.vec_len > GETDATA_MAX)
		body.vec_len = GETDATA_MAX;
	rc = btcwire_msg_new(&e->msg, BTCWIRE_GETDATA, &body, NULL);
	if (rc == 0)
		e->size = btcp_send_size(e->msg);
	return rc;
}

int
btcpeer_push_getdata(struct btcpeer *p, const struct btcwire_invvect *vec,
    size_t vec_len)
{
	size_t n = vec_len / GETDATA_MAX + (vec_len % GETDATA_MAX != 0), i;
	struct btcp_entry *e = calloc(n > 0 ? n : 1, sizeof(*e));
	int rc = 0;

	if (e == NULL)
		return BTCPEER_E_NOMEM;
	for (i = 0; i < n && rc == 0; i++)
		rc = make_getdata(&e[i], vec + i * GETDATA_MAX,
		    vec_len - i * GETDATA_MAX);
	if (rc == 0) {
		btcu_lock(&p->mtx);
		rc = btcp_send_admit_locked(p, e, n);
		btcp_unlock(p);
	}
	for (i = 0; i < n && rc != 0; i++)
		btcwire_msg_unref(e[i].msg);
	free(e);
	return rc;
}

/* ---- Refusals ---------------------------------------------------------- */

static int
knows_reject(struct btcpeer *p)
{
	int rc = 0;

	btcu_lock(&p->mtx);
	if (closed_locked(p))
		rc = BTCPEER_E_CLOSED;
	else if (!p->stats.version_known)
		rc = BTCPEER_E_STATE;
	else if (p->stats.protocol_version < BTCWIRE_PVER_REJECT)
		rc = BTCPEER_E_VERSION;
	btcp_unlock(p);
	return rc;
}

/* Queue msg, which is used up, and wait until it was written: one time for
 * both. */
static int
take_and_wait(struct btcpeer *p, struct btcwire_msg *msg, int64_t wait_ms)
{
	struct btcpeer_send send = BTCPEER_SEND_INIT;
	int64_t deadline = btcu_after(btcu_now_ms(), wait_ms), left;
	int rc, result;

	rc = btcpeer_completion_new(&send.completion);
	if (rc != 0) {
		btcwire_msg_unref(msg);
		return rc;
	}
	send.wait_ms = wait_ms;
	rc = btcpeer_queue_message_take(p, msg, &send);
	if (rc == 0) {
		left = deadline - btcu_now_ms();
		rc = btcpeer_completion_wait(&result, send.completion,
		    left > 0 ? left : 0);
	}
	if (rc == 0)
		rc = result;
	btcpeer_completion_unref(send.completion);
	return rc;
}

int
btcpeer_push_reject(struct btcpeer *p, const char *command,
    enum btcwire_reject_code code, const char *reason,
    const struct btcwire_hash *hash, int64_t wait_ms)
{
	struct btcwire_msg *msg;
	int rc;

	rc = knows_reject(p);
	if (rc == 0 && wait_ms > 0 && btcp_self == p)
		rc = BTCPEER_E_DEADLOCK;
	if (rc == 0)
		rc = btcp_control_make_reject(&msg, command, code, reason,
		    hash);
	if (rc != 0)
		return rc;
	return wait_ms > 0 ? take_and_wait(p, msg, wait_ms) :
	    btcpeer_queue_message_take(p, msg, NULL);
}
