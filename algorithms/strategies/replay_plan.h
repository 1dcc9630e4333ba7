// One rank's part of a program that is replayed, as its stacks play it.
#pragma once

#include <vector>

#include "algorithms/strategies/replay_program.h"

namespace tandem {

struct ReplayPlan {
  /// What an activity waits for and lets begin, besides what follows from its place in a stream.
  struct Links {
    std::size_t waits = 0;                  ///< for so many others
    std::vector<std::uint32_t> waited_for;  ///< by these
  };

  /// `rank_activities` outlive this.
  explicit ReplayPlan(const std::vector<ReplayActivity>& rank_activities);

  const std::vector<ReplayActivity>& activities;
  std::vector<Links> links;
  std::vector<std::vector<std::uint32_t>> streams;  ///< at least one; their activities in order
  bool streams_are_alone = true;                    ///< there are no messages, and no stream waits for another

 private:
  bool is_known_in_stream(std::uint32_t activity, std::uint32_t other) const;
};

}  // namespace tandem
