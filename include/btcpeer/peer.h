/*
 * Peers: one connection to one Bitcoin node, run by three threads of its own.
 *
 * The rules at the top of <btcpeer/wire.h> hold here too.  In addition:
 *  - unless a comment says otherwise, every function may be called from any
 *    thread, from any callback, and in any state of the peer;
 *  - times are milliseconds, with _ms in the name, unless the name says _us;
 *  - a config field left 0 (NULL, false) means its default.
 *
 * Callbacks.  No lock is held while one runs.
 *  - the input thread calls on_raw, on_read, on_ready and all typed message
 *    listeners, one at a time, in the order in which messages arrive;
 *  - the output thread calls on_write, send completions, on_high_water and
 *    on_low_water, never the thread that queued;
 *  - the stall handler calls on_stall, and on_disconnect as the very last
 *    callback of the peer, when the other two threads are gone.
 * The three groups may run at the same time as one another.  What a callback
 * is handed is borrowed until it returns; btcwire_msg_ref() keeps a message.
 * A listener that blocks stops this peer's reading, and nothing else.
 */
#ifndef BTCPEER_PEER_H
#define BTCPEER_PEER_H

#include <btcpeer/version.h>
#include <btcpeer/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

struct btcpeer;
struct btcpeer_completion;
struct btcpeer_clock;

/* ---- Why a peer ended -------------------------------------------------- */

#define BTCPEER_REASON_MAP(XX) \
	XX(NONE,          "still running") \
	XX(LOCAL,         "disconnected by this side") \
	XX(REMOTE_CLOSED, "connection closed by the remote") \
	XX(IO,            "input or output error") \
	XX(NOMEM,         "out of memory") \
	XX(HANDSHAKE_TIMEOUT, "handshake not finished in time") \
	XX(IDLE,          "nothing received for too long") \
	XX(SLOW,          "a message arrived too slowly") \
	XX(WRITE_TIMEOUT, "remote does not read") \
	XX(PING_TIMEOUT,  "ping not answered in time") \
	XX(STALL,         "request not answered in time") \
	XX(WRONG_NETWORK, "message of another network") \
	XX(OVERSIZE,      "payload longer than the protocol allows") \
	XX(MALFORMED,     "malformed message") \
	XX(SELF,          "connected to ourselves") \
	XX(OBSOLETE,      "protocol version too old") \
	XX(NOT_VERSION,   "first message was not version") \
	XX(DUPLICATE,     "second version or verack") \
	XX(NEGOTIATION,   "negotiation message at the wrong time") \
	XX(FLOOD,         "too many replies waiting to be read by the remote") \
	XX(REFUSED,       "refused by this side") \
	XX(SERVICES,      "remote lacks a service that is required") \
	XX(BLOOM,         "Bloom filter command though none are offered")

enum btcpeer_reason {
#define XX(name, text) BTCPEER_REASON_##name,
	BTCPEER_REASON_MAP(XX)
#undef XX
	BTCPEER_NREASONS
};

/* A sentence without a full stop; static storage. */
BTCPEER_API const char *btcpeer_reason_text(enum btcpeer_reason reason);

/* ---- Listeners --------------------------------------------------------- */

/* A stall: a request whose answer is overdue. */
struct btcpeer_stall {
	enum btcwire_type request;	/* what was asked */
	size_t outstanding;		/* items of a getdata still missing, else 1 */
	int64_t waited_ms;		/* since the request was written */
	bool disconnect;		/* what the rule does by default */
};

enum btcpeer_stall_action {
	BTCPEER_STALL_DEFAULT = 0,	/* as the rule says */
	BTCPEER_STALL_IGNORE,		/* forget this request */
	BTCPEER_STALL_EXTEND,		/* wait as long again */
	BTCPEER_STALL_DISCONNECT
};

/*
 * All optional.  Every one gets the user pointer of the configuration last.
 * A message listener gets the message and its body; body points into msg.
 */
struct btcpeer_listeners {
	size_t size;			/* set by BTCPEER_LISTENERS_INIT */

	/* The handshake is done; messages queued before are being sent. */
	void (*on_ready)(struct btcpeer *p, void *user);

