/*
 * The inside of a message, for the files that make and keep it.
 */
#ifndef BTC_WIRE_MSGPRIV_H
#define BTC_WIRE_MSGPRIV_H

#include <stdatomic.h>

#include "wire/msg.h"
#include "wire/msgtab.h"

/*
 * In what a payload may differ from the newest form of the same body.  A form
 * is a sum of these; it has only what makes a difference for this body.
 */
#define FORM_STRIPPED 0x01u	/* witnesses left out */
#define FORM_OLD      0x02u	/* for a version below the row's split_pver */

/* Another form of the payload. */
struct variant {
	struct variant *next;
	unsigned form;
	atomic_uint_least32_t sum;	/* as in struct btcwire_msg */
	size_t len;
	uint8_t data[];
};

/*
 * One block of memory: this, the payload, then what was decoded from it.
 * While it is received into, it belongs to one thread; once decoded it never
 * changes, but for the atomic members.
 */
struct btcwire_msg {
	atomic_uint refs;
	enum btcwire_type type;
	unsigned form;		/* of the payload */
	bool has_witness;
	size_t payload_len;
	size_t body_len;	/* of the payload; then trailing bytes */
	size_t capacity;	/* of data */
	const void *body;
	struct xf_chunk *chunks;	/* what does not fit in data */
	_Atomic(struct variant *) variants;	/* only ever grows */

	/* First four bytes of the SHA-256d of the body's payload, as a little
	 * endian number; 0: not computed yet (or really 0: computed again). */
	atomic_uint_least32_t sum;
	uint8_t data[];
};

/* An unused block with room for need bytes of payload; NULL: out of memory. */
struct btcwire_msg *btcwire_msg_alloc(size_t need);

/* More room, moving the block; false when out of memory, with *m as it was. */
bool btcwire_msg_grow(struct btcwire_msg **m, size_t need);

/* Free what hangs on a block, so that it can be received into again. */
void btcwire_msg_reset(struct btcwire_msg *m);

/* m or NULL. */
void btcwire_msg_free(struct btcwire_msg *m);

/* Drop one reference; true when it was the last. */
bool btcwire_msg_drop(struct btcwire_msg *m);

/*
 * Decode the payload_len bytes in the block, which may move.  On failure it
 * can be used again.
 */
BTCPEER_MUSTUSE int btcwire_msg_decode(struct btcwire_msg **m,
    enum btcwire_type type, size_t payload_len, uint32_t pver, uint32_t flags,
    struct btcpeer_error *err);

/*
 * The row for a body.  A body that is NULL becomes an empty one where that is
 * the right kind.  NULL with err filled when there is no row or no body.
 */
const struct btcwire_def *btcwire_body_def(enum btcwire_type type,
    const void **body, struct btcpeer_error *err);

/* What was noticed of a body while it was encoded. */
struct body_facts {
	bool has_witness;	/* some transaction has a witness */
	bool no_inputs;		/* some has outputs but no input */
	bool whole;		/* the window holds all that was measured */
};

/* Measure a body; a short one is encoded in the window afterwards, as facts
 * tell.  facts: or NULL. */
#define BODY_WINDOW 512
BTCPEER_MUSTUSE int btcwire_body_measure(uint8_t window[BODY_WINDOW],
    size_t *len, struct body_facts *facts, const struct btcwire_def *def,
    const void *body, uint32_t pver, uint32_t flags,
    struct btcpeer_error *err);

/*
 * Encode a body into buf, or only measure it when buf is NULL.
 * Out: len  bytes written.
 */
BTCPEER_MUSTUSE int btcwire_body_run(uint8_t *buf, size_t buf_size,
    size_t *len, const struct btcwire_def *def, const void *body,
    uint32_t pver, uint32_t flags, struct btcpeer_error *err);

/* Fail before there is a cursor; returns code. */
int btcwire_fail(struct btcpeer_error *err, int code, const char *text);

#endif
