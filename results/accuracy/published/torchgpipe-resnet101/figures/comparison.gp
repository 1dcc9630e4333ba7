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
label_1 = "ResNet-101"

set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
curve(k, column_name) = column("curve") == k ? column(column_name) : NaN

set border 3 lc rgb "#404040"
set grid lt 1 lc rgb "#DDDDDD" lw 0.8
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.740
set bmargin at screen 0.217
set tmargin at screen 0.904

do for [format in "svg png"] {
if (format eq "svg") {
  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.
  set terminal svg size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt) fontscale 1.33 background "white"
} else {
  set terminal pngcairo size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt)
}
set output "comparison.".format
unset label
set key at screen 0.755,0.914 left top Left reverse noautotitle samplen 3 spacing 1.35
set label 1 "What does recomputation cost torchgpipe, and what do its unequal partitions?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "torchgpipe-resnet101: the batch differs by point, global 220, 5400, 5632, 25000; simulated network: neutral" at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "(latency x1, bandwidth x1, cross-traffic none). Measured: medians, bars from the smallest to the largest; n =" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "1 run a point. Error: predicted / measured - 1; median 6.3 %, worst 26.0 %." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set multiplot
set bmargin at screen 0.437
set xlabel ""
unset logscale x
set xrange [0.90125:8.87656]
set logscale x
set xtics nomirror ("" 1, "" 2, "" 4, "" 8)
set ylabel "step time"
unset logscale y
set yrange [2.14197:230.561]
set logscale y
set ytics nomirror ("5 s" 5, "10 s" 10, "20 s" 20, "50 s" 50, "100 s" 100, "200 s" 200)
plot keyentry with lines lc rgb colour_1 lw line_width title label_1, \
     keyentry with linespoints lc rgb "#404040" dt simulated lw 1.5 pt 6 ps point_size title "sim (simulated)", \
     keyentry with linespoints lc rgb "#404040" dt measured lw 1.5 pt 13 ps point_size title "table (measured)", \
     "comparison.csv" using (curve(1, "x")):"step_s" with linespoints lc rgb colour_1 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(2, "x")):"step_s" with linespoints lc rgb colour_1 dt measured lw line_width pt 13 ps point_size
unset label
unset key
set bmargin at screen 0.217
set tmargin at screen 0.402
set xlabel "workers"
unset logscale x
set xrange [0.90125:8.87656]
set logscale x
set xtics nomirror ("1" 1, "2" 2, "4" 4, "8" 8)
set ylabel "error (%)"
unset logscale y
set yrange [-29.9486:1]
set ytics nomirror ("-20" -20, "-10" -10, "0" 0)
plot 0 with lines lc rgb "#808080" lw 1.5, \
     "comparison.csv" using (curve(2, "x")):"error_percent" with linespoints lc rgb colour_1 lw line_width pt 13 ps point_size
unset multiplot
set tmargin at screen 0.904
}
unset output