	/*
	 * Every message that arrived whole and with the right checksum, known
	 * or not, before it is decoded.  command is printable, 1 to 12 bytes.
	 */
	void (*on_raw)(struct btcpeer *p, const char *command,
	    const uint8_t *payload, size_t payload_len, void *user);

	/*
	 * Every message read, before its own listener: wire_len bytes with its
	 * header.  When result is not 0 it could not be used (msg is NULL, or
	 * the type was unknown: BTCPEER_E_UNKNOWN) and result says why; the
	 * connection's own end is not reported here.
	 */
	void (*on_read)(struct btcpeer *p, struct btcwire_msg *msg,
	    size_t wire_len, int result, void *user);

	/* Every message written, or (result not 0) given up: wire_len is then 0. */
	void (*on_write)(struct btcpeer *p, struct btcwire_msg *msg,
	    size_t wire_len, int result, void *user);

	/* The send queue has come to half of one of its bounds, or was refused
	 * with BTCPEER_E_FULL; once until on_low_water.  Called when the write
	 * in progress is over: a remote that reads nothing shows first as
	 * BTCPEER_E_FULL. */
	void (*on_high_water)(struct btcpeer *p, void *user);

	/* After on_high_water, when the send queue has drained to a quarter of
	 * each bound. */
	void (*on_low_water)(struct btcpeer *p, void *user);

	/* An answer is overdue; called again for it only after
	 * BTCPEER_STALL_EXTEND. */
	enum btcpeer_stall_action (*on_stall)(struct btcpeer *p,
	    const struct btcpeer_stall *stall, void *user);

	/*
	 * Once, as the last callback, for every peer that was started with
	 * success.  why is a sentence with the particulars.
	 */
	void (*on_disconnect)(struct btcpeer *p, enum btcpeer_reason reason,
	    const char *why, void *user);

	/*
	 * on_version(p, msg, const struct btcwire_version *body, user), and so
	 * on for every message of BTCWIRE_MSG_MAP.
	 */
#define XX(upper, name, body) \
	void (*on_##name)(struct btcpeer *p, struct btcwire_msg *msg, \
	    const struct btcwire_##body *name, void *user);
	BTCWIRE_MSG_MAP(XX)
#undef XX
};
#define BTCPEER_LISTENERS_INIT { .size = sizeof(struct btcpeer_listeners) }

/* ---- Configuration ----------------------------------------------------- */

enum btcpeer_log_level {
	BTCPEER_LOG_OFF = 0,
	BTCPEER_LOG_ERROR,
	BTCPEER_LOG_WARN,
	BTCPEER_LOG_INFO,	/* one line for a connection made or ended */
	BTCPEER_LOG_DEBUG,	/* one line for every message */
	BTCPEER_LOG_TRACE	/* and its bytes */
};

/* What to do with a message that cannot be decoded or has a wrong checksum. */
enum btcpeer_malformed {
	BTCPEER_MALFORMED_DISCONNECT = 0, /* reject (BIP 61), then disconnect */
	BTCPEER_MALFORMED_IGNORE	  /* drop it and count it */
};

/* A feature (BIP 434). */
struct btcpeer_feature {
	const char *id;			/* 4 to 80 characters of printable ASCII */
	const void *data;		/* NULL when data_len is 0 */
	size_t data_len;		/* at most 512 bytes */
};

/* How long the answer to one kind of request may take, and what then. */
struct btcpeer_stall_rule {
	enum btcwire_type request;	/* getdata, getheaders, getblocks, mempool,
					 * getaddr, getblocktxn, getcfilters,
					 * getcfheaders, getcfcheckpt */
	bool disconnect;		/* else it is an event alone */
	int64_t timeout_ms;		/* 0: that request's default; negative: it is
					 * not watched */
};

struct btcpeer_config {
	size_t size;			/* set by BTCPEER_CONFIG_INIT */
	const struct btcwire_chain *chain;	/* NULL: mainnet */
	const struct btcpeer_listeners *listeners; /* copied; NULL: none */
	void *user;			/* handed to every callback */

