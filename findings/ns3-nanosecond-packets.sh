#!/usr/bin/env bash
# ns-3 3.37 (Debian 12, libns3-dev 3.37-2): on fast links packets take whole nanoseconds, so links have other rates than they say.
#
# A point-to-point device works out how long a packet takes from its bytes and the device's rate, as a ns-3 Time, and Times count
# nanoseconds unless the program says otherwise before it makes any. At the rates of training clusters that is coarse: 64 bytes
# (an acknowledgement) take 1.28 ns at 400 Gbit/s and 2.56 ns at 200, and are given 1 and 3. So a link of 400 Gbit/s carries 512 of
# them, one of 200 carries 171, and one of 800 with packets of 256 bytes 683; packets of 1,500 bytes happen to fit. Nothing warns. With
# Time::SetResolution(Time::PS) as the first statement every rate is right. Who compares a simulator of flows with ns-3 finds
# differences up to 28 % that are neither congestion nor protocol.
#
# Output seen: "400Gbps, 64 B: 512.0 Gbit/s (ps: 400.0)", "200Gbps, 64 B: 170.7 Gbit/s (ps: 200.0)" and "800Gbps, 256 B: 682.7 Gbit/s
# (ps: 800.0)". Exits with 1 when that changes.
set -euo pipefail
dpkg -s libns3-dev >/dev/null 2>&1 || { echo "needs: apt-get install --no-install-recommends libns3-dev" >&2; exit 2; }
echo "libns3-dev $(dpkg-query -W -f '${Version}' libns3-dev)"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/rates.cpp" <<'CPP'
#include <ns3/core-module.h>
#include <ns3/network-module.h>
#include <ns3/point-to-point-module.h>

#include <cstdio>
#include <string>
using namespace ns3;

// rates RATE BYTES [ps]: sends packets one after the other over one link, and says at which rate they have come.
int main(int argc, char** argv) {
  if (argc > 3) Time::SetResolution(Time::PS);
  constexpr int kPackets = 100'000;
  constexpr unsigned kHeader = 2;  // the device's own
  const unsigned bytes = std::stoul(argv[2]);
  NodeContainer nodes(2);
  PointToPointHelper wire;
  wire.SetDeviceAttribute("DataRate", StringValue(argv[1]));
  wire.SetChannelAttribute("Delay", StringValue("0ns"));
  wire.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue(std::to_string(kPackets) + "p"));
  const NetDeviceContainer devices = wire.Install(nodes);
  int received = 0;
  devices.Get(1)->SetReceiveCallback([&](Ptr<NetDevice>, Ptr<const Packet>, uint16_t, const Address&) {
    return ++received, true;
  });
  Simulator::Schedule(Seconds(0), [&] {
    for (int i = 0; i < kPackets; ++i)
      devices.Get(0)->Send(Create<Packet>(bytes - kHeader), devices.Get(1)->GetAddress(), 0x0800);
  });
  Simulator::Run();
  if (received != kPackets) return 1;
  std::printf("%.1f", 8e-9 * bytes * kPackets / Simulator::Now().GetSeconds());
}
CPP
g++ -std=c++17 -w "$work/rates.cpp" -o "$work/rates" -lns3-point-to-point -lns3-network -lns3-core
seen=""
for link in "400Gbps 64" "200Gbps 64" "800Gbps 256" "400Gbps 1500"; do
  read -r rate bytes <<<"$link"
  carried=$("$work/rates" "$rate" "$bytes") fine=$("$work/rates" "$rate" "$bytes" ps)
  echo "$rate, $bytes B: $carried Gbit/s (ps: $fine)"
  seen+="$carried $fine "
done
[[ $seen == "512.0 400.0 170.7 200.0 682.7 800.0 400.0 400.0 " ]]
