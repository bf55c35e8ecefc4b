/*
 * The features that a remote offers (BIP 434).  Not locked: filled by the
 * input thread between version and verack, when nobody else looks.
 */
#ifndef BTC_PEER_FEATURES_H
#define BTC_PEER_FEATURES_H

#include <btcpeer/peer.h>

struct btcp_features {
	struct btcpeer_feature *v;	/* owned, and what they point to; NULL or
					 * room for BTCPEER_MAX_FEATURES */
	size_t len;
};

/*
 * Remember one.  Of an id that is there already the data are replaced, at its
 * old place; beyond BTCPEER_MAX_FEATURES others are left out.
 * Returns: 0 or BTCPEER_E_NOMEM, then nothing has changed.
 */
int btcp_features_add(struct btcp_features *fs,
    const struct btcwire_feature *f);

void btcp_features_clear(struct btcp_features *fs);

#endif
