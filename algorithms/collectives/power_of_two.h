// What collectives for powers of two do with other rank counts (Rabenseifner, "Optimization of collective reduction
// operations", 2004). Only p ranks take part, the largest power of two of n. The first 2 (n - p) ranks form pairs: the
// even one of a pair hands its vector to the odd one, which adds it, and gets the sum back at the end.
//
//   cost of both ways: 2 (alpha + N beta), nothing when n is a power of two
#pragma once

#include <bit>

#include "algorithms/collectives/collective.h"

namespace tandem {

/// Who takes part, and as which of the p.
struct PowerOfTwo {
  PowerOfTwo(int size, int rank);

  bool is_paired() const { return rank < 2 * extra; }
  bool takes_part() const { return !is_paired() || rank % 2 == 1; }
  /// log2 p
  int rounds() const { return std::bit_width(static_cast<unsigned>(p)) - 1; }
  /// The place, from 0 to p - 1, where a rank takes part.
  int place() const { return is_paired() ? rank / 2 : rank - extra; }
  /// The rank at a place.
  int rank_at(int place) const { return place < extra ? 2 * place + 1 : place + extra; }

  int rank;
  int p;
  int extra;  ///< n - p
};

/// Before: the pairs' vectors are added up at their odd ranks.
void fold_in(Comm& comm, const PowerOfTwo& core, Slice data);
/// After: the odd ranks give the sum back.
void fold_out(Comm& comm, const PowerOfTwo& core, Slice data);
/// What fold_in and fold_out together send and take.
Traffic fold_traffic(const PowerOfTwo& core, std::size_t count);
double fold_cost_s(const PowerOfTwo& core, double bytes, const LinkCosts& links);

}  // namespace tandem
