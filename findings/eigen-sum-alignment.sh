#!/usr/bin/env bash
# Eigen's sum of the same floats depends on where they lie in memory.
#
# VectorXf::sum() adds in packets. Values before the first aligned address are added apart, so the order of summation, and
# with it the rounding, depends on the address of the first value modulo the size of a packet. Two ranks that sum the same
# gradients from a buffer and from a slice in the middle of one end with different bits; the difference is one of rounding
# (here 1 in 10^7), but it is enough for replicas, or a run and its repetition, to differ. Buffers that are all aligned, and
# slices that begin at multiples of a packet, avoid it.
#
# Shown: the same 1000 floats, copied to an aligned address and one to three floats further. Seen with Eigen 3.4.0.
set -eu -o pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! dpkg-query -W libeigen3-dev g++ >/dev/null 2>&1; then
  apt-get install -y --no-install-recommends libeigen3-dev g++ >"$folder/apt.log" 2>&1 ||
    { echo "needs the packages libeigen3-dev and g++" >&2; exit 2; }
fi
dpkg-query -W -f='${Package} ${Version}\n' libeigen3-dev
cat >"$folder/sum.cpp" <<'CODE'
#include <Eigen/Core>
#include <cstdio>
int main() {
  constexpr int kCount = 1000;
  alignas(64) static float room[kCount + 3];
  for (int offset = 0; offset <= 3; ++offset) {
    float* first = room + offset;
    for (int i = 0; i < kCount; ++i) first[i] = 1.0F / static_cast<float>(i + 1);
    std::printf("offset %d: %.9g\n", offset, Eigen::Map<Eigen::VectorXf>(first, kCount).sum());
  }
}
CODE
g++ -O2 -I/usr/include/eigen3 "$folder/sum.cpp" -o "$folder/sum"
"$folder/sum" | tee "$folder/sums"
(($(sed 's/.*: //' "$folder/sums" | sort -u | wc -l) > 1))
