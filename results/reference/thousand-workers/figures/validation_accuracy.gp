# validation accuracy against steps and seconds
# Draw again with `gnuplot validation_accuracy.gp` in this folder: reads validation_accuracy.csv, writes validation_accuracy.svg and validation_accuracy.png.

# Style
font = "DejaVu Sans"
text_pt = 12
title_pt = 14
caption_pt = 11
box_pt = 9
width_px = 900
height_px = 620
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
set output "validation_accuracy.".format
unset label
set label 1 "With a thousand workers, one of them always slow, which strategy learns fastest?" at screen 0.02,0.966 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "thousand-workers: weak scaling, batch 8 per worker; simulated network: star, 10Gbit/s, 50us, hosts of" at screen 0.02,0.156 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "100Mflop/s, neutral (latency x1, bandwidth x1, cross-traffic none). Each curve: the first run with 1024" at screen 0.02,0.123 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "workers. A step is one global batch. Against steps these coincide: allreduce halving-doubling (sim), ps-sync" at screen 0.02,0.090 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "x16 (sim); and these: ps-async x16 s=3 (sim), ps-async x16 (sim). Time to validation accuracy 0.78 (sim):" at screen 0.02,0.057 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 6 "ps-async x16 s=3 773 ms, ps-async x16 773 ms, allreduce halving-doubling 1.11 s, ps-sync x16 1.42 s." at screen 0.02,0.024 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set multiplot
set lmargin at screen 0.000
set rmargin at screen 1.000
set bmargin at screen 0.814
set tmargin at screen 0.926
unset border
unset tics
unset xlabel
unset ylabel
unset logscale
set key inside left top vertical maxrows 2 Left reverse noautotitle samplen 3 spacing 1.35
plot [0:1][0:1] 2, \
     keyentry with lines lc rgb colour_1 dt simulated lw line_width title "allreduce halving-doubling", \
     keyentry with lines lc rgb colour_2 dt simulated lw line_width title "ps-sync x16", \
     keyentry with lines lc rgb colour_3 dt simulated lw line_width title "ps-async x16 s=3", \
     keyentry with lines lc rgb colour_4 dt simulated lw line_width title "ps-async x16", \
     keyentry with linespoints lc rgb "#606060" dt simulated lw line_width pt 6 ps point_size title "sim (simulated)", \
     keyentry with lines lc rgb "#606060" dt measured lw line_width title "target 0.78"
unset label
unset key
set border 3
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.980
set bmargin at screen 0.276
set tmargin at screen 0.795
set xlabel "time"
unset logscale x
set xrange [0:2.80027]
set xtics nomirror ("0 s" 0, "0.5 s" 0.5, "1 s" 1, "1.5 s" 1.5, "2 s" 2, "2.5 s" 2.5)
set ylabel "validation accuracy"
unset logscale y
set yrange [0.45458:0.82902]
set ytics nomirror autofreq
plot 0.78000000000000003 with lines lc rgb "#808080" lw 1.5, \
     "validation_accuracy.csv" using (curve(1, "x")):"y" with lines lc rgb colour_1 dt simulated lw line_width, \
     "validation_accuracy.csv" using (curve(2, "x")):"y" with lines lc rgb colour_2 dt simulated lw line_width, \
     "validation_accuracy.csv" using (curve(3, "x")):"y" with lines lc rgb colour_3 dt simulated lw line_width, \
     "validation_accuracy.csv" using (curve(4, "x")):"y" with lines lc rgb colour_4 dt simulated lw line_width, \
     "validation_accuracy.csv" using (mark(1, "x")):"y" with points lc rgb colour_1 lw 1.5 pt 6 ps point_size, \
     "validation_accuracy.csv" using (mark(2, "x")):"y" with points lc rgb colour_2 lw 1.5 pt 6 ps point_size, \
     "validation_accuracy.csv" using (mark(3, "x")):"y" with points lc rgb colour_3 lw 1.5 pt 6 ps point_size, \
     "validation_accuracy.csv" using (mark(4, "x")):"y" with points lc rgb colour_4 lw 1.5 pt 6 ps point_size
unset multiplot
}
unset output
