# training loss against steps and seconds
# Draw again with `gnuplot loss.gp` in this folder: reads loss.csv, writes loss.svg and loss.png.

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

set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
curve(k, column_name) = column("curve") == k ? column(column_name) : NaN
mark(k, column_name) = column("marked") == 1 ? curve(k, column_name) : NaN

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
set output "loss.".format
unset label
set label 1 "Do ten workers recover the known weights of a linear model?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "linear-regression-10-nodes: strong scaling, global batch 500; simulated network: star, 10Gbit/s, 50us, hosts" at screen 0.02,0.127 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "of 10Gflop/s, neutral (latency x1, bandwidth x1, cross-traffic none). Each curve: the first run with 10" at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "workers. A step is one global batch. Against steps these coincide: allreduce ring (sim), allreduce ring" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "(threads), allreduce ring (tcp)." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set multiplot
set lmargin at screen 0.000
set rmargin at screen 1.000
set bmargin at screen 0.808
set tmargin at screen 0.924
unset border
unset tics
unset xlabel
unset ylabel
unset logscale
set key inside left top vertical maxrows 2 Left reverse noautotitle samplen 3 spacing 1.35
plot [0:1][0:1] 2, \
     keyentry with lines lc rgb colour_1 dt measured lw line_width title "allreduce ring", \
     keyentry with linespoints lc rgb "#606060" dt simulated lw line_width pt 6 ps point_size title "sim (simulated)", \
     keyentry with linespoints lc rgb "#606060" dt measured lw line_width pt 7 ps point_size title "threads (measured)", \
     keyentry with linespoints lc rgb "#606060" dt measured lw line_width pt 5 ps point_size title "tcp (measured)"
unset label
unset key
set border 3
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.505
set bmargin at screen 0.251
set tmargin at screen 0.788
set xlabel "step"
unset logscale x
set xrange [0:432]
set xtics nomirror ("0" 0, "100" 100, "200" 200, "300" 300, "400" 400)
set ylabel "training loss"
unset logscale y
set yrange [1.61913e-12:43.0162]
set logscale y
set ytics nomirror ("1e-10" 1e-10, "1e-08" 1e-08, "1e-06" 1e-06, "0.0001" 0.0001, "0.01" 0.01, "1" 1)
plot "loss.csv" using (curve(1, "x")):"y" with lines lc rgb colour_1 dt simulated lw line_width, \
     "loss.csv" using (curve(2, "x")):"y" with lines lc rgb colour_1 dt measured lw line_width, \
     "loss.csv" using (curve(3, "x")):"y" with lines lc rgb colour_1 dt measured lw line_width, \
     "loss.csv" using (mark(1, "x")):"y" with points lc rgb colour_1 lw 1.5 pt 6 ps point_size, \
     "loss.csv" using (mark(2, "x")):"y" with points lc rgb colour_1 lw 1.5 pt 7 ps point_size, \
     "loss.csv" using (mark(3, "x")):"y" with points lc rgb colour_1 lw 1.5 pt 5 ps point_size
set lmargin at screen 0.590
set rmargin at screen 0.980
set bmargin at screen 0.251
set tmargin at screen 0.788
set xlabel "time"
unset logscale x
set xrange [0:0.389038]
set xtics nomirror ("0 ms" 0, "100 ms" 0.1, "200 ms" 0.2, "300 ms" 0.3)
set ylabel ""
unset logscale y
set yrange [1.61913e-12:43.0162]
set logscale y
set ytics nomirror ("1e-10" 1e-10, "1e-08" 1e-08, "1e-06" 1e-06, "0.0001" 0.0001, "0.01" 0.01, "1" 1)
plot "loss.csv" using (curve(4, "x")):"y" with lines lc rgb colour_1 dt simulated lw line_width, \
     "loss.csv" using (curve(5, "x")):"y" with lines lc rgb colour_1 dt measured lw line_width, \
     "loss.csv" using (curve(6, "x")):"y" with lines lc rgb colour_1 dt measured lw line_width, \
     "loss.csv" using (mark(4, "x")):"y" with points lc rgb colour_1 lw 1.5 pt 6 ps point_size, \
     "loss.csv" using (mark(5, "x")):"y" with points lc rgb colour_1 lw 1.5 pt 7 ps point_size, \
     "loss.csv" using (mark(6, "x")):"y" with points lc rgb colour_1 lw 1.5 pt 5 ps point_size
unset multiplot
}
unset output
