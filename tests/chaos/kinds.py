"""The runs that are hit, and where."""
from dataclasses import dataclass

RANKS = 3  # of most runs: two workers and a server, or three workers
PHASES = ["join", "first step", "collective", "checkpoint", "gathering", "end"]


@dataclass
class Kind:
    """A run that is hit; `events` are overrides for what happens to it by plan."""
    name: str
    strategy: str
    workers: int
    events: tuple = ()
    phases: tuple = tuple(PHASES)
    keeps_checkpoints: bool = True
    can_be_resharded: bool = False
    has_bits: bool = True  # the same ones however its processes are scheduled
    recovers: bool = False  # from what nobody planned
    shrinks: bool = False  # then, by one worker
    joins: bool = False  # workers come and go at random times
    mortal: tuple = ()  # ranks without which the others train on


ALLREDUCE = Kind("allreduce", "{name: allreduce}", 3, can_be_resharded=True)
SERVER = Kind("ps-sync", "{name: ps-sync, servers: 1}", 2)
CHANGING = ("join", "first step", "checkpoint", "change", "change", "gathering", "end")
ELASTIC = Kind("elastic", "{name: allreduce}", 3,
               ("elastic=[{at: step 13, workers: 2}, {at: step 26, workers: 3}]",), CHANGING)
SHRINKING = Kind("shrink", "{name: allreduce}", 3, ("faults=[{kill: worker 1, at: step 17, shrink: true}]",), CHANGING)
# A host that hangs for a moment is no matter, but makes the run keep a journal, which tells when training has begun.
BACKED_UP = Kind("backup-workers", "{name: backup-workers, backups: 1}", 2,
                 ("faults=[{hang: worker 1, at: step 1, lasts: 1ms}]",),
                 ("join", "first step", "collective", "end"), keeps_checkpoints=False, has_bits=False)
LOCAL = Kind("local-sgd", "{name: local-sgd, period: 3}", 3)
PIPELINE = Kind("pipeline", "{name: pipeline, microbatches: 2}", 3)
ASYNCHRONOUS = Kind("ps-async", "{name: ps-async, servers: 1, staleness: 2}", 2, has_bits=False)
RECOVERY = "recovery={restarts: 2}"
RECOVERING = Kind("recovery", "{name: allreduce}", 3, (RECOVERY,), can_be_resharded=True, recovers=True)
RECOVERING_SERVER = Kind("recovery ps-sync", "{name: ps-sync, servers: 1}", 2, (RECOVERY,), recovers=True)
RECOVERING_STAGES = Kind("recovery pipeline", "{name: pipeline, microbatches: 2}", 3, (RECOVERY,), recovers=True)
LOSING = Kind("recovery shrink", "{name: allreduce}", 3, ("recovery={restarts: 2, shrink: true}",),
              recovers=True, shrinks=True)
FAILING = Kind("failing", "{name: allreduce}", 3, ("faults=[{kill: worker 1, at: step 17}]", RECOVERY), CHANGING,
               recovers=True)
# Slower, so that there is time to ask.
MEMBERSHIP = ("membership={least: 1, most: 4}", "cluster.host.speed=60kflop/s")
ASKING = ("join", "first step", "checkpoint", "ask", "ask", "ask", "change", "change", "gathering", "end")
JOINING = Kind("joins", "{name: allreduce}", 2, MEMBERSHIP, ASKING, joins=True)
JOINING_AGAIN = Kind("joins and recovers", "{name: allreduce}", 2, (*MEMBERSHIP, RECOVERY), ASKING, recovers=True,
                     joins=True)
# A hang of a moment for the journal, as with backups. `mortal`: who may be killed while the others train on.
MOMENT = ("faults=[{hang: worker 1, at: step 1, lasts: 1ms}]",)
TRAINING = ("join", "first step", "collective", "collective", "collective", "end")
GOSSIP = Kind("survive gossip", "{name: gossip, graph: complete, deaths: 1}", 3, MOMENT, TRAINING,
              keeps_checkpoints=False, has_bits=False, mortal=(1, 2))
PAIRS = Kind("survive ad-psgd", "{name: ad-psgd, deaths: 1}", 4, MOMENT, TRAINING, keeps_checkpoints=False,
             has_bits=False, mortal=(1, 2, 3))
UNBOUND = Kind("survive ps-async", "{name: ps-async, servers: 1, deaths: 1, staleness: 1}", 3, MOMENT, TRAINING,
               keeps_checkpoints=False, has_bits=False, mortal=(1, 2))
REPLICATED = Kind("survive ps-sync", "{name: ps-sync, servers: 1, replicas: 1}", 2, MOMENT, TRAINING,
                  keeps_checkpoints=False, mortal=(2, 3))
KINDS = [ALLREDUCE, SERVER, ELASTIC, SHRINKING, BACKED_UP, LOCAL, PIPELINE, ASYNCHRONOUS, RECOVERING, RECOVERING_SERVER,
         RECOVERING_STAGES, LOSING, FAILING, JOINING, JOINING_AGAIN, GOSSIP, PAIRS, UNBOUND, REPLICATED]
# Where each kind can run.
RUNS = [("tcp", ALLREDUCE), ("hosts", ALLREDUCE), ("mpi", ALLREDUCE),
        ("tcp", SERVER), ("hosts", SERVER), ("mpi", SERVER),
        ("tcp", ELASTIC), ("tcp", SHRINKING), ("tcp", BACKED_UP),
        ("tcp", LOCAL), ("mpi", LOCAL), ("tcp", PIPELINE), ("mpi", PIPELINE), ("hosts", PIPELINE),
        ("tcp", ASYNCHRONOUS), ("mpi", ASYNCHRONOUS),
        ("tcp", RECOVERING), ("hosts", RECOVERING), ("mpi", RECOVERING),
        ("tcp", LOSING), ("hosts", LOSING), ("mpi", LOSING),
        ("tcp", RECOVERING_SERVER), ("hosts", RECOVERING_SERVER), ("mpi", RECOVERING_STAGES),
        ("mpi", ELASTIC), ("mpi", SHRINKING), ("mpi", FAILING),
        ("hosts", ELASTIC), ("hosts", SHRINKING), ("hosts", FAILING),
        ("tcp", JOINING), ("mpi", JOINING), ("hosts", JOINING),
        ("tcp", JOINING_AGAIN), ("mpi", JOINING_AGAIN), ("hosts", JOINING_AGAIN)]


SURVIVING = [("tcp", GOSSIP), ("tcp", REPLICATED), ("tcp", PAIRS), ("tcp", REPLICATED), ("tcp", UNBOUND)]
SURVIVING_NUMBERS = range(3000, 4000)


def runs_from(number):
    return SURVIVING if number in SURVIVING_NUMBERS else RUNS


def is_asked_for(number, only):
    """By the name of the run, or the world and the name: "recovery", "mpi elastic"."""
    runs = runs_from(number)
    world, kind = runs[number % len(runs)]
    return kind.name.startswith(only) or f"{world} {kind.name}".startswith(only)
