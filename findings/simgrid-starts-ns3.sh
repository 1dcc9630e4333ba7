#!/usr/bin/env bash
# SimGrid 3.32 (Debian 12, libsimgrid-dev 3.32-2+b2, ns-3 3.37): a program that is linked to SimGrid starts ns-3, too.
#
# One expects a library that simulates by formulas to load in a millisecond or two. Debian's is built with its ns-3
# models, so it needs fifteen libraries of ns-3, and these others. They are mapped, relocated and initialised
# (ns-3 registers its classes by name) before main() of every program that is linked to SimGrid, whether or not it ever
# simulates, and whichever network model it takes. An empty program takes some twenty times its time for that; tools that are
# called often, or start a process for each rank or run, feel it. To load SimGrid late (dlopen) avoids it.
#
# Output seen: "libraries of ns-3: 15; an empty program 0.7 ms, linked to SimGrid 16.5 ms: 23 times". Exits with 1 when no
# library of ns-3 is loaded any more, or the program takes less than five times the empty one's time.
set -euo pipefail
dpkg -s libsimgrid-dev >/dev/null 2>&1 || { echo "needs: apt-get install libsimgrid-dev" >&2; exit 2; }
echo "libsimgrid-dev $(dpkg-query -W -f '${Version}' libsimgrid-dev)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo 'int main() {}' >empty.cpp
g++ empty.cpp -o empty
g++ empty.cpp -o linked -Wl,--no-as-needed -lsimgrid
libraries=$(ldd ./linked | grep -c libns3 || true)
# The median of processor seconds of 21 starts, in turns.
python3 - "$libraries" <<'PYTHON'
import os, statistics, subprocess, sys

def milliseconds(program):
    child = subprocess.Popen([program])
    _, _, used = os.wait4(child.pid, 0)
    return 1e3 * (used.ru_utime + used.ru_stime)

taken = {program: [] for program in ("./empty", "./linked")}
for _ in range(21):
    for program in taken:
        taken[program].append(milliseconds(program))
empty, linked = (statistics.median(times) for times in taken.values())
print(f"libraries of ns-3: {sys.argv[1]}; an empty program {empty:.1f} ms, linked to SimGrid {linked:.1f} ms: {linked / empty:.0f} times")
sys.exit(0 if int(sys.argv[1]) > 0 and linked >= 5 * empty else 1)
PYTHON
