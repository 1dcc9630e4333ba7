// How many rounds of a ring phase are one message in a coarse simulation: a 64th of the phase, but single rounds where
// a link may change before all ranks have played the block. A block moves its bytes after all its latencies, which only
// a change of the links can tell from moving them round by round.
//
// All ranks of a ring must cut a phase alike, and they come to a block at different times. So the first to come
// decides, and the others follow. It knows which changes are to come, which block each rank has come to, and what a
// round takes. Until all ranks have begun the phase nobody knows when the last will have played the block: then any
// change to come counts.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "core/conditions.h"
#include "core/endpoint.h"
#include "sim/engine/activities.h"

namespace tandem::sim {

class RingPlan {
 public:
  RingPlan(std::vector<Slowdown> link_slowdowns, Activities& activities)
      : slowdowns_(std::move(link_slowdowns)), activities_(activities) {}

  /// Endpoint::rounds_a_block, asked by `rank`.
  std::uint32_t rounds_a_block(const RingPhase& at, int rank, double now_s);

 private:
  struct Block {
    std::uint32_t first_round = 0, rounds = 0;
    std::uint32_t taken = 0;  ///< by so many ranks
  };
  struct Phase {
    std::vector<Block> blocks;
    std::size_t taken_by_all = 0;  ///< blocks; they are the first ones
  };
  struct Place {
    int rank = 0;
    std::uint64_t phases = 0;  ///< begun
    std::size_t blocks = 0;    ///< taken, of the latest phase
  };
  struct Ring {
    std::vector<Place> places;
    std::deque<Phase> phases;  ///< those that some rank is in
    std::uint64_t ended = 0;   ///< phases before these
    RingPace pace;
    double pace_until_s = 0;
  };

  std::uint32_t decide(Ring& ring, const Phase& phase, const RingPhase& at, double now_s);
  double next_change_s(double now_s) const;

  std::vector<Slowdown> slowdowns_;
  Activities& activities_;
  std::map<std::pair<int, int>, Ring> rings_;  ///< by tag and first rank
};

}  // namespace tandem::sim
