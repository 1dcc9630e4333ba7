#!/usr/bin/env bash
# An all-reduce of gloo with MAX keeps a NaN or drops it, depending on the rank that it came from and on its place.
#
# torch.max hands a NaN on, so that the largest gradient norm, loss or scale of all ranks looks like a safe way to notice that
# one of them has diverged. all_reduce with MAX (MIN, too) compares a < b, which is false for a NaN: what is there first
# stays. In gloo's ring each part of the buffer begins with another rank's values, so that a NaN outlives the reduction
# only in the part that begins with its own rank: in the n-th part of a long buffer, and, of a single number, only from rank
# 0. All ranks agree on the result, and on four ranks three of four cases of divergence go unseen. A sum keeps every NaN:
# add up a flag (isfinite), or the values.
#
# Shown: how much of a buffer that is NaN on one rank and 1 on the others is NaN after all_reduce on four ranks, and which
# part that is. Seen with PyTorch 1.13.1 and gloo of May 2022 (Debian 12).
set -eu -o pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# PyTorch and the 150 packages that it needs go into the folder (600 MB).
packages=$(apt-get install -s --no-install-recommends python3-torch | sed -n 's/^Inst \([^ ]*\).*/\1/p')
apt-get download -qq python3-torch $packages >apt.log 2>&1 || { echo "needs apt and the package python3-torch" >&2; exit 2; }
for package in *.deb; do dpkg -x "$package" .; done
echo "python3-torch $(dpkg-deb -f python3-torch_*.deb Version)"
export PYTHONPATH=$PWD/usr/lib/python3/dist-packages GLOO_SOCKET_IFNAME=lo OMP_NUM_THREADS=1
LD_LIBRARY_PATH=$(find "$PWD/usr/lib" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd :)
export LD_LIBRARY_PATH
cat >largest.py <<'CODE'
import sys
import torch
from torch import distributed, multiprocessing
from torch.distributed import ReduceOp

RANKS, CASES = 4, ((1, ReduceOp.MAX), (1000, ReduceOp.MAX), (1000, ReduceOp.SUM))

def places_of_nan(count, diverged, operation):
    values = torch.full((count,), float("nan") if distributed.get_rank() == diverged else 1.0)
    distributed.all_reduce(values, op=operation)
    places = values.isnan().nonzero().flatten().tolist()
    agreed = [None] * RANKS
    distributed.all_gather_object(agreed, places)
    assert agreed == [places] * RANKS
    return f"{places[0]}..{places[-1]} ({len(places)})" if places else "none"

def run(rank):
    distributed.init_process_group("gloo", init_method=f"file://{sys.path[0]}/meeting", rank=rank, world_size=RANKS)
    for diverged in range(RANKS):
        seen = [places_of_nan(count, diverged, op) for count, op in CASES]
        if rank == 0:
            print(f"NaN on rank {diverged}: MAX of one value {seen[0]}, MAX of 1000 {seen[1]}, SUM of 1000 {seen[2]}")

if __name__ == "__main__":
    print("torch.max on one rank:", torch.tensor([1.0, float("nan"), 1.0]).max().item(), flush=True)
    multiprocessing.spawn(run, (), RANKS)
CODE
/usr/bin/python3 largest.py 2>errors >seen || { cat errors >&2; exit 2; }
cat seen
diff - seen <<'SEEN'
torch.max on one rank: nan
NaN on rank 0: MAX of one value 0..0 (1), MAX of 1000 0..249 (250), SUM of 1000 0..999 (1000)
NaN on rank 1: MAX of one value none, MAX of 1000 250..499 (250), SUM of 1000 0..999 (1000)
NaN on rank 2: MAX of one value none, MAX of 1000 500..749 (250), SUM of 1000 0..999 (1000)
NaN on rank 3: MAX of one value none, MAX of 1000 750..999 (250), SUM of 1000 0..999 (1000)
SEEN
