#include "config.h"

#include <string.h>

#include "stress.h"

/* Listeners make calls of their own, a few of them at once at most. */
static _Thread_local int depth;

static struct stress_end *
enter(struct btcpeer *p, void *user)
{
	struct stress_end *outer = stress_inside, *e = user;

	stress_must(e->p == p && btcpeer_user(p) == e, e, "another's callback");
	stress_must(!atomic_load(&e->ended), e, "a callback after the last");
	stress_inside = e;
	depth++;
	return outer;
}

static void
leave(struct stress_end *outer)
{
	depth--;
	stress_inside = outer;
}

/* Mostly of the peer itself, else of any. */
static void
maybe_call(struct stress_end *e)
{
	struct stress_end *other;

	if (depth > 1 || stress_pick(8) != 0)
		return;
	if (stress_pick(4) != 0) {
		stress_call(e);
		return;
	}
	other = stress_any();
	if (other != NULL)
		stress_call(other);
	stress_unref(other);
}

static void
on_ready(struct btcpeer *p, void *user)
{
	struct stress_end *outer = enter(p, user), *e = user;

	stress_must(btcpeer_ping(p) != BTCPEER_E_STATE, e,
	    "not ready in on_ready");
	stress_must(!atomic_exchange(&e->ready, true), e, "ready twice");
	maybe_call(e);
	leave(outer);
}

static void
on_raw(struct btcpeer *p, const char *command, const uint8_t *payload,
    size_t payload_len, void *user)
{
	struct stress_end *outer = enter(p, user), *e = user;

	stress_must(command[0] != '\0' && strlen(command) <= 12, e,
	    "the command of a raw message");
	stress_must(payload_len == 0 || payload != NULL, e, "no payload");
	leave(outer);
}

static void
on_read(struct btcpeer *p, struct btcwire_msg *msg, size_t wire_len,
    int result, void *user)
{
	struct stress_end *outer = enter(p, user), *e = user;
	enum btcwire_type type = msg != NULL ? btcwire_msg_type(msg)
	    : BTCWIRE_UNKNOWN;

	stress_must(result == 0 || (result == BTCPEER_E_UNKNOWN && msg == NULL),
	    e, "a message that cannot be read");
	stress_must(wire_len >= BTCWIRE_FRAME_HEADER, e, "on_read");
	atomic_fetch_add(&e->by[type].read, 1);
	atomic_fetch_add(&e->bytes_read, wire_len);
	if (stress_pick(500) == 0)
		btcpeer_disconnect(p);
	maybe_call(e);
	leave(outer);
}

/* Here nothing else keeps a message from being written. */
static bool
is_end(int result)
{
	return result == 0 || result == BTCPEER_E_CLOSED ||
	    result == BTCPEER_E_EOF || result == BTCPEER_E_VERSION;
}

static void
on_write(struct btcpeer *p, struct btcwire_msg *msg, size_t wire_len,
    int result, void *user)
{
	struct stress_end *outer = enter(p, user), *e = user;
	struct stress_tally *t = &e->by[btcwire_type_of(
	    btcwire_msg_command(msg))];

	stress_must((result == 0) == (wire_len > 0), e, "on_write");
	stress_must(is_end(result), e, "how a message ended");
	atomic_fetch_add(result == 0 ? &t->written : &t->failed, 1);
	atomic_fetch_add(&e->bytes_written, wire_len);
	if (stress_pick(1000) == 0)
		btcpeer_disconnect(p);
	maybe_call(e);
	leave(outer);
}

static void
on_high_water(struct btcpeer *p, void *user)
{
	struct stress_end *outer = enter(p, user), *e = user;

	stress_must(!atomic_exchange(&e->high, true), e, "high water twice");
	maybe_call(e);
	leave(outer);
}

static void
on_low_water(struct btcpeer *p, void *user)
{
	struct stress_end *outer = enter(p, user), *e = user;

	stress_must(atomic_exchange(&e->high, false), e, "low water twice");
	maybe_call(e);
	leave(outer);
}

static enum btcpeer_stall_action
on_stall(struct btcpeer *p, const struct btcpeer_stall *stall, void *user)
{
	struct stress_end *outer = enter(p, user), *e = user;
	uint32_t chance = stress_pick(20);

	stress_must(stall->outstanding > 0 && stall->waited_ms >= 0, e,
	    "a stall of nothing");
	maybe_call(e);
	leave(outer);
	if (chance < 2)
		return chance == 0 ? BTCPEER_STALL_DISCONNECT
		    : BTCPEER_STALL_DEFAULT;
	return chance < 11 ? BTCPEER_STALL_EXTEND : BTCPEER_STALL_IGNORE;
}

static void
on_disconnect(struct btcpeer *p, enum btcpeer_reason reason, const char *why,
    void *user)
{
	struct stress_end *outer = enter(p, user), *e = user;

	maybe_call(e);
	btcpeer_disconnect(p);
	stress_ended(e, reason, why);
	leave(outer);
}

