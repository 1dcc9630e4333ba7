# step time against noise mean
# Draw again with `gnuplot step_s-by-mean.gp` in this folder: reads step_s-by-mean.csv, writes step_s-by-mean.svg and step_s-by-mean.png.

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
label_2 = "ps-sync x16"
colour_3 = "#009E73"
label_3 = "ps-async x16 s=1"
colour_4 = "#CC79A7"
label_4 = "ps-async x16 s=4"
colour_5 = "#E69F00"
label_5 = "ps-async x16"

set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
curve(k, column_name) = column("curve") == k ? column(column_name) : NaN

set border 3 lc rgb "#404040"
set grid lt 1 lc rgb "#DDDDDD" lw 0.8
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.749
set bmargin at screen 0.217
set tmargin at screen 0.858

do for [format in "svg png"] {
if (format eq "svg") {
  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.
  set terminal svg size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt) fontscale 1.33 background "white"
} else {
  set terminal pngcairo size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt)
}
set output "step_s-by-mean.".format
unset label
set key at screen 0.764,0.868 left top Left reverse noautotitle samplen 3 spacing 1.35
set label 1 "What do random delays cost strategies that wait for all workers, and those that do" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "not?" at screen 0.02,0.919 left font sprintf("%s:Bold,%d", font, title_pt)
set label 3 "stragglers: weak scaling, batch 32 a worker; simulated network: neutral (latency x1, bandwidth x1," at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "cross-traffic none). n = 1 run a point. Hidden, and so drawn wider: allreduce ring (sim) under ps-sync x16" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "(sim)." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set xlabel "noise mean"
unset logscale x
set xrange [0.76:5.24]
set xtics nomirror ("0ms" 1, "10ms" 2, "20ms" 3, "50ms" 4, "100ms" 5)
set ylabel "step time"
unset logscale y
set yrange [0.0927474:0.598733]
set logscale y
set ytics nomirror ("100 ms" 0.1, "200 ms" 0.2, "500 ms" 0.5)
plot keyentry with lines lc rgb colour_1 lw line_width title label_1, \
     keyentry with lines lc rgb colour_2 lw line_width title label_2, \
     keyentry with lines lc rgb colour_3 lw line_width title label_3, \
     keyentry with lines lc rgb colour_4 lw line_width title label_4, \
     keyentry with lines lc rgb colour_5 lw line_width title label_5, \
     keyentry with linespoints lc rgb "#404040" dt simulated lw 1.5 pt 6 ps point_size title "sim (simulated)", \
     "step_s-by-mean.csv" using (curve(1, "x")):"median" with linespoints lc rgb colour_1 dt simulated lw line_width + 3 pt 6 ps point_size + 0.6, \
     "step_s-by-mean.csv" using (curve(2, "x")):"median" with linespoints lc rgb colour_2 dt simulated lw line_width pt 6 ps point_size, \
     "step_s-by-mean.csv" using (curve(3, "x")):"median" with linespoints lc rgb colour_3 dt simulated lw line_width pt 6 ps point_size, \
     "step_s-by-mean.csv" using (curve(4, "x")):"median" with linespoints lc rgb colour_4 dt simulated lw line_width pt 6 ps point_size, \
     "step_s-by-mean.csv" using (curve(5, "x")):"median" with linespoints lc rgb colour_5 dt simulated lw line_width pt 6 ps point_size
}
unset output
