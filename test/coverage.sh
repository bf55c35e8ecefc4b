#!/bin/sh
# Line coverage of lib/ by the whole suite, in a copy of the sources that is
# built with --enable-coverage in ./coverage-build.  Fails below the minimum.
# Called by make coverage; needs ./Makefile.
min=90 min_wire=95
: "${MAKE:=make}" "${CC:=cc}"
set -e
command -v gcovr >/dev/null || {
	echo "make coverage needs gcovr; Debian: apt install gcovr" >&2
	exit 1
}
gcov=gcov
if $CC --version | grep -q clang; then
	gcov='llvm-cov gcov'
fi
BTCPEER_TEST_DATA=${BTCPEER_TEST_DATA:-$(cd "$abs_top_srcdir/.." && pwd)/shared/data}
BTCPEER_NODE_MODULES=${BTCPEER_NODE_MODULES:-$abs_top_srcdir/test/interop/node_modules}
export BTCPEER_TEST_DATA BTCPEER_NODE_MODULES

rm -rf coverage-build
mkdir coverage-build
$MAKE -s distdir distdir=coverage-build/src
cd coverage-build/src
./configure -q --enable-coverage CC="$CC"
$MAKE -s all
$MAKE -s check

gcovr --root . --filter 'lib/' --gcov-executable "$gcov" --csv -o ../coverage.csv
awk -F, -v min="$min" -v min_wire="$min_wire" '
NR > 1 {
	d = $1; sub(/\/[^\/]*$/, "", d)
	lines[d] += $2; hit[d] += $3; all += $2; allhit += $3
	printf "%6.1f %%  %5d of %5d  %s\n", $2 ? 100 * $3 / $2 : 100, $3, $2, $1
}
END {
	print ""
	for (d in lines)
		printf "%6.1f %%  %5d of %5d  %s\n", 100 * hit[d] / lines[d], hit[d], lines[d], d | "sort -k 6"
	close("sort -k 6")
	if (all == 0) {
		print "no coverage data"
		exit 1
	}
	printf "%6.1f %%  %5d of %5d  lib/ in total; at least %d %% wanted\n",
	    100 * allhit / all, allhit, all, min
	wire = "lib/wire"
	if (!(wire in lines) || 100 * hit[wire] < min_wire * lines[wire]) {
		printf "%s: at least %d %% wanted\n", wire, min_wire
		exit 1
	}
	exit 100 * allhit < min * all
}' ../coverage.csv
