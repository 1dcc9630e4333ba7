// A codec takes bytes per rank: for its messages, for what its coders keep, and for copies of what was said before.
// Here are the sums where collectives carry the messages.
#pragma once

#include "algorithms/exchanges/coded_scatter.h"

namespace tandem {

/// Each bucket's sum over the workers is coded.
double memory_of_coded_sums(const Job& job, int rank);
/// What workers have moved is averaged, by one sum, from what they had in common, which is counted elsewhere.
double memory_of_coded_moves(const Job& job, int rank);
/// The same with what they had in common.
double memory_of_coded_averages(const Job& job, int rank);
/// Each bucket is scattered and gathered.
double memory_of_coded_scatters(const Job& job, int rank, Others others);

}  // namespace tandem
