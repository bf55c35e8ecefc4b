#!/bin/sh
# test/behaviours.tsv tells where each behaviour is tested: number, behaviour,
# program, START_TEST ("-": the whole program).  Every test that it names
# exists and is run, every number is there, and only BIP 324 is "not yet".
: "${top_srcdir:=.}"
rc=0
say() { echo "behaviours.tsv: $*"; rc=1; }
cd "$top_srcdir/test" || exit 1
tab=$(printf '\t')
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
grep -v '^#' behaviours.tsv > "$tmp/rows"
test -s "$tmp/rows" || { say 'has no rows'; exit 1; }

awk -F '\t' 'NF != 4 || $1 == "" || $2 == "" || $3 == "" || $4 == "" {
	print "behaviours.tsv: four words a row: " $0; bad = 1
}
seen[$1]++ { print "behaviours.tsv: " $1 " twice"; bad = 1 }
END { exit bad }' "$tmp/rows" || rc=1

# What there is to be: decisions, defects, the original's tests, the parts.
numbers() { # prefix, last
	n=0
	while [ $((n += 1)) -le "$2" ]; do
		grep -q "^$1$n[.$tab]" "$tmp/rows" || say "$1$n is missing"
	done
}
numbers A 16
numbers E7. 12
numbers E10.H 11
numbers O 10
numbers I 13

while IFS=$tab read -r number _ program test; do
	if [ "$program" = 'not yet' ]; then
		case $number in
		A14.*|E10.H[345]) ;;
		*) say "$number: $program" ;;
		esac
		continue
	fi
	if [ ! -e "$program.c" ]; then
		say "$number: there is no $program.c"
	elif ! grep -q "%D%/$program\( .*\)*$" local.mk; then
		say "$number: $program is not run"
	elif [ "$test" != - ]; then
		grep -q "^START_TEST($test)" "$program.c" ||
		    say "$number: $program has no test $test"
		grep -q "^	tcase_add.*_test(tc[a-z_]*, $test[,)]" "$program.c" ||
		    say "$number: $program does not run $test"
	fi
done < "$tmp/rows"
exit $rc
