// Picks the all-reduce for a vector by its size and the number of ranks, as MPI libraries do (Thakur, Rabenseifner and
// Gropp 2005): recursive doubling while latency is what counts, halving-doubling for many ranks, the ring for the rest.
// The pick is the cheapest by their alpha-beta formulas. It knows size and ranks alone, not the network, so that it is
// the same in every world.
//
//   cost: that of the pick, at most kRingBonus above the cheapest where alpha / beta is kBytesPerLatency
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
/// The ring gives way to what costs this part less than it. With it 4 and 8 ranks change from halving-doubling to the
/// ring where their measured times cross, between 1 and 4 MiB (results/peers).
inline constexpr double kRingBonus = 0.03;

const Collective& pick_all_reduce(int size, std::size_t count);

/// For people: what is picked for vectors of these lengths.
std::string picks_text(int size, const std::vector<std::size_t>& counts);

}  // namespace tandem