	/* What our version message says. */
	/* BTCWIRE_NODE_ bits.  Without BTCWIRE_NODE_BLOOM a Bloom filter command
	 * ends the connection (BIP 111). */
	uint64_t services;
	const char *user_agent;		/* BIP 14, copied; NULL: "/libbtcpeer:VERSION/" */
	/* Or what follows that: "name:version(comment; comment)/" (BIP 14).  All
	 * copied; they must not hold any of "/:()", comments not even ";", and
	 * the whole is at most 256 bytes. */
	const char *user_agent_name;	/* NULL: none; not with user_agent */
	const char *user_agent_version;	/* NULL: none; only with a name */
	const char *const *user_agent_comments;	/* only with a name */
	size_t user_agent_comments_len;
	uint32_t protocol_version;	/* 0: BTCWIRE_PVER_NEWEST */
	uint32_t min_protocol_version;	/* remotes below are refused; 0: 209 */
	/* Our best height, asked when version is made; NULL: 0.  Called from
	 * btcpeer_start() for outbound peers, where the thread counts as one of
	 * the peer's own meanwhile; else from the input thread. */
	int32_t (*newest_block)(void *user);
	/* Our address as the remote may reach it; NULL, or false: none is told.
	 * remote is as in addr_recv.  Called as newest_block is. */
	bool (*best_local_addr)(void *user, struct btcwire_netaddr *out,
	    const struct btcwire_netaddr *remote);
	/* The address that is told to a remote as its own, from the host and
	 * port by which the peer was named; NULL: that of the socket's other
	 * end.  For names that only a proxy can look up.  Returns false when
	 * there is none.  Not called for a peer that was named NULL, or not as
	 * host:port.  Called as newest_block is. */
	bool (*host_to_netaddr)(void *user, struct btcwire_netaddr *out,
	    const char *host, uint16_t port);
	/* "host:port" of the proxy through which we reach remotes, copied: to a
	 * remote at that address, with any port, nothing is told of how we see
	 * it.  NULL: none. */
	const char *proxy;
	/* Told to remotes that know BIP 434; copied. */
	const struct btcpeer_feature *features;
	size_t features_len;		/* at most BTCPEER_MAX_FEATURES */
	uint64_t required_services;	/* a remote that lacks one is refused, on_version
					 * not called */
	bool disable_relay;		/* ask for no transaction announcements (BIP 37) */
	bool disable_wtxid_relay;	/* do not offer BIP 339 */
	bool disable_addrv2;		/* do not ask for addrv2 (BIP 155) */

	bool allow_self;		/* tests: connections to this process are fine */
	bool strict;			/* bytes after a message's body make it malformed */
	bool exact_trickle;		/* do not randomise trickle_ms */
	enum btcpeer_malformed malformed;

	/* Times in ms; 0 is the default in brackets, negative means never. */
	int64_t handshake_timeout_ms;	/* [30,000] from start to verack both ways */
	int64_t idle_timeout_ms;	/* [300,000] without a byte received */
	int64_t ping_interval_ms;	/* [120,000] */
	int64_t ping_timeout_ms;	/* [1,200,000] */
	int64_t stall_timeout_ms;	/* [30,000] base of the stall rules (headers: three times) */
	int64_t write_timeout_ms;	/* [20,000] without progress, plus 1 s per 256 KiB waiting */
	int64_t trickle_ms;		/* [10,000] mean time between announcements */

	/* Rules that differ from the defaults; copied.  Those: getdata, each
	 * getblocktxn and getcf message: stall_timeout_ms, disconnect;
	 * getheaders: three times that, disconnect; getblocks, mempool,
	 * getaddr: stall_timeout_ms, an event alone. */
	const struct btcpeer_stall_rule *stall_rules;
	size_t stall_rules_len;

	/* Bounds of the send queue; over one of them queueing returns BTCPEER_E_FULL. */
	size_t queue_max_bytes;		/* [16 MiB] */
	size_t queue_max_msgs;		/* [10,000] */
	size_t known_inventory_max;	/* [5,000] announced items remembered */
	size_t stack_size;		/* [256 KiB] bytes for each of the three threads */

	struct btcpeer_clock *clock;	/* tests; a reference is kept.  NULL: the
					 * system's clocks */

