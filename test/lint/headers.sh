#!/bin/sh
# Each public header compiles alone, twice over, as C11 and as C++17, without
# a warning.
: "${top_srcdir:=.}" "${top_builddir:=.}"
rc=0
warn='-Wall -Wextra -Wpedantic -Wconversion -Werror'
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cxx=${CXX:-}
for c in c++ g++ clang++; do
	test -n "$cxx" || ! command -v $c >/dev/null || cxx=$c
done
for h in "$top_srcdir"/include/btcpeer/*.h "$top_builddir"/include/btcpeer/version.h; do
	n=btcpeer/${h##*/}
	printf '#include <%s>\n#include <%s>\nextern int not_empty;\n' "$n" "$n" \
	    > "$tmp/h.c"
	cp "$tmp/h.c" "$tmp/h.cc"
	${CC:-cc} -std=c11 $warn -fsyntax-only -I"$top_srcdir/include" \
	    -I"$top_builddir/include" "$tmp/h.c" || { echo "$n: not as C11"; rc=1; }
	test -z "$cxx" || $cxx -std=c++17 $warn -fsyntax-only \
	    -I"$top_srcdir/include" -I"$top_builddir/include" "$tmp/h.cc" ||
	    { echo "$n: not as C++17"; rc=1; }
done
test -n "$cxx" || echo 'no C++ compiler: headers were compiled as C only'
exit $rc
