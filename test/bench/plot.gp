# Plots of bench.jsonl: gnuplot -e "dat='FOLDER'; out='FOLDER'" plot.gp
set terminal svg size 800,500 background rgb 'white'
set key left top
set grid
set logscale xy
set xlabel 'bytes of a message'
set format x '%.0f'

# A message of 0 bytes stands at 1.
at(x) = x < 1 ? 1 : x
header = 24

set output out . '/bench-throughput.svg'
set title 'Throughput of one connection by size of message (v1)'
set ylabel 'MB/s'
plot dat . '/size' using (at($1)):(($1 + header) / $4) with linespoints \
    title 'peer to peer', \
    '' using (at($1)):(($1 + header) / $3) with linespoints \
    title 'limit (one processor)'

set output out . '/bench-cpu.svg'
set title 'CPU time by size of message, both ends (v1)'
set ylabel 'us a message'
plot dat . '/size' using (at($1)):2 with linespoints title 'peer to peer', \
    '' using (at($1)):3 with linespoints \
    title 'limit: two SHA-256d and the loopback'

set xlabel 'peers'
set output out . '/bench-peers-memory.svg'
set title 'Memory by number of peers'
set ylabel 'KB a peer'
plot dat . '/memory' using 1:2 with linespoints title 'resident, idle'

set output out . '/bench-peers-cpu.svg'
set title 'CPU time by number of peers'
set ylabel 'us'
plot dat . '/handshake' using 1:2 with linespoints \
    title 'a connection and its handshake', \
    dat . '/inventory' using 1:2 with linespoints \
    title 'an announcement to one peer'
