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
set label 1 "With a thousand workers, one of them always slow, which strategy learns fastest?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "thousand-workers: weak scaling, batch 8 per worker; simulated network: star, 10Gbit/s, 50us, hosts of" at screen 0.02,0.127 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "100Mflop/s, neutral (latency x1, bandwidth x1, cross-traffic none). Workers: ps-async x16 s=3 1024 (sim)," at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "ps-async x16 1024 (sim); n = 1 run per point. Staleness of a gradient: updates applied since its parameters" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "were read." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set lmargin at screen 0.115
set rmargin at screen 0.749
set bmargin at screen 0.251
set tmargin at screen 0.904
set key at screen 0.764,0.914 left top Left reverse noautotitle samplen 3 spacing 1.35
set lmargin at screen 0.115
set rmargin at screen 0.749
set bmargin at screen 0.251
set tmargin at screen 0.904
set xlabel "staleness (updates)"
unset logscale x
set xrange [0:3287.52]
set xtics nomirror ("0" 0, "500" 500, "1000" 1000, "1500" 1500, "2000" 2000, "2500" 2500, "3000" 3000)
set ylabel "share of updates, by 51 (%)"
unset logscale y
set yrange [0:105.221]
set ytics nomirror ("0" 0, "20" 20, "40" 40, "60" 60, "80" 80, "100" 100)
plot keyentry with lines lc rgb colour_3 dt simulated lw line_width title "ps-async x16 s=3", \
     keyentry with lines lc rgb colour_4 dt simulated lw line_width title "ps-async x16", \
     keyentry with linespoints lc rgb "#606060" dt simulated lw line_width pt 6 ps point_size title "sim (simulated)", \
     "staleness.csv" using (curve(1, "x")):"y" with steps lc rgb colour_3 dt simulated lw line_width + 2, \
     "staleness.csv" using (curve(2, "x")):"y" with steps lc rgb colour_4 dt simulated lw line_width
}
unset output
