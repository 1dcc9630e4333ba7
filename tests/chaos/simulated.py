"""Failures of simulated ranks, and hosts that hang, at random event times."""
import csv
import json
import random
import shutil
import subprocess

SCENARIO = """tandem: 1
name: chaos
question: Does a run survive its ranks' failures?
workload:
  model: {name: mlp, hidden: [7, 5]}
  data: {source: synthetic-linear, rows: 120, features: 3, validation: 0.1}
  loss: mse
  batch: {global: 12}
  stop: {steps: 40}
world: sim
cluster:
  workers: 3
  host: {speed: 1Mflop/s}
  network: {bandwidth: 1Mbit/s, latency: 1ms}
"""
HANG_S = 3600  # a run has up to hundreds of failures, each with a process of its own; a busy machine needs its time
STRATEGIES = ["{name: allreduce}", "{name: allreduce, overlap: true, bucket: 64B}", "{name: ps-sync, servers: 2}",
              "{name: ps-sync, servers: 2, placement: colocated}", "{name: local-sgd, period: 3}",
              "{name: pipeline, microbatches: 2}", "{name: ps-async, staleness: 2}"]
ELASTIC = "elastic=[{at: step 11, workers: 2}, {at: step 23, workers: 5}, {at: step 31, workers: 3}]"
SHRINKING_WORKERS, BACKED_UP_WORKERS, BACKUPS = 7, 6, 3
# Numbers from here on are of runs in which ranks die while the others train on.
FIRST_SURVIVING, SURVIVORS_WORKERS, DEATHS = 1000, 6, 3
SURVIVORS = [f"{{name: {strategy}, deaths: {DEATHS}}}" for strategy in
             ("gossip", "gossip, graph: complete", "gossip, graph: random", "ad-psgd", "ad-psgd, codec: qsgd",
              "ps-async", "ps-async, staleness: 1, servers: 2")]
REPLICATED = "{name: ps-sync, servers: 2, replicas: 1}"
BACKED_UP = f"{{name: backup-workers, backups: {BACKUPS}}}"


