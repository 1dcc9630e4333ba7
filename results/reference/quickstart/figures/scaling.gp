# throughput against workers
# Draw again with `gnuplot scaling.gp` in this folder: reads scaling.csv, writes scaling.svg and scaling.png.

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
set output "scaling.".format
unset label
set label 1 "How do three strategies scale from one worker to six, and does the simulation" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "foresee it?" at screen 0.02,0.919 left font sprintf("%s:Bold,%d", font, title_pt)
set label 3 "quickstart: strong scaling, global batch 512; emulated and simulated network: star, 100Mbit/s, 1ms, hosts of" at screen 0.02,0.127 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "1Gflop/s, neutral (latency x1, bandwidth x0.945, cross-traffic none). n = 1 run per point. Ideal: perfect" at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "scaling from the fastest at 1 worker, in each world. Prediction against measurement (tcp on emulated links):" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 6 "error of a step 5.2 % in the median, 6.1 % at worst, over 12 points." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set lmargin at screen 0.115
set rmargin at screen 0.758
set bmargin at screen 0.251
set tmargin at screen 0.858
set key at screen 0.773,0.868 left top Left reverse noautotitle samplen 3 spacing 1.35
set lmargin at screen 0.115
set rmargin at screen 0.758
set bmargin at screen 0.251
set tmargin at screen 0.858
set xlabel "workers"
unset logscale x
set xrange [0.914308:6.56234]
set logscale x
set xtics nomirror ("1" 1, "2" 2, "4" 4, "6" 6)
set ylabel "throughput (samples/s)"
unset logscale y
set yrange [319.292:2269.62]
set logscale y
set ytics nomirror ("500" 500, "1k" 1000, "2k" 2000)
plot keyentry with lines lc rgb colour_1 dt measured lw line_width title "allreduce ring", \
     keyentry with lines lc rgb colour_2 dt measured lw line_width title "ps-sync", \
     keyentry with lines lc rgb colour_3 dt measured lw line_width title "pipeline m=8", \
     keyentry with linespoints lc rgb "#606060" dt simulated lw line_width pt 6 ps point_size title "sim (simulated)", \
     keyentry with linespoints lc rgb "#606060" dt measured lw line_width pt 5 ps point_size title "tcp (measured)", \
     keyentry with lines lc rgb "#606060" dt by_formula lw 1.5 title "ideal", \
     "scaling.csv" using (curve(1, "x")):"y" with linespoints lc rgb colour_1 dt simulated lw line_width pt 6 ps point_size, \
     "scaling.csv" using (curve(2, "x")):"y" with linespoints lc rgb colour_1 dt measured lw line_width pt 5 ps point_size, \
     "scaling.csv" using (curve(3, "x")):"y" with linespoints lc rgb colour_2 dt simulated lw line_width pt 6 ps point_size, \
     "scaling.csv" using (curve(4, "x")):"y" with linespoints lc rgb colour_2 dt measured lw line_width pt 5 ps point_size, \
     "scaling.csv" using (curve(5, "x")):"y" with linespoints lc rgb colour_3 dt simulated lw line_width pt 6 ps point_size, \
     "scaling.csv" using (curve(6, "x")):"y" with linespoints lc rgb colour_3 dt measured lw line_width pt 5 ps point_size, \
     "scaling.csv" using (curve(7, "x")):"y" with lines lc rgb "#606060" dt by_formula lw 1.5, \
     "scaling.csv" using (curve(8, "x")):"y" with lines lc rgb "#606060" dt by_formula lw 1.5
}
unset output
