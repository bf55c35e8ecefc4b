#!/bin/sh
# util < wire < transport < peer: a layer includes only itself and those below.
# lib/wire is pure: no thread, no socket, no clock.  And functions that are not
# to be called at all; "allowed: why" in a comment on the line exempts it.
: "${top_srcdir:=.}"
rc=0
cd "$top_srcdir" || exit 1
deny() { # folder, pattern of what it must not include
	set -- "$1" "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($2)"
	if grep -nE "$2" "lib/$1"/*.[ch] | grep -v 'allowed:'; then
		echo "lib/$1 must not include that"
		rc=1
	fi
}
deny util '(wire|transport|peer)/|btcpeer/(peer|wire|msgs)\.h'
deny wire '(transport|peer)/|btcpeer/peer\.h|pthread\.h|sys/socket\.h|time\.h|sys/time\.h|util/(thread|clock)\.h'
deny transport 'peer/|btcpeer/peer\.h'
deny peer '\.\./'
if grep -nE '#[[:space:]]*include[[:space:]]*"btcpeer/' lib/*/*.[ch]; then
	echo 'public headers are included with <>'
	rc=1
fi
if grep -nE '\b(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|strtok|atoi|atol|s?rand|random|alloca|exit|_exit|abort|v?printf|v?fprintf|puts|perror|signal|fork|system|popen|usleep|nanosleep|sleep|localtime|gmtime|ctime|inet_ntoa|gethostbyname)[[:space:]]*\(' \
    lib/*/*.[ch] | grep -vE 'allowed:|:[[:space:]]*(/\*|\*)'; then
	echo 'banned function'
	rc=1
fi
for f in lib/*/*.c; do
	test "$(grep -m 1 '^#[[:space:]]*include' "$f")" = '#include "config.h"' || {
		echo "$f: the first include is config.h"
		rc=1
	}
done
for f in $(find lib -name '*.[ch]' | sed 's:.*/::' | sort | uniq -d); do
	echo "$f: two files in lib/ have this name"
	rc=1
done
exit $rc
