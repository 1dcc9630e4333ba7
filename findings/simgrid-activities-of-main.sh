#!/usr/bin/env bash
# SimGrid 3.32 (Debian 12, libsimgrid-dev 3.32-2): activities that no actor has started end in quadratic time.
#
# Graphs of tasks are simulated without actors: main() creates the activities, starts them and runs the engine. SimGrid keeps
# what main() has created in one list, and whenever one ends, it goes through that list from end to end. So the time to simulate n
# computations that run at once grows with n squared: 32,000 take 36 times as long as 8,000, more than seven seconds, where an
# actor for each, which has a list of its own, takes a tenth of that. What is started in SimGrid's kernel, from timers or in answer to
# an actor's request, is in that list, too. Activities that are used again are no longer in it, so only the first use costs that.
#
# Output seen (processor seconds of Engine::run): "8000 at once: 0.206 by main, 0.105 by actors; 32000: 7.397 and 0.756", that is 36
# and 7 times as long for four times as many. Exits with 1 when main()'s no longer take twice what growth with n would be.
set -euo pipefail
dpkg -s libsimgrid-dev >/dev/null 2>&1 || { echo "needs: apt-get install libsimgrid-dev" >&2; exit 2; }
echo "libsimgrid-dev $(dpkg-query -W -f '${Version}' libsimgrid-dev)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/at_once.cpp" <<'CPP'
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>
namespace sg = simgrid::s4u;

int main(int argc, char** argv) {
  sg::Engine engine(&argc, argv);
  const int count = std::atoi(argv[1]);
  auto* zone = sg::create_full_zone("zone");
  std::vector<sg::Host*> hosts;
  for (int i = 0; i < count; ++i) hosts.push_back(zone->create_host("host-" + std::to_string(i), "1Gf"));
  zone->seal();
  std::vector<sg::ExecPtr> tasks;
  for (sg::Host* host : hosts) {
    if (argc > 2) {
      sg::Actor::create("one", host, [] { sg::this_actor::execute(1e9); });
    } else {
      tasks.push_back(sg::Exec::init()->set_flops_amount(1e9)->set_host(host));
      tasks.back()->start();
    }
  }
  const std::clock_t start = std::clock();
  engine.run();
  std::printf("%.3f\n", static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  std::fflush(stdout);
  std::_Exit(0);
}
CPP
g++ -std=c++17 "$work/at_once.cpp" -o "$work/at_once" -lsimgrid
run() { "$work/at_once" "$@" --cfg=contexts/stack-size:64 --cfg=contexts/guard-size:0 --log=root.thres:critical; }
few=$(run 8000) few_actors=$(run 8000 actors) many=$(run 32000) many_actors=$(run 32000 actors)
echo "8000 at once: $few by main, $few_actors by actors; 32000: $many and $many_actors"
awk -v few="$few" -v many="$many" 'BEGIN { exit !(many > 8 * few) }'
