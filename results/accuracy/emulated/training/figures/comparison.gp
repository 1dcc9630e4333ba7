# Measured and predicted seconds a step against workers
# Draw again with `gnuplot comparison.gp` in this folder: reads comparison.csv, writes comparison.svg and comparison.png.

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
label_1 = "allreduce ring, bandwidth 100Mbit/s"
colour_2 = "#D55E00"
label_2 = "allreduce ring, bandwidth 300Mbit/s"
colour_3 = "#009E73"
label_3 = "allreduce ring, bandwidth 500Mbit/s"
colour_4 = "#CC79A7"
label_4 = "ps-sync, bandwidth 100Mbit/s"
colour_5 = "#E69F00"
label_5 = "ps-sync, bandwidth 300Mbit/s"
colour_6 = "#56B4E9"
label_6 = "ps-sync, bandwidth 500Mbit/s"

set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
curve(k, column_name) = column("curve") == k ? column(column_name) : NaN

set border 3 lc rgb "#404040"
set grid lt 1 lc rgb "#DDDDDD" lw 0.8
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.574
set bmargin at screen 0.217
set tmargin at screen 0.858

do for [format in "svg png"] {
if (format eq "svg") {
  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.
  set terminal svg size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt) fontscale 1.33 background "white"
} else {
  set terminal pngcairo size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt)
}
set output "comparison.".format
unset label
set key at screen 0.589,0.868 left top Left reverse noautotitle samplen 3 spacing 1.35
set label 1 "Does a calibration at 200 Mbit/s predict the step times of training with real" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "gradients at other rates?" at screen 0.02,0.919 left font sprintf("%s:Bold,%d", font, title_pt)
set label 3 "training: weak scaling, batch 16 a worker; simulated network: neutral (latency x1, bandwidth x0.9446," at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "cross-traffic none). Measured: medians, bars from the smallest to the largest; n = 1 (sim), 3 (tcp) runs a" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "point. Error: predicted / measured - 1; median 2.0 %, worst 6.8 %." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set multiplot
set bmargin at screen 0.425
set xlabel ""
unset logscale x
set xrange [1.86607:8.57419]
set logscale x
set xtics nomirror ("" 2, "" 4, "" 8)
set ylabel "step time"
unset logscale y
set yrange [0.0234232:1.49555]
set logscale y
set ytics nomirror ("50 ms" 0.05, "100 ms" 0.1, "200 ms" 0.2, "500 ms" 0.5, "1 s" 1)
plot keyentry with lines lc rgb colour_1 lw line_width title label_1, \
     keyentry with lines lc rgb colour_2 lw line_width title label_2, \
     keyentry with lines lc rgb colour_3 lw line_width title label_3, \
     keyentry with lines lc rgb colour_4 lw line_width title label_4, \
     keyentry with lines lc rgb colour_5 lw line_width title label_5, \
     keyentry with lines lc rgb colour_6 lw line_width title label_6, \
     keyentry with linespoints lc rgb "#404040" dt simulated lw 1.5 pt 6 ps point_size title "sim (simulated)", \
     keyentry with linespoints lc rgb "#404040" dt measured lw 1.5 pt 5 ps point_size title "tcp (measured)", \
     "comparison.csv" using (curve(1, "x")):"step_s" with linespoints lc rgb colour_1 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(2, "x")):"step_s":"low":"high" with yerrorbars lc rgb colour_1 pt 0 lw 1.5, \
     "comparison.csv" using (curve(2, "x")):"step_s" with linespoints lc rgb colour_1 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(3, "x")):"step_s" with linespoints lc rgb colour_2 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(4, "x")):"step_s":"low":"high" with yerrorbars lc rgb colour_2 pt 0 lw 1.5, \
     "comparison.csv" using (curve(4, "x")):"step_s" with linespoints lc rgb colour_2 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(5, "x")):"step_s" with linespoints lc rgb colour_3 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(6, "x")):"step_s":"low":"high" with yerrorbars lc rgb colour_3 pt 0 lw 1.5, \
     "comparison.csv" using (curve(6, "x")):"step_s" with linespoints lc rgb colour_3 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(7, "x")):"step_s" with linespoints lc rgb colour_4 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(8, "x")):"step_s":"low":"high" with yerrorbars lc rgb colour_4 pt 0 lw 1.5, \
     "comparison.csv" using (curve(8, "x")):"step_s" with linespoints lc rgb colour_4 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(9, "x")):"step_s" with linespoints lc rgb colour_5 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(10, "x")):"step_s":"low":"high" with yerrorbars lc rgb colour_5 pt 0 lw 1.5, \
     "comparison.csv" using (curve(10, "x")):"step_s" with linespoints lc rgb colour_5 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(11, "x")):"step_s" with linespoints lc rgb colour_6 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(12, "x")):"step_s":"low":"high" with yerrorbars lc rgb colour_6 pt 0 lw 1.5, \
     "comparison.csv" using (curve(12, "x")):"step_s" with linespoints lc rgb colour_6 dt measured lw line_width pt 5 ps point_size
unset label
unset key
set bmargin at screen 0.217
set tmargin at screen 0.390
set xlabel "workers"
unset logscale x
set xrange [1.86607:8.57419]
set logscale x
set xtics nomirror ("2" 2, "4" 4, "8" 8)
set ylabel "error (%)"
unset logscale y
set yrange [-7.78162:4.23341]
set ytics nomirror ("-5" -5, "0" 0)
plot 0 with lines lc rgb "#808080" lw 1.5, \
     "comparison.csv" using (curve(2, "x")):"error_percent" with linespoints lc rgb colour_1 lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(4, "x")):"error_percent" with linespoints lc rgb colour_2 lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(6, "x")):"error_percent" with linespoints lc rgb colour_3 lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(8, "x")):"error_percent" with linespoints lc rgb colour_4 lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(10, "x")):"error_percent" with linespoints lc rgb colour_5 lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(12, "x")):"error_percent" with linespoints lc rgb colour_6 lw line_width pt 5 ps point_size
unset multiplot
set tmargin at screen 0.858
}
unset output
