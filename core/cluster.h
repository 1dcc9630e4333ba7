// The cluster that a scenario describes. Simulation builds it; real worlds honour what they can (see World::honours).
#pragma once

#include <any>
#include <optional>
#include <string>
#include <vector>

#include "core/conditions.h"
#include "core/nodes.h"
#include "core/slice.h"
#include "core/work.h"

namespace tandem {

/// Whether a simulation plays every message, or several rounds of a collective as one (core/rounds.h).
enum class Fidelity { full, coarse };

/// Who lets messages share links in a simulation: Tandem (sim/network/sharing.h), or SimGrid, flow by flow: slow, to
/// check the other.
enum class FlowModel { tandem, simgrid };

/// The bytes of a message beyond so many move at this share of the bandwidth, in (0, 1].
struct SizeFactor {
  double above_bytes = 0;
  double factor = 1;
};

/// How a message's latency and bytes become seconds. Neutral: exactly latency + bytes / bandwidth, fair sharing.
struct NetworkModel {
  std::string name = "neutral";  ///< neutral | lv08
  double latency_factor = 1;
  double bandwidth_factor = 1;
  bool cross_traffic = false;                 ///< SimGrid's model of acknowledgements on the way back, 5 % of the flow
  std::vector<SizeFactor> size_factors = {};  ///< ascending; empty: all bytes move at the bandwidth

  /// The bytes that take as long at the full bandwidth.
  double charged_bytes(double message_bytes) const;
};

/// What joins two ends: the ranks of one node, or the sites of a wide-area network.
struct LinkSpec {
  double bandwidth_bytes_per_s = 1.25e9;
  double latency_s = 0;
};

/// Groups of hosts, each behind an uplink to a switch that never blocks.
struct Uplinks {
  std::vector<Range> groups;  ///< hosts, one group after the other; fewer than two: no uplink
  LinkSpec uplink;            ///< its bandwidth, each way, and the latency that another group is further away
};

struct Network {
  std::string topology = "star";          ///< a name in topologies()
  std::any topology_options;              ///< the struct that the topology's file declares; empty: its defaults
  double bandwidth_bytes_per_s = 1.25e9;  ///< each host's link, each way; torus: each link between neighbours
  double latency_s = 50e-6;               ///< one way, between hosts with at most one switch between them
  double hop_latency_s = 0;               ///< added per further link between switches
  LinkSpec intra_node{.bandwidth_bytes_per_s = 16e9,
                      .latency_s = 5e-6};  ///< between ranks of one node, for each rank's link
  double queue_bytes = 64 << 20;   ///< emulated links: bytes that wait at each before packets are lost; sim loses none
  std::optional<Uplinks> uplinks;  ///< emulated links: what the topology comes to; absent where it has another form
  double send_buffer_bytes = 0;    ///< sim: a send whose bytes fit in is complete at once; one buffer per pair of ranks
  std::vector<Slowdown> slowdowns;         ///< for the links of these workers' hosts, both ways
  std::vector<BackgroundFlow> background;  ///< between workers' hosts
  std::vector<PacketLoss> losses;          ///< sim
  NetworkModel model;
};

/// A group of hosts that differ from the others; values that it does not state are those of all hosts. For a rank in
/// several groups, the last group that states a value counts.
struct HostGroup {
  RankSet workers;
  RankSet servers;  ///< dedicated servers, counted from 0
  std::optional<double> speed_flops_per_s;
  std::optional<double> memory_bandwidth_bytes_per_s;
  std::optional<double> bandwidth_bytes_per_s;  ///< the host's link's, each way
};

/// How fast a host works while nothing slows it.
struct HostSpeed {
  double flops_per_s = 0;
  std::optional<double> memory_bandwidth_bytes_per_s;

  double seconds_of(const Work& work) const;
};

/// A host of a SimGrid platform file.
struct PlatformHost {
  double speed_flops_per_s = 0;
  double largest_factor = 1;  ///< the largest multiple of the speed, where the file changes it over time
};

struct Cluster {
  int workers = 1;
  int ranks_per_node = 1;  ///< workers that share a host's network card; a dedicated server has a node of its own
  double speed_flops_per_s = 10e9;
  std::optional<double> memory_bandwidth_bytes_per_s;  ///< absent: reductions and updates are free in simulation
  std::optional<double> memory_bytes;  ///< one rank's; a run that holds more is refused; absent: unlimited
  double message_overhead_s = 0;       ///< sim: of a processor for each message that it sends, and that it receives
  std::vector<HostGroup> hosts;
  std::string platform;  ///< sim: a SimGrid platform file instead of host, hosts and network; or empty
  std::vector<PlatformHost> platform_hosts;  ///< they become ranks in this order
  Network network;
  std::vector<Slowdown> slowdowns;  ///< for computations
  std::optional<Noise> noise;
  bool emulate_speed = false;  ///< real worlds: after a body, sleep until work / speed has passed
  bool emulate = false;        ///< tcp: links of the network's bandwidth, too

  Nodes nodes() const { return {.workers = workers, .ranks_per_node = ranks_per_node}; }
  // The values of one rank: workers are numbered first, then dedicated servers.
  double speed_of(int rank) const;
  std::optional<double> memory_bandwidth_of(int rank) const;
  HostSpeed host_speed_of(int rank) const { return {speed_of(rank), memory_bandwidth_of(rank)}; }
  double bandwidth_of(int rank) const;
  /// The sum over all workers, in flop/s.
  double speed_of_workers() const;
  double seconds_of(const Work& work, int rank) const { return host_speed_of(rank).seconds_of(work); }
};

}  // namespace tandem
