// What a world is: it brings up ranks and gives each an Endpoint. app/worlds.h lists those of this build.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/cluster.h"
#include "core/endpoint.h"

namespace tandem {

/// Where one of several processes that bring up a run together stands. Each of them calls World::run.
struct ProcessPlacement {
  int first_rank = 0, ranks = 1;  ///< of the run: those that this process starts
  std::string address;            ///< of the rendezvous, which the process with rank 0 serves
  std::uint16_t port = 0;
  std::array<unsigned char, 32> secret{};  ///< the run's; whoever knows it may join
};

struct WorldOptions {
  int ranks = 1;
  Payload payload = Payload::numeric;
  /// sim: what an f32 value counts as on the network and in memory; values of other elements count in proportion.
  double wire_bytes_per_value = kBytesPerValue;
  double timeout_s = 60;  ///< of joining; waits state their own deadlines
  Cluster cluster;
  Fidelity fidelity = Fidelity::full;  ///< sim, phantom payloads
  bool rendezvous_sends =
      false;  ///< no send completes, nor moves, before its receive is posted: proves that nothing relies on buffering
  std::string listen = "127.0.0.1";           ///< tcp: the address the rendezvous listens on
  std::optional<ProcessPlacement> placement;  ///< tcp: absent: this process starts all ranks
};

/// What a world may tell about a run besides what ranks record.
struct WorldReport {
  std::string event_digest;  ///< sim: a digest of all events and their times; empty elsewhere
};

using RankBody = std::function<void(Endpoint&)>;

/// One way of running ranks. `run` calls `body` once a rank, all at once, and returns when every rank has returned. It
/// throws RunFailed naming the rank and the cause when a rank fails: the rank that failed first, not those that
/// failed because of it. Ranks may be other processes: what `body` writes to memory is not seen by the caller.
struct World {
  std::string_view name;
  std::string_view doc;
  std::string_view clock;  ///< "wall" or "simulated"
  bool carries_phantoms;
  WorldReport (*run)(const WorldOptions& options, const RankBody& body);
};

}  // namespace tandem
