#include "config.h"

#include "wire/codecs.h"
#include "wire/msgtab.h"

void
btcwire_text_hash(struct btcu_text *t, const struct btcwire_hash *h)
{
	char hex[BTCWIRE_HASH_HEX];

	btcu_text_printf(t, "%s", btcwire_hash_to_hex(hex, h));
}

void
btcwire_text_header(struct btcu_text *t, const struct btcwire_header *header)
{
	struct btcwire_hash hash;

	btcwire_header_hash(&hash, header);
	btcwire_text_hash(t, &hash);
}

size_t
btcwire_summary(char *buf, size_t size, const struct btcwire_msg *msg)
{
	const struct btcwire_def *def = btcwire_def(btcwire_msg_type(msg));
	struct btcu_text t;

	btcu_text_init(&t, buf, size);
	btcu_text_printf(&t, "%s", btcwire_msg_command(msg));
	if (def == NULL) {
		btcu_text_printf(&t, " (%zu bytes)",
		    btcwire_msg_raw(msg, NULL).len);
	} else if (def->summary != btcwire_sum_empty) {
		btcu_text_printf(&t, " (");
		def->summary(&t, btcwire_msg_body(msg));
		btcu_text_printf(&t, ")");
	}
	return t.len;
}
