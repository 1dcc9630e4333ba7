// How many rounds (core/rounds.h) are one message in a coarse simulation: a 16th of all, but fewer where a link
// may change before all ranks have played the message. A message of several rounds moves its bytes after all its
// latencies, which only a change of the links can tell from moving them round by round.
//
// Where partners move on, a message that stands for several rounds goes to the first one's partner. So rounds are
// played together only where it does not matter over which links (alike_links.h).
//
// All ranks of a group must cut their rounds into the same blocks, and they come to a block at different times. So the
// first to come decides, and the others follow. It knows which changes are to come, which block each rank has come to,
// and what a round takes. Until all ranks have begun these rounds nobody knows when the last will have played the
// block: then any change to come counts.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "core/conditions.h"
#include "core/rounds.h"
#include "sim/coarse/alike_links.h"
#include "sim/coarse/round_group.h"
#include "sim/engine/activities.h"

namespace tandem::sim {

class RoundPlan {
 public:
  RoundPlan(std::vector<Slowdown> link_slowdowns, AlikeLinks alike_links, Activities& activities)
      : slowdowns_(std::move(link_slowdowns)), alike_links_(std::move(alike_links)), activities_(activities) {}

  /// RoundsPlayer::rounds_together, asked by `rank`.
  int rounds_together(const RoundsAt& at, int rank, double now_s);

 private:
  struct Block {
    int first_round = 0, rounds = 0;
    int taken = 0;  ///< by so many ranks
  };
  /// One time that the group plays its rounds.
  struct Pass {
    std::vector<Block> blocks;
    std::size_t taken_by_all = 0;  ///< blocks; they are the first ones
  };
  struct Place {
    int rank = 0;
    std::uint64_t passes = 0;  ///< begun
    std::size_t blocks = 0;    ///< taken, of the latest pass
  };
  struct Group {
    std::vector<Place> places;
    std::deque<Pass> passes;  ///< those that some rank is in
    std::uint64_t ended = 0;  ///< passes before these
    RoundPace pace;
    double pace_until_s = 0;
    Range alike;  ///< distances, while partners move on
  };

  int decide(Group& group, const Pass& pass, const RoundsAt& at, double now_s);
  bool is_uneven(Group& group, const RoundsAt& at, double now_s);
  const RoundPace& pace_now(Group& group, const RoundsAt& at, double now_s);
  int decide_while_alike(Group& group, const Pass& pass, const RoundsAt& at);
  RoundPace pace_of(const Group& group, const RoundsAt& at) const;
  double next_change_s(double now_s) const;

  std::vector<Slowdown> slowdowns_;
  AlikeLinks alike_links_;
  Activities& activities_;
  std::map<RoundGroup, Group> groups_;
};

}  // namespace tandem::sim
