# training loss against steps and seconds
# Draw again with `gnuplot loss.gp` in this folder: reads loss.csv, writes loss.svg and loss.png.

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
set rmargin at screen 0.980
set bmargin at screen 0.251
set tmargin at screen 0.858

do for [format in "svg png"] {
if (format eq "svg") {
  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.
  set terminal svg size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt) fontscale 1.33 background "white"
} else {
  set terminal pngcairo size width_px,height_px noenhanced font sprintf("%s,%d", font, text_pt)
}
set output "loss.".format
unset label
set key at screen 0.995,0.868 left top Left reverse noautotitle samplen 3 spacing 1.35
set label 1 "How do four strategies scale from one worker to eight, and what does the network" at screen 0.02,0.965 left font sprintf("%s:Bold,%d", font, title_pt)
set label 2 "cost them?" at screen 0.02,0.919 left font sprintf("%s:Bold,%d", font, title_pt)
set label 3 "quickstart: strong scaling, global batch 512; simulated network: neutral (latency x1, bandwidth x1," at screen 0.02,0.127 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 4 "cross-traffic none). Of each strategy in each world the first run with 8 workers. Running mean over 2 steps. A" at screen 0.02,0.093 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 5 "step is one global batch of samples, by whichever worker. Against steps these coincide: allreduce ring (sim)," at screen 0.02,0.059 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
set label 6 "allreduce ring (threads), ps-sync (sim), ps-sync (threads), pipeline m=8 (sim), pipeline m=8 (threads)." at screen 0.02,0.025 left font sprintf("%s,%d", font, caption_pt) tc rgb "#404040"
mark(k, column_name) = column("marked") == 1 ? curve(k, column_name) : NaN
set multiplot
set lmargin at screen 0.000
set rmargin at screen 1.000
set bmargin at screen 0.762
set tmargin at screen 0.878
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
     keyentry with linespoints lc rgb "#404040" dt measured lw 1.5 pt 7 ps point_size title "threads (measured)"
unset label
unset key
set border 3
set tics nomirror
set bmargin at screen 0.251
set tmargin at screen 0.762
set lmargin at screen 0.115
set rmargin at screen 0.505
set xlabel "step"
unset logscale x
set xrange [0:86.4]
set xtics nomirror ("0" 0, "20" 20, "40" 40, "60" 60, "80" 80)
set ylabel "training loss"
unset logscale y
set yrange [0.31806:2.54757]
set ytics nomirror autofreq
plot "loss.csv" using (curve(1, "step")):"train_loss" with lines lc rgb colour_1 dt simulated lw line_width + 0, \
     "loss.csv" using (curve(2, "step")):"train_loss" with lines lc rgb colour_1 dt measured lw line_width + 4.5, \
     "loss.csv" using (curve(3, "step")):"train_loss" with lines lc rgb colour_2 dt simulated lw line_width + 0, \
     "loss.csv" using (curve(4, "step")):"train_loss" with lines lc rgb colour_2 dt measured lw line_width + 3, \
     "loss.csv" using (curve(5, "step")):"train_loss" with lines lc rgb colour_3 dt simulated lw line_width + 0, \
     "loss.csv" using (curve(6, "step")):"train_loss" with lines lc rgb colour_3 dt measured lw line_width + 1.5, \
     "loss.csv" using (curve(7, "step")):"train_loss" with lines lc rgb colour_4 dt simulated lw line_width + 0, \
     "loss.csv" using (curve(8, "step")):"train_loss" with lines lc rgb colour_4 dt measured lw line_width + 0, \
     "loss.csv" using (mark(1, "step")):"train_loss" with points lc rgb colour_1 lw 1.5 pt 6 ps point_size, \
     "loss.csv" using (mark(2, "step")):"train_loss" with points lc rgb colour_1 lw 1.5 pt 7 ps point_size, \
     "loss.csv" using (mark(3, "step")):"train_loss" with points lc rgb colour_2 lw 1.5 pt 6 ps point_size, \
     "loss.csv" using (mark(4, "step")):"train_loss" with points lc rgb colour_2 lw 1.5 pt 7 ps point_size, \
     "loss.csv" using (mark(5, "step")):"train_loss" with points lc rgb colour_3 lw 1.5 pt 6 ps point_size, \
     "loss.csv" using (mark(6, "step")):"train_loss" with points lc rgb colour_3 lw 1.5 pt 7 ps point_size, \
     "loss.csv" using (mark(7, "step")):"train_loss" with points lc rgb colour_4 lw 1.5 pt 6 ps point_size, \
     "loss.csv" using (mark(8, "step")):"train_loss" with points lc rgb colour_4 lw 1.5 pt 7 ps point_size
set lmargin at screen 0.590
set rmargin at screen 0.980
set xlabel "time"
unset logscale x
set xrange [0:13.2944]
set xtics nomirror ("0 s" 0, "2 s" 2, "4 s" 4, "6 s" 6, "8 s" 8, "10 s" 10, "12 s" 12)
set ylabel ""
unset logscale y
set yrange [0.31806:2.54757]
set ytics nomirror autofreq
plot "loss.csv" using (curve(1, "time_s")):"train_loss" with lines lc rgb colour_1 dt simulated lw line_width + 0, \
     "loss.csv" using (curve(2, "time_s")):"train_loss" with lines lc rgb colour_1 dt measured lw line_width + 0, \
     "loss.csv" using (curve(3, "time_s")):"train_loss" with lines lc rgb colour_2 dt simulated lw line_width + 0, \
     "loss.csv" using (curve(4, "time_s")):"train_loss" with lines lc rgb colour_2 dt measured lw line_width + 0, \
     "loss.csv" using (curve(5, "time_s")):"train_loss" with lines lc rgb colour_3 dt simulated lw line_width + 0, \
     "loss.csv" using (curve(6, "time_s")):"train_loss" with lines lc rgb colour_3 dt measured lw line_width + 0, \
     "loss.csv" using (curve(7, "time_s")):"train_loss" with lines lc rgb colour_4 dt simulated lw line_width + 0, \
     "loss.csv" using (curve(8, "time_s")):"train_loss" with lines lc rgb colour_4 dt measured lw line_width + 0, \
     "loss.csv" using (mark(1, "time_s")):"train_loss" with points lc rgb colour_1 lw 1.5 pt 6 ps point_size, \
     "loss.csv" using (mark(2, "time_s")):"train_loss" with points lc rgb colour_1 lw 1.5 pt 7 ps point_size, \
     "loss.csv" using (mark(3, "time_s")):"train_loss" with points lc rgb colour_2 lw 1.5 pt 6 ps point_size, \
     "loss.csv" using (mark(4, "time_s")):"train_loss" with points lc rgb colour_2 lw 1.5 pt 7 ps point_size, \
     "loss.csv" using (mark(5, "time_s")):"train_loss" with points lc rgb colour_3 lw 1.5 pt 6 ps point_size, \
     "loss.csv" using (mark(6, "time_s")):"train_loss" with points lc rgb colour_3 lw 1.5 pt 7 ps point_size, \
     "loss.csv" using (mark(7, "time_s")):"train_loss" with points lc rgb colour_4 lw 1.5 pt 6 ps point_size, \
     "loss.csv" using (mark(8, "time_s")):"train_loss" with points lc rgb colour_4 lw 1.5 pt 7 ps point_size
unset multiplot
}
unset output
