# measured and predicted step times against model profile
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
set label 1 "Does one measured step of 22 billion parameters predict those of 175 billion, and" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "what recomputation costs?" at screen 0.02,0.919 left font sprintf("%s:Bold,%d", font, title_pt)
set label 3 "megatron: the batch differs by point, global 4, 64; simulated network: star, 1.6Tbit/s, 5us, hosts of" at screen 0.02,0.127 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "205Tflop/s, neutral (latency x1, bandwidth x1, cross-traffic none), rings in blocks. n = 1 run per point." at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "Error: predicted / measured - 1; median 1.5 %, worst 2.4 %. Points are not joined: the batch differs from one" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 6 "to the next." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set multiplot
set lmargin at screen 0.657
set rmargin at screen 1.000
set bmargin at screen 0.251
set tmargin at screen 0.878
unset border
unset tics
unset xlabel
unset ylabel
unset logscale
set key inside left top vertical maxrows 6 Left reverse noautotitle samplen 3 spacing 1.35
plot [0:1][0:1] 2, \
     keyentry with lines lc rgb colour_1 dt measured lw line_width title "22B full, workers 8", \
     keyentry with lines lc rgb colour_2 dt measured lw line_width title "22B selective, workers 8", \
     keyentry with lines lc rgb colour_3 dt measured lw line_width title "175B full, workers 64", \
     keyentry with lines lc rgb colour_4 dt measured lw line_width title "175B selective, workers 64", \
     keyentry with linespoints lc rgb "#606060" dt simulated lw line_width pt 6 ps point_size title "sim (simulated)", \
     keyentry with linespoints lc rgb "#606060" dt measured lw line_width pt 13 ps point_size title "table (measured)"
unset label
unset key
set border 3
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.657
set bmargin at screen 0.440
set tmargin at screen 0.858
set xlabel ""
unset logscale x
set xrange [0.94:2.06]
set xtics nomirror ("" 1, "" 2)
set ylabel "step time"
unset logscale y
set yrange [0.860374:23.2146]
set logscale y
set ytics nomirror ("1 s" 1, "2 s" 2, "5 s" 5, "10 s" 10, "20 s" 20)
plot "comparison.csv" using (curve(1, "x")):"y" with points lc rgb colour_1 lw 2 pt 6 ps point_size, \
     "comparison.csv" using (curve(2, "x")):"y" with points lc rgb colour_1 lw 2 pt 13 ps point_size, \
     "comparison.csv" using (curve(3, "x")):"y" with points lc rgb colour_2 lw 2 pt 6 ps point_size, \
     "comparison.csv" using (curve(4, "x")):"y" with points lc rgb colour_2 lw 2 pt 13 ps point_size, \
     "comparison.csv" using (curve(5, "x")):"y" with points lc rgb colour_3 lw 2 pt 6 ps point_size, \
     "comparison.csv" using (curve(6, "x")):"y" with points lc rgb colour_3 lw 2 pt 13 ps point_size, \
     "comparison.csv" using (curve(7, "x")):"y" with points lc rgb colour_4 lw 2 pt 6 ps point_size, \
     "comparison.csv" using (curve(8, "x")):"y" with points lc rgb colour_4 lw 2 pt 13 ps point_size
set lmargin at screen 0.115
set rmargin at screen 0.657
set bmargin at screen 0.251
set tmargin at screen 0.405
set xlabel "model profile"
unset logscale x
set xrange [0.94:2.06]
set xtics nomirror ("megatron-22b" 1, "megatron-175b" 2)
set ylabel "error (%)"
unset logscale y
set yrange [-2.56473:2.80167]
set ytics nomirror ("-2" -2, "-1" -1, "0" 0, "1" 1, "2" 2)
plot 0 with lines lc rgb "#808080" lw 1.5, \
     "comparison.csv" using (curve(9, "x")):"y" with points lc rgb colour_1 lw 2 pt 13 ps point_size, \
     "comparison.csv" using (curve(10, "x")):"y" with points lc rgb colour_2 lw 2 pt 13 ps point_size, \
     "comparison.csv" using (curve(11, "x")):"y" with points lc rgb colour_3 lw 2 pt 13 ps point_size, \
     "comparison.csv" using (curve(12, "x")):"y" with points lc rgb colour_4 lw 2 pt 13 ps point_size
unset multiplot
}
unset output
