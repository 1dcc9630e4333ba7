# step time against noise mean
# Draw again with `gnuplot step_s-by-mean.gp` in this folder: reads step_s-by-mean.csv, writes step_s-by-mean.svg and step_s-by-mean.png.

# Style
font = "DejaVu Sans"
text_pt = 12
title_pt = 14
caption_pt = 11
box_pt = 9
width_px = 900
height_px = 600
line_width = 2.5
point_size = 1.1
measured = 1   # dash types
simulated = 2
set dashtype 2 (10, 6)
by_formula = 3
colour_1 = "#0072B2"
colour_2 = "#D55E00"
colour_3 = "#009E73"
colour_4 = "#CC79A7"
colour_5 = "#E69F00"

set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
curve(k, column_name) = column("curve") == k ? column(column_name) : NaN

set border 3 lc rgb "#404040"
set grid lt 1 lc rgb "#DDDDDD" lw 0.8
set tics nomirror
set xtics

formats = "svg png"
do for [format in formats] {
if (format eq "svg") {
  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.
  set terminal svg size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt) fontscale 1.33 background "white"
} else { if (format eq "pdf") {
  set terminal pdfcairo size width_px/96.0,height_px/96.0 noenhanced font sprintf("%s,%d", font, text_pt)
} else {
  set terminal pngcairo size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt)
}}
set output "step_s-by-mean.".format
unset label
set label 1 "What do random delays cost strategies that wait for all workers, and those that do" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "not?" at screen 0.02,0.919 left font sprintf("%s:Bold,%d", font, title_pt)
set label 3 "stragglers: weak scaling, batch 32 per worker; simulated network: star, 100Gbit/s, 20us, hosts of 10Gflop/s," at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "neutral (latency x1, bandwidth x1, cross-traffic none). n = 1 run per point. Hidden, and so drawn wider:" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "allreduce ring (sim) under ps-sync x16 (sim)." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set lmargin at screen 0.115
set rmargin at screen 0.749
set bmargin at screen 0.217
set tmargin at screen 0.858
set key at screen 0.764,0.868 left top Left reverse noautotitle samplen 3 spacing 1.35
set lmargin at screen 0.115
set rmargin at screen 0.749
set bmargin at screen 0.217
set tmargin at screen 0.858
set xlabel "noise mean"
unset logscale x
set xrange [-0.006:0.106]
set xtics nomirror ("0ms" 0, "10ms" 0.01, "20ms" 0.02, "50ms" 0.05, "100ms" 0.1)
set ylabel "step time"
unset logscale y
set yrange [0.0927474:0.598733]
set logscale y
set ytics nomirror ("100 ms" 0.1, "200 ms" 0.2, "500 ms" 0.5)
plot keyentry with lines lc rgb colour_1 dt simulated lw line_width title "allreduce ring", \
     keyentry with lines lc rgb colour_2 dt simulated lw line_width title "ps-sync x16", \
     keyentry with lines lc rgb colour_3 dt simulated lw line_width title "ps-async x16 s=1", \
     keyentry with lines lc rgb colour_4 dt simulated lw line_width title "ps-async x16 s=4", \
     keyentry with lines lc rgb colour_5 dt simulated lw line_width title "ps-async x16", \
     keyentry with linespoints lc rgb "#606060" dt simulated lw line_width pt 6 ps point_size title "sim (simulated)", \
     "step_s-by-mean.csv" using (curve(1, "x")):"y" with linespoints lc rgb colour_1 dt simulated lw line_width + 3 pt 6 ps point_size + 0.6, \
     "step_s-by-mean.csv" using (curve(2, "x")):"y" with linespoints lc rgb colour_2 dt simulated lw line_width pt 6 ps point_size, \
     "step_s-by-mean.csv" using (curve(3, "x")):"y" with linespoints lc rgb colour_3 dt simulated lw line_width pt 6 ps point_size, \
     "step_s-by-mean.csv" using (curve(4, "x")):"y" with linespoints lc rgb colour_4 dt simulated lw line_width pt 6 ps point_size, \
     "step_s-by-mean.csv" using (curve(5, "x")):"y" with linespoints lc rgb colour_5 dt simulated lw line_width pt 6 ps point_size
}
unset output
