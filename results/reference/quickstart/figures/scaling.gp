# throughput against workers
# Draw again with `gnuplot scaling.gp` in this folder: reads scaling.csv, writes scaling.svg and scaling.png.

# Style
font = "DejaVu Sans"
text_pt = 12
title_pt = 14
caption_pt = 11
width_px = 900
height_px = 600
line_width = 2.5
point_size = 1.1
measured = 1   # dash types
simulated = 2
set dashtype 2 (10, 6)
colour_1 = "#0072B2"
label_1 = "allreduce ring"
colour_2 = "#D55E00"
label_2 = "ps-sync"
colour_3 = "#009E73"
label_3 = "ps-async"
colour_4 = "#CC79A7"
label_4 = "pipeline m=8"

set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
curve(k, column_name) = column("curve") == k ? column(column_name) : NaN

set border 3 lc rgb "#404040"
set grid lt 1 lc rgb "#DDDDDD" lw 0.8
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.721
set bmargin at screen 0.217
set tmargin at screen 0.858

do for [format in "svg png"] {
if (format eq "svg") {
  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.
  set terminal svg size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt) fontscale 1.33 background "white"
} else {
  set terminal pngcairo size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt)
}
set output "scaling.".format
unset label
set key at screen 0.736,0.868 left top Left reverse noautotitle samplen 3 spacing 1.35
set label 1 "How do four strategies scale from one worker to eight, and what does the network" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "cost them?" at screen 0.02,0.919 left font sprintf("%s:Bold,%d", font, title_pt)
set label 3 "quickstart: strong scaling, global batch 512; simulated network: neutral (latency x1, bandwidth x1," at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "cross-traffic none). n = 1 run a point. Ideal: perfect scaling from the fastest at 1 worker, in each world." at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "Hidden, and so drawn wider: ps-sync (sim) under ps-async (sim)." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set xlabel "workers"
unset logscale x
set xrange [0.90125:8.87656]
set logscale x
set xtics nomirror ("1" 1, "2" 2, "4" 4, "8" 8)
set ylabel "throughput (samples/s)"
unset logscale y
set yrange [2661.98:61170.3]
set logscale y
set ytics nomirror ("5k" 5000, "10k" 10000, "20k" 20000, "50k" 50000)
plot keyentry with lines lc rgb colour_1 lw line_width title label_1, \
     keyentry with lines lc rgb colour_2 lw line_width title label_2, \
     keyentry with lines lc rgb colour_3 lw line_width title label_3, \
     keyentry with lines lc rgb colour_4 lw line_width title label_4, \
     keyentry with linespoints lc rgb "#404040" dt simulated lw 1.5 pt 6 ps point_size title "sim (simulated)", \
     keyentry with linespoints lc rgb "#404040" dt measured lw 1.5 pt 7 ps point_size title "threads (measured)", \
     "scaling.csv" using (curve(1, "x")):"median" with linespoints lc rgb colour_1 dt simulated lw line_width pt 6 ps point_size, \
     "scaling.csv" using (curve(2, "x")):"median" with linespoints lc rgb colour_1 dt measured lw line_width pt 7 ps point_size, \
     "scaling.csv" using (curve(3, "x")):"median" with linespoints lc rgb colour_2 dt simulated lw line_width + 3 pt 6 ps point_size + 0.6, \
     "scaling.csv" using (curve(4, "x")):"median" with linespoints lc rgb colour_2 dt measured lw line_width pt 7 ps point_size, \
     "scaling.csv" using (curve(5, "x")):"median" with linespoints lc rgb colour_3 dt simulated lw line_width pt 6 ps point_size, \
     "scaling.csv" using (curve(6, "x")):"median" with linespoints lc rgb colour_3 dt measured lw line_width pt 7 ps point_size, \
     "scaling.csv" using (curve(7, "x")):"median" with linespoints lc rgb colour_4 dt simulated lw line_width pt 6 ps point_size, \
     "scaling.csv" using (curve(8, "x")):"median" with linespoints lc rgb colour_4 dt measured lw line_width pt 7 ps point_size, \
     "scaling.csv" using (curve(9, "x")):"median" with lines lc rgb "#808080" lw 1.5 dt 3, \
     "scaling.csv" using (curve(10, "x")):"median" with lines lc rgb "#808080" lw 1.5 dt 3, \
     keyentry with lines lc rgb "#808080" lw 1.5 dt 3 title "ideal"
}
unset output
