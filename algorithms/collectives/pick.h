// How `auto` chooses the all-reduce for a vector: by the alpha-beta formulas of all candidates. It goes by the vector's
// size, the number of ranks and how many of them share a node, not by the network's rates, so that the choice is the
// same in every world.
//
// The ring is kept while no other is clearly cheaper: its messages go to neighbours only, and the formulas know
// nothing of the switches that the first halvings of halving-doubling would all have to cross.
#pragma once

#include <string>
#include <vector>

#include "algorithms/collectives/collective.h"

namespace tandem {

/// alpha / beta: the bytes that a link carries in the time of one latency.
inline constexpr double kBytesPerLatency = 32 * 1024;
/// What adding a byte costs, against sending it.
inline constexpr double kSumPerByte = 0.25;
/// How many times the link of a rank inside its node has the bandwidth of the node's link, and a tenth of its latency:
/// about what `intra_node` has of `network` where a scenario states neither.
inline constexpr double kNodeSpeed = 10;
/// The ring gives way to what costs this part less than it. With it 4 and 8 ranks change from halving-doubling to the
/// ring where their measured times cross, between 1 and 4 MiB (results/peers).
inline constexpr double kRingBonus = 0.03;

/// In latencies: a message of 0 bytes costs 1.
inline constexpr LinkCosts kAssumedLinks{.alpha_s = 1,
                                         .beta_s_per_byte = 1 / kBytesPerLatency,
                                         .gamma_s_per_byte = kSumPerByte / kBytesPerLatency,
                                         .node_alpha_s = 1 / kNodeSpeed,
                                         .node_beta_s_per_byte = 1 / kBytesPerLatency / kNodeSpeed};

const Collective& pick_all_reduce(const CallShape& shape);

/// For people: what `collective` picks for vectors of these lengths, in calls that are else of this shape.
std::string picks_text(const Collective& collective, CallShape shape, const std::vector<std::size_t>& counts);

}  // namespace tandem
