"""Processes of a run, found by a mark in their environment: also those whose parents have gone."""
import os
import signal
import time
from pathlib import Path

MARK = "TANDEM_CHAOS"


def _read(process, what):
    try:
        return Path(f"/proc/{process}/{what}").read_bytes()
    except OSError:
        return b""


def marked(mark):
    """{process: parent}, zombies left out."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit() or f"{MARK}={mark}".encode() not in _read(name, "environ").split(b"\0"):
            continue
        fields = _read(name, "stat").rpartition(b")")[2].split()
        if fields and fields[0] not in (b"Z", b"X"):
            found[int(name)] = int(fields[1])
    return found


def words(process):
    return [word.decode() for word in _read(process, "cmdline").split(b"\0")[:-1]]


def variable(process, name):
    for entry in _read(process, "environ").split(b"\0"):
        if entry.startswith(name.encode() + b"="):
            return entry.partition(b"=")[2].decode()
    return None


def children(tree, parent):
    return sorted(process for process, its_parent in tree.items() if its_parent == parent)


def send(process, which):
    try:
        os.kill(process, which)
        return True
    except ProcessLookupError:
        return False


def becomes(holds, limit_s):
    """Asks again and again until it holds; False if it did not in time."""
    end = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.004)
    return True


def end_all(mark):
    for process in marked(mark):
        send(process, signal.SIGKILL)


def values(mark, name):
    """What the processes have for this variable of their environment."""
    return {value for value in (variable(process, name) for process in marked(mark)) if value}
