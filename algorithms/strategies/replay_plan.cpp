#include "algorithms/strategies/replay_plan.h"

#include <algorithm>

namespace tandem {

ReplayPlan::ReplayPlan(const std::vector<ReplayActivity>& rank_activities)
    : activities(rank_activities), links(activities.size()), streams(1) {
  for (std::uint32_t i = 0; i < activities.size(); ++i) {
    if (activities[i].is_in_stream()) {
      const auto stream = static_cast<std::size_t>(activities[i].stream);
      streams.resize(std::max(streams.size(), stream + 1));
      streams[stream].push_back(i);
    }
    for (const std::uint32_t other : activities[i].after) {
      if (is_known_in_stream(i, other)) continue;
      ++links[i].waits;
      links[other].waited_for.push_back(i);
    }
    streams_are_alone = streams_are_alone && !activities[i].is_message() && links[i].waits == 0;
  }
}

bool ReplayPlan::is_known_in_stream(std::uint32_t activity, std::uint32_t other) const {
  const ReplayActivity &one = activities[activity], &before = activities[other];
  return one.is_in_stream() && before.is_in_stream() && one.stream == before.stream;
}

}  // namespace tandem
