#!/usr/bin/env bash
# DistributedDataParallel adds the gradients of its first step in another order than those of all later ones.
#
# PyTorch's DDP packs gradients into buckets, in the order of the model's parameters, and all-reduces these. After the first
# backward pass it packs them anew, in the order in which they became ready, which is nearly the reverse. In gloo's ring it
# depends on the place in the bucket with which rank's value an addition begins. So on three ranks or more the first step is
# rounded differently from the same step later on, and "first" counts from when the DDP object was made. A run that goes on
# from a checkpoint, with weights, optimizer, data and random numbers all restored, departs at once from a run that was never
# stopped. This passes for nondeterminism, although each of the two is the same every time. On two ranks there is nothing to
# see, as a + b is b + a. Two things help: a backward pass right after DDP was made, whose gradients are thrown away, or
# find_unused_parameters=True, with which the buckets stay as they were at first.
#
# Shown: how many gradients of the same weights and batch differ between the first three backward passes, and how many
# weights differ between two steps of SGD in a row and one step, DDP made anew, and one more. Seen with PyTorch 1.13.1 on
# gloo (Debian 12).
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
cat >first_step.py <<'CODE'
import sys
import torch
from torch import distributed, multiprocessing
from torch.nn.parallel import DistributedDataParallel

def model():
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(50, 60), torch.nn.ReLU(), torch.nn.Linear(60, 7))

def backward(replica, step):
    random = torch.Generator().manual_seed(100 * step + distributed.get_rank())
    replica.zero_grad()
    outputs = replica(torch.randn(32, 50, generator=random))
    (outputs - torch.randn(32, 7, generator=random)).square().mean().backward()

def gradients_of_one_batch(**options):
    replica = DistributedDataParallel(model(), **options)
    passes = []
    for _ in range(3):
        backward(replica, 1)
        passes.append(torch.cat([p.grad.flatten() for p in replica.parameters()]))
    return passes

def weights_after(*legs, throw_away=False):
    weights = model()
    optimizer = torch.optim.SGD(weights.parameters(), lr=0.1)
    for steps in legs:
        replica = DistributedDataParallel(weights)
        if throw_away:
            backward(replica, 0)
        for step in steps:
            backward(replica, step)
            optimizer.step()
    return torch.cat([p.detach().flatten() for p in weights.parameters()])

def run(rank, ranks):
    distributed.init_process_group("gloo", init_method=f"file://{sys.path[0]}/{ranks}", rank=rank, world_size=ranks)
    differ = lambda a, b: int((a != b).sum())
    first, second, third = gradients_of_one_batch()
    kept = gradients_of_one_batch(find_unused_parameters=True)
    resumed = [differ(weights_after([1, 2], throw_away=b), weights_after([1], [2], throw_away=b)) for b in (False, True)]
    if rank == 0:
        print(f"{ranks} ranks: of {len(first)} gradients, first and second pass differ in {differ(first, second)}, second and "
              f"third in {differ(second, third)}, find_unused_parameters: {differ(kept[0], kept[1])}; "
              f"resumed weights differ in {resumed[0]}, after a pass thrown away in {resumed[1]}")

if __name__ == "__main__":
    for ranks in (2, 3):
        multiprocessing.spawn(run, (ranks,), ranks)
CODE
/usr/bin/python3 first_step.py 2>errors | tee seen || { cat errors >&2; exit 2; }
number="[1-9][0-9]*"
grep -qx "2 ranks: of 3487 gradients, .* in 0, .* in 0, .*: 0; .* in 0, .* in 0" seen
grep -qx "3 ranks: of 3487 gradients, .* in $number, .* in 0, .*: 0; .* in $number, .* in 0" seen
