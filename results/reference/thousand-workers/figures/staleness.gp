# Share of updates by the staleness of their gradient
# Draw again with `gnuplot staleness.gp` in this folder: reads staleness.csv, writes staleness.svg and staleness.png.

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
label_1 = ""
colour_2 = "#D55E00"
label_2 = ""
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
set rmargin at screen 0.749
set bmargin at screen 0.217
set tmargin at screen 0.904

do for [format in "svg png"] {
if (format eq "svg") {
  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.
  set terminal svg size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt) fontscale 1.33 background "white"
} else {
  set terminal pngcairo size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt)
}
set output "staleness.".format
unset label
set key at screen 0.764,0.914 left top Left reverse noautotitle samplen 3 spacing 1.35
set label 1 "With a thousand workers, one of them always slow, which strategy learns fastest?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "thousand-workers: weak scaling, batch 8 a worker; simulated network: neutral (latency x1, bandwidth x1," at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "cross-traffic none). Workers: ps-async x16 s=3 1024 (sim), ps-async x16 1024 (sim); n = 1 run a point." at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "Staleness of a gradient: updates applied since its parameters were read." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set xlabel "staleness (updates)"
unset logscale x
set xrange [0:3204.36]
set xtics nomirror ("0" 0, "500" 500, "1000" 1000, "1500" 1500, "2000" 2000, "2500" 2500, "3000" 3000)
set ylabel "share of updates, by 50 (%)"
unset logscale y
set yrange [0:105.271]
set ytics nomirror ("0" 0, "20" 20, "40" 40, "60" 60, "80" 80, "100" 100)
plot keyentry with lines lc rgb colour_3 lw line_width title label_3, \
     keyentry with lines lc rgb colour_4 lw line_width title label_4, \
     keyentry with linespoints lc rgb "#404040" dt simulated lw 1.5 pt 6 ps point_size title "sim (simulated)", \
     "staleness.csv" using (curve(1, "staleness")):"share_percent" with steps lc rgb colour_3 dt simulated lw line_width + 2, \
     "staleness.csv" using (curve(2, "staleness")):"share_percent" with steps lc rgb colour_4 dt simulated lw line_width + 0
}
unset output
