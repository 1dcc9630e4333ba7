#include "sim/coarse/round_plan.h"

#include <algorithm>
#include <cmath>

namespace tandem::sim {
namespace {

// More blocks cost more and are closer to the full play: with 8 instead of 64 of them, the shapes of
// tests/sim/coarse_test.cpp end 0.018 instead of 0.010 per mille too early. Few rounds are cheap.
constexpr int kBlocks = 16, kFewRounds = 128;

// Chunks of a vector differ by one value, for which all wait in each round, and which a message that stands for several
// rounds evens out. Among so many values per chunk that shows, where values are long: a small model with a large one's
// costs. Values of their own size are short beside any latency, and even the fewest of them do not show where one takes
// so small a share of the round.
constexpr double kFewValues = 32, kVeryFewValues = 6;
constexpr double kShort_bytes = 256;
constexpr double kSmallShare = 0.001;

// What else moves over the links may slow a round. Twice what it takes alone is more than it takes.
constexpr double kRoundsMayTake = 2;

}  // namespace

int RoundPlan::rounds_together(const RoundsAt& at, int rank, double now_s) {
  Group& group = groups_[group_of(at)];
  group.places.resize(static_cast<std::size_t>(at.size));
  Place& place = group.places[static_cast<std::size_t>(at.place)];
  place.rank = rank;
  if (at.round == 0) {
    place.passes += 1;
    place.blocks = 0;
  }
  if (place.passes > group.ended + group.passes.size()) group.passes.emplace_back();
  Pass& pass = group.passes[place.passes - group.ended - 1];
  if (place.blocks == pass.blocks.size()) pass.blocks.push_back({at.round, decide(group, pass, at, now_s)});
  Block& block = pass.blocks[place.blocks];
  place.blocks += 1;
  block.taken += 1;

  const int rounds = block.rounds;
  if (block.taken == at.size) {  // ranks take blocks in order: so it is the first that some had not taken
    pass.taken_by_all += 1;
    if (at.round + rounds == at.pattern.rounds) {
      group.passes.pop_front();
      group.ended += 1;
    }
  }
  return rounds;
}

// Decides on the block that follows those of the pass.
int RoundPlan::decide(Group& group, const Pass& pass, const RoundsAt& at, double now_s) {
  if (at.pattern.shift != 0) return decide_while_alike(group, pass, at);
  if (at.pattern.rounds < kFewRounds || is_uneven(group, at, now_s)) return 1;
  const int rounds = std::min(at.pattern.rounds - at.round, at.pattern.rounds / kBlocks);
  const double change_s = next_change_s(now_s);
  if (rounds == 1 || std::isinf(change_s)) return rounds;
  if (change_s <= now_s || pass.taken_by_all == 0) return 1;

  const RoundPace& pace = pace_now(group, at, now_s);
  const double round_s = pace.latency_s + pace.s_per_byte * activities_.charged_bytes(static_cast<double>(at.bytes));
  // The slowest rank plays the last block that all have taken.
  const int behind = at.round - pass.blocks[pass.taken_by_all - 1].first_round;
  const double before_change = std::ceil((change_s - now_s) / (kRoundsMayTake * round_s)) - 1;
  return static_cast<int>(std::clamp(before_change - behind, 1.0, static_cast<double>(rounds)));
}

// Whether a block would lose time by evening out chunks that differ by a value.
bool RoundPlan::is_uneven(Group& group, const RoundsAt& at, double now_s) {
  const double values = static_cast<double>(at.bytes) / kBytesPerValue;
  const double charged_bytes = activities_.charged_bytes(static_cast<double>(at.bytes));
  if (values >= (charged_bytes < kShort_bytes ? kVeryFewValues : kFewValues)) return false;
  const bool are_all_known = group.ended > 0 || group.passes.front().taken_by_all > 0;
  if (!are_all_known) return true;
  const RoundPace& pace = pace_now(group, at, now_s);
  const double value_bytes = activities_.charged_bytes(static_cast<double>(at.bytes) + kBytesPerValue) - charged_bytes;
  return pace.s_per_byte * value_bytes > kSmallShare * (pace.mean_latency_s + pace.s_per_byte * charged_bytes);
}

// The pace of a group of which each rank is known.
const RoundPace& RoundPlan::pace_now(Group& group, const RoundsAt& at, double now_s) {
  if (now_s >= group.pace_until_s) {
    group.pace = pace_of(group, at);
    group.pace_until_s = next_change_s(now_s);
  }
  return group.pace;
}

int RoundPlan::decide_while_alike(Group& group, const Pass& pass, const RoundsAt& at) {
  if (at.pattern.rounds < kFewRounds || at.pattern.shift != 1) return 1;
  if (pass.blocks.empty()) group.alike = alike_links_.distances(at);
  const auto distance = static_cast<std::size_t>(at.pattern.distance(at.round));
  if (distance < group.alike.begin || distance >= group.alike.end) return 1;
  const int left = std::min(at.pattern.rounds - at.round, static_cast<int>(group.alike.end - distance));
  return std::min(left, at.pattern.rounds / kBlocks);
}

RoundPace RoundPlan::pace_of(const Group& group, const RoundsAt& at) const {
  std::vector<std::pair<int, int>> hops;
  for (int from = 0; from < at.size; ++from) {
    const int to = place_at(at, from, 1);
    if (to == kNoPlace) continue;
    hops.emplace_back(group.places[static_cast<std::size_t>(from)].rank,
                      group.places[static_cast<std::size_t>(to)].rank);
  }
  return activities_.round_pace(hops);
}

double RoundPlan::next_change_s(double now_s) const {
  double next_s = activities_.next_background_change_s();
  for (const Slowdown& slowdown : slowdowns_) {
    next_s = std::min(next_s, pace_at({&slowdown, 1}, slowdown.ranks.lowest(), now_s).until_s);
  }
  return next_s;
}

}  // namespace tandem::sim
