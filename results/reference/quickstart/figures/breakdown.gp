# parts of a step spent computing, communicating and idle
# Draw again with `gnuplot breakdown.gp` in this folder: reads breakdown.csv, writes breakdown.svg and breakdown.png.

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
set output "breakdown.".format
unset label
set label 1 "How do three strategies scale from one worker to six, and does the simulation" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "foresee it?" at screen 0.02,0.919 left font sprintf("%s:Bold,%d", font, title_pt)
set label 3 "quickstart: strong scaling, global batch 512; emulated and simulated network: star, 100Mbit/s, 1ms, hosts of" at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "1Gflop/s, neutral (latency x1, bandwidth x0.945, cross-traffic none). Bars: means over the ranks of a role and" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "over runs; n = 1 run per point." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
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
set key inside left top vertical maxrows 7 Left reverse noautotitle samplen 3 spacing 1.35
plot [0:1][0:1] 2, \
     keyentry with boxes fs solid 1 border lc rgb colour_1 fc rgb colour_1 title "allreduce ring", \
     keyentry with boxes fs solid 1 border lc rgb colour_2 fc rgb colour_2 title "ps-sync: workers", \
     keyentry with boxes fs solid 1 border lc rgb colour_3 fc rgb colour_3 title "ps-sync: servers", \
     keyentry with boxes fs solid 1 border lc rgb colour_4 fc rgb colour_4 title "pipeline m=8", \
     keyentry with boxes fs solid 1 border lc rgb "#606060" fc rgb "#606060" title "compute", \
     keyentry with boxes fs solid 0.45 border lc rgb "#606060" fc rgb "#606060" title "communication", \
     keyentry with boxes fs solid 0.12 border lc rgb "#606060" fc rgb "#606060" title "idle"
