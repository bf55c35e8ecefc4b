#!/bin/sh
# The shared library exports what the headers declare, and nothing else.
: "${top_srcdir:=.}" "${top_builddir:=.}"
so=$top_builddir/.libs/libbtcpeer.so
test -e "$so" || { echo 'configured without a shared library'; exit 77; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
sh "$top_srcdir/test/lint/api.sh" | sed -n 's/^api //p' > "$tmp/headers"
test -s "$tmp/headers" || { echo 'found no functions in the headers'; exit 1; }
${NM:-nm} -D --defined-only "$so" |
    awk '$2 ~ /[BDGRSTVWi]/ { sub(/@.*/, "", $3); print $3 }' |
    grep -v '^_' | sort -u > "$tmp/library"
diff -u "$tmp/headers" "$tmp/library"