	/* Where the log goes; line has no newline.  May be called from any
	 * thread that uses the peer, also with internal locks held: it must not
	 * call the library. */
	void (*log)(void *user, enum btcpeer_log_level level, const char *line);
	enum btcpeer_log_level log_level;
	uint32_t reserved;		/* 0 */
};
#define BTCPEER_MAX_ADDR 263	/* a name of 255 bytes with brackets and port */
#define BTCPEER_MAX_FEATURES 64	/* offered, or remembered of a remote */
#define BTCPEER_CONFIG_INIT { .size = sizeof(struct btcpeer_config) }

/* ---- A clock for tests ------------------------------------------------- */

/*
 * Time that passes only when it is told to.  Peers configured with such a clock
 * tell all their deadlines, intervals, round trips and dates by it, from their
 * start on.  What is given to a single call (wait_ms, timeout_ms) is real time.
 * wall_s is the date at first, in seconds since 1970 (UTC).
 *
 * Returns: 0, BTCPEER_E_NOMEM, or _INVAL: wall_s is negative or beyond the
 *          year 9999.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_clock_new(struct btcpeer_clock **out,
    int64_t wall_s);
BTCPEER_API struct btcpeer_clock *btcpeer_clock_ref(struct btcpeer_clock *c);
BTCPEER_API void btcpeer_clock_unref(struct btcpeer_clock *c);	/* c or NULL */

/*
 * Let time pass and wake all peers that wait for some time to come.  It returns
 * without waiting for what they then do.  Not from log.
 *
 * Returns: 0, or BTCPEER_E_INVAL: ms is negative, or more than a year.
 */
BTCPEER_API int btcpeer_clock_advance(struct btcpeer_clock *c, int64_t ms);

/* ---- Life -------------------------------------------------------------- */

/*
 * Make a peer for a connection that the remote opened, or that we opened.
 * addr names the remote in logs ("host:port", cut after BTCPEER_MAX_ADDR bytes);
 * NULL: taken from the socket.
 *
 * Returns: 0, or BTCPEER_E_INVAL, _UNSUPP (err names the field), _NOMEM,
 *          _RANDOM.
 * In:      config  copied; NULL: all defaults.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_new_inbound(struct btcpeer **out,
    const struct btcpeer_config *config, const char *addr,
    struct btcpeer_error *err);
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_new_outbound(struct btcpeer **out,
    const struct btcpeer_config *config, const char *addr,
    struct btcpeer_error *err);

/* References.  Dropping the last one does not end a running peer: its threads
 * hold one of their own until they are gone.  Of a peer that never was started
 * it settles what is queued (BTCPEER_E_CLOSED), on the calling thread.
 * p or NULL for unref. */
BTCPEER_API struct btcpeer *btcpeer_ref(struct btcpeer *p);
BTCPEER_API void btcpeer_unref(struct btcpeer *p);

/*
 * Start the threads on a connected stream socket, once.  Takes ownership of
 * fd, also on failure; it is made nonblocking.  When this fails no listener
 * is ever called, and what was queued is settled with the same code.
 *
 * Returns: 0, or BTCPEER_E_STATE (started before), _CLOSED (disconnected
 *          before), _THREAD, _IO (fd is not a stream socket, or there are
 *          not the two more descriptors that a peer with a clock needs).
 */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_start(struct btcpeer *p,
    int fd BTCPEER_TAKES);

/* End the connection.  Returns at once; the first reason given stays. */
BTCPEER_API void btcpeer_disconnect(struct btcpeer *p);

/*
 * The same, with a reject (BIP 61) before it where the remote knows reject: for
 * on_version, to refuse a remote.  Nothing else is sent any more, no listener
 * is called for later messages; the reason is BTCPEER_REASON_REFUSED, and text
 * what on_disconnect is told.
 * In:      command  that of the message that is refused: "version"; 1 to 12
 *                   bytes, or no reject is sent.
 *          code     0 to 255, likewise.
 *          text     printable ASCII; cut after 111 bytes.
 */
BTCPEER_API void btcpeer_refuse(struct btcpeer *p, const char *command,
    enum btcwire_reject_code code, const char *text);

/*
 * Wait until every thread of the peer is gone and no callback runs or will
 * run; at most timeout_ms, for ever if that is negative.  A peer that never
 * was started counts as gone.
 *
 * Returns: 0, BTCPEER_E_TIMEOUT, or BTCPEER_E_DEADLOCK from one of the peer's
 *          own threads.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_wait(struct btcpeer *p,
    int64_t timeout_ms);

/* ---- Sending ----------------------------------------------------------- */

/*
 * Learns what became of one queued message.  Shared by reference count;
 * usable for one message at a time.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_completion_new(
    struct btcpeer_completion **out);
BTCPEER_API struct btcpeer_completion *btcpeer_completion_ref(
    struct btcpeer_completion *c);
BTCPEER_API void btcpeer_completion_unref(struct btcpeer_completion *c);

/*
 * Wait until the message was written or given up; at most timeout_ms, for
 * ever if negative, not at all if 0.
 *
 * Returns: 0, BTCPEER_E_TIMEOUT, BTCPEER_E_STATE (no message was queued with
 *          it), or BTCPEER_E_DEADLOCK from a thread of the peer it waits for.
 * Out:     result  0: written to the socket; else why not.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_completion_wait(int *result,
    struct btcpeer_completion *c, int64_t timeout_ms);

struct btcpeer_send {
	size_t size;			/* set by BTCPEER_SEND_INIT */
	struct btcpeer_completion *completion; /* NULL: none; the queue takes a reference */
	/* NULL: none.  Called once, on the output thread, or on the thread that
	 * ends a peer that never ran; result as above. */
	void (*done)(struct btcpeer *p, struct btcwire_msg *msg, int result,
	    void *arg);
	void *done_arg;
	int64_t wait_ms;		/* how long to wait for room; 0 or less: not at all */
	uint32_t flags;			/* BTCWIRE_NO_WITNESS */
	uint32_t reserved;		/* 0 */
};
#define BTCPEER_SEND_INIT { .size = sizeof(struct btcpeer_send) }

