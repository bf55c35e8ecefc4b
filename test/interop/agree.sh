# Messages between this library and another implementation.  Sourced, with
# $side, $tmp and $interop set and with two functions: die WHY, and their MODE,
# which runs the other side's codec program (see its usage).
# shellcheck shell=sh disable=SC2154 # set by who sources this
table=$interop/agreement.txt
stream=$top_builddir/test/wire_stream
# shellcheck disable=SC2034 # for who sources this
facts=$top_builddir/test/wire_facts
decode=$top_builddir/samples/btcpeer-decode

same() { # file, file, what
	cmp "$1" "$2" > "$tmp/cmp" 2>&1 || {
		diff "$1" "$2" | cut -c 1-200 | head -n 6
		die "$3: $(cat "$tmp/cmp")"
	}
}

# The table names all messages of the library, those that the other side says
# it knows, and all limits that there are.
check_table() {
	sed -n 's/^message \([a-z0-9]*\) .*/\1/p' "$table" | sort > "$tmp/want"
	"$stream" commands | sort > "$tmp/is"
	same "$tmp/want" "$tmp/is" 'messages in agreement.txt, and of the library'
	awk -v side="$side" '$1 == "message" { n = 0
		for (i = 3; i <= NF; i++)
			n += $i == side
		if (n > 0)
			print $2
	}' "$table" | sort > "$tmp/table"
	their commands | sort > "$tmp/is"
	same "$tmp/table" "$tmp/is" "messages in agreement.txt, and of $side"
	sed -n 's/^limit \([^:]*\): .*/\1/p' "$table" | sort > "$tmp/want"
	"$stream" limits | sort > "$tmp/is"
	same "$tmp/want" "$tmp/is" 'limits in agreement.txt, and of wire_stream'
}

# What this library reads in $1.stream, and that it would write the same.
read_here() {
	"$decode" --json --strict --chain regtest stream "$1.stream" \
	    > "$1.ours" || die 'btcpeer-decode failed'
	"$stream" again < "$1.stream" > "$1.again" || die 'wire_stream failed'
	same "$1.stream" "$1.again" 'the stream, encoded again here'
}

compare() { # name
	their compare "$tmp/$1.ours" "$tmp/$1.theirs" > "$tmp/$1.count" ||
	    die "$side holds another message"
	rm -f "$tmp/$1.ours" "$tmp/$1.theirs" "$tmp/$1.again"
}

# agree COUNT SEED: COUNT of each message from each side.
agree() {
	check_table
	commands=$(paste -s -d , "$tmp/table")
	"$stream" gen "$side" "$commands" "$1" "$2" > "$tmp/here.stream" ||
	    die 'wire_stream failed'
	read_here "$tmp/here"
	their read "$tmp/here.stream" "$tmp/here.theirs" ||
	    die "$side cannot read what was made here"
	compare here
	their make "$commands" "$1" "$2" "$tmp/there.stream" \
	    "$tmp/there.theirs" || die "$side failed"
	read_here "$tmp/there"
	compare there
	count_messages "$1"
}

# Says what has run, which must be what was to run.
count_messages() {
	for name in here there; do
		sed "s/\$/ $1/" "$tmp/table" > "$tmp/want"
		sort "$tmp/$name.count" > "$tmp/is"
		same "$tmp/want" "$tmp/is" 'messages in agreement.txt, and read'
	done
	sort "$tmp/there.count" | join "$tmp/is" - | awk -v side="$side" '{
		print $1 ": " $2 " ours -> " side ", " $3 " " side " -> ours"
		ours += $2
		theirs += $3
	}
	END {
		print "total: " ours " ours -> " side ", " theirs " " side \
		    " -> ours"
		exit !(ours >= 10000 && theirs >= 10000)
	}' || die 'fewer than 10,000 messages'
	sed -n "s/^limit $side /not made for $side: /p" "$table"
}
