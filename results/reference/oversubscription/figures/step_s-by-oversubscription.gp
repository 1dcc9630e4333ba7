# step time against network oversubscription
# Draw again with `gnuplot step_s-by-oversubscription.gp` in this folder: reads step_s-by-oversubscription.csv, writes step_s-by-oversubscription.svg and step_s-by-oversubscription.png.

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
set output "step_s-by-oversubscription.".format
unset label
set label 1 "How far can racks be oversubscribed before an all-reduce slows down?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "oversubscription: weak scaling, batch 32 per worker; simulated network: two-tier, 10Gbit/s, 20us, hosts of" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "10Gflop/s, neutral (latency x1, bandwidth x1, cross-traffic none). n = 1 run per point." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set lmargin at screen 0.115
set rmargin at screen 0.657
set bmargin at screen 0.183
set tmargin at screen 0.904
set key at screen 0.672,0.914 left top Left reverse noautotitle samplen 3 spacing 1.35
set lmargin at screen 0.115
set rmargin at screen 0.657
set bmargin at screen 0.183
set tmargin at screen 0.904
set xlabel "network oversubscription"
unset logscale x
set xrange [0.840896:38.0546]
set logscale x
set xtics nomirror ("1" 1, "2" 2, "4" 4, "8" 8, "16" 16, "32" 32)
set ylabel "step time"
unset logscale y
set yrange [0.209226:5.88212]
set logscale y
set ytics nomirror ("500 ms" 0.5, "1 s" 1, "2 s" 2, "5 s" 5)
plot keyentry with lines lc rgb colour_1 dt simulated lw line_width title "allreduce ring", \
     keyentry with lines lc rgb colour_2 dt simulated lw line_width title "allreduce halving-doubling", \
     keyentry with linespoints lc rgb "#606060" dt simulated lw line_width pt 6 ps point_size title "sim (simulated)", \
     "step_s-by-oversubscription.csv" using (curve(1, "x")):"y" with linespoints lc rgb colour_1 dt simulated lw line_width pt 6 ps point_size, \
     "step_s-by-oversubscription.csv" using (curve(2, "x")):"y" with linespoints lc rgb colour_2 dt simulated lw line_width pt 6 ps point_size
}
unset output
