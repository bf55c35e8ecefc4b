#!/bin/sh
# bcoin and this library read what the other has written, and compute the same
# from it.  Exits 77 where bcoin is missing.
. "${top_srcdir:-.}/test/interop/common.sh"
side=bcoin
their() { node "$interop/bcoin-codec.js" "$@"; }
. "$interop/agree.sh"

test -d "$NODE_PATH/golomb" || {
	echo 'skipped: no golomb (./bootstrap interop installs it)'
	exit 77
}

compute() { # kind, name of a stream in $tmp, the fewest lines
	node "$interop/bcoin-facts.js" facts "$1" "$tmp/$2.stream" \
	    > "$tmp/theirs" || die "$1: bcoin failed"
	"$facts" "$1" < "$tmp/$2.stream" > "$tmp/ours" ||
	    die "$1: wire_facts failed"
	same "$tmp/ours" "$tmp/theirs" "$1 of $2 blocks"
	n=$(wc -l < "$tmp/ours")
	test "$n" -ge "$3" || die "$1: $n lines of $2 blocks"
	echo "$1: $n facts of $2 blocks agree"
}

agree 400 1

for kind in block tree cfilter bloom compact; do
	node "$interop/bcoin-facts.js" scene $kind 400 2 "$tmp/bcoin.stream" ||
	    die "$kind: bcoin failed"
	compute $kind bcoin 400
done
"$stream" gen bcoin block,merkleblock 400 3 > "$tmp/random.stream"
for kind in block tree cfilter compact; do
	compute $kind random 250
done

data=${BTCPEER_TEST_DATA:-$top_srcdir/../shared/data}
if test -d "$data/blocks"; then
	{
		"$stream" frame block "$data"/blocks/*.raw &&
		"$stream" frame merkleblock "$data"/messages/merkle*.raw &&
		"$stream" frame cmpctblock "$data"/messages/compact*.raw &&
		"$stream" frame tx "$data"/messages/tx*.raw
	} > "$tmp/real.stream" || die 'the test data cannot be read'
	read_here "$tmp/real"
	their read "$tmp/real.stream" "$tmp/real.theirs" ||
	    die 'bcoin cannot read the test data'
	compare real
	sed 's/^/real: /' "$tmp/real.count"
	for kind in block tree cfilter compact; do
		compute $kind real 5
	done
else
	echo 'no real blocks: no test data (set BTCPEER_TEST_DATA)'
fi
