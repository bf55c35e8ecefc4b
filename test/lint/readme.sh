#!/bin/sh
# What the README and the manual show compiles without a warning: the program
# in the README and the one in btcpeer(3), which are linked too where a library
# was built, and the functions in the examples of all other pages.
: "${top_srcdir:=.}" "${top_builddir:=.}"
rc=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
say() { echo "$*"; rc=1; }

compile() { # file, more options
	file=$1
	shift
	${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -I"$top_srcdir/include" \
	    -I"$top_builddir/include" "$file" "$@"
}

# A program on its own.
program() { # file, where it is from
	grep -q '^main(' "$1" || { say "$2: the example program is missing"; return; }
	set -- "$1" "$2" -fsyntax-only
	if [ -e "$top_builddir/.libs/libbtcpeer.so" ]; then
		# The library may lack a sanitizer's runtime.
		set -- "$1" "$2" -o "$tmp/program" -L"$top_builddir/.libs" \
		    -lbtcpeer -Wl,--allow-shlib-undefined
	fi
	file=$1 from=$2
	shift 2
	compile "$file" "$@" || say "$from: the example program does not compile"
}

# The literal blocks of the EXAMPLES of a page.
examples() {
	awk '/^\.Sh/ { ex = /EXAMPLES/ }
	/^\.Ed/ { lit = 0 }
	ex && lit { gsub(/\\e/, "\\"); sub(/^\\&/, ""); print }
	/^\.Bd -literal/ { lit = 1 }' "$1"
}

sed -n '/^    #include/,/^[^ ]/s/^    //p' "$top_srcdir/README" > "$tmp/readme.c"
program "$tmp/readme.c" README

for page in "$top_srcdir"/man/*.3; do
	name=${page##*/}
	examples "$page" > "$tmp/body"
	if [ "$name" = btcpeer.3 ]; then
		cp "$tmp/body" "$tmp/page.c"
		program "$tmp/page.c" "$name"
	elif [ -s "$tmp/body" ]; then
		for h in err.h inttypes.h stdio.h stdlib.h string.h sys/socket.h \
		    unistd.h btcpeer/peer.h; do
			echo "#include <$h>"
		done > "$tmp/page.c"
		cat "$tmp/body" >> "$tmp/page.c"
		compile "$tmp/page.c" -fsyntax-only -Wno-unused-function ||
		    say "$name: its examples do not compile"
	fi
done
exit $rc
