#include "config.h"

#include "peer/peer.h"

/* From now on: what came before was not wanted (BIP 37). */
static void
want_txs(struct btcpeer *p)
{
	btcu_lock(&p->mtx);
	if (!p->stats.relay)
		btcp_inventory_drop_txs(&p->inventory);
	p->stats.relay = true;
	btcp_unlock(p);
}

void
btcp_relay_message(struct btcp_handshake_step *step, struct btcpeer *p,
    enum btcwire_type type)
{
	if (step->verdict != BTCP_PASS || (type != BTCWIRE_FILTERLOAD &&
	    type != BTCWIRE_FILTERADD && type != BTCWIRE_FILTERCLEAR))
		return;
	if ((p->config.services & BTCWIRE_NODE_BLOOM) != 0) {
		if (type != BTCWIRE_FILTERADD)
			want_txs(p);
	} else if (p->stats.remote_version < BTCWIRE_PVER_BIP111) {
		/* It cannot know that there is a service bit for it. */
		step->verdict = BTCP_IGNORE;
	} else {
		step->verdict = BTCP_END;
		step->reason = BTCPEER_REASON_BLOOM;
		step->text = btcpeer_reason_text(BTCPEER_REASON_BLOOM);
	}
}
