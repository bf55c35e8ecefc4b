#!/bin/sh
# usage: run.sh TARGET...
# Runs libFuzzer programs for FUZZ_SECONDS each, FUZZ_JOBS at once, and says for
# each how many inputs it tried and how many edges of the code it reached.
# Fails when one finds something, or did not fuzz at all.  Leaves logs as make
# check does.
: "${FUZZ_SECONDS:=30}" "${FUZZ_JOBS:=2}"
out=fuzz-out
mkdir -p $out || exit 1

run() { # target
	name=${1##*/}
	dir=$out/$name
	log=$out/$name.log
	rm -rf "$dir"
	mkdir -p "$dir/seeds" "$dir/corpus" &&
	"./$1" -o "$dir/seeds" || return 1
	"./$1" -max_total_time="$FUZZ_SECONDS" -max_len=16384 -timeout=25 \
	    -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix="$dir/" \
	    "$dir/corpus" "$dir/seeds" > "$log" 2>&1
}

# Echoes the line of one target; status 1 when something is wrong with it.
report() { # target, status
	log=$out/${1##*/}.log
	execs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" 2>/dev/null)
	edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" 2>/dev/null | tail -n 1)
	if [ "$2" -ne 0 ] || [ "${execs:-0}" -lt 1000 ] || [ "${edges:-0}" -lt 100 ]; then
		echo "${1##*/}: FAILED (status $2), the end of $log:"
		tail -n 40 "$log"
		echo ':test-result: FAIL' > "${log%.log}.trs"
		return 1
	fi
	echo ':test-result: PASS' > "${log%.log}.trs"
	echo "${1##*/}: nothing found in $execs inputs, $edges edges reached, $FUZZ_SECONDS s"
}

rc=0
while [ $# -gt 0 ]; do
	batch= pids= n=0
	while [ $# -gt 0 ] && [ $n -lt "$FUZZ_JOBS" ]; do
		run "$1" &
		batch="$batch $1" pids="$pids $!" n=$((n + 1))
		shift
	done
	for target in $batch; do
		pid=${pids# }
		pid=${pid%% *}
		pids=${pids#" $pid"}
		status=0
		wait "$pid" || status=$?
		report "$target" $status || rc=1
	done
done
exit $rc
