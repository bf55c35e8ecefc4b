#!/bin/sh
# btcpeer-sync downloads a chain from bcoin: every block hash is the one bcoin
# mined, also after more blocks and after a reorganisation.
# Exits 77 where bcoin is missing.
. "${top_srcdir:-.}/test/interop/common.sh"

# sync WANT: to bcoin's tip; the file must then hold blocks WANT knows.
sync_and_compare() {
	"$samples/btcpeer-sync" --chain regtest --connect "127.0.0.1:$port" \
	    --out "$tmp/blocks" > "$tmp/result" 2> "$tmp/sync-err" || {
		cat "$tmp/sync-err" "$tmp/result"
		die 'btcpeer-sync failed'
	}
	tail -n 1 "$tmp/result"
	tip=$(tail -n 1 "$tmp/hashes")
	height=$(($(wc -l < "$tmp/hashes") - 1))
	case $(tail -n 1 "$tmp/result") in
	"height $height tip $tip "*) ;;
	*) die "bcoin is at height $height tip $tip" ;;
	esac
}

# Blocks above the genesis block, which is not in the file, in order.
compare_hashes() {
	node "$interop/blk-hashes.js" "$tmp/blocks" > "$tmp/got" || exit 1
	tail -n +2 "$tmp/hashes" > "$tmp/want"
	diff "$tmp/want" "$tmp/got" || die 'block hashes differ'
	echo "$(wc -l < "$tmp/got") block hashes agree"
}

command_bcoin() {
	echo "$*" >&3
	read -r line <&4 || die "bcoin did not answer $*"
	echo "$line"
}

for blocks in 150 450; do
	rm -f "$tmp/blocks"
	serve node "$interop/bcoin-node.js" serve --mine $blocks \
	    --hashes "$tmp/hashes"
	port=$(echo "$line" | sed -n 's/.*"port":\([0-9]*\).*/\1/p')
	test -n "$port" || die "no port in: $line"
	sync_and_compare
	compare_hashes
	command_bcoin mine 5
	sync_and_compare
	compare_hashes
	command_bcoin reorg 3
	sync_and_compare
	quit
done
