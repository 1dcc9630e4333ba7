# step time against network oversubscription
# Draw again with `gnuplot step_s-by-oversubscription.gp` in this folder: reads step_s-by-oversubscription.csv, writes step_s-by-oversubscription.svg and step_s-by-oversubscription.png.

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
label_2 = "allreduce halving-doubling"

set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
curve(k, column_name) = column("curve") == k ? column(column_name) : NaN

set border 3 lc rgb "#404040"
set grid lt 1 lc rgb "#DDDDDD" lw 0.8
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.657
set bmargin at screen 0.183
set tmargin at screen 0.904

do for [format in "svg png"] {
if (format eq "svg") {
  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.
  set terminal svg size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt) fontscale 1.33 background "white"
} else {
  set terminal pngcairo size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt)
}
set output "step_s-by-oversubscription.".format
unset label
set key at screen 0.672,0.914 left top Left reverse noautotitle samplen 3 spacing 1.35
set label 1 "How far can racks be oversubscribed before an all-reduce slows down?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "oversubscription: weak scaling, batch 32 a worker; simulated network: neutral (latency x1, bandwidth x1," at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "cross-traffic none). n = 1 run a point." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set xlabel "network oversubscription"
unset logscale x
set xrange [0.840896:38.0546]
set logscale x
set xtics nomirror ("1" 1, "2" 2, "4" 4, "8" 8, "16" 16, "32" 32)
set ylabel "step time"
unset logscale y
set yrange [0.209227:5.88213]
set logscale y
set ytics nomirror ("500 ms" 0.5, "1 s" 1, "2 s" 2, "5 s" 5)
plot keyentry with lines lc rgb colour_1 lw line_width title label_1, \
     keyentry with lines lc rgb colour_2 lw line_width title label_2, \
     keyentry with linespoints lc rgb "#404040" dt simulated lw 1.5 pt 6 ps point_size title "sim (simulated)", \
     "step_s-by-oversubscription.csv" using (curve(1, "x")):"median" with linespoints lc rgb colour_1 dt simulated lw line_width pt 6 ps point_size, \
     "step_s-by-oversubscription.csv" using (curve(2, "x")):"median" with linespoints lc rgb colour_2 dt simulated lw line_width pt 6 ps point_size
}
unset output
