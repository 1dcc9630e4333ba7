#!/usr/bin/env bash
# SimGrid 3.32 (Debian 12, libsimgrid-dev 3.32-2): a Wi-Fi link says that its bandwidth is 1 byte/s.
#
# A Wi-Fi access point has a list of rates, here 54, 36 and 24 Mbit/s, of which each station uses one. Link::get_bandwidth
# answers neither of them but 1, and nothing else marks the number as meaningless: a program that computes with the
# bandwidths of a platform's links believes in messages of weeks. get_sharing_policy() == WIFI has to be asked first.
#
# Output seen: "point: 1 byte/s, Wi-Fi". Exits with 1 when that changes.
set -euo pipefail
dpkg -s libsimgrid-dev >/dev/null 2>&1 || { echo "needs: apt-get install libsimgrid-dev" >&2; exit 2; }
echo "libsimgrid-dev $(dpkg-query -W -f '${Version}' libsimgrid-dev)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/wifi.xml" <<'XML'
<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="zone" routing="Wifi">
    <prop id="access_point" value="router"/>
    <host id="a" speed="1Gf"/> <host id="b" speed="1Gf"/> <router id="router"/>
    <link id="point" sharing_policy="WIFI" bandwidth="54Mbps,36Mbps,24Mbps" latency="0ms"/>
  </zone>
</platform>
XML
cat >"$work/wifi.cpp" <<'CPP'
#include <cstdio>
#include <simgrid/s4u.hpp>
namespace sg = simgrid::s4u;

int main(int argc, char** argv) {
  sg::Engine engine(&argc, argv);
  engine.load_platform(argv[1]);
  const auto* link = sg::Link::by_name("point");
  const bool is_wifi = link->get_sharing_policy() == sg::Link::SharingPolicy::WIFI;
  std::printf("point: %g byte/s, %s\n", link->get_bandwidth(), is_wifi ? "Wi-Fi" : "wired");
}
CPP
g++ -std=c++17 "$work/wifi.cpp" -o "$work/wifi" -lsimgrid
seen=$("$work/wifi" "$work/wifi.xml" --log=root.thres:critical)
echo "$seen"
[[ $seen == "point: 1 byte/s, Wi-Fi" ]]
