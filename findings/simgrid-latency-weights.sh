#!/usr/bin/env bash
# SimGrid 3.32 (Debian 12, libsimgrid-dev 3.32-2): model CM02 without any correction still shares links by latency.
#
# Two flows of 125 MB share one link of 125 MB/s. Their routes differ in a second link, far wider, of 1 ms and of 9 ms.
# All that the documentation lists as a correction is off: latency factor and bandwidth factor 1, no cross-traffic, no
# weight-S, no window. Max-min fair sharing would end both at about 2 s. The near flow gets nine times the rate of the
# far one, the ratio of their latencies, and ends at 1.11 s. No option turns this off; where all latencies are equal
# there is nothing to see. A closed form of fair sharing can therefore be held to SimGrid at equal latencies only.
#
# Output seen: "near: 1.111 s" and "far: 2.001 s". Exits with 1 when that changes.
set -euo pipefail
dpkg -s libsimgrid-dev >/dev/null 2>&1 || { echo "needs: apt-get install libsimgrid-dev" >&2; exit 2; }
echo "libsimgrid-dev $(dpkg-query -W -f '${Version}' libsimgrid-dev)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/weights.cpp" <<'CPP'
#include <cstdio>
#include <simgrid/s4u.hpp>
namespace sg = simgrid::s4u;

int main(int argc, char** argv) {
  sg::Engine engine(&argc, argv);
  auto* zone = sg::create_full_zone("zone");
  auto* from = zone->create_host("from", 1e9);
  const auto* shared = zone->create_link("shared", 125e6)->set_latency(0);
  const auto send = [&](const char* name, double latency_s) {
    auto* to = zone->create_host(name, 1e9);
    const auto* wide = zone->create_link(std::string("to-") + name, 1e12)->set_latency(latency_s);
    zone->add_route(from->get_netpoint(), to->get_netpoint(), nullptr, nullptr,
                    {sg::LinkInRoute(wide), sg::LinkInRoute(shared)});
    sg::Actor::create(name, from, [=] {
      sg::Comm::sendto(from, to, 125'000'000);
      std::printf("%s: %.3f s\n", name, sg::Engine::get_clock());
    });
  };
  send("near", 1e-3);
  send("far", 9e-3);
  zone->seal();
  engine.run();
}
CPP
g++ -std=c++17 "$work/weights.cpp" -o "$work/weights" -lsimgrid
seen=$("$work/weights" --log=root.thres:critical --cfg=network/model:CM02 --cfg=network/latency-factor:1 \
  --cfg=network/bandwidth-factor:1 --cfg=network/crosstraffic:no --cfg=network/weight-S:0 --cfg=network/TCP-gamma:1e30)
echo "$seen"
[[ $seen == $'near: 1.111 s\nfar: 2.001 s' ]]
