// What every all-reduce is held to: the sums.
#pragma once

#include <cstdint>
#include <vector>

#include "app/lab/in_world.h"

namespace tandem::lab {

/// One check per world, of these numbers of points: on 1, 2, 3, 5 and 8 ranks, with vectors that are empty, shorter
/// than there are ranks, odd and long, every value of every rank is the sum, and nothing beside the vector changes.
std::vector<Check> sum_checks(std::uint64_t seed, const std::vector<int>& points);

/// A vector of this seed and rank, all-reduced once and compared; counted and timed.
RankFound all_reduced_once(Comm& comm, void (*all_reduce)(Comm&, Slice), std::size_t count, std::uint64_t seed);

}  // namespace tandem::lab
