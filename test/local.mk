# A test is one word in this list: NAME is test/NAME.c, with the default flags.
unit_tests = \
	%D%/check_peer_address \
	%D%/check_peer_bloom \
	%D%/check_peer_clock \
	%D%/check_peer_completion \
	%D%/check_peer_config \
	%D%/check_peer_cycles \
	%D%/check_peer_features \
	%D%/check_peer_getters \
	%D%/check_peer_handshake \
	%D%/check_peer_hostile \
	%D%/check_peer_inventory \
	%D%/check_peer_known \
	%D%/check_peer_life \
	%D%/check_peer_log \
	%D%/check_peer_nonces \
	%D%/check_peer_options \
	%D%/check_peer_pair \
	%D%/check_peer_pending \
	%D%/check_peer_pending_random \
	%D%/check_peer_pending_rules \
	%D%/check_peer_pending_time \
	%D%/check_peer_push \
	%D%/check_peer_push_addrs \
	%D%/check_peer_push_reject \
	%D%/check_peer_queue \
	%D%/check_peer_refuse \
	%D%/check_peer_script \
	%D%/check_peer_send \
	%D%/check_peer_stall \
	%D%/check_peer_water \
	%D%/check_transport_io_fd \
	%D%/check_transport_pace \
	%D%/check_transport_slow \
	%D%/check_transport_stream \
	%D%/check_transport_v1 \
	%D%/check_transport_v1_send \
	%D%/check_util_clock \
	%D%/check_util_err \
	%D%/check_util_rand \
	%D%/check_util_text \
	%D%/check_util_thread \
	%D%/check_wire_allocs \
	%D%/check_wire_base32 \
	%D%/check_wire_block_check \
	%D%/check_wire_blocks \
	%D%/check_wire_bloom \
	%D%/check_wire_bloom_match \
	%D%/check_wire_cfilter \
	%D%/check_wire_cfilter_bad \
	%D%/check_wire_chain \
	%D%/check_wire_compact \
	%D%/check_wire_counts \
	%D%/check_wire_decode \
	%D%/check_wire_fast_tx \
	%D%/check_wire_forms \
	%D%/check_wire_gcs \
	%D%/check_wire_hash \
	%D%/check_wire_headers \
	%D%/check_wire_limits \
	%D%/check_wire_locator \
	%D%/check_wire_malformed \
	%D%/check_wire_merkle \
	%D%/check_wire_merkleblock \
	%D%/check_wire_merkleblock_bad \
	%D%/check_wire_murmur3 \
	%D%/check_wire_netaddr \
	%D%/check_wire_netaddr_oom \
	%D%/check_wire_netaddr_text \
	%D%/check_wire_oom \
	%D%/check_wire_partial \
	%D%/check_wire_partial_bad \
	%D%/check_wire_partial_large \
	%D%/check_wire_pow \
	%D%/check_wire_random \
	%D%/check_wire_raw \
	%D%/check_wire_rx \
	%D%/check_wire_script \
	%D%/check_wire_share \
	%D%/check_wire_summary \
	%D%/check_wire_table \
	%D%/check_wire_truncate \
	%D%/check_wire_weight \
	%D%/check_wire_work \
	%D%/stress_peer

# Programs that drive the samples as processes.
system_tests = \
	%D%/check_system_bad \
	%D%/check_system_decode \
	%D%/check_system_decode_body \
	%D%/check_system_decode_input \
	%D%/check_system_decode_stream \
	%D%/check_system_file \
	%D%/check_system_follow \
	%D%/check_system_kill \
	%D%/check_system_many \
	%D%/check_system_node \
	%D%/check_system_ping \
	%D%/check_system_proxy \
	%D%/check_system_proxy_stuck \
	%D%/check_system_serve \
	%D%/check_system_sync
%C%_check_system_decode_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_check_system_decode_LDADD = $(LDADD) $(JANSSON_LIBS)
%C%_check_system_decode_body_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_check_system_decode_body_LDADD = $(LDADD) $(JANSSON_LIBS)
%C%_check_system_decode_stream_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_check_system_decode_stream_LDADD = $(LDADD) $(JANSSON_LIBS)
%C%_check_system_follow_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_check_system_follow_LDADD = $(LDADD) $(JANSSON_LIBS)
%C%_check_system_ping_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_check_system_ping_LDADD = $(LDADD) $(JANSSON_LIBS)
%C%_check_system_proxy_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_check_system_proxy_LDADD = $(LDADD) $(JANSSON_LIBS)
%C%_check_system_sync_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
%C%_check_system_sync_LDADD = $(LDADD) $(JANSSON_LIBS)