void
stress_on_done(struct btcpeer *p, struct btcwire_msg *msg, int result,
    void *end)
{
	struct stress_end *outer = enter(p, end), *e = end;

	stress_must(msg != NULL, e, "done without a message");
	stress_must(is_end(result), e, "how a message ended");
	atomic_fetch_add(&e->done, 1);
	if (stress_pick(1000) == 0)
		btcpeer_disconnect(p);
	maybe_call(e);
	leave(outer);
}

/* ---- Answers ------------------------------------------------------------ */

static void
on_inv(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *inv, void *user)
{
	struct stress_end *outer = enter(p, user), *e = user;

	(void)msg;
	stress_must(btcpeer_wait(p, -1) == BTCPEER_E_DEADLOCK, e,
	    "waiting in a callback was not refused");
	if (stress_pick(4) != 0)
		(void)stress_queue(e, BTCWIRE_GETDATA, inv, stress_pick(2));
	leave(outer);
}

/* Not all are answered: those are overdue some time. */
static void
on_getdata(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_inv *inv, void *user)
{
	struct stress_end *outer = enter(p, user), *e = user;

	btcwire_msg_unref(btcwire_msg_ref(msg));
	if (stress_pick(4) != 0)
		(void)stress_queue(e, BTCWIRE_NOTFOUND, inv, 0);
	leave(outer);
}

static void
on_getheaders(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_locator *locator, void *user)
{
	struct stress_end *outer = enter(p, user), *e = user;
	struct btcwire_header header = { .version = 1, .prev = stress_hash() };
	struct btcwire_headers headers = { &header, 1 };

	(void)msg;
	(void)locator;
	if (stress_pick(2) == 0)
		(void)stress_queue(e, BTCWIRE_HEADERS, &headers, 0);
	leave(outer);
}

static void
on_getblocks(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_locator *locator, void *user)
{
	struct stress_end *outer = enter(p, user), *e = user;
	struct btcwire_invvect vec = { BTCWIRE_INV_BLOCK, stress_hash() };
	struct btcwire_inv inv = { &vec, 1 };

	(void)msg;
	(void)locator;
	if (stress_pick(2) == 0)
		(void)stress_queue(e, BTCWIRE_INV, &inv, 0);
	leave(outer);
}

static void
on_getaddr(struct btcpeer *p, struct btcwire_msg *msg,
    const struct btcwire_empty *getaddr, void *user)
{
	struct stress_end *outer = enter(p, user), *e = user;

	(void)msg;
	(void)getaddr;
	stress_push_addrs(e);
	leave(outer);
}

/* ---- Configuration ------------------------------------------------------ */

static atomic_uint_least64_t lines;

static void
count_line(void *user, enum btcpeer_log_level level, const char *line)
{
	(void)user;
	stress_must(level != BTCPEER_LOG_OFF && line[0] != '\0', NULL,
	    "an empty line in the log");
	atomic_fetch_add(&lines, 1);
}

static int32_t
newest_block(void *user)
{
	(void)user;
	return (int32_t)stress_pick(100);
}

static const struct btcpeer_listeners listeners = {
	.size = sizeof(struct btcpeer_listeners),
	.on_ready = on_ready,
	.on_raw = on_raw,
	.on_read = on_read,
	.on_write = on_write,
	.on_high_water = on_high_water,
	.on_low_water = on_low_water,
	.on_stall = on_stall,
	.on_disconnect = on_disconnect,
	.on_inv = on_inv,
	.on_getdata = on_getdata,
	.on_getheaders = on_getheaders,
	.on_getblocks = on_getblocks,
	.on_getaddr = on_getaddr,
};

static const struct btcpeer_feature features[STRESS_FEATURES] = {
	{ "BIP9998", NULL, 0 },
	{ "BIP9999", "data", 4 },
};

void
stress_configure(struct btcpeer_config *c, struct stress_end *e)
{
	/* The newest, and some before which messages did not exist. */
	static const uint32_t version[] = { 0, 0, 0, 70012, 70001, 60000 };

	c->chain = btcwire_chain(BTCWIRE_REGTEST);
	c->listeners = &listeners;
	c->user = e;
	c->services = BTCWIRE_NODE_NETWORK | BTCWIRE_NODE_BLOOM;
	c->protocol_version = version[stress_pick(6)];
	c->newest_block = newest_block;
	c->features = features;
	c->features_len = STRESS_FEATURES;
	c->disable_relay = stress_pick(4) == 0;
	c->disable_addrv2 = stress_pick(4) == 0;
	c->allow_self = true;
	c->handshake_timeout_ms = -1;	/* under valgrind it takes long */
	c->stall_timeout_ms = 50;
	c->trickle_ms = 5;
	c->ping_interval_ms = 5;
	c->queue_max_msgs = stress_pick(2) == 0 ? STRESS_QUEUE_MAX : 20;
	c->known_inventory_max = STRESS_HASHES / 2;
	c->log = count_line;
	c->log_level = stress_pick(8) == 0 ? BTCPEER_LOG_TRACE
	    : BTCPEER_LOG_WARN;
}
