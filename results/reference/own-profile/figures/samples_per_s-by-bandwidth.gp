# throughput against network bandwidth
# Draw again with `gnuplot samples_per_s-by-bandwidth.gp` in this folder: reads samples_per_s-by-bandwidth.csv, writes samples_per_s-by-bandwidth.svg and samples_per_s-by-bandwidth.png.

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
set output "samples_per_s-by-bandwidth.".format
unset label
set label 1 "From which bandwidth on do sixteen workers train AlexNet faster than ResNet-50?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "own-profile: weak scaling, batch 32 per worker; simulated network: star, bandwidth varied, 20us, hosts of" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "5Tflop/s, neutral (latency x1, bandwidth x1, cross-traffic none). n = 1 run per point." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set lmargin at screen 0.115
set rmargin at screen 0.592
set bmargin at screen 0.183
set tmargin at screen 0.904
set key at screen 0.607,0.914 left top Left reverse noautotitle samplen 3 spacing 1.35
set lmargin at screen 0.115
set rmargin at screen 0.592
set bmargin at screen 0.183
set tmargin at screen 0.904
set xlabel "network bandwidth"
unset logscale x
set xrange [9.9291e+07:1.57366e+10]
set logscale x
set xtics nomirror ("1Gbit/s" 1.25e+08, "5Gbit/s" 6.25e+08, "10Gbit/s" 1.25e+09, "25Gbit/s" 3.125e+09, "50Gbit/s" 6.25e+09, "100Gbit/s" 1.25e+10)
set ylabel "throughput (samples/s)"
unset logscale y
set yrange [110.907:10033.6]
set logscale y
set ytics nomirror ("200" 200, "500" 500, "1k" 1000, "2k" 2000, "5k" 5000, "10k" 10000)
plot keyentry with lines lc rgb colour_1 dt simulated lw line_width title "profile resnet50", \
     keyentry with lines lc rgb colour_2 dt simulated lw line_width title "profile own-profiles/alexnet.yaml", \
     keyentry with linespoints lc rgb "#606060" dt simulated lw line_width pt 6 ps point_size title "sim (simulated)", \
     "samples_per_s-by-bandwidth.csv" using (curve(1, "x")):"y" with linespoints lc rgb colour_1 dt simulated lw line_width pt 6 ps point_size, \
     "samples_per_s-by-bandwidth.csv" using (curve(2, "x")):"y" with linespoints lc rgb colour_2 dt simulated lw line_width pt 6 ps point_size
}
unset output
