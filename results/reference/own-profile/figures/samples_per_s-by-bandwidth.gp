# throughput against cluster.network.bandwidth
# Draw again with `gnuplot samples_per_s-by-bandwidth.gp` in this folder: reads samples_per_s-by-bandwidth.csv, writes samples_per_s-by-bandwidth.svg and samples_per_s-by-bandwidth.png.

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
colour_1 = "#0072B2"
label_1 = "profile resnet50"
colour_2 = "#D55E00"
label_2 = "profile own-profiles/alexnet.yaml"

set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
curve(k, column_name) = column("curve") == k ? column(column_name) : NaN

set border 3 lc rgb "#404040"
set grid lt 1 lc rgb "#DDDDDD" lw 0.8
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.592
set bmargin at screen 0.183
set tmargin at screen 0.904

do for [format in "svg png"] {
if (format eq "svg") {
  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.
  set terminal svg size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt) fontscale 1.33 background "white"
} else {
  set terminal pngcairo size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt)
}
set output "samples_per_s-by-bandwidth.".format
unset label
set key at screen 0.607,0.914 left top Left reverse noautotitle samplen 3 spacing 1.35
set label 1 "From which bandwidth on do sixteen workers train AlexNet faster than ResNet-50?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "own-profile: weak scaling, batch 32 a worker; simulated network: neutral (latency x1, bandwidth x1, cross-traffic" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "none). n = 1 run a point." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set xlabel "cluster.network.bandwidth"
set xrange [0.7:6.3]
unset logscale x
set xtics nomirror ("1Gbit/s" 1, "5Gbit/s" 2, "10Gbit/s" 3, "25Gbit/s" 4, "50Gbit/s" 5, "100Gbit/s" 6)
set ylabel "throughput (samples/s)"
set yrange [110.907:10033.6]
set logscale y
set ytics nomirror ("200" 200, "500" 500, "1k" 1000, "2k" 2000, "5k" 5000, "10k" 10000)
plot keyentry with lines lc rgb colour_1 lw line_width title label_1, \
     keyentry with lines lc rgb colour_2 lw line_width title label_2, \
     keyentry with linespoints lc rgb "#404040" dt simulated lw 1.5 pt 6 ps point_size title "sim (simulated)", \
     "samples_per_s-by-bandwidth.csv" using (curve(1, "x")):"median" with linespoints lc rgb colour_1 dt simulated lw line_width pt 6 ps point_size, \
     "samples_per_s-by-bandwidth.csv" using (curve(2, "x")):"median" with linespoints lc rgb colour_2 dt simulated lw line_width pt 6 ps point_size
}
unset output
