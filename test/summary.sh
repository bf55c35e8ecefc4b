#!/bin/sh
# usage: summary.sh [-s] LOG...
# Adds up what the test logs of automake say: a Check program counts with its
# checks, a script as one.  Shows the reason of each skipped test ("not run" when
# it is that the test data is absent) and the end of the log of each failed one;
# the last line is
#	N passed, N failed, N skipped
# Status 1 when one failed or nothing passed; with -s also when one was skipped
# for another reason than absent data.
strict=no
if [ "$1" = -s ]; then
	strict=yes
	shift
fi
passed=0 failed=0 skipped=0 no_data=0
for log; do
	name=${log%.log}
	result=$(sed -n 's/^:test-result: //p' "$name.trs" 2>/dev/null | head -n 1)
	case $result in
	SKIP*)
		why=$(grep -v '^SKIP ' "$log" | tail -n 1)
		skipped=$((skipped + 1))
		case $why in
		*BTCPEER_TEST_DATA*)
			no_data=$((no_data + 1))
			echo "not run: $name: ${why#skipped: }" ;;
		*) echo "skipped: $name: ${why#skipped: }" ;;
		esac
		continue ;;
	esac
	# The sums over the programs that a log may hold; then what is left out:
	# a program that died has no line, a script never has one.
	set -- $(awk '/^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/ {
		c += $3; f += $5 + $7 }
		END { printf "%d %d\n", c, f }' "$log" 2>/dev/null)
	good=$((${1:-0} - ${2:-0})) bad=${2:-0}
	case $result in
	PASS*) test $((good + bad)) -gt 0 || good=1 ;;
	*) test "$bad" -gt 0 || bad=1 ;;
	esac
	passed=$((passed + good)) failed=$((failed + bad))
	if [ "$bad" -gt 0 ]; then
		echo "failed: $name (${result:-no result}); the end of its log:"
		tail -n 60 "$log" 2>/dev/null | sed 's/^/    /'
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] || exit 1
[ $strict = no ] || [ "$skipped" -eq "$no_data" ]
