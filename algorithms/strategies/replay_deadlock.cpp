#include "algorithms/strategies/replay_deadlock.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace tandem {
namespace {

using ActivityKind = ReplayActivity::Kind;
using Place = std::pair<int, std::size_t>;  ///< rank and activity

/// What a message or a collective is known by on all its sides: sender, receiver, number; or -1, group, number.
using Meeting = std::tuple<int, int, int>;

class Play {
 public:
  explicit Play(const ReplayProgram& program) : program_(program) {
    for (std::size_t rank = 0; rank < program.ranks.size(); ++rank) add_rank(static_cast<int>(rank));
  }

  void to_the_end() {
    while (!ready_.empty()) {
      const Place place = ready_.back();
      ready_.pop_back();
      begin(place);
    }
  }

  /// From the first activity that never ends, one that waits for another, until they come round.
  std::optional<ReplayMistake> deadlock() const {
    for (std::size_t rank = 0; rank < program_.ranks.size(); ++rank) {
      for (std::size_t i = 0; i < program_.ranks[rank].size(); ++i) {
        if (!ranks_[rank][i].has_ended) return describe(cycle_from({static_cast<int>(rank), i}));
      }
    }
    return std::nullopt;
  }

 private:
  struct Progress {
    std::size_t waits = 0;  ///< so many activities of the rank must end before it begins
    bool has_begun = false, has_ended = false;
    std::vector<std::uint32_t> waited_for;  ///< by these of the rank
    std::vector<std::uint32_t> waits_for;
  };

  const ReplayActivity& at(const Place& place) const {
    return program_.ranks[static_cast<std::size_t>(place.first)][place.second];
  }
  Progress& progress(const Place& place) { return ranks_[static_cast<std::size_t>(place.first)][place.second]; }
  const Progress& progress(const Place& place) const {
    return ranks_[static_cast<std::size_t>(place.first)][place.second];
  }

  void add_rank(int rank) {
    const std::vector<ReplayActivity>& activities = program_.ranks[static_cast<std::size_t>(rank)];
    std::vector<Progress>& all = ranks_.emplace_back(activities.size());
    std::map<int, std::uint32_t> last_of_stream;
    for (std::size_t i = 0; i < activities.size(); ++i) {
      const auto index = static_cast<std::uint32_t>(i);
      all[i].waits_for = activities[i].after;
      if (activities[i].is_in_stream()) {
        const auto [last, is_first] = last_of_stream.try_emplace(activities[i].stream, index);
        if (!is_first) all[i].waits_for.push_back(std::exchange(last->second, index));
      }
      all[i].waits = all[i].waits_for.size();
      for (const std::uint32_t other : all[i].waits_for) all[other].waited_for.push_back(index);
      const Place place{rank, i};
      if (all[i].waits == 0) ready_.push_back(place);
      if (const auto meeting = meeting_of(place)) sides_[*meeting].push_back(place);
    }
  }

  std::optional<Meeting> meeting_of(const Place& place) const {
    const ReplayActivity& activity = at(place);
    if (activity.kind == ActivityKind::compute) return std::nullopt;
    if (activity.kind == ActivityKind::send) return Meeting{place.first, activity.peer, activity.number};
    if (activity.kind == ActivityKind::receive) return Meeting{activity.peer, place.first, activity.number};
    return Meeting{-1, static_cast<int>(activity.group), activity.number};
  }

  void begin(const Place& place) {
    progress(place).has_begun = true;
    const auto meeting = meeting_of(place);
    if (!meeting) return end(place);
    const std::vector<Place>& sides = sides_.at(*meeting);
    if (!std::ranges::all_of(sides, [&](const Place& side) { return progress(side).has_begun; })) return;
    for (const Place& side : sides) end(side);
  }

  void end(const Place& place) {
    progress(place).has_ended = true;
    for (const std::uint32_t other : progress(place).waited_for) {
      if (--progress({place.first, other}).waits == 0) ready_.emplace_back(place.first, other);
    }
  }

  Place awaited_by(const Place& place) const {
    if (!progress(place).has_begun) {
      for (const std::uint32_t other : progress(place).waits_for) {
        if (!progress({place.first, other}).has_ended) return {place.first, other};
      }
    }
    const std::vector<Place>& sides = sides_.at(*meeting_of(place));
    return *std::ranges::find_if(sides, [&](const Place& side) { return !progress(side).has_begun; });
  }

  std::vector<Place> cycle_from(Place place) const {
    std::vector<Place> walked;
    std::set<Place> seen;
    for (; seen.insert(place).second; place = awaited_by(place)) walked.push_back(place);
    walked.erase(walked.begin(), std::ranges::find(walked, place));
    return walked;
  }

  ReplayMistake describe(const std::vector<Place>& cycle) const {
    constexpr std::size_t kMostShown = 6;
    std::vector<std::string> texts;
    for (const auto& [rank, activity] : cycle) {
      texts.push_back(texts.size() == kMostShown ? "..." : program_.text_of(rank, activity));
      if (texts.size() > kMostShown) break;
    }
    const auto& [rank, activity] = cycle.front();
    return {rank, activity, fmt::format("{} waits for itself: {}", texts.front(), fmt::join(texts, ", for "))};
  }

  const ReplayProgram& program_;
  std::vector<std::vector<Progress>> ranks_;
  std::map<Meeting, std::vector<Place>> sides_;
  std::vector<Place> ready_;
};

}  // namespace

std::optional<ReplayMistake> deadlock_of(const ReplayProgram& program) {
  Play play(program);
  play.to_the_end();
  return play.deadlock();
}

}  // namespace tandem
