# Two runs beside each other: awk -f fields.awk -f compare.awk OLD NEW
# More is better where the unit is a rate.
function show(v) {
	return v == "" ? "-" : sprintf(v < 1 ? "%.4f" : "%.4g", v)
}
BEGIN {
	printf "%-23s %-5s %9s %9s %8s  %9s %9s  %s\n", "name", "unit", \
	    "before", "now", "change", "ratio was", "is", ""
}
FNR == NR {
	value[field("name")] = field("value")
	ratio[field("name")] = field("ratio")
	low[field("name")] = field("min")
	high[field("name")] = field("max")
	next
}
{
	name = field("name")
	now = field("value")
	if (!(name in value) || value[name] == "" || now == "")
		change = "-"
	else if (value[name] + 0 == 0)
		change = "-"
	else
		change = sprintf("%+.1f %%", 100 * (now / value[name] - 1))
	# Ranges that do not overlap: no matter of chance.
	mark = ""
	if (change != "-" && now != "") {
		better = field("unit") ~ /\/s$/ ? 1 : -1
		if (field("max") + 0 < low[name] + 0)
			mark = better < 0 ? "better" : "WORSE"
		else if (field("min") + 0 > high[name] + 0)
			mark = better > 0 ? "better" : "WORSE"
	}
	printf "%-23s %-5s %9s %9s %8s  %9s %9s  %s\n", name, field("unit"), \
	    show(value[name]), show(now), change, show(ratio[name]), \
	    show(field("ratio")), mark
}
