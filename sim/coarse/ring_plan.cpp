#include "sim/coarse/ring_plan.h"

#include <algorithm>
#include <cmath>

namespace tandem::sim {
namespace {

// More of them cost more and are closer to the full play, which tests/sim/coarse_test.cpp measures.
constexpr std::uint32_t kBlocksAPhase = 64;

// What else moves over the links of a ring may slow it. So many times what a round takes alone is more than it takes.
constexpr double kRoundsMayTake = 2;

}  // namespace

std::uint32_t RingPlan::rounds_a_block(const RingPhase& at, int rank, double now_s) {
  Ring& ring = rings_[{at.tag, at.first}];
  const auto size = static_cast<std::size_t>(at.size);
  ring.places.resize(size);
  Place& place = ring.places[static_cast<std::size_t>(at.place)];
  place.rank = rank;
  if (at.round == 0) {
    place.phases += 1;
    place.blocks = 0;
  }
  if (place.phases > ring.ended + ring.phases.size()) ring.phases.emplace_back();
  Phase& phase = ring.phases[place.phases - ring.ended - 1];
  if (place.blocks == phase.blocks.size()) phase.blocks.push_back({at.round, decide(ring, phase, at, now_s)});
  Block& block = phase.blocks[place.blocks];
  place.blocks += 1;
  block.taken += 1;

  const std::uint32_t rounds = block.rounds;
  if (block.taken == size) {  // ranks take blocks in order: so it is the first that some had not taken
    phase.taken_by_all += 1;
    if (at.round + rounds == at.rounds) {
      ring.phases.pop_front();
      ring.ended += 1;
    }
  }
  return rounds;
}

// Of the block that follows those of the phase.
std::uint32_t RingPlan::decide(Ring& ring, const Phase& phase, const RingPhase& at, double now_s) {
  const std::uint32_t rounds = std::min(at.rounds - at.round, std::max(1U, at.rounds / kBlocksAPhase));
  const double change_s = next_change_s(now_s);
  if (rounds == 1 || std::isinf(change_s)) return rounds;
  if (change_s <= now_s || phase.taken_by_all == 0) return 1;

  if (now_s >= ring.pace_until_s) {
    std::vector<int> ranks;
    for (const Place& place : ring.places) ranks.push_back(place.rank);
    ring.pace = activities_.ring_pace(ranks);
    ring.pace_until_s = change_s;
  }
  const double round_s = ring.pace.latency_s + ring.pace.s_per_value * static_cast<double>(at.count);
  // The slowest rank plays the last block that all have taken.
  const std::uint32_t to_play = at.round + rounds - phase.blocks[phase.taken_by_all - 1].first_round;
  return now_s + kRoundsMayTake * to_play * round_s < change_s ? rounds : 1;
}

double RingPlan::next_change_s(double now_s) const {
  double next_s = activities_.next_background_change_s();
  for (const Slowdown& slowdown : slowdowns_) {
    next_s = std::min(next_s, pace_at({&slowdown, 1}, slowdown.ranks.lowest(), now_s).until_s);
  }
  return next_s;
}

}  // namespace tandem::sim