# Programs that test scripts run.
test_helpers = \
	%D%/wire_facts \
	%D%/wire_print \
	%D%/wire_stream

# Without --enable-fuzz a target is a test: replay.c runs it over seeds.  With
# it, it is a fuzzer, which make check only builds.
fuzz_targets = \
	%D%/fuzz/fuzz_addr \
	%D%/fuzz/fuzz_blocks \
	%D%/fuzz/fuzz_compute \
	%D%/fuzz/fuzz_filters \
	%D%/fuzz/fuzz_v1 \
	%D%/fuzz/fuzz_wire

# What tests share; a program gets only the files it uses.
check_LTLIBRARIES = %D%/libtest.la
%C%_libtest_la_SOURCES = \
	%D%/allocs.c %D%/allocs.h \
	%D%/blocks.c %D%/blocks.h \
	%D%/client.c %D%/client.h \
	%D%/filters.h \
	%D%/frames.c %D%/frames.h \
	%D%/gen.c %D%/gen.h \
	%D%/gen_more.c \
	%D%/gen_msgs.c \
	%D%/gen_tx.c \
	%D%/in_place.h \
	%D%/layout.c %D%/layout.h \
	%D%/leaks.h \
	%D%/memio.c %D%/memio.h \
	%D%/merkles.h \
	%D%/msgstream.c %D%/msgstream.h \
	%D%/partials.h \
	%D%/pendings.h \
	%D%/probe.c %D%/probe.h \
	%D%/proxy.c %D%/proxy.h \
	%D%/pushes.h \
	%D%/remote.c %D%/remote.h \
	%D%/runner.h \
	%D%/same.c %D%/same.h \
	%D%/samples.c %D%/samples.h \
	%D%/sound.c %D%/sound.h \
	%D%/stage.h \
	%D%/stress.h \
	%D%/stress_book.c \
	%D%/stress_calls.c \
	%D%/stress_listen.c \
	%D%/system.c %D%/system.h \
	%D%/fuzz/fuzz.h \
	%D%/fuzz/input.h \
	%D%/fuzz/replay.c \
	%D%/fuzz/seeds.c

lints = \
	%D%/lint/behaviours.sh \
	%D%/lint/headers.sh \
	%D%/lint/layers.sh \
	%D%/lint/length.sh \
	%D%/lint/man.sh \
	%D%/lint/readme.sh \
	%D%/lint/symbols.sh \
	%D%/lint/wire.sh

# Against other implementations; each exits 77 where they are not installed.
interop_tests = \
	%D%/interop/bcoin_from_node.sh \
	%D%/interop/codec_agree_bcoin.sh \
	%D%/interop/codec_agree_bitcoinlib.sh \
	%D%/interop/codec_compare.sh \
	%D%/interop/soak.sh \
	%D%/interop/sync_from_bcoin.sh

interop_files = \
	%D%/interop/.gitignore \
	%D%/interop/.npmrc \
	%D%/interop/agree.sh \
	%D%/interop/agreement.txt \
	%D%/interop/bcoin-codec.js \
	%D%/interop/bcoin-facts.js \
	%D%/interop/bcoin-full.js \
	%D%/interop/bcoin-json.js \
	%D%/interop/bcoin-make.js \
	%D%/interop/bcoin-node.js \
	%D%/interop/bitcoinlib_codec.py \
	%D%/interop/blk-hashes.js \
	%D%/interop/codec_ref.py \
	%D%/interop/common.sh \
	%D%/interop/load-bcoin.js \
	%D%/interop/package-lock.json \
	%D%/interop/package.json \
	%D%/interop/soak-parts.js \
	%D%/interop/soak.js \
	%D%/interop/spends.js

AM_CPPFLAGS += -I$(top_srcdir)/%D%
LDADD = %D%/libtest.la lib/libbtcpeer-all.la $(CHECK_LIBS) $(LIBBTCPEER_LIBS)
# The tests of the codec get the codec alone.
%D%/check_wire_%: LDADD = %D%/libtest.la lib/libbtcwire-all.la $(CHECK_LIBS) \
	$(LIBBTCWIRE_LIBS)
