/*
 * Bytes to messages and back, hashes, chain parameters.  Everything here is
 * pure: no thread, no socket, no clock.
 *
 * Rules that hold for every function, so that no comment repeats them:
 *  - pointers are not NULL unless the comment says "or NULL";
 *  - a returned int is 0, or a negative BTCPEER_E_ code (btcpeer_strerror());
 *  - an object handed out through a T **out belongs to the caller; a pointer
 *    that is returned belongs to the object it came from;
 *  - out parameters come first, a length follows its array;
 *  - on failure nothing is written through an out parameter;
 *  - any thread may call any function at any time, and a message may be used by
 *    many threads at once; an object of another kind belongs to one thread at a
 *    time.
 */
#ifndef BTCPEER_WIRE_H
#define BTCPEER_WIRE_H

#include <btcpeer/block.h>
#include <btcpeer/compact.h>
#include <btcpeer/error.h>
#include <btcpeer/filter.h>
#include <btcpeer/msgs.h>
#include <btcpeer/netaddr.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Messages ---------------------------------------------------------- */

/*
 * A message: a type and a body of the struct that belongs to the type, in one
 * block of memory, shared by reference count and never changed after it was
 * made.  Opaque.
 */
struct btcwire_msg;

/* Flags for decoding and encoding; 0 is right nearly always. */
#define BTCWIRE_NO_WITNESS 0x01u /* the form without witnesses (before BIP 144) */
#define BTCWIRE_STRICT     0x02u /* decoding: bytes after the body are an error */

/*
 * Decode one payload, the bytes after the header of a message.
 *
 * Returns: 0, or BTCPEER_E_SHORT, _TRAILING, _TOOBIG, _NONCANON, _BADVALUE,
 *          _INVAL (type), _NOMEM.
 * Out:     out   the message; give it back with btcwire_msg_unref().
 *          err   or NULL: field and byte offset.
 * In:      payload is copied.
 *          pver  protocol version negotiated with the peer.
 *          flags BTCWIRE_NO_WITNESS, BTCWIRE_STRICT.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_decode(struct btcwire_msg **out,
    enum btcwire_type type, const void *payload, size_t payload_len,
    uint32_t pver, uint32_t flags, struct btcpeer_error *err);

/*
 * Make a message from a body.  Everything body points to is copied and
 * checked against the limits of the protocol.
 *
 * Returns: 0, or BTCPEER_E_TOOBIG, _BADVALUE (also for what could not be read
 *          back: in a block, a transaction without inputs beside a witness),
 *          _INVAL (type, or no body), _NOMEM.
 * In:      body  the struct that belongs to type; NULL for those that are empty.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_msg_new(struct btcwire_msg **out,
    enum btcwire_type type, const void *body, struct btcpeer_error *err);

/*
 * A message that nobody looks into, of any command and with any payload: what a
 * relay passes on.  Its type is BTCWIRE_UNKNOWN and its body NULL; sent by a
 * peer, it is no request whose answer is watched.
 *
 * Returns: 0, or BTCPEER_E_INVAL (command not 1 to 12 characters of printable
 *          ASCII), _TOOBIG (over BTCWIRE_MAX_PAYLOAD bytes), _NOMEM.
 * In:      payload is copied.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_msg_new_raw(struct btcwire_msg **out,
    const char *command, const void *payload, size_t payload_len,
    struct btcpeer_error *err);

/* The command: that of its type, or the one a raw message was made with. */
BTCPEER_API const char *btcwire_msg_command(const struct btcwire_msg *msg);

/* One more reference, for instance to send one block to many peers. */
BTCPEER_API struct btcwire_msg *btcwire_msg_ref(struct btcwire_msg *msg);

/* Give one back; the last frees the message.  msg or NULL. */
BTCPEER_API void btcwire_msg_unref(struct btcwire_msg *msg);

BTCPEER_API enum btcwire_type btcwire_msg_type(const struct btcwire_msg *msg);

/* The body, borrowed from the message; see the typed forms below. */
BTCPEER_API const void *btcwire_msg_body(const struct btcwire_msg *msg);

/*
 * The payload exactly as it was decoded, trailing bytes included (*trailing
 * of them; or NULL).  For a message made by btcwire_msg_new(): the newest
 * form of the payload.
 */
BTCPEER_API struct btcwire_bytes btcwire_msg_raw(const struct btcwire_msg *msg,
    size_t *trailing);

/*
 * The payload as a peer of that version is to be sent it.  It is encoded at
 * most once for each form (witness, version) and kept with the message, so
 * sending one block to a thousand peers encodes it once.
 *
 * Returns: 0 or BTCPEER_E_NOMEM.
 * Out:     payload  borrowed from msg.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_msg_payload(
    struct btcwire_bytes *payload, struct btcwire_msg *msg, uint32_t pver,
    uint32_t flags);

/*
 * How long the payload of btcwire_msg_payload() is, without encoding anything.
 * Of the form that was decoded or is kept this costs nothing, of another a walk
 * over the body.
 */
BTCPEER_API size_t btcwire_msg_encoded_size(const struct btcwire_msg *msg,
    uint32_t pver, uint32_t flags);

/* const struct btcwire_tx *btcwire_tx_of(msg), and so on: NULL if msg is of
 * another type. */
