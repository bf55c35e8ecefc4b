# What the tests against bcoin share.  Sourced, with nothing running yet.
# shellcheck shell=sh
: "${top_srcdir:=.}" "${top_builddir:=.}"
interop=$top_srcdir/test/interop
samples=$top_builddir/samples
: "${NODE_PATH:=$(cd "$interop" && pwd)/node_modules}"
export NODE_PATH

die() {
	echo "failed: $*"
	exit 1
}

command -v node >/dev/null || {
	echo 'skipped: no Node.js (./bootstrap interop installs it)'
	exit 77
}
test -d "$NODE_PATH/bcoin" || {
	echo 'skipped: no bcoin (./bootstrap interop installs it)'
	exit 77
}

tmp=$(mktemp -d) || exit 1
server=
cleanup() {
	exec 3>&-
	test -z "$server" || kill "$server" 2>/dev/null
	wait
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
mkfifo "$tmp/in" "$tmp/out" || exit 1

# serve COMMAND...: in the background, its input on descriptor 3; reads the
# first line that it prints into $line.  It never outlives three minutes.
serve() {
	timeout -k 5 180 "$@" < "$tmp/in" > "$tmp/out" 2> "$tmp/err" &
	server=$!
	exec 3> "$tmp/in" 4< "$tmp/out"
	read -r line <&4 || {
		cat "$tmp/err"
		die "$1 did not start"
	}
	echo "$line"
}

# quit: end it by its own command; its status must be 0.
quit() {
	echo quit >&3
	exec 3>&-
	cat <&4 > "$tmp/rest"
	wait "$server" || {
		cat "$tmp/err"
		die "the server ended with status $?"
	}
	server=
}
