#!/bin/sh
# The tests of the peer under one of valgrind's tools for threads, in a copy of
# the sources that is built for it in ./valgrind-build.  Says how often each
# program was reported; the reports are in valgrind-build/*.TOOL.  Fails when a
# test fails, or does not end in time.  No report fails anything: the tools do
# not know C11 atomics nor order through a socket, and take the inside of the
# C library's mutexes for memory that is shared without one.
#
#	valgrind.sh TOOL PROGRAM...
#
# Called by make helgrind and make drd; needs ./Makefile.
: "${MAKE:=make}" "${CC:=cc}" "${SECONDS_EACH:=600}"
command -v valgrind >/dev/null || {
	echo 'skipped: no valgrind (Debian: apt install valgrind)' >&2
	exit 77
}
tool=$1
shift
set -e
rm -rf valgrind-build
mkdir valgrind-build
$MAKE -s distdir distdir=valgrind-build/src
cd valgrind-build/src
# Long loops are as short as under a sanitizer; valgrind reads not all of DWARF 5.
./configure -q --disable-shared CC="$CC" CFLAGS='-O1 -gdwarf-4' \
    CPPFLAGS=-DTEST_SLOW=1
$MAKE -s "$@"
rc=0
export top_srcdir=. CK_TIMEOUT_MULTIPLIER=20
for program; do
	name=${program##*/}
	log=../$name.$tool
	result=ok
	timeout "$SECONDS_EACH" valgrind --tool="$tool" --log-file="$log" \
	    "./$program" > "$log.out" 2>&1 || { result="exit $?"; rc=1; }
	awk -v name="$name" -v result="$result" '
	/ERROR SUMMARY:/ { n += $4; contexts += $7 }
	END {
		printf "%-28s %6d reports, %3d contexts  %s\n", name, n,
		    contexts, result
	}' "$log"
done
exit $rc
