// Times an operation of a collective, and checks what it leaves, in any world.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "algorithms/collectives/kinds.h"

namespace tandem {

/// How long to measure, on the world's clock. A simulated clock has no noise: there a single call is enough.
struct TimingOptions {
  double time_s = 0.2;     ///< how long calls are timed; half as long before, to warm up
  int least = 5;           ///< calls at least,
  int most = 100'000;      ///< and at most
  bool one_clock = false;  ///< all ranks read one clock: each call begins at one time everywhere
};

/// What is timed: one kind of operation, by one algorithm.
struct TimedOperation {
  const OperationKind& kind;
  const Collective& algorithm;
};

struct CollectiveTiming {
  std::size_t count = 0;               ///< float32 values
  std::vector<double> times_s;         ///< each call, by the rank that took longest
  std::uint64_t wire_bytes = 0;        ///< that left the rank which sent most, in one call
  std::optional<std::uint64_t> wrong;  ///< values that are not what they should be, of all ranks; absent with phantoms

  double median_s() const;
  double min_s() const;
};

/// Calls follow each other as in training, where ranks have clocks of their own: a rank then begins as early as the one
/// before lets it. Before and after the timed ones, the result of one is compared with what it should be, value by
/// value. Every rank calls it; rank 0 gets all, the others their own part.
CollectiveTiming time_operation(Comm& comm, const TimedOperation& operation, const CallShape& shape,
                                const TimingOptions& options);

}  // namespace tandem
