# The benchmark.  It is built with the tests, so that it does not rot, and run
# by make bench alone.
bench_program = %D%/bench
%C%_bench_SOURCES = \
	%D%/bench.c %D%/bench.h \
	%D%/chain.c %D%/chain.h \
	%D%/codec.c \
	%D%/count.c \
	%D%/fan.c \
	%D%/harness.c \
	%D%/idle.c \
	%D%/limits.c \
	%D%/net.c \
	%D%/pair.c \
	%D%/remote.c \
	%D%/storm.c \
	%D%/sync.c \
	%D%/trip.c
%C%_bench_CPPFLAGS = $(LIB_CPPFLAGS)
%C%_bench_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=SHA256_Update,--wrap=EVP_DigestUpdate
%C%_bench_LDADD = lib/libbtcpeer-all.la $(LIBBTCPEER_LIBS)
check_PROGRAMS += $(bench_program)
EXTRA_DIST += %D%/.gitignore %D%/README %D%/columns.awk %D%/compare.awk \
	%D%/fields.awk %D%/plot.gp %D%/run.sh

# Measure everything, within 20 minutes; with BASELINE=file compare with an
# earlier run, whose bench.jsonl that is.
BASELINE =
CLEANFILES += bench.jsonl bench-cpu.svg bench-peers-cpu.svg bench-peers-memory.svg \
	bench-throughput.svg
.PHONY: bench
bench: all $(bench_program)
	@top_builddir='$(top_builddir)' BASELINE='$(BASELINE)' \
	    BTCPEER_TEST_DATA="$${BTCPEER_TEST_DATA:-$(abs_top_srcdir)/../shared/data}" \
	    $(SHELL) $(srcdir)/%D%/run.sh
