#!/bin/sh
# bcoin downloads a chain from btcpeer-node and validates every block of it,
# witnesses included.  Exits 77 where bcoin is missing.
. "${top_srcdir:-.}/test/interop/common.sh"

follow() { # more options
	node "$interop/bcoin-node.js" follow --connect "$addr" --height "$height" \
	    --tip "$tip" --timeout 120 "$@" > "$tmp/result" 2> "$tmp/bcoin-err" || {
		cat "$tmp/bcoin-err" "$tmp/result"
		die 'bcoin did not reach the tip'
	}
	cat "$tmp/result"
}

serve "$samples/btcpeer-node" --chain regtest --listen 127.0.0.1:0 \
    --mine 600 --txs 3
# listening ADDR:PORT height H tip HASH
# shellcheck disable=SC2086 # the words are wanted
set -- $line
addr=$2 height=$4 tip=$6
test "$height" = 600 || die 'it is not at height 600'
follow
# A chain without transactions that spend would prove little.
txs=$(sed -n 's/.*"txs":\([0-9]*\).*/\1/p' "$tmp/result")
witness=$(sed -n 's/.*"witness_txs":\([0-9]*\).*/\1/p' "$tmp/result")
test "$txs" -ge 1800 || die "only $txs transactions"
test "$witness" -ge 200 || die "only $witness transactions with a witness"
quit
