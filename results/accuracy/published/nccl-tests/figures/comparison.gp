# measured and predicted step times against model parameters
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

do for [format in "svg png"] {
if (format eq "svg") {
  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.
  set terminal svg size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt) fontscale 1.33 background "white"
} else {
  set terminal pngcairo size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt)
}
set output "comparison.".format
unset label
set label 1 "Does a simulated hierarchical all-reduce take as long as NCCL's on two nodes of" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "eight H100?" at screen 0.02,0.919 left font sprintf("%s:Bold,%d", font, title_pt)
set label 3 "nccl-tests: weak scaling, batch 1 per worker; simulated network: star, 1.6Tbit/s, 5us, hosts of 1Tflop/s," at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "neutral (latency x1, bandwidth x1, cross-traffic none). n = 1 run per point. Error: predicted / measured - 1;" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "median 37.1 %, worst 69.7 %." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set multiplot
set lmargin at screen 0.749
set rmargin at screen 1.000
set bmargin at screen 0.217
set tmargin at screen 0.878
unset border
unset tics
unset xlabel
unset ylabel
unset logscale
set key inside left top vertical Left reverse noautotitle samplen 3 spacing 1.35
plot [0:1][0:1] 2, \
     keyentry with lines lc rgb colour_1 dt measured lw line_width title "hierarchical", \
     keyentry with lines lc rgb colour_2 dt measured lw line_width title "flat ring", \
     keyentry with linespoints lc rgb "#606060" dt simulated lw line_width pt 6 ps point_size title "sim (simulated)", \
     keyentry with linespoints lc rgb "#606060" dt measured lw line_width pt 13 ps point_size title "table (measured)"
unset label
unset key
set border 3
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.749
set bmargin at screen 0.416
set tmargin at screen 0.858
set xlabel ""
unset logscale x
set xrange [1.00932e+09:2.21191e+09]
set xtics nomirror ("" 1.07374e+09, "" 2.14748e+09)
set ylabel "step time"
unset logscale y
set yrange [0:0.0871351]
set ytics nomirror ("0 ms" 0, "20 ms" 0.02, "40 ms" 0.04, "60 ms" 0.06, "80 ms" 0.08)
plot "comparison.csv" using (curve(1, "x")):"y" with linespoints lc rgb colour_1 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(2, "x")):"y" with linespoints lc rgb colour_1 dt measured lw line_width pt 13 ps point_size, \
     "comparison.csv" using (curve(3, "x")):"y" with linespoints lc rgb colour_2 dt simulated lw line_width pt 6 ps point_size, \
     "comparison.csv" using (curve(4, "x")):"y" with linespoints lc rgb colour_2 dt measured lw line_width pt 13 ps point_size
set lmargin at screen 0.115
set rmargin at screen 0.749
set bmargin at screen 0.217
set tmargin at screen 0.381
set xlabel "model parameters"
unset logscale x
set xrange [1.00932e+09:2.21191e+09]
set xtics nomirror ("1073741824" 1.07374e+09, "2147483648" 2.14748e+09)
set ylabel "error (%)"
unset logscale y
set yrange [-9.51782:80.1882]
set ytics nomirror ("0" -0, "20" 20, "40" 40, "60" 60, "80" 80)
plot 0 with lines lc rgb "#808080" lw 1.5, \
     "comparison.csv" using (curve(5, "x")):"y" with linespoints lc rgb colour_1 dt measured lw line_width pt 13 ps point_size, \
     "comparison.csv" using (curve(6, "x")):"y" with linespoints lc rgb colour_2 dt measured lw line_width pt 13 ps point_size
unset multiplot
}
unset output