class Setting:
    def __init__(self, program, place, seed):
        self.program, self.place, self.seed = program, place, seed
        self.file = place / "simulated.yaml"
        self.file.write_text(SCENARIO)
        self.references = [self.result(place / f"reference-{i}", [f"strategy={strategy}"])
                           for i, strategy in enumerate(STRATEGIES)]
        self.elastic = self.result(place / "reference-elastic", [f"strategy={STRATEGIES[0]}", ELASTIC])
        self.backed_up = self.result(place / "reference-backed-up", self.backed_up_words())
        self.kinds = [lambda chance, folder, index=i: self.restarted(chance, folder, index)
                      for i in range(len(STRATEGIES))]
        self.kinds += [self.elastic_and_restarted, self.shrunk, self.hung, self.died]
        self.survivors = [self.result(place / f"reference-survivors-{i}", self.survivors_words(strategy))
                          for i, strategy in enumerate(SURVIVORS)]
        self.surviving_kinds = [lambda chance, folder, index=i: self.survived(chance, folder, index)
                                for i in range(len(SURVIVORS))] + [self.replaced] * 3

    def result(self, folder, words):
        """The one row of runs.csv, or a row that says why there is none."""
        command = [self.program, "run", self.file, "-o", folder, "--force"]
        for word in words:
            command += ["-s", word]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=HANG_S)
        except subprocess.TimeoutExpired:
            return {"failure": f"did not end within {HANG_S} s", "failures": 0, "hangs": 1}
        finally:
            shutil.rmtree(folder / "checkpoints", ignore_errors=True)
        try:
            with (folder / "runs.csv").open() as file:
                return next(csv.DictReader(file))
        except (OSError, StopIteration):
            return {"failure": f"exit {ended.returncode}: {ended.stderr[-300:]}", "failures": 0}

    @staticmethod
    def backed_up_words():
        return [f"strategy={BACKED_UP}", f"cluster.workers={BACKED_UP_WORKERS}"]

    def run(self, number):
        """Each kind returns its row with whether it is right; then its parts must make up its time."""
        chance = random.Random(f"{self.seed} simulated {number}")
        folder = self.place / f"sim-{number}"
        kinds = self.surviving_kinds if number >= FIRST_SURVIVING else self.kinds
        found, row, is_right = kinds[number % len(kinds)](chance, folder)
        parts = [row.get(part) or 0 for part in ("useful_s", "checkpoint_s", "lost_s", "recovery_s")]
        if is_right and row["useful_s"]:
            time_s = float(row["time_s"])
            is_right = abs(sum(map(float, parts)) - time_s) < 1e-6 * time_s
        shutil.rmtree(folder, ignore_errors=True)
        return {"number": number, "strategy": "", "checkpoint_every": "", "distribution": "",
                "faults": int(float(row["failures"] or 0)), "lost_steps": row.get("lost_steps", ""),
                "hangs": row.get("hangs", 0), "orphans": 0, "wrong": int(not is_right), "leftovers": 0,
                "failure": row["failure"], **found}

    def repeats(self, words, row, folder):
        """The same events when it is run again."""
        again = self.result(folder.with_name(folder.name + "-again"), words)
        shutil.rmtree(folder.with_name(folder.name + "-again"), ignore_errors=True)
        return again.get("event_digest") == row["event_digest"]

    def restarted(self, chance, folder, index):
        """Ranks fail at random, and all go back to the last checkpoint: the bits of a run without failures."""
        return self.fail_at_random(chance, folder, STRATEGIES[index], self.references[index], [])

    def elastic_and_restarted(self, chance, folder):
        """The same while the number of workers changes by plan."""
        found, row, is_right = self.fail_at_random(chance, folder, STRATEGIES[0], self.elastic, [ELASTIC])
        return {**found, "strategy": "elastic"}, row, is_right

    def fail_at_random(self, chance, folder, strategy, whole, events):
        every = chance.choice([1, 1, 3])
        checkpoint = f"checkpoint={{every: {every}, bandwidth: 10MB/s}}"
        is_asynchronous = "async" in strategy  # the order of its updates, and so its bits, may change with the times
        # One to two and a half intervals between the cluster's failures: it meets dozens of them, and still gets on.
        mtbf_s = float(whole["step_s"]) * every * chance.uniform(1, 2.5) * int(whole["ranks"])
        distribution = chance.choice(["exponential", "weibull, shape: 0.7", "weibull, shape: 3"])
        fault = (f"{{mtbf: {mtbf_s:.9f}s, distribution: {distribution}, seed: {chance.randrange(10**6)}, "
                 f"detect_after: {chance.choice(['0s', '1ms'])}, restart_after: {chance.choice(['0s', '5ms'])}}}")
        words = [f"strategy={strategy}", f"faults=[{fault}]", checkpoint, *events]
        row = self.result(folder, words)
        is_right = not row["failure"] and (is_asynchronous or row["parameters_sha256"] == whole["parameters_sha256"])
        if is_right and (is_asynchronous or chance.random() < 0.25):
            is_right = self.repeats(words, row, folder)
        return {"strategy": strategy, "checkpoint_every": every, "distribution": distribution}, row, is_right

    def shrunk(self, chance, folder):
        """Workers fail for good: the bits of a run that was planned to have as many from the same steps on."""
        whole_s, every = 2 * float(self.references[0]["time_s"]), chance.choice([1, 3])
        victims = range(1, SHRINKING_WORKERS)
        faults = ", ".join(f"{{kill: worker {victim}, at: {chance.uniform(0, whole_s):.9f}s, shrink: true, "
                           f"detect_after: {chance.choice(['0s', '1ms'])}}}" for victim in victims)
        words = [f"strategy={STRATEGIES[0]}", f"checkpoint={{every: {every}, bandwidth: 10MB/s}}"]
        row = self.result(folder, [*words, f"cluster.workers={SHRINKING_WORKERS}", f"faults=[{faults}]"])
        workers, changes = SHRINKING_WORKERS, {}
        for entry in self.journal(folder):
            workers -= entry["event"] == "failure"
            if entry["event"] == "began":
                changes[entry["step"]] = workers
        first = changes.pop(0, SHRINKING_WORKERS)
        plan = ", ".join(f"{{at: step {step}, workers: {number}}}" for step, number in sorted(changes.items()))
        planned = self.result(folder.with_name(folder.name + "-planned"),
                              [*words, f"cluster.workers={first}", f"elastic=[{plan}]"])
        shutil.rmtree(folder.with_name(folder.name + "-planned"), ignore_errors=True)
        is_right = not row["failure"] and row["parameters_sha256"] == planned.get("parameters_sha256")
        return {"strategy": "shrink", "checkpoint_every": every}, row, is_right and row["workers"] == str(workers)

    def hung(self, chance, folder):
        """Hosts stand still for a while and go on: the bits of a run in which none did."""
        index = chance.randrange(len(STRATEGIES) - 1)  # all but the asynchronous one
        whole = self.references[index]
        servers = ["server 0", "server 1"] if "servers" in STRATEGIES[index] else []
        ranks = ["worker 0", "worker 1", "worker 2", *servers]
        faults = ", ".join(f"{{hang: {chance.choice(ranks)}, at: {chance.uniform(0, float(whole['time_s'])):.9f}s, "
                           f"lasts: {chance.uniform(1e-6, 3 * float(whole['step_s'])):.9f}s}}" for _ in range(30))
        words = [f"strategy={STRATEGIES[index]}", f"faults=[{faults}]"]
        row = self.result(folder, words)
        times = sum(entry["event"] == "hung" for entry in self.journal(folder))
        is_right = not row["failure"] and row["parameters_sha256"] == whole["parameters_sha256"]
        if is_right and chance.random() < 0.25:
            is_right = self.repeats(words, row, folder)
        return {"strategy": f"hang {STRATEGIES[index]}", "faults": times}, row, is_right

    def died(self, chance, folder):
        """Up to as many workers as there are backups die: nothing is lost, and nobody starts again."""
        victims = chance.sample(range(1, BACKED_UP_WORKERS), chance.randint(1, BACKUPS))
        return self.die(chance, folder, self.backed_up_words(), self.backed_up, victims, "backup-workers")

    @staticmethod
    def survivors_words(strategy):
        return [f"strategy={strategy}", f"cluster.workers={SURVIVORS_WORKERS}"]

    def survived(self, chance, folder, index):
        """Nobody stands in for the dead: the others go on, once they have noticed."""
        victims = chance.sample(range(1, SURVIVORS_WORKERS), chance.randint(1, DEATHS))
        words = self.survivors_words(SURVIVORS[index])
        return self.die(chance, folder, words, self.survivors[index], victims, f"survive {SURVIVORS[index]}",
                        [0, 0, 1e-3, 20e-3])

    def die(self, chance, folder, words, whole, victims, name, silent_s=(0,)):
        times_s = [chance.uniform(0, float(whole["time_s"])) for _ in victims]
        faults = ", ".join(f"{{kill: worker {victim}, at: {time_s:.9f}s, detect_after: {chance.choice(silent_s)}s}}"
                           for victim, time_s in zip(victims, times_s))
        words = [*words, f"faults=[{faults}]"]
        row = self.result(folder, words)
        if row["failure"]:
            return {"strategy": name}, row, False
        # A worker dies as it begins its next step. Who would die after the last one began lives on, and the fewer
        # there are, the sooner the run ends. Workers that nobody holds up end when they like.
        ended_s, step_s = float(row["time_s"]), float(whole["step_s"])
        surely_s = ended_s - 2 * step_s if name == "backup-workers" else ended_s / 4
        fewest, most = (sum(time_s < limit_s for time_s in times_s) for limit_s in (surely_s, ended_s))
        died = sum(entry["event"] == "died" for entry in self.journal(folder))
        is_right = (fewest <= int(row["failures"] or 0) <= most and int(row["failures"] or 0) == died
                    and float(row["lost_steps"] or 0) == 0 and float(row["recovery_s"] or 0) == 0
                    and self.repeats(words, row, folder))
        return {"strategy": name}, row, is_right

    def replaced(self, chance, folder):
        """Of each server and its replica one may die: the bits of a run in which none does."""
        whole = self.references[2]
        faults = ", ".join(f"{{kill: server {chance.choice([server, server + 2])}, "
                           f"at: {chance.uniform(0, float(whole['time_s'])):.9f}s, "
                           f"detect_after: {chance.choice(['0s', '1ms', '20ms'])}}}"
                           for server in chance.choice([[0], [1], [0, 1], [0, 1]]))
        words = [f"strategy={REPLICATED}", f"faults=[{faults}]"]
        row = self.result(folder, words)
        is_right = (not row["failure"] and row["parameters_sha256"] == whole["parameters_sha256"]
                    and float(row["lost_steps"] or 0) == 0 and self.repeats(words, row, folder))
        return {"strategy": f"survive {REPLICATED}"}, row, is_right

    @staticmethod
    def journal(folder):
        with (folder / "journal.jsonl").open() as file:
            return [json.loads(line) for line in file]