/*
 * Queue a message.  Before the handshake is done it is held and sent
 * afterwards.  When this returns 0 the message ends exactly once: written, or
 * given up with a reason.  When it fails nothing was queued and neither
 * completion nor done is touched.
 *
 * The peer takes a reference of its own; _take uses up the caller's, also on
 * failure.
 *
 * Returns: 0, BTCPEER_E_FULL, _CLOSED, _NOMEM, _INVAL (the handshake's own
 *          messages: version, verack, wtxidrelay, sendaddrv2, feature,
 *          sendtxrcncl, sendpackages; or a field of send), _UNSUPP (send is
 *          newer than this library), _STATE (a completion in use), _DEADLOCK
 *          (wait_ms on the peer's own thread).  How it ends: 0, _CLOSED,
 *          _NOMEM, _TIMEOUT, _IO, _EOF, _VERSION when the remote is too old
 *          for the message, or the code with which btcpeer_start() failed.
 * In:      send  or NULL.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_queue_message(struct btcpeer *p,
    struct btcwire_msg *msg, const struct btcpeer_send *send);
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_queue_message_take(struct btcpeer *p,
    struct btcwire_msg *msg BTCPEER_TAKES, const struct btcpeer_send *send);

/*
 * Announce something at the next trickle; a block at once.  What the remote
 * is known to have is left out, both now and when the inv is made; so is a
 * transaction while the remote wants none (relay of struct btcpeer_stats).
 *
 * Returns: 0 (also when it was left out), BTCPEER_E_FULL, _CLOSED, _NOMEM,
 *          _INVAL (type).
 * In:      type   BTCWIRE_INV_TX or BTCWIRE_INV_BLOCK.
 *          id     txid or block hash.
 *          wtxid  announced instead to a peer that negotiated BIP 339; NULL
 *                 only for a transaction without witnesses, where it is id.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_queue_inventory(struct btcpeer *p,
    enum btcwire_inv_type type, const struct btcwire_hash *id,
    const struct btcwire_hash *wtxid);

/* The remote has this already.  The witness flag of type does not matter. */
BTCPEER_API void btcpeer_add_known_inventory(struct btcpeer *p,
    uint32_t type, const struct btcwire_hash *hash);

