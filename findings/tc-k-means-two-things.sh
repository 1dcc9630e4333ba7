#!/usr/bin/env bash
# In one tc command, "k" is 1000 in a rate and 1024 in a size, and "bps" is bytes per second.
#
# tc reads "10kbit" as a rate of 10,000 bits per second, but as a size (tbf's burst and limit) of 1,280 bytes, that is 10,240
# bits. And "10mbps", which everybody else writes for megabits per second, is ten megabytes per second: eight times as much.
# Emulated links that are a little or eight times too fast are seldom noticed, because the training still works. Plain
# numbers with "bit" for rates and without a unit for sizes (bytes) mean one thing only.
#
# Shown: what the kernel reports back for such a link, in a network namespace of its own. Needs the right to make one (a
# user namespace will do). Seen with iproute2 6.1.0.
set -eu -o pipefail
command -v tc >/dev/null || { echo "needs the package iproute2" >&2; exit 2; }
tc -V
show() {
  unshare --user --map-root-user --net bash -c "
    ip link set lo up
    tc qdisc add dev lo root tbf rate $1 burst $2 limit 100000
    tc -d qdisc show dev lo" | grep -oE 'rate [^ ]+ burst [^ ]+' | sed 's,/[0-9]*$,,'
}
same_prefix=$(show 10kbit 10kbit)
bytes=$(show 10mbps 32kb)
echo "asked for rate 10kbit burst 10kbit, the kernel has: $same_prefix"
echo "asked for rate 10mbps burst 32kb,   the kernel has: $bytes"
[[ $same_prefix == "rate 10Kbit burst 1280b" && $bytes == "rate 80Mbit burst 32Kb" ]]
