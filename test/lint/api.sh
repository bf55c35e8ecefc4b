#!/bin/sh
# Prints what the public headers export, one name a line: "api NAME", and
# "inline NAME" for the functions they define themselves.  Asks the
# preprocessor, so comments do not matter and macros may declare.
: "${top_srcdir:=.}" "${top_builddir:=.}"
for h in "$top_srcdir"/include/btcpeer/*.h; do
	echo "#include <btcpeer/${h##*/}>"
done | ${CC:-cc} -E -P -I"$top_srcdir/include" -I"$top_builddir/include" \
    -x c - | tr '\n' ' ' | tr ';{}' '\n\n\n' | awk '
{
	api = /visibility\("default"\)/
	gsub(/__attribute__ *\(\([a-z_]*(\("[a-z]*"\))?\)\)/, "")
}
match($0, /btc[a-z0-9_]* *[([]/) || (api && match($0, /btc[a-z0-9_]* *$/)) {
	name = substr($0, RSTART, RLENGTH)
	sub(/ *[([]?$/, "", name)
	if (api)
		print "api", name
	else if (/static (__)?inline/)
		print "inline", name
}' | sort -u
