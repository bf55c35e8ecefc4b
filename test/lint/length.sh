#!/bin/sh
# No function over 100 lines, no file over 800.  Needs KNF: braces in column 0.
: "${top_srcdir:=.}"
rc=0
cd "$top_srcdir" || exit 1
files=$(find lib samples -name '*.[ch]' | sort)
test -n "$files" || { echo 'found no sources'; exit 1; }
awk 'FNR == 1 { n = 0 }
/^\{/ { n = FNR }
/^\}/ {
	if (n && FNR - n + 1 > 100) {
		print FILENAME ":" n ": function of " FNR - n + 1 " lines"; bad = 1
	}
	n = 0
}
END { exit bad }' $files || rc=1
for f in $files; do
	n=$(wc -l < "$f")
	test "$n" -le 800 || { echo "$f: $n lines, over 800"; rc=1; }
done
exit $rc
