#!/bin/sh
# python-bitcoinlib and this library read what the other has written, and fill
# Bloom filters alike.  Exits 77 where python-bitcoinlib is missing.
: "${top_srcdir:=.}" "${top_builddir:=.}"
interop=$top_srcdir/test/interop
side=bitcoinlib

die() {
	echo "failed: $*"
	exit 1
}

python=
for p in "${PYTHON:-python3}" /usr/bin/python3; do
	if "$p" -c 'import bitcoin.core' 2>/dev/null; then
		python=$p
		break
	fi
done
test -n "$python" || {
	echo 'skipped: no python-bitcoinlib (Debian: python3-bitcoinlib)'
	exit 77
}
their() { "$python" "$interop/bitcoinlib_codec.py" "$@"; }

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$interop/agree.sh"

agree 600 1

their scene 400 2 "$tmp/bloom.stream" || die 'python-bitcoinlib failed'
their bloom "$tmp/bloom.stream" > "$tmp/theirs" ||
    die 'python-bitcoinlib failed'
"$facts" bloom < "$tmp/bloom.stream" > "$tmp/ours" || die 'wire_facts failed'
same "$tmp/ours" "$tmp/theirs" 'Bloom filters'
for was in 0 1; do
	test "$(grep -c "^add $was" "$tmp/ours")" -ge 400 ||
	    die "few elements of which the answer was $was"
done
echo "bloom: $(wc -l < "$tmp/ours") states of filters agree"

their sizes > "$tmp/theirs" || die 'python-bitcoinlib failed'
while read -r elements rate _; do
	echo "$elements $rate $("$facts" newbloom "$elements" "$rate")"
done < "$tmp/theirs" > "$tmp/ours"
same "$tmp/ours" "$tmp/theirs" 'sizes of Bloom filters'
echo "bloom: $(wc -l < "$tmp/ours") sizes agree"
