// Times an all-reduce, and checks what it sums, in any world.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "algorithms/collectives/collective.h"

namespace tandem {

/// How long to measure, on the world's clock. A simulated clock has no noise: there a single all-reduce is enough.
struct TimingOptions {
  double time_s = 0.2;     ///< how long all-reduces are timed; half as long before, to warm up
  int least = 5;           ///< all-reduces at least,
  int most = 100'000;      ///< and at most
  bool one_clock = false;  ///< all ranks read one clock: each all-reduce begins at one time everywhere
};

struct CollectiveTiming {
  std::size_t count = 0;               ///< float32 values
  std::vector<double> times_s;         ///< each all-reduce, by the rank that took longest
  std::optional<std::uint64_t> wrong;  ///< values that are not the sum, of all ranks; absent with phantom payload

  double median_s() const;
  double min_s() const;
};

/// All-reduces follow each other as in training, where ranks have clocks of their own: a rank then begins as early as
/// the one before lets it. Before and after the timed ones, the result of one is compared with the sum, value by value.
/// Every rank calls it; rank 0 gets all, the others their own part.
CollectiveTiming time_all_reduce(Comm& comm, const Collective& collective, std::size_t count,
                                 const TimingOptions& options);

}  // namespace tandem
