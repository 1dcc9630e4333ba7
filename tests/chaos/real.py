"""Faults of real processes: one is hit, and what becomes of the run is looked at."""
import csv
import os
import random
import shutil
import signal
import subprocess
import time

import processes

STEPS = 40
# Steps take some milliseconds, whatever the machine, so that there is time for a fault.
SCENARIO = f"""tandem: 1
name: chaos
question: Does a run survive what happens to its processes?
workload:
  model: {{name: linear, init: zeros}}
  data: {{source: synthetic-linear, rows: 100, features: 3, validation: 0.1, shuffle: false}}
  batch: {{global: 12}}
  stop: {{steps: {STEPS}}}
cluster: {{workers: 2, emulate_speed: true, host: {{speed: 60kflop/s}}}}
"""
CHECKPOINTS = "checkpoint={every: 5, keep: 3}"
WORLDS = ["tcp", "hosts", "mpi"]
STRATEGIES = ["{name: allreduce}", "{name: ps-sync, servers: 1}"]
PHASES = ["join", "first step", "collective", "checkpoint", "gathering", "end"]
HANG_S = 90
RANKS = 3  # two workers and a server, or three workers


class Setting:
    def __init__(self, program, place, seed):
        self.program, self.place, self.seed = program, place, seed
        self.file = place / "real.yaml"
        self.file.write_text(SCENARIO)
        self.references = {}
        for strategy in STRATEGIES:
            self.references[strategy] = self.bits_of(self.run_to_its_end(strategy, ["-w", "threads"], "reference"))

    def words(self, strategy):
        return ["-s", f"strategy={strategy}", "-s", f"cluster.workers={3 if 'allreduce' in strategy else 2}"]

    def run_to_its_end(self, strategy, arguments, name):
        folder = self.place / f"{name}-{STRATEGIES.index(strategy)}"
        subprocess.run([self.program, "run", self.file, "-o", folder, "--force", *self.words(strategy), *arguments],
                       capture_output=True, timeout=HANG_S)
        return folder

    @staticmethod
    def row_of(folder):
        try:
            with (folder / "runs.csv").open() as file:
                return next(csv.DictReader(file), {})
        except OSError:
            return {}

    def bits_of(self, folder):
        return self.row_of(folder).get("parameters_sha256")

    def inflict(self, number):
        return Fault(self, number).inflict()


