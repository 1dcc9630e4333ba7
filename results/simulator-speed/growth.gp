set terminal pngcairo size 1100,460 font 'DejaVu Sans,10'
set output 'growth.png'
$data0 << end
64 0.1162 15.78
256 0.253 19.15
512 0.9169 23.61
1024 3.39 33.06
2048 14.33 51.75
end
$data1 << end
256 0.1052 18.65
1024 0.1928 30.32
4096 0.7642 77.47
16384 4.763 299.4
65536 37.2 1524
end
$data2 << end
64 0.1132 18.43
256 0.1667 29.01
1024 0.5323 71.14
4096 3.084 239.4
16384 23.74 912.1
end
$data3 << end
64 0.1231 21.08
256 0.2139 39.48
512 0.349 64.74
1024 0.644 119.3
2048 1.27 247.4
4096 2.531 574
end
set logscale xy
set grid
set key left top
set xlabel 'ranks'
set multiplot layout 1,2
set ylabel 'processor seconds of a run'
plot $data0 using 1:2 with linespoints linewidth 2 pointtype 7 title 'ring', $data1 using 1:2 with linespoints linewidth 2 pointtype 7 title 'ring, coarse', $data2 using 1:2 with linespoints linewidth 2 pointtype 7 title '16 servers', $data3 using 1:2 with linespoints linewidth 2 pointtype 7 title 'pipeline, 64 micro-batches'
set ylabel 'peak memory (MiB)'
plot $data0 using 1:3 with linespoints linewidth 2 pointtype 7 title 'ring', $data1 using 1:3 with linespoints linewidth 2 pointtype 7 title 'ring, coarse', $data2 using 1:3 with linespoints linewidth 2 pointtype 7 title '16 servers', $data3 using 1:3 with linespoints linewidth 2 pointtype 7 title 'pipeline, 64 micro-batches'
