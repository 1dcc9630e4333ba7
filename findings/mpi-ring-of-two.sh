#!/usr/bin/env bash
# On a ring of two ranks, the same neighbour exchange swaps left and right in some of MPI's calls and not in others.
#
# On a periodic Cartesian communicator every rank has a left and a right neighbour, and what a rank sends to its right arrives
# in the block "from the left" of the other. On two ranks both neighbours are the same rank, two messages go the same way,
# and which is which depends on how a function was written. Open MPI 4.1.4 keeps the sides in its blocking calls and swaps
# them in the nonblocking ones; MPICH 4.0.2 keeps them in the calls with one count and swaps them in those with many. Rings
# for gossip, halos or pipelines so compute something else on two ranks, the first number that anybody tries, as soon as a
# call is made nonblocking, gets counts or runs on the other MPI; from three ranks on all is well. A test on two ranks sees
# nothing where both sides are sent the same. MPI 4.0 made clear that the sides are to be kept (issue 153 of the MPI forum).
# Sends and receives with a tag for each direction avoid it.
#
# Shown: whether rank 0 finds what was sent to the left in its block from the right, and the other way round, on rings of
# two and three. Seen with Open MPI 4.1.4 and MPICH 4.0.2 (Debian 12).
set -eu -o pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! dpkg-query -W libopenmpi-dev openmpi-bin gcc >/dev/null 2>&1; then
  apt-get install -y --no-install-recommends libopenmpi-dev openmpi-bin gcc >"$folder/apt.log" 2>&1 ||
    { echo "needs the packages libopenmpi-dev, openmpi-bin and gcc" >&2; exit 2; }
fi
cd "$folder"
# MPICH goes into the folder, because installing it could change which MPI this machine's programs are built with.
packages=$(apt-get install -s --no-install-recommends mpich libmpich-dev | sed -n 's/^Inst \([^ ]*\).*/\1/p')
apt-get download -qq mpich libmpich-dev libmpich12 $packages >apt.log 2>&1 ||
  { echo "needs apt and the packages mpich and libmpich-dev" >&2; exit 2; }
for package in *.deb; do dpkg -x "$package" .; done
libraries=$PWD/usr/lib/x86_64-linux-gnu
cat >ring.c <<'CODE'
#include <mpi.h>
#include <stdio.h>
enum { kLeft, kRight };
static void say(const char* call, const int* from) {
  printf(" %s %s", call, from[kLeft] == kRight && from[kRight] == kLeft ? "keeps" : "SWAPS");
}
int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int size, rank, ones[] = {1, 1}, places[] = {0, 1}, is_periodic = 1, sent[] = {kLeft, kRight}, from[2];
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm ring;
  MPI_Cart_create(MPI_COMM_WORLD, 1, &size, &is_periodic, 0, &ring);
  MPI_Comm_rank(ring, &rank);
  // Only rank 0 speaks.
  if (rank != 0) freopen("/dev/null", "w", stdout);
  MPI_Request request;
  printf("%d ranks:", size);
  MPI_Neighbor_alltoall(sent, 1, MPI_INT, from, 1, MPI_INT, ring);
  say("alltoall", from);
  MPI_Ineighbor_alltoall(sent, 1, MPI_INT, from, 1, MPI_INT, ring, &request);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  say("Ialltoall", from);
  MPI_Neighbor_alltoallv(sent, ones, places, MPI_INT, from, ones, places, MPI_INT, ring);
  say("alltoallv", from);
  MPI_Ineighbor_alltoallv(sent, ones, places, MPI_INT, from, ones, places, MPI_INT, ring, &request);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  say("Ialltoallv", from);
  puts("");
  MPI_Finalize();
  return 0;
}
CODE
mpicc.openmpi -w ring.c -o ring.openmpi
gcc -w -Iusr/include/x86_64-linux-gnu/mpich ring.c -o ring.mpich "$libraries"/libmpich.so -Wl,-rpath-link,"$libraries"
dpkg-query -W -f='${Package} ${Version}\n' libopenmpi-dev
for ranks in 2 3; do
  mpirun.openmpi --allow-run-as-root --oversubscribe -np $ranks ./ring.openmpi 2>openmpi.err || { cat openmpi.err >&2; exit 2; }
done | tee seen
echo "mpich $(dpkg-deb -f mpich_*.deb Version)"
for ranks in 2 3; do
  LD_LIBRARY_PATH=$libraries usr/bin/mpiexec.hydra -n $ranks ./ring.mpich 2>mpich.err || { cat mpich.err >&2; exit 2; }
done | tee -a seen
diff - seen <<SEEN
2 ranks: alltoall keeps Ialltoall SWAPS alltoallv keeps Ialltoallv SWAPS
3 ranks: alltoall keeps Ialltoall keeps alltoallv keeps Ialltoallv keeps
2 ranks: alltoall keeps Ialltoall keeps alltoallv SWAPS Ialltoallv SWAPS
3 ranks: alltoall keeps Ialltoall keeps alltoallv keeps Ialltoallv keeps
SEEN
