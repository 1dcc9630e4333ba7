#!/usr/bin/env bash
# nlohmann-json's parse with a callback takes time that grows with the square of an array's length.
#
# json::parse(text, callback) may drop values while it reads. At the end of every object it looks through the whole array
# that holds the object for a value that was dropped, although only the last one can have been. An array of n objects so
# costs n^2 / 2 steps. A callback that only watches (one that limits the depth of nesting, say, and always returns true)
# pays this too, and so a trace with 70,000 events that parses in a second takes five minutes. json::parse without a
# callback, and json::sax_parse, are linear.
#
# Shown: an array of objects, and one four times as long, with and without a callback. Linear work takes 4 times as long,
# quadratic work 16 times. Seen with nlohmann-json 3.11.2 (Debian 12).
set -eu -o pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! dpkg-query -W nlohmann-json3-dev g++ >/dev/null 2>&1; then
  apt-get install -y --no-install-recommends nlohmann-json3-dev g++ >"$folder/apt.log" 2>&1 ||
    { echo "needs the packages nlohmann-json3-dev and g++" >&2; exit 2; }
fi
dpkg-query -W -f='${Package} ${Version}\n' nlohmann-json3-dev
cat >"$folder/parse.cpp" <<'CODE'
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>
using nlohmann::json;
// Processor time, the least of three.
double seconds(const std::string& text, const json::parser_callback_t& callback) {
  double least = 1e9;
  for (int i = 0; i < 3; ++i) {
    const std::clock_t start = std::clock();
    if (json::parse(text, callback).empty()) return -1;
    const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    if (took < least) least = took;
  }
  return least;
}
int main() {
  const auto watch = [](int, json::parse_event_t, json&) { return true; };
  double times[2][2];
  for (int longer = 0; longer < 2; ++longer) {
    std::string text = "[{\"a\": 1}";
    for (int i = 1; i < (longer ? 16000 : 4000); ++i) text += ",{\"a\": 1}";
    text += "]";
    times[longer][0] = seconds(text, nullptr);
    times[longer][1] = seconds(text, watch);
  }
  std::printf("4 times as many objects: %.1f times as long without a callback, %.1f times with one\n",
              times[1][0] / times[0][0], times[1][1] / times[0][1]);
  return times[1][1] / times[0][1] > 8 && times[1][0] / times[0][0] < 8 ? 0 : 1;
}
CODE
g++ -std=c++20 -O2 "$folder/parse.cpp" -o "$folder/parse"
"$folder/parse"
