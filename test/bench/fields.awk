# The value of a key in a line of bench.jsonl; "" if there is none.
function field(key,    at, rest) {
	at = index($0, "\"" key "\": ")
	if (at == 0)
		return ""
	rest = substr($0, at + length(key) + 4)
	if (substr(rest, 1, 1) == "\"") {
		rest = substr(rest, 2)
		sub(/".*/, "", rest)
	} else
		sub(/[,}].*/, "", rest)
	return rest == "null" ? "" : rest
}
