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
label_2 = "ps-async s=0"
colour_3 = "#009E73"
label_3 = "ps-async s=3"
colour_4 = "#CC79A7"
label_4 = "ps-async s=10"
colour_5 = "#E69F00"
label_5 = "ps-async"

set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
curve(k, column_name) = column("curve") == k ? column(column_name) : NaN

set border 3 lc rgb "#404040"
set grid lt 1 lc rgb "#DDDDDD" lw 0.8
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.666
set bmargin at screen 0.251
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
set key at screen 0.681,0.914 left top Left reverse noautotitle samplen 3 spacing 1.35
set label 1 "Does not waiting for a slow worker pay, counted in steps and counted in seconds?" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "staleness: strong scaling, global batch 512; simulated network: neutral (latency x1, bandwidth x1," at screen 0.02,0.127 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 3 "cross-traffic none). Workers: ps-async s=0 8 (sim), ps-async s=3 8 (sim), ps-async s=10 8 (sim), ps-async 8" at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "(sim); n = 1 run a point. Staleness of a gradient: updates applied since its parameters were read. Pale bars:" at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "simulated." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set xlabel "staleness (updates)"
unset logscale x
set xrange [-0.6:14.6]
set xtics nomirror ("0" 0, "2" 2, "4" 4, "6" 6, "8" 8, "10" 10, "12" 12, "14" 14)
set ylabel "share of updates (%)"
unset logscale y
set yrange [0:108]
set ytics nomirror ("0" 0, "20" 20, "40" 40, "60" 60, "80" 80, "100" 100)
plot keyentry with boxes fs solid 0.35 border lc rgb colour_2 fc rgb colour_2 title label_2." (sim)", \
     keyentry with boxes fs solid 0.35 border lc rgb colour_3 fc rgb colour_3 title label_3." (sim)", \
     keyentry with boxes fs solid 0.35 border lc rgb colour_4 fc rgb colour_4 title label_4." (sim)", \
     keyentry with boxes fs solid 0.35 border lc rgb colour_5 fc rgb colour_5 title label_5." (sim)", \
     "staleness.csv" using (curve(1, "staleness") + -0.315):"share_percent":(0.1932) with boxes fs solid 0.35 border lc rgb colour_2 fc rgb colour_2, \
     "staleness.csv" using (curve(2, "staleness") + -0.105):"share_percent":(0.1932) with boxes fs solid 0.35 border lc rgb colour_3 fc rgb colour_3, \
     "staleness.csv" using (curve(3, "staleness") + 0.105):"share_percent":(0.1932) with boxes fs solid 0.35 border lc rgb colour_4 fc rgb colour_4, \
     "staleness.csv" using (curve(4, "staleness") + 0.315):"share_percent":(0.1932) with boxes fs solid 0.35 border lc rgb colour_5 fc rgb colour_5
}
unset output
