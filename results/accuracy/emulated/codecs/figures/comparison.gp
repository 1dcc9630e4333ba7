# measured and predicted step times against workers
# Draw again with `gnuplot comparison.gp` in this folder: reads comparison.csv, writes comparison.svg and comparison.png.

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
colour_6 = "#56B4E9"
colour_7 = "#000000"

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
set output "comparison.".format
unset label
set label 1 "How much faster is a step with which codec, and does the simulation say so?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "codecs: weak scaling, batch 4 per worker; emulated and simulated network: star, 200Mbit/s, 18.43us, hosts of" at screen 0.02,0.127 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "1Gflop/s, neutral (latency x1, bandwidth x0.9425, cross-traffic none). Points: medians; bars: from the" at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "smallest to the largest; n = 1 (sim), 3 (tcp) runs per point. Error: predicted / measured - 1; median 2.8 %," at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "worst 8.6 %." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set multiplot
set lmargin at screen 0.648
set rmargin at screen 1.000
set bmargin at screen 0.251
set tmargin at screen 0.924
unset border
unset tics
unset xlabel
unset ylabel
unset logscale
set key inside left top vertical maxrows 9 Left reverse noautotitle samplen 3 spacing 1.35
plot [0:1][0:1] 2, \
     keyentry with lines lc rgb colour_1 dt measured lw line_width title "allreduce ring", \
     keyentry with lines lc rgb colour_2 dt measured lw line_width title "allreduce ring fp16", \
     keyentry with lines lc rgb colour_3 dt measured lw line_width title "allreduce ring qsgd 8 bits", \
     keyentry with lines lc rgb colour_4 dt measured lw line_width title "allreduce ring sign", \
     keyentry with lines lc rgb colour_5 dt measured lw line_width title "allreduce ring top-k 1 %", \
     keyentry with lines lc rgb colour_6 dt measured lw line_width title "allreduce ring random-k 1 %", \
     keyentry with lines lc rgb colour_7 dt measured lw line_width title "allreduce ring powersgd r=2", \
     keyentry with linespoints lc rgb "#606060" dt simulated lw line_width pt 6 ps point_size title "sim (simulated)", \
     keyentry with linespoints lc rgb "#606060" dt measured lw line_width pt 5 ps point_size title "tcp (measured)"
unset label
unset key
set border 3
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.648
set bmargin at screen 0.453
set tmargin at screen 0.904
set xlabel ""
unset logscale x
set xrange [1.88:4.12]
set xtics nomirror ("" 2, "" 4)
set ylabel "step time"
unset logscale y
set yrange [0.0202198:0.197469]
set logscale y
set ytics nomirror ("50 ms" 0.05, "100 ms" 0.1)
plot "comparison.csv" using (curve(1, "x")):"y" with linespoints lc rgb colour_1 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(2, "x")):"y":"low":"high" with yerrorbars lc rgb colour_1 pt 0 lw 1.5, \
     "comparison.csv" using (curve(2, "x")):"y" with linespoints lc rgb colour_1 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(3, "x")):"y" with linespoints lc rgb colour_2 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(4, "x")):"y":"low":"high" with yerrorbars lc rgb colour_2 pt 0 lw 1.5, \
     "comparison.csv" using (curve(4, "x")):"y" with linespoints lc rgb colour_2 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(5, "x")):"y" with linespoints lc rgb colour_3 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(6, "x")):"y":"low":"high" with yerrorbars lc rgb colour_3 pt 0 lw 1.5, \
     "comparison.csv" using (curve(6, "x")):"y" with linespoints lc rgb colour_3 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(7, "x")):"y" with linespoints lc rgb colour_4 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(8, "x")):"y":"low":"high" with yerrorbars lc rgb colour_4 pt 0 lw 1.5, \
     "comparison.csv" using (curve(8, "x")):"y" with linespoints lc rgb colour_4 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(9, "x")):"y" with linespoints lc rgb colour_5 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(10, "x")):"y":"low":"high" with yerrorbars lc rgb colour_5 pt 0 lw 1.5, \
     "comparison.csv" using (curve(10, "x")):"y" with linespoints lc rgb colour_5 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(11, "x")):"y" with linespoints lc rgb colour_6 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(12, "x")):"y":"low":"high" with yerrorbars lc rgb colour_6 pt 0 lw 1.5, \
     "comparison.csv" using (curve(12, "x")):"y" with linespoints lc rgb colour_6 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(13, "x")):"y" with linespoints lc rgb colour_7 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(14, "x")):"y":"low":"high" with yerrorbars lc rgb colour_7 pt 0 lw 1.5, \
     "comparison.csv" using (curve(14, "x")):"y" with linespoints lc rgb colour_7 dt measured lw line_width pt 5 ps point_size
set lmargin at screen 0.115
set rmargin at screen 0.648
set bmargin at screen 0.251
set tmargin at screen 0.418
set xlabel "workers"
unset logscale x
set xrange [1.88:4.12]
set xtics nomirror ("2" 2, "4" 4)
set ylabel "error (%)"
unset logscale y
set yrange [-9.94535:1]
set ytics nomirror ("-8" -8, "-6" -6, "-4" -4, "-2" -2, "0" 0)
plot 0 with lines lc rgb "#808080" lw 1.5, \
     "comparison.csv" using (curve(15, "x")):"y" with linespoints lc rgb colour_1 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(16, "x")):"y" with linespoints lc rgb colour_2 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(17, "x")):"y" with linespoints lc rgb colour_3 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(18, "x")):"y" with linespoints lc rgb colour_4 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(19, "x")):"y" with linespoints lc rgb colour_5 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(20, "x")):"y" with linespoints lc rgb colour_6 dt measured lw line_width pt 5 ps point_size, \
     "comparison.csv" using (curve(21, "x")):"y" with linespoints lc rgb colour_7 dt measured lw line_width pt 5 ps point_size
unset multiplot
}
unset output