%D%/fuzz/fuzz_%: LDADD += $(LIBFUZZER)

# Where the tests find things.  BTCPEER_TEST_DATA and BTCPEER_NODE_MODULES,
# when set, are absolute.
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(top_srcdir)'; top_builddir='$(top_builddir)'; \
	BTCPEER_TEST_DATA="$${BTCPEER_TEST_DATA:-$(abs_top_srcdir)/../shared/data}"; \
	NODE_PATH="$${BTCPEER_NODE_MODULES:-$(abs_top_srcdir)/%D%/interop/node_modules}"; \
	CC='$(CC)'; CXX="$${CXX:-}"; NM='$(NM)'; MANDOC='$(MANDOC)'; \
	export top_srcdir top_builddir BTCPEER_TEST_DATA NODE_PATH CC CXX NM MANDOC;

TESTS += $(lints)
check_SCRIPTS += $(lints)
if HAVE_CHECK
TESTS += $(unit_tests)
check_PROGRAMS += $(unit_tests) $(fuzz_targets) $(test_helpers)
if WITH_FUZZ
LIBFUZZER = -fsanitize=fuzzer
else
TESTS += $(fuzz_targets)
endif
if WITH_SAMPLES
TESTS += $(system_tests) $(interop_tests)
check_PROGRAMS += $(system_tests)
check_SCRIPTS += $(interop_tests)
endif
else
check_DATA += %D%/no-check
endif
EXTRA_DIST += $(lints) $(interop_tests) $(interop_files) \
	%D%/behaviours.tsv %D%/coverage.sh %D%/fuzz/run.sh %D%/lint/api.sh %D%/summary.sh \
	%D%/valgrind.sh

%D%/no-check:
	@echo 'make check needs Check >= 0.15.0: install it (Debian: apt install' \
	    'check) and run ./configure again' >&2; exit 1

# The interop tests alone; here one that is skipped fails.
.PHONY: interop
interop: all
	@$(MAKE) check TESTS='$(interop_tests)'
	@$(SHELL) $(srcdir)/%D%/summary.sh -s $(interop_tests:=.log)

# What the last make check found, the reasons of skipped tests included.
.PHONY: check-summary
check-summary:
	@$(SHELL) $(srcdir)/%D%/summary.sh $(TEST_LOGS)

# The logs of a build tree that is about to be removed (distcheck).
check-local: check-TESTS
	@test -z "$$BTCPEER_KEEP_LOGS" || tar cf - $(TEST_LOGS) $(TEST_LOGS:.log=.trs) | \
	    (cd "$$BTCPEER_KEEP_LOGS" && tar xf -)

# With --enable-fuzz: every target for FUZZ_SECONDS, FUZZ_JOBS at once, from
# seeds that its generator makes.  What it finds is left in fuzz-out/.
FUZZ_SECONDS = 30
FUZZ_JOBS = 2
.PHONY: fuzz
fuzz: $(fuzz_targets)
	@FUZZ_SECONDS='$(FUZZ_SECONDS)' FUZZ_JOBS='$(FUZZ_JOBS)' \
	    $(SHELL) $(srcdir)/%D%/fuzz/run.sh $(fuzz_targets)

# Random calls from many threads for SECONDS; best built with --enable-tsan.
SECONDS = 60
.PHONY: stress
stress: %D%/stress_peer
	@%D%/stress_peer$(EXEEXT) $(SECONDS)

# The peer's tests, but for those without threads, under a tool of valgrind, in
# a build of its own in valgrind-build/.
valgrind_tests = $(filter-out %D%/check_peer_config %D%/check_peer_handshake \
	%D%/check_peer_inventory %D%/check_peer_options \
	%D%/check_peer_pending% %D%/check_peer_queue, \
	$(filter %D%/check_peer_%, $(unit_tests))) %D%/stress_peer
.PHONY: helgrind drd
helgrind drd:
	@MAKE='$(MAKE)' CC='$(CC)' $(SHELL) $(srcdir)/%D%/valgrind.sh $@ \
	    $(valgrind_tests)

# Line coverage of lib/, in a build of its own in coverage-build/.
.PHONY: coverage
coverage:
	@MAKE='$(MAKE)' CC='$(CC)' abs_top_srcdir='$(abs_top_srcdir)' \
	    $(SHELL) $(srcdir)/%D%/coverage.sh
distclean-local:
	rm -rf coverage-build fuzz-out valgrind-build
