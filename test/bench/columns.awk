# Lines for plotting: the size, value, limit and time by the clock of the rows
# whose name starts with PREFIX.
index(field("name"), prefix) == 1 && field("value") != "" {
	limit = field("limit")
	wall = field("wall_us")
	print field("size"), field("value"), limit == "" ? "NaN" : limit, \
	    wall == "" ? "NaN" : wall
}
