# validation accuracy against steps and seconds
# Draw again with `gnuplot validation_accuracy.gp` in this folder: reads validation_accuracy.csv, writes validation_accuracy.svg and validation_accuracy.png.

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
label_1 = "allreduce halving-doubling"
colour_2 = "#D55E00"
label_2 = "ps-sync x16"
colour_3 = "#009E73"
label_3 = "ps-async x16 s=3"
colour_4 = "#CC79A7"
label_4 = "ps-async x16"

set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
curve(k, column_name) = column("curve") == k ? column(column_name) : NaN

set border 3 lc rgb "#404040"
set grid lt 1 lc rgb "#DDDDDD" lw 0.8
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.980
set bmargin at screen 0.285
set tmargin at screen 0.904

do for [format in "svg png"] {
if (format eq "svg") {
  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.
  set terminal svg size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt) fontscale 1.33 background "white"
} else {
  set terminal pngcairo size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt)
}
set output "validation_accuracy.".format
unset label
set key at screen 0.995,0.914 left top Left reverse noautotitle samplen 3 spacing 1.35
set label 1 "With a thousand workers, one of them always slow, which strategy learns fastest?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "thousand-workers: weak scaling, batch 8 a worker; simulated network: neutral (latency x1, bandwidth x1," at screen 0.02,0.161 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "cross-traffic none). Of each strategy in each world the first run with 1024 workers. A step is one global" at screen 0.02,0.127 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "batch of samples. Against steps these coincide: allreduce halving-doubling (sim), ps-sync x16 (sim); and" at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "these: ps-async x16 s=3 (sim), ps-async x16 (sim). Time to validation accuracy 0.78 (sim): ps-async x16 s=3" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 6 "773 ms, ps-async x16 773 ms, allreduce halving-doubling 1.11 s, ps-sync x16 1.42 s." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
mark(k, column_name) = column("marked") == 1 ? curve(k, column_name) : NaN
set multiplot
set lmargin at screen 0.000
set rmargin at screen 1.000
set bmargin at screen 0.760
set tmargin at screen 0.924
unset border
unset tics
unset xlabel
unset ylabel
unset logscale
set key inside left top horizontal Left reverse noautotitle samplen 3 spacing 1.35
plot [0:1][0:1] 2, \
     keyentry with lines lc rgb colour_1 lw line_width title label_1, \
     keyentry with lines lc rgb colour_2 lw line_width title label_2, \
     keyentry with lines lc rgb colour_3 lw line_width title label_3, \
     keyentry with lines lc rgb colour_4 lw line_width title label_4, \
     keyentry with linespoints lc rgb "#404040" dt simulated lw 1.5 pt 6 ps point_size title "sim (simulated)", \
     keyentry with lines lw 1.5 lc rgb "#888888" title "target 0.78"
unset label
unset key
set border 3
set tics nomirror
set bmargin at screen 0.285
set tmargin at screen 0.760
set lmargin at screen 0.115
set rmargin at screen 0.980
set xlabel "time"
unset logscale x
set xrange [0:2.79983]
set xtics nomirror ("0 s" 0, "0.5 s" 0.5, "1 s" 1, "1.5 s" 1.5, "2 s" 2, "2.5 s" 2.5)
set ylabel "validation accuracy"
unset logscale y
set yrange [0.454605:0.828495]
set ytics nomirror autofreq
plot 0.78000000000000003 with lines lw 1.5 lc rgb "#888888", \
     "validation_accuracy.csv" using (curve(1, "time_s")):"validation_accuracy" with lines lc rgb colour_1 dt simulated lw line_width + 0, \
     "validation_accuracy.csv" using (curve(2, "time_s")):"validation_accuracy" with lines lc rgb colour_2 dt simulated lw line_width + 0, \
     "validation_accuracy.csv" using (curve(3, "time_s")):"validation_accuracy" with lines lc rgb colour_3 dt simulated lw line_width + 0, \
     "validation_accuracy.csv" using (curve(4, "time_s")):"validation_accuracy" with lines lc rgb colour_4 dt simulated lw line_width + 0, \
     "validation_accuracy.csv" using (mark(1, "time_s")):"validation_accuracy" with points lc rgb colour_1 lw 1.5 pt 6 ps point_size, \
     "validation_accuracy.csv" using (mark(2, "time_s")):"validation_accuracy" with points lc rgb colour_2 lw 1.5 pt 6 ps point_size, \
     "validation_accuracy.csv" using (mark(3, "time_s")):"validation_accuracy" with points lc rgb colour_3 lw 1.5 pt 6 ps point_size, \
     "validation_accuracy.csv" using (mark(4, "time_s")):"validation_accuracy" with points lc rgb colour_4 lw 1.5 pt 6 ps point_size
unset multiplot
}
unset output
