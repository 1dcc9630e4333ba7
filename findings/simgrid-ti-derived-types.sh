#!/usr/bin/env bash
# SimGrid's time-independent traces forget how large a derived datatype is, so their replay sends next to nothing.
#
# smpirun -trace-ti writes each message as a count and the number of its datatype ("send 1 2 100 0": 100 elements of type 0,
# a double). A datatype that the program made itself (MPI_Type_vector, _contiguous, ...) has no number: it is written as -1,
# and its size nowhere. A program that sends one element of such a type, as halo exchanges and fused gradients do, leaves
# "send 1 2 1 -1", and smpirun -replay takes that for almost no bytes. Replays are then faster than the run that was
# traced, without a warning. Traces for replay should hold basic types only.
#
# Shown: 8 MB sent as 1,000,000 doubles, and as one element of a contiguous type of as many. Over 100 MB/s both take 89 ms
# in the run that is traced; in the replay only the first one does. Seen with SimGrid 3.32 (Debian 12).
set -eu -o pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! dpkg-query -W libsimgrid-dev gcc >/dev/null 2>&1; then
  apt-get install -y --no-install-recommends libsimgrid-dev gcc >"$folder/apt.log" 2>&1 ||
    { echo "needs the packages libsimgrid-dev and gcc" >&2; exit 2; }
fi
dpkg-query -W -f='${Package} ${Version}\n' libsimgrid-dev
cd "$folder"
cat >send.c <<'CODE'
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#define COUNT 1000000
int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank, count = COUNT;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  double* values = calloc(COUNT, sizeof(double));
  MPI_Datatype type = MPI_DOUBLE;
  if (argc > 1) {
    MPI_Type_contiguous(COUNT, MPI_DOUBLE, &type);
    MPI_Type_commit(&type);
    count = 1;
  }
  double start = MPI_Wtime();
  if (rank == 0) MPI_Send(values, count, type, 1, 1, MPI_COMM_WORLD);
  if (rank == 1) MPI_Recv(values, count, type, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  if (rank == 1) printf("ran for %.3f s\n", MPI_Wtime() - start);
  MPI_Finalize();
  return 0;
}
CODE
cat >platform.xml <<'XML'
<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="zone" routing="Full">
    <host id="a" speed="1Gf"/> <host id="b" speed="1Gf"/>
    <link id="link" bandwidth="100MBps" latency="1us"/>
    <route src="a" dst="b"><link_ctn id="link"/></route>
  </zone>
</platform>
XML
printf 'a\nb\n' >hosts
smpicc -O1 send.c -o send
quiet=(-np 2 -hostfile hosts -platform platform.xml --cfg=smpi/simulate-computation:no --log=xbt_cfg.thres:warning)
for type in "" derived; do
  smpirun "${quiet[@]}" -trace-ti ./send $type >ran 2>/dev/null
  traced=$(cat smpi_simgrid.txt_files/* | grep '^0 send')
  smpirun "${quiet[@]}" -replay smpi_simgrid.txt >replay 2>&1
  time=$(sed -n 's/.*Simulation time \([0-9.]*\).*/\1/p' replay)
  echo "${type:-basic} type: $(grep ran ran); trace: \"$traced\"; replayed in $time s"
  times+=("$time")
  lines+=("$traced")
  rm -rf smpi_simgrid.txt*
done
# The replay of the derived type takes less than a tenth of the other.
[[ ${lines[1]} == *" 1 -1" ]] && awk -v basic="${times[0]}" -v derived="${times[1]}" 'BEGIN { exit !(derived < basic / 10) }'
