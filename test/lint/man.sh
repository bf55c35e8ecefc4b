#!/bin/sh
# The manual and the headers say the same: every exported function is named on
# exactly one page and has a prototype there, every page names only functions
# that exist, each SYNOPSIS, turned back into C, is compatible with the headers,
# no reference leads nowhere, and mandoc has nothing to say.
: "${top_srcdir:=.}" "${top_builddir:=.}"
rc=0
man=$top_srcdir/man
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
say() { echo "$*"; rc=1; }

sh "$top_srcdir/test/lint/api.sh" > "$tmp/headers"
sed -n 's/^api //p' "$tmp/headers" > "$tmp/api"
sed 's/.* //' "$tmp/headers" | sort -u > "$tmp/known"
sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([a-z0-9_]*\).*/\1/p' "$man"/*.3 |
    grep _ | sort > "$tmp/named"
cat "$man"/*.3 | awk '/^\.Sh/ { s = /SYNOPSIS/ } s && /^\.F[no] / { print $2 }' |
    sort -u > "$tmp/shown"
test -s "$tmp/api" || say 'found no functions in the headers'
for n in $(sort -u "$tmp/named" | comm -23 "$tmp/api" -); do
	say "$n: on no page"
done
for n in $(sort -u "$tmp/named" | comm -13 "$tmp/known" -); do
	say "$n: named by a page, but in no header"
done
for n in $(uniq -d "$tmp/named"); do
	say "$n: named by two pages"
done
for n in $(comm -23 "$tmp/api" "$tmp/shown"); do
	say "$n: in no SYNOPSIS"
done
for n in $(comm -13 "$tmp/known" "$tmp/shown"); do
	say "$n: in a SYNOPSIS, but in no header"
done
# A page is a file, or a name in section 3.
{
	sed 's/$/.3/' "$tmp/named"
	ls "$man" | grep '\.[137]$'
} | sort -u > "$tmp/pages"
sed -n 's/^\.\(It \)\{0,1\}Xr \(btc[^ ]*\) \([0-9]\).*/\2.\3/p' "$man"/*.[137] |
    sort -u | comm -23 - "$tmp/pages" > "$tmp/lost"
while read -r n; do
	say "$n: referred to, but there is no such page"
done < "$tmp/lost"

for p in "$man"/*.3; do
	awk '
	function args(s) { gsub(/" +"/, ", ", s); gsub(/"/, "", s); return s }
	/^\.Sh/ { syn = /SYNOPSIS/ }
	!syn { next }
	/^\.In / { print "#include <" $2 ">" }
	/^\.Ft / { ft = substr($0, 5); gsub(/"/, "", ft) }
	/^\.Fn / {
		n = $2
		sub(/^\.Fn +[^ ]+ */, "")
		if ($0 == "")
			$0 = "void"
		print ft " " n "(" args($0) ");"
	}
	/^\.Fo / { n = $2; a = "" }
	/^\.Fa / { a = a (a == "" ? "" : ", ") args(substr($0, 5)) }
	/^\.Fc/  { print ft " " n "(" (a == "" ? "void" : a) ");" }
	/^\.Vt / { v = substr($0, 5); gsub(/"/, "", v); if (v ~ /^extern /) print v ";" }
	' "$p" > "$tmp/${p##*/}.c"
	${CC:-cc} -std=gnu11 -fsyntax-only -I"$top_srcdir/include" \
	    -I"$top_builddir/include" "$tmp/${p##*/}.c" ||
	    say "$p: its SYNOPSIS does not fit the headers"
done

mandoc=${MANDOC:-$(command -v mandoc)}
if [ -z "$mandoc" ]; then
	say 'mandoc is needed to check the manual; Debian: apt install mandoc'
else
	for p in "$man"/*.[137]; do
		test -e "$p" || continue
		$mandoc -Tlint -Wwarning "$p" || rc=1
	done
fi
exit $rc
