"""pytorch_ddp.py WORKERS: training steps of the MLP 784-1024-1024-10 with 64 samples a worker, by PyTorch's
DistributedDataParallel with gloo; one worker without it. One thread a worker. Prints as the other drivers do."""
import os, sys, time

os.environ["OMP_NUM_THREADS"] = "1"
import torch
from torch import nn

WARM_UP, STEPS, BATCH = 5, 40, 64


def busy_s():
    """CPU seconds of all processes: user, nice, system."""
    return sum(map(int, open("/proc/stat").readline().split()[1:4])) / os.sysconf("SC_CLK_TCK")


def work(rank, workers, port):
    torch.set_num_threads(1)
    torch.manual_seed(42)
    model = nn.Sequential(nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(), nn.Linear(1024, 10))
    if workers > 1:
        torch.distributed.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank,
                                             world_size=workers)
        model = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loss_of = nn.CrossEntropyLoss()
    images, labels = torch.rand(4 * BATCH, 784), torch.arange(4 * BATCH) % 10
    times_s = []
    for step in range(WARM_UP + STEPS):
        if step == WARM_UP:
            cpu_before_s, busy_before_s, all_start_s = time.process_time(), busy_s(), time.perf_counter()
        start_s = time.perf_counter()
        rows = torch.randint(4 * BATCH, (BATCH,))
        optimizer.zero_grad()
        loss_of(model(images[rows]), labels[rows]).backward()
        optimizer.step()
        times_s.append(time.perf_counter() - start_s)
    capacity_s = (time.perf_counter() - all_start_s) * os.cpu_count()
    cpu_s, all_cpu_s = torch.tensor([time.process_time() - cpu_before_s], dtype=torch.float64), busy_s() - busy_before_s
    if workers > 1:
        torch.distributed.all_reduce(cpu_s)
    if rank == 0:
        print(*times_s[WARM_UP:])
        print(cpu_s.item() / STEPS, max(0.0, all_cpu_s - cpu_s.item()) / capacity_s, flush=True)


def main():
    workers = int(sys.argv[1])
    if workers == 1:
        return work(0, 1, 0)
    port = 30_000 + os.getpid() % 10_000
    torch.multiprocessing.spawn(work, (workers, port), nprocs=workers)


if __name__ == "__main__":
    main()
