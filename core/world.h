// A world starts ranks and gives each an Endpoint. app/worlds/worlds.h lists the worlds of this build.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/cluster.h"
#include "core/endpoint.h"

namespace tandem {

/// The place of one process among several that start a run together. Each of them calls World::run.
struct ProcessPlacement {
  int first_rank = 0, ranks = 1;  ///< the ranks that this process starts
  std::string address;            ///< where the rendezvous is, which the process with rank 0 serves
  std::uint16_t port = 0;
  std::array<unsigned char, 32> secret{};  ///< the run's; every process that knows it may join
};

struct WorldOptions {
  int ranks = 1;
  Payload payload = Payload::numeric;
  /// sim: the size that an f32 value has on the network and in memory; other elements in proportion.
  double wire_bytes_per_value = kBytesPerValue;
  double timeout_s = 60;  ///< for joining; waits state their own deadlines
  Cluster cluster;
  Fidelity fidelity = Fidelity::full;   ///< sim
  FlowModel flows = FlowModel::tandem;  ///< sim
  bool rendezvous_sends =
      false;  ///< no send moves or completes before its receive is posted; shows that no code relies on buffering
  std::string listen = "127.0.0.1";           ///< tcp: the address the rendezvous listens on
  std::optional<ProcessPlacement> placement;  ///< tcp; absent: this process starts all ranks
  Range mortal;  ///< ranks whose end fails only those that wait for them; the run succeeds if all others do
};

/// What a world may report about a run besides what the ranks record.
struct WorldReport {
  std::string event_digest;  ///< sim: a digest of all events and their times; empty elsewhere
};

using RankBody = std::function<void(Endpoint&)>;

/// Requests of a scenario about its cluster that not every world can carry out.
enum class Feature {
  host_speed,          ///< computations last as long as on host.speed (every world honours cluster.emulate_speed)
  links,               ///< messages share links of network.bandwidth and network.latency
  emulated_links,      ///< like links, where the scenario says cluster.emulate
  platform_file,       ///< cluster.platform
  link_slowdowns,      ///< cluster.network.slowdowns
  background_traffic,  ///< cluster.network.background
  link_losses,         ///< cluster.network.losses
  hanging_ranks,       ///< Endpoint::hang, which faults ask for
  rank_processes,      ///< a rank may be killed from outside: `run` throws RankLost, or its launcher ends
  stated_costs,        ///< workload.costs: messages and computations are charged as those of another model
};

/// A set of features.
class Features {
 public:
  constexpr Features(std::initializer_list<Feature> features) {
    for (const Feature feature : features) bits_ |= bit(feature);
  }
  constexpr bool contains(Feature feature) const { return (bits_ & bit(feature)) != 0; }

 private:
  static constexpr unsigned bit(Feature feature) { return 1U << static_cast<unsigned>(feature); }
  unsigned bits_ = 0;
};

/// What starts the processes that a world's ranks live in.
enum class StartedBy {
  itself,         ///< World::run, from the one process that calls it
  several_hosts,  ///< World::run, or processes started apart that find each other by WorldOptions::placement
  launcher,       ///< a launcher such as mpirun: World::run is called by each of its processes
};

/// The least time, in seconds, that the links of one rank need to carry `bytes` in one direction.
using LeastTime = std::function<double(int rank, double bytes)>;

/// One way of running ranks, and what it can do: no code outside a world's own folder compares its name. `run` calls
/// `body` once per rank, all at once, and returns when every rank has returned. It throws RunFailed naming the rank and
/// the cause when a rank fails: the rank that failed first, not those that failed because of it. Ranks may run in other
/// processes: the caller does not see what `body` writes to memory.
struct World {
  std::string_view name;
  std::string_view doc;
  std::string_view clock;  ///< "wall" or "simulated"
  bool predicts = false;   ///< times follow from the cluster's description, the same in every run; nothing is measured
  bool has_one_clock = false;  ///< all ranks read one clock, which only the simulation moves: no wait costs real time
  bool carries_phantoms = false;
  StartedBy started_by = StartedBy::itself;
  Features honoured = {};
  WorldReport (*run)(const WorldOptions& options, const RankBody& body) = nullptr;  ///< null: not in this build
  /// What every process that calls `run` would otherwise do for itself. Called before processes are forked; null:
  /// nothing.
  void (*get_ready)() = nullptr;
  /// Why this many ranks cannot run on this cluster, for people. Null: all that is honoured can run.
  std::optional<std::string> (*refusal)(const Cluster& cluster, int ranks) = nullptr;
  /// For this cluster; an empty function where links have no stated rate, null in a world where they never have.
  LeastTime (*least_time)(const Cluster& cluster, int ranks) = nullptr;

  constexpr bool honours(Feature feature) const { return honoured.contains(feature); }
  constexpr bool is_in_this_build() const { return run != nullptr; }
};

}  // namespace tandem
