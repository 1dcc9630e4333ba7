#!/usr/bin/env bash
# SimGrid 3.32 (Debian 12, libsimgrid-dev 3.32-2): a program that asks for the hosts of a platform gets them by name.
#
# A platform file that lists node-2, node-10, node-1 gives Engine::get_all_hosts() = node-1, node-10, node-2: sorted as
# text, so that node-10 comes before node-2. A program that numbers its ranks by that list puts rank 1 of a cluster of
# eleven hosts on node-1 and rank 2 on node-10. The order of the file has to be taken from the signal that each host
# gives when it is created.
#
# Output seen: "listed: node-1 node-10 node-2" and "created: node-2 node-10 node-1". Exits with 1 when that changes.
set -euo pipefail
dpkg -s libsimgrid-dev >/dev/null 2>&1 || { echo "needs: apt-get install libsimgrid-dev" >&2; exit 2; }
echo "libsimgrid-dev $(dpkg-query -W -f '${Version}' libsimgrid-dev)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/hosts.xml" <<'XML'
<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="zone" routing="Full">
    <host id="node-2" speed="1Gf"/> <host id="node-10" speed="1Gf"/> <host id="node-1" speed="1Gf"/>
  </zone>
</platform>
XML
cat >"$work/hosts.cpp" <<'CPP'
#include <cstdio>
#include <simgrid/s4u.hpp>
#include <string>
namespace sg = simgrid::s4u;

int main(int argc, char** argv) {
  sg::Engine engine(&argc, argv);
  std::string created = "created:", listed = "listed:";
  sg::Host::on_creation_cb([&](const sg::Host& host) { created += " " + host.get_name(); });
  engine.load_platform(argv[1]);
  for (const sg::Host* host : engine.get_all_hosts()) listed += " " + host->get_name();
  std::printf("%s\n%s\n", listed.c_str(), created.c_str());
}
CPP
g++ -std=c++17 "$work/hosts.cpp" -o "$work/hosts" -lsimgrid
seen=$("$work/hosts" "$work/hosts.xml")
echo "$seen"
[[ $seen == $'listed: node-1 node-10 node-2\ncreated: node-2 node-10 node-1' ]]
