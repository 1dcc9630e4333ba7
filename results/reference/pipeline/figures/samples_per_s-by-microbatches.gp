# throughput against microbatches
# Draw again with `gnuplot samples_per_s-by-microbatches.gp` in this folder: reads samples_per_s-by-microbatches.csv, writes samples_per_s-by-microbatches.svg and samples_per_s-by-microbatches.png.

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
set output "samples_per_s-by-microbatches.".format
unset label
set label 1 "How many micro-batches does a pipeline need before its bubble is gone?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "pipeline: strong scaling, global batch 256; simulated network: star, 10Gbit/s, 20us, hosts of 1Tflop/s," at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "neutral (latency x1, bandwidth x1, cross-traffic none). n = 1 run per point. Ideal: perfect scaling from the" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "fastest at 1 worker, in each world." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set lmargin at screen 0.115
set rmargin at screen 0.758
set bmargin at screen 0.217
set tmargin at screen 0.904
set key at screen 0.773,0.914 left top Left reverse noautotitle samplen 3 spacing 1.35
set lmargin at screen 0.115
set rmargin at screen 0.758
set bmargin at screen 0.217
set tmargin at screen 0.904
set xlabel "microbatches"
unset logscale x
set xrange [0.812252:78.7932]
set logscale x
set xtics nomirror ("1" 1, "2" 2, "4" 4, "8" 8, "16" 16, "32" 32, "64" 64)
set ylabel "throughput (samples/s)"
unset logscale y
set yrange [89.5144:1422.07]
set logscale y
set ytics nomirror ("100" 100, "200" 200, "500" 500, "1k" 1000)
plot keyentry with lines lc rgb colour_1 dt simulated lw line_width title "workers 1", \
     keyentry with lines lc rgb colour_2 dt simulated lw line_width title "workers 2", \
     keyentry with lines lc rgb colour_3 dt simulated lw line_width title "workers 4", \
     keyentry with lines lc rgb colour_4 dt simulated lw line_width title "workers 8", \
     keyentry with linespoints lc rgb "#606060" dt simulated lw line_width pt 6 ps point_size title "sim (simulated)", \
     keyentry with lines lc rgb "#606060" dt by_formula lw 1.5 title "ideal", \
     "samples_per_s-by-microbatches.csv" using (curve(1, "x")):"y" with linespoints lc rgb colour_1 dt simulated lw line_width pt 6 ps point_size, \
     "samples_per_s-by-microbatches.csv" using (curve(2, "x")):"y" with linespoints lc rgb colour_2 dt simulated lw line_width pt 6 ps point_size, \
     "samples_per_s-by-microbatches.csv" using (curve(3, "x")):"y" with linespoints lc rgb colour_3 dt simulated lw line_width pt 6 ps point_size, \
     "samples_per_s-by-microbatches.csv" using (curve(4, "x")):"y" with linespoints lc rgb colour_4 dt simulated lw line_width pt 6 ps point_size, \
     "samples_per_s-by-microbatches.csv" using (curve(5, "x")):"y" with lines lc rgb colour_2 dt by_formula lw 1.5, \
     "samples_per_s-by-microbatches.csv" using (curve(6, "x")):"y" with lines lc rgb colour_3 dt by_formula lw 1.5, \
     "samples_per_s-by-microbatches.csv" using (curve(7, "x")):"y" with lines lc rgb colour_4 dt by_formula lw 1.5
}
unset output
