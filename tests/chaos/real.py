"""Faults of real processes: one is hit, and what becomes of the run is looked at."""
import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time

import processes
from kinds import BACKED_UP, KINDS, RANKS, SHRINKING, runs_from

STEPS = 40
# Steps take some milliseconds, whatever the machine, so that there is time for a fault. Two layers: parameters of a
# linear model end with the same bits on whatever number of workers.
SCENARIO = f"""tandem: 1
name: chaos
question: Does a run survive what happens to its processes?
workload:
  model: {{name: mlp, hidden: [7, 5]}}
  data: {{source: synthetic-linear, rows: 100, features: 3, validation: 0.1, shuffle: false}}
  loss: mse
  batch: {{global: 12}}
  stop: {{steps: {STEPS}}}
cluster: {{workers: 2, emulate_speed: true, host: {{speed: 300kflop/s}}}}
"""
CHECKPOINTS = "checkpoint={every: 5, keep: 3}"
HANG_S = 90
NO_CAUSE = re.compile("the run's process ended with exit code [0-9]+")


def has_learnt(row):
    """Where the bits depend on who is first, the loss still goes from 14 to about 1."""
    return not row.get("failure") and float(row.get("validation_loss") or "inf") < 2


class Setting:
    def __init__(self, program, place, seed):
        self.program, self.place, self.seed = program, place, seed
        self.file = place / "real.yaml"
        self.file.write_text(SCENARIO)
        self.lock = threading.Lock()
        self.resharded = {}
        self.references = {
            kind.name: self.row_of(self.run_to_its_end(kind, self.undisturbed(kind), f"reference-{kind.name}"))
            for kind in KINDS}

    def undisturbed(self, kind):
        events = kind.events if kind.keeps_checkpoints and not kind.recovers else ()
        return ["-w", "threads", *(["-s", CHECKPOINTS] if kind.keeps_checkpoints else []), *self.overrides(events)]

    @staticmethod
    def overrides(words):
        return [argument for word in words for argument in ("-s", word)]

    def run_to_its_end(self, kind, arguments, name):
        folder = self.place / name
        subprocess.run([self.program, "run", self.file, "-o", folder, "--force", "-s", f"strategy={kind.strategy}",
                        "-s", f"cluster.workers={kind.workers}", *arguments], capture_output=True, timeout=HANG_S)
        return folder

    def bits_after_changes(self, kind, first, changes):
        """Of a run of so many workers at first that was planned to have other numbers from these steps on."""
        plan = (first, *changes)
        with self.lock:
            if plan not in self.resharded:
                words = ", ".join(f"{{at: step {step}, workers: {workers}}}" for step, workers in changes)
                folder = self.run_to_its_end(kind, ["-w", "threads", "-s", f"cluster.workers={first}",
                                                    "-s", f"elastic=[{words}]"], f"reference-{len(self.resharded)}")
                self.resharded[plan] = self.bits_of(folder)
            return self.resharded[plan]

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
        runs = runs_from(number)
        self.world, self.kind = runs[number % len(runs)]
        self.phase = self.kind.phases[number // len(runs) % len(self.kind.phases)]
        self.has_journal = self.world != "hosts" or bool(self.kind.events)
        if not self.has_journal and self.phase == "checkpoint":
            self.phase = "collective"  # there are no checkpoints
        targets = [f"rank {rank}" for rank in range(max(RANKS, 1 + max(self.kind.mortal, default=0)))]
        attempts = ["attempt"] if self.kind.events or self.kind.recovers else []
        targets += {"tcp": ["launcher", *attempts], "hosts": ["host", "member"],
                    "mpi": ["mpirun", "launcher"]}[self.world]
        self.target = self.chance.choice(targets + ["command"] + (["joiner"] if self.kind.joins else []))
        actions = ["kill", "stop", "pause"]
        if self.target == "joiner":
            actions, self.phase = ["kill", "interrupt", "terminate"], "ask"
        elif self.target == "command":
            actions = ["kill", "pause", "interrupt", "terminate"]
        elif self.target in ("launcher", "attempt"):
            actions = ["kill", "pause"]  # stopped for good it is given half a minute
        self.action = self.chance.choice(actions)
        if self.kind.mortal and self.phase == "collective":  # most are what the others are to survive
            self.target, self.action = f"rank {self.chance.choice(self.kind.mortal)}", "kill"
        # Seven processes find each other on a host; on a busy machine they need their time.
        self.timeout_s = 10 if self.world == "hosts" else 3
        self.mark = f"{os.getpid()}-{setting.seed}-{number}"
        self.folder = setting.place / f"real-{number}"
        self.temporary = setting.place / f"tmp-{number}"
        self.memory = set()  # folders of the job's shared memory, as its processes name them
        self.resumed_on = ""
        self.joiner, self.answers = None, []

    def start(self):
        command = [self.setting.program, "run", self.setting.file, "-o", self.folder,
                   "-s", f"strategy={self.kind.strategy}", "-s", f"cluster.workers={self.kind.workers}",
                   *self.setting.overrides(self.kind.events), "-s", f"timeout={self.timeout_s}s",
                   "-w", "mpi" if self.world == "mpi" else "tcp"]
        if self.world == "hosts":
            places = "here:2,there:2" if self.kind.joins else "here:2,there:1"
            command += ["--hosts", places, "--launcher", "env WHERE={host}", "--advertise", "127.0.0.1"]
        if self.kind.keeps_checkpoints and self.has_journal:
            command += ["-s", CHECKPOINTS]
        self.temporary.mkdir()
        self.environment = {**os.environ, processes.MARK: self.mark, "TMPDIR": str(self.temporary)}
        self.log = (self.setting.place / f"log-{self.number}").open("w+")
        return subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log, start_new_session=True)

    def let_join(self):
        """Workers come and go at random times, as long as the run lasts."""
        chance = random.Random(f"{self.setting.seed} joins {self.number}")
        processes.becomes(lambda: self.has_ended() or '"began"' in self.journal(), HANG_S)
        for _ in range(chance.choice([1, 2, 3])):
            time.sleep(chance.uniform(0, 0.4))
            if self.has_ended():
                return
            words = chance.choice([[], ["-n", "2"], ["--leave"], ["--leave", "-n", "2"]])
            if self.world == "hosts" and chance.random() < 0.5:
                words = ["--host", f"other{len(self.answers)}:1"]
            self.joiner = subprocess.Popen([self.setting.program, "join", self.folder, *words], env=self.environment,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            self.answers.append(self.joiner.wait())

    def has_ended(self):
        return self.command.poll() is not None

    def look_at_memory(self):
        if self.world == "mpi":
            self.memory |= processes.values(self.mark, "OMPI_MCA_orte_tmpdir_base")

    def find(self):
        """The process that is to be hit; None while it is not there."""
        if self.target == "joiner":
            joiner = self.joiner
            return joiner.pid if joiner and joiner.poll() is None else None
        tree = processes.marked(self.mark)
        if self.target == "command":
            return self.command.pid
        first = processes.children(tree, self.command.pid)
        if self.world == "hosts":
            return self.find_on_hosts(tree, first)
        if not first or self.target == "launcher":
            return first[0] if first else None
        above = first[0]
        below = processes.children(tree, above)
        if self.world == "mpi":
            self.look_at_memory()
            below = [process for process in below if processes.words(process)[:1] == ["mpirun"]]
            if not below or self.target == "mpirun":
                return below[0] if below else None
            ranks = {processes.variable(process, "OMPI_COMM_WORLD_RANK"): process
                     for process in processes.children(tree, below[0])}
            return ranks.get(self.target.split()[1])
        if self.kind.events and len(below) == 1:  # such a run has a process of its own for each attempt
            above, below = below[0], processes.children(tree, below[0])
        if self.target == "attempt":
            return above
        least = 1 if self.kind.joins else RANKS - 1
        return below[int(self.target.split()[1]) % len(below)] if len(below) >= least else None

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

    def journal(self):
        try:
            return (self.folder / "journal.jsonl").read_text()
        except OSError:
            return ""

    def reached(self):
        """Whether the run has come to the phase."""
        def checkpoint_under_way():
            return any(not (step / "manifest.json").exists() for step in (self.folder / "checkpoints").glob("step-*"))

        if self.phase == "join":
            return True
        if self.phase == "ask":
            return (self.folder / "request.json").exists() or '"changed"' in self.journal()
        if self.phase == "change":
            return '"changed"' in self.journal() or '"failure"' in self.journal()
        if self.phase == "end":
            return (self.folder / "runs.csv").exists() or (self.folder / "run.json").exists()
        if not self.has_journal:  # nothing but its processes says how far it is
            return len(processes.marked(self.mark)) == 8
        if self.phase in ("first step", "collective"):
            return '"began"' in self.journal()
        if self.phase == "checkpoint":
            return '"began"' in self.journal() and checkpoint_under_way()
        return (self.folder / f"checkpoints/step-{STEPS:08}/manifest.json").exists()

    def delay_s(self):
        if self.phase == "collective" and self.kind.mortal:
            return self.chance.uniform(0, 0.12)  # as long as they train
        if self.phase in ("join", "collective", "change"):
            return self.chance.uniform(0, 0.3)
        if not self.has_journal and self.phase == "gathering":
            return self.chance.uniform(0.2, 0.6)
        return self.chance.choice([0, 0, 0.001, 0.005])

    def hit(self):
        """Returns whether there was still something to hit."""
        delay_s = self.delay_s()
        processes.becomes(lambda: self.has_ended() or self.reached(), HANG_S)
        if self.phase in ("join", "change", "ask"):
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
        joins = threading.Thread(target=self.let_join)
        if self.kind.joins:
            joins.start()
        was_hit = self.hit()
        hangs = not processes.becomes(self.has_ended, HANG_S)
        hangs |= not processes.becomes(lambda: not joins.is_alive(), HANG_S)
        took_s = time.monotonic() - began
        has_gone = processes.becomes(lambda: not processes.marked(self.mark), 10)
        orphans = 0 if has_gone or hangs else len(processes.marked(self.mark))
        processes.end_all(self.mark)
        self.command.wait()
        if self.kind.joins:
            joins.join()
        left = lambda: os.listdir(self.temporary) + [folder for folder in self.memory if os.path.exists(folder)]
        leftovers = 0 if processes.becomes(lambda: not left(), 3) else len(left())
        failure = self.setting.row_of(self.folder).get("failure") or self.last_line()
        row = {"number": self.number, "world": self.world, "strategy": self.kind.name, "phase": self.phase,
               "action": self.action, "target": self.target, "timeout_s": self.timeout_s,
               "hit": int(was_hit), "exit": self.command.returncode,
               "took_s": f"{took_s:.1f}", "hangs": int(hangs), "orphans": orphans, "wrong": int(not self.is_right()),
               "leftovers": leftovers, "resumed_on": "",
               "failure": self.without_paths(failure) if self.command.returncode else ""}
        row["resumed_on"] = self.resumed_on
        row["joined"] = sum(entry["event"] == "changed" for entry in self.entries()) if self.kind.joins else ""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.temporary, ignore_errors=True)
        return row

    def without_paths(self, text):
        return text.replace(str(self.setting.place), "...").replace(str(self.setting.program), "tandem")

    def last_line(self):
        self.log.seek(0)
        lines = [line for line in self.log.read().splitlines() if line and " runs, " not in line]
        return lines[-1] if lines else ""

    def is_right(self):
        """The bits of an undisturbed run, here or when the run goes on from what is left of it."""
        code, row = self.command.returncode, self.setting.row_of(self.folder)
        cause = row.get("failure") or self.last_line()
        if code == 1 and (not cause or NO_CAUSE.fullmatch(cause)):
            return False
        if self.kind.joins and not self.is_answered():
            return False
        if self.kind is BACKED_UP:
            return self.is_right_with_backups(code, row)
        if self.target == "joiner" and code != 0:
            return False
        if self.kind.joins and code == 0:
            return row.get("parameters_sha256") == self.bits_of_who_came(STEPS)
        if self.kind.mortal:
            return self.is_right_without_the_dead(code, row)
        if self.kind.recovers and self.target not in ("command", "launcher"):
            return code == 0 and row.get("parameters_sha256") == self.bits_of_who_was_left()
        if code == 0 and not self.kind.has_bits:
            return has_learnt(row)
        if code == 0:
            return row.get("parameters_sha256") == self.setting.references[self.kind.name]["parameters_sha256"]
        manifests = sorted((self.folder / "checkpoints").glob("step-*/manifest.json"))
        if code not in (1, -signal.SIGKILL, 128 + signal.SIGINT, 128 + signal.SIGTERM) or not manifests:
            return code != 3 and code != 2
        return self.goes_on_from(json.loads(manifests[-1].read_text()))

    def is_answered(self):
        """Who asked was told the truth: each yes is a change, and each number is one that there is."""
        # A host that was hit as it came is left out again, with the cause.
        changes = [entry for entry in self.entries() if entry["event"] == "changed" and "cause" not in entry]
        codes = {0, 1, 2, -signal.SIGKILL, -signal.SIGTERM, 128 + signal.SIGINT, 128 + signal.SIGTERM}
        once = len({entry["request"] for entry in changes}) == len(changes)
        return once and self.answers.count(0) <= len(changes) and set(self.answers) <= codes

    def entries(self):
        """The last line may be half, where its writer was killed."""
        found = []
        for line in self.journal().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                pass
        return found

    def bits_of_who_came(self, step):
        """As the journal tells who has joined and left before the checkpoint after so many steps."""
        told = {entry["step"]: entry["workers"] for entry in self.entries() if entry["event"] == "changed"}
        changes = [change for change in told.items() if change[0] < step]
        if not changes:
            return self.setting.references[self.kind.name]["parameters_sha256"]
        return self.setting.bits_after_changes(self.kind, self.kind.workers, changes)

    def bits_of_who_was_left(self):
        """As the journal tells who trained from which step on."""
        workers, changes = self.kind.workers, {}
        for line in self.journal().splitlines():
            entry = json.loads(line)
            workers -= self.kind.shrinks and entry["event"] == "failure"
            if entry["event"] == "began" and entry["step"] < STEPS:
                changes[entry["step"]] = workers
        first = changes.pop(0, self.kind.workers)
        if first == self.kind.workers and all(number == first for number in changes.values()):
            return self.setting.references[self.kind.name]["parameters_sha256"]
        return self.setting.bits_after_changes(self.kind, first, sorted(changes.items()))

    def goes_on_from(self, manifest):
        """To the bits of an undisturbed run, or of one that was planned to have other workers from there on."""
        step, was = manifest["step"], manifest["identity"]["workers"]
        words = [] if self.kind.recovers else list(self.kind.events)
        expected = self.setting.references[self.kind.name]["parameters_sha256"]
        workers = self.kind.workers
        if self.kind is SHRINKING and was < self.kind.workers:
            words, workers = [], was  # the failure is behind it
        elif self.kind.joins:
            words, workers, expected = [], was, self.bits_of_who_came(step)
        elif self.kind.can_be_resharded and step < STEPS:
            workers = self.chance.choice([1, 2, 3, 4])
            if workers != was:
                expected = self.setting.bits_after_changes(self.kind, self.kind.workers, [(step, workers)])
        world = "threads" if self.kind.has_bits else self.world  # only the same bits go on in any world
        again = self.setting.run_to_its_end(
            self.kind, ["-w", world, "-s", CHECKPOINTS, "-s", f"cluster.workers={workers}",
                        *self.setting.overrides(words), "--resume", self.folder], f"resumed-{self.number}")
        self.resumed_on = workers
        row = self.setting.row_of(again)
        shutil.rmtree(again, ignore_errors=True)
        return row.get("parameters_sha256") == expected if self.kind.has_bits else has_learnt(row)

    def is_right_with_backups(self, code, row):
        if code == 0:
            return has_learnt(row)
        is_death = self.action == "kill" and self.target == "rank 1" and self.phase in ("first step", "collective")
        return code not in (2, 3) and not is_death

    def is_right_without_the_dead(self, code, row):
        if code == 0 and self.kind.has_bits:
            return row.get("parameters_sha256") == self.setting.references[self.kind.name]["parameters_sha256"]
        if code == 0:  # whoever is paused while the others end is left with its own part of the data: it learns that
            return not row.get("failure") and float(row.get("train_loss") or "inf") < 5
        is_death = self.action == "kill" and self.target in [f"rank {rank}" for rank in self.kind.mortal]
        return code not in (2, 3) and not (is_death and self.phase in ("first step", "collective"))