unset label
unset key
set border 3
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.749
set bmargin at screen 0.562
set tmargin at screen 0.808
set label 90 "sim (simulated)" at graph 0,1 offset 0,0.8 left font sprintf("%s:Bold,%d", font, text_pt)
set xlabel ""
unset logscale x
set xrange [-0.6:3.6]
set xtics nomirror ("1" 0, "2" 1, "4" 2, "6" 3)
set ylabel "step time"
unset logscale y
set yrange [0:1.36815]
set ytics nomirror ("0 s" 0, "0.2 s" 0.2, "0.4 s" 0.4, "0.6 s" 0.6, "0.8 s" 0.8, "1 s" 1, "1.2 s" 1.2)
plot "breakdown.csv" using (curve(1, "x")):"base":(curve(1, "x") - 0.0945):(curve(1, "x") + 0.0945):"base":"y" with boxxyerror fs solid 1 border lc rgb colour_1 fc rgb colour_1, \
     "breakdown.csv" using (curve(2, "x")):"base":(curve(2, "x") - 0.0945):(curve(2, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.45 border lc rgb colour_1 fc rgb colour_1, \
     "breakdown.csv" using (curve(3, "x")):"base":(curve(3, "x") - 0.0945):(curve(3, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.12 border lc rgb colour_1 fc rgb colour_1, \
     "breakdown.csv" using (curve(4, "x")):"base":(curve(4, "x") - 0.0945):(curve(4, "x") + 0.0945):"base":"y" with boxxyerror fs solid 1 border lc rgb colour_2 fc rgb colour_2, \
     "breakdown.csv" using (curve(5, "x")):"base":(curve(5, "x") - 0.0945):(curve(5, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.45 border lc rgb colour_2 fc rgb colour_2, \
     "breakdown.csv" using (curve(6, "x")):"base":(curve(6, "x") - 0.0945):(curve(6, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.12 border lc rgb colour_2 fc rgb colour_2, \
     "breakdown.csv" using (curve(7, "x")):"base":(curve(7, "x") - 0.0945):(curve(7, "x") + 0.0945):"base":"y" with boxxyerror fs solid 1 border lc rgb colour_3 fc rgb colour_3, \
     "breakdown.csv" using (curve(8, "x")):"base":(curve(8, "x") - 0.0945):(curve(8, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.45 border lc rgb colour_3 fc rgb colour_3, \
     "breakdown.csv" using (curve(9, "x")):"base":(curve(9, "x") - 0.0945):(curve(9, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.12 border lc rgb colour_3 fc rgb colour_3, \
     "breakdown.csv" using (curve(10, "x")):"base":(curve(10, "x") - 0.0945):(curve(10, "x") + 0.0945):"base":"y" with boxxyerror fs solid 1 border lc rgb colour_4 fc rgb colour_4, \
     "breakdown.csv" using (curve(11, "x")):"base":(curve(11, "x") - 0.0945):(curve(11, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.45 border lc rgb colour_4 fc rgb colour_4, \
     "breakdown.csv" using (curve(12, "x")):"base":(curve(12, "x") - 0.0945):(curve(12, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.12 border lc rgb colour_4 fc rgb colour_4
set lmargin at screen 0.115
set rmargin at screen 0.749
set bmargin at screen 0.217
set tmargin at screen 0.462
set label 90 "tcp (measured)" at graph 0,1 offset 0,0.8 left font sprintf("%s:Bold,%d", font, text_pt)
set xlabel "workers"
unset logscale x
set xrange [-0.6:3.6]
set xtics nomirror ("1" 0, "2" 1, "4" 2, "6" 3)
set ylabel "step time"
unset logscale y
set yrange [0:1.38547]
set ytics nomirror ("0 s" 0, "0.2 s" 0.2, "0.4 s" 0.4, "0.6 s" 0.6, "0.8 s" 0.8, "1 s" 1, "1.2 s" 1.2)
plot "breakdown.csv" using (curve(13, "x")):"base":(curve(13, "x") - 0.0945):(curve(13, "x") + 0.0945):"base":"y" with boxxyerror fs solid 1 border lc rgb colour_1 fc rgb colour_1, \
     "breakdown.csv" using (curve(14, "x")):"base":(curve(14, "x") - 0.0945):(curve(14, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.45 border lc rgb colour_1 fc rgb colour_1, \
     "breakdown.csv" using (curve(15, "x")):"base":(curve(15, "x") - 0.0945):(curve(15, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.12 border lc rgb colour_1 fc rgb colour_1, \
     "breakdown.csv" using (curve(16, "x")):"base":(curve(16, "x") - 0.0945):(curve(16, "x") + 0.0945):"base":"y" with boxxyerror fs solid 1 border lc rgb colour_2 fc rgb colour_2, \
     "breakdown.csv" using (curve(17, "x")):"base":(curve(17, "x") - 0.0945):(curve(17, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.45 border lc rgb colour_2 fc rgb colour_2, \
     "breakdown.csv" using (curve(18, "x")):"base":(curve(18, "x") - 0.0945):(curve(18, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.12 border lc rgb colour_2 fc rgb colour_2, \
     "breakdown.csv" using (curve(19, "x")):"base":(curve(19, "x") - 0.0945):(curve(19, "x") + 0.0945):"base":"y" with boxxyerror fs solid 1 border lc rgb colour_3 fc rgb colour_3, \
     "breakdown.csv" using (curve(20, "x")):"base":(curve(20, "x") - 0.0945):(curve(20, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.45 border lc rgb colour_3 fc rgb colour_3, \
     "breakdown.csv" using (curve(21, "x")):"base":(curve(21, "x") - 0.0945):(curve(21, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.12 border lc rgb colour_3 fc rgb colour_3, \
     "breakdown.csv" using (curve(22, "x")):"base":(curve(22, "x") - 0.0945):(curve(22, "x") + 0.0945):"base":"y" with boxxyerror fs solid 1 border lc rgb colour_4 fc rgb colour_4, \
     "breakdown.csv" using (curve(23, "x")):"base":(curve(23, "x") - 0.0945):(curve(23, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.45 border lc rgb colour_4 fc rgb colour_4, \
     "breakdown.csv" using (curve(24, "x")):"base":(curve(24, "x") - 0.0945):(curve(24, "x") + 0.0945):"base":"y" with boxxyerror fs solid 0.12 border lc rgb colour_4 fc rgb colour_4
unset multiplot
}
unset output
