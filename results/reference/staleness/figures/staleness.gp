# share of updates by the staleness of their gradient
# Draw again with `gnuplot staleness.gp` in this folder: reads staleness.csv, writes staleness.svg and staleness.png.

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
colour_5 = "#E69F00"

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
set output "staleness.".format
unset label
set label 1 "Does not waiting for a slow worker pay, counted in steps and counted in seconds?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "staleness: strong scaling, global batch 512; simulated network: star, 1Gbit/s, 50us, hosts of 1Gflop/s," at screen 0.02,0.127 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "neutral (latency x1, bandwidth x1, cross-traffic none). Workers: ps-async s=0 8 (sim), ps-async s=3 8 (sim)," at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "ps-async s=10 8 (sim), ps-async 8 (sim); n = 1 run per point. Staleness of a gradient: updates applied since" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "its parameters were read. Pale bars: simulated." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set lmargin at screen 0.115
set rmargin at screen 0.721
set bmargin at screen 0.251
set tmargin at screen 0.904
set key at screen 0.736,0.914 left top Left reverse noautotitle samplen 3 spacing 1.35
set lmargin at screen 0.115
set rmargin at screen 0.721
set bmargin at screen 0.251
set tmargin at screen 0.904
set xlabel "staleness (updates)"
unset logscale x
set xrange [-0.6:14.6]
set xtics nomirror ("0" 0, "2" 2, "4" 4, "6" 6, "8" 8, "10" 10, "12" 12, "14" 14)
set ylabel "share of updates (%)"
unset logscale y
set yrange [0:108]
set ytics nomirror ("0" 0, "20" 20, "40" 40, "60" 60, "80" 80, "100" 100)
plot keyentry with boxes fs solid 0.35 border lc rgb colour_2 fc rgb colour_2 title "ps-async s=0 (sim)", \
     keyentry with boxes fs solid 0.35 border lc rgb colour_3 fc rgb colour_3 title "ps-async s=3 (sim)", \
     keyentry with boxes fs solid 0.35 border lc rgb colour_4 fc rgb colour_4 title "ps-async s=10 (sim)", \
     keyentry with boxes fs solid 0.35 border lc rgb colour_5 fc rgb colour_5 title "ps-async (sim)", \
     "staleness.csv" using (curve(1, "x")):(0):(curve(1, "x") - 0.0966):(curve(1, "x") + 0.0966):(0):"y" with boxxyerror fs solid 0.35 border lc rgb colour_2 fc rgb colour_2, \
     "staleness.csv" using (curve(2, "x")):(0):(curve(2, "x") - 0.0966):(curve(2, "x") + 0.0966):(0):"y" with boxxyerror fs solid 0.35 border lc rgb colour_3 fc rgb colour_3, \
     "staleness.csv" using (curve(3, "x")):(0):(curve(3, "x") - 0.0966):(curve(3, "x") + 0.0966):(0):"y" with boxxyerror fs solid 0.35 border lc rgb colour_4 fc rgb colour_4, \
     "staleness.csv" using (curve(4, "x")):(0):(curve(4, "x") - 0.0966):(curve(4, "x") + 0.0966):(0):"y" with boxxyerror fs solid 0.35 border lc rgb colour_5 fc rgb colour_5
}
unset output
