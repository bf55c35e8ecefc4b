#!/bin/sh
# The codec stands on its own: its objects need nothing of the layers above, and
# no thread, socket, clock or file of the system.
: "${top_srcdir:=.}" "${top_builddir:=.}"
lib=$top_builddir/lib/.libs/libbtcwire-all.a
test -e "$lib" || { echo "no $lib"; exit 1; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
${NM:-nm} -A "$lib" 2>/dev/null | sed 's/@.*//' > "$tmp/all"
awk '$(NF - 1) ~ /^[BDRSTVWCi]$/ { print $NF }' "$tmp/all" | sort -u > "$tmp/has"
awk '$(NF - 1) == "U" { print $NF }' "$tmp/all" | sort -u > "$tmp/needs"
grep -q '^btcwire_decode$' "$tmp/has" || { echo "no codec in $lib"; exit 1; }
grep -q '^SHA256_Init$' "$tmp/needs" || { echo "nothing needed by $lib?"; exit 1; }
rc=0
if comm -13 "$tmp/has" "$tmp/needs" | grep -E '^(btc|xf_)'; then
	echo 'needed from other layers: the above'
	rc=1
fi
if grep -E '^_*(pthread_|sem_|thrd_|mtx_|cnd_|socket|socketpair$|bind$|listen$|accept|connect$|shutdown$|send|recv|[gs]etsockopt|getaddrinfo|gethost|getpeername|getsockname|poll$|ppoll$|e?poll_|select$|pselect|read$|write$|readv$|writev$|open|close$|f(open|read|write|close)$|clock_|gettimeofday|time$|nanosleep|usleep|sleep$|fork|exec|signal|sigaction|getenv|rand|printf|puts)' \
    "$tmp/needs"; then
	echo 'not pure: the above'
	rc=1
fi
exit $rc
