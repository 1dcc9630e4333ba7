"""What bench/peers/run times: each case's command of ours and of its peers, and the ratio of times to reach."""
from dataclasses import dataclass, field
from pathlib import Path

KIB, MIB = 1 << 10, 1 << 20
MPIRUN = ["mpirun", "--oversubscribe", "--bind-to", "none", "--mca", "pml", "ob1"]


@dataclass
class Peer:
    sides: dict           # name of a side -> command; of several the best is compared with
    target: float = None  # our time / theirs, at most


@dataclass
class Case:
    name: str
    ranks: int
    ours: list
    peers: list = field(default_factory=list)
    limit_s: float = None  # for our time in itself
    trend: tuple = None    # (world, size) of a family by ranks


def tandem(world, ranks, size, collective="auto", operation="all-reduce"):
    return ["peer_tandem", world, ranks, size, collective, operation]


def openmpi(transports, ranks, size, operation="all-reduce"):
    return [*MPIRUN, "--mca", "btl", transports, "-n", ranks, "peer_openmpi", size, operation]


def gloo(ranks, size, algorithms=("ring", "bcube", "halving-doubling")):
    return {f"gloo {algorithm}": ["peer_gloo", ranks, size, algorithm] for algorithm in algorithms}


def steps(model, world, strategy, workers):
    return ["peer_tandem_steps", model, world, strategy, workers]


def pytorch(workers):
    return ["/usr/bin/python3", Path(__file__).parent / "pytorch_ddp.py", workers]


def name_of(size):
    return f"{size // MIB} MiB" if size >= MIB else f"{size // KIB} KiB" if size >= KIB else f"{size} B"


def openmpi_target(ranks, size):
    if size == 64 * MIB:
        return 0.85 if ranks < 8 else None
    if size > MIB:
        return 1.0
    if size == MIB:
        return 0.8
    return 1.0 if ranks == 2 and size == 4 else 0.6


def gloo_peer(ranks, size):
    """Against its ring where that is the target, else against the best of its algorithms."""
    if ranks == 8:
        return Peer(gloo(ranks, size, ["ring"]), 1.1 if size == 64 * MIB else None)
    if MIB <= size < 64 * MIB:
        return Peer(gloo(ranks, size, ["ring"]), 0.7)
    return Peer(gloo(ranks, size), 0.85 if size == 64 * MIB else 0.3 if ranks == 4 else None)


def tcp_cases():
    for ranks in (2, 4, 8):
        for size in (4, 4 * KIB, 64 * KIB, 256 * KIB, 1 * MIB, 4 * MIB, 16 * MIB, 64 * MIB):
            if ranks == 8 and 64 * KIB < size < 64 * MIB:
                continue
            yield Case(f"tcp all-reduce, {ranks} ranks, {name_of(size)}", ranks, tandem("tcp", ranks, size),
                       [Peer({"Open MPI TCP": openmpi("tcp,self", ranks, size)}, openmpi_target(ranks, size)),
                        gloo_peer(ranks, size)])


def operation_cases():
    """Operations other than all-reduce, by the algorithm of ours that long vectors are for."""
    for operation, collective in (("reduce-scatter", "ring"), ("all-gather", "ring"), ("broadcast", "chain"),
                                  ("all-to-all", "pairwise")):
        for ranks in (2, 4):
            size = 64 * MIB
            yield Case(f"tcp {operation}, {ranks} ranks, {name_of(size)}", ranks,
                       tandem("tcp", ranks, size, collective, operation),
                       [Peer({"Open MPI TCP": openmpi("tcp,self", ranks, size, operation)}, 0.85)])


def threads_cases():
    for size in (4 * KIB, 64 * MIB):
        is_large = size == 64 * MIB
        yield Case(f"threads all-reduce, 2 ranks, {name_of(size)}", 2, tandem("threads", 2, size),
                   [Peer({"two threads in one memory": ["peer_two_threads", size]}, 1.25 if is_large else None),
                    Peer({"Open MPI shared memory": openmpi("vader,self", 2, size)}, 0.8)],
                   limit_s=None if is_large else 2e-6)


def training_cases():
    yield Case("training step, 1 rank", 1, steps("mlp", "threads", "allreduce", 1),
               [Peer({"PyTorch": pytorch(1)}, round(1 / 1.3, 3))])
    for ranks, samples_ratio in ((2, 2.0), (4, 1.7)):
        yield Case(f"training step, {ranks} tcp ranks", ranks, steps("mlp", "tcp", "allreduce", ranks),
                   [Peer({"PyTorch DDP, gloo": pytorch(ranks)}, round(1 / samples_ratio, 3))])


def server_cases():
    for size, name, bandwidth_ratio in ((7_500_000, "7.5 MB", 1.0), (64 * MIB, "64 MiB", 1.5)):
        yield Case(f"parameter server, 1 server, 2 workers, {name}", 3, steps(size // 4, "tcp", "ps-sync", 2),
                   [Peer({"ZeroMQ server": ["peer_zeromq", 2, size]}, round(1 / bandwidth_ratio, 3))])


def trend_cases():
    for world in ("threads", "tcp"):
        for size in (4 * KIB, 1 * MIB):
            for ranks in (2, 4, 8, 16):
                yield Case(f"trend, {world} all-reduce, {ranks} ranks, {name_of(size)}", ranks,
                           tandem(world, ranks, size), trend=(world, name_of(size)))


def auto_cases():
    """What `auto` picks against the fastest of the collectives that it picks from."""
    for ranks in (2, 4, 8):
        for size in (16 * KIB, 64 * KIB, 256 * KIB, 1 * MIB, 4 * MIB, 16 * MIB):
            collectives = ("recursive-doubling", "halving-doubling", "ring")
            yield Case(f"auto, tcp all-reduce, {ranks} ranks, {name_of(size)}", ranks, tandem("tcp", ranks, size),
                       [Peer({f"Tandem {name}": tandem("tcp", ranks, size, name) for name in collectives})])


def cases():
    yield from tcp_cases()
    yield from operation_cases()
    yield from threads_cases()
    yield from training_cases()
    yield from server_cases()
    yield from trend_cases()
    yield from auto_cases()
