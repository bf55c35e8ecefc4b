#!/bin/sh
# Runs the benchmark: make bench.  Results are left in the current folder:
# bench.jsonl, and with gnuplot bench-*.svg.  Its status says whether it could
# run, not what it found.  In the environment:
#	top_builddir	where bench and the samples were built
#	BASELINE	bench.jsonl of an earlier run to compare with
#	BENCH_REPS	repetitions (5)
#	BENCH_ONLY	families; see bench.c
: "${top_builddir:=.}" "${BASELINE:=}" "${BENCH_ONLY:=}"
here=$(dirname "$0")
LC_ALL=C
BENCH_JSON=$(pwd)/bench.jsonl
BENCH_SAMPLES=$(cd "$top_builddir" && pwd)/samples
export LC_ALL BENCH_JSON BENCH_SAMPLES

before=
if test -n "$BASELINE"; then
	# It may be what is about to be overwritten.
	before=$(mktemp) || exit 1
	trap 'rm -f "$before"' EXIT
	cp "$BASELINE" "$before" || exit 1
fi
rm -f "$BENCH_JSON"

echo "$(uname -srm), $(getconf _NPROCESSORS_ONLN) processors," \
    "$(openssl version 2>/dev/null || echo libcrypto)," \
    "$(date -u +%Y-%m-%dT%H:%MZ)"
test -r /proc/loadavg && echo "load at the start: $(cat /proc/loadavg)"
test -d "${BTCPEER_TEST_DATA:-}" ||
    echo 'not run: what needs real blocks; no test data (BTCPEER_TEST_DATA)'
# shellcheck disable=SC2086 # a list of words
"$top_builddir"/test/bench/bench $BENCH_ONLY || exit
test -r /proc/loadavg && echo "load at the end: $(cat /proc/loadavg)"

if test -n "$before"; then
	echo
	echo "compared with $BASELINE"
	awk -f "$here/fields.awk" -f "$here/compare.awk" "$before" "$BENCH_JSON"
fi

if ! command -v gnuplot > /dev/null 2>&1; then
	echo 'no plots: gnuplot is not installed'
	exit 0
fi
dat=$(mktemp -d) || exit 1
trap 'rm -rf "$before" "$dat"' EXIT
for what in size peers_memory peers_handshake peers_inventory; do
	awk -v prefix="${what}_" -f "$here/fields.awk" -f "$here/columns.awk" \
	    "$BENCH_JSON" > "$dat/${what#peers_}"
	test -s "$dat/${what#peers_}" || {
		echo "no plots: no rows of $what"
		exit 0
	}
done
gnuplot -e "dat='$dat'; out='.'" "$here/plot.gp" && echo "plots: bench-*.svg"
exit 0
