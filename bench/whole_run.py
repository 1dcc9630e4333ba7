"""One run of a scenario by `tandem run`, and what it cost; for the benchmarks beside this file."""
import csv, os, subprocess, tempfile
from pathlib import Path


def whole_run(program, scenario, *options):
    """Processor seconds of the command, its children included, and the rows of runs.csv. Ends the benchmark where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        with open(Path(folder) / "said.txt", "w+") as said:
            child = subprocess.Popen([program, "run", scenario, "-o", results, *options], stdout=said, stderr=said)
            _, status, used = os.wait4(child.pid, 0)
            said.seek(0)
            if status != 0:
                raise SystemExit(said.read())
        with open(results / "runs.csv") as file:
            return used.ru_utime + used.ru_stime, list(csv.DictReader(file))
