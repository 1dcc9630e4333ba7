#!/usr/bin/env bash
# SimGrid 3.32 (Debian 12, libsimgrid-dev 3.32-2): a flow never gets faster than its links were when it began.
#
# A link of 1 MB/s has 2 MB/s from 2 s on, by a bandwidth profile. A message of 4 MB that starts at 0, with the model CM02
# and no factors, has 2 MB left then and should end at 3 s. It ends at 4 s: when it begins, its rate is limited to the
# smallest bandwidth of its route, and the limit stays. A message that starts later has the new bandwidth, and a link
# that gets slower slows the flows on it at once. So platforms whose profiles rise give long messages too much time, and
# who compares another simulator with SimGrid there finds a difference that is no fault of that simulator's.
#
# Output seen: "4 MB from 0 s on: done at 4.000 s" and "4 MB from 2.5 s on: done at 4.500 s". Exits with 1 when that changes.
set -euo pipefail
dpkg -s libsimgrid-dev >/dev/null 2>&1 || { echo "needs: apt-get install libsimgrid-dev" >&2; exit 2; }
echo "libsimgrid-dev $(dpkg-query -W -f '${Version}' libsimgrid-dev)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/rising.cpp" <<'CPP'
#include <cstdio>
#include <cstdlib>
#include <simgrid/kernel/ProfileBuilder.hpp>
#include <simgrid/s4u.hpp>
namespace sg = simgrid::s4u;

int main(int argc, char** argv) {
  sg::Engine engine(&argc, argv);
  const double start_s = std::atof(argv[1]);
  auto* zone = sg::create_full_zone("zone");
  auto* from = zone->create_host("from", 1e9);
  auto* to = zone->create_host("to", 1e9);
  auto* link = zone->create_link("link", 1e6)->set_latency(0);
  link->set_bandwidth_profile(simgrid::kernel::profile::ProfileBuilder::from_string("rise", "2 2000000\n", -1));
  zone->add_route(from->get_netpoint(), to->get_netpoint(), nullptr, nullptr, {sg::LinkInRoute(link)});
  zone->seal();
  sg::Actor::create("sender", from, [=] {
    sg::this_actor::sleep_for(start_s);
    sg::Comm::sendto(from, to, 4'000'000);
    std::printf("%.3f\n", sg::Engine::get_clock());
  });
  // A profile does not keep the clock running.
  sg::Actor::create("clock", to, [] { sg::this_actor::sleep_for(10); });
  engine.run();
}
CPP
g++ -std=c++17 "$work/rising.cpp" -o "$work/rising" -lsimgrid
options=(--log=root.thres:critical --cfg=network/model:CM02 --cfg=network/bandwidth-factor:1 --cfg=network/crosstraffic:no)
early=$("$work/rising" 0 "${options[@]}")
late=$("$work/rising" 2.5 "${options[@]}")
echo "4 MB from 0 s on: done at $early s"
echo "4 MB from 2.5 s on: done at $late s"
[[ $early == 4.000 && $late == 4.500 ]]
