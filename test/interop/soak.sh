#!/bin/sh
# bcoin mines, sends transactions and reorganises with btcpeer-sync --follow and
# btcpeer-node attached: no stall, no drop, no malformed message on any side, and
# in the end all agree (soak.js says how).  Exits 77 where bcoin is missing.
#
# SOAK_SECONDS says for how long (20), SOAK_SEED in which order (1).  Ten
# minutes, after ./bootstrap interop:
#	SOAK_SECONDS=600 test/interop/soak.sh
. "${top_srcdir:-.}/test/interop/common.sh"
seconds=${SOAK_SECONDS:-20}
timeout -k 5 $((seconds + 180)) node "$interop/soak.js" "$samples" "$tmp" \
    "$seconds" "${SOAK_SEED:-1}" || die "the soak of $seconds s"