/*
 * Send a ping now, besides the periodic ones.  Only the latest ping is timed:
 * see ping_last_us of struct btcpeer_stats.
 *
 * Returns: 0, BTCPEER_E_STATE (handshake not done), _CLOSED.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_ping(struct btcpeer *p);

/* ---- Pushing: messages that are made here ------------------------------ */

/*
 * These return as btcpeer_queue_message() does, and queue all or nothing; an
 * empty queue takes any number of messages at once.
 */

/*
 * Send addresses: as addrv2 to a remote that asked for it, else as addr, without
 * those that addr cannot hold.  Unusable ones (btcwire_netaddr2_is_usable())
 * are left out.  Of more than 1,000 a random choice, each of them as likely.
 *
 * Returns: also BTCPEER_E_STATE before the handshake is done: what the remote
 *          wants is not known then.
 * Out:     sent      the indexes of what is sent, in the order of the message;
 *                    room for BTCWIRE_MAX_ADDR; or NULL.
 *          sent_len  or NULL.  With 0 no message is sent, and 0 returned.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_push_addrs(struct btcpeer *p,
    size_t *sent, size_t *sent_len, const struct btcwire_netaddr2 *addr,
    size_t addr_len);

/*
 * Ask for blocks or headers after a locator.  A locator of over 101 hashes is
 * cut: the newest 100 and the last stay.  One that begins as the one before it,
 * with the same stop hash, is not sent again (0 is returned), unless an answer
 * has come, or was overdue (on_stall), since.
 *
 * In:      locator  newest first; see btcwire_locator_build().
 *          stop     or NULL: as many as fit.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_push_getblocks(struct btcpeer *p,
    const struct btcwire_hash *locator, size_t locator_len,
    const struct btcwire_hash *stop);
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_push_getheaders(struct btcpeer *p,
    const struct btcwire_hash *locator, size_t locator_len,
    const struct btcwire_hash *stop);

/* Ask for any number of things, 1,000 in a message: more are not answered at
 * once anyway. */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_push_getdata(struct btcpeer *p,
    const struct btcwire_invvect *vec, size_t vec_len);

/*
 * Tell why a message is refused (BIP 61).  hash is that of a rejected tx or
 * block; else NULL.  reason is cut after 111 bytes.  With wait_ms over 0, wait
 * until it was written.
 *
 * Returns: also BTCPEER_E_VERSION when the remote does not know reject,
 *          _STATE before its version has come, _TIMEOUT, _DEADLOCK.
 */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_push_reject(struct btcpeer *p,
    const char *command, enum btcwire_reject_code code, const char *reason,
    const struct btcwire_hash *hash, int64_t wait_ms);

/* ---- Looking at a peer ------------------------------------------------- */

BTCPEER_API uint64_t btcpeer_id(const struct btcpeer *p);	/* 1, 2 ... in this process */
BTCPEER_API void *btcpeer_user(const struct btcpeer *p);
BTCPEER_API bool btcpeer_is_inbound(const struct btcpeer *p);
BTCPEER_API const char *btcpeer_addr(const struct btcpeer *p);	/* lives as long as p */

/* The remote asked for headers announcements (BIP 130). */
BTCPEER_API bool btcpeer_wants_headers(struct btcpeer *p);

/* "ADDR (inbound)" or "ADDR (outbound)", as the log has it; returns buf.
 * BTCPEER_TEXT bytes always suffice. */
#define BTCPEER_TEXT (BTCPEER_MAX_ADDR + 12)
BTCPEER_API char *btcpeer_to_string(char *buf, size_t size,
    const struct btcpeer *p);

/*
 * The features that the remote offered (BIP 434), in the order in which they
 * came; of one that came twice the first data.  None before its verack.
 *
 * Returns: how many there are; at most room were copied out.
 * Out:     out  ids and data are borrowed from p and live as long as it does.
 */
BTCPEER_API size_t btcpeer_features(struct btcpeer *p,
    struct btcpeer_feature *out, size_t room);

/* Facts that the caller learns and getters tell: the height of the remote's
 * best block, which begins as its version's start_height and never goes down;
 * the block that it announced last. */
