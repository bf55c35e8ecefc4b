#!/bin/sh
# A node with a chain of its own and a program that downloads it, both on this
# machine.  With CONNECT=HOST:PORT (and CHAIN=NAME) it downloads from there.
# Called by make demo; BLOCKS=N makes the chain longer.
: "${top_builddir:=.}" "${CONNECT:=}"
chain=${CHAIN:-regtest}
blocks=${BLOCKS:-2000}
samples=$top_builddir/samples

die() { echo "demo: $*" >&2; exit 1; }

for p in btcpeer-node btcpeer-sync; do
	test -x "$samples/$p" || die "$samples/$p is not built"
done
tmp=$(mktemp -d) || exit 1
node=
cleanup() {
	test -z "$node" || kill "$node" 2>/dev/null
	wait
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# run_sync ADDR [--out FILE]: a copy of its standard output goes to $tmp/sync.
run_sync() {
	echo "\$ btcpeer-sync --chain $chain --connect $1${2:+ --out FILE}"
	addr=$1
	shift
	{
		"$samples/btcpeer-sync" --chain "$chain" --connect "$addr" "$@" ||
		    echo failed > "$tmp/failed"
	} | tee "$tmp/sync"
	test ! -e "$tmp/failed" || die "btcpeer-sync failed"
}

# Of somebody else's chain, which may be a large one, nothing is kept.
if [ -n "$CONNECT" ]; then
	run_sync "$CONNECT"
	exit 0
fi

# Commands go in by one fifo, lines come back by two others; a reader never
# waits for a node that is gone, and the node never stays longer than that.
mkfifo "$tmp/in" "$tmp/out" "$tmp/err" || exit 1
echo "\$ btcpeer-node --chain $chain --listen 127.0.0.1:0 --mine $blocks"
timeout -k 5 120 "$samples/btcpeer-node" --chain "$chain" --listen 127.0.0.1:0 \
    --mine "$blocks" < "$tmp/in" > "$tmp/out" 2> "$tmp/err" &
node=$!
exec 3> "$tmp/in" 4< "$tmp/out"

# What it says of its peers; when one has come it is asked how they do.
while read -r line; do
	echo "$line" >> "$tmp/notes"
	case $line in
	*connected,*) echo peers >&3 ;;
	esac
done < "$tmp/err" 4<&- &

addr=
while read -r line <&4; do
	echo "$line"
	case $line in
	listening\ *)
		addr=${line#listening }
		addr=${addr%% *}
		break ;;
	esac
done
test -n "$addr" || die "btcpeer-node ended before it listened"
want=$(echo "$line" | sed -n 's/.* \(height [0-9]* tip [0-9a-f]*\).*/\1/p')
test -n "$want" || die "btcpeer-node did not name its tip: $line"

run_sync "$addr" --out "$tmp/blocks"
got=$(tail -n 1 "$tmp/sync" | sed -n 's/^\(height [0-9]* tip [0-9a-f]*\).*/\1/p')

echo
echo 'What the node says of it, its peers while they were there and afterwards:'
echo peers >&3
echo quit >&3
exec 3>&-
cat <&4
wait "$node" || die "btcpeer-node failed"
node=
wait
test ! -e "$tmp/notes" || cat "$tmp/notes"

test "$got" = "$want" || die "the tips differ: the node has '$want', btcpeer-sync got '$got'"
echo
echo "demo: both are at $want"
