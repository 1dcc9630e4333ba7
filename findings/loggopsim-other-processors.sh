#!/usr/bin/env bash
# LogGOPSim lets an operation begin before what it requires has ended, where that ran on another processor of the rank.
#
# In GOAL, "l1 requires l0" means that l1 begins when l0 has ended, and "cpu 1" puts an operation on a processor of its own.
# LogGOPSim marks an operation as done when it begins, and dates what it sets free by the time at which the processor of
# *that* operation is next idle. On one processor this is the end of l0; on another it is whatever that one did last, and
# so l1 runs in the past. Schedules in which a second processor communicates while the first computes come out too fast.
# Put all operations of a rank on one processor (and know that a message then takes its receiver's processor for as long
# as its bytes come in), or mistrust times of schedules with several.
#
# Shown: a calculation of 100 ns that requires one of 1 ms, on the same processor and on another. Seen with LogGOPSim
# commit 76451de of December 2023. LOGGOPSIM may name a folder that has its sources.
set -eu -o pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! dpkg-query -W re2c gengetopt libgraphviz-dev g++ make >/dev/null 2>&1; then
  apt-get install -y --no-install-recommends re2c gengetopt libgraphviz-dev g++ make >"$folder/apt.log" 2>&1 ||
    { echo "needs the packages re2c, gengetopt, libgraphviz-dev, g++ and make" >&2; exit 2; }
fi
if [[ -n "${LOGGOPSIM-}" ]]; then
  cp -r "$LOGGOPSIM" "$folder/sources"
else
  git clone -q https://github.com/spcl/LogGOPSim "$folder/sources" || { echo "needs LogGOPSim's sources" >&2; exit 2; }
fi
git -C "$folder/sources" log -1 --format='LogGOPSim %h of %cs' 2>/dev/null || true
make -C "$folder/sources/src/LogGOPSim" >"$folder/make.log" 2>&1 || { tail "$folder/make.log" >&2; exit 2; }
for processor in 0 1; do
  cat >"$folder/chain.goal" <<GOAL
num_ranks 1

rank 0 {
l0: calc 1000000 cpu 0
l1: calc 100 cpu $processor
l1 requires l0
}
GOAL
  "$folder/sources/src/LogGOPSim/txt2bin" -i "$folder/chain.goal" -o "$folder/chain.bin" >/dev/null
  ends=$("$folder/sources/src/LogGOPSim/LogGOPSim" -f "$folder/chain.bin" | sed -n 's/^Host 0: //p')
  echo "the second calculation on cpu $processor: the rank ends after $ends ns"
  seen+=("$ends")
done
[[ ${seen[*]} == "1000100 1000000" ]]