BTCPEER_API void btcpeer_update_last_block(struct btcpeer *p, int32_t height);
BTCPEER_API void btcpeer_update_last_announced(struct btcpeer *p,
    const struct btcwire_hash *block);

/* The reason why it ended, or BTCPEER_REASON_NONE. */
BTCPEER_API enum btcpeer_reason btcpeer_reason(struct btcpeer *p);

/* A consistent copy, all from one moment. */
struct btcpeer_stats {
	size_t size;			/* set by BTCPEER_STATS_INIT */
	uint64_t id;
	bool inbound;
	bool ready;			/* handshake done */
	bool version_known;		/* the remote's version has come */
	bool verack_received;
	bool wtxid_relay;		/* BIP 339 negotiated */
	bool wants_addrv2;		/* remote sent sendaddrv2 (BIP 155) */
	bool wants_headers;		/* remote sent sendheaders (BIP 130) */
	bool relay;			/* remote wants transactions announced (BIP 37);
					 * true until its version says otherwise */
	uint32_t protocol_version;	/* common; ours before version_known */
	/* What its version said; 0 or "" before version_known. */
	uint32_t remote_version;
	uint64_t services;
	int32_t start_height;
	int64_t time_offset_s;		/* remote's clock minus ours */
	int64_t fee_filter;		/* satoshi per 1,000 vbytes; 0: none sent */
	int32_t last_block;		/* see btcpeer_update_last_block() */
	bool announced;			/* last_announced is set */
	struct btcwire_hash last_announced;
	struct btcwire_netaddr netaddr;	/* of the remote, as far as the socket or
					 * host_to_netaddr tells; else zeroes */
	char user_agent[BTCWIRE_MAX_USER_AGENT * 4 + 1]; /* escaped: printable ASCII */
	char addr[BTCPEER_MAX_ADDR + 1]; /* as btcpeer_addr() */

	int64_t connected_at_s;		/* wall clock; 0 before start */
	int64_t last_send_s;		/* wall clock; 0: never */
	int64_t last_recv_s;
	uint64_t bytes_sent;		/* with headers */
	uint64_t bytes_received;
	uint64_t msgs_sent;
	uint64_t msgs_received;
	uint64_t unknown_received;	/* commands without a codec */
	uint64_t ignored_received;	/* came too early, or were of no use: Bloom
					 * commands of old versions (BIP 111) */
	uint64_t malformed_received;	/* not decodable, or the checksum was wrong */
	uint64_t trailing_received;	/* had bytes after their body */

	uint64_t queue_msgs;		/* waiting to be written */
	uint64_t queue_bytes;
	uint64_t queue_max_msgs;	/* most that ever waited */
	uint64_t msgs_failed;		/* queued but never written */

	uint64_t ping_nonce;		/* of the latest ping; 0: none yet */
	int64_t ping_sent_s;		/* wall clock, when it was made */
	int64_t ping_last_us;		/* round trip; 0: none yet */
	int64_t ping_min_us;
	int64_t ping_avg_us;
	uint64_t pings_answered;
	uint64_t pongs_unmatched;

	enum btcpeer_reason reason;	/* BTCPEER_REASON_NONE while running */
	uint32_t reserved;
	char why[128];			/* the particulars; "" while running */
};
#define BTCPEER_STATS_INIT { .size = sizeof(struct btcpeer_stats) }

/* Fill as much of stats as stats->size says.
 * Returns: 0, or BTCPEER_E_INVAL (size too small to hold anything). */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_stats(struct btcpeer *p,
    struct btcpeer_stats *stats);

/* What came and went for one type of message. */
struct btcpeer_command_stats {
	uint64_t msgs_sent;
	uint64_t bytes_sent;		/* with headers */
	uint64_t msgs_received;
	uint64_t bytes_received;
};

/* Returns: 0, or BTCPEER_E_INVAL for a type out of range. */
BTCPEER_API BTCPEER_MUSTUSE int btcpeer_command_stats(
    struct btcpeer_command_stats *out, struct btcpeer *p,
    enum btcwire_type type);

#ifdef __cplusplus
}
#endif
#endif
