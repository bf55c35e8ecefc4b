#!/bin/sh
# Blocks and transactions of the test data, decoded by this library and by
# python-bitcoinlib: ids, roots, commitments and sizes are the same.
# Exits 77 where one of the two, or the data, is missing.
: "${top_srcdir:=.}" "${top_builddir:=.}"
data=${BTCPEER_TEST_DATA:-$top_srcdir/../shared/data}
ours=$top_builddir/test/wire_print
ref=$top_srcdir/test/interop/codec_ref.py

skip() {
	echo "skipped: $*"
	exit 77
}

test -d "$data/blocks" || skip 'no test data (set BTCPEER_TEST_DATA)'
python=
for p in "${PYTHON:-python3}" /usr/bin/python3; do
	if "$p" -c 'import bitcoin.core' 2>/dev/null; then
		python=$p
		break
	fi
done
test -n "$python" || skip 'no python-bitcoinlib (Debian: python3-bitcoinlib)'

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
rc=0
compare() { # kind, files
	kind=$1
	shift
	test -e "$1" || { echo "no data for $kind"; rc=1; return; }
	"$ours" "$kind" "$@" > "$tmp/ours" || { rc=1; return; }
	"$python" "$ref" "$kind" "$@" > "$tmp/ref" || { rc=1; return; }
	test "$(grep -c "^$kind " "$tmp/ours")" -ge $# ||
	    { echo "fewer than $# lines"; rc=1; }
	diff -u "$tmp/ref" "$tmp/ours" && echo "$kind: $# files agree" || rc=1
}
compare block "$data"/blocks/*.raw
compare tx "$data"/messages/tx*.raw
exit $rc
