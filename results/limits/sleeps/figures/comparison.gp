# Measured and predicted seconds a step against model flops per sample
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
label_1 = "single"

set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
curve(k, column_name) = column("curve") == k ? column(column_name) : NaN

set border 3 lc rgb "#404040"
set grid lt 1 lc rgb "#DDDDDD" lw 0.8
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.721
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
set key at screen 0.736,0.914 left top Left reverse noautotitle samplen 3 spacing 1.35
set label 1 "From which size on does an emulated computation take as long as it should?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "sleeps: weak scaling, batch 1 a worker; simulated network: neutral (latency x1, bandwidth x1, cross-traffic" at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "none). Measured: medians, bars from the smallest to the largest; n = 1 (sim), 3 (threads) runs a point. Error:" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "predicted / measured - 1; median 1.4 %, worst 7.1 %." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set multiplot
set bmargin at screen 0.437
set xlabel ""
unset logscale x
set xrange [0.76:5.24]
set xtics nomirror ("" 1, "" 2, "" 3, "" 4, "" 5)
set ylabel "step time"
unset logscale y
set yrange [2.4e-05:0.0125146]
set logscale y
set ytics nomirror ("50 us" 5e-05, "100 us" 0.0001, "200 us" 0.0002, "500 us" 0.0005, "1 ms" 0.001, "2 ms" 0.002, "5 ms" 0.005, "10 ms" 0.01)
plot keyentry with lines lc rgb colour_1 lw line_width title label_1, \
     keyentry with linespoints lc rgb "#404040" dt simulated lw 1.5 pt 6 ps point_size title "sim (simulated)", \
     keyentry with linespoints lc rgb "#404040" dt measured lw 1.5 pt 7 ps point_size title "threads (measured)", \
     "comparison.csv" using (curve(1, "x")):"step_s" with linespoints lc rgb colour_1 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(2, "x")):"step_s":"low":"high" with yerrorbars lc rgb colour_1 pt 0 lw 1.5, \
     "comparison.csv" using (curve(2, "x")):"step_s" with linespoints lc rgb colour_1 dt measured lw line_width pt 7 ps point_size
unset label
unset key
set bmargin at screen 0.217
set tmargin at screen 0.402
set xlabel "model flops per sample"
unset logscale x
set xrange [0.76:5.24]
set xtics nomirror ("0.03Mflop" 1, "0.1Mflop" 2, "0.3Mflop" 3, "1Mflop" 4, "10Mflop" 5)
set ylabel "error (%)"
unset logscale y
set yrange [-8.18039:1]
set ytics nomirror ("-8" -8, "-6" -6, "-4" -4, "-2" -2, "0" 0)
plot 0 with lines lc rgb "#808080" lw 1.5, \
     "comparison.csv" using (curve(2, "x")):"error_percent" with linespoints lc rgb colour_1 lw line_width pt 7 ps point_size
unset multiplot
set tmargin at screen 0.904
}
unset output
