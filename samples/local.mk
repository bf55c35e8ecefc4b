# The samples see only the installed headers and the installed library.
SAMPLE_CPPFLAGS = -I$(top_srcdir)/include -I$(top_builddir)/include \
	-I$(top_srcdir)/%D% $(JANSSON_CFLAGS)
SAMPLE_LDADD = %D%/libcommon.la libbtcpeer.la $(JANSSON_LIBS) $(PTHREAD_LIBS) $(LIBM)

if WITH_SAMPLES
bin_PROGRAMS += %D%/btcpeer-decode %D%/btcpeer-node %D%/btcpeer-ping \
	%D%/btcpeer-proxy %D%/btcpeer-sync
noinst_PROGRAMS += %D%/hello-peer
noinst_LTLIBRARIES += %D%/libcommon.la
endif

%C%_libcommon_la_SOURCES = \
	%D%/common/blkfile.c %D%/common/blkfile.h \
	%D%/common/dial.c %D%/common/dial.h \
	%D%/common/interrupt.c %D%/common/interrupt.h \
	%D%/common/lossy.c %D%/common/lossy.h \
	%D%/common/net.c %D%/common/net.h \
	%D%/common/progress.c %D%/common/progress.h \
	%D%/common/services.c %D%/common/services.h \
	%D%/common/streams.c %D%/common/streams.h \
	%D%/common/usage.c %D%/common/usage.h
%C%_libcommon_la_CPPFLAGS = $(SAMPLE_CPPFLAGS)

%C%_btcpeer_decode_SOURCES = \
	%D%/btcpeer-decode.c \
	%D%/decode/bodies.c %D%/decode/bodies.h \
	%D%/decode/bodies_block.c \
	%D%/decode/bodies_peer.c \
	%D%/decode/decode_args.c %D%/decode/decode_args.h \
	%D%/decode/decoder.c %D%/decode/decoder.h \
	%D%/decode/emit.c %D%/decode/emit.h \
	%D%/decode/emit_json.c \
	%D%/decode/emit_text.c \
	%D%/decode/headers.c \
	%D%/decode/input.c %D%/decode/input.h \
	%D%/decode/stream.c
%C%_btcpeer_decode_CPPFLAGS = $(SAMPLE_CPPFLAGS)
%C%_btcpeer_decode_LDFLAGS = $(BTCPEER_LDFLAGS)
%C%_btcpeer_decode_LDADD = $(SAMPLE_LDADD)

%C%_btcpeer_node_SOURCES = \
	%D%/btcpeer-node.c \
	%D%/node/answer.c \
	%D%/node/args.c %D%/node/args.h \
	%D%/node/chain.c %D%/node/chain.h \
	%D%/node/load.c %D%/node/load.h \
	%D%/node/miner.c %D%/node/miner.h \
	%D%/node/note.c %D%/node/note.h \
	%D%/node/pool.c %D%/node/pool.h \
	%D%/node/relay.c \
	%D%/node/remote.h \
	%D%/node/ring.c %D%/node/ring.h \
	%D%/node/serve.c %D%/node/serve.h
%C%_btcpeer_node_CPPFLAGS = $(SAMPLE_CPPFLAGS)
%C%_btcpeer_node_LDFLAGS = $(BTCPEER_LDFLAGS)
%C%_btcpeer_node_LDADD = $(SAMPLE_LDADD)

%C%_btcpeer_ping_SOURCES = \
	%D%/btcpeer-ping.c \
	%D%/ping/ping_args.c %D%/ping/ping_args.h \
	%D%/ping/ping_report.c %D%/ping/ping_report.h \
	%D%/ping/pinger.c %D%/ping/pinger.h \
	%D%/ping/tally.c %D%/ping/tally.h
%C%_btcpeer_ping_CPPFLAGS = $(SAMPLE_CPPFLAGS)
%C%_btcpeer_ping_LDFLAGS = $(BTCPEER_LDFLAGS)
%C%_btcpeer_ping_LDADD = $(SAMPLE_LDADD)

%C%_btcpeer_proxy_SOURCES = \
	%D%/btcpeer-proxy.c \
	%D%/proxy/facts.c %D%/proxy/facts.h \
	%D%/proxy/link.c %D%/proxy/link.h \
	%D%/proxy/proxy_args.c %D%/proxy/proxy_args.h \
	%D%/proxy/proxy_report.c %D%/proxy/proxy_report.h \
	%D%/proxy/side.c %D%/proxy/side.h
%C%_btcpeer_proxy_CPPFLAGS = $(SAMPLE_CPPFLAGS)
%C%_btcpeer_proxy_LDFLAGS = $(BTCPEER_LDFLAGS)
%C%_btcpeer_proxy_LDADD = $(SAMPLE_LDADD)

%C%_btcpeer_sync_SOURCES = \
	%D%/btcpeer-sync.c \
	%D%/sync/follow.c \
	%D%/sync/get_blocks.c \
	%D%/sync/get_headers.c \
	%D%/sync/loose.c %D%/sync/loose.h \
	%D%/sync/resume.c \
	%D%/sync/session.c %D%/sync/session.h \
	%D%/sync/sync_args.c %D%/sync/sync_args.h \
	%D%/sync/sync_report.c %D%/sync/sync_report.h \
	%D%/sync/tree.c %D%/sync/tree.h
%C%_btcpeer_sync_CPPFLAGS = $(SAMPLE_CPPFLAGS)
%C%_btcpeer_sync_LDFLAGS = $(BTCPEER_LDFLAGS)
%C%_btcpeer_sync_LDADD = $(SAMPLE_LDADD)

# For reading and running where it was built; it is not installed.
%C%_hello_peer_SOURCES = %D%/hello-peer.c
%C%_hello_peer_CPPFLAGS = $(SAMPLE_CPPFLAGS)
%C%_hello_peer_LDFLAGS = $(BTCPEER_LDFLAGS)
%C%_hello_peer_LDADD = libbtcpeer.la $(PTHREAD_LIBS)

# A node and a program that syncs from it; with CONNECT=HOST:PORT (and CHAIN=)
# only the latter.
EXTRA_DIST += %D%/demo.sh
.PHONY: demo
demo: all
	@top_builddir='$(top_builddir)' CONNECT='$(CONNECT)' CHAIN='$(CHAIN)' \
	    $(SHELL) $(srcdir)/%D%/demo.sh
