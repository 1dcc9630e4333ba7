#!/usr/bin/env bash
# GNU parallel runs nothing on a host where SHELL is unset, and reports that all went well.
#
# What parallel starts on another host is a small program that hands the job to the shell named by SHELL there. sshd always
# sets it; other ways to reach a host that --ssh allows (a container's exec, a scheduler's step) often do not. Then the job is
# not started, nothing is printed, and parallel's own code, the job log's Exitval and Signal are all 0. A sweep that was dealt
# out this way ends at once, as a success without a result. Set SHELL in the command that reaches the host, and judge a sweep
# by what it has written, not by the job log.
#
# Shown: the same job by two commands in the place of ssh, which run it on this host with and without SHELL. Seen with GNU
# parallel 20221122.
set -eu -o pipefail
command -v parallel >/dev/null || { echo "needs the package parallel" >&2; exit 2; }
parallel --version | head -n 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for shell in "SHELL=/bin/sh" "-u SHELL"; do
  # Options and the host come first, then "--" and the command.
  printf '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec env %s sh -c "$*"\n' "$shell" >"$folder/reach"
  chmod +x "$folder/reach"
  code=0
  printed=$(parallel --will-cite --ssh "$folder/reach" --jobs 1 --sshlogin host --joblog "$folder/log" echo job {} ::: 1 2) || code=$?
  ends=$(tail -n +2 "$folder/log" | cut -f 7,8 | sort -u | tr '\t' ' ')
  echo "$shell: printed \"${printed//$'\n'/, }\", exit code $code, Exitval and Signal of its jobs: $ends"
  seen+=("$printed|$code|$ends")
done
[[ ${seen[0]} == $'job 1\njob 2|0|0 0' && ${seen[1]} == "|0|0 0" ]]
