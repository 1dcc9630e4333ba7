// Tries a student's function on ranks of a world, and finds out what every rank has to say.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "app/lab/task.h"
#include "core/cluster.h"
#include "core/comm.h"
#include "core/world.h"

namespace tandem::lab {

/// The worlds that a task is tried in: those of this build that need no launcher. The simulated one comes first.
std::vector<const World*> lab_worlds();

/// What a rank has seen.
struct RankFound {
  std::int64_t wrong = 0;  ///< values that are not what they should be
  std::int64_t of = 0;     ///< where that was: among so many values
  Traffic traffic;         ///< what the student's function sent
  double time_s = 0;       ///< how long that took the rank, from a common start
  double reference_s = 0;  ///< how long the reference took it, where there is one
};

/// `calls` is a part of the rank's work. Ranks begin it together; it is counted and timed.
struct Measured {
  Traffic traffic;
  double time_s = 0;
};
Measured measured(Comm& comm, const std::function<void(Comm&)>& calls);

using RankTrial = std::function<RankFound(Comm& comm)>;

/// Brings the ranks up. Throws RunFailed where one fails; a wait in a real world ends after seconds.
std::vector<RankFound> in_world(const World& world, int ranks, const Cluster& cluster, const RankTrial& trial);

/// A cluster for a number of a seed, with 2 to 12 workers on a star. Equal seeds give equal clusters.
Cluster drawn_cluster(std::uint64_t seed, std::uint64_t number);
/// "7 workers, 2.1Gbit/s, 33us".
std::string text_of(const Cluster& cluster);
/// A number between two, evenly on a logarithmic scale.
double drawn(std::uint64_t seed, std::uint64_t number, std::uint64_t what, double least, double most);

/// Whole numbers that float32 sums exactly, in any order: value `i` of rank `rank`, for a seed.
float drawn_value(std::uint64_t seed, int rank, std::size_t i);

/// The slowest rank's.
double slowest_s(const std::vector<RankFound>& ranks);
double slowest_reference_s(const std::vector<RankFound>& ranks);
/// Holds where the time is at most `most` times the reference's; the text has both.
Found no_slower(const std::string& where, double time_s, double reference_s, double most);

}  // namespace tandem::lab
