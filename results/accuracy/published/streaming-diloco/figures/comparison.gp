# measured and predicted step times against network bandwidth
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
set label 1 "Does a simulated ring need the bandwidth for DiLoCo that its authors computed?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "streaming-diloco: weak scaling, batch 8, 800 per worker; simulated network: star, bandwidth varied, 0s, hosts" at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "of 10Gflop/s, neutral (latency x1, bandwidth x1, cross-traffic none). n = 1 run per point. Error: predicted /" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "measured - 1; median 2.0 %, worst 5.3 %." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set multiplot
set lmargin at screen 0.749
set rmargin at screen 1.000
set bmargin at screen 0.217
set tmargin at screen 0.924
unset border
unset tics
unset xlabel
unset ylabel
unset logscale
set key inside left top vertical maxrows 4 Left reverse noautotitle samplen 3 spacing 1.35
plot [0:1][0:1] 2, \
     keyentry with lines lc rgb colour_1 dt measured lw line_width title "data parallel", \
     keyentry with lines lc rgb colour_2 dt measured lw line_width title "DiLoCo", \
     keyentry with linespoints lc rgb "#606060" dt simulated lw line_width pt 6 ps point_size title "sim (simulated)", \
     keyentry with linespoints lc rgb "#606060" dt measured lw line_width pt 13 ps point_size title "table (measured)"
unset label
unset key
set border 3
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.749
set bmargin at screen 0.428
set tmargin at screen 0.904
set xlabel ""
unset logscale x
set xrange [1.29595e+08:9.60443e+10]
set logscale x
set xtics nomirror ("" 1.75e+08, "" 7.75e+08, "" 2.9125e+09, "" 1.085e+10, "" 7.1125e+10)
set ylabel "step time"
unset logscale y
set yrange [0.0807791:25]
set logscale y
set ytics nomirror ("100 ms" 0.1, "200 ms" 0.2, "500 ms" 0.5, "1 s" 1, "2 s" 2, "5 s" 5, "10 s" 10, "20 s" 20)
plot "comparison.csv" using (curve(1, "x")):"y" with linespoints lc rgb colour_1 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(2, "x")):"y" with linespoints lc rgb colour_1 dt measured lw line_width pt 13 ps point_size, \
     "comparison.csv" using (curve(3, "x")):"y" with linespoints lc rgb colour_2 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(4, "x")):"y" with linespoints lc rgb colour_2 dt measured lw line_width pt 13 ps point_size
set lmargin at screen 0.115
set rmargin at screen 0.749
set bmargin at screen 0.217
set tmargin at screen 0.393
set xlabel "network bandwidth"
unset logscale x
set xrange [1.29595e+08:9.60443e+10]
set logscale x
set xtics nomirror ("1.4Gbit/s" 1.75e+08, "6.2Gbit/s" 7.75e+08, "23.3Gbit/s" 2.9125e+09, "86.8Gbit/s" 1.085e+10, "569Gbit/s" 7.1125e+10)
set ylabel "error (%)"
unset logscale y
set yrange [-6.13127:1]
set ytics nomirror ("-6" -6, "-4" -4, "-2" -2, "0" 0)
plot 0 with lines lc rgb "#808080" lw 1.5, \
     "comparison.csv" using (curve(5, "x")):"y" with linespoints lc rgb colour_1 dt measured lw line_width pt 13 ps point_size, \
     "comparison.csv" using (curve(6, "x")):"y" with linespoints lc rgb colour_2 dt measured lw line_width pt 13 ps point_size
unset multiplot
}
unset output
