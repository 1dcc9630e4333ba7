# Parts of a step spent computing, communicating and idle
# Draw again with `gnuplot breakdown.gp` in this folder: reads breakdown.csv, writes breakdown.svg and breakdown.png.

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
label_1 = "allreduce ring"
colour_2 = "#D55E00"
label_2 = "ps-sync"
colour_3 = "#009E73"
label_3 = "ps-async"
colour_4 = "#CC79A7"
label_4 = "pipeline m=8"

set encoding utf8
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
curve(k, column_name) = column("curve") == k ? column(column_name) : NaN

set border 3 lc rgb "#404040"
set grid lt 1 lc rgb "#DDDDDD" lw 0.8
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.721
set bmargin at screen 0.183
set tmargin at screen 0.858

do for [format in "svg png"] {
if (format eq "svg") {
  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.
  set terminal svg size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt) fontscale 1.33 background "white"
} else {
  set terminal pngcairo size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt)
}
set output "breakdown.".format
unset label
set key at screen 0.736,0.868 left top Left reverse noautotitle samplen 3 spacing 1.35
set label 1 "How do four strategies scale from one worker to eight, and what does the network" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "cost them?" at screen 0.02,0.919 left font sprintf("%s:Bold,%d", font, title_pt)
set label 3 "quickstart: strong scaling, global batch 512; simulated network: neutral (latency x1, bandwidth x1," at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "cross-traffic none). Bars: means over ranks and runs; n = 1 run a point." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
bar(panel, k, part, column_name) = column("panel") == panel && column("curve") == k && column("part_number") == part ? column(column_name) : NaN
set multiplot
set lmargin at screen 0.721
set rmargin at screen 1.000
set bmargin at screen 0.183
set tmargin at screen 0.878
unset border
unset tics
unset xlabel
unset ylabel
unset logscale
set key inside left top vertical Left reverse noautotitle samplen 3 spacing 1.35
plot [0:1][0:1] 2, \
     keyentry with boxes fs solid 1 noborder fc rgb colour_1 title label_1, \
     keyentry with boxes fs solid 1 noborder fc rgb colour_2 title label_2, \
     keyentry with boxes fs solid 1 noborder fc rgb colour_3 title label_3, \
     keyentry with boxes fs solid 1 noborder fc rgb colour_4 title label_4, \
     keyentry with boxes fs solid 1 border lc rgb "#404040" fc rgb "#404040" title "compute", \
     keyentry with boxes fs solid 0.45 border lc rgb "#404040" fc rgb "#404040" title "communication", \
     keyentry with boxes fs solid 0.12 border lc rgb "#404040" fc rgb "#404040" title "idle"
unset label
unset key
set border 3
set tics nomirror
set lmargin at screen 0.115
set rmargin at screen 0.721
set tmargin at screen 0.808
set bmargin at screen 0.545
set label 90 "sim (simulated)" at graph 0,1 offset 0,0.8 left font sprintf("%s:Bold,%d", font, text_pt)
set xlabel ""
unset logscale x
set xrange [-0.6:3.6]
set xtics nomirror ("1" 0, "2" 1, "4" 2, "8" 3)
set ylabel "step time"
unset logscale y
set yrange [0:0.16618]
set ytics nomirror ("0 ms" 0, "50 ms" 0.05, "100 ms" 0.1, "150 ms" 0.15)
plot "breakdown.csv" using (bar(1, 1, 1, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 1 border lc rgb colour_1 fc rgb colour_1, \
     "breakdown.csv" using (bar(1, 1, 2, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.45 border lc rgb colour_1 fc rgb colour_1, \
     "breakdown.csv" using (bar(1, 1, 3, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.12 border lc rgb colour_1 fc rgb colour_1, \
     "breakdown.csv" using (bar(1, 2, 1, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 1 border lc rgb colour_2 fc rgb colour_2, \
     "breakdown.csv" using (bar(1, 2, 2, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.45 border lc rgb colour_2 fc rgb colour_2, \
     "breakdown.csv" using (bar(1, 2, 3, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.12 border lc rgb colour_2 fc rgb colour_2, \
     "breakdown.csv" using (bar(1, 3, 1, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 1 border lc rgb colour_3 fc rgb colour_3, \
     "breakdown.csv" using (bar(1, 3, 2, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.45 border lc rgb colour_3 fc rgb colour_3, \
     "breakdown.csv" using (bar(1, 3, 3, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.12 border lc rgb colour_3 fc rgb colour_3, \
     "breakdown.csv" using (bar(1, 4, 1, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 1 border lc rgb colour_4 fc rgb colour_4, \
     "breakdown.csv" using (bar(1, 4, 2, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.45 border lc rgb colour_4 fc rgb colour_4, \
     "breakdown.csv" using (bar(1, 4, 3, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.12 border lc rgb colour_4 fc rgb colour_4
set tmargin at screen 0.445
set bmargin at screen 0.183
set label 90 "threads (measured)" at graph 0,1 offset 0,0.8 left font sprintf("%s:Bold,%d", font, text_pt)
set xlabel "workers"
unset logscale x
set xrange [-0.6:3.6]
set xtics nomirror ("1" 0, "2" 1, "4" 2, "8" 3)
set ylabel "step time"
unset logscale y
set yrange [0:0.0751107]
set ytics nomirror ("0 ms" 0, "20 ms" 0.02, "40 ms" 0.04, "60 ms" 0.06)
plot "breakdown.csv" using (bar(2, 1, 1, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 1 border lc rgb colour_1 fc rgb colour_1, \
     "breakdown.csv" using (bar(2, 1, 2, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.45 border lc rgb colour_1 fc rgb colour_1, \
     "breakdown.csv" using (bar(2, 1, 3, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.12 border lc rgb colour_1 fc rgb colour_1, \
     "breakdown.csv" using (bar(2, 2, 1, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 1 border lc rgb colour_2 fc rgb colour_2, \
     "breakdown.csv" using (bar(2, 2, 2, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.45 border lc rgb colour_2 fc rgb colour_2, \
     "breakdown.csv" using (bar(2, 2, 3, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.12 border lc rgb colour_2 fc rgb colour_2, \
     "breakdown.csv" using (bar(2, 3, 1, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 1 border lc rgb colour_3 fc rgb colour_3, \
     "breakdown.csv" using (bar(2, 3, 2, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.45 border lc rgb colour_3 fc rgb colour_3, \
     "breakdown.csv" using (bar(2, 3, 3, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.12 border lc rgb colour_3 fc rgb colour_3, \
     "breakdown.csv" using (bar(2, 4, 1, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 1 border lc rgb colour_4 fc rgb colour_4, \
     "breakdown.csv" using (bar(2, 4, 2, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.45 border lc rgb colour_4 fc rgb colour_4, \
     "breakdown.csv" using (bar(2, 4, 3, "left")):"lower":"left":"right":"lower":"upper" with boxxyerror fs solid 0.12 border lc rgb colour_4 fc rgb colour_4
unset multiplot
}
unset output
