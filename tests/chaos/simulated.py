"""Failures of simulated ranks at random event times."""
import csv
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


class Setting:
    def __init__(self, program, place, seed):
        self.program, self.place, self.seed = program, place, seed
        self.file = place / "simulated.yaml"
        self.file.write_text(SCENARIO)
        self.references = [self.result(place / f"reference-{i}", [f"strategy={strategy}"])
                           for i, strategy in enumerate(STRATEGIES)]

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

    def run(self, number):
        chance = random.Random(f"{self.seed} simulated {number}")
        strategy = STRATEGIES[number % len(STRATEGIES)]
        whole = self.references[number % len(STRATEGIES)]
        every = chance.choice([1, 1, 3])
        checkpoint = f"checkpoint={{every: {every}, bandwidth: 10MB/s}}"
        is_asynchronous = "async" in strategy  # the order of its updates, and so its bits, may change with the times
        # One to two and a half intervals between the cluster's failures: it meets dozens of them, and still gets on.
        mtbf_s = float(whole["step_s"]) * every * chance.uniform(1, 2.5) * int(whole["ranks"])
        distribution = chance.choice(["exponential", "weibull, shape: 0.7", "weibull, shape: 3"])
        fault = (f"{{mtbf: {mtbf_s:.9f}s, distribution: {distribution}, seed: {chance.randrange(10**6)}, "
                 f"detect_after: {chance.choice(['0s', '1ms'])}, restart_after: {chance.choice(['0s', '5ms'])}}}")
        words = [f"strategy={strategy}", f"faults=[{fault}]", checkpoint]
        row = self.result(self.place / f"sim-{number}", words)
        is_right = not row["failure"] and (is_asynchronous or row["parameters_sha256"] == whole["parameters_sha256"])
        if is_right and (is_asynchronous or number % 4 == 0):
            again = self.result(self.place / f"sim-{number}-again", words)
            is_right = again["event_digest"] == row["event_digest"]
        parts = ["useful_s", "checkpoint_s", "lost_s", "recovery_s"]
        if is_right:
            time_s = float(row["time_s"])
            is_right = abs(sum(float(row[part]) for part in parts) - time_s) < 1e-6 * time_s
        for folder in (f"sim-{number}", f"sim-{number}-again"):
            shutil.rmtree(self.place / folder, ignore_errors=True)
        return {"number": number, "strategy": strategy, "checkpoint_every": every, "distribution": distribution,
                "faults": int(float(row["failures"] or 0)), "lost_steps": row.get("lost_steps", ""),
                "hangs": row.get("hangs", 0), "orphans": 0, "wrong": int(not is_right), "leftovers": 0, "failure": row["failure"]}