#define XX(upper, name, body) \
static inline const struct btcwire_##body * \
btcwire_##name##_of(const struct btcwire_msg *msg) \
{ \
	return btcwire_msg_type(msg) == BTCWIRE_##upper \
	    ? (const struct btcwire_##body *)btcwire_msg_body(msg) : NULL; \
}
BTCWIRE_MSG_MAP(XX)
#undef XX

/* ---- Bodies without a message ------------------------------------------ */

/* How many bytes btcwire_body_encode() would write.  Returns as it does. */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_body_size(size_t *size,
    enum btcwire_type type, const void *body, uint32_t pver, uint32_t flags,
    struct btcpeer_error *err);

/*
 * Encode a body into the caller's buffer.
 *
 * Returns: 0, or BTCPEER_E_BUFFER, _TOOBIG, _BADVALUE, _INVAL (type).
 * Out:     len  bytes written.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_body_encode(void *buf, size_t *len,
    size_t buf_size, enum btcwire_type type, const void *body, uint32_t pver,
    uint32_t flags, struct btcpeer_error *err);

/* The same into memory of exactly the right size: free(3) it.  Also
 * BTCPEER_E_NOMEM. */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_body_encode_new(uint8_t **out,
    size_t *len, enum btcwire_type type, const void *body, uint32_t pver,
    uint32_t flags, struct btcpeer_error *err);

/* ---- Frames (v1) ------------------------------------------------------- */

#define BTCWIRE_FRAME_HEADER 24	/* bytes before each payload */

/* What they say. */
struct btcwire_frame {
	uint8_t magic[4];	/* of the chain, as on the wire */
	char command[13];	/* NUL-terminated; "" unless it is printable ASCII
				 * padded with zeroes */
	uint8_t checksum[4];	/* the first bytes of the payload's SHA-256d */
	uint32_t payload_len;	/* bytes; over BTCWIRE_MAX_PAYLOAD nobody reads it */
};

BTCPEER_API void btcwire_frame_decode(struct btcwire_frame *out,
    const uint8_t head[BTCWIRE_FRAME_HEADER]);
BTCPEER_API void btcwire_frame_encode(uint8_t head[BTCWIRE_FRAME_HEADER],
    const struct btcwire_frame *frame);

/* ---- Commands ---------------------------------------------------------- */

/* The command name, "ping" and so on; "unknown" for a type out of range. */
BTCPEER_API const char *btcwire_command(enum btcwire_type type);

/* BTCWIRE_UNKNOWN when the library has no codec for it. */
BTCPEER_API enum btcwire_type btcwire_type_of(const char *command);

/* Bytes of the longest payload that the limits on its parts allow; 0 for a type
 * out of range. */
BTCPEER_API size_t btcwire_max_payload(enum btcwire_type type);

/* The protocol version from which on a remote knows this message; 0: all. */
BTCPEER_API uint32_t btcwire_min_version(enum btcwire_type type);

/*
 * One line about a message, as the log shows it: command and the facts that
 * matter, remote text escaped.  Always NUL-terminated when size > 0; returns
 * the length it would have had, as snprintf() does.
 */
BTCPEER_API size_t btcwire_summary(char *buf, size_t size,
    const struct btcwire_msg *msg);

/* ---- Hashes ------------------------------------------------------------ */

#define BTCWIRE_HASH_HEX 65	/* buffer for a hash in hex, NUL included */

/* SHA-256 of the SHA-256. */
BTCPEER_API void btcwire_sha256d(struct btcwire_hash *out, const void *data,
    size_t len);

/* Hex in the usual reversed order; buf holds BTCWIRE_HASH_HEX bytes. */
BTCPEER_API char *btcwire_hash_to_hex(char *buf, const struct btcwire_hash *h);

/* Returns 0, or BTCPEER_E_BADVALUE unless hex is 64 hex digits. */
BTCPEER_API BTCPEER_MUSTUSE int btcwire_hash_from_hex(struct btcwire_hash *out,
    const char *hex);

BTCPEER_API bool btcwire_hash_equal(const struct btcwire_hash *a,
    const struct btcwire_hash *b);

/* All zero. */
BTCPEER_API bool btcwire_hash_is_null(const struct btcwire_hash *h);

/* ---- Chains ------------------------------------------------------------ */

enum btcwire_chain_id {
	BTCWIRE_MAINNET, BTCWIRE_TESTNET3, BTCWIRE_TESTNET4, BTCWIRE_SIGNET,
	BTCWIRE_REGTEST, BTCWIRE_SIMNET,
	BTCWIRE_NCHAINS
};

struct btcwire_chain {
	const char *name;		/* "mainnet", "testnet3" ... */
	enum btcwire_chain_id id;
	uint8_t magic[4];		/* as on the wire */
	uint16_t port;			/* where nodes listen by default */
	uint32_t pow_limit_bits;	/* easiest target allowed, compact */
	int32_t segwit_height;		/* BIP 141 holds from here on: a block with
					 * a commitment has the witness for it */
	struct btcwire_hash genesis_hash;
	struct btcwire_bytes genesis;	/* the serialised genesis block */
};

/* Static storage; NULL for an id or name that does not exist.  "main", "test"
 * and "testnet" are understood too. */
BTCPEER_API const struct btcwire_chain *btcwire_chain(enum btcwire_chain_id id);
BTCPEER_API const struct btcwire_chain *btcwire_chain_by_name(const char *name);

#ifdef __cplusplus
}
#endif
#endif