class Fault:
    def __init__(self, setting, number):
        self.setting, self.number = setting, number
        self.chance = random.Random(f"{setting.seed} real {number}")
        self.world = WORLDS[number % len(WORLDS)]
        self.strategy = STRATEGIES[number // len(WORLDS) % len(STRATEGIES)]
        self.phase = PHASES[number // (len(WORLDS) * len(STRATEGIES)) % len(PHASES)]
        if self.world == "hosts" and self.phase == "checkpoint":
            self.phase = "collective"  # there are no checkpoints
        targets = [f"rank {rank}" for rank in range(RANKS)]
        targets += {"tcp": ["launcher"], "hosts": ["host", "member"], "mpi": ["mpirun", "launcher"]}[self.world]
        self.target = self.chance.choice(targets + ["command"])
        actions = ["kill", "stop", "pause"]
        if self.target == "command":
            actions = ["kill", "pause", "interrupt", "terminate"]
        elif self.target == "launcher":
            actions = ["kill", "pause"]  # stopped for good it is given half a minute
        self.action = self.chance.choice(actions)
        # Seven processes find each other on a host; on a busy machine they need their time.
        self.timeout_s = 10 if self.world == "hosts" else 3
        self.mark = f"{os.getpid()}-{setting.seed}-{number}"
        self.folder = setting.place / f"real-{number}"
        self.temporary = setting.place / f"tmp-{number}"

    def start(self):
        command = [self.setting.program, "run", self.setting.file, "-o", self.folder,
                   *self.setting.words(self.strategy), "-s", f"timeout={self.timeout_s}s",
                   "-w", "mpi" if self.world == "mpi" else "tcp"]
        if self.world == "hosts":
            command += ["--hosts", "here:2,there:1", "--launcher", "env WHERE={host}", "--advertise", "127.0.0.1"]
        else:
            command += ["-s", CHECKPOINTS]
        self.temporary.mkdir()
        environment = {**os.environ, processes.MARK: self.mark, "TMPDIR": str(self.temporary)}
        self.log = (self.setting.place / f"log-{self.number}").open("w+")
        return subprocess.Popen(command, env=environment, stdout=self.log, stderr=self.log, start_new_session=True)

    def has_ended(self):
        return self.command.poll() is not None

    def find(self):
        """The process that is to be hit; None while it is not there."""
        tree = processes.marked(self.mark)
        if self.target == "command":
            return self.command.pid
        first = processes.children(tree, self.command.pid)
        if self.world == "hosts":
            return self.find_on_hosts(tree, first)
        if not first or self.target == "launcher":
            return first[0] if first else None
        below = processes.children(tree, first[0])
        if self.world == "mpi":
            below = [process for process in below if processes.words(process)[:1] == ["mpirun"]]
            if not below or self.target == "mpirun":
                return below[0] if below else None
            ranks = {processes.variable(process, "OMPI_COMM_WORLD_RANK"): process
                     for process in processes.children(tree, below[0])}
            return ranks.get(self.target.split()[1])
        return below[int(self.target.split()[1])] if len(below) == RANKS else None

    def find_on_hosts(self, tree, first):
        hosts = [process for process in first if "--join" in processes.words(process)]
        own = [process for process in first if process not in hosts]
        if self.target == "rank 0":
            return own[0] if own else None
        index = int(self.target.split()[1]) - 1 if self.target.startswith("rank") else 0
        if len(hosts) <= index:
            return None
        chain = [hosts[index]]
        while processes.children(tree, chain[-1]):
            chain.append(processes.children(tree, chain[-1])[0])
        depth = {"host": 0, "member": 1}.get(self.target, 2)
        return chain[depth] if len(chain) > depth else None

    def reached(self):
        """Whether the run has come to the phase."""
        def journal():
            try:
                return (self.folder / "journal.jsonl").read_text()
            except OSError:
                return ""

        def checkpoint_under_way():
            return any(not (step / "manifest.json").exists() for step in (self.folder / "checkpoints").glob("step-*"))

        if self.phase == "join":
            return True
        if self.phase == "end":
            return (self.folder / "runs.csv").exists() or (self.folder / "run.json").exists()
        if self.world == "hosts":  # nothing but its processes says how far it is
            return len(processes.marked(self.mark)) == 8
        if self.phase in ("first step", "collective"):
            return '"began"' in journal()
        if self.phase == "checkpoint":
            return '"began"' in journal() and checkpoint_under_way()
        return (self.folder / f"checkpoints/step-{STEPS:08}/manifest.json").exists()

    def delay_s(self):
        if self.phase in ("join", "collective"):
            return self.chance.uniform(0, 0.3)
        if self.world == "hosts" and self.phase == "gathering":
            return self.chance.uniform(0.2, 0.6)
        return self.chance.choice([0, 0, 0.001, 0.005])

    def hit(self):
        """Returns whether there was still something to hit."""
        delay_s = self.delay_s()
        processes.becomes(lambda: self.has_ended() or self.reached(), HANG_S)
        if self.phase == "join":
            processes.becomes(lambda: self.has_ended() or self.find() is not None, HANG_S)
        time.sleep(delay_s)
        victim = None if self.has_ended() else self.find()
        if victim is None:
            return False
        first = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP, "pause": signal.SIGSTOP,
                 "interrupt": signal.SIGINT, "terminate": signal.SIGTERM}[self.action]
        was_there = processes.send(victim, first)
        if self.action == "pause":
            time.sleep(self.chance.choice([0.05, 0.5, self.timeout_s + 1]))  # the last is longer than any wait may be
            processes.send(victim, signal.SIGCONT)
        return was_there

    def inflict(self):
        self.command = self.start()
        began = time.monotonic()
        was_hit = self.hit()
        hangs = not processes.becomes(self.has_ended, HANG_S)
        took_s = time.monotonic() - began
        has_gone = processes.becomes(lambda: not processes.marked(self.mark), 10)
        orphans = 0 if has_gone or hangs else len(processes.marked(self.mark))
        processes.end_all(self.mark)
        self.command.wait()
        left = lambda: os.listdir(self.temporary) + processes.left_memory()
        leftovers = 0 if processes.becomes(lambda: not left(), 3) else len(left())
        failure = self.setting.row_of(self.folder).get("failure") or self.last_line()
        row = {"number": self.number, "world": self.world, "strategy": self.strategy, "phase": self.phase,
               "action": self.action, "target": self.target, "timeout_s": self.timeout_s,
               "hit": int(was_hit), "exit": self.command.returncode,
               "took_s": f"{took_s:.1f}", "hangs": int(hangs), "orphans": orphans, "wrong": int(not self.is_right()),
               "leftovers": leftovers,
               "failure": failure.replace(str(self.setting.place), "...") if self.command.returncode else ""}
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.temporary, ignore_errors=True)
        return row

    def last_line(self):
        self.log.seek(0)
        lines = [line for line in self.log.read().splitlines() if line and " runs, " not in line]
        return lines[-1] if lines else ""

    def is_right(self):
        """The bits of an undisturbed run, here or when the run goes on from what is left of it."""
        expected = self.setting.references[self.strategy]
        code = self.command.returncode
        if code == 0:
            return self.setting.bits_of(self.folder) == expected
        if code == 1 and not (self.setting.row_of(self.folder).get("failure") or self.last_line()):
            return False  # it failed without a cause
        manifests = list((self.folder / "checkpoints").glob("step-*/manifest.json"))
        if code not in (1, -signal.SIGKILL, 128 + signal.SIGINT, 128 + signal.SIGTERM) or not manifests:
            return code != 3 and code != 2
        again = self.setting.run_to_its_end(self.strategy, ["-w", "threads", "-s", CHECKPOINTS, "--resume", self.folder],
                                            f"resumed-{self.number}")
        is_same = self.setting.bits_of(again) == expected
        shutil.rmtree(again, ignore_errors=True)
        return is_same
