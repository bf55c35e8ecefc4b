# Two convenience libraries with every object: tests link them and so reach
# hidden functions.  What is installed is the same objects behind the export
# list.  The codec stands on its own.
noinst_LTLIBRARIES += %D%/libbtcwire-all.la %D%/libbtcpeer-all.la
%C%_libbtcwire_all_la_CPPFLAGS = $(LIB_CPPFLAGS)
%C%_libbtcwire_all_la_SOURCES = \
	%D%/util/attr.h \
	%D%/util/err.c %D%/util/err.h \
	%D%/util/text.c %D%/util/text.h \
	%D%/wire/arena.c %D%/wire/arena.h \
	%D%/wire/base32.c %D%/wire/base32.h \
	%D%/wire/bloom.c \
	%D%/wire/body.c \
	%D%/wire/bytes.h \
	%D%/wire/cfilter.c \
	%D%/wire/codecs.h \
	%D%/wire/compact.c \
	%D%/wire/fast_tx.c \
	%D%/wire/form.c \
	%D%/wire/frame.c \
	%D%/wire/gcs.c %D%/wire/gcs.h \
	%D%/wire/hash.c %D%/wire/hash.h \
	%D%/wire/locator.c \
	%D%/wire/merkle.c \
	%D%/wire/merkleblock.c \
	%D%/wire/msg.c %D%/wire/msg.h \
	%D%/wire/msg_addr.c \
	%D%/wire/msg_addrv2.c \
	%D%/wire/msg_alert.c \
	%D%/wire/msg_block.c \
	%D%/wire/msg_bloom.c \
	%D%/wire/msg_cfilter.c \
	%D%/wire/msg_compact.c \
	%D%/wire/msg_draft.c \
	%D%/wire/msg_headers.c \
	%D%/wire/msg_inv.c \
	%D%/wire/msg_misc.c \
	%D%/wire/msg_tx.c %D%/wire/msg_tx.h \
	%D%/wire/msg_version.c \
	%D%/wire/msgpriv.h \
	%D%/wire/msgtab.c %D%/wire/msgtab.h \
	%D%/wire/murmur3.c \
	%D%/wire/netaddr.c \
	%D%/wire/netaddr_text.c \
	%D%/wire/params.c \
	%D%/wire/partial.c \
	%D%/wire/pow.c \
	%D%/wire/raw.c \
	%D%/wire/rx.c \
	%D%/wire/script.c %D%/wire/script.h \
	%D%/wire/summary.c \
	%D%/wire/weight.c \
	%D%/wire/work.c \
	%D%/wire/xfer.c %D%/wire/xfer.h
LIBBTCWIRE_LIBS = $(SODIUM_LIBS) $(CRYPTO_LIBS) $(LIBM)

%C%_libbtcpeer_all_la_CPPFLAGS = $(LIB_CPPFLAGS)
%C%_libbtcpeer_all_la_LIBADD = %D%/libbtcwire-all.la
%C%_libbtcpeer_all_la_SOURCES = \
	%D%/util/clock.c %D%/util/clock.h \
	%D%/util/fakeclock.c %D%/util/fakeclock.h \
	%D%/util/rand.c %D%/util/rand.h \
	%D%/util/thread.c %D%/util/thread.h \
	%D%/util/tsa.h \
	%D%/transport/io.h \
	%D%/transport/io_fd.c \
	%D%/transport/pace.c %D%/transport/pace.h \
	%D%/transport/stream.c %D%/transport/stream.h \
	%D%/transport/transport.c %D%/transport/transport.h \
	%D%/transport/v1.c \
	%D%/peer/arrival.c \
	%D%/peer/completion.c %D%/peer/completion.h \
	%D%/peer/control.c \
	%D%/peer/dispatch.c \
	%D%/peer/end.c \
	%D%/peer/features.c %D%/peer/features.h \
	%D%/peer/handshake.c %D%/peer/handshake.h \
	%D%/peer/input.c \
	%D%/peer/inventory.c %D%/peer/inventory.h \
	%D%/peer/known.c %D%/peer/known.h \
	%D%/peer/log.c %D%/peer/log.h \
	%D%/peer/nonces.c %D%/peer/nonces.h \
	%D%/peer/now.c \
	%D%/peer/options.c %D%/peer/options.h \
	%D%/peer/options_copy.c \
	%D%/peer/output.c \
	%D%/peer/peer.c %D%/peer/peer.h \
	%D%/peer/pending.c %D%/peer/pending.h \
	%D%/peer/push.c \
	%D%/peer/queue.c %D%/peer/queue.h \
	%D%/peer/relay.c \
	%D%/peer/send.c %D%/peer/send.h \
	%D%/peer/stall.c \
	%D%/peer/start.c \
	%D%/peer/stats.c
LIBBTCPEER_LIBS = $(LIBBTCWIRE_LIBS) $(PTHREAD_LIBS)

lib_LTLIBRARIES += libbtcpeer.la
libbtcpeer_la_SOURCES =
libbtcpeer_la_LIBADD = %D%/libbtcpeer-all.la $(LIBBTCPEER_LIBS)
libbtcpeer_la_LDFLAGS = $(BTCPEER_LDFLAGS) $(BTCPEER_SHARED_LDFLAGS) -no-undefined \
	-version-info $(LT_VERSION_INFO)
if HAVE_VERSION_SCRIPT
libbtcpeer_la_LDFLAGS += -Wl,--version-script=$(top_srcdir)/%D%/libbtcpeer.map
EXTRA_libbtcpeer_la_DEPENDENCIES = %D%/libbtcpeer.map
endif
EXTRA_DIST += %D%/libbtcpeer.map
