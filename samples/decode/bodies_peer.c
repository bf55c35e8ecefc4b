/*
 * Messages about peers, what they want, and what they know.
 */
#include <arpa/inet.h>
#include <string.h>

#include "../common/services.h"
#include "bodies.h"

void
body_empty(struct emit *e, const struct btcwire_empty *m)
{
	(void)e;
	(void)m;
}

/* ---- Addresses --------------------------------------------------------- */

static void
services(struct emit *e, uint64_t bits)
{
	char label[SERVICES_TEXT];

	emit_hex(e, "services", bits, 16, services_format(label, bits));
}

/* An IPv4 address is shown as one, without ::ffff: before it. */
static void
netaddr(struct emit *e, const char *name, const struct btcwire_netaddr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN] = "";

	if (memcmp(a->ip, mapped, sizeof(mapped)) == 0)
		(void)inet_ntop(AF_INET, a->ip + 12, text, sizeof(text));
	else
		(void)inet_ntop(AF_INET6, a->ip, text, sizeof(text));
	emit_object(e, name);
	emit_time(e, "time", a->time);
	services(e, a->services);
	emit_string(e, "ip", text);
	emit_int(e, "port", a->port);
	emit_end(e);
}

void
body_addr(struct emit *e, const struct btcwire_addr *m)
{
	size_t i;

	emit_array(e, "addr", m->addr_len);
	for (i = 0; i < m->addr_len; i++)
		netaddr(e, NULL, &m->addr[i]);
	emit_end(e);
}

static void
netaddr2(struct emit *e, const struct btcwire_netaddr2 *a)
{
	char text[BTCWIRE_NETADDR_TEXT];

	emit_object(e, NULL);
	emit_time(e, "time", a->time);
	services(e, a->services);
	emit_string(e, "net", btcwire_net_name(a->net));
	emit_int(e, "net_id", a->net);
	emit_bytes(e, "addr", a->addr);
	emit_int(e, "port", a->port);
	if (btcwire_netaddr2_to_text(text, sizeof(text), a) == 0)
		emit_string(e, "text", text);
	emit_end(e);
}

void
body_addrv2(struct emit *e, const struct btcwire_addrv2 *m)
{
	size_t i;

	emit_array(e, "addr", m->addr_len);
	for (i = 0; i < m->addr_len; i++)
		netaddr2(e, &m->addr[i]);
	emit_end(e);
}

/* ---- The handshake, and keeping in touch ------------------------------- */

void
body_version(struct emit *e, const struct btcwire_version *m)
{
	emit_int(e, "version", m->version);
	services(e, m->services);
	emit_time(e, "timestamp", m->timestamp);
	netaddr(e, "addr_recv", &m->addr_recv);
	netaddr(e, "addr_from", &m->addr_from);
	emit_hex(e, "nonce", m->nonce, 16, NULL);
	emit_remote(e, "user_agent", m->user_agent);
	emit_int(e, "start_height", m->start_height);
	emit_bool(e, "relay", m->relay, NULL);
}

void
body_feature(struct emit *e, const struct btcwire_feature *m)
{
	emit_remote(e, "id", m->id);
	emit_bytes(e, "data", m->data);
}

void
body_ping(struct emit *e, const struct btcwire_ping *m)
{
	emit_hex(e, "nonce", m->nonce, 16, NULL);
}

static const struct emit_choice reject_codes[] = {
	{ BTCWIRE_REJECT_MALFORMED, "malformed" },
	{ BTCWIRE_REJECT_INVALID, "invalid" },
	{ BTCWIRE_REJECT_OBSOLETE, "obsolete" },
	{ BTCWIRE_REJECT_DUPLICATE, "duplicate" },
	{ BTCWIRE_REJECT_NONSTANDARD, "nonstandard" },
	{ BTCWIRE_REJECT_DUST, "dust" },
	{ BTCWIRE_REJECT_INSUFFICIENTFEE, "insufficient fee" },
	{ BTCWIRE_REJECT_CHECKPOINT, "checkpoint" },
};

void
body_reject(struct emit *e, const struct btcwire_reject *m)
{
	emit_remote(e, "command", m->command);
	emit_choice(e, "code", m->code, reject_codes,
	    sizeof(reject_codes) / sizeof(reject_codes[0]));
	emit_remote(e, "reason", m->reason);
	emit_bool(e, "has_hash", m->has_hash, NULL);
	emit_hash(e, "hash", &m->hash);
}

/* The texts are what once was shown to users. */
void
body_alert(struct emit *e, const struct btcwire_alert *m)
{
	size_t i;

	emit_bytes(e, "signed_part", m->signed_part);
	emit_bytes(e, "signature", m->signature);
	emit_int(e, "version", m->version);
	emit_time(e, "relay_until", m->relay_until);
	emit_time(e, "expiration", m->expiration);
	emit_int(e, "id", m->id);
	emit_int(e, "cancel", m->cancel);
	emit_array(e, "set_cancel", m->set_cancel_len);
	for (i = 0; i < m->set_cancel_len; i++)
		emit_int(e, NULL, m->set_cancel[i]);
	emit_end(e);
	emit_int(e, "min_version", m->min_version);
	emit_int(e, "max_version", m->max_version);
	emit_remotes(e, "set_user_agent", m->set_user_agent,
	    m->set_user_agent_len);
	emit_int(e, "priority", m->priority);
	emit_remote(e, "comment", m->comment);
	emit_remote(e, "status_bar", m->status_bar);
	emit_remote(e, "reserved", m->reserved);
	emit_bytes(e, "extra", m->extra);
}

/* ---- What a peer wants to hear of -------------------------------------- */

void
body_feefilter(struct emit *e, const struct btcwire_feefilter *m)
{
	emit_label(e, "feerate", m->feerate, "satoshi per 1,000 virtual bytes");
}

void
body_filterload(struct emit *e, const struct btcwire_filterload *m)
{
	static const struct emit_choice updates[] = {
		{ BTCWIRE_BLOOM_UPDATE_NONE, "none" },
		{ BTCWIRE_BLOOM_UPDATE_ALL, "all" },
		{ BTCWIRE_BLOOM_UPDATE_P2PUBKEY_ONLY, "P2PUBKEY only" },
	};

	emit_bytes(e, "filter", m->filter);
	emit_int(e, "hash_funcs", m->hash_funcs);
	emit_int(e, "tweak", m->tweak);
	emit_choice(e, "update", m->update, updates,
	    sizeof(updates) / sizeof(updates[0]));
}

void
body_filteradd(struct emit *e, const struct btcwire_filteradd *m)
{
	emit_bytes(e, "data", m->data);
}

/* ---- Reconciliation (BIP 330) ------------------------------------------ */

void
body_sendtxrcncl(struct emit *e, const struct btcwire_sendtxrcncl *m)
{
	emit_int(e, "version", m->version);
	emit_hex(e, "salt", m->salt, 16, NULL);
}

void
body_reqrecon(struct emit *e, const struct btcwire_reqrecon *m)
{
	emit_int(e, "set_size", m->set_size);
	emit_int(e, "q", m->q);
}

void
body_sketch(struct emit *e, const struct btcwire_sketch *m)
{
	emit_bytes(e, "data", m->data);
}

void
body_reconcildiff(struct emit *e, const struct btcwire_reconcildiff *m)
{
	size_t i;

	emit_bool(e, "success", m->success, NULL);
	emit_array(e, "ask", m->ask_len);
	for (i = 0; i < m->ask_len; i++)
		emit_int(e, NULL, m->ask[i]);
	emit_end(e);
}
