#!/usr/bin/env bash
# mpirun often never ends when one of its ranks is killed while it joins.
#
# A rank that is killed is noticed by mpirun, which ends the others and itself. If it is killed in the first hundredths of a
# second of its life, in or before MPI_Init, mpirun ends the others, too, and then waits for ever for a lock of its own: in
# pthread_mutex_lock under PMIx_server_finalize. All ranks are zombies by then, so nothing in the job can end it, and whoever
# waits for mpirun (a script, a scheduler, a loop that starts jobs again after failures) waits for ever. That is what the
# kernel does when memory is short just as many ranks start. What to do: whoever starts mpirun looks whether it still has a
# living child, and kills it when it has had none for a while.
#
# Shown: jobs of three ranks, of which one is killed at once, up to 40 ms after it appears; four jobs at a time, so that they
# are slow to start. A job counts as hung when all its ranks have gone and mpirun is still there 10 s later. Seen with Open
# MPI 4.1.4 and PMIx 4.2.2 (Debian 12) on two cores: 2, 6 and 8 of 40.
set -eu -o pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! dpkg-query -W openmpi-bin libopenmpi-dev gcc procps >/dev/null 2>&1; then
  apt-get install -y --no-install-recommends openmpi-bin libopenmpi-dev gcc procps >"$folder/apt.log" 2>&1 ||
    { echo "needs the packages openmpi-bin, libopenmpi-dev, gcc and procps" >&2; exit 2; }
fi
dpkg-query -W -f='${Package} ${Version}\n' openmpi-bin libpmix2
cat >"$folder/join.c" <<'CODE'
#include <mpi.h>
int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  MPI_Finalize();
  return 0;
}
CODE
mpicc "$folder/join.c" -o "$folder/join-a-job"
cat >"$folder/try" <<'CODE'
#!/usr/bin/env bash
mpirun --oversubscribe --bind-to none -n 3 "$1/join-a-job" >/dev/null 2>&1 &
job=$!
rank=
while kill -0 $job 2>/dev/null && [[ -z $rank ]]; do rank=$(pgrep -n -P $job -x join-a-job); done
sleep "0.0$((RANDOM % 4))$((RANDOM % 10))"
kill -9 $rank 2>/dev/null
living() { ps -o stat= --ppid $job | grep -cv '^Z'; }
for ((waited = 0; waited < 100; ++waited)); do
  kill -0 $job 2>/dev/null || exit 0
  (($(living) == 0)) || waited=0
  sleep 0.1
done
echo hung
kill -9 $job
CODE
chmod +x "$folder/try"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 HWLOC_COMPONENTS=-gl
for round in 1 2 3 4 5; do
  hung=$(yes "$folder" | head -n 40 | xargs -n 1 -P 4 "$folder/try" 2>/dev/null | grep -c hung || true)
  echo "$hung of 40 jobs did not end after one of their ranks was killed"
  ((hung == 0)) || exit 0
done
exit 1
