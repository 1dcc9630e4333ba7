// The mean over workers of what each has, by the collective and the codec that the scenario chose.
#pragma once

#include <functional>

#include "algorithms/exchanges/coded_sum.h"

namespace tandem {

/// Whether a copy is kept of what all workers had after they last agreed.
enum class Common { when_coded, kept };

/// A codec codes what each worker's values have moved since they last agreed.
class CodedAverage {
 public:
  CodedAverage(const Comm& comm, const Job& job, Range parameters, Common common = Common::when_coded);

  /// Every worker's values become their mean over the workers. `then`, where given, makes of it what they agree on, all
  /// of them alike: it gets what they had in common before.
  void run(Comm& comm, std::size_t step, Slice values, const std::function<void(Slice common)>& then = {});
  void describe(State& state);
  /// What the workers last agreed on. Only where it is kept.
  Slice common() const { return common_; }

 private:
  const Job& job_;
  Range range_;
  CodedSum sum_;
  Buffer common_;  // empty: not kept
  bool is_kept_;
};

}  // namespace tandem
